// Running over a value: the iterator a loop holds, and the mark that keeps its list, dict or set from changing meanwhile.

/// An iterator in a register. Letting go of it ends the iteration, however the loop was left.
final class IteratorObject: HiddenObject {
  private let source: Value
  private var position = 0
  private let isCounted: Bool
  private let isHost: Bool
  private var hostElements: [Value] = []

  /// - Throws: `EvaluationError` for a value that cannot be iterated.
  init(_ source: Value) throws {
    self.source = source
    var isCounted = false
    var isHost = false
    switch source {
    case .list(let object):
      isCounted = !object.isFrozen
      if isCounted { object.iterations += 1 }
    case .dict(let object):
      isCounted = !object.isFrozen
      if isCounted { object.iterations += 1 }
    case .set(let object):
      isCounted = !object.isFrozen
      if isCounted { object.iterations += 1 }
    case .tuple, .range: break
    case .host(let object):
      guard let elements = object.elements else { throw notIterable(source) }
      isHost = true
      hostElements = elements
    default: throw notIterable(source)
    }
    self.isCounted = isCounted
    self.isHost = isHost
    super.init()
  }

  deinit {
    guard isCounted else { return }
    switch source {
    case .list(let object): object.iterations -= 1
    case .dict(let object): object.iterations -= 1
    case .set(let object): object.iterations -= 1
    default: break
    }
  }

  func next() -> Value? {
    switch source {
    case .range(let object):
      guard position < object.count else { return nil }
      position += 1
      return .int(object[position - 1])
    case .list(let object):
      guard position < object.elements.count else { return nil }
      position += 1
      return object.elements[position - 1]
    case .tuple(let object):
      guard position < object.elements.count else { return nil }
      position += 1
      return object.elements[position - 1]
    case .dict(let object): return object.table.next(from: &position)?.key
    case .set(let object): return object.table.next(from: &position)?.key
    default:
      guard position < hostElements.count else { return nil }
      position += 1
      return hostElements[position - 1]
    }
  }

  /// For counting memory.
  var held: Value { source }
}

func notIterable(_ value: Value) -> EvaluationError {
  let hint: String?
  switch value {
  case .string: hint = "use `.elems()` for its characters, or put the string in a list"
  case .function, .builtin: hint = "call it first"
  default: hint = nil
  }
  return EvaluationError("a \(value.typeName) cannot be iterated", hint: hint)
}

/// The elements of anything that can be iterated.
func elements(of value: Value) throws -> [Value] {
  guard let elements = value.asSequence else { throw notIterable(value) }
  return elements
}
