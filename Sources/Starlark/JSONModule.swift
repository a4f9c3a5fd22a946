// The `json` module: encode, decode, indent. Offered to embedders, predeclared nowhere by itself.

/// `json.encode(x)`, `json.decode(text, default?)`, `json.indent(text, prefix = "", indent = "\t")`, as the specification's library has them.
package func jsonModule() -> Value {
  let encode = Value.builtin("json.encode") { call in
    try call.checkPositional(1, 1)
    var text = ""
    try write(call.positional(0), &text, 0)
    try call.thread.checkSize(text.utf8.count)
    return Value(text)
  }
  let decode = Value.builtin("json.decode") { call in
    let bound = try call.bind(Signature("x", "default?"))
    var reader = JSONReader(Array(try bound.string("x").utf8))
    do {
      try call.thread.checkSize(reader.bytes.count, of: 4)
      return try reader.document()
    } catch {
      if let fallback = bound["default"] { return fallback }
      throw error
    }
  }
  let indent = Value.builtin("json.indent") { call in
    let bound = try call.bind(Signature("text", "*", "prefix?", "indent?"))
    return Value(
      indented(
        Array(try bound.string("text").utf8), prefix: try bound.optionalString("prefix") ?? "",
        indent: try bound.optionalString("indent") ?? "\t"))
  }
  return Value(NamespaceObject("json", [("encode", encode), ("decode", decode), ("indent", indent)]))
}

private func write(_ value: Value, _ text: inout String, _ depth: Int) throws {
  if depth > nestingLimit { throw tooDeep("encode") }
  switch value {
  case .none: text += "null"
  case .bool(let truth): text += truth ? "true" : "false"
  case .int(let number): text += String(number)
  case .float(let number):
    if !number.isFinite { throw EvaluationError("json.encode: cannot encode \(printed(float: number))") }
    text += printed(float: number)
  case .string(let object): write(object.text, &text)
  case .dict(let dict):
    text += "{"
    // Keys are sorted, so that equal dicts give equal text.
    let entries = try dict.table.entries.map { key, value in
      guard let name = key.asString else { throw EvaluationError("json.encode: a dict's keys must be strings, not \(key.typeName)") }
      return (name, value)
    }
    for (i, (name, value)) in entries.sorted(by: { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }).enumerated() {
      if i > 0 { text += "," }
      write(name, &text)
      text += ":"
      try write(value, &text, depth + 1)
    }
    text += "}"
  case .structure(let object):
    text += "{"
    for (i, (name, value)) in zip(object.names, object.values).sorted(by: { $0.0 < $1.0 }).enumerated() {
      if i > 0 { text += "," }
      write(name.text, &text)
      text += ":"
      try write(value, &text, depth + 1)
    }
    text += "}"
  default:
    guard let elements = value.asSequence else { throw EvaluationError("json.encode: cannot encode a \(value.typeName)") }
    text += "["
    for (i, element) in elements.enumerated() {
      if i > 0 { text += "," }
      try write(element, &text, depth + 1)
    }
    text += "]"
  }
}

private func write(_ string: String, _ text: inout String) {
  text += "\""
  for scalar in string.unicodeScalars {
    switch scalar {
    case "\"": text += "\\\""
    case "\\": text += "\\\\"
    case "\n": text += "\\n"
    case "\r": text += "\\r"
    case "\t": text += "\\t"
    default: if scalar.value < 0x20 { text += "\\u" + hexadecimal(Int(scalar.value), width: 4) } else { text.unicodeScalars.append(scalar) }
    }
  }
  text += "\""
}

/// Strict JSON of RFC 8259; numbers without point or exponent are ints.
private struct JSONReader {
  let bytes: [UInt8]
  private var i = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws -> Value {
    let value = try value(0)
    space()
    if i < bytes.count { throw fail("unexpected text after the value") }
    return value
  }

  private func fail(_ message: String) -> EvaluationError { EvaluationError("json.decode: at byte \(i): \(message)") }

  private var byte: UInt8 { i < bytes.count ? bytes[i] : 0 }

  private mutating func space() { while byte == 32 || byte == 9 || byte == 10 || byte == 13 { i += 1 } }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    space()
    guard i < bytes.count, bytes[i] == UInt8(ascii: character) else { return false }
    i += 1
    return true
  }

  private mutating func word(_ text: StaticString, _ value: Value) throws -> Value {
    let length = text.utf8CodeUnitCount
    guard i + length <= bytes.count, text.withUTF8Buffer({ $0.elementsEqual(bytes[i..<i + length]) }) else { throw fail("unexpected text") }
    i += length
    return value
  }

  private mutating func value(_ depth: Int) throws -> Value {
    if depth > nestingLimit { throw fail("nested too deeply") }
    space()
    switch byte {
    case UInt8(ascii: "{"):
      i += 1
      let dict = DictObject()
      if take("}") { return .dict(dict) }
      repeat {
        space()
        guard byte == UInt8(ascii: "\"") else { throw fail("expected a key") }
        let key = StringObject(try string())
        guard take(":") else { throw fail("expected `:`") }
        let isNew = dict.table.set(string: key, try value(depth + 1))
        if !isNew { throw fail("the key \(quoted(key.text)) comes twice") }
      } while take(",")
      guard take("}") else { throw fail("expected `,` or `}`") }
      return .dict(dict)
    case UInt8(ascii: "["):
      i += 1
      var elements: [Value] = []
      if take("]") { return Value(elements) }
      repeat { elements.append(try value(depth + 1)) } while take(",")
      guard take("]") else { throw fail("expected `,` or `]`") }
      return Value(elements)
    case UInt8(ascii: "\""): return Value(try string())
    case UInt8(ascii: "t"): return try word("true", true)
    case UInt8(ascii: "f"): return try word("false", false)
    case UInt8(ascii: "n"): return try word("null", .none)
    default: return try number()
    }
  }

  private mutating func number() throws -> Value {
    let start = i
    var isFloat = false
    if byte == UInt8(ascii: "-") { i += 1 }
    let firstDigit = i
    while byte >= 48 && byte <= 57 { i += 1 }
    if i == firstDigit || (bytes[firstDigit] == 48 && i - firstDigit > 1) { throw fail("malformed number") }
    if byte == UInt8(ascii: ".") {
      isFloat = true
      i += 1
      let first = i
      while byte >= 48 && byte <= 57 { i += 1 }
      if i == first { throw fail("malformed number") }
    }
    if byte | 0x20 == UInt8(ascii: "e") {
      isFloat = true
      i += 1
      if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { i += 1 }
      let first = i
      while byte >= 48 && byte <= 57 { i += 1 }
      if i == first { throw fail("malformed number") }
    }
    let text = String(decoding: bytes[start..<i], as: UTF8.self)
    if !isFloat {
      guard let whole = Int(text) else { throw integerOverflow }
      return .int(whole)
    }
    guard let number = Double(text), number.isFinite else { throw fail("the number is too large") }
    return .float(number)
  }

  private mutating func string() throws -> String {
    i += 1
    var result: [UInt8] = []
    while i < bytes.count {
      let byte = bytes[i]
      i += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(&result)
      case 0..<0x20: throw fail("a control character in a string")
      default: result.append(byte)
      }
    }
    throw fail("a string is never closed")
  }

  private mutating func escape(_ result: inout [UInt8]) throws {
    let byte = byte
    i += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
    case UInt8(ascii: "b"): result.append(8)
    case UInt8(ascii: "f"): result.append(12)
    case UInt8(ascii: "n"): result.append(10)
    case UInt8(ascii: "r"): result.append(13)
    case UInt8(ascii: "t"): result.append(9)
    case UInt8(ascii: "u"):
      var code = try unit()
      if (0xD800..<0xDC00).contains(code), self.byte == UInt8(ascii: "\\"), i + 1 < bytes.count, bytes[i + 1] == UInt8(ascii: "u") {
        let second = i
        i += 2
        let low = try unit()
        if (0xDC00..<0xE000).contains(low) {
          code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        } else {
          i = second  // a half that stands alone, and something else
        }
      }
      result += Array(String(Character(Unicode.Scalar(code) ?? "\u{FFFD}")).utf8)
    default: throw fail("unknown escape")
    }
  }

  private mutating func unit() throws -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard i < bytes.count, let digit = UInt32(String(Character(Unicode.Scalar(bytes[i]))), radix: 16) else {
        throw fail("malformed escape")
      }
      code = code * 16 + digit
      i += 1
    }
    return code
  }
}

private func indented(_ bytes: [UInt8], prefix: String, indent: String) -> String {
  var result: [UInt8] = []
  var depth = 0
  var isInString = false
  var i = 0
  func line() -> [UInt8] { Array(("\n" + prefix + String(repeating: indent, count: max(0, depth))).utf8) }
  while i < bytes.count {
    let byte = bytes[i]
    i += 1
    if isInString {
      result.append(byte)
      if byte == UInt8(ascii: "\\"), i < bytes.count {
        result.append(bytes[i])
        i += 1
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
      }
      continue
    }
    switch byte {
    case UInt8(ascii: "\""):
      isInString = true
      result.append(byte)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      result.append(byte)
      while i < bytes.count, [32, 9, 10, 13].contains(bytes[i]) { i += 1 }
      if i < bytes.count, bytes[i] == byte + 2 {
        result.append(bytes[i])
        i += 1
      } else {
        depth += 1
        result += line()
      }
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      depth -= 1
      result += line()
      result.append(byte)
    case UInt8(ascii: ","):
      result.append(byte)
      result += line()
    case UInt8(ascii: ":"): result += Array(": ".utf8)
    case 32, 9, 10, 13: break
    default: result.append(byte)
    }
  }
  return String(decoding: result, as: UTF8.self)
}
