// The parser's expressions: operators by precedence climbing, then what follows an operand, then operands.

extension Parser {
  /// One or more expressions; several make a tuple.
  mutating func expressions() throws(SyntaxError) -> NodeID {
    let start = token.start
    let first = try element()
    guard kind == .comma else {
      if tree[first].kind == .star { throw SyntaxError("cannot unpack here", at: tree[first].range) }
      return first
    }
    var list = [first]
    while take(.comma) {
      if endsExpressions { break }
      list.append(try element())
    }
    let stored = store(list)
    return node(.tuple, from: start, a: stored.offset, b: stored.count)
  }

  private var endsExpressions: Bool {
    switch kind {
    case .newline, .end, .semicolon, .assign, .rightParenthesis, .rightBracket, .rightBrace, .colon: true
    default: false
    }
  }

  /// An expression, or `*expression`.
  private mutating func element() throws(SyntaxError) -> NodeID {
    let start = token.start
    guard kind == .star else { return try test() }
    try requirePythonisms("unpacking with `*` in a list", at: token.range)
    advance()
    let value = try nested(5)
    return node(.star, from: start, a: value)
  }

  /// Any expression but an unparenthesised tuple.
  mutating func test() throws(SyntaxError) -> NodeID {
    try enter()
    defer { depth -= 1 }
    if kind == .lambda { return try lambda() }
    let start = token.start
    let value = try binary(1)
    if kind == .walrus, let refusal = refusal(of: token) { throw refusal }
    guard take(.if) else { return value }
    let condition = try binary(1)
    try expect(.else, "`else` in a conditional expression")
    let otherwise = try test()
    return node(.conditional, from: start, a: condition, b: value, c: otherwise)
  }

  private mutating func lambda() throws(SyntaxError) -> NodeID {
    let start = token.start
    advance()
    let list = try parameters(until: .colon, annotated: false)
    try expect(.colon, "`:` after the lambda's parameters")
    let body = try test()
    let stored = store(list)
    return node(.lambda, from: start, a: stored.offset, b: stored.count, c: body)
  }

  // MARK: Operators

  /// `binary` where no enclosing `test` counts the nesting.
  mutating func nested(_ least: Int) throws(SyntaxError) -> NodeID {
    try enter()
    defer { depth -= 1 }
    return try binary(least)
  }

  /// `or` 1, `and` 2, `not` 3, comparisons 4, `|` 5, `^` 6, `&` 7, shifts 8, sums 9, products 10.
  mutating func binary(_ least: Int) throws(SyntaxError) -> NodeID {
    let start = token.start
    var left: NodeID
    if kind == .not && least <= 3 {
      try enter()
      defer { depth -= 1 }
      advance()
      let operand = try binary(3)
      left = node(.unary, flag: UnaryOperator.not.rawValue, from: start, a: operand)
    } else {
      left = try unary()
    }
    while let (op, precedence) = infix, precedence >= least {
      let isIdentity = kind == .is
      advance()
      if op == .notContained || isIdentity && op == .notEqual { advance() }
      let right = try binary(precedence + 1)
      left = node(.binary, flag: op.rawValue, from: start, a: left, b: right)
      if precedence == 4, let (_, next) = infix, next == 4 {
        throw SyntaxError("comparisons cannot be chained", at: token.range, hint: "join them with `and`")
      }
    }
    if kind == .doubleStar || kind == .is, let refusal = refusal(of: token) { throw refusal }
    return left
  }

  private var infix: (BinaryOperator, Int)? {
    switch kind {
    case .or: (.or, 1)
    case .and: (.and, 2)
    case .equal: (.equal, 4)
    case .notEqual: (.notEqual, 4)
    case .less: (.less, 4)
    case .lessEqual: (.lessEqual, 4)
    case .greater: (.greater, 4)
    case .greaterEqual: (.greaterEqual, 4)
    case .in: (.contained, 4)
    // Values have no identity that a file could see: `is` asks for equality.
    case .is:
      !options.allowsPythonisms ? nil : tokens[min(index + 1, tokens.count - 1)].kind == .not ? (.notEqual, 4) : (.equal, 4)
    case .not: tokens[min(index + 1, tokens.count - 1)].kind == .in ? (.notContained, 4) : nil
    case .bar: (.bitOr, 5)
    case .caret: (.bitXor, 6)
    case .ampersand: (.bitAnd, 7)
    case .shiftLeft: (.shiftLeft, 8)
    case .shiftRight: (.shiftRight, 8)
    case .plus: (.add, 9)
    case .minus: (.subtract, 9)
    case .star: (.multiply, 10)
    case .slash: (.divide, 10)
    case .doubleSlash: (.floorDivide, 10)
    case .percent: (.modulo, 10)
    default: nil
    }
  }

  private mutating func unary() throws(SyntaxError) -> NodeID {
    let op: UnaryOperator
    switch kind {
    case .minus: op = .minus
    case .plus: op = .plus
    case .tilde: op = .invert
    default: return try postfix()
    }
    let start = token.start
    try enter()
    defer { depth -= 1 }
    advance()
    let operand = try unary()
    return node(.unary, flag: op.rawValue, from: start, a: operand)
  }

  // MARK: Attributes, calls, indexing

  private mutating func postfix() throws(SyntaxError) -> NodeID {
    let start = token.start
    var left = try operand()
    while true {
      switch kind {
      case .dot:
        advance()
        guard kind == .name || kind.isKeyword else { throw unexpected("expected a name after `.`") }
        let name = token.name
        advance()
        left = node(.attribute, from: start, a: left, b: name)
      case .leftParenthesis:
        advance()
        let list = try arguments()
        left = node(.call, from: start, a: left, b: list.offset, c: list.count)
      case .leftBracket:
        advance()
        left = try subscripted(left, from: start)
      default: return left
      }
    }
  }

  private mutating func subscripted(_ object: NodeID, from start: UInt32) throws(SyntaxError) -> NodeID {
    var parts: [NodeID] = [-1, -1, -1]
    if kind != .colon {
      parts[0] = try expressions()
      if take(.rightBracket) { return node(.index, from: start, a: object, b: parts[0]) }
    }
    try expect(.colon, "`:` or `]` in an index")
    if kind != .colon && kind != .rightBracket { parts[1] = try test() }
    if take(.colon), kind != .rightBracket { parts[2] = try test() }
    try expect(.rightBracket, "`]` after a slice")
    let list = store(parts)
    return node(.slice, from: start, a: object, b: list.offset)
  }

  private mutating func arguments() throws(SyntaxError) -> (offset: Int32, count: Int32) {
    var list: [NodeID] = []
    var seen: Set<Int32> = []
    var hasNamed = false
    while kind != .rightParenthesis {
      let start = token.start
      if take(.star) {
        let value = try test()
        list.append(node(.star, from: start, a: value))
      } else if take(.doubleStar) {
        let value = try test()
        list.append(node(.doubleStar, from: start, a: value))
        hasNamed = true
      } else if kind == .name || kind == .load, tokens[min(index + 1, tokens.count - 1)].kind == .assign {
        let name = token.name
        if !seen.insert(name).inserted { throw SyntaxError("argument `\(tree.names.text(name))` comes twice", at: token.range) }
        advance()
        advance()
        let value = try test()
        list.append(node(.keywordArgument, from: start, a: name, b: value))
        hasNamed = true
      } else {
        let range = token.range
        let value = try test()
        if kind == .for {
          try requirePythonisms("a generator expression", at: token.range)
          list.append(try comprehension(of: value, flag: 2, from: start))
        } else {
          list.append(value)
        }
        if hasNamed { throw SyntaxError("a positional argument cannot follow a named one", at: range) }
      }
      if !take(.comma) { break }
    }
    if kind != .rightParenthesis { throw unexpected("expected `,` or `)` in a call") }
    advance()
    return store(list)
  }

  // MARK: Operands

  private mutating func operand() throws(SyntaxError) -> NodeID {
    let start = token.start
    switch kind {
    case .name:
      let name = token.name
      advance()
      return node(.name, from: start, a: name)
    case .true, .false, .none:
      let made: NodeKind = kind == .true ? .true : kind == .false ? .false : .none
      advance()
      return node(made, from: start)
    case .integer, .float: return try number()
    case .string: return try strings()
    case .leftParenthesis: return try parenthesized()
    case .leftBracket: return try list()
    case .leftBrace: return try dict()
    default: throw unexpected("expected an expression")
    }
  }

  private mutating func parenthesized() throws(SyntaxError) -> NodeID {
    let start = token.start
    advance()
    if take(.rightParenthesis) { return node(.tuple, flag: 1, from: start, a: 0, b: 0) }
    let inner = try expressions()
    if kind == .for {
      try requirePythonisms("a generator expression", at: token.range)
      let made = try comprehension(of: inner, flag: 2, from: start)
      try expect(.rightParenthesis, "`)`")
      return made
    }
    if kind != .rightParenthesis { throw unexpected("expected `,` or `)`") }
    advance()
    guard tree[inner].kind == .tuple, tree[inner].flag == 0 else { return inner }
    return node(.tuple, flag: 1, from: start, a: tree[inner].a, b: tree[inner].b)
  }

  private mutating func list() throws(SyntaxError) -> NodeID {
    let start = token.start
    advance()
    var elements: [NodeID] = []
    while kind != .rightBracket {
      elements.append(try element())
      if kind == .for, elements.count == 1 {
        let made = try comprehension(of: elements[0], flag: 0, from: start)
        try expect(.rightBracket, "`]` after a comprehension")
        return made
      }
      if !take(.comma) { break }
    }
    if kind != .rightBracket { throw unexpected("expected `,` or `]` in a list") }
    advance()
    let stored = store(elements)
    return node(.list, from: start, a: stored.offset, b: stored.count)
  }

  private mutating func dict() throws(SyntaxError) -> NodeID {
    let start = token.start
    advance()
    var entries: [NodeID] = []
    while kind != .rightBrace {
      let entryStart = token.start
      if kind == .doubleStar {
        try requirePythonisms("unpacking with `**` in a dict", at: token.range)
        advance()
        let value = try nested(5)
        entries.append(node(.doubleStar, from: entryStart, a: value))
      } else {
        let key = try test()
        if kind == .comma || kind == .rightBrace {
          throw SyntaxError("expected `:` after a dict's key", at: token.range, hint: "a set is written `set([…])`")
        }
        try expect(.colon, "`:` after a dict's key")
        let value = try test()
        entries.append(node(.entry, from: entryStart, a: key, b: value))
        if kind == .for, entries.count == 1 {
          let made = try comprehension(of: entries[0], flag: 1, from: start)
          try expect(.rightBrace, "`}` after a comprehension")
          return made
        }
      }
      if !take(.comma) { break }
    }
    if kind != .rightBrace { throw unexpected("expected `,` or `}` in a dict") }
    advance()
    let stored = store(entries)
    return node(.dict, from: start, a: stored.offset, b: stored.count)
  }

  /// The clauses after an element; a comprehension has at most as many as expressions may nest.
  private mutating func comprehension(of element: NodeID, flag: UInt8, from start: UInt32) throws(SyntaxError) -> NodeID {
    if tree[element].kind == .star { throw SyntaxError("cannot unpack in a comprehension", at: tree[element].range) }
    var clauses: [NodeID] = []
    while true {
      let clauseStart = token.start
      if clauses.count >= Self.depthLimit { throw SyntaxError("too many clauses: at most \(Self.depthLimit)", at: token.range) }
      if take(.for) {
        let target = try targets()
        try expect(.in, "`in` after the variables of `for`")
        let iterable = try nested(1)
        clauses.append(node(.forClause, from: clauseStart, a: target, b: iterable))
      } else if take(.if) {
        let condition = kind == .lambda ? try test() : try nested(1)
        clauses.append(node(.ifClause, from: clauseStart, a: condition))
      } else {
        break
      }
    }
    let stored = store(clauses)
    return node(.comprehension, flag: flag, from: start, a: stored.offset, b: stored.count, c: element)
  }
}
