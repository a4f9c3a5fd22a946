// `ctx.shared`: what a plugin works out once a run and many plans rest on.

internal import Diagnostics
internal import Starlark
internal import Store

/// The results of shared functions, each by its function and arguments. They are frozen, and their traces belong to every plan that asked.
final class SharedResults {
  private enum Entry {
    case underWay
    case made(Value, [SharedTrace])
    case failed(Diagnostic)
  }

  private var entries: [Entry] = []
  /// (function, arguments…) → its place in `entries`.
  private let places = DictObject()

  /// Whether this is what some shared function failed with: it is the same for all who asked.
  func explains(_ diagnostic: Diagnostic) -> Bool {
    entries.contains { if case .failed(let known) = $0 { known == diagnostic } else { false } }
  }

  /// - Returns: the frozen result, and what it rests on.
  func result(of function: Value, _ arguments: [Value], for asker: PlanCall) throws -> (value: Value, traces: [SharedTrace]) {
    let key = Value(tuple: [function] + arguments)
    freezeForGood(key)
    if let index = try places.value(for: key)?.asInt {
      switch entries[index] {
      case .made(let value, let traces): return (value, traces)
      case .failed(let diagnostic): throw diagnostic
      case .underWay: throw EvaluationError("ctx.shared: the function needs its own result")
      }
    }
    let index = entries.count
    entries.append(.underWay)
    try places.set(key, Value(index))
    let call = PlanCall(world: asker.world, targets: [], role: .shared, shared: self)
    let value: Value
    do throws(Diagnostic) {
      // A thread of its own: what is worked out for many may take the steps of many.
      value = try EvaluationThread().call(function, [Value(ContextObject(call))] + arguments)
    } catch {
      entries[index] = .failed(error)
      throw error
    }
    freezeForGood(value)
    call.isOver = true
    let traces = [SharedTrace(call.trace, secret: asker.world.store.secret)] + call.trace.parts.values
    entries[index] = .made(value, traces)
    return (value, traces)
  }
}
