// JSON: the value, and reading one from bytes (RFC 8259).

/// A JSON value. Objects keep the order of their members.
package enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  /// A number without fraction and exponent that fits 64 bits.
  case int(Int)
  case double(Double)
  case string(String)
  case array([JSON])
  /// Names are unique: of repeated ones, the last value counts, at the first one's place.
  case object([Member])

  package struct Member: Hashable, Sendable {
    package let name: String
    package var value: JSON

    package init(_ name: String, _ value: JSON) {
      self.name = name
      self.value = value
    }
  }

  /// How deep arrays and objects may nest.
  package static let depthLimit = 512

  /// The member of that name; nil where there is none, or this is no object.
  package subscript(name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// - Throws: the first error; a byte order mark, a comment, a trailing comma and `NaN` are errors. Lone surrogates become U+FFFD.
  package static func parse(_ bytes: [UInt8]) throws(FormatError) -> JSON {
    var parser = JSONParser(bytes: bytes)
    return try parser.document()
  }

  package static func parse(_ text: String) throws(FormatError) -> JSON { try parse(Array(text.utf8)) }
}

private struct JSONParser {
  let bytes: [UInt8]
  var index = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(FormatError) -> JSON {
    let value = try value(depth: 0)
    skipSpace()
    if index < bytes.count { throw error("expected the end of the text") }
    return value
  }

  private func error(_ message: String, at offset: Int? = nil) -> FormatError {
    FormatError(message, at: bytes.position(offset ?? index))
  }

  private mutating func skipSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      default: return
      }
    }
  }

  private mutating func value(depth: Int) throws(FormatError) -> JSON {
    if depth > JSON.depthLimit { throw error("nested deeper than \(JSON.depthLimit) levels") }
    skipSpace()
    switch bytes.byte(index) {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw error(index < bytes.count ? "expected a value" : "expected a value, found the end of the text")
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSON) throws(FormatError) -> JSON {
    let start = index
    for offset in 0..<word.utf8CodeUnitCount {
      if bytes.byte(index) != word.utf8Start[offset] { throw error("expected a value", at: start) }
      index += 1
    }
    return value
  }

  private mutating func object(depth: Int) throws(FormatError) -> JSON {
    index += 1
    var members: [JSON.Member] = []
    var places: [String: Int] = [:]
    skipSpace()
    if bytes.byte(index) == UInt8(ascii: "}") {
      index += 1
      return .object([])
    }
    while true {
      skipSpace()
      guard bytes.byte(index) == UInt8(ascii: "\"") else { throw error("expected a name in double quotes") }
      let name = try string()
      skipSpace()
      guard bytes.byte(index) == UInt8(ascii: ":") else { throw error("expected `:` after the name") }
      index += 1
      let value = try value(depth: depth + 1)
      if let place = places[name] {
        members[place].value = value
      } else {
        places[name] = members.count
        members.append(JSON.Member(name, value))
      }
      skipSpace()
      switch bytes.byte(index) {
      case UInt8(ascii: ","): index += 1
      case UInt8(ascii: "}"):
        index += 1
        return .object(members)
      default: throw error("expected `,` or `}`")
      }
    }
  }

  private mutating func array(depth: Int) throws(FormatError) -> JSON {
    index += 1
    var items: [JSON] = []
    skipSpace()
    if bytes.byte(index) == UInt8(ascii: "]") {
      index += 1
      return .array([])
    }
    while true {
      items.append(try value(depth: depth + 1))
      skipSpace()
      switch bytes.byte(index) {
      case UInt8(ascii: ","): index += 1
      case UInt8(ascii: "]"):
        index += 1
        return .array(items)
      default: throw error("expected `,` or `]`")
      }
    }
  }

  private mutating func number() throws(FormatError) -> JSON {
    let start = index
    var isWhole = true
    if bytes.byte(index) == UInt8(ascii: "-") { index += 1 }
    if bytes.byte(index) == UInt8(ascii: "0") {
      index += 1
      if digits() > 0 { throw error("a number may not begin with 0", at: start) }
    } else if digits() == 0 {
      throw error("expected a digit")
    }
    if bytes.byte(index) == UInt8(ascii: ".") {
      isWhole = false
      index += 1
      if digits() == 0 { throw error("expected a digit after the point") }
    }
    if bytes.byte(index) | 0x20 == UInt8(ascii: "e") {
      isWhole = false
      index += 1
      if bytes.byte(index) == UInt8(ascii: "+") || bytes.byte(index) == UInt8(ascii: "-") { index += 1 }
      if digits() == 0 { throw error("expected a digit in the exponent") }
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if isWhole, let value = Int(text) { return .int(value) }
    guard let value = Double(text), value.isFinite else { throw error("the number is too large", at: start) }
    return .double(value)
  }

  private mutating func digits() -> Int {
    let start = index
    while index < bytes.count, bytes[index] &- 0x30 < 10 { index += 1 }
    return index - start
  }

  private mutating func string() throws(FormatError) -> String {
    let start = index
    index += 1
    var text: [UInt8] = []
    while true {
      guard index < bytes.count else { throw error("the string is never closed", at: start) }
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        guard let valid = String(validating: text, as: UTF8.self) else { throw error("the string is no valid UTF-8", at: start) }
        return valid
      case UInt8(ascii: "\\"):
        index += 1
        try escape(into: &text)
      case 0..<0x20: throw error("a control character must be escaped")
      default:
        text.append(byte)
        index += 1
      }
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(FormatError) {
    let byte = bytes.byte(index)
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if 0xD800..<0xDC00 ~= code, bytes.byte(index) == UInt8(ascii: "\\"), bytes.byte(index + 1) == UInt8(ascii: "u") {
        let back = index
        index += 2
        let low = try hexadecimal()
        if 0xDC00..<0xE000 ~= low {
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        } else {
          index = back
        }
      }
      text.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
    default: throw error("unknown escape", at: index - 1)
    }
  }

  private mutating func hexadecimal() throws(FormatError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = hexadecimalDigit(bytes.byte(index)) else { throw error("expected four hexadecimal digits") }
      code = code << 4 | digit
      index += 1
    }
    return code
  }
}

/// The value of a hexadecimal digit; nil for any other byte.
func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
  switch byte {
  case 0x30...0x39: UInt32(byte - 0x30)
  case 0x41...0x46: UInt32(byte - 0x41 + 10)
  case 0x61...0x66: UInt32(byte - 0x61 + 10)
  default: nil
  }
}
