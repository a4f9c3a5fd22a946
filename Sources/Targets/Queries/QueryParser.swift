// From the text of a query to its tree: Bazel's grammar, bounded in depth.

internal import Diagnostics

/// Parses a query.
///
///     expression = term { ("+" | "union" | "-" | "except" | "^" | "intersect") term }
///     term       = word | "$" name | "(" expression ")" | "set" "(" { word } ")"
///                | "let" name "=" expression "in" expression | function "(" argument { "," argument } ")"
///     word       = '…' | "…" | characters of an address that do not begin with - or *
struct QueryParser {
  /// How deep expressions may stand in each other.
  static let depthLimit = 200

  private enum Symbol: Equatable {
    case word(String, isQuoted: Bool)
    case open, close, comma, plus, minus, caret, equals, end
  }

  private struct Token {
    let symbol: Symbol
    let range: Range<Int>
  }

  private let text: [UInt8]
  private var offset = 0
  private var token: Token
  private var depth = 0

  static func parse(_ text: String) throws(QueryError) -> QueryNode {
    var parser = QueryParser(Array(text.utf8))
    try parser.advance()
    if parser.token.symbol == .end { throw QueryError(message: "the query is empty", range: 0..<0, hint: "for example `deps(dir:name)`") }
    let node = try parser.expression()
    guard parser.token.symbol == .end else { throw parser.unexpected(after: "the query") }
    return node
  }

  private init(_ text: [UInt8]) {
    self.text = text
    token = Token(symbol: .end, range: 0..<0)
  }

  // MARK: Tokens

  private mutating func advance() throws(QueryError) {
    while offset < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[offset]) { offset += 1 }
    let start = offset
    guard offset < text.count else {
      token = Token(symbol: .end, range: start..<start)
      return
    }
    let byte = text[offset]
    let single: Symbol? =
      switch byte {
      case UInt8(ascii: "("): .open
      case UInt8(ascii: ")"): .close
      case UInt8(ascii: ","): .comma
      case UInt8(ascii: "+"): .plus
      case UInt8(ascii: "-"): .minus
      case UInt8(ascii: "^"): .caret
      case UInt8(ascii: "="): .equals
      default: nil
      }
    if let single {
      offset += 1
      token = Token(symbol: single, range: start..<offset)
    } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
      guard let end = text[(start + 1)...].firstIndex(of: byte) else {
        throw QueryError(message: "this quote is never closed", range: start..<(start + 1))
      }
      offset = end + 1
      token = Token(symbol: .word(String(decoding: text[(start + 1)..<end], as: UTF8.self), isQuoted: true), range: start..<offset)
    } else {
      var hasParameters = false
      while offset < text.count, isWord(text[offset], hasParameters) {
        if text[offset] == UInt8(ascii: "@") { hasParameters = true }
        offset += 1
      }
      guard offset > start, byte != UInt8(ascii: "*") else {
        throw QueryError(
          message: "`\(Unicode.Scalar(byte))` cannot begin a word", range: start..<(start + 1),
          hint: "write words with unusual characters between quotes")
      }
      token = Token(symbol: .word(String(decoding: text[start..<offset], as: UTF8.self), isQuoted: false), range: start..<offset)
    }
  }

  /// `=` belongs to a word only behind an `@`, as in `dir:name@key=value`.
  private func isWord(_ byte: UInt8, _ hasParameters: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...0xFF:
      true
    case UInt8(ascii: "="): hasParameters
    default: "*/@.-_:$~[]#?%&".utf8.contains(byte)
    }
  }

  private func isKeyword(_ word: String) -> Bool { token.symbol == .word(word, isQuoted: false) }

  private func unexpected(after what: String) -> QueryError {
    switch token.symbol {
    case .end: return QueryError(message: "the query ends too early", range: token.range)
    case .word(let word, _):
      return QueryError(
        message: "`\(word)` cannot follow \(what)", range: token.range,
        hint: "between two sets stands `+`, `-` or `^`; `set(a b)` lists several")
    default:
      let text = String(decoding: text[token.range], as: UTF8.self)
      return QueryError(message: "`\(text)` cannot follow \(what)", range: token.range)
    }
  }

  private mutating func expect(_ symbol: Symbol, _ written: String, after what: String) throws(QueryError) {
    guard token.symbol == symbol else {
      var error = unexpected(after: what)
      error.hint = "`\(written)` is missing"
      throw error
    }
    try advance()
  }

  // MARK: Expressions

  private mutating func expression() throws(QueryError) -> QueryNode {
    guard depth < QueryParser.depthLimit else {
      throw QueryError(message: "more than \(QueryParser.depthLimit) expressions stand in each other", range: token.range)
    }
    depth += 1
    defer { depth -= 1 }
    let first = try term()
    var rest: [(QueryOperator, QueryNode)] = []
    while let symbol = operation {
      try advance()
      rest.append((symbol, try term()))
    }
    guard let last = rest.last else { return first }
    return QueryNode(kind: .operation(first, rest), range: first.range.lowerBound..<last.1.range.upperBound)
  }

  private var operation: QueryOperator? {
    switch token.symbol {
    case .plus, .word("union", isQuoted: false): .union
    case .minus, .word("except", isQuoted: false): .except
    case .caret, .word("intersect", isQuoted: false): .intersect
    default: nil
    }
  }

  private mutating func term() throws(QueryError) -> QueryNode {
    let start = token.range
    switch token.symbol {
    case .open:
      try advance()
      let inner = try expression()
      try expect(.close, ")", after: "this expression")
      return inner
    case .word(let word, let isQuoted):
      try advance()
      if isQuoted { return QueryNode(kind: .word(word), range: start) }
      if word == "let" { return try binding(from: start) }
      if word == "in" || ["union", "except", "intersect"].contains(word) {
        throw QueryError(
          message: "`\(word)` stands where a set is wanted", range: start, hint: "between quotes it is a word like any other")
      }
      if word.hasPrefix("$") { return QueryNode(kind: .variable(String(word.dropFirst())), range: start) }
      if token.symbol == .open { return try word == "set" ? set(from: start) : call(word, from: start) }
      return QueryNode(kind: .word(word), range: start)
    case .end: throw unexpected(after: "")
    default: throw QueryError(message: "`\(String(decoding: text[start], as: UTF8.self))` stands where a set is wanted", range: start)
    }
  }

  private mutating func binding(from start: Range<Int>) throws(QueryError) -> QueryNode {
    guard case .word(let name, false) = token.symbol, isName(name) else {
      throw QueryError(message: "`let` wants a name", range: token.range, hint: "as in `let x = deps(a) in $x - a`")
    }
    try advance()
    try expect(.equals, "=", after: "`let \(name)`")
    let value = try expression()
    guard isKeyword("in") else {
      var error = unexpected(after: "the value of `\(name)`")
      error.hint = "`in` is missing"
      throw error
    }
    try advance()
    let body = try expression()
    return QueryNode(kind: .binding(name: name, value: value, body: body), range: start.lowerBound..<body.range.upperBound)
  }

  private func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, first == UInt8(ascii: "_") || Character(Unicode.Scalar(first)).isLetter else { return false }
    return text.utf8.allSatisfy {
      $0 == UInt8(ascii: "_") || Character(Unicode.Scalar($0)).isLetter || Character(Unicode.Scalar($0)).isNumber
    }
  }

  private mutating func set(from start: Range<Int>) throws(QueryError) -> QueryNode {
    try advance()
    var words: [QueryNode] = []
    while case .word(let word, let isQuoted) = token.symbol {
      let kind: QueryNode.Kind = !isQuoted && word.hasPrefix("$") ? .variable(String(word.dropFirst())) : .word(word)
      words.append(QueryNode(kind: kind, range: token.range))
      try advance()
    }
    let end = token.range.upperBound
    guard token.symbol == .close else {
      var error = unexpected(after: "`set(`")
      error.hint = "`set` lists words with white space between them"
      throw error
    }
    try advance()
    return QueryNode(kind: .set(words), range: start.lowerBound..<end)
  }

  private mutating func call(_ name: String, from start: Range<Int>) throws(QueryError) -> QueryNode {
    guard let function = QueryFunction(rawValue: name) else {
      let names = QueryFunction.allCases.map(\.rawValue)
      throw QueryError(
        message: "there is no function `\(name)`", range: start,
        hint: nearestName(to: name, among: names + ["set"]).map { "did you mean `\($0)`?" } ?? "there are \(names.joined(separator: ", "))")
    }
    try advance()
    var arguments: [QueryNode] = []
    while token.symbol != .close {
      if !arguments.isEmpty { try expect(.comma, ",", after: "this argument") }
      arguments.append(try expression())
      if case .comma = token.symbol { continue }
      guard token.symbol == .close else {
        var error = unexpected(after: "this argument")
        if error.hint == nil { error.hint = "`)` is missing" }
        throw error
      }
    }
    let range = start.lowerBound..<token.range.upperBound
    try advance()
    try check(arguments, of: function, start)
    return QueryNode(kind: .call(function, arguments), range: range)
  }

  private func check(_ arguments: [QueryNode], of function: QueryFunction, _ name: Range<Int>) throws(QueryError) {
    let (parameters, required) = function.parameters
    guard (required...parameters.count).contains(arguments.count) else {
      let wanted = required == parameters.count ? "\(required)" : "\(required) or \(parameters.count)"
      throw QueryError(
        message: "`\(function.rawValue)` takes \(wanted) argument\(wanted == "1" ? "" : "s"), not \(arguments.count)", range: name,
        hint: "write `\(function.usage)`")
    }
    for (parameter, argument) in zip(parameters, arguments) {
      switch (parameter, argument.kind) {
      case (.expression, _), (.word, .word): continue
      case (.number, .word(let word)):
        guard let number = Int(word), number >= 0 else {
          throw QueryError(message: "`\(word)` is not a number of steps", range: argument.range, hint: "write `\(function.usage)`")
        }
      default:
        throw QueryError(
          message: parameter == .number ? "a number is wanted here" : "a word is wanted here, not a set", range: argument.range,
          hint: "write `\(function.usage)`")
      }
    }
  }
}
