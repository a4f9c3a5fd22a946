// The parser's literals: numbers, strings with their escapes, and formatted strings.

extension Parser {
  mutating func number() throws(SyntaxError) -> NodeID {
    let token = token
    advance()
    var digits = text(token).utf8.filter { $0 != UInt8(ascii: "_") }
    if token.kind == .float {
      guard let value = Double(String(decoding: digits, as: UTF8.self)), value.isFinite else {
        throw SyntaxError("this float is too large", at: token.range)
      }
      tree.floats.append(value)
      return node(.float, from: token.start, a: Int32(truncatingIfNeeded: tree.floats.count - 1))
    }
    var radix = 10
    if digits.count > 1, digits[0] == UInt8(ascii: "0") {
      switch digits[1] | 0x20 {
      case UInt8(ascii: "x"): radix = 16
      case UInt8(ascii: "o"): radix = 8
      case UInt8(ascii: "b"): radix = 2
      default:
        if digits.contains(where: { $0 != UInt8(ascii: "0") }) {
          throw SyntaxError("an int cannot begin with 0", at: token.range, hint: "octal numbers are written 0o17")
        }
      }
      if radix != 10 { digits.removeFirst(2) }
    }
    let digitText = String(decoding: digits, as: UTF8.self)
    guard let value = Int(digitText, radix: radix) else {
      let isWellFormed = !digits.isEmpty && digits.allSatisfy { Int(String(Character(Unicode.Scalar($0))), radix: radix) != nil }
      throw SyntaxError(isWellFormed ? "this int does not fit 64 bits" : "malformed number", at: token.range)
    }
    tree.integers.append(value)
    return node(.integer, from: token.start, a: Int32(truncatingIfNeeded: tree.integers.count - 1))
  }

  /// One or more adjacent literals as one node.
  mutating func strings() throws(SyntaxError) -> NodeID {
    let start = token.start
    let first = StringFlags(rawValue: token.flags)
    if tokens[min(index + 1, tokens.count - 1)].kind != .string, !first.contains(.formatted) {
      let literal = token
      advance()
      return try plain([literal], isBytes: first.contains(.bytes), from: start)
    }
    var literals: [Token] = []
    var isFormatted = false
    while kind == .string {
      if literals.count == 1 { try requirePythonisms("joining adjacent strings without `+`", at: token.range) }
      let flags = StringFlags(rawValue: token.flags)
      if flags.contains(.bytes) != first.contains(.bytes) { throw SyntaxError("cannot join a string and bytes", at: token.range) }
      if flags.contains(.formatted) {
        try requirePythonisms("an f-string", at: token.range)
        if flags.contains(.bytes) { throw SyntaxError("bytes cannot be an f-string", at: token.range) }
        isFormatted = true
      }
      literals.append(token)
      advance()
    }
    guard isFormatted else { return try plain(literals, isBytes: first.contains(.bytes), from: start) }
    var parts: [NodeID] = []
    for literal in literals {
      let flags = StringFlags(rawValue: literal.flags)
      let inner = contents(of: literal)
      if flags.contains(.formatted) {
        var position = inner.lowerBound
        try formattedParts(&parts, &position, inner.upperBound, isSpecification: false, isRaw: flags.contains(.raw))
      } else {
        parts.append(try string(decoding: inner, flags, from: literal.start))
      }
    }
    let list = store(parts)
    return node(.formattedString, from: start, a: list.offset, b: list.count)
  }

  private mutating func plain(_ literals: [Token], isBytes: Bool, from start: UInt32) throws(SyntaxError) -> NodeID {
    var bytes: [UInt8] = []
    for literal in literals {
      let flags = StringFlags(rawValue: literal.flags)
      let inner = contents(of: literal)
      if flags.contains(.escaped) {
        bytes += try unescaped(inner, isRaw: flags.contains(.raw), isBytes: isBytes)
      } else {
        bytes += tree.source.bytes[inner]
      }
    }
    if isBytes {
      tree.byteStrings.append(bytes)
      return node(.bytes, from: start, a: Int32(truncatingIfNeeded: tree.byteStrings.count - 1))
    }
    return stringNode(bytes, from: start)
  }

  private mutating func string(decoding range: Range<Int>, _ flags: StringFlags, from start: UInt32) throws(SyntaxError) -> NodeID {
    stringNode(try unescaped(range, isRaw: flags.contains(.raw), isBytes: false), from: start)
  }

  private mutating func stringNode(_ bytes: [UInt8], from start: UInt32) -> NodeID {
    tree.strings.append(String(decoding: bytes, as: UTF8.self))
    return node(.string, from: start, a: Int32(truncatingIfNeeded: tree.strings.count - 1))
  }

  /// The bytes between the quotes.
  private func contents(of literal: Token) -> Range<Int> {
    let bytes = tree.source.bytes
    var start = Int(literal.start)
    while start < Int(literal.end), bytes[start] != UInt8(ascii: "\""), bytes[start] != UInt8(ascii: "'") { start += 1 }
    let width = StringFlags(rawValue: literal.flags).contains(.triple) ? 3 : 1
    // An unclosed literal was reported by the scanner; its contents only have to be a valid range.
    let lower = min(start + width, Int(literal.end))
    return lower..<max(lower, Int(literal.end) - width)
  }

  // MARK: Escapes

  private func unescaped(_ range: Range<Int>, isRaw: Bool, isBytes: Bool) throws(SyntaxError) -> [UInt8] {
    let text = tree.source.bytes
    var result: [UInt8] = []
    result.reserveCapacity(range.count)
    var i = range.lowerBound
    while i < range.upperBound {
      let byte = text[i]
      i += 1
      if byte == 13 {  // line ends within a literal are newlines whatever the file uses
        if i < range.upperBound, text[i] == 10 { i += 1 }
        result.append(10)
        continue
      }
      guard byte == UInt8(ascii: "\\"), i < range.upperBound else {
        result.append(byte)
        continue
      }
      if isRaw {
        result.append(byte)
        result.append(text[i])
        i += 1
        continue
      }
      try escape(text, &i, range.upperBound, isBytes: isBytes, into: &result)
    }
    return result
  }

  private func escape(_ text: [UInt8], _ i: inout Int, _ end: Int, isBytes: Bool, into result: inout [UInt8]) throws(SyntaxError) {
    let start = i - 1
    let byte = text[i]
    i += 1
    switch byte {
    case UInt8(ascii: "n"): result.append(10)
    case UInt8(ascii: "t"): result.append(9)
    case UInt8(ascii: "r"): result.append(13)
    case UInt8(ascii: "a"): result.append(7)
    case UInt8(ascii: "b"): result.append(8)
    case UInt8(ascii: "f"): result.append(12)
    case UInt8(ascii: "v"): result.append(11)
    case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): result.append(byte)
    case 10: break
    case 13: if i < end, text[i] == 10 { i += 1 }
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      var value = Int(byte - 48)
      var count = 1
      while count < 3, i < end, text[i] >= 48, text[i] <= 55 {
        value = value * 8 + Int(text[i] - 48)
        i += 1
        count += 1
      }
      try append(value, isBytes: isBytes, limit: isBytes ? 0xFF : 0x7F, start..<i, into: &result)
    case UInt8(ascii: "x"): try hexadecimal(2, limit: isBytes ? 0xFF : 0x7F, text, &i, end, start, isBytes, &result)
    case UInt8(ascii: "u"): try hexadecimal(4, limit: 0x10FFFF, text, &i, end, start, false, &result)
    case UInt8(ascii: "U"): try hexadecimal(8, limit: 0x10FFFF, text, &i, end, start, false, &result)
    default:
      // The backslash stays before other characters, and prefixes of regular expressions in BUILD files rely on it.
      guard options.allowsPythonisms else {
        throw SyntaxError(
          "unknown escape `\\\(Character(Unicode.Scalar(byte)))`", at: range(start..<i), hint: "write `\\\\` for a backslash")
      }
      result.append(UInt8(ascii: "\\"))
      result.append(byte)
    }
  }

  private func hexadecimal(
    _ width: Int, limit: Int, _ text: [UInt8], _ i: inout Int, _ end: Int, _ start: Int, _ isBytes: Bool, _ result: inout [UInt8]
  ) throws(SyntaxError) {
    var value = 0
    for _ in 0..<width {
      guard i < end, let digit = Int(String(Character(Unicode.Scalar(text[i]))), radix: 16) else {
        throw SyntaxError("this escape wants \(width) hexadecimal digits", at: range(start..<min(i + 1, end)))
      }
      value = value * 16 + digit
      i += 1
    }
    // `\x80` and above in a string is a code point to some readers; the specification forbids it.
    let allowed = options.allowsPythonisms && !isBytes ? max(limit, 0xFF) : limit
    try append(value, isBytes: isBytes, limit: allowed, start..<i, into: &result)
  }

  private func append(_ value: Int, isBytes: Bool, limit: Int, _ place: Range<Int>, into result: inout [UInt8]) throws(SyntaxError) {
    if value <= limit {
      if isBytes {
        result.append(UInt8(truncatingIfNeeded: value))
        return
      }
      if let scalar = Unicode.Scalar(UInt32(value)) {
        result += Array(String(Character(scalar)).utf8)
        return
      }
    }
    throw SyntaxError("this escape is no valid character", at: range(place))
  }

  private func range(_ range: Range<Int>) -> ByteRange {
    ByteRange(start: UInt32(truncatingIfNeeded: range.lowerBound), end: UInt32(truncatingIfNeeded: range.upperBound))
  }

  // MARK: Formatted strings

  /// The parts of an f-string from `position` on; a specification ends before the `}` that closes its replacement field.
  private mutating func formattedParts(
    _ parts: inout [NodeID], _ position: inout Int, _ end: Int, isSpecification: Bool, isRaw: Bool
  ) throws(SyntaxError) {
    let text = tree.source.bytes
    var literalStart = position
    var literal: [UInt8] = []
    func flags() -> StringFlags { isRaw ? [.raw] : [] }
    func flush(_ parser: inout Parser, _ parts: inout [NodeID], _ upTo: Int) throws(SyntaxError) {
      literal += try parser.unescaped(literalStart..<upTo, isRaw: isRaw, isBytes: false)
      if !literal.isEmpty { parts.append(parser.stringNode(literal, from: UInt32(truncatingIfNeeded: literalStart))) }
      literal = []
    }
    while position < end {
      let byte = text[position]
      if byte == UInt8(ascii: "\\"), !isRaw {
        position += 2
      } else if byte == UInt8(ascii: "{") {
        if !isSpecification, position + 1 < end, text[position + 1] == byte {
          literal += try unescaped(literalStart..<position + 1, isRaw: isRaw, isBytes: false)
          position += 2
          literalStart = position
          continue
        }
        try flush(&self, &parts, position)
        parts.append(try replacementField(&position, end, isRaw: isRaw))
        literalStart = position
      } else if byte == UInt8(ascii: "}") {
        if isSpecification { break }
        guard position + 1 < end, text[position + 1] == byte else {
          throw SyntaxError("a single `}` in an f-string", at: range(position..<position + 1), hint: "write `}}` for the character")
        }
        literal += try unescaped(literalStart..<position + 1, isRaw: isRaw, isBytes: false)
        position += 2
        literalStart = position
      } else {
        position += 1
      }
    }
    position = min(position, end)
    try flush(&self, &parts, position)
  }

  /// `{expression!r:specification}`; `position` is at the brace and ends after its partner.
  private mutating func replacementField(_ position: inout Int, _ end: Int, isRaw: Bool) throws(SyntaxError) -> NodeID {
    try enter()
    defer { depth -= 1 }
    let text = tree.source.bytes
    let open = position
    let start = position + 1
    let expressionEnd = endOfExpression(from: start, end)
    guard expressionEnd < end else {
      throw SyntaxError("this `{` is never closed in the f-string", at: range(open..<open + 1), hint: "write `{{` for the character")
    }
    let expression = try embedded(start, expressionEnd)
    position = expressionEnd
    var conversion: Int32 = 0
    if text[position] == UInt8(ascii: "!") {
      let letter = position + 1 < end ? text[position + 1] : 0
      guard letter == UInt8(ascii: "r") || letter == UInt8(ascii: "s") else {
        throw SyntaxError(
          "unknown conversion in an f-string", at: range(position..<min(position + 2, end)), hint: "`!r` and `!s` are known")
      }
      conversion = Int32(letter)
      position += 2
    }
    var specification: NodeID = -1
    if position < end, text[position] == UInt8(ascii: ":") {
      position += 1
      let specificationStart = UInt32(truncatingIfNeeded: position)
      var parts: [NodeID] = []
      try formattedParts(&parts, &position, end, isSpecification: true, isRaw: isRaw)
      let list = store(parts)
      specification = node(.formattedString, from: specificationStart, a: list.offset, b: list.count)
    }
    guard position < end, text[position] == UInt8(ascii: "}") else {
      throw SyntaxError("expected `}` in the f-string", at: range(min(position, end - 1)..<min(position, end - 1) + 1))
    }
    position += 1
    return node(.formatted, from: UInt32(truncatingIfNeeded: open), a: expression, b: conversion, c: specification)
  }

  /// Where the expression ends: at `!`, `:` or `}` outside of brackets and quotes.
  private func endOfExpression(from start: Int, _ end: Int) -> Int {
    let text = tree.source.bytes
    var i = start
    var brackets = 0
    var quote: UInt8 = 0
    while i < end {
      let byte = text[i]
      if quote != 0 {
        if byte == quote { quote = 0 }
      } else {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): quote = byte
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): brackets += 1
        case UInt8(ascii: ")"), UInt8(ascii: "]"): brackets -= 1
        case UInt8(ascii: "}"):
          if brackets <= 0 { return i }
          brackets -= 1
        case UInt8(ascii: ":"): if brackets <= 0 { return i }
        case UInt8(ascii: "!"): if brackets <= 0, i + 1 >= end || text[i + 1] != UInt8(ascii: "=") { return i }
        default: break
        }
      }
      i += 1
    }
    return end
  }

  /// Parses a range of the file as one expression.
  private mutating func embedded(_ start: Int, _ end: Int) throws(SyntaxError) -> NodeID {
    var scanner = Scanner(names: tree.names)
    tree.names = .keywords  // one owner, so that interning does not copy the table
    let bytes = tree.source.bytes
    scanner.scanExpression(bytes.span, from: start, to: end)
    tree.names = scanner.names
    if let first = scanner.errors.first { throw first }
    if scanner.tokens.count <= 1 { throw SyntaxError("an f-string's braces are empty", at: range(start..<start + 1)) }
    let outer = (tokens, index)
    tokens = scanner.tokens
    index = 0
    defer { (tokens, index) = outer }
    let expression = try expressions()
    if kind != .end { throw unexpected("expected the end of the f-string's expression") }
    return expression
  }
}
