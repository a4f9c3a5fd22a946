// Bytes to tokens: one pass, a class per byte, names interned on the way.

/// One thing wrong with the text of a file.
package struct SyntaxError: Error, Hashable, Sendable {
  package let message: String
  package let range: ByteRange
  package let hint: String?

  package init(_ message: String, at range: ByteRange, hint: String? = nil) {
    self.message = message
    self.range = range
    self.hint = hint
  }
}

/// What kind of token a byte may begin.
private enum ByteClass: UInt8 {
  case other, space, newline, name, digit, quote, comment, backslash, symbol
}

private let byteClasses: [UInt8] = {
  var classes = [UInt8](repeating: ByteClass.other.rawValue, count: 256)
  func mark(_ text: StaticString, _ kind: ByteClass) { text.withUTF8Buffer { for byte in $0 { classes[Int(byte)] = kind.rawValue } } }
  mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", .name)
  for byte in 0x80...0xFF { classes[byte] = ByteClass.name.rawValue }  // letters beyond ASCII are allowed
  mark("0123456789", .digit)
  mark(" \t\u{0C}", .space)
  mark("\n\r", .newline)
  mark("\"'", .quote)
  mark("#", .comment)
  mark("\\", .backslash)
  mark("+-*/%&|^~<>=!()[]{}.,:;", .symbol)
  return classes
}()

/// Reads tokens from a range of a file. Newlines, indents and dedents become tokens outside of brackets.
package struct Scanner {
  package private(set) var tokens: [Token] = []
  package private(set) var errors: [SyntaxError] = []
  package var names: NameTable
  private var position = 0
  private var limit = 0
  private var brackets = 0
  private var indents: [Int] = [0]

  package init(names: NameTable? = nil) { self.names = names ?? .keywords }

  private static let errorLimit = 20
  private static let indentLimit = 100

  /// Scans a whole file. The last token is always `end`.
  package mutating func scan(_ text: borrowing Span<UInt8>) {
    tokens.reserveCapacity(text.count / 4)
    limit = text.count
    if limit >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF { position = 3 }
    indent(text)
    loop(text)
    if let last = tokens.last, last.kind != .newline, last.kind != .dedent { add(.newline, position, position) }
    while indents.count > 1 {
      indents.removeLast()
      add(.dedent, position, position)
    }
    add(.end, position, position)
  }

  /// Scans an expression inside a literal: no newlines, no indentation.
  package mutating func scanExpression(_ text: borrowing Span<UInt8>, from start: Int, to end: Int) {
    position = start
    limit = end
    brackets = 1
    loop(text)
    add(.end, end, end)
  }

  private mutating func loop(_ text: borrowing Span<UInt8>) {
    let classes = byteClasses.span
    while position < limit {
      let byte = text[position]
      switch ByteClass(rawValue: classes[Int(byte)]) ?? .other {
      case .space: position += 1
      case .newline: newline(text)
      case .name: name(text, classes)
      case .digit: number(text)
      case .quote: string(text, prefixStart: position)
      case .comment: while position < limit, text[position] != 10 { position += 1 }
      case .backslash: continuation(text)
      case .symbol: symbol(text)
      case .other:
        fail(
          "unexpected character \(byte < 0x20 || byte == 0x7F ? "with code \(byte)" : "`\(Character(Unicode.Scalar(byte)))`")", position,
          position + 1)
        position += 1
      }
      if errors.count > Self.errorLimit { return }
    }
  }

  private mutating func add(_ kind: TokenKind, _ start: Int, _ end: Int, flags: UInt8 = 0, name: Int32 = 0) {
    tokens.append(
      Token(kind: kind, flags: flags, start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end), name: name))
  }

  private mutating func fail(_ message: String, _ start: Int, _ end: Int, hint: String? = nil) {
    errors.append(
      SyntaxError(message, at: ByteRange(start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end)), hint: hint))
  }

  private func at(_ text: borrowing Span<UInt8>, _ offset: Int) -> UInt8 { offset < limit ? text[offset] : 0 }

  // MARK: Lines

  private mutating func newline(_ text: borrowing Span<UInt8>) {
    let start = position
    if text[position] == 13, at(text, position + 1) == 10 { position += 1 }
    position += 1
    guard brackets == 0 else { return }
    add(.newline, start, position)
    indent(text)
  }

  private mutating func continuation(_ text: borrowing Span<UInt8>) {
    let start = position
    position += 1
    if at(text, position) == 13 { position += 1 }
    if position >= limit { return }
    if at(text, position) == 10 {
      position += 1
    } else {
      fail("unexpected `\\`", start, start + 1)
    }
  }

  /// At the start of a line: skips blank and comment lines, then compares the indentation of the next one.
  private mutating func indent(_ text: borrowing Span<UInt8>) {
    var column = 0
    while position < limit {
      switch text[position] {
      case 32: column += 1
      case 9: column = (column / 8 + 1) * 8
      case 12: column = 0
      case 10, 13: column = 0
      case UInt8(ascii: "#"):
        while position < limit, text[position] != 10 { position += 1 }
        continue
      default:
        change(to: column)
        return
      }
      position += 1
    }
  }

  private mutating func change(to column: Int) {
    let current = indents[indents.count - 1]
    if column == current { return }
    if column > current {
      if indents.count > Self.indentLimit {
        fail("blocks are nested too deeply: at most \(Self.indentLimit) levels", position, position + 1)
        return
      }
      indents.append(column)
      add(.indent, position, position)
      return
    }
    while indents.count > 1, indents[indents.count - 1] > column {
      indents.removeLast()
      add(.dedent, position, position)
    }
    if indents[indents.count - 1] != column {
      fail("this line's indentation matches no enclosing block", position, position + 1)
    }
  }

  // MARK: Words and numbers

  private mutating func name(_ text: borrowing Span<UInt8>, _ classes: borrowing Span<UInt8>) {
    let start = position
    position += 1
    while position < limit {
      let kind = classes[Int(text[position])]
      if kind != ByteClass.name.rawValue && kind != ByteClass.digit.rawValue { break }
      position += 1
    }
    if position - start <= 2, position < limit, text[position] == UInt8(ascii: "\"") || text[position] == UInt8(ascii: "'"),
      isPrefix(text, start)
    {
      string(text, prefixStart: start)
      return
    }
    let name = names.intern(text, from: start, to: position)
    let kind = name < Int32(keywordTexts.count) ? TokenKind(rawValue: TokenKind.firstKeyword + UInt8(name)) ?? .name : .name
    add(kind, start, position, name: name)
  }

  private func isPrefix(_ text: borrowing Span<UInt8>, _ start: Int) -> Bool {
    for i in start..<position {
      switch text[i] | 0x20 {
      case UInt8(ascii: "r"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "u"): break
      default: return false
      }
    }
    return true
  }

  private mutating func number(_ text: borrowing Span<UInt8>) {
    let start = position
    var isFloat = false
    if text[position] == UInt8(ascii: "0"), "xXoObB".utf8.contains(at(text, position + 1)) {
      position += 2
      while isWord(at(text, position)) { position += 1 }
    } else {
      digits(text)
      if at(text, position) == UInt8(ascii: ".") {
        isFloat = true
        position += 1
        digits(text)
      }
      if at(text, position) | 0x20 == UInt8(ascii: "e") {
        let sign = at(text, position + 1)
        let skip = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") ? 2 : 1
        if isDigit(at(text, position + skip)) {
          isFloat = true
          position += skip
          digits(text)
        }
      }
      if isWord(at(text, position)) {
        while isWord(at(text, position)) { position += 1 }
        fail("malformed number", start, position)
      }
    }
    add(isFloat ? .float : .integer, start, position)
  }

  private mutating func digits(_ text: borrowing Span<UInt8>) {
    while isDigit(at(text, position)) || at(text, position) == UInt8(ascii: "_") { position += 1 }
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

  private func isWord(_ byte: UInt8) -> Bool { isDigit(byte) || byte == 95 || (byte | 0x20 >= 97 && byte | 0x20 <= 122) }

  // MARK: Strings

  private mutating func string(_ text: borrowing Span<UInt8>, prefixStart: Int) {
    var flags: StringFlags = []
    for i in prefixStart..<position {
      switch text[i] | 0x20 {
      case UInt8(ascii: "r"): flags.insert(.raw)
      case UInt8(ascii: "b"): flags.insert(.bytes)
      case UInt8(ascii: "f"): flags.insert(.formatted)
      default: break
      }
    }
    let quote = text[position]
    let isTriple = at(text, position + 1) == quote && at(text, position + 2) == quote
    if isTriple { flags.insert(.triple) }
    position += isTriple ? 3 : 1
    while position < limit {
      let byte = text[position]
      if byte == quote {
        if !isTriple {
          position += 1
          return add(.string, prefixStart, position, flags: flags.rawValue)
        }
        if at(text, position + 1) == quote, at(text, position + 2) == quote {
          position += 3
          return add(.string, prefixStart, position, flags: flags.rawValue)
        }
      } else if byte == UInt8(ascii: "\\") {
        flags.insert(.escaped)
        position += 1
        if at(text, position) == 13, at(text, position + 1) == 10 { position += 1 }
      } else if byte == 13 {
        flags.insert(.escaped)
      } else if byte == 10, !isTriple {
        break
      }
      position += 1
    }
    position = min(position, limit)
    fail("this string is never closed", prefixStart, position)
    add(.string, prefixStart, position, flags: flags.rawValue)
  }

  // MARK: Symbols

  private mutating func symbol(_ text: borrowing Span<UInt8>) {
    let start = position
    let byte = text[position]
    let second = at(text, position + 1)
    let isAssigning = second == UInt8(ascii: "=")
    var length = 1
    let kind: TokenKind
    switch byte {
    case UInt8(ascii: "("): (kind, brackets) = (.leftParenthesis, brackets + 1)
    case UInt8(ascii: "["): (kind, brackets) = (.leftBracket, brackets + 1)
    case UInt8(ascii: "{"): (kind, brackets) = (.leftBrace, brackets + 1)
    case UInt8(ascii: ")"): (kind, brackets) = (.rightParenthesis, max(0, brackets - 1))
    case UInt8(ascii: "]"): (kind, brackets) = (.rightBracket, max(0, brackets - 1))
    case UInt8(ascii: "}"): (kind, brackets) = (.rightBrace, max(0, brackets - 1))
    case UInt8(ascii: ","): kind = .comma
    case UInt8(ascii: ";"): kind = .semicolon
    case UInt8(ascii: "~"): kind = .tilde
    case UInt8(ascii: ":"): (kind, length) = isAssigning ? (.walrus, 2) : (.colon, 1)
    case UInt8(ascii: "."):
      if isDigit(second) {
        position += 1
        digits(text)
        add(.float, start, position)
        return
      }
      kind = .dot
    case UInt8(ascii: "+"): (kind, length) = isAssigning ? (.plusAssign, 2) : (.plus, 1)
    case UInt8(ascii: "-"): (kind, length) = isAssigning ? (.minusAssign, 2) : second == UInt8(ascii: ">") ? (.arrow, 2) : (.minus, 1)
    case UInt8(ascii: "%"): (kind, length) = isAssigning ? (.percentAssign, 2) : (.percent, 1)
    case UInt8(ascii: "&"): (kind, length) = isAssigning ? (.ampersandAssign, 2) : (.ampersand, 1)
    case UInt8(ascii: "|"): (kind, length) = isAssigning ? (.barAssign, 2) : (.bar, 1)
    case UInt8(ascii: "^"): (kind, length) = isAssigning ? (.caretAssign, 2) : (.caret, 1)
    case UInt8(ascii: "="): (kind, length) = isAssigning ? (.equal, 2) : (.assign, 1)
    case UInt8(ascii: "*"):
      (kind, length) = isAssigning ? (.starAssign, 2) : second == byte ? (.doubleStar, 2) : (.star, 1)
    case UInt8(ascii: "/"):
      if second == byte {
        (kind, length) = at(text, position + 2) == UInt8(ascii: "=") ? (.doubleSlashAssign, 3) : (.doubleSlash, 2)
      } else {
        (kind, length) = isAssigning ? (.slashAssign, 2) : (.slash, 1)
      }
    case UInt8(ascii: "<"):
      if second == byte {
        (kind, length) = at(text, position + 2) == UInt8(ascii: "=") ? (.shiftLeftAssign, 3) : (.shiftLeft, 2)
      } else {
        (kind, length) = isAssigning ? (.lessEqual, 2) : (.less, 1)
      }
    case UInt8(ascii: ">"):
      if second == byte {
        (kind, length) = at(text, position + 2) == UInt8(ascii: "=") ? (.shiftRightAssign, 3) : (.shiftRight, 2)
      } else {
        (kind, length) = isAssigning ? (.greaterEqual, 2) : (.greater, 1)
      }
    default:  // `!`
      guard isAssigning else {
        fail("unexpected `!`", start, start + 1, hint: "use `not`")
        position += 1
        return
      }
      (kind, length) = (.notEqual, 2)
    }
    position += length
    add(kind, start, position)
  }
}
