// The names every file sees: the built-in functions of the language.

internal import Diagnostics

/// The built-ins by name.
nonisolated(unsafe) let universe: [String: Value] = {  // immutable: builtins whose closures capture nothing.
  var names: [String: Value] = ["True": .bool(true), "False": .bool(false), "None": .none]
  for (name, body) in builtins { names[name] = .builtin(name, body) }
  freeze(Array(names.values))
  return names
}()

/// The names of the language itself, for did-you-mean and for embedders that list what a file sees.
package var universalNames: [String] { universe.keys.sorted() }

private func extremum(_ call: borrowing Call, isBetter: (Value, Value) throws -> Bool) throws -> Value {
  var key: Value?
  var fallback: Value?
  for (name, value) in call.named {
    switch name {
    case "key": key = value.isNone ? nil : value
    case "default": fallback = value
    default: throw EvaluationError("\(call.functionName): no parameter named `\(name)`")
    }
  }
  if call.positionalCount == 0 { throw EvaluationError("\(call.functionName): wants at least one argument") }
  let candidates = call.positionalCount == 1 ? try elements(of: call.arguments[0]) : call.positional
  try call.thread.chargeSteps(candidates.count)
  guard var best = candidates.first else {
    if let fallback { return fallback }
    throw EvaluationError("\(call.functionName): the sequence is empty")
  }
  let thread = call.thread
  func measure(_ value: Value) throws -> Value { try key.map { try thread.invoke($0, [value]) } ?? value }
  var bestKey = try measure(best)
  for candidate in candidates.dropFirst() {
    let candidateKey = try measure(candidate)
    if try isBetter(candidateKey, bestKey) { (best, bestKey) = (candidate, candidateKey) }
  }
  return best
}

private func integer(_ call: borrowing Call) throws -> Value {
  let bound = try call.bind(.int)
  let value = try bound.value("x")
  if bound.present("base") != nil, value.asString == nil { throw EvaluationError("int: `base` is only for strings") }
  switch value {
  case .int: return value
  case .bool(let truth): return .int(truth ? 1 : 0)
  case .float(let number):
    guard number.isFinite else { throw EvaluationError("int: \(printed(float: number)) is no integer") }
    guard let whole = Int(exactly: number.rounded(.towardZero)) else { throw integerOverflow }
    return .int(whole)
  case .string(let object):
    var base = try bound.optionalInt("base") ?? 10
    guard base == 0 || (2...36).contains(base) else { throw EvaluationError("int: `base` must be 0 or from 2 to 36") }
    var digits = Array(object.text.utf8.filter { $0 != UInt8(ascii: "_") })
    while let first = digits.first, first == 32 || (9...13).contains(first) { digits.removeFirst() }
    while let last = digits.last, last == 32 || (9...13).contains(last) { digits.removeLast() }
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
    if digits.count > 2, digits[0] == UInt8(ascii: "0") {
      let prefixBase = [UInt8(ascii: "x"): 16, UInt8(ascii: "o"): 8, UInt8(ascii: "b"): 2][digits[1] | 0x20]
      if let prefixBase, base == 0 || base == prefixBase {
        base = prefixBase
        digits.removeFirst(2)
      }
    }
    if base == 0 { base = 10 }
    let text = String(decoding: digits, as: UTF8.self)
    guard !text.hasPrefix("-"), !text.hasPrefix("+"), let number = Int((isNegative ? "-" : "") + text, radix: base) else {
      throw EvaluationError("int: \(quoted(object.text)) is no integer of base \(base)")
    }
    return .int(number)
  default: throw EvaluationError("int: wants a string, a number or a bool, not \(value.typeName)")
  }
}

private func float(_ call: borrowing Call) throws -> Value {
  try call.checkPositional(0, 1)
  guard call.positionalCount == 1 else { return .float(0) }
  switch call.arguments[0] {
  case .float: return call.arguments[0]
  case .int(let number): return .float(Double(number))
  case .bool(let truth): return .float(truth ? 1 : 0)
  case .string(let object):
    let text = object.text.lowercased()
    let bare = text.hasPrefix("+") || text.hasPrefix("-") ? String(text.dropFirst()) : text
    switch bare {
    case "inf", "infinity": return .float(text.hasPrefix("-") ? -.infinity : .infinity)
    case "nan": return .float(.nan)
    default: break
    }
    guard !bare.hasPrefix("0x"), let number = Double(text) else { throw EvaluationError("float: \(quoted(object.text)) is no number") }
    guard number.isFinite else { throw EvaluationError("float: \(quoted(object.text)) is too large") }
    return .float(number)
  default: throw EvaluationError("float: wants a string, a number or a bool, not \(call.arguments[0].typeName)")
  }
}

private func range(_ call: borrowing Call) throws -> Value {
  try call.checkPositional(1, 3)
  let start = call.positionalCount == 1 ? 0 : try call.int(at: 0)
  let stop = try call.int(at: call.positionalCount == 1 ? 0 : 1)
  let step = call.positionalCount == 3 ? try call.int(at: 2) : 1
  if step == 0 { throw EvaluationError("range: the step cannot be zero") }
  guard step > 0 ? start < stop : start > stop else { return .range(RangeObject(start: start, step: step, count: 0)) }
  let (distance, overflow) = stop.subtractingReportingOverflow(start)
  if overflow || step == .min { throw integerOverflow }
  let count = step > 0 ? (distance - 1) / step + 1 : (-distance - 1) / -step + 1
  return .range(RangeObject(start: start, step: step, count: count))
}

private func made(_ call: borrowing Call) throws -> [Value] {
  try call.checkPositional(0, 1)
  guard call.positionalCount == 1 else { return [] }
  // A range knows its length before it is spread out.
  if case .range(let range) = call.arguments[0] { try call.thread.checkSize(range.count, of: 16) }
  let all = try elements(of: call.arguments[0])
  try call.thread.checkSize(all.count, of: 16)
  return all
}

/// The first 64 bits of Java's string hash, as the specification has it for strings.
private func stringHash(_ text: String) -> Int {
  var hash: Int32 = 0
  for unit in text.utf16 { hash = hash &* 31 &+ Int32(unit) }
  return Int(hash)
}

private nonisolated(unsafe) let builtins: [(String, BuiltinBody)] = [  // immutable, and its closures capture nothing.
  (
    "abs",
    { call in
      try call.checkPositional(1, 1)
      switch call.arguments[0] {
      case .int(let number):
        if number == .min { throw integerOverflow }
        return .int(abs(number))
      case .float(let number): return .float(abs(number))
      default: throw EvaluationError("abs: wants a number, not \(call.arguments[0].typeName)")
      }
    }
  ),
  (
    "all",
    { call in
      try call.checkPositional(1, 1)
      return .bool(try elements(of: call.arguments[0]).allSatisfy(\.isTrue))
    }
  ),
  (
    "any",
    { call in
      try call.checkPositional(1, 1)
      return .bool(try elements(of: call.arguments[0]).contains(where: \.isTrue))
    }
  ),
  (
    "bool",
    { call in
      try call.checkPositional(0, 1)
      return .bool(call.positionalCount == 1 && call.arguments[0].isTrue)
    }
  ),
  (
    "bytes",
    { call in
      try call.checkPositional(1, 1)
      switch call.arguments[0] {
      case .bytes: return call.arguments[0]
      case .string(let object): return Value(bytes: Array(object.text.utf8))
      default:
        return Value(
          bytes: try made(call).map { element in
            guard let byte = element.asInt.flatMap({ UInt8(exactly: $0) }) else {
              throw EvaluationError("bytes: \(repr(element).prefix(100)) is no int from 0 to 255")
            }
            return byte
          })
      }
    }
  ),
  (
    "chr",
    { call in
      try call.checkPositional(1, 1)
      guard let scalar = UInt32(exactly: try call.int(at: 0)).flatMap(Unicode.Scalar.init) else {
        throw EvaluationError("chr: no such character")
      }
      return Value(String(Character(scalar)))
    }
  ),
  (
    "ord",
    { call in
      try call.checkPositional(1, 1)
      let scalars = try call.string(at: 0).text.unicodeScalars
      guard let first = scalars.first, scalars.count == 1 else { throw EvaluationError("ord: wants one character") }
      return .int(Int(first.value))
    }
  ),
  (
    "dict",
    { call in
      if call.positionalCount > 1 { throw EvaluationError("dict: takes at most 1 positional argument, got \(call.positionalCount)") }
      let dict = DictObject()
      if call.positionalCount == 1 {
        for (key, value) in try pairs(of: call.arguments[0], "dict") {
          try call.thread.charge(56)
          try dict.table.set(key, value)
        }
      }
      for (name, value) in call.named {
        try call.thread.charge(56)
        dict.table.set(string: StringObject(name), value)
      }
      return .dict(dict)
    }
  ),
  (
    "dir",
    { call in
      try call.checkPositional(1, 1)
      return Value(call.thread.attributeNames(of: call.arguments[0]).sorted())
    }
  ),
  (
    "enumerate",
    { call in
      let bound = try call.bind(.enumerate)
      let start = try bound.optionalInt("start") ?? 0
      let all = try elements(of: bound.value("iterable"))
      try call.thread.checkSize(all.count, of: 96)
      return try call.made(all.enumerated().map { Value(tuple: [.int(start &+ $0), $1]) })
    }
  ),
  (
    "fail",
    { call in
      let separator = call.named("sep")?.asString ?? " "
      for (name, _) in call.named where name != "sep" { throw EvaluationError("fail: no parameter named `\(name)`") }
      throw EvaluationError(call.positional.map { str($0) }.joined(separator: separator), isRefusal: true)
    }
  ),
  ("float", float),
  (
    "getattr",
    { call in
      try call.checkPositional(2, 3)
      let name = try call.string(at: 1)
      if let value = try call.thread.attributeIfPresent(call.arguments[0], name) { return value }
      if call.positionalCount == 3 { return call.arguments[2] }
      return try call.thread.attribute(call.arguments[0], call.arguments[1])
    }
  ),
  (
    "hasattr",
    { call in
      try call.checkPositional(2, 2)
      return .bool(try call.thread.attributeIfPresent(call.arguments[0], call.string(at: 1)) != nil)
    }
  ),
  (
    "hash",
    { call in
      try call.checkPositional(1, 1)
      if case .bytes(let object) = call.arguments[0] {
        return .int(Int(object.bytes.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }))
      }
      return .int(stringHash(try call.string(at: 0).text))
    }
  ),
  ("int", integer),
  (
    "len",
    { call in
      try call.checkPositional(1, 1)
      switch call.arguments[0] {
      case .string(let object): return .int(object.count)
      case .bytes(let object): return .int(object.bytes.count)
      case .list(let object): return .int(object.elements.count)
      case .tuple(let object): return .int(object.elements.count)
      case .dict(let object): return .int(object.table.count)
      case .set(let object): return .int(object.table.count)
      case .range(let object): return .int(object.count)
      case .host(let object): if let elements = object.elements { return .int(elements.count) }
      default: break
      }
      throw EvaluationError("len: a \(call.arguments[0].typeName) has no length")
    }
  ),
  ("list", { call in Value(try made(call)) }),
  ("tuple", { call in Value(tuple: try made(call)) }),
  (
    "set",
    { call in
      let set = SetObject()
      for element in try made(call) {
        try call.thread.charge(56)
        try set.table.set(element, .none)
      }
      return .set(set)
    }
  ),
  ("max", { call in try extremum(call) { try isLess($1, $0) } }),
  ("min", { call in try extremum(call) { try isLess($0, $1) } }),
  (
    "print",
    { call in
      let separator = call.named("sep")?.asString ?? " "
      for (name, _) in call.named where name != "sep" { throw EvaluationError("print: no parameter named `\(name)`") }
      call.thread.print(call.positional.map { str($0) }.joined(separator: separator), call.location)
      return .none
    }
  ),
  ("range", range),
  (
    "repr",
    { call in
      try call.checkPositional(1, 1)
      return try call.made(repr(call.arguments[0]))
    }
  ),
  ("reversed", { call in Value(try made(call).reversed()) }),
  (
    "sorted",
    { call in
      let bound = try call.bind(.sorted)
      let all = try elements(of: bound.value("iterable"))
      return Value(try sorted(all, key: bound.present("key"), isReversed: bound.present("reverse")?.isTrue ?? false, call.thread))
    }
  ),
  (
    "str",
    { call in
      try call.checkPositional(0, 1)
      return call.positionalCount == 0
        ? Value("") : call.arguments[0].asString != nil ? call.arguments[0] : try call.made(str(call.arguments[0]))
    }
  ),
  (
    "sum",
    { call in
      try call.checkPositional(1, 2)
      var total = call.positionalCount == 2 ? call.arguments[1] : .int(0)
      for element in try elements(of: call.arguments[0]) { total = try call.thread.binary(.add, total, element) }
      return total
    }
  ),
  (
    "struct",
    { call in
      try checkNamedOnly(call)
      try call.thread.charge(64 + 24 * call.namedCount)
      return .structure(StructObject(call.named.map { ($0.name, $0.value) }))
    }
  ),
  (
    "type",
    { call in
      try call.checkPositional(1, 1)
      return Value(call.arguments[0].typeName)
    }
  ),
  (
    "zip",
    { call in
      let columns = try call.positional.map { try elements(of: $0) }
      let count = columns.map(\.count).min() ?? 0
      try call.thread.checkSize(count, of: 64 + 16 * columns.count)
      return try call.made((0..<count).map { i in Value(tuple: columns.map { $0[i] }) })
    }
  ),
]

private func checkNamedOnly(_ call: borrowing Call) throws {
  if call.positionalCount > 0 { throw EvaluationError("\(call.functionName): takes named arguments only") }
}
