// The values of YAML that stand within a line: quoted and plain scalars, `[…]` and `{…}`.

/// Reads one value from a text whose line breaks have become blanks.
struct YAMLFlow {
  private let bytes: [UInt8]
  private(set) var index = 0
  /// What is wrong, where more text would not mend it.
  private(set) var problem: String?

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private var current: UInt8 { bytes.byte(index) }

  var isAtEnd: Bool { index >= bytes.count }

  var isAtBlankOrEnd: Bool { isAtEnd || current == 0x20 }

  mutating func skipBlanks() { while current == 0x20 || current == 0x09 { index += 1 } }

  mutating func skip(_ byte: UInt8) -> Bool {
    guard !isAtEnd, current == byte else { return false }
    index += 1
    return true
  }

  /// Nil where the text ends too soon, or with `problem`.
  mutating func value(depth: Int) -> JSON? {
    if depth > YAML.depthLimit {
      problem = "nested too deeply"
      return nil
    }
    skipBlanks()
    switch current {
    case 0 where isAtEnd: return nil
    case UInt8(ascii: "["): return sequence(depth: depth)
    case UInt8(ascii: "{"): return mapping(depth: depth)
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return quoted().map { .string($0) }
    case UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"):
      problem = "anchors, aliases and tags are not read"
      return nil
    default: return YAMLFlow.plain(word())
    }
  }

  private mutating func sequence(depth: Int) -> JSON? {
    index += 1
    var items: [JSON] = []
    while true {
      skipBlanks()
      if skip(UInt8(ascii: "]")) { return .array(items) }
      guard let item = value(depth: depth + 1) else { return nil }
      items.append(item)
      skipBlanks()
      if skip(UInt8(ascii: ",")) { continue }
      if isAtEnd { return nil }
      guard current == UInt8(ascii: "]") else {
        problem = "expected `,` or `]`"
        return nil
      }
    }
  }

  private mutating func mapping(depth: Int) -> JSON? {
    index += 1
    var members: [JSON.Member] = []
    while true {
      skipBlanks()
      if skip(UInt8(ascii: "}")) { return .object(members) }
      if isAtEnd { return nil }
      let isQuoted = current == UInt8(ascii: "\"") || current == UInt8(ascii: "'")
      guard let name = isQuoted ? quoted() : word() else { return nil }
      skipBlanks()
      var item = JSON.null
      if skip(UInt8(ascii: ":")) {
        skipBlanks()
        if current != UInt8(ascii: ","), current != UInt8(ascii: "}") {
          guard let read = value(depth: depth + 1) else { return nil }
          item = read
        }
      }
      members.removeAll { $0.name == name }
      members.append(.init(name, item))
      skipBlanks()
      if skip(UInt8(ascii: ",")) { continue }
      if isAtEnd { return nil }
      guard current == UInt8(ascii: "}") else {
        problem = "expected `,` or `}`"
        return nil
      }
    }
  }

  /// A plain scalar within a collection: up to `,`, a bracket, or `: `.
  private mutating func word() -> String {
    let start = index
    while !isAtEnd, !",[]{}".utf8.contains(current) {
      if current == UInt8(ascii: ":"), index + 1 >= bytes.count || " ,[]{}".utf8.contains(bytes.byte(index + 1)) { break }
      index += 1
    }
    // A bracket that opens nothing would otherwise stand still.
    if index == start, !isAtEnd { problem = "unexpected `\(Character(Unicode.Scalar(current)))`" }
    var word = Array(bytes[start..<index])
    while word.last == 0x20 { word.removeLast() }
    return String(decoding: word, as: UTF8.self)
  }

  /// A string in quotes; nil where it is not closed, or has an escape that there is not.
  mutating func quoted() -> String? {
    let quote = current
    index += 1
    var text: [UInt8] = []
    while !isAtEnd {
      let byte = current
      index += 1
      if byte == quote {
        // Two single quotes are one.
        guard quote == UInt8(ascii: "'"), !isAtEnd, current == quote else { return String(decoding: text, as: UTF8.self) }
        index += 1
        text.append(quote)
      } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        guard !isAtEnd, let scalar = escape() else { return nil }
        text += Array(String(Character(scalar)).utf8)
      } else {
        text.append(byte)
      }
    }
    return nil
  }

  private mutating func escape() -> Unicode.Scalar? {
    let letter = current
    index += 1
    let simple: [UInt8: UInt8] = [
      UInt8(ascii: "n"): 0x0A, UInt8(ascii: "t"): 0x09, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "0"): 0, UInt8(ascii: "e"): 0x1B,
      UInt8(ascii: "b"): 8, UInt8(ascii: "a"): 7, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "v"): 0x0B, UInt8(ascii: "\""): 0x22,
      UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, 0x20: 0x20,
    ]
    if let byte = simple[letter] { return Unicode.Scalar(byte) }
    let lengths: [UInt8: Int] = [UInt8(ascii: "x"): 2, UInt8(ascii: "u"): 4, UInt8(ascii: "U"): 8]
    guard let length = lengths[letter], index + length <= bytes.count,
      let code = UInt32(String(decoding: bytes[index..<index + length], as: UTF8.self), radix: 16), let scalar = Unicode.Scalar(code)
    else {
      problem = "there is no escape `\\\(Character(Unicode.Scalar(letter)))`"
      return nil
    }
    index += length
    return scalar
  }

  /// A plain scalar by the core schema.
  static func plain(_ text: String) -> JSON {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else { return .string(text) }
    if text.hasPrefix("0x"), let number = Int(text.dropFirst(2), radix: 16) { return .int(number) }
    if text.hasPrefix("0o"), let number = Int(text.dropFirst(2), radix: 8) { return .int(number) }
    if let number = Int(text) { return .int(number) }
    let isNumber = text.utf8.allSatisfy { "+-.eE0123456789".utf8.contains($0) } && text.utf8.contains { $0 &- 0x30 < 10 }
    if isNumber, let number = Double(text), number.isFinite { return .double(number) }
    return .string(text)
  }
}
