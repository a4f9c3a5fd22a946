// JSON as bytes: compact, or laid out one member a line as Pants prints it.

package enum JSONWriter {
  /// No space at all. `asciiOnly` writes everything outside of printable ASCII as `\uXXXX`.
  package static func compact(_ value: JSON, asciiOnly: Bool = false) -> [UInt8] {
    var writer = Writer(indent: nil, asciiOnly: asciiOnly)
    writer.write(value, depth: 0)
    return writer.bytes
  }

  /// One member or item a line, `indent` spaces a level; no newline at the end. By default byte for byte as Pants prints it.
  package static func indented(_ value: JSON, indent: Int = 2, asciiOnly: Bool = true) -> [UInt8] {
    var writer = Writer(indent: indent, asciiOnly: asciiOnly)
    writer.write(value, depth: 0)
    return writer.bytes
  }

  /// A number as Pants prints it: the shortest text that reads back the same; an exponent from 1e16 on.
  package static func text(of value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    let text = value.description
    guard value.magnitude >= 1e16, !text.utf8.contains(UInt8(ascii: "e")) else { return text }
    let sign = value < 0 ? "-" : ""
    let whole = text.utf8.drop { $0 == UInt8(ascii: "-") }.prefix { $0 != UInt8(ascii: ".") }
    var digits = Array(whole)
    let exponent = digits.count - 1
    while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
    if digits.count > 1 { digits.insert(UInt8(ascii: "."), at: 1) }
    return "\(sign)\(String(decoding: digits, as: UTF8.self))e+\(exponent)"
  }
}

private struct Writer {
  let indent: Int?
  let asciiOnly: Bool
  var bytes: [UInt8] = []

  init(indent: Int?, asciiOnly: Bool) {
    self.indent = indent
    self.asciiOnly = asciiOnly
  }

  mutating func write(_ value: JSON, depth: Int) {
    switch value {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .int(let value): bytes.append(contentsOf: String(value).utf8)
    case .double(let value): bytes.append(contentsOf: JSONWriter.text(of: value).utf8)
    case .string(let value): write(value)
    case .array(let items):
      bytes.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        newLine(depth + 1)
        write(item, depth: depth + 1)
      }
      if !items.isEmpty { newLine(depth) }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        newLine(depth + 1)
        write(member.name)
        bytes.append(UInt8(ascii: ":"))
        if indent != nil { bytes.append(UInt8(ascii: " ")) }
        write(member.value, depth: depth + 1)
      }
      if !members.isEmpty { newLine(depth) }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private mutating func newLine(_ depth: Int) {
    guard let indent else { return }
    bytes.append(0x0A)
    bytes.append(contentsOf: repeatElement(0x20, count: indent * depth))
  }

  private mutating func write(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": bytes.append(contentsOf: "\\\"".utf8)
      case "\\": bytes.append(contentsOf: "\\\\".utf8)
      case "\n": bytes.append(contentsOf: "\\n".utf8)
      case "\r": bytes.append(contentsOf: "\\r".utf8)
      case "\t": bytes.append(contentsOf: "\\t".utf8)
      case "\u{08}": bytes.append(contentsOf: "\\b".utf8)
      case "\u{0C}": bytes.append(contentsOf: "\\f".utf8)
      default:
        if scalar.value < 0x20 || asciiOnly && scalar.value > 0x7E {
          for unit in String(scalar).utf16 { escape(unit) }
        } else {
          bytes.append(contentsOf: String(scalar).utf8)
        }
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ unit: UInt16) {
    let digits = Array("0123456789abcdef".utf8)
    bytes.append(contentsOf: "\\u".utf8)
    for shift in [12, 8, 4, 0] { bytes.append(digits[Int(unit >> UInt16(shift)) & 15]) }
  }
}
