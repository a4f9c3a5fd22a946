// The compiler's expressions. Chains that lean left are followed in a loop, so their length costs no stack.

internal import StarlarkSyntax

extension Compiler {
  /// The register that holds an expression's value: a local's own, or a new temporary.
  mutating func operand(_ id: NodeID) throws(TooLarge) -> Int {
    if let register = localRegister(id) { return register }
    let register = try e.temporaries(1, for: tree[id].range)
    try expression(id, into: register)
    return register
  }

  /// The register of a local that can be read where it is.
  private mutating func localRegister(_ id: NodeID) -> Int? {
    guard tree[id].kind == .name, case .local(let register) = resolutions[Int(id)], !e.scope.locals[register].isCaptured else { return nil }
    checkAssigned(register, id)
    return register
  }

  private mutating func checkAssigned(_ register: Int, _ id: NodeID) {
    if !e.isAssigned[register] {
      e.emit(Instruction(.checkBound, a: register, wide: e.constant(text(tree[id].a))), tree[id].range)
    }
  }

  /// Emits code that puts an expression's value into a register.
  mutating func expression(_ id: NodeID, into destination: Int) throws(TooLarge) {
    let node = tree[id]
    let range = node.range
    let mark = e.nextTemporary
    defer { e.nextTemporary = mark }
    switch node.kind {
    case .none: e.emit(Instruction(.none, a: destination), range)
    case .true: e.emit(Instruction(.constant, a: destination, wide: e.constant(.bool(true))), range)
    case .false: e.emit(Instruction(.constant, a: destination, wide: e.constant(.bool(false))), range)
    case .integer:
      let value = tree.integers[Int(node.a)]
      if let small = Int32(exactly: value) {
        e.emit(Instruction(.integer, a: destination, wide: Int(small)), range)
      } else {
        e.emit(Instruction(.constant, a: destination, wide: e.constant(.int(value))), range)
      }
    case .float: e.emit(Instruction(.constant, a: destination, wide: e.constant(.float(tree.floats[Int(node.a)]))), range)
    case .string: e.emit(Instruction(.constant, a: destination, wide: e.constant(tree.strings[Int(node.a)])), range)
    case .bytes: e.emit(Instruction(.constant, a: destination, wide: e.constant(Value(bytes: tree.byteStrings[Int(node.a)]))), range)
    case .name: try name(id, into: destination)
    case .unary:
      let operand = try operand(node.a)
      let opcodes: [Opcode] = [.negate, .plus, .invert, .not]
      e.emit(Instruction(opcodes[Int(node.flag) & 3], a: destination, b: operand), range)
    case .binary where node.flag == BinaryOperator.and.rawValue: try logical(id, .and, .jumpIfFalse, into: destination)
    case .binary where node.flag == BinaryOperator.or.rawValue: try logical(id, .or, .jumpIfTrue, into: destination)
    case .binary, .attribute, .index, .slice, .call: try chain(id, into: destination)
    case .conditional:
      let jumps = try jumpsIfFalse(node.a)
      try expression(node.b, into: destination)
      let end = e.jump(.jump, range)
      for jump in jumps { e.land(jump) }
      try expression(node.c, into: destination)
      e.land(end)
    case .list: try list(node, into: destination)
    case .tuple:
      let elements = tree.list(node.a, node.b)
      if elements.count > 64 || elements.contains(where: { tree[$0].kind == .star }) {
        let list = try e.temporaries(1, for: range)
        try self.list(node, into: list)
        e.emit(Instruction(.tupleOfList, a: destination, b: list), range)
      } else {
        let first = try e.temporaries(elements.count, for: range)
        for (i, element) in elements.enumerated() { try expression(element, into: first + i) }
        e.emit(Instruction(.tuple, a: destination, b: first, c: elements.count), range)
      }
    case .dict: try dict(node, into: destination)
    case .lambda:
      let body = node.c
      try function(id, name: "lambda", parameters: Array(tree.list(node.a, node.b)), into: destination) { c throws(TooLarge) in
        let register = try c.operand(body)
        c.e.emit(Instruction(.return, a: register), c.tree[body].range)
      }
    case .comprehension: try comprehension(node, into: destination)
    case .formattedString: try formatted(node, into: destination)
    default: break
    }
  }

  private mutating func name(_ id: NodeID, into destination: Int) throws(TooLarge) {
    let range = tree[id].range
    switch resolutions[Int(id)] {
    case .local(let register):
      if e.scope.locals[register].isCaptured {
        e.emit(Instruction(.loadCell, a: destination, b: register), range)
      } else {
        checkAssigned(register, id)
        if register != destination { e.emit(Instruction(.move, a: destination, b: register), range) }
      }
    case .free(let index): e.emit(Instruction(.loadFree, a: destination, wide: index), range)
    case .global(let index): e.emit(Instruction(.loadGlobal, a: destination, wide: index), range)
    case .predeclared(let index): e.emit(Instruction(.loadPredeclared, a: destination, wide: index), range)
    case .unknown: break
    }
  }

  private mutating func logical(_ id: NodeID, _ op: BinaryOperator, _ skip: Opcode, into destination: Int) throws(TooLarge) {
    var ends: [Int] = []
    let parts = operands(of: id, op)
    // A register of its own until the end: the destination may be a local that a later part still reads.
    let register = try e.temporaries(1, for: tree[id].range)
    for (i, part) in parts.reversed().enumerated() {
      try expression(part, into: register)
      if i < parts.count - 1 { ends.append(e.jump(skip, a: register, tree[part].range)) }
    }
    for end in ends { e.land(end) }
    e.emit(Instruction(.move, a: destination, b: register), tree[id].range)
  }

  // MARK: Chains

  private func isLink(_ node: Node) -> Bool {
    switch node.kind {
    case .attribute, .index, .slice, .call: true
    case .binary: node.flag != BinaryOperator.and.rawValue && node.flag != BinaryOperator.or.rawValue
    default: false
    }
  }

  private mutating func chain(_ id: NodeID, into destination: Int) throws(TooLarge) {
    var links: [NodeID] = []
    var innermost = id
    while isLink(tree[innermost]) {
      links.append(innermost)
      innermost = tree[innermost].a
    }
    // Calls want their callee in the topmost register; `slice` wants three registers above its object.
    let register = try e.temporaries(1, for: tree[id].range)
    var current: Int
    if let local = localRegister(innermost) {
      current = local
    } else {
      try expression(innermost, into: register)
      current = register
    }
    var i = links.count - 1
    while i >= 0 {
      let node = tree[links[i]]
      let mark = e.nextTemporary
      let target = i == 0 ? destination : register
      switch node.kind {
      case .binary:
        try binary(node, current, into: target)
        current = target
      case .index:
        let key = try operand(node.b)
        e.emit(Instruction(.index, a: target, b: current, c: key), node.range)
        current = target
      case .attribute:
        let name = try e.nameConstant(text(node.b), node.range)
        if i > 0, tree[links[i - 1]].kind == .call {
          if current != register { e.emit(Instruction(.move, a: register, b: current), node.range) }
          i -= 1
          try call(tree[links[i]], base: register, method: name, attribute: node)
          current = register
        } else {
          e.emit(Instruction(.attribute, a: target, b: current, c: name), node.range)
          current = target
        }
      case .slice:
        if current != register { e.emit(Instruction(.move, a: register, b: current), node.range) }
        let first = try e.temporaries(3, for: node.range)
        for (k, part) in tree.list(node.b, 3).enumerated() {
          if part >= 0 { try expression(part, into: first + k) } else { e.emit(Instruction(.none, a: first + k), node.range) }
        }
        e.emit(Instruction(.slice, a: target, b: register), node.range)
        current = target
      default:
        if current != register { e.emit(Instruction(.move, a: register, b: current), node.range) }
        try call(node, base: register, method: nil, attribute: nil)
        current = register
      }
      e.nextTemporary = mark
      i -= 1
    }
    if current != destination { e.emit(Instruction(.move, a: destination, b: current), tree[id].range) }
  }

  private mutating func binary(_ node: Node, _ left: Int, into destination: Int) throws(TooLarge) {
    guard let op = BinaryOperator(rawValue: node.flag) else { return }
    let right = tree[node.b]
    if right.kind == .integer, op == .add || op == .subtract, let small = Int16(exactly: tree.integers[Int(right.a)]), small != .min {
      let addend = op == .add ? Int(small) : -Int(small)
      e.emit(Instruction(.addImmediate, flag: op == .add ? 0 : 1, a: destination, b: left, c: addend), node.range)
      return
    }
    let operand = try operand(node.b)
    e.emit(Instruction(Self.opcode(op), a: destination, b: left, c: operand), node.range)
  }

  // MARK: Calls

  /// `base` holds the callee (or receiver) and is the topmost register; the result replaces it.
  private mutating func call(_ node: Node, base: Int, method: Int?, attribute: Node?) throws(TooLarge) {
    let arguments = tree.list(node.b, node.c)
    let positional = arguments.filter { tree[$0].kind != .keywordArgument }
    let isSpread = arguments.contains { tree[$0].kind == .star || tree[$0].kind == .doubleStar } || arguments.count > 200
    // The whole call is its place, but its first line is enough for a caret.
    let range = node.range
    if isSpread {
      if let method, let attribute { e.emit(Instruction(.attribute, a: base, b: base, c: method), attribute.range) }
      let list = try e.temporaries(2, for: range)
      e.emit(Instruction(.list, a: list, b: 0, c: 0), range)
      e.emit(Instruction(.dict, a: list + 1), range)
      for argument in arguments {
        let part = tree[argument]
        let mark = e.nextTemporary
        switch part.kind {
        case .star:
          let value = try operand(part.a)
          e.emit(Instruction(.extend, a: list, b: value), part.range)
        case .doubleStar:
          let value = try operand(part.a)
          e.emit(Instruction(.dictMerge, flag: 1, a: list + 1, b: value), part.range)
        case .keywordArgument:
          let key = try e.temporaries(1, for: range)
          e.emit(Instruction(.constant, a: key, wide: e.constant(text(part.a))), part.range)
          let value = try operand(part.b)
          e.emit(Instruction(.dictSet, flag: 2, a: list + 1, b: key, c: value), part.range)
        default:
          let value = try operand(argument)
          e.emit(Instruction(.append, a: list, b: value), part.range)
        }
        e.nextTemporary = mark
      }
      e.emit(Instruction(.callSpread, a: base), range)
      return
    }
    let named = arguments.filter { tree[$0].kind == .keywordArgument }
    let first = try e.temporaries(arguments.count, for: range)
    for (i, argument) in positional.enumerated() { try expression(argument, into: first + i) }
    for (i, argument) in named.enumerated() { try expression(tree[argument].b, into: first + positional.count + i) }
    let shape = try shape(named.map { tree[$0].a }, range)
    if let method, let attribute {
      e.emit(Instruction(.callMethod, a: base, b: positional.count, c: shape), range)
      e.emit(Instruction(.extra, flag: methodNumber(text(attribute.b)), wide: method), attribute.range)
    } else {
      e.emit(Instruction(.call, a: base, b: positional.count, c: shape), range)
    }
  }

  // MARK: Displays

  private mutating func list(_ node: Node, into destination: Int) throws(TooLarge) {
    let elements = tree.list(node.a, node.b)
    if elements.count <= 64, !elements.contains(where: { tree[$0].kind == .star }) {
      let first = try e.temporaries(elements.count, for: node.range)
      for (i, element) in elements.enumerated() { try expression(element, into: first + i) }
      e.emit(Instruction(.list, a: destination, b: first, c: elements.count), node.range)
      return
    }
    let list = try e.temporaries(1, for: node.range)
    e.emit(Instruction(.list, a: list, b: 0, c: 0), node.range)
    for element in elements {
      let mark = e.nextTemporary
      let part = tree[element]
      let isStar = part.kind == .star
      let value = try operand(isStar ? part.a : element)
      e.emit(Instruction(isStar ? .extend : .append, a: list, b: value), part.range)
      e.nextTemporary = mark
    }
    e.emit(Instruction(.move, a: destination, b: list), node.range)
  }

  private mutating func dict(_ node: Node, into destination: Int) throws(TooLarge) {
    let dict = try e.temporaries(1, for: node.range)
    e.emit(Instruction(.dict, a: dict), node.range)
    for entry in tree.list(node.a, node.b) {
      let mark = e.nextTemporary
      let part = tree[entry]
      if part.kind == .doubleStar {
        let value = try operand(part.a)
        e.emit(Instruction(.dictMerge, a: dict, b: value), part.range)
      } else {
        let key = try operand(part.a)
        let value = try operand(part.b)
        e.emit(Instruction(.dictSet, flag: 1, a: dict, b: key, c: value), tree[part.a].range)
      }
      e.nextTemporary = mark
    }
    e.emit(Instruction(.move, a: destination, b: dict), node.range)
  }

  private mutating func comprehension(_ node: Node, into destination: Int) throws(TooLarge) {
    let result = try e.temporaries(1, for: node.range)
    e.emit(node.flag == 1 ? Instruction(.dict, a: result) : Instruction(.list, a: result, b: 0, c: 0), node.range)
    let before = e.isAssigned
    /// The loops that are open, and the jumps of the conditions after each.
    var open: [(iterator: Int, start: Int, exit: Int, skips: [Int])] = []
    for clause in tree.list(node.a, node.b) {
      let part = tree[clause]
      if part.kind == .ifClause {
        let jumps = try jumpsIfFalse(part.a)
        open[open.count - 1].skips += jumps
        continue
      }
      let iterator = try e.temporaries(2, for: part.range)
      let mark = e.nextTemporary
      let source = try operand(part.b)
      e.emit(Instruction(.iterate, a: iterator, b: source), tree[part.b].range)
      e.nextTemporary = mark
      renew(cellsOf: part.a)
      let start = e.here
      let exit = try next(iterator, target: part.a, part.range)
      open.append((iterator, start, exit, []))
    }
    if node.flag == 1 {
      let key = try operand(tree[node.c].a)
      let value = try operand(tree[node.c].b)
      e.emit(Instruction(.dictSet, a: result, b: key, c: value), tree[node.c].range)
    } else {
      let value = try operand(node.c)
      e.emit(Instruction(.append, a: result, b: value), tree[node.c].range)
    }
    for loop in open.reversed() {
      for skip in loop.skips { e.land(skip) }
      e.emit(Instruction(.jump, wide: loop.start), node.range)
      e.land(loop.exit)
      e.emit(Instruction(.clear, a: loop.iterator), node.range)
    }
    e.isAssigned = before
    e.emit(Instruction(.move, a: destination, b: result), node.range)
  }

  /// Captured variables of a comprehension get new cells each time it is evaluated.
  private mutating func renew(cellsOf target: NodeID) {
    let node = tree[target]
    switch node.kind {
    case .name:
      guard case .local(let register) = resolutions[Int(target)], e.scope.locals[register].isCaptured else { return }
      e.emit(Instruction(.clear, a: register), node.range)
      e.emit(Instruction(.makeCell, a: register), node.range)
    case .tuple, .list: for child in tree.list(node.a, node.b) { renew(cellsOf: child) }
    default: break
    }
  }

  private mutating func formatted(_ node: Node, into destination: Int) throws(TooLarge) {
    let parts = tree.list(node.a, node.b)
    guard parts.count <= 200 else {
      // Joined in pieces, so that the registers stay few.
      let first = try e.temporaries(2, for: node.range)
      e.emit(Instruction(.constant, a: first, wide: e.constant("")), node.range)
      for part in parts {
        try self.part(part, into: first + 1)
        e.emit(Instruction(.join, a: first, b: first, c: 2), node.range)
      }
      e.emit(Instruction(.move, a: destination, b: first), node.range)
      return
    }
    let first = try e.temporaries(parts.count, for: node.range)
    for (i, part) in parts.enumerated() { try self.part(part, into: first + i) }
    e.emit(Instruction(.join, a: destination, b: first, c: parts.count), node.range)
  }

  private mutating func part(_ id: NodeID, into destination: Int) throws(TooLarge) {
    let part = tree[id]
    guard part.kind == .formatted else { return try expression(id, into: destination) }
    let mark = e.nextTemporary
    let value = try operand(part.a)
    var specification = 0xFFFF
    if part.c >= 0 { specification = try operand(part.c) }
    e.emit(Instruction(.format, flag: UInt8(truncatingIfNeeded: part.b), a: destination, b: value, c: specification), part.range)
    e.nextTemporary = mark
  }
}
