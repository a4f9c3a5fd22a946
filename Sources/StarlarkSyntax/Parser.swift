// Tokens to tree: recursive descent with bounded nesting; statements here, expressions and literals beside it.

package import Diagnostics

/// Which constructs beyond the specification are accepted.
package struct SyntaxOptions: Sendable {
  /// Adjacent literals, f-strings, `[*xs]`, `{**d}`, annotations, generator arguments, `raise`, `assert`.
  package var allowsPythonisms: Bool

  package init(allowsPythonisms: Bool) { self.allowsPythonisms = allowsPythonisms }
}

/// Parses a file.
/// - Throws: every syntax error that was found, in the order of the file, at most about twenty.
package func parse(_ source: SourceFile, _ options: SyntaxOptions) throws(UserError) -> Tree {
  guard source.bytes.count < Int(Int32.max) else { throw UserError("\(source.path) is larger than 2 GiB") }
  var scanner = Scanner()
  let bytes = source.bytes
  scanner.scan(bytes.span)
  var parser = Parser(source: source, scanner: scanner, options: options)
  parser.parseFile()
  guard parser.errors.isEmpty else {
    let sorted = parser.errors.sorted { $0.range.start < $1.range.start }
    throw UserError(sorted.prefix(20).map { source.diagnostic($0.message, at: $0.range, hint: $0.hint) })
  }
  return parser.tree
}

struct Parser {
  var tree: Tree
  let options: SyntaxOptions
  var errors: [SyntaxError]
  var tokens: [Token]
  var index = 0
  /// Expressions and blocks open around this one.
  var depth = 0
  /// Deeper nesting is an error; each level costs a handful of stack frames.
  static let depthLimit = 150

  init(source: SourceFile, scanner: Scanner, options: SyntaxOptions) {
    tree = Tree(source: source, names: scanner.names)
    self.options = options
    errors = scanner.errors
    tokens = scanner.tokens
    tree.tokens = scanner.tokens
    tree.nodes.reserveCapacity(tokens.count)
  }

  // MARK: Tokens

  var token: Token { tokens[index] }
  var kind: TokenKind { tokens[index].kind }
  var previousEnd: UInt32 { index > 0 ? tokens[index - 1].end : 0 }

  mutating func advance() { if index < tokens.count - 1 { index += 1 } }

  mutating func take(_ kind: TokenKind) -> Bool {
    guard tokens[index].kind == kind else { return false }
    advance()
    return true
  }

  mutating func expect(_ kind: TokenKind, _ what: String) throws(SyntaxError) {
    if !take(kind) { throw unexpected("expected \(what)") }
  }

  func text(_ token: Token) -> String { String(decoding: tree.source.bytes[Int(token.start)..<Int(token.end)], as: UTF8.self) }

  func unexpected(_ expectation: String) -> SyntaxError {
    let found: String
    switch kind {
    case .end: found = "the end of the file"
    case .newline where Int(token.start) >= tree.source.bytes.count:
      return SyntaxError("\(expectation), found the end of the file", at: token.range, hint: "is a bracket above never closed?")
    case .newline: found = "the end of the line"
    case .indent: found = "an indented line"
    case .dedent: found = "the end of the block"
    default: found = "`\(text(token).prefix(40))`"
    }
    if let refusal = refusal(of: token) { return refusal }
    return SyntaxError("\(expectation), found \(found)", at: token.range)
  }

  // MARK: Nodes

  mutating func node(_ kind: NodeKind, flag: UInt8 = 0, from start: UInt32, a: Int32 = -1, b: Int32 = -1, c: Int32 = -1) -> NodeID {
    tree.nodes.append(Node(kind: kind, flag: flag, start: start, end: max(start, previousEnd), a: a, b: b, c: c))
    return NodeID(truncatingIfNeeded: tree.nodes.count - 1)
  }

  mutating func store(_ list: [NodeID]) -> (offset: Int32, count: Int32) {
    let offset = Int32(truncatingIfNeeded: tree.children.count)
    tree.children.append(contentsOf: list)
    return (offset, Int32(truncatingIfNeeded: list.count))
  }

  mutating func enter() throws(SyntaxError) {
    depth += 1
    if depth > Self.depthLimit { throw SyntaxError("nested too deeply: at most \(Self.depthLimit) levels", at: token.range) }
  }

  func requirePythonisms(_ what: String, at range: ByteRange) throws(SyntaxError) {
    if !options.allowsPythonisms { throw SyntaxError("\(what) is not part of standard Starlark", at: range) }
  }

  // MARK: File and blocks

  mutating func parseFile() {
    var statements: [NodeID] = []
    while kind != .end {
      if take(.newline) || take(.dedent) { continue }
      statement(into: &statements)
      if errors.count > 20 { break }
    }
    let list = store(statements)
    tree.root = node(.block, from: 0, a: list.offset, b: list.count)
  }

  /// Parses one line's statements; after an error the rest of the line (and an indented block below it) is skipped.
  private mutating func statement(into statements: inout [NodeID]) {
    let before = depth
    do throws(SyntaxError) {
      if kind == .indent { throw SyntaxError("unexpected indentation", at: token.range) }
      try line(into: &statements)
    } catch {
      errors.append(error)
      depth = before
      skip()
    }
  }

  private mutating func skip() {
    while kind != .newline && kind != .end && kind != .indent && kind != .dedent { advance() }
    _ = take(.newline)
    guard kind == .indent else { return }
    var open = 0
    repeat {
      if kind == .indent { open += 1 }
      if kind == .dedent { open -= 1 }
      advance()
    } while open > 0 && kind != .end
  }

  private mutating func line(into statements: inout [NodeID]) throws(SyntaxError) {
    switch kind {
    case .def: statements.append(try function())
    case .if: statements.append(try conditional())
    case .for: statements.append(try loop())
    default:
      repeat {
        if kind == .newline || kind == .end { break }
        statements.append(try simple())
      } while take(.semicolon)
      if kind != .end, !take(.newline) { throw unexpected("expected the end of the line") }
    }
  }

  private mutating func block(after header: String) throws(SyntaxError) -> NodeID {
    try expect(.colon, "`:` after \(header)")
    let start = token.start
    var statements: [NodeID] = []
    if take(.newline) {
      guard take(.indent) else { throw SyntaxError("expected an indented block after \(header)", at: token.range) }
      try enter()
      while kind != .dedent && kind != .end {
        if take(.newline) { continue }
        statement(into: &statements)
        if errors.count > 20 { break }
      }
      depth -= 1
      _ = take(.dedent)
    } else {
      try line(into: &statements)
    }
    let list = store(statements)
    return node(.block, from: start, a: list.offset, b: list.count)
  }

  // MARK: Compound statements

  private mutating func function() throws(SyntaxError) -> NodeID {
    let start = token.start
    advance()
    let name = try self.name("a function name after `def`")
    try expect(.leftParenthesis, "`(` after the function's name")
    let list = try parameters(until: .rightParenthesis, annotated: true)
    try expect(.rightParenthesis, "`)` after the parameters")
    if kind == .arrow {
      try requirePythonisms("a result annotation", at: token.range)
      advance()
      _ = try test()
    }
    let body = try block(after: "the function's header")
    let children = store(list + [body])
    return node(.function, from: start, a: name, b: children.offset, c: children.count - 1)
  }

  /// Parameters up to (not including) a closing token.
  mutating func parameters(until close: TokenKind, annotated: Bool) throws(SyntaxError) -> [NodeID] {
    var list: [NodeID] = []
    var seen: Set<Int32> = []
    var hasDefault = false
    var hasRest = false
    var hasNamedRest = false
    while kind != close {
      let start = token.start
      if hasNamedRest { throw SyntaxError("no parameter may follow `**`", at: token.range) }
      var flavor = ParameterKind.ordinary
      if take(.star) {
        if hasRest { throw SyntaxError("only one `*` parameter is allowed", at: tokens[index - 1].range) }
        hasRest = true
        flavor = .rest
        if kind == .comma || kind == close {
          if kind == close { throw SyntaxError("a bare `*` must be followed by named parameters", at: tokens[index - 1].range) }
          list.append(node(.parameter, flag: ParameterKind.bareStar.rawValue, from: start))
          _ = take(.comma)
          continue
        }
      } else if take(.doubleStar) {
        hasNamedRest = true
        flavor = .namedRest
      }
      let nameRange = token.range
      let name = try self.name("a parameter name")
      if !seen.insert(name).inserted { throw SyntaxError("parameter `\(tree.names.text(name))` comes twice", at: nameRange) }
      var annotation: NodeID = -1
      if annotated, kind == .colon {
        try requirePythonisms("a type annotation", at: token.range)
        advance()
        annotation = try test()
      }
      var fallback: NodeID = -1
      if flavor == .ordinary, take(.assign) {
        fallback = try test()
        hasDefault = true
      } else if flavor == .ordinary, hasDefault, !hasRest {
        throw SyntaxError("a required parameter cannot follow one with a default", at: nameRange)
      }
      list.append(node(.parameter, flag: flavor.rawValue, from: start, a: name, b: fallback, c: annotation))
      if !take(.comma) { break }
    }
    return list
  }

  private mutating func conditional() throws(SyntaxError) -> NodeID {
    let start = token.start
    var branches: [NodeID] = []
    var otherwise: NodeID = -1
    repeat {
      advance()
      branches.append(try test())
      branches.append(try block(after: "the condition"))
    } while kind == .elif
    if take(.else) { otherwise = try block(after: "`else`") }
    let list = store(branches)
    return node(.if, from: start, a: list.offset, b: list.count, c: otherwise)
  }

  private mutating func loop() throws(SyntaxError) -> NodeID {
    let start = token.start
    advance()
    let target = try targets()
    try expect(.in, "`in` after the loop's variables")
    let iterable = try expressions()
    let body = try block(after: "the loop's header")
    if kind == .else { throw SyntaxError("a loop has no `else` in Starlark", at: token.range) }
    return node(.for, from: start, a: target, b: iterable, c: body)
  }

  /// The variables of a loop or comprehension: one target, or several as a tuple.
  mutating func targets() throws(SyntaxError) -> NodeID {
    let start = token.start
    let first = try nested(5)
    guard kind == .comma else {
      try checkTarget(first)
      return first
    }
    var list = [first]
    while take(.comma), kind != .in, kind != .assign { list.append(try nested(5)) }
    let stored = store(list)
    let target = node(.tuple, from: start, a: stored.offset, b: stored.count)
    try checkTarget(target)
    return target
  }

  func checkTarget(_ id: NodeID) throws(SyntaxError) {
    let node = tree[id]
    switch node.kind {
    case .name, .index: break
    case .tuple, .list:
      if node.b == 0 { throw SyntaxError("cannot assign to an empty list of variables", at: node.range) }
      for child in tree.list(node.a, node.b) { try checkTarget(child) }
    case .attribute: throw SyntaxError("cannot assign to an attribute", at: node.range, hint: "values with attributes are immutable")
    case .slice: throw SyntaxError("cannot assign to a slice", at: node.range)
    case .star: throw SyntaxError("cannot assign to a starred variable", at: node.range)
    default: throw SyntaxError("cannot assign to this expression", at: node.range)
    }
  }

  // MARK: Simple statements

  private mutating func simple() throws(SyntaxError) -> NodeID {
    let start = token.start
    switch kind {
    case .pass, .break, .continue:
      let made: NodeKind = kind == .pass ? .pass : kind == .break ? .break : .continue
      advance()
      return node(made, from: start)
    case .return:
      advance()
      let value = kind == .newline || kind == .end || kind == .semicolon ? -1 : try expressions()
      return node(.return, from: start, a: value)
    case .load where tokens[min(index + 1, tokens.count - 1)].kind == .leftParenthesis: return try load()
    case .raise:
      try requirePythonisms("`raise`", at: token.range)
      advance()
      var value: NodeID = -1
      if kind != .newline && kind != .end && kind != .semicolon { value = try test() }
      if take(.from) { _ = try test() }
      return node(.raise, from: start, a: value)
    case .assert:
      try requirePythonisms("`assert`", at: token.range)
      advance()
      let condition = try test()
      let message: NodeID = take(.comma) ? try test() : -1
      return node(.assert, from: start, a: condition, b: message)
    default: return try expressionStatement()
    }
  }

  private mutating func expressionStatement() throws(SyntaxError) -> NodeID {
    let start = token.start
    if let refusal = refusal(of: token) { throw refusal }
    let left = try expressions()
    if kind == .colon, options.allowsPythonisms, [.name, .attribute, .index].contains(tree[left].kind) {
      try checkTarget(left)
      advance()
      _ = try test()
      let value: NodeID = take(.assign) ? try expressions() : -1
      return node(.assignment, from: start, a: left, b: value)
    }
    if kind == .assign {
      try checkTarget(left)
      advance()
      let value = try expressions()
      if kind == .assign { throw SyntaxError("only one `=` is allowed in a statement", at: token.range) }
      return node(.assignment, from: start, a: left, b: value)
    }
    if let op = augmented(kind) {
      guard tree[left].kind == .name || tree[left].kind == .index else {
        throw SyntaxError("cannot assign to this expression", at: tree[left].range)
      }
      advance()
      let value = try expressions()
      return node(.augmentedAssignment, flag: op.rawValue, from: start, a: left, b: value)
    }
    return node(.expression, from: start, a: left)
  }

  private func augmented(_ kind: TokenKind) -> BinaryOperator? {
    switch kind {
    case .plusAssign: .add
    case .minusAssign: .subtract
    case .starAssign: .multiply
    case .slashAssign: .divide
    case .doubleSlashAssign: .floorDivide
    case .percentAssign: .modulo
    case .ampersandAssign: .bitAnd
    case .barAssign: .bitOr
    case .caretAssign: .bitXor
    case .shiftLeftAssign: .shiftLeft
    case .shiftRightAssign: .shiftRight
    default: nil
    }
  }

  private mutating func load() throws(SyntaxError) -> NodeID {
    let start = token.start
    advance()
    try expect(.leftParenthesis, "`(` after `load`")
    let module = try plainString("the module to load, a string")
    var bindings: [NodeID] = []
    while take(.comma), kind != .rightParenthesis {
      let bindingStart = token.start
      if kind == .name {
        let local = try name("a name")
        try expect(.assign, "`=` after the local name")
        let original = try plainString("the name in the module, a string")
        bindings.append(node(.loadBinding, from: bindingStart, a: local, b: original))
      } else {
        let original = try plainString("a name to load, a string")
        let text = Array(tree.strings[Int(tree[original].a)].utf8)
        guard isIdentifier(text) else { throw SyntaxError("only an identifier can be loaded", at: tree[original].range) }
        let local = tree.names.intern(text.span, from: 0, to: text.count)
        bindings.append(node(.loadBinding, from: bindingStart, a: local, b: original))
      }
    }
    try expect(.rightParenthesis, "`)` after the names to load")
    if bindings.isEmpty { throw SyntaxError("this `load` names nothing to load", at: ByteRange(start: start, end: previousEnd)) }
    let list = store(bindings)
    return node(.load, from: start, a: module, b: list.offset, c: list.count)
  }

  private func isIdentifier(_ text: [UInt8]) -> Bool {
    var scanner = Scanner(names: tree.names)
    scanner.scanExpression(text.span, from: 0, to: text.count)
    return scanner.errors.isEmpty && scanner.tokens.count == 2 && scanner.tokens[0].kind == .name
  }

  private mutating func plainString(_ what: String) throws(SyntaxError) -> NodeID {
    guard kind == .string else { throw unexpected("expected \(what)") }
    let id = try strings()
    guard tree[id].kind == .string else { throw SyntaxError("expected \(what)", at: tree[id].range) }
    return id
  }

  mutating func name(_ what: String) throws(SyntaxError) -> Int32 {
    guard kind == .name else { throw unexpected("expected \(what)") }
    let name = token.name
    advance()
    return name
  }

  // MARK: Refusals

  /// What to use instead of a reserved word that Starlark does not have.
  func refusal(of token: Token) -> SyntaxError? {
    let word = text(token)
    let hint: String
    switch token.kind {
    case .import, .from: hint = "use `load(\"file\", \"name\")`"
    case .while: hint = "use `for` over a list or a range"
    case .class: hint = "use `struct(…)` or a dict"
    case .try, .except, .finally: hint = "check the condition first, and stop with `fail(…)`"
    case .with: hint = "use `read_file(path)` to read a file"
    case .global, .nonlocal: hint = "pass the value as an argument and return the new one"
    case .yield: hint = "build a list and return it"
    case .async, .await: hint = "evaluation is synchronous"
    case .is: hint = "use `==`"
    case .del: hint = "use `d.pop(key)` or `l.remove(element)`"
    case .as: hint = "use `load(\"file\", new_name = \"name\")` to rename"
    case .walrus: hint = "assign in a statement of its own"
    case .doubleStar: hint = "multiply instead of using `**`"
    default: return nil
    }
    return SyntaxError("`\(word)` is not available here", at: token.range, hint: hint)
  }
}
