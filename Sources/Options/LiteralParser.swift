// The literals that option values are written with, as in `pants.toml`: strings, numbers, `True`, lists, tuples, dictionaries.

/// Reads one value, or the edits of a list, from a text.
struct LiteralParser {
  enum ListEdit { case replace, add, remove }

  private let bytes: [UInt8]
  private var index = 0
  private let text: String

  init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  private var current: UInt8 { index < bytes.count ? bytes[index] : 0 }

  /// Blanks, newlines, and comments up to the end of their line.
  private mutating func skipSpace() {
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "#") {
        while index < bytes.count, bytes[index] != 0x0A { index += 1 }
      } else if [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) {
        index += 1
      } else {
        return
      }
    }
  }

  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return index >= bytes.count
    }
  }

  /// True if `byte` came next, which is then behind us.
  mutating func skip(_ byte: UInt8) -> Bool {
    skipSpace()
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  /// What `[`, `+[` or `-[` begins, the sign then behind us; nil for anything else.
  var listEdit: ListEdit? {
    mutating get {
      skipSpace()
      let isSigned = current == UInt8(ascii: "+") || current == UInt8(ascii: "-")
      let open = isSigned ? (index + 1 < bytes.count ? bytes[index + 1] : 0) : current
      guard open == UInt8(ascii: "[") || open == UInt8(ascii: "(") else { return nil }
      defer { if isSigned { index += 1 } }
      return !isSigned ? .replace : current == UInt8(ascii: "+") ? .add : .remove
    }
  }

  mutating func list() throws(ValueError) -> [OptionValue] {
    guard case .list(let items) = try value(depth: 0) else { throw wrong("a list") }
    return items
  }

  /// One value and nothing behind it.
  mutating func whole() throws(ValueError) -> OptionValue {
    let value = try value(depth: 0)
    guard isAtEnd else { throw wrong("the end") }
    return value
  }

  private func wrong(_ expected: String) -> ValueError { ValueError("cannot be `\(text)`: expected \(expected) at column \(index + 1)") }

  private mutating func value(depth: Int) throws(ValueError) -> OptionValue {
    if depth > 64 { throw wrong("at most 64 levels") }
    skipSpace()
    switch current {
    case UInt8(ascii: "["): return .list(try items(until: UInt8(ascii: "]"), depth: depth))
    case UInt8(ascii: "("): return .list(try items(until: UInt8(ascii: ")"), depth: depth))
    case UInt8(ascii: "{"): return .dictionary(try entries(depth: depth))
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try strings())
    default: return try word()
    }
  }

  /// Strings that stand beside one another are one.
  private mutating func strings() throws(ValueError) -> String {
    var text = ""
    while current == UInt8(ascii: "'") || current == UInt8(ascii: "\"") {
      text += try string()
      skipSpace()
    }
    return text
  }

  private mutating func items(until close: UInt8, depth: Int) throws(ValueError) -> [OptionValue] {
    index += 1
    var items: [OptionValue] = []
    while !skip(close) {
      items.append(try value(depth: depth + 1))
      if !skip(UInt8(ascii: ",")) {
        guard skip(close) else { throw wrong("`,` or `\(Character(Unicode.Scalar(close)))`") }
        return items
      }
    }
    return items
  }

  private mutating func entries(depth: Int) throws(ValueError) -> [OptionValue.Entry] {
    index += 1
    var entries: [OptionValue.Entry] = []
    while !skip(UInt8(ascii: "}")) {
      guard current == UInt8(ascii: "'") || current == UInt8(ascii: "\"") else { throw wrong("a name in quotes") }
      let name = try strings()
      guard skip(UInt8(ascii: ":")) else { throw wrong("`:`") }
      entries = merged(entries, with: [OptionValue.Entry(name, try value(depth: depth + 1))])
      if !skip(UInt8(ascii: ",")) {
        guard skip(UInt8(ascii: "}")) else { throw wrong("`,` or `}`") }
        return entries
      }
    }
    return entries
  }

  private mutating func word() throws(ValueError) -> OptionValue {
    let start = index
    while index < bytes.count, ![0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]), !",]):}".utf8.contains(bytes[index]) { index += 1 }
    let word = String(decoding: bytes[start..<index], as: UTF8.self)
    switch word.lowercased() {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "none": return .unset
    default: break
    }
    let digits = word.filter { $0 != "_" }
    if let number = Int(digits) { return .int(number) }
    if let first = digits.utf8.first, first &- 0x30 < 10 || "+-.".utf8.contains(first), let number = Double(digits), number.isFinite {
      return .float(number)
    }
    index = start
    throw wrong("a value (a string needs quotes)")
  }

  private mutating func string() throws(ValueError) -> String {
    let quote = current
    let isTriple = index + 2 < bytes.count && bytes[index + 1] == quote && bytes[index + 2] == quote
    index += isTriple ? 3 : 1
    var text: [UInt8] = []
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == quote {
        if !isTriple { return String(decoding: text, as: UTF8.self) }
        if index + 1 < bytes.count, bytes[index] == quote, bytes[index + 1] == quote {
          index += 2
          return String(decoding: text, as: UTF8.self)
        }
      }
      guard byte == UInt8(ascii: "\\"), index < bytes.count else {
        text.append(byte)
        continue
      }
      let escaped = bytes[index]
      index += 1
      switch escaped {
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): text.append(escaped)
      case 0x0A: break
      case UInt8(ascii: "x"): try code(digits: 2, into: &text)
      case UInt8(ascii: "u"): try code(digits: 4, into: &text)
      case UInt8(ascii: "U"): try code(digits: 8, into: &text)
      default: text += [byte, escaped]
      }
    }
    throw wrong("a closing quote")
  }
}

extension LiteralParser {
  /// The character of this many hexadecimal digits.
  private mutating func code(digits: Int, into text: inout [UInt8]) throws(ValueError) {
    let end = index + digits
    guard end <= bytes.count, let number = UInt32(String(decoding: bytes[index..<end], as: UTF8.self), radix: 16),
      let scalar = Unicode.Scalar(number)
    else { throw wrong("\(digits) hexadecimal digits") }
    text += Array(String(Character(scalar)).utf8)
    index = end
  }
}

/// `entries` with `others` laid over it: known names keep their place.
func merged(_ entries: [OptionValue.Entry], with others: [OptionValue.Entry]) -> [OptionValue.Entry] {
  var result = entries
  for other in others {
    if let place = result.firstIndex(where: { $0.name == other.name }) {
      result[place] = other
    } else {
      result.append(other)
    }
  }
  return result
}
