// The imports of a Python source: its statements, and which of them may fail.

/// Reads a source once, from its first byte to its last, as far as it takes to know where statements are: literals, comments, brackets,
/// continued lines and indentation are told apart, expressions are not understood. It asks for no grammar and hence for no version of the
/// language; where brackets or quotes do not match, it goes on at the next line that begins with a word no expression can hold.
///
/// - `import` and `from … import` give modules, wherever they stand; `from __future__` gives none. `__import__` of one literal is an import.
/// - The body of a `try` with a handler for `ImportError` or `ModuleNotFoundError` is weak, and so is that of a `with` that suppresses one.
/// - Other literals give strings and assets, each name once, always weak.
/// - A comment `# pants: no-infer-dep` (or `# baji: …`) takes away what its line names, and behind a statement all that the statement names.
struct PythonWalk {
  /// What was found, with the line it ends on: that is the line a comment about it stands on.
  struct Found {
    var name: String
    var kind: ScannedImport.Kind
    var line: Int32
    var endLine: Int32
  }

  /// A `try`, or a `with` that suppresses failing imports; over at the next logical line that is not indented further.
  private struct Block {
    let isTry: Bool
    let indentation: Int
    /// What was found in the body: from here, and to there once the body is over.
    let start: Int
    var end: Int?
  }

  /// The part of an `except` or a `with` before its colon.
  private struct Header {
    let isExcept: Bool
    let depth: Int
    var isFirst = true
    var opensWithBracket = false
    /// The word before is the name of the exception, alone in its place.
    var isCandidate = false
    /// The word before is `suppress`.
    var isSuppress = false
    /// The number of open brackets among the arguments of `suppress`.
    var suppressDepth: Int?
    var isWeak = false
  }

  let bytes: [UInt8]
  var position = 0
  var line: Int32 = 1
  /// Open brackets.
  var depth = 0
  /// Nothing but blanks stands before `position` on its line, inside brackets.
  var isFresh = false
  /// The line of the last comment that takes names away.
  var pragmaLine: Int32 = 0
  /// Set once a replacement field was seen to have no end: literals are then taken to end at their own quote.
  var readsFieldsAsText = false

  private(set) var found: [Found] = []
  private var listed: Set<String> = []
  private var weakRanges: [Range<Int>] = []
  private var blocks: [Block] = []
  private var header: Header?
  /// Column of the logical line's first byte; a tab goes to the next multiple of eight.
  private var indentation = 0
  /// First byte of the token before; 0 at the beginning of a line.
  private var previous: UInt8 = 0
  /// Inside the call of `__import__` that began at this depth; the place of what it imports.
  private var call: (depth: Int, found: Int?)?

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// What was found, once `read()` is over.
  var imports: [ScannedImport] {
    var changes = [Int](repeating: 0, count: found.count + 1)
    for range in weakRanges where range.upperBound <= found.count {
      changes[range.lowerBound] += 1
      changes[range.upperBound] -= 1
    }
    var nesting = 0
    return zip(found, changes).map { found, change in
      nesting += change
      return ScannedImport(name: found.name, line: found.line, kind: found.kind, isWeak: nesting > 0 || found.kind != .module)
    }
  }

  mutating func read() {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    beginLogicalLine()
    while position < bytes.count {
      let c = bytes[position]
      switch c {
      case Byte.space, Byte.tab, Byte.formFeed:
        position += 1
      case Byte.newline, Byte.carriageReturn:
        newline()
        if depth == 0 { beginLogicalLine() } else { isFresh = true }
      case Byte.hash:
        comment()
      case Byte.backslash:
        if !continuation() { symbol(c) }
      case Byte.quote, Byte.apostrophe:
        literal(prefix: 0)
      case _ where isWordByte(c):
        word()
      default:
        symbol(c)
      }
    }
    indentation = 0
    closeBlocks()
  }

  // MARK: Lines and blocks

  /// Behind a newline outside brackets: to the first token of the next line that has one.
  private mutating func beginLogicalLine() {
    (header, call, previous, isFresh) = (nil, nil, 0, false)
    var column = 0
    var continued = 0
    while position < bytes.count {
      switch bytes[position] {
      case Byte.space:
        column += 1
        position += 1
      case Byte.tab:
        column = (column / 8 + 1) * 8
        position += 1
      case Byte.formFeed:
        column = 0
        position += 1
      case Byte.newline, Byte.carriageReturn:
        newline()
        (column, continued) = (0, 0)
      case Byte.hash:
        comment()
      case Byte.backslash:
        if continued == 0 { continued = column }
        column = 0
        if !continuation() { return }
      default:
        indentation = continued > 0 ? continued : column
        closeBlocks()
        return
      }
    }
  }

  /// A line opens one block of a kind at most: a second one does not parse.
  private mutating func open(_ block: Block) {
    if let last = blocks.last, last.indentation == indentation, last.isTry == block.isTry { return }
    blocks.append(block)
  }

  /// Ends the blocks that the line at `position` does not belong to.
  private mutating func closeBlocks() {
    while let block = blocks.last, indentation <= block.indentation {
      if block.isTry {
        if block.end == nil { blocks[blocks.count - 1].end = found.count }
        if indentation == block.indentation, isWord("except") || isWord("else") || isWord("finally") { return }
      } else {
        weakRanges.append(block.start..<found.count)
      }
      blocks.removeLast()
    }
  }

  /// A word that begins a statement stands first on its line and inside brackets: they were never closed.
  private mutating func recover(at start: Int) {
    depth = 0
    let end = position
    var first = start
    while first > 0, bytes[first - 1] != Byte.newline, bytes[first - 1] != Byte.carriageReturn { first -= 1 }
    position = first
    beginLogicalLine()
    position = end
  }

  // MARK: Tokens

  private mutating func symbol(_ c: UInt8) {
    if header != nil { readHeader(symbol: c) }
    position += 1
    switch c {
    case Byte.parenthesis, Byte.bracket, Byte.brace:
      depth += 1
    case Byte.parenthesisEnd, Byte.bracketEnd, Byte.braceEnd:
      if depth > 0 { depth -= 1 }
      if let call, depth <= call.depth {
        if let index = call.found, index < found.count { found[index].endLine = line }
        self.call = nil
      }
    default: break
    }
    previous = c
    isFresh = false
  }

  private mutating func word() {
    let start = position
    skipName()
    let length = position - start
    if length <= 2, position < bytes.count, isPrefix(start..<position) {
      literal(prefix: length)
      return
    }
    let first = bytes[start]
    if depth > 0, isFresh, length >= 3, beginsStatement(start..<position) { recover(at: start) }
    let isAttribute = previous == Byte.dot
    let wasFresh = isFresh
    if header != nil { readHeader(word: start..<position) }
    (previous, isFresh) = (first, false)
    if isAttribute { return }
    switch (length, first) {
    case (4, UInt8(ascii: "f")) where matches("from", at: start):
      fromStatement(firstAt: wasFresh ? start : nil)
    case (6, UInt8(ascii: "i")) where depth == 0 && matches("import", at: start):
      importStatement()
    case (3, UInt8(ascii: "t")) where depth == 0 && matches("try", at: start):
      open(Block(isTry: true, indentation: indentation, start: found.count))
    case (6, UInt8(ascii: "e")) where depth == 0 && matches("except", at: start):
      header = Header(isExcept: true, depth: depth)
    case (4, UInt8(ascii: "w")) where depth == 0 && matches("with", at: start):
      header = Header(isExcept: false, depth: depth)
    case (10, UInt8(ascii: "_")) where call == nil && matches("__import__", at: start):
      importCall()
    default: break
    }
  }

  /// One literal, or several that stand side by side. `position` is at the first one's quote, behind `prefix` bytes.
  private mutating func literal(prefix: Int) {
    let literal = literals(prefix: prefix)
    header?.isFirst = false
    previous = Byte.quote
    guard call == nil, let content = literal.content else { return }
    candidate(content, literal)
  }

  /// A literal without blanks and escapes: it may name a module, or a file.
  private mutating func candidate(_ content: ArraySlice<UInt8>, _ literal: PythonLiteral) {
    let isAsset = content.contains(Byte.slash)
    guard isAsset ? isRelativePath(content) : isDottedName(content) else { return }
    let name = String(decoding: content, as: UTF8.self)
    if literal.endLine == pragmaLine || !listed.insert(name).inserted { return }
    found.append(Found(name: name, kind: isAsset ? .asset : .string, line: literal.line, endLine: literal.endLine))
  }

  // MARK: Imports

  private mutating func add(_ text: String, _ name: PythonName) {
    if name.endLine != pragmaLine { found.append(Found(name: text, kind: .module, line: name.line, endLine: name.endLine)) }
  }

  /// Behind `import`.
  private mutating func importStatement() {
    let start = found.count
    repeat {
      skipTrivia()
      guard let name = importedName() else { break }
      add(name.text, name)
    } while take(Byte.comma)
    endStatement(from: start)
  }

  /// Behind `from`, which may belong to a `raise` or a `yield`: then nothing is taken.
  /// - Parameter start: where the word begins, if it is the first of its line.
  private mutating func fromStatement(firstAt start: Int?) {
    let before = (position, line)
    skipTrivia()
    var base = ""
    while take(Byte.dot) {
      base += "."
      skipTrivia()
    }
    if !isWord("import"), let name = dottedName() { base += name.text }
    guard !base.isEmpty, isWord("import"), depth == 0 || start != nil else {
      (position, line) = before
      return
    }
    if depth > 0, let start { recover(at: start) }
    position += 6
    skipTrivia()
    if base == "__future__" { return }
    let firstFound = found.count
    let isParenthesised = take(Byte.parenthesis)
    if isParenthesised { depth += 1 }
    let separator = base.last == "." ? "" : "."
    repeat {
      skipTrivia()
      if current == Byte.asterisk {
        let star = PythonName(text: base, line: line, endLine: line)
        position += 1
        skipTrivia()
        add(base, star)
      } else {
        guard let name = importedName() else { break }
        add(base + separator + name.text, name)
      }
    } while take(Byte.comma)
    if isParenthesised {
      skipTrivia()
      guard take(Byte.parenthesisEnd) else { return }
      depth -= 1
    }
    endStatement(from: firstFound)
  }

  /// A dotted name, what it is called instead, and the blanks behind.
  private mutating func importedName() -> PythonName? {
    guard var name = dottedName() else { return nil }
    skipTrivia()
    if isWord("as") {
      position += 2
      skipTrivia()
      skipName()
      name.endLine = line
      skipTrivia()
    }
    return name
  }

  /// A comment may follow that is about the whole statement.
  private mutating func endStatement(from start: Int) {
    let endLine = line
    skipTrivia()
    if endLine == pragmaLine, start < found.count { found.removeSubrange(start...) }
    previous = 0
  }

  /// Behind `__import__`: an import where one literal is its first argument. Nothing else in the call is looked at.
  private mutating func importCall() {
    skipTrivia()
    guard current == Byte.parenthesis else { return }
    call = (depth, nil)
    symbol(Byte.parenthesis)
    let pragma = pragmaLine
    skipTrivia()
    guard pragma == pragmaLine, let prefix = prefixLength() else { return }
    position += prefix
    let literal = literals(prefix: prefix)
    previous = Byte.quote
    guard let content = literal.content, current == Byte.parenthesisEnd || current == Byte.comma else { return }
    if literal.endLine == pragmaLine { return }
    call?.found = found.count
    found.append(
      Found(name: String(decoding: content, as: UTF8.self), kind: .module, line: literal.line, endLine: literal.endLine))
  }

  /// A comment on this line takes away what ends on it.
  mutating func takeAwayNamesOfLine() {
    pragmaLine = line
    while let last = found.last, last.endLine == line { found.removeLast() }
  }

  // MARK: Headers

  private mutating func readHeader(word: Range<Int>) {
    guard var header else { return }
    let isNested = depth == header.depth + 1 && header.opensWithBracket
    let isFirstInPlace: Bool
    switch previous {
    case Byte.comma: isFirstInPlace = true
    case Byte.parenthesis, Byte.bracket, Byte.brace: isFirstInPlace = depth > header.depth
    default: isFirstInPlace = header.isFirst || (previous == Byte.asterisk && header.isExcept)
    }
    if header.isCandidate, matches("as", at: word.lowerBound), word.count == 2 { header.isWeak = true }
    let isPlace = header.isExcept ? depth == header.depth || isNested : depth == header.suppressDepth
    header.isCandidate = isFirstInPlace && isPlace && isImportError(word)
    header.isSuppress =
      !header.isExcept && (depth == header.depth || isNested) && word.count == 8 && matches("suppress", at: word.lowerBound)
    header.isFirst = false
    self.header = header
  }

  private mutating func readHeader(symbol c: UInt8) {
    guard var header else { return }
    switch c {
    case Byte.parenthesis:
      if header.isFirst { header.opensWithBracket = true }
      if header.isSuppress { header.suppressDepth = depth + 1 }
    case Byte.bracket, Byte.brace:
      if header.isFirst { header.opensWithBracket = true }
    case Byte.comma:
      if header.isCandidate { header.isWeak = true }
    case Byte.parenthesisEnd, Byte.bracketEnd, Byte.braceEnd:
      if header.isCandidate { header.isWeak = true }
      if depth == header.suppressDepth { header.suppressDepth = nil }
    case Byte.colon where depth == header.depth:
      if header.isCandidate { header.isWeak = true }
      self.header = nil
      endHeader(header)
      return
    default: break
    }
    // The star of `except*` stands before its operand.
    if c != Byte.asterisk { header.isFirst = false }
    header.isCandidate = false
    header.isSuppress = false
    self.header = header
  }

  private mutating func endHeader(_ header: Header) {
    guard header.isWeak else { return }
    if !header.isExcept {
      open(Block(isTry: false, indentation: indentation, start: found.count))
    } else if let block = blocks.last, block.isTry, block.indentation == indentation, let end = block.end {
      weakRanges.append(block.start..<end)
    }
  }

  private func isImportError(_ word: Range<Int>) -> Bool {
    switch word.count {
    case 11: matches("ImportError", at: word.lowerBound)
    case 19: matches("ModuleNotFoundError", at: word.lowerBound)
    default: false
    }
  }
}
