// Methods by number: the compiler numbers names once, so that `x.append(y)` looks nothing up by text.

/// A method's body by its number, for one type.
private struct MethodTable {
  var bodies: [BuiltinBody?]

  init(_ methods: [(String, BuiltinBody)]) {
    bodies = [BuiltinBody?](repeating: nil, count: methodNames.count)
    for (name, body) in methods { bodies[Int(methodNumber(name))] = body }
  }
}

/// Every method's name; 0 stands for none.
let methodNames: [String] = {
  var seen: Set<String> = []
  let all = stringMethods + bytesMethods + listMethods + dictMethods + setMethods
  return [""] + all.map(\.0).filter { seen.insert($0).inserted }
}()

private let methodNumbers: [String: UInt8] = Dictionary(
  uniqueKeysWithValues: methodNames.enumerated().map { ($1, UInt8(truncatingIfNeeded: $0)) })

func methodNumber(_ name: String) -> UInt8 { methodNumbers[name] ?? 0 }

private nonisolated(unsafe) let stringTable = MethodTable(stringMethods)  // immutable, and its closures capture nothing.
private nonisolated(unsafe) let bytesTable = MethodTable(bytesMethods)  // immutable, and its closures capture nothing.
private nonisolated(unsafe) let listTable = MethodTable(listMethods)  // immutable, and its closures capture nothing.
private nonisolated(unsafe) let dictTable = MethodTable(dictMethods)  // immutable, and its closures capture nothing.
private nonisolated(unsafe) let setTable = MethodTable(setMethods)  // immutable, and its closures capture nothing.

func method(_ receiver: Value, _ number: UInt8) -> BuiltinBody? {
  guard number != 0 else { return nil }
  switch receiver {
  case .string: return stringTable.bodies[Int(number)]
  case .list: return listTable.bodies[Int(number)]
  case .dict: return dictTable.bodies[Int(number)]
  case .set: return setTable.bodies[Int(number)]
  case .bytes: return bytesTable.bodies[Int(number)]
  default: return nil
  }
}

extension Call {
  // What a method's receiver is known to be; the fallbacks are never taken.
  var string: StringObject { if case .string(let object)? = receiver { object } else { StringObject("") } }
  var list: ListObject { if case .list(let object)? = receiver { object } else { ListObject([]) } }
  var dict: DictObject { if case .dict(let object)? = receiver { object } else { DictObject() } }
  var set: SetObject { if case .set(let object)? = receiver { object } else { SetObject() } }

  /// The string argument `index`, or an error.
  func string(at index: Int) throws -> StringObject {
    guard case .string(let object) = arguments[index] else {
      throw EvaluationError("\(functionName): wants a string, not \(arguments[index].typeName)")
    }
    return object
  }

  func int(at index: Int) throws -> Int {
    guard case .int(let number) = arguments[index] else {
      throw EvaluationError("\(functionName): wants an int, not \(arguments[index].typeName)")
    }
    return number
  }

  /// The int argument `index`; nil where it is absent or `None`.
  func optionalInt(at index: Int) throws -> Int? {
    guard index < positionalCount, !arguments[index].isNone else { return nil }
    return try int(at: index)
  }

  func made(_ text: String) throws -> Value {
    try thread.charge(48 + text.utf8.count)
    return Value(text)
  }

  func made(_ elements: [Value]) throws -> Value {
    try thread.charge(64 + 16 * elements.count)
    return Value(elements)
  }
}
