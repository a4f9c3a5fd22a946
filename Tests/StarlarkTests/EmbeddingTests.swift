// What an embedder relies on: freezing, loading, threads, policies, places.

import Diagnostics
import Foundation
import Starlark
import Synchronization
import Testing

@Suite struct EmbeddingTests {
  @Test func frozenValuesRefuseChange() throws {
    let module = try #require(evaluate("l = [1]\nd = {'a': [1]}\ndef add(): l.append(1)\ndef get(): return d['a'] + l\n").module)
    let frozen = module.freeze()
    #expect(frozen.names == ["l", "d", "add", "get"])
    let thread = EvaluationThread()
    #expect(throws: Diagnostic.self) { try thread.call(try #require(frozen.global(named: "add")), []) }
    #expect(repr(try thread.call(try #require(frozen.global(named: "get")), [])) == "[1, 1]")
    let user = evaluate("load('m', 'l')\nl.append(2)", modules: ["m": frozen])
    #expect(user.errors.first?.message == "cannot change a frozen list")
    #expect(evaluate("load('m', 'lx')", modules: ["m": frozen]).errors.first?.hint == "did you mean `l`?")
  }

  @Test func frozenFunctionsRunOnManyThreads() throws {
    let source =
      "table = {str(i): [i] for i in range(50)}\ndef f(n, *, k = [1]):\n  t = 0\n  for i in range(n):\n    for e in table[str(i % 50)]: t += e + k[0]\n  return t\n"
    let frozen = try #require(evaluate(source).module).freeze()
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      let thread = EvaluationThread()
      for _ in 0..<20 {
        guard let f = frozen.global(named: "f"), let result = try? thread.call(f, [200]), result.asInt == 5100 else {
          wrong.withLock { $0 += 1 }
          return
        }
      }
    }
    #expect(wrong.withLock { $0 } == 0)
  }

  @Test func unknownNamesMayBeSupplied() throws {
    var asked: [String] = []
    let policy = UnresolvedPolicy.predeclare { name, at, isCalled in
      asked.append("\(name) \(at.position.line):\(at.position.column) \(isCalled)")
      return isCalled ? Value.builtin(name) { call in .int(call.namedCount) } : nil
    }
    let source = "x = 1\ny = pex_binary(name = 'a', tags = [])\npex_binary()\nz = nothing\n"
    #expect(throws: UserError.self) { try Program.compile(source: Array(source.utf8), file: "B", dialect: .buildFile, unresolved: policy) }
    #expect(asked == ["pex_binary 2:5 true", "nothing 4:5 false"])
  }

  @Test func placesAndStacksAreTold() throws {
    let outcome = evaluate("def inner(x):\n    return x + None\n\ndef outer():\n    return [inner(i) for i in [1]]\n\nouter()\n")
    let error = try #require(outcome.errors.first)
    #expect(
      error.rendered() == """
        error: `+` is not defined between int and NoneType
          --> test.star:2:12
          2 |     return x + None
            |            ^^^^^^^^
          call stack (outermost first):
            test.star:7:1 in <top level>
            test.star:5:13 in outer
            test.star:2:12 in inner

        """)
  }

  @Test func signaturesExplain() {
    let tell = Value.builtin("tell") { call in
      let bound = try call.bind(Signature("name", "sep?", "*", "key?"))
      return Value(try bound.string("name") + (bound.optionalString("sep") ?? "-"))
    }
    for (source, expected) in [
      ("tell('a')", "a-"), ("tell(name = 'a', sep = None)", "a-"), ("tell()", "tell: missing argument `name`"),
      ("tell(1)", "tell: `name` must be a string, not int"), ("tell('a', nmae = 1)", "tell: no parameter named `nmae`"),
      ("tell('a', name = 'b')", "tell: `name` was given twice"),
      ("tell('a', 'b', 'c')", "tell: takes at most 2 positional arguments, got 3"),
    ] {
      let thread = EvaluationThread()
      do {
        let program = try Program.compile(source: Array("x = \(source)".utf8), file: "t", dialect: .standard, predeclared: ["tell"])
        #expect(program.freeNames == ["tell"])
        #expect(try program.run(on: thread, predeclared: ["tell": tell]).global(named: "x")?.asString == expected)
      } catch let error as Diagnostic {
        #expect(error.message == expected)
      } catch {
        Issue.record(error)
      }
    }
  }

  @Test(arguments: ["x = 1\nx = 2", "if True: pass", "x = 'a' 'b'", "x = f'a'", "def f(a: int): pass", "x = [*[]]", "assert 1"])
  func standardIsStricter(source: String) {
    #expect(!evaluate(source, dialect: .standard).errors.isEmpty)
    #expect(evaluate(source, dialect: .buildFile).errors.isEmpty)
  }

  @Test func aRebindingSeesTheOuterName() {
    #expect(evaluate("_len = len\ndef len(x): return _len(x) + 1\nprint(len([]))").printed == ["1"])
  }
}
