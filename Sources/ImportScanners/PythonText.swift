// The smallest pieces of a Python source: blanks, newlines, comments, names.

enum Byte {
  static let tab = UInt8(ascii: "\t")
  static let newline = UInt8(ascii: "\n")
  static let formFeed: UInt8 = 0x0C
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let quote = UInt8(ascii: "\"")
  static let hash = UInt8(ascii: "#")
  static let apostrophe = UInt8(ascii: "'")
  static let parenthesis = UInt8(ascii: "(")
  static let parenthesisEnd = UInt8(ascii: ")")
  static let asterisk = UInt8(ascii: "*")
  static let comma = UInt8(ascii: ",")
  static let dot = UInt8(ascii: ".")
  static let slash = UInt8(ascii: "/")
  static let colon = UInt8(ascii: ":")
  static let bracket = UInt8(ascii: "[")
  static let backslash = UInt8(ascii: "\\")
  static let bracketEnd = UInt8(ascii: "]")
  static let brace = UInt8(ascii: "{")
  static let braceEnd = UInt8(ascii: "}")
}

/// Every byte beyond ASCII may be part of a name: whatever the encoding, no operator has one.
func isWordByte(_ byte: UInt8) -> Bool {
  (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5F || byte >= 0x80
}

/// A dotted name in an import, without the blanks that may stand around its dots.
struct PythonName {
  var text: String
  var line: Int32
  /// Where it ends, what it is called instead included.
  var endLine: Int32
}

extension PythonWalk {
  var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  func byte(at index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

  func matches(_ text: StaticString, at start: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard start + length <= bytes.count else { return false }
    return text.withUTF8Buffer { text in
      for index in 0..<length where bytes[start + index] != text[index] { return false }
      return true
    }
  }

  /// Whether exactly this word stands at `position`.
  func isWord(_ text: StaticString) -> Bool {
    guard matches(text, at: position) else { return false }
    return byte(at: position + text.utf8CodeUnitCount).map { !isWordByte($0) } ?? true
  }

  mutating func take(_ wanted: UInt8) -> Bool {
    guard current == wanted else { return false }
    position += 1
    return true
  }

  /// At a newline in one of its three spellings.
  mutating func newline() {
    position += bytes[position] == Byte.carriageReturn && byte(at: position + 1) == Byte.newline ? 2 : 1
    line += 1
  }

  /// At a backslash: over it and the newline behind it.
  mutating func continuation() -> Bool {
    guard let next = byte(at: position + 1), next == Byte.newline || next == Byte.carriageReturn else { return false }
    position += 1
    newline()
    return true
  }

  /// At a `#`: to the end of the line.
  mutating func comment() {
    var isPragma = false
    while position < bytes.count {
      let c = bytes[position]
      if c == Byte.newline || c == Byte.carriageReturn { break }
      if c == Byte.hash, matches("# pants: no-infer-dep", at: position) || matches("# baji: no-infer-dep", at: position) { isPragma = true }
      position += 1
    }
    if isPragma { takeAwayNamesOfLine() }
  }

  /// Blanks, continued lines and comments; inside brackets newlines too.
  mutating func skipTrivia() {
    while position < bytes.count {
      switch bytes[position] {
      case Byte.space, Byte.tab, Byte.formFeed:
        position += 1
      case Byte.newline, Byte.carriageReturn:
        if depth == 0 { return }
        newline()
        isFresh = true
      case Byte.hash:
        comment()
      case Byte.backslash:
        if !continuation() { return }
      default:
        return
      }
    }
  }

  mutating func skipName() {
    position = bytes.withUnsafeBufferPointer { bytes in
      var end = position
      while end < bytes.count, isWordByte(bytes[end]) { end += 1 }
      return end
    }
  }

  /// Names with dots between them; nil where none begins.
  mutating func dottedName() -> PythonName? {
    var start = position
    guard let first = current, isWordByte(first), first &- 0x30 >= 10 else { return nil }
    skipName()
    var name = PythonName(text: "", line: line, endLine: line)
    while true {
      let end = position
      if current != Byte.dot { skipTrivia() }
      guard current == Byte.dot else {
        name.text += String(decoding: bytes[start..<end], as: UTF8.self)
        return name
      }
      let isSpaced = position > end
      position += 1
      if !isSpaced, let next = current, isWordByte(next) {
        skipName()
        continue
      }
      name.text += String(decoding: bytes[start..<end], as: UTF8.self)
      skipTrivia()
      start = position
      if !isWord("import") { skipName() }
      if position == start { return name }
      name.text += "."
      name.endLine = line
    }
  }

  /// Whether a word is one that no expression holds, so that brackets before it were never closed.
  func beginsStatement(_ word: Range<Int>) -> Bool {
    let start = word.lowerBound
    switch word.count {
    case 3: return matches("def", at: start) || matches("try", at: start)
    case 4: return matches("with", at: start) || matches("pass", at: start)
    case 5: return matches("class", at: start) || matches("while", at: start) || matches("raise", at: start) || matches("break", at: start)
    case 6: return matches("import", at: start) || matches("except", at: start) || matches("return", at: start)
    case 7: return matches("finally", at: start)
    default: return false
    }
  }
}
