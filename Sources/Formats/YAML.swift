// YAML as configuration files use it: block and flow collections, scalars of all five styles, comments; one document.

/// Reads the part of YAML 1.2 (core schema) that has a value of JSON. Anchors, aliases, tags, directives and further documents are refused by name.
package enum YAML {
  /// How deep collections may nest.
  package static let depthLimit = 128
  /// How many lines a value in brackets or quotes may take.
  static let flowLineLimit = 2000

  /// - Throws: the first place that cannot be read.
  package static func parse(_ bytes: [UInt8]) throws(FormatError) -> JSON {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FormatError("the text is no valid UTF-8", at: TextPosition(line: 1, column: 1))
    }
    var parser = YAMLParser(text)
    return try parser.document()
  }
}

/// Reads lines; a value ends where a line is indented less than it.
private struct YAMLParser {
  private struct Line {
    let number: Int32
    /// Spaces before the first character.
    let indent: Int
    /// Without indentation, comment, and blanks at the end. Bytes.
    let text: [UInt8]
    /// The whole line, for block scalars.
    let raw: [UInt8]
  }

  private var lines: [Line] = []
  private var index = 0

  init(_ text: String) {
    var raw = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
    if raw.last?.isEmpty == true { raw.removeLast() }
    for (offset, bytes) in raw.enumerated() {
      var bytes = bytes
      if bytes.last == 0x0D { bytes.removeLast() }
      if offset == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
      let indent = bytes.prefix { $0 == 0x20 }.count
      lines.append(
        Line(number: Int32(clamping: offset + 1), indent: indent, text: YAMLParser.withoutComment(bytes[indent...]), raw: bytes))
    }
  }

  /// A `#` begins a comment at the start and behind a blank, outside of quotes.
  private static func withoutComment(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var quote: UInt8?
    var end = bytes.endIndex
    var before: UInt8 = 0x20
    var place = bytes.startIndex
    while place < bytes.endIndex {
      let byte = bytes[place]
      if let open = quote {
        if open == UInt8(ascii: "\""), byte == UInt8(ascii: "\\") {
          place += 1
        } else if byte == open {
          quote = nil
        }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'"), [0x20, 0x09].contains(before) || "[{,:-".utf8.contains(before) {
        quote = byte
      } else if byte == UInt8(ascii: "#"), before == 0x20 || before == 0x09 {
        end = place
        break
      }
      before = byte
      place += 1
    }
    var text = Array(bytes[..<end])
    while text.last == 0x20 || text.last == 0x09 { text.removeLast() }
    return text
  }

  private func error(_ message: String, _ line: Line, _ column: Int = 0) -> FormatError {
    FormatError(message, at: TextPosition(line: line.number, column: Int32(clamping: line.indent + column + 1)))
  }

  /// The next line with something on it.
  private var current: Line? {
    mutating get {
      while index < lines.count, lines[index].text.isEmpty { index += 1 }
      return index < lines.count ? lines[index] : nil
    }
  }

  mutating func document() throws(FormatError) -> JSON {
    if let line = current, line.text == Array("---".utf8) { index += 1 }
    guard let first = current else { return .null }
    if first.text.first == UInt8(ascii: "%") { throw error("directives are not read", first) }
    let value = try block(indent: first.indent, depth: 0)
    if let rest = current {
      throw error(
        rest.text.starts(with: "---".utf8) ? "only one document is read" : "unexpected text: is it indented as what it belongs to?", rest)
    }
    return value
  }

  /// What begins on the current line, which is indented by `indent`.
  private mutating func block(indent: Int, depth: Int) throws(FormatError) -> JSON {
    guard let line = current else { return .null }
    if depth > YAML.depthLimit { throw error("nested too deeply", line) }
    if YAMLParser.isItem(line.text) { return try sequence(indent: indent, depth: depth) }
    if try key(of: line.text, line) != nil { return try mapping(indent: indent, depth: depth) }
    index += 1
    return try scalar(line.text, line, at: 0, parent: indent - 1, depth: depth)
  }

  private static func isItem(_ text: [UInt8]) -> Bool {
    text.first == UInt8(ascii: "-") && (text.count == 1 || text[1] == 0x20)
  }

  private mutating func sequence(indent: Int, depth: Int) throws(FormatError) -> JSON {
    var items: [JSON] = []
    while let line = current, line.indent == indent, YAMLParser.isItem(line.text) {
      let rest = Array(line.text.dropFirst().drop { $0 == 0x20 })
      if rest.isEmpty {
        index += 1
        items.append(try nested(under: indent, depth: depth))
        continue
      }
      // What stands behind the dash is a block of its own, indented up to where it stands.
      let inner = indent + line.text.count - rest.count
      lines[index] = Line(
        number: line.number, indent: inner, text: rest, raw: Array(repeating: 0x20, count: inner) + line.raw.dropFirst(inner))
      items.append(try block(indent: inner, depth: depth + 1))
    }
    if let line = current, line.indent > indent { throw error("unexpected text: is it indented as what it belongs to?", line) }
    return .array(items)
  }

  private mutating func mapping(indent: Int, depth: Int) throws(FormatError) -> JSON {
    var members: [JSON.Member] = []
    var names: Set<String> = []
    while let line = current, line.indent == indent, !YAMLParser.isItem(line.text) {
      if line.text.first == 0x09 { throw error("a tab cannot indent", line) }
      if line.text.starts(with: "---".utf8) { break }
      guard let (name, end) = try key(of: line.text, line) else { throw error("expected `name: value`", line) }
      if !names.insert(name).inserted { throw error("`\(name)` stands here twice", line) }
      let rest = Array(line.text[end...].drop { $0 == 0x20 })
      index += 1
      let value =
        rest.isEmpty
        ? try nested(under: indent, orItemsAt: indent, depth: depth)
        : try scalar(rest, line, at: line.text.count - rest.count, parent: indent, depth: depth)
      members.append(.init(name, value))
    }
    if let line = current, line.indent > indent { throw error("unexpected text: is it indented as what it belongs to?", line) }
    return .object(members)
  }

  /// The block on the following lines that are indented more; a sequence may stand as far left as the name it belongs to.
  private mutating func nested(under indent: Int, orItemsAt items: Int? = nil, depth: Int) throws(FormatError) -> JSON {
    guard let line = current, line.indent > indent || (line.indent == items && YAMLParser.isItem(line.text)) else { return .null }
    return try block(indent: line.indent, depth: depth + 1)
  }

  /// The name before a `:`, and the offset behind that; nil for a text that is no member of a mapping.
  private func key(of text: [UInt8], _ line: Line) throws(FormatError) -> (String, Int)? {
    var flow = YAMLFlow(text)
    if text.first == UInt8(ascii: "\"") || text.first == UInt8(ascii: "'") {
      guard let name = flow.quoted() else { return nil }
      flow.skipBlanks()
      guard flow.skip(UInt8(ascii: ":")), flow.isAtBlankOrEnd else { return nil }
      return (name, flow.index)
    }
    if let first = text.first, "[{&*!|>%@`".utf8.contains(first) { return nil }
    guard let colon = text.indices.first(where: { text[$0] == UInt8(ascii: ":") && ($0 + 1 == text.count || text[$0 + 1] == 0x20) }) else {
      return nil
    }
    var name = Array(text[..<colon])
    while name.last == 0x20 { name.removeLast() }
    if name.first == UInt8(ascii: "?") { throw error("a name behind `?` is not read", line) }
    return (String(decoding: name, as: UTF8.self), colon + 1)
  }

  // MARK: - Scalars and flow collections

  /// A value that begins on a line, behind its name or dash.
  /// - Parameter parent: how far what it belongs to is indented: further lines of it are indented more.
  private mutating func scalar(_ text: [UInt8], _ line: Line, at column: Int, parent: Int, depth: Int) throws(FormatError) -> JSON {
    switch text.first {
    case UInt8(ascii: "&"): throw error("anchors (`&name`) are not read", line, column)
    case UInt8(ascii: "*"): throw error("aliases (`*name`) are not read", line, column)
    case UInt8(ascii: "!"): throw error("tags (`!name`) are not read", line, column)
    case UInt8(ascii: "|"), UInt8(ascii: ">"): return .string(try blockScalar(text, line, column, parent: parent))
    case UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "\""), UInt8(ascii: "'"):
      // It may go on over further lines; each is read together with all before it.
      var whole = text
      for _ in 0..<YAML.flowLineLimit {
        var flow = YAMLFlow(whole)
        if let value = flow.value(depth: depth) {
          flow.skipBlanks()
          guard flow.isAtEnd else { throw error("unexpected text behind the value", line, column) }
          return value
        }
        if let message = flow.problem { throw error(message, line, column) }
        guard let next = current, next.indent > parent else { throw error("this value is never closed", line, column) }
        whole += [0x20] + next.text
        index += 1
      }
      throw error("this value goes on over more than \(YAML.flowLineLimit) lines", line, column)
    default:
      var words = String(decoding: text, as: UTF8.self)
      while let next = current, next.indent > parent {
        if try key(of: next.text, next) != nil { throw error("unexpected `name: value`: is it indented as what it belongs to?", next) }
        words += " " + String(decoding: next.text, as: UTF8.self)
        index += 1
      }
      return YAMLFlow.plain(words)
    }
  }

  /// `|` keeps lines, `>` joins them; `-` and `+` say what becomes of the newlines at the end.
  private mutating func blockScalar(_ header: [UInt8], _ line: Line, _ column: Int, parent: Int) throws(FormatError) -> String {
    var digits: Int?
    var chomping: UInt8 = 0
    for byte in header.dropFirst() {
      switch byte {
      case UInt8(ascii: "-"), UInt8(ascii: "+"): chomping = byte
      case UInt8(ascii: "1")...UInt8(ascii: "9"): digits = Int(byte - UInt8(ascii: "0"))
      default: throw error("expected only `-`, `+` or a digit behind `\(header.first == UInt8(ascii: "|") ? "|" : ">")`", line, column)
      }
    }
    var body: [[UInt8]] = []
    var margin = digits.map { max(0, parent) + $0 }
    while index < lines.count {
      let raw = lines[index].raw
      let spaces = raw.prefix { $0 == 0x20 }.count
      let isBlank = spaces == raw.count
      if !isBlank, spaces <= parent { break }
      if !isBlank, margin == nil { margin = spaces }
      if !isBlank, let margin, spaces < margin { break }
      body.append(isBlank ? [] : Array(raw.dropFirst(margin ?? 0)))
      index += 1
    }
    var blanks = 0
    while body.last?.isEmpty == true {
      body.removeLast()
      blanks += 1
    }
    var text: [UInt8] = []
    for (offset, part) in body.enumerated() {
      if offset > 0 {
        // Folded, a line break is a blank, and a break with empty lines behind it is those.
        let before = body[offset - 1]
        let isFolded = header.first == UInt8(ascii: ">") && part.first != 0x20
        if isFolded, !part.isEmpty, !before.isEmpty {
          text.append(0x20)
        } else if !isFolded || part.isEmpty || offset < 2 || !before.isEmpty || body[..<offset].allSatisfy(\.isEmpty) {
          text.append(0x0A)
        }
      }
      text += part
    }
    switch chomping {
    case UInt8(ascii: "-"): break
    case UInt8(ascii: "+"): text += Array(repeating: 0x0A, count: (body.isEmpty ? 0 : 1) + blanks)
    default: if !body.isEmpty { text.append(0x0A) }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
