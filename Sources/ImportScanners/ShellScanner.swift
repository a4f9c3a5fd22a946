// The files that a shell script sources: the operands of `.` and `source`.

/// Walks a script word by word, as far as it takes to know where a command begins: comments, quotes, here-documents, expansions and
/// command substitutions are told apart, nothing is expanded.
///
/// - `# shellcheck source=PATH` before the command wins over its operand; `source=/dev/null` says "nothing".
/// - A leading `./`, `../`, `$(dirname "$0")/` or `${BASH_SOURCE%/*}/` (and the like) is relative to the script.
/// - Any other expansion, an absolute path, a glob or a process substitution gives no import.
enum ShellScanner {
  static func imports(in bytes: [UInt8]) -> [ScannedImport] {
    var walk = ShellWalk(bytes)
    walk.commands(until: nil, depth: 0)
    return walk.imports
  }
}

/// One word of a command, quotes removed.
private struct ShellWord {
  enum Piece {
    case literal([UInt8])
    /// An expansion as written, `$` or backtick included.
    case expansion(ArraySlice<UInt8>)
  }

  var pieces: [Piece] = []
  /// Holds an unquoted `*`, `?`, `[`, or begins with an unquoted `~`.
  var isPattern = false
  var isQuoted = false

  /// The word, where it is one literal.
  var literal: [UInt8]? {
    if pieces.isEmpty { return isQuoted ? [] : nil }
    guard pieces.count == 1, case .literal(let bytes) = pieces[0] else { return nil }
    return bytes
  }

  mutating func append(_ byte: UInt8) {
    if case .literal(var bytes)? = pieces.last {
      pieces.removeLast()
      bytes.append(byte)
      pieces.append(.literal(bytes))
    } else {
      pieces.append(.literal([byte]))
    }
  }
}

private struct ShellWalk {
  /// Command substitutions nested deeper than this are read as plain text.
  static let depthLimit = 64
  /// Words after which a command begins again.
  static let openers: Set<String> = ["if", "then", "elif", "else", "while", "until", "do", "!", "{", "time", "command", "builtin", "exec"]
  /// Commands that may stand between a directive and the command it is meant for.
  static let conditions: Set<String> = ["[", "[[", "test", "for", "case", "select", "function", "fi", "done", "esac", "}"]

  let bytes: [UInt8]
  var position = 0
  var imports: [ScannedImport] = []
  private var hereDocuments: [(delimiter: [UInt8], stripsTabs: Bool)] = []
  /// The path of a `# shellcheck source=` that no command took yet.
  private var directive: [UInt8]?
  private var countedTo = 0
  private var line: Int32 = 1

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func byte(_ offset: Int) -> UInt8? { position + offset < bytes.count ? bytes[position + offset] : nil }

  // MARK: Commands

  /// Reads commands until `terminator` (taken) or the end.
  mutating func commands(until terminator: UInt8?, depth: Int) {
    var isCommandStart = true
    while let c = current {
      switch c {
      case terminator:
        position += 1
        return
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
        position += 1
      case UInt8(ascii: "\\") where byte(1) == UInt8(ascii: "\n"):
        position += 2
      case UInt8(ascii: "\n"):
        position += 1
        skipHereDocuments()
        isCommandStart = true
      case UInt8(ascii: "#"):
        comment()
      case UInt8(ascii: "("):
        if byte(1) == UInt8(ascii: "("), isCommandStart {
          skipArithmetic()
        } else if depth < Self.depthLimit {
          position += 1
          commands(until: UInt8(ascii: ")"), depth: depth + 1)
        } else {
          position += 1
        }
        isCommandStart = true
      case UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: ")"):
        position += 1
        isCommandStart = true
      case UInt8(ascii: "&"):
        // `&>` is a redirection, everything else ends the command.
        isCommandStart = byte(1) != UInt8(ascii: ">")
        position += 1
      case UInt8(ascii: "<"), UInt8(ascii: ">"):
        redirection(depth: depth)
      default:
        let start = position
        let word = self.word(depth: depth)
        if position == start { position += 1 }
        if isCommandStart { isCommandStart = command(word, at: start, depth: depth) }
        if current == UInt8(ascii: "("), endsWithEquals(word) { skipArray(depth: depth) }
      }
    }
  }

  /// The first word of a command was read.
  /// - Returns: whether another command may begin behind it.
  private mutating func command(_ word: ShellWord, at start: Int, depth: Int) -> Bool {
    guard let literal = word.literal else {
      if isAssignment(word) { return true }
      directive = nil
      return false
    }
    let name = String(decoding: literal, as: UTF8.self)
    if !word.isQuoted, Self.openers.contains(name) || isAssignment(word) { return true }
    if name == "." || name == "source" {
      skipBlanks()
      guard current != UInt8(ascii: "("), let operand = operand(depth: depth) else { return false }
      let wanted = directive
      directive = nil
      report(operand, directive: wanted, at: start)
      return false
    }
    if !Self.conditions.contains(name) { directive = nil }
    return false
  }

  private mutating func operand(depth: Int) -> ShellWord? {
    while let c = current {
      switch c {
      case UInt8(ascii: "\n"), UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: "&"), UInt8(ascii: ")"), UInt8(ascii: "#"): return nil
      case UInt8(ascii: "<"), UInt8(ascii: ">"):
        if byte(1) == UInt8(ascii: "(") { return ShellWord() }
        redirection(depth: depth)
      default:
        let start = position
        let word = self.word(depth: depth)
        if position == start { return nil }
        if word.literal != Array("--".utf8) { return word }
      }
      skipBlanks()
    }
    return nil
  }

  private mutating func report(_ operand: ShellWord, directive: [UInt8]?, at start: Int) {
    let place = lineNumber(of: start)
    if let directive {
      if directive != Array("/dev/null".utf8) { add(directive[...], line: place) }
      return
    }
    guard !operand.isPattern, let first = operand.pieces.first else { return }
    switch first {
    case .literal(let path):
      if operand.pieces.count == 1 { add(path[...], line: place) }
    case .expansion(let text):
      guard operand.pieces.count == 2, case .literal(let rest) = operand.pieces[1], rest.first == UInt8(ascii: "/"),
        isScriptDirectory(text)
      else { return }
      let name = rest.drop { $0 == UInt8(ascii: "/") }
      if !name.isEmpty { imports.append(.init(name: String(decoding: name, as: UTF8.self), line: place, base: .file)) }
    }
  }

  private mutating func add(_ path: ArraySlice<UInt8>, line: Int32) {
    guard let first = path.first, first != UInt8(ascii: "/") else { return }
    let name = String(decoding: path, as: UTF8.self)
    let isRelative = name.hasPrefix("./") || name.hasPrefix("../")
    imports.append(
      .init(name: name.hasPrefix("./") ? String(name.dropFirst(2)) : name, line: line, base: isRelative ? .file : .rootThenFile))
  }

  private func isAssignment(_ word: ShellWord) -> Bool {
    guard case .literal(let bytes)? = word.pieces.first, let equals = bytes.firstIndex(of: UInt8(ascii: "=")), equals > 0 else {
      return false
    }
    let name = bytes[..<equals].last == UInt8(ascii: "+") ? bytes[..<(equals - 1)] : bytes[..<equals]
    guard let first = name.first, isNameByte(first), !(0x30...0x39).contains(first) else { return false }
    return name.prefix { $0 != UInt8(ascii: "[") }.allSatisfy(isNameByte)
  }

  private func endsWithEquals(_ word: ShellWord) -> Bool {
    isAssignment(word) && position > 0 && bytes[position - 1] == UInt8(ascii: "=")
  }

  // MARK: Words

  /// The word at `position`: up to an unquoted blank or operator. Empty where none begins.
  private mutating func word(depth: Int) -> ShellWord {
    var word = ShellWord()
    let start = position
    while let c = current {
      switch c {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"), UInt8(ascii: ";"), UInt8(ascii: "&"),
        UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"):
        return word
      case UInt8(ascii: "'"):
        word.isQuoted = true
        position += 1
        while let c = current, c != UInt8(ascii: "'") {
          word.append(c)
          position += 1
        }
        position = min(position + 1, bytes.count)
      case UInt8(ascii: "\""):
        word.isQuoted = true
        position += 1
        doubleQuoted(into: &word, depth: depth)
      case UInt8(ascii: "\\"):
        if let next = byte(1), next != UInt8(ascii: "\n") { word.append(next) }
        position = min(position + 2, bytes.count)
      case UInt8(ascii: "$"), UInt8(ascii: "`"):
        expansion(into: &word, depth: depth)
      default:
        if c == UInt8(ascii: "*") || c == UInt8(ascii: "?") || c == UInt8(ascii: "[") || (c == UInt8(ascii: "~") && position == start) {
          word.isPattern = true
        }
        word.append(c)
        position += 1
      }
    }
    return word
  }

  private mutating func doubleQuoted(into word: inout ShellWord, depth: Int) {
    while let c = current {
      switch c {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\"):
        if let next = byte(1) {
          if next == UInt8(ascii: "\n") {
          } else if next == UInt8(ascii: "$") || next == UInt8(ascii: "`") || next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") {
            word.append(next)
          } else {
            word.append(c)
            word.append(next)
          }
        }
        position = min(position + 2, bytes.count)
      case UInt8(ascii: "$"), UInt8(ascii: "`"):
        expansion(into: &word, depth: depth)
      default:
        word.append(c)
        position += 1
      }
    }
  }

  /// At a `$` or a backtick.
  private mutating func expansion(into word: inout ShellWord, depth: Int) {
    let start = position
    if current == UInt8(ascii: "`") {
      position += 1
      while let c = current, c != UInt8(ascii: "`") { position += c == UInt8(ascii: "\\") ? 2 : 1 }
      position = min(position + 1, bytes.count)
    } else {
      switch byte(1) {
      case UInt8(ascii: "("):
        position += 1
        if byte(1) == UInt8(ascii: "(") {
          skipArithmetic()
        } else if depth < Self.depthLimit {
          position += 1
          let kept = directive
          commands(until: UInt8(ascii: ")"), depth: depth + 1)
          directive = kept
        } else {
          position += 1
        }
      case UInt8(ascii: "{"):
        position += 2
        skipBraces()
      case UInt8(ascii: "'"):
        position += 2
        while let c = current, c != UInt8(ascii: "'") { position += c == UInt8(ascii: "\\") ? 2 : 1 }
        position = min(position + 1, bytes.count)
      case let next? where isNameByte(next):
        position += 2
        // `$10` is `$1` and a 0.
        if !(0x30...0x39).contains(next) { while let c = current, isNameByte(c) { position += 1 } }
      case let next? where [UInt8]("@*#?-$!".utf8).contains(next):
        position += 2
      default:
        word.append(UInt8(ascii: "$"))
        position += 1
        return
      }
    }
    position = min(position, bytes.count)
    word.pieces.append(.expansion(bytes[start..<position]))
  }

  /// Behind `${`: to the brace that closes it.
  private mutating func skipBraces() {
    var open = 1
    while let c = current, open > 0 {
      position += 1
      switch c {
      case UInt8(ascii: "{"): open += 1
      case UInt8(ascii: "}"): open -= 1
      case UInt8(ascii: "\\"): position = min(position + 1, bytes.count)
      case UInt8(ascii: "'"), UInt8(ascii: "\""):
        // An apostrophe inside double quotes is text: look no further than the closing brace's line for its mate.
        if let end = bytes[position...].firstIndex(where: { $0 == c || $0 == UInt8(ascii: "\n") }), bytes[end] == c { position = end + 1 }
      default: break
      }
    }
  }

  /// At the first of two parentheses: to the two that close them.
  private mutating func skipArithmetic() {
    var open = 0
    while let c = current {
      position += 1
      if c == UInt8(ascii: "(") { open += 1 }
      if c == UInt8(ascii: ")") {
        open -= 1
        if open == 0 { return }
      }
    }
  }

  /// At the parenthesis of `name=(`.
  private mutating func skipArray(depth: Int) {
    position += 1
    while let c = current, c != UInt8(ascii: ")") {
      let start = position
      if c == UInt8(ascii: "#") { comment() } else { _ = word(depth: depth) }
      if position == start { position += 1 }
    }
    position = min(position + 1, bytes.count)
  }

  // MARK: Comments, here-documents, redirections

  private mutating func comment() {
    let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    defer { position = end }
    var words = bytes[(position + 1)..<end].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }[...]
    guard let first = words.popFirst(), first.elementsEqual("shellcheck".utf8) else { return }
    let key = Array("source=".utf8)
    for word in words {
      if word.first == UInt8(ascii: "#") { return }  // a comment behind the directives
      guard word.starts(with: key) else { continue }
      var path = word.dropFirst(key.count)
      if path.count >= 2, let quote = path.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"), path.last == quote {
        path = path.dropFirst().dropLast()
      }
      if !path.isEmpty { directive = Array(path) }
    }
  }

  /// At `<` or `>`: takes the operator, and notes a here-document to be skipped at the next newline.
  private mutating func redirection(depth: Int) {
    if current == UInt8(ascii: "<"), byte(1) == UInt8(ascii: "<"), byte(2) != UInt8(ascii: "<") {
      position += 2
      let stripsTabs = current == UInt8(ascii: "-")
      if stripsTabs { position += 1 }
      skipBlanks()
      let start = position
      let word = self.word(depth: Self.depthLimit)
      if position > start {
        var delimiter: [UInt8] = []
        for piece in word.pieces {
          switch piece {
          case .literal(let bytes): delimiter += bytes
          case .expansion(let bytes): delimiter += bytes
          }
        }
        hereDocuments.append((delimiter, stripsTabs))
      }
      return
    }
    if current == UInt8(ascii: "<"), byte(1) == UInt8(ascii: "<") {
      position += 3
    } else if byte(1) == UInt8(ascii: "("), depth < Self.depthLimit {
      position += 2
      commands(until: UInt8(ascii: ")"), depth: depth + 1)
      return
    } else {
      position += 1
      while let c = current, c == UInt8(ascii: ">") || c == UInt8(ascii: "&") || c == UInt8(ascii: "|") { position += 1 }
    }
    skipBlanks()
    _ = word(depth: depth)  // the file's name is no command
  }

  /// Behind a newline: over the bodies of the here-documents that the line opened.
  private mutating func skipHereDocuments() {
    let documents = hereDocuments
    hereDocuments = []
    for document in documents {
      while position < bytes.count {
        let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        var text = bytes[position..<end]
        position = min(end + 1, bytes.count)
        if document.stripsTabs { text = text.drop { $0 == UInt8(ascii: "\t") } }
        if text.last == UInt8(ascii: "\r") { text = text.dropLast() }
        if text.elementsEqual(document.delimiter) { break }
      }
    }
  }

  private mutating func skipBlanks() {
    while let c = current {
      if c == UInt8(ascii: " ") || c == UInt8(ascii: "\t") {
        position += 1
      } else if c == UInt8(ascii: "\\"), byte(1) == UInt8(ascii: "\n") {
        position += 2
      } else {
        return
      }
    }
  }

  private mutating func lineNumber(of offset: Int) -> Int32 {
    if offset < countedTo { (countedTo, line) = (0, 1) }
    for byte in bytes[countedTo..<offset] where byte == UInt8(ascii: "\n") { line += 1 }
    countedTo = offset
    return line
  }
}

private func isNameByte(_ byte: UInt8) -> Bool {
  (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
}

/// Whether an expansion is one of the ways to say "the folder this script lies in".
private func isScriptDirectory(_ text: ArraySlice<UInt8>) -> Bool {
  let spelled = String(decoding: text.filter { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }, as: UTF8.self)
  switch spelled {
  case "${0%/*}", "${BASH_SOURCE%/*}", "${BASH_SOURCE[0]%/*}": return true
  default: break
  }
  guard spelled.hasPrefix("$(") || spelled.hasPrefix("`") else { return false }
  let allowed: Set<String> = [
    "cd", "-P", "-L", "-f", "-e", "-n", "-m", "--", "pwd", "dirname", "readlink", "realpath", "&&", "$0", "${0}", "$BASH_SOURCE",
    "${BASH_SOURCE}", "${BASH_SOURCE[0]}", "/dev/null", ">/dev/null", "&>/dev/null", "2>/dev/null", "2>&1", ">", "&>", "2>", "1>",
    "1>/dev/null",
  ]
  var words: [Substring] = []
  var rest = spelled[...]
  var current = rest.startIndex
  func flush(_ end: String.Index) { if current < end { words.append(rest[current..<end]) } }
  while !rest.isEmpty {
    var index = rest.startIndex
    current = index
    var isCut = false
    while index < rest.endIndex {
      let c = rest[index]
      let opens = c == "$" && rest[rest.index(after: index)...].first == "("
      if opens || c == "`" || c == ")" || c == ";" || c == " " || c == "\t" || c == "\n" {
        flush(index)
        rest = rest[rest.index(index, offsetBy: opens ? 2 : 1)...]
        isCut = true
        break
      }
      index = rest.index(after: index)
    }
    if !isCut {
      flush(rest.endIndex)
      break
    }
  }
  let namesScript = words.contains { $0 == "$0" || $0 == "${0}" || $0.contains("BASH_SOURCE") }
  return namesScript && words.contains("dirname") && words.allSatisfy { allowed.contains(String($0)) }
}
