// The four kinds of TOML strings.

extension TOMLParser {
  /// `"…"` or `"""…"""`, with escapes.
  mutating func basicString(multiline: Bool) throws(FormatError) -> String {
    let start = position
    var text = try openString(multiline: multiline)
    while true {
      guard index < bytes.count else { throw error("the string is never closed", at: start) }
      let byte = bytes[index]
      switch byte {
      case 0x22:
        if try close(0x22, multiline: multiline, into: &text) { return String(decoding: text, as: UTF8.self) }
      case UInt8(ascii: "\\"):
        if multiline, try lineContinues() { continue }
        try escape(into: &text)
      default: try plain(byte, multiline: multiline, start: start, into: &text)
      }
    }
  }

  /// `'…'` or `'''…'''`, as it stands.
  mutating func literalString(multiline: Bool) throws(FormatError) -> String {
    let start = position
    var text = try openString(multiline: multiline)
    while true {
      guard index < bytes.count else { throw error("the string is never closed", at: start) }
      if bytes[index] == 0x27 {
        if try close(0x27, multiline: multiline, into: &text) { return String(decoding: text, as: UTF8.self) }
      } else {
        try plain(bytes[index], multiline: multiline, start: start, into: &text)
      }
    }
  }

  /// Skips the quotes, and the newline right behind three of them.
  private mutating func openString(multiline: Bool) throws(FormatError) -> [UInt8] {
    index += multiline ? 3 : 1
    if multiline, current == 0x0A || current == 0x0D && bytes.byte(index + 1) == 0x0A { newLine() }
    return []
  }

  /// True if the quotes at `index` end the string. Of a run of quotes, the last three end it, and at most two before them belong to it.
  private mutating func close(_ quote: UInt8, multiline: Bool, into text: inout [UInt8]) throws(FormatError) -> Bool {
    guard multiline else {
      index += 1
      return true
    }
    var run = 0
    while bytes.byte(index + run) == quote, run < 5 { run += 1 }
    index += run
    text.append(contentsOf: repeatElement(quote, count: run < 3 ? run : run - 3))
    return run >= 3
  }

  private mutating func plain(
    _ byte: UInt8, multiline: Bool, start: TextPosition, into text: inout [UInt8]
  ) throws(FormatError) {
    if byte == 0x0A || byte == 0x0D && bytes.byte(index + 1) == 0x0A {
      guard multiline else { throw error("the string is never closed", at: start) }
      text.append(0x0A)
      newLine()
      return
    }
    if isControl(byte) { throw error("a control character must be escaped") }
    text.append(byte)
    index += 1
  }

  /// A backslash at the end of a line, and all white space after it.
  private mutating func lineContinues() throws(FormatError) -> Bool {
    var ahead = index + 1
    while bytes.byte(ahead) == 0x20 || bytes.byte(ahead) == 0x09 { ahead += 1 }
    guard bytes.byte(ahead) == 0x0A || bytes.byte(ahead) == 0x0D && bytes.byte(ahead + 1) == 0x0A else { return false }
    index = ahead
    while true {
      skipBlanks()
      guard current == 0x0A || current == 0x0D && bytes.byte(index + 1) == 0x0A else { return true }
      newLine()
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(FormatError) {
    let start = position
    let byte = bytes.byte(index + 1)
    index += 2
    switch byte {
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(byte)
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let count = byte == UInt8(ascii: "u") ? 4 : 8
      var code: UInt32 = 0
      for _ in 0..<count {
        guard let digit = hexadecimalDigit(current) else { throw error("expected \(count) hexadecimal digits", at: start) }
        code = code << 4 | digit
        index += 1
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("the escape names no character", at: start) }
      text.append(contentsOf: String(scalar).utf8)
    default:
      index -= 2
      throw error("unknown escape; a literal backslash is `\\\\`, or use single quotes", at: start)
    }
  }
}
