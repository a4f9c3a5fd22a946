// The string literals of a Python source: where they end, and which of them may name something.

/// One literal, or several side by side.
struct PythonLiteral {
  var line: Int32
  var endLine: Int32
  /// The text between the quotes; nil where it is empty, or holds a blank, an escape or a replacement field, or is longer than any name.
  var content: ArraySlice<UInt8>?
}

/// What a literal's prefix says.
private struct LiteralStyle {
  let quote: UInt8
  let isTriple: Bool
  let isRaw: Bool
}

/// Where a literal with replacement fields is read.
private enum LiteralPlace {
  case text(LiteralStyle)
  /// Inside a field's braces, with so many brackets open.
  case field(brackets: Int)
  /// Behind a field's colon, up to its closing brace.
  case format(LiteralStyle)
}

extension PythonWalk {
  /// Longest content that is looked at, in bytes: the longest path that Linux takes.
  private static let contentLimit = 4096
  /// Literals and fields nested deeper than this have no end. CPython takes 150 literals.
  private static let placeLimit = 4096

  /// Whether the bytes before a quote are a prefix of the literal: letters of `bruft`, in any case, each once.
  func isPrefix(_ word: Range<Int>) -> Bool {
    guard let next = byte(at: word.upperBound), next == Byte.quote || next == Byte.apostrophe else { return false }
    var isRaw = false
    var others = 0
    for byte in bytes[word] {
      switch byte | 0x20 {
      case UInt8(ascii: "r") where !isRaw: isRaw = true
      case UInt8(ascii: "b"), UInt8(ascii: "u"), UInt8(ascii: "f"), UInt8(ascii: "t"): others += 1
      default: return false
      }
    }
    return others < 2
  }

  /// The length of the prefix of the literal that begins at `position`; nil where none does.
  func prefixLength() -> Int? {
    for length in 0...2 {
      guard let byte = byte(at: position + length) else { return nil }
      if byte == Byte.quote || byte == Byte.apostrophe { return isPrefix(position..<(position + length)) ? length : nil }
      if !isWordByte(byte) { return nil }
    }
    return nil
  }

  /// At the quote of a literal: over it and all that stand beside it.
  mutating func literals(prefix: Int) -> PythonLiteral {
    var whole = PythonLiteral(line: line, endLine: line)
    whole.content = literal(prefix: prefix)
    whole.endLine = line
    while true {
      skipTrivia()
      guard let prefix = prefixLength() else { return whole }
      position += prefix
      let next = literal(prefix: prefix)
      whole.endLine = line
      if let content = whole.content, let next, content.count + next.count <= Self.contentLimit {
        whole.content = content + next
      } else {
        whole.content = nil
      }
    }
  }

  private mutating func literal(prefix: Int) -> ArraySlice<UInt8>? {
    let quote = bytes[position]
    isFresh = false
    var isRaw = false
    var hasFields = false
    for byte in bytes[(position - prefix)..<position] {
      switch byte | 0x20 {
      case UInt8(ascii: "r"): isRaw = true
      case UInt8(ascii: "f"), UInt8(ascii: "t"): hasFields = true
      default: break
      }
    }
    let isTriple = byte(at: position + 1) == quote && byte(at: position + 2) == quote
    position += isTriple ? 3 : 1
    let style = LiteralStyle(quote: quote, isTriple: isTriple, isRaw: isRaw)
    let start = position
    guard hasFields, !readsFieldsAsText else { return text(style) }
    let startLine = line
    if let content = formatted(style) { return content.isEmpty ? nil : bytes[content] }
    if !readsFieldsAsText { return nil }
    (position, line) = (start, startLine)
    return text(style)
  }

  /// Behind the opening quote of a literal without replacement fields. One that is not triple ends at its line's end at the latest.
  private mutating func text(_ style: LiteralStyle) -> ArraySlice<UInt8>? {
    let start = position
    var isPlain = true
    while true {
      let hasBlanks = skipOrdinary(until: style.quote)
      if hasBlanks { isPlain = false }
      guard let c = current else { return nil }
      switch c {
      case style.quote:
        if style.isTriple {
          guard byte(at: position + 1) == c, byte(at: position + 2) == c else {
            position += 1
            continue
          }
        }
        let end = position
        position += style.isTriple ? 3 : 1
        return isPlain && end > start && end - start <= Self.contentLimit ? bytes[start..<end] : nil
      case Byte.backslash:
        isPlain = false
        skipEscaped()
      case Byte.newline, Byte.carriageReturn:
        if !style.isTriple { return nil }
        isPlain = false
        newline()
      default:
        position += 1
      }
    }
  }

  /// To the next quote, backslash or end of a line.
  /// - Returns: whether blanks stand before it.
  private mutating func skipOrdinary(until quote: UInt8) -> Bool {
    var hasBlanks = false
    position = bytes.withUnsafeBufferPointer { bytes in
      var end = position
      while end < bytes.count {
        let c = bytes[end]
        // Letters, digits and everything beyond ASCII.
        if c > Byte.backslash || c &- 0x28 < 0x34 {
          end += 1
          continue
        }
        if c == quote || c == Byte.backslash || c == Byte.newline || c == Byte.carriageReturn { break }
        if c == Byte.space || c == Byte.tab || c == Byte.formFeed { hasBlanks = true }
        end += 1
      }
      return end
    }
    return hasBlanks
  }

  /// At a backslash: over it and what it escapes.
  private mutating func skipEscaped() {
    position += 1
    guard let next = current else { return }
    if next == Byte.newline || next == Byte.carriageReturn { newline() } else { position += 1 }
  }

  // MARK: Replacement fields

  /// Behind the opening quote of a literal with replacement fields, which may hold literals in turn.
  /// - Returns: the place of the content, empty where it is not plain text; nil where a field has no end (then `readsFieldsAsText` is set).
  private mutating func formatted(_ style: LiteralStyle) -> Range<Int>? {
    let start = position
    var isPlain = true
    var isLineStart = false
    var places: [LiteralPlace] = [.text(style)]
    while position < bytes.count, places.count < Self.placeLimit, let place = places.last {
      let c = bytes[position]
      switch place {
      case .text(let style), .format(let style):
        switch c {
        case style.quote:
          guard !style.isTriple || (byte(at: position + 1) == c && byte(at: position + 2) == c) else {
            position += 1
            continue
          }
          let end = position
          position += style.isTriple ? 3 : 1
          closeLiteral(&places)
          if places.isEmpty {
            return isPlain && end - start <= Self.contentLimit ? start..<end : start..<start
          }
        case Byte.newline, Byte.carriageReturn:
          isPlain = false
          if style.isTriple {
            newline()
          } else {
            closeLiteral(&places)
            if places.isEmpty { return start..<start }
          }
        case Byte.backslash:
          isPlain = false
          skipEscaped(in: style)
        case Byte.brace:
          isPlain = false
          position += 1
          if case .text = place, current == c { position += 1 } else { places.append(.field(brackets: 0)) }
        case Byte.braceEnd:
          isPlain = false
          position += 1
          if case .format = place { places.removeLast(2) }
        case Byte.space, Byte.tab, Byte.formFeed:
          isPlain = false
          position += 1
        default:
          position += 1
        }
      case .field(let brackets):
        let wasLineStart = isLineStart
        isLineStart = false
        switch c {
        case Byte.space, Byte.tab, Byte.formFeed:
          isLineStart = wasLineStart
          position += 1
        case Byte.newline, Byte.carriageReturn:
          newline()
          isLineStart = true
        case Byte.hash:
          comment()
        case Byte.brace, Byte.bracket, Byte.parenthesis:
          position += 1
          places[places.count - 1] = .field(brackets: brackets + 1)
        case Byte.bracketEnd, Byte.parenthesisEnd:
          position += 1
          places[places.count - 1] = .field(brackets: max(0, brackets - 1))
        case Byte.braceEnd:
          position += 1
          if brackets > 0 { places[places.count - 1] = .field(brackets: brackets - 1) } else { places.removeLast() }
        case Byte.colon:
          position += 1
          if brackets == 0, let style = enclosing(places) { places.append(.format(style)) }
        case Byte.quote, Byte.apostrophe:
          literalInField(prefix: 0, &places)
        case _ where isWordByte(c):
          let word = position
          skipName()
          let length = position - word
          if length <= 2, isPrefix(word..<position) {
            literalInField(prefix: length, &places)
          } else if wasLineStart, beginsStatement(word..<position) {
            readsFieldsAsText = true
            return nil
          }
        default:
          position += 1
        }
      }
    }
    readsFieldsAsText = true
    return nil
  }

  /// At a literal's quote inside a replacement field.
  private mutating func literalInField(prefix: Int, _ places: inout [LiteralPlace]) {
    let letters = bytes[(position - prefix)..<position].map { $0 | 0x20 }
    guard letters.contains(UInt8(ascii: "f")) || letters.contains(UInt8(ascii: "t")) else {
      _ = literal(prefix: prefix)
      return
    }
    let quote = bytes[position]
    let isTriple = byte(at: position + 1) == quote && byte(at: position + 2) == quote
    position += isTriple ? 3 : 1
    places.append(.text(LiteralStyle(quote: quote, isTriple: isTriple, isRaw: letters.contains(UInt8(ascii: "r")))))
  }

  /// The literal that holds the last place ends, with every field in it.
  private func closeLiteral(_ places: inout [LiteralPlace]) {
    while let place = places.popLast() {
      if case .text = place { return }
    }
  }

  /// The style of the literal that the last place, a field, belongs to.
  private func enclosing(_ places: [LiteralPlace]) -> LiteralStyle? {
    for place in places.reversed() {
      switch place {
      case .text(let style), .format(let style): return style
      case .field: continue
      }
    }
    return nil
  }

  /// At a backslash in the text of a literal with fields: a brace behind it opens a field all the same, but not that of `\N{…}`.
  private mutating func skipEscaped(in style: LiteralStyle) {
    guard let next = byte(at: position + 1), next != Byte.brace, next != Byte.braceEnd else {
      position += 1
      return
    }
    if next == UInt8(ascii: "N"), !style.isRaw, byte(at: position + 2) == Byte.brace {
      position += 3
      while let c = current, c != Byte.braceEnd, c != Byte.newline, c != Byte.carriageReturn, c != style.quote { position += 1 }
      _ = take(Byte.braceEnd)
      return
    }
    skipEscaped()
  }

  // MARK: Contents

  /// Identifiers with dots between them, two at least.
  func isDottedName(_ content: ArraySlice<UInt8>) -> Bool {
    var isStart = true
    var dots = 0
    var isASCII = true
    for byte in content {
      if byte == Byte.dot {
        if isStart { return false }
        dots += 1
        isStart = true
      } else {
        guard isWordByte(byte), !isStart || byte &- 0x30 >= 10 else { return false }
        if byte >= 0x80 { isASCII = false }
        isStart = false
      }
    }
    if isStart || dots == 0 { return false }
    return isASCII || areIdentifiers(content)
  }

  private func areIdentifiers(_ content: ArraySlice<UInt8>) -> Bool {
    guard let text = String(validating: content, as: UTF8.self) else { return false }
    return text.split(separator: ".").allSatisfy { part in
      var scalars = part.unicodeScalars[...]
      guard let first = scalars.popFirst(), first == "_" || first.properties.isXIDStart else { return false }
      return scalars.allSatisfy { $0.properties.isXIDContinue }
    }
  }

  /// A path without control characters that does not begin at the file system's root and is no URL.
  func isRelativePath(_ content: ArraySlice<UInt8>) -> Bool {
    guard content.first != Byte.slash, content.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return false }
    return !content.indices.contains { content[$0] == Byte.colon && content[$0...].starts(with: "://".utf8) }
  }
}
