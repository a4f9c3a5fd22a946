// Running Starlark text in tests, with `eq` and `fails` predeclared.

import Diagnostics
import Starlark

struct Outcome {
  var module: Module?
  var printed: [String] = []
  var errors: [Diagnostic] = []
}

func evaluate(
  _ source: String, dialect: Dialect = .buildFile, limits: EvaluationLimits = EvaluationLimits(), modules: [String: FrozenModule] = [:]
) -> Outcome {
  var outcome = Outcome()
  let thread = EvaluationThread(limits: limits)
  var printed: [String] = []
  thread.print = { text, _ in printed.append(text) }
  thread.load = { name, _ in
    guard let module = modules[name] else { throw EvaluationError("no module `\(name)`") }
    return module
  }
  let eq = Value.builtin("eq") { call in
    try call.checkPositional(2, 2)
    let (a, b) = (repr(call.positional(0)), repr(call.positional(1)))
    if a != b { throw EvaluationError("not equal: \(a) and \(b)") }
    return .none
  }
  let fails = Value.builtin("fails") { call in
    let wanted = call.positional(1).asString ?? ""
    do throws(Diagnostic) {
      let value = try call.thread.call(call.positional(0), [])
      throw Diagnostic(.error, "expected an error, got \(repr(value))")
    } catch {
      if !error.message.contains(wanted) { throw EvaluationError("wrong error: \(error.message)") }
      return .none
    }
  }
  do throws(UserError) {
    let program = try Program.compile(
      source: Array(source.utf8), file: "test.star", dialect: dialect, predeclared: ["eq", "fails", "json"])
    do throws(Diagnostic) {
      outcome.module = try program.run(on: thread, predeclared: ["eq": eq, "fails": fails, "json": jsonModule()])
    } catch {
      outcome.errors = [error]
    }
  } catch {
    outcome.errors = error.diagnostics
  }
  outcome.printed = printed
  return outcome
}
