// The operators of the language on all types; the instruction loop has the common cases of ints inline.

internal import Diagnostics

private func spelling(_ op: Opcode) -> String {
  switch op {
  case .add, .addInPlace, .addImmediate: "+"
  case .subtract: "-"
  case .multiply: "*"
  case .divide: "/"
  case .floorDivide: "//"
  case .modulo: "%"
  case .bitAnd: "&"
  case .bitOr, .orInPlace: "|"
  case .bitXor: "^"
  case .shiftLeft: "<<"
  case .shiftRight: ">>"
  default: "in"
  }
}

let integerOverflow = EvaluationError("integer overflow: ints have 64 bits here")

extension EvaluationThread {
  func binary(_ op: Opcode, _ a: Value, _ b: Value) throws -> Value {
    switch (a, b) {
    case (.int(let x), .int(let y)): if let result = try arithmetic(op, x, y) { return result }
    case (.float(let x), .float(let y)): if let result = try arithmetic(op, x, y) { return result }
    case (.int(let x), .float(let y)): if let result = try arithmetic(op, Double(x), y) { return result }
    case (.float(let x), .int(let y)): if let result = try arithmetic(op, x, Double(y)) { return result }
    case (.string(let x), .string(let y)) where op == .add:
      try checkSize(48 + x.text.utf8.count + y.text.utf8.count)
      return Value(x.text + y.text)
    case (.string(let text), _) where op == .modulo:
      let result = try percentFormat(text.text, b)
      try checkSize(48 + result.utf8.count)
      return Value(result)
    case (.bytes(let x), .bytes(let y)) where op == .add:
      try checkSize(48 + x.bytes.count + y.bytes.count)
      return Value(bytes: x.bytes + y.bytes)
    case (.list(let x), .list(let y)) where op == .add:
      try checkSize(x.elements.count + y.elements.count + 4, of: 16)
      return Value(x.elements + y.elements)
    case (.tuple(let x), .tuple(let y)) where op == .add:
      try checkSize(x.elements.count + y.elements.count + 4, of: 16)
      return Value(tuple: x.elements + y.elements)
    case (.string, .int(let count)), (.bytes, .int(let count)), (.list, .int(let count)), (.tuple, .int(let count)):
      if op == .multiply { return try repeated(a, count) }
    case (.int(let count), .string), (.int(let count), .bytes), (.int(let count), .list), (.int(let count), .tuple):
      if op == .multiply { return try repeated(b, count) }
    case (.dict(let x), .dict(let y)) where op == .bitOr:
      try checkSize(x.table.count + y.table.count, of: 56)
      var table = x.table
      for (key, value) in y.table.entries { try table.set(key, value) }
      return .dict(DictObject(table))
    case (.set(let x), .set(let y)): if let table = try combined(op, x.table, y.table) { return .set(SetObject(table)) }
    default: break
    }
    if case .host(let object) = a, let result = try object.binary(spelling(op), b, isReversed: false) { return result }
    if case .host(let object) = b, let result = try object.binary(spelling(op), a, isReversed: true) { return result }
    var hint: String?
    if op == .add, a.asString != nil || b.asString != nil { hint = "convert with `str(…)` first" }
    throw EvaluationError("`\(spelling(op))` is not defined between \(a.typeName) and \(b.typeName)", hint: hint)
  }

  private func arithmetic(_ op: Opcode, _ x: Int, _ y: Int) throws -> Value? {
    let outcome: (partialValue: Int, overflow: Bool)
    switch op {
    case .add: outcome = x.addingReportingOverflow(y)
    case .subtract: outcome = x.subtractingReportingOverflow(y)
    case .multiply: outcome = x.multipliedReportingOverflow(by: y)
    case .divide:
      if y == 0 { throw EvaluationError("division by zero") }
      return .float(Double(x) / Double(y))
    case .floorDivide:
      if y == 0 { throw EvaluationError("division by zero") }
      if x == .min && y == -1 { throw integerOverflow }
      let quotient = x / y
      return .int(x % y != 0 && (x < 0) != (y < 0) ? quotient - 1 : quotient)
    case .modulo:
      if y == 0 { throw EvaluationError("modulo by zero") }
      if y == -1 { return .int(0) }
      let remainder = x % y
      return .int(remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder)
    case .bitAnd: return .int(x & y)
    case .bitOr: return .int(x | y)
    case .bitXor: return .int(x ^ y)
    case .shiftLeft:
      if y < 0 { throw EvaluationError("negative shift count") }
      if x == 0 { return .int(0) }
      if y >= 63 || (x << y) >> y != x { throw integerOverflow }
      return .int(x << y)
    case .shiftRight:
      if y < 0 { throw EvaluationError("negative shift count") }
      return .int(x >> min(y, 63))
    default: return nil
    }
    if outcome.overflow { throw integerOverflow }
    return .int(outcome.partialValue)
  }

  private func arithmetic(_ op: Opcode, _ x: Double, _ y: Double) throws -> Value? {
    switch op {
    case .add: return .float(x + y)
    case .subtract: return .float(x - y)
    case .multiply: return .float(x * y)
    case .divide:
      if y == 0 { throw EvaluationError("division by zero") }
      return .float(x / y)
    case .floorDivide:
      if y == 0 { throw EvaluationError("division by zero") }
      return .float((x / y).rounded(.down))
    case .modulo:
      if y == 0 { throw EvaluationError("modulo by zero") }
      let remainder = x.truncatingRemainder(dividingBy: y)
      return .float(remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder)
    default: return nil
    }
  }

  private func repeated(_ value: Value, _ count: Int) throws -> Value {
    let count = max(0, count)
    switch value {
    case .string(let object):
      let (size, overflow) = object.text.utf8.count.multipliedReportingOverflow(by: count)
      if overflow { throw outOfMemory }
      try checkSize(size)
      return Value(String(repeating: object.text, count: count))
    case .bytes(let object):
      let (size, overflow) = object.bytes.count.multipliedReportingOverflow(by: count)
      if overflow { throw outOfMemory }
      try checkSize(size)
      return Value(bytes: Array(repeatElement(object.bytes, count: object.bytes.isEmpty ? 0 : count).joined()))
    case .list(let object): return Value(try repeated(object.elements, count))
    case .tuple(let object): return Value(tuple: try repeated(object.elements, count))
    default: return value
    }
  }

  private func repeated(_ elements: [Value], _ count: Int) throws -> [Value] {
    let (size, overflow) = elements.count.multipliedReportingOverflow(by: count)
    if overflow { throw outOfMemory }
    try checkSize(size, of: 16)
    return Array(repeatElement(elements, count: elements.isEmpty ? 0 : count).joined())
  }

  /// `|`, `&`, `-`, `^` of two sets.
  func combined(_ op: Opcode, _ x: OrderedTable, _ y: OrderedTable) throws -> OrderedTable? {
    guard [.bitOr, .bitAnd, .subtract, .bitXor].contains(op) else { return nil }
    try checkSize(x.count + y.count, of: 56)
    var result = OrderedTable()
    for key in x.keys {
      let isKept: Bool
      switch op {
      case .bitOr: isKept = true
      case .bitAnd: isKept = try y.contains(key)
      default: isKept = try !y.contains(key)
      }
      if isKept { try result.set(key, .none) }
    }
    if op == .bitOr || op == .bitXor {
      for key in y.keys where try op == .bitOr || !x.contains(key) { try result.set(key, .none) }
    }
    return result
  }

  /// `a += b` and `a |= b`: a list or dict on the left is changed, anything else combined anew.
  func inPlace(_ op: Opcode, _ a: Value, _ b: Value) throws -> Value {
    if op == .addInPlace, case .list(let list) = a {
      let added = try elements(of: b)
      try list.mayChange()
      try checkSize(added.count, of: 16)
      list.elements += added
      return a
    }
    if op == .orInPlace, case .dict(let dict) = a, case .dict(let other) = b {
      try dict.mayChange()
      try checkSize(other.table.count, of: 56)
      for (key, value) in other.table.entries { try dict.table.set(key, value) }
      return a
    }
    return try binary(op == .addInPlace ? .add : .bitOr, a, b)
  }

  func unary(_ op: Opcode, _ a: Value) throws -> Value {
    switch (op, a) {
    case (.negate, .int(let x)):
      if x == .min { throw integerOverflow }
      return .int(-x)
    case (.negate, .float(let x)): return .float(-x)
    case (.plus, .int), (.plus, .float): return a
    case (.invert, .int(let x)): return .int(~x)
    default: throw EvaluationError("`\(op == .negate ? "-" : op == .plus ? "+" : "~")` is not defined for \(a.typeName)")
    }
  }

  /// `element in container`
  func contains(_ container: Value, _ element: Value) throws -> Bool {
    switch container {
    case .list(let object): return try contains(object.elements, element)
    case .tuple(let object): return try contains(object.elements, element)
    case .dict(let object): return try object.table.contains(element)
    case .set(let object): return try object.table.contains(element)
    case .range(let object):
      guard case .int(let x) = element, object.count > 0 else { return false }
      let (distance, overflow) = x.subtractingReportingOverflow(object.start)
      return !overflow && distance % object.step == 0 && (0..<object.count).contains(distance / object.step)
    case .string(let object):
      guard case .string(let part) = element else {
        throw EvaluationError("`in` a string wants a string on its left, not \(element.typeName)")
      }
      try chargeSteps(object.text.utf8.count >> 4)
      return find(part.text, in: object.text, from: 0, last: false) != nil
    case .bytes(let object):
      switch element {
      case .int(let x): return object.bytes.contains { Int($0) == x }
      case .bytes(let part): return find(part.bytes, in: object.bytes, 0, object.bytes.count) != nil
      default: break
      }
    case .host(let object):
      if let result = try object.binary("in", element, isReversed: true) { return result.isTrue }
      if let elements = object.elements { return try contains(elements, element) }
    default: break
    }
    throw EvaluationError("`in` is not defined for \(element.typeName) in \(container.typeName)")
  }

  private func contains(_ elements: [Value], _ element: Value) throws -> Bool {
    try chargeSteps(elements.count)
    for candidate in elements where try areEqual(candidate, element) { return true }
    return false
  }
}
