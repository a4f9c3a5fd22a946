// Bytes → the lines of a TOML document: headers, names, values that are no strings and no numbers.

/// Reads a whole document; `errors` says how that went.
struct TOMLParser {
  let bytes: [UInt8]
  var index = 0
  private var line: Int32 = 1
  private var lineStart = 0
  let root = TOMLNode(.header, at: TextPosition(line: 1, column: 1))
  private(set) var errors: [FormatError] = []

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var position: TextPosition { place(index) }

  /// The place of an offset on the current line.
  func place(_ offset: Int) -> TextPosition { TextPosition(line: line, column: Int32(clamping: offset - lineStart + 1)) }

  func error(_ message: String, at position: TextPosition? = nil) -> FormatError { FormatError(message, at: position ?? self.position) }

  var current: UInt8 { bytes.byte(index) }

  mutating func document() {
    if let bad = firstInvalidUTF8(bytes) {
      errors = [FormatError("the text is no valid UTF-8", at: bytes.position(bad))]
      return
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    var table = root
    while index < bytes.count, errors.count < 10 {
      let startLine = line
      do throws(FormatError) {
        try statement(&table)
      } catch {
        errors.append(error)
        // A statement of several lines that went wrong leaves no safe place to go on from.
        if line != startLine || error.position.line != startLine { return }
        while index < bytes.count, bytes[index] != 0x0A { index += 1 }
        if index < bytes.count { newLine() }
      }
    }
  }

  private mutating func statement(_ table: inout TOMLNode) throws(FormatError) {
    skipBlanks()
    switch current {
    case 0 where index >= bytes.count: return
    case UInt8(ascii: "["):
      index += 1
      let repeated = current == UInt8(ascii: "[")
      if repeated { index += 1 }
      skipBlanks()
      let key = try key()
      guard current == UInt8(ascii: "]") else { throw error("expected `]` after the table's name") }
      index += 1
      if repeated {
        guard current == UInt8(ascii: "]") else { throw error("expected `]]` after the table's name") }
        index += 1
      }
      try expectEndOfLine()
      table = try root.open(key, repeated: repeated)
    case UInt8(ascii: "#"), 0x0A, 0x0D: try expectEndOfLine()
    default:
      let key = try key()
      guard current == UInt8(ascii: "=") else { throw error("expected `=` after the name") }
      index += 1
      skipBlanks()
      let value = try value(depth: 0)
      try expectEndOfLine()
      try table.assign(key, value)
    }
    if index < bytes.count { newLine() }
  }

  /// The rest of a line: blanks, a comment; ends before the newline, so that `line` still tells what is being read.
  private mutating func expectEndOfLine() throws(FormatError) {
    skipBlanks()
    try skipComment()
    guard index >= bytes.count || isNewLine else { throw error("expected the end of the line") }
  }

  private var isNewLine: Bool { current == 0x0A || current == 0x0D && bytes.byte(index + 1) == 0x0A }

  mutating func newLine() {
    index += bytes.byte(index) == 0x0D ? 2 : 1
    line += 1
    lineStart = index
  }

  mutating func skipBlanks() { while current == 0x20 || current == 0x09 { index += 1 } }

  private mutating func skipComment() throws(FormatError) {
    guard current == UInt8(ascii: "#") else { return }
    while index < bytes.count, !isNewLine {
      if isControl(bytes[index]) { throw error("a comment may not hold control characters") }
      index += 1
    }
  }

  func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 0x09 || byte == 0x7F }

  /// Blanks, comments and newlines inside of an array.
  private mutating func skipLines() throws(FormatError) {
    while index < bytes.count {
      skipBlanks()
      try skipComment()
      guard index < bytes.count, isNewLine else { return }
      newLine()
    }
  }

  /// `a`, `"a"`, `a . b . 'c'`; ends before what follows the blanks behind it.
  private mutating func key() throws(FormatError) -> [TOMLNode.Key] {
    var parts: [TOMLNode.Key] = []
    while true {
      let start = position
      let name: String
      switch current {
      case UInt8(ascii: "\""): name = try basicString(multiline: false)
      case UInt8(ascii: "'"): name = try literalString(multiline: false)
      default:
        let first = index
        while isBareKey(current) { index += 1 }
        if index == first { throw error("expected a name (letters, digits, `_`, `-`, or in quotes)") }
        name = String(decoding: bytes[first..<index], as: UTF8.self)
      }
      parts.append((name, start))
      if parts.count > TOML.depthLimit { throw error("nested deeper than \(TOML.depthLimit) levels", at: start) }
      skipBlanks()
      guard current == UInt8(ascii: ".") else { return parts }
      index += 1
      skipBlanks()
    }
  }

  private func isBareKey(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private mutating func value(depth: Int) throws(FormatError) -> TOMLValue {
    let start = position
    if depth > TOML.depthLimit { throw error("nested deeper than \(TOML.depthLimit) levels") }
    switch current {
    case UInt8(ascii: "\""):
      return TOMLValue(.string(try basicString(multiline: bytes.byte(index + 1) == 0x22 && bytes.byte(index + 2) == 0x22)), at: start)
    case UInt8(ascii: "'"):
      return TOMLValue(.string(try literalString(multiline: bytes.byte(index + 1) == 0x27 && bytes.byte(index + 2) == 0x27)), at: start)
    case UInt8(ascii: "["): return TOMLValue(.array(try array(depth: depth)), at: start)
    case UInt8(ascii: "{"): return TOMLValue(.table(try inlineTable(depth: depth)), at: start)
    default: return TOMLValue(try scalar(), at: start)
    }
  }

  private mutating func array(depth: Int) throws(FormatError) -> [TOMLValue] {
    let start = position
    index += 1
    var items: [TOMLValue] = []
    while true {
      try skipLines()
      if index >= bytes.count { throw error("the array is never closed", at: start) }
      if current == UInt8(ascii: "]") {
        index += 1
        return items
      }
      items.append(try value(depth: depth + 1))
      try skipLines()
      switch current {
      case UInt8(ascii: ","): index += 1
      case UInt8(ascii: "]"): break
      default: throw index >= bytes.count ? error("the array is never closed", at: start) : error("expected `,` or `]`")
      }
    }
  }

  private mutating func inlineTable(depth: Int) throws(FormatError) -> TOMLTable {
    let node = TOMLNode(.inline, at: position)
    index += 1
    skipBlanks()
    if current == UInt8(ascii: "}") {
      index += 1
      return node.frozen
    }
    while true {
      skipBlanks()
      let key = try key()
      guard current == UInt8(ascii: "=") else { throw error("expected `=` after the name") }
      index += 1
      skipBlanks()
      try node.assign(key, try value(depth: depth + key.count))
      skipBlanks()
      switch current {
      case UInt8(ascii: ","): index += 1
      case UInt8(ascii: "}"):
        index += 1
        return node.frozen
      default: throw error("expected `,` or `}`: an inline table stands on one line")
      }
    }
  }

  private mutating func scalar() throws(FormatError) -> TOMLValue.Kind {
    let start = index
    while isScalar(current) { index += 1 }
    // A date and a time may stand apart by one space.
    if index - start == 10, bytes[start..<index].contains(UInt8(ascii: "-")), current == 0x20, bytes.byte(index + 1) &- 0x30 < 10 {
      index += 1
      while isScalar(current) { index += 1 }
    }
    let text = Array(bytes[start..<index])
    if text.isEmpty {
      throw error(index >= bytes.count || isNewLine ? "expected a value" : "expected a value: a string needs quotes")
    }
    do throws(TOMLScalarError) {
      return try tomlScalar(text)
    } catch {
      throw FormatError(error.message, at: place(start))
    }
  }

  private func isScalar(_ byte: UInt8) -> Bool {
    isBareKey(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ":")
  }
}

/// The offset of the first byte that is part of no valid UTF-8 sequence.
private func firstInvalidUTF8(_ bytes: [UInt8]) -> Int? {
  if bytes.allSatisfy({ $0 < 0x80 }) || String(validating: bytes, as: UTF8.self) != nil { return nil }
  var offset = 0
  var iterator = bytes.makeIterator()
  var codec = UTF8()
  while true {
    switch codec.decode(&iterator) {
    case .scalarValue(let scalar):
      offset += UTF8.width(scalar)
    case .emptyInput: return offset
    case .error: return offset
    }
  }
}
