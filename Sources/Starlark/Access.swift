// Attributes, indexing and slicing.

internal import Diagnostics

extension EvaluationThread {
  /// `object.name`
  func attribute(_ object: Value, _ name: Value) throws -> Value {
    guard case .string(let nameObject) = name else { throw EvaluationError("an attribute's name must be a string") }
    if let value = try attributeIfPresent(object, nameObject) { return value }
    let known = attributeNames(of: object)
    let noun: String
    switch object {
    case .structure: noun = "this struct has no field"
    case .host(let host): noun = "`\(host.typeName)` has no attribute"
    default: noun = "a \(object.typeName) has no attribute"
    }
    throw EvaluationError(
      "\(noun) `\(nameObject.text)`", hint: didYouMean(nameObject.text, among: known))
  }

  func attributeIfPresent(_ object: Value, _ name: StringObject) throws -> Value? {
    switch object {
    case .structure(let structure): return structure.value(named: name)
    case .host(let host): return try host.attribute(named: name.text)
    default:
      let number = methodNumber(name.text)
      guard let body = method(object, number) else { return nil }
      return .builtin(BuiltinObject(name: name.text, receiver: object, body: body))
    }
  }

  func attributeNames(of object: Value) -> [String] {
    switch object {
    case .structure(let structure): structure.names.map(\.text).sorted()
    case .host(let host): host.attributeNames
    default: methodNames.indices.filter { method(object, UInt8(truncatingIfNeeded: $0)) != nil }.map { methodNames[$0] }.sorted()
    }
  }

  /// `object[key]`
  func element(_ object: Value, _ key: Value) throws -> Value {
    switch object {
    case .list(let list): return list.elements[try position(key, list.elements.count, "list")]
    case .tuple(let tuple): return tuple.elements[try position(key, tuple.elements.count, "tuple")]
    case .dict(let dict):
      if let value = try dict.table.get(key) { return value }
      let keys = dict.table.keys.compactMap(\.asString)
      let hint = key.asString.flatMap { didYouMean($0, among: keys) }
      throw EvaluationError("the dict has no key \(repr(key).prefix(200))", hint: hint)
    case .string(let string):
      if string.isASCII {
        let index = try position(key, string.text.utf8.count, "string")
        let byte = string.text.utf8[string.text.utf8.index(string.text.utf8.startIndex, offsetBy: index)]
        return Value(String(Unicode.Scalar(byte)))
      }
      let scalars = string.text.unicodeScalars
      try chargeSteps(scalars.count)
      let index = try position(key, scalars.count, "string")
      return Value(String(scalars[scalars.index(scalars.startIndex, offsetBy: index)]))
    case .bytes(let bytes): return .int(Int(bytes.bytes[try position(key, bytes.bytes.count, "bytes")]))
    case .range(let range): return .int(range[try position(key, range.count, "range")])
    case .host(let host): if let value = try host.element(at: key) { return value }
    default: break
    }
    throw EvaluationError("a \(object.typeName) cannot be indexed")
  }

  private func position(_ key: Value, _ count: Int, _ what: String) throws -> Int {
    guard case .int(let index) = key else { throw EvaluationError("a \(what)'s index must be an int, not \(key.typeName)") }
    let position = index < 0 ? index &+ count : index
    guard position >= 0 && position < count else {
      throw EvaluationError("index \(index) is out of range: the \(what) has \(count) elements")
    }
    return position
  }

  /// `object[key] = value`
  func setElement(_ object: Value, _ key: Value, _ value: Value) throws {
    switch object {
    case .list(let list):
      try list.mayChange()
      list.elements[try position(key, list.elements.count, "list")] = value
    case .dict(let dict):
      try dict.mayChange()
      try charge(56)
      try dict.table.set(key, value)
    default: throw EvaluationError("the elements of a \(object.typeName) cannot be assigned")
    }
  }

  /// `object[start:stop:step]`
  func slice(_ object: Value, _ start: Value, _ stop: Value, _ step: Value) throws -> Value {
    let step = try bound(step) ?? 1
    if step == 0 { throw EvaluationError("a slice's step cannot be zero") }
    let (start, stop) = (try bound(start), try bound(stop))
    switch object {
    case .list(let list):
      let indices = slice(list.elements.count, start, stop, step)
      try checkSize(indices.count, of: 16)
      return Value(indices.map { list.elements[$0] })
    case .tuple(let tuple):
      let indices = slice(tuple.elements.count, start, stop, step)
      try checkSize(indices.count, of: 16)
      return Value(tuple: indices.map { tuple.elements[$0] })
    case .string(let string):
      try checkSize(string.text.utf8.count)
      if string.isASCII {
        let bytes = Array(string.text.utf8)
        return Value(String(decoding: slice(bytes.count, start, stop, step).map { bytes[$0] }, as: UTF8.self))
      }
      let scalars = Array(string.text.unicodeScalars)
      var result = String.UnicodeScalarView()
      for i in slice(scalars.count, start, stop, step) { result.append(scalars[i]) }
      return Value(String(result))
    case .bytes(let bytes):
      try checkSize(bytes.bytes.count)
      return Value(bytes: slice(bytes.bytes.count, start, stop, step).map { bytes.bytes[$0] })
    case .range(let range):
      let indices = slice(range.count, start, stop, step)
      let first = indices.first.map { range[$0] } ?? range.start
      return .range(RangeObject(start: first, step: range.step &* step, count: indices.count))
    default: throw EvaluationError("a \(object.typeName) cannot be sliced")
    }
  }

  private func bound(_ value: Value) throws -> Int? {
    switch value {
    case .none: return nil
    case .int(let number): return number
    default: throw EvaluationError("a slice's bounds must be ints, not \(value.typeName)")
    }
  }

  /// The positions a slice selects, as the specification has it.
  private func slice(_ count: Int, _ start: Int?, _ stop: Int?, _ step: Int) -> StrideTo<Int> {
    func clamped(_ bound: Int, _ low: Int, _ high: Int) -> Int { min(max(bound < 0 ? bound &+ count : bound, low), high) }
    if step > 0 {
      return stride(from: clamped(start ?? 0, 0, count), to: clamped(stop ?? count, 0, count), by: min(step, count + 1))
    }
    let first = start.map { clamped($0, -1, count - 1) } ?? count - 1
    let last = stop.map { clamped($0, -1, count - 1) } ?? -1
    return stride(from: first, to: last, by: max(step, -count - 1))
  }
}

extension StrideTo<Int> {
  fileprivate var count: Int { underestimatedCount }
  fileprivate var first: Int? { first(where: { _ in true }) }
}
