// Equality, hashing and order of values.

/// How deep equality, hashing, order and printing follow nested values before they give up with an error.
let nestingLimit = 200

func tooDeep(_ what: String) -> EvaluationError { EvaluationError("values are nested too deeply to \(what)") }

/// `a == b` of the language.
/// - Throws: `EvaluationError` when values nest deeper than `nestingLimit`.
func areEqual(_ a: Value, _ b: Value, depth: Int = 0) throws -> Bool {
  switch (a, b) {
  case (.none, .none): return true
  case (.bool(let x), .bool(let y)): return x == y
  case (.int(let x), .int(let y)): return x == y
  case (.float(let x), .float(let y)): return x == y
  case (.int(let x), .float(let y)), (.float(let y), .int(let x)): return Int(exactly: y) == x
  case (.string(let x), .string(let y)): return x == y
  case (.bytes(let x), .bytes(let y)): return x.bytes == y.bytes
  case (.list(let x), .list(let y)): return try x === y || areEqual(x.elements, y.elements, depth)
  case (.tuple(let x), .tuple(let y)): return try x === y || areEqual(x.elements, y.elements, depth)
  case (.range(let x), .range(let y)):
    return x.count == y.count && (x.count == 0 || x.start == y.start && (x.count == 1 || x.step == y.step))
  case (.dict(let x), .dict(let y)):
    if x === y { return true }
    guard x.table.count == y.table.count else { return false }
    if depth > nestingLimit { throw tooDeep("compare") }
    for (key, value) in x.table.entries {
      guard let other = try y.table.get(key), try areEqual(value, other, depth: depth + 1) else { return false }
    }
    return true
  case (.set(let x), .set(let y)):
    if x === y { return true }
    guard x.table.count == y.table.count else { return false }
    for key in x.table.keys where try !y.table.contains(key) { return false }
    return true
  case (.structure(let x), .structure(let y)):
    if x === y { return true }
    guard x.names.count == y.names.count else { return false }
    if depth > nestingLimit { throw tooDeep("compare") }
    for (name, value) in zip(x.names, x.values) {
      guard let other = y.value(named: name), try areEqual(value, other, depth: depth + 1) else { return false }
    }
    return true
  case (.function(let x), .function(let y)): return x === y
  case (.builtin(let x), .builtin(let y)): return x === y
  case (.host(let x), .host(let y)): return x.isEqual(to: y)
  default: return false
  }
}

private func areEqual(_ a: [Value], _ b: [Value], _ depth: Int) throws -> Bool {
  guard a.count == b.count else { return false }
  if depth > nestingLimit { throw tooDeep("compare") }
  for i in a.indices where try !areEqual(a[i], b[i], depth: depth + 1) { return false }
  return true
}

/// `a == b` of the language, for embedders.
package func valuesAreEqual(_ a: Value, _ b: Value) throws -> Bool { try areEqual(a, b) }

/// The hash of a key, equal for equal values.
/// - Throws: `EvaluationError` for a value that can change (list, dict, set), or holds one.
func hashValue(_ value: Value, depth: Int = 0) throws -> UInt64 {
  switch value {
  case .string(let object): return object.hashValue
  case .int(let number): return mixed(UInt64(bitPattern: Int64(number)))
  case .none, .unbound: return 1
  case .bool(let truth): return truth ? 3 : 2
  case .float(let number):
    if let whole = Int(exactly: number) { return mixed(UInt64(bitPattern: Int64(whole))) }
    return mixed(number.bitPattern)
  case .bytes(let object): return object.bytes.withUnsafeBufferPointer { hashOf($0) }
  case .tuple(let object):
    if depth > nestingLimit { throw tooDeep("hash") }
    var hash: UInt64 = 0x345678
    for element in object.elements { hash = try mixed(hash &* 31 ^ hashValue(element, depth: depth + 1)) }
    return hash
  case .structure(let object):
    if depth > nestingLimit { throw tooDeep("hash") }
    var hash: UInt64 = 0x8765
    // The order of fields does not count in equality, so it must not count here.
    for (name, value) in zip(object.names, object.values) {
      hash = try hash &+ mixed(name.hashValue &* 31 ^ hashValue(value, depth: depth + 1))
    }
    return hash
  case .range(let object): return mixed(UInt64(bitPattern: Int64(object.count &* 31 ^ (object.count == 0 ? 0 : object.start))))
  case .function(let object): return mixed(UInt64(UInt(bitPattern: ObjectIdentifier(object).hashValue)))
  case .builtin(let object): return mixed(UInt64(UInt(bitPattern: ObjectIdentifier(object).hashValue)))
  case .host(let object):
    guard let hash = object.hash else { throw EvaluationError("a \(object.typeName) cannot be a dict key: it is not hashable") }
    return mixed(UInt64(UInt(bitPattern: hash)))
  case .list, .dict, .set, .hidden:
    throw EvaluationError("a \(value.typeName) cannot be a dict key or an element of a set: it can change")
  }
}

/// `a < b` of the language.
/// - Throws: `EvaluationError` for values without an order between them.
func isLess(_ a: Value, _ b: Value, depth: Int = 0) throws -> Bool {
  switch (a, b) {
  case (.int(let x), .int(let y)): return x < y
  case (.float(let x), .float(let y)): return isLess(x, y)
  case (.int(let x), .float(let y)): return y.isNaN ? true : isLess(Double(x), y)
  case (.float(let x), .int(let y)): return x.isNaN ? false : isLess(x, Double(y))
  case (.string(let x), .string(let y)): return x < y
  case (.bytes(let x), .bytes(let y)): return x.bytes.lexicographicallyPrecedes(y.bytes)
  case (.bool(let x), .bool(let y)): return !x && y
  case (.list(let x), .list(let y)): return try isLess(x.elements, y.elements, depth)
  case (.tuple(let x), .tuple(let y)): return try isLess(x.elements, y.elements, depth)
  case (.host(let x), .host(let y)): if let answer = x.isLess(than: y) { return answer }
  default: break
  }
  throw EvaluationError("cannot order \(a.typeName) and \(b.typeName)")
}

/// NaN is greater than every other number, so that sorting is total.
private func isLess(_ x: Double, _ y: Double) -> Bool { x.isNaN ? false : y.isNaN ? true : x < y }

private func isLess(_ a: [Value], _ b: [Value], _ depth: Int) throws -> Bool {
  if depth > nestingLimit { throw tooDeep("order") }
  for i in 0..<min(a.count, b.count) where try !areEqual(a[i], b[i], depth: depth + 1) {
    return try isLess(a[i], b[i], depth: depth + 1)
  }
  return a.count < b.count
}
