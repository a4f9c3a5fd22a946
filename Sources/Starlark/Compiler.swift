// Resolved tree to register code: files, functions and statements here, expressions beside it.

internal import Diagnostics
internal import StarlarkSyntax

extension Program {
  static func compile(
    source: [UInt8], file path: String, dialect: Dialect, isPredeclared: @escaping (String) -> Bool, candidates: @escaping () -> [String],
    unresolved: UnresolvedPolicy
  ) throws(UserError) -> Program {
    let tree = try parse(SourceFile(path: path, bytes: source), SyntaxOptions(allowsPythonisms: dialect.allowsPythonisms))
    let file = FileCode(source: tree.source)
    var resolver = Resolver(
      tree: tree, dialect: dialect, file: file, isPredeclared: isPredeclared, candidates: candidates, policy: unresolved)
    resolver.resolveFile()
    guard resolver.errors.isEmpty else {
      throw UserError(resolver.errors.sorted { ($0.location?.position ?? .zero) < ($1.location?.position ?? .zero) })
    }
    var compiler = Compiler(tree: tree, file: file, resolver: resolver)
    do throws(TooLarge) {
      let code = try compiler.compileFile()
      return Program(code: code, freeNames: resolver.freeNames, supplied: resolver.supplied, dialect: dialect)
    } catch {
      throw UserError([tree.source.diagnostic("this function is too large", at: error.range, hint: "split it")])
    }
  }
}

extension SourcePosition {
  static let zero = SourcePosition(line: 0, column: 0)
}

struct Compiler {
  let tree: Tree
  let file: FileCode
  let resolutions: [Resolution]
  let scopes: [NodeID: FunctionScope]
  let top: FunctionScope
  var e: Emitter
  var loops: [Loop] = []
  private var shapes: [[Int32]: Int] = [:]

  struct Loop {
    let start: Int
    var breaks: [Int] = []
  }

  init(tree: Tree, file: FileCode, resolver: Resolver) {
    self.tree = tree
    self.file = file
    resolutions = resolver.resolutions
    scopes = resolver.scopes
    top = resolver.top
    e = Emitter(name: "<top level>", range: tree[tree.root].range, scope: resolver.top, localNames: [])
  }

  func text(_ name: Int32) -> String { tree.names.text(name) }

  mutating func compileFile() throws(TooLarge) -> Code {
    e = Emitter(name: "<top level>", range: tree[tree.root].range, scope: top, localNames: top.locals.map { text($0.name) })
    try block(tree.root)
    return finish(tree[tree.root].range)
  }

  private mutating func finish(_ range: ByteRange) -> Code {
    let end = ByteRange(start: range.end, end: range.end)
    e.emit(Instruction(.none, a: 0), end)
    e.body.registerCount = max(1, e.body.registerCount)
    e.emit(Instruction(.return, a: 0), end)
    return Code(e.body, file: file)
  }

  // MARK: Functions

  /// Makes the code of a function or lambda, and the instruction that closes over its defaults and captures; the result lands in `into`.
  mutating func function(
    _ id: NodeID, name: String, parameters: [NodeID], into destination: Int, body: (inout Compiler) throws(TooLarge) -> Void
  ) throws(TooLarge) {
    guard let scope = scopes[id] else { return }
    let range = tree[id].range
    let mark = e.nextTemporary
    let ordered = parameters.filter { tree[$0].flag == ParameterKind.ordinary.rawValue }
    let withDefault = ordered.filter { tree[$0].b >= 0 }
    let first = try e.temporaries(max(1, withDefault.count), for: range)
    for (i, parameter) in withDefault.enumerated() { try expression(tree[parameter].b, into: first + i) }

    let outer = (e, loops)
    e = Emitter(name: name, range: range, scope: scope, localNames: scope.locals.map { text($0.name) })
    loops = []
    let firstNamedOnly =
      parameters.firstIndex {
        tree[$0].flag == ParameterKind.bareStar.rawValue || tree[$0].flag == ParameterKind.rest.rawValue
      } ?? parameters.count
    e.body.positionalCount = parameters[..<firstNamedOnly].count { tree[$0].flag == ParameterKind.ordinary.rawValue }
    var defaults = 0
    for parameter in ordered {
      let hasDefault = tree[parameter].b >= 0
      e.body.parameters.append(Code.Parameter(name: StringObject(text(tree[parameter].a)), defaultIndex: hasDefault ? defaults : nil))
      if hasDefault { defaults += 1 }
    }
    e.body.hasRest = parameters.contains { tree[$0].flag == ParameterKind.rest.rawValue }
    e.body.hasNamedRest = parameters.contains { tree[$0].flag == ParameterKind.namedRest.rawValue }
    e.body.captures = scope.captures
    e.body.captureNames = scope.captureNames.map { text($0) }
    let parameterCount = ordered.count + (e.body.hasRest ? 1 : 0) + (e.body.hasNamedRest ? 1 : 0)
    for i in scope.locals.indices {
      if scope.locals[i].isCaptured { e.emit(Instruction(.makeCell, a: i), range) }
      if i < parameterCount { e.isAssigned[i] = true }
    }
    try body(&self)
    let code = finish(range)
    (e, loops) = outer

    e.body.nested.append(code)
    e.emit(Instruction(.function, a: first, wide: e.body.nested.count - 1), range)
    if first != destination { e.emit(Instruction(.move, a: destination, b: first), range) }
    e.nextTemporary = mark
  }

  // MARK: Statements

  private mutating func block(_ id: NodeID) throws(TooLarge) {
    let node = tree[id]
    for child in tree.list(node.a, node.b) { try statement(child) }
  }

  private mutating func statement(_ id: NodeID) throws(TooLarge) {
    let node = tree[id]
    let range = node.range
    let mark = e.nextTemporary
    defer { e.nextTemporary = mark }
    switch node.kind {
    case .expression: _ = try operand(node.a)
    case .assignment: if node.b >= 0 { try assignment(node) }
    case .augmentedAssignment: try augmented(node)
    case .function:
      let body = tree.children[Int(node.b + node.c)]
      let register = try e.temporaries(1, for: range)
      try function(id, name: text(node.a), parameters: Array(tree.list(node.b, node.c)), into: register) { c throws(TooLarge) in
        try c.block(body)
      }
      try store(register, as: resolutions[Int(id)], range)
    case .if: try conditional(node)
    case .for: try loop(node)
    case .return:
      let register: Int
      if node.a >= 0 {
        register = try operand(node.a)
      } else {
        register = try e.temporaries(1, for: range)
        e.emit(Instruction(.none, a: register), range)
      }
      e.emit(Instruction(.return, a: register), range)
    case .break:
      let jump = e.jump(.jump, range)
      loops[loops.count - 1].breaks.append(jump)
    case .continue: e.emit(Instruction(.jump, wide: loops[loops.count - 1].start), range)
    case .load: try load(node)
    case .raise: try raise(node)
    case .assert:
      let register = try operand(node.a)
      let passed = e.jump(.jumpIfTrue, a: register, range)
      let message = try e.temporaries(1, for: range)
      if node.b >= 0 {
        try expression(node.b, into: message)
      } else {
        e.emit(Instruction(.constant, a: message, wide: e.constant("assertion failed")), range)
      }
      e.emit(Instruction(.fail, a: message), range)
      e.land(passed)
    default: break
    }
  }

  private mutating func assignment(_ node: Node) throws(TooLarge) {
    if tree[node.a].kind == .name, case .local(let register) = resolutions[Int(node.a)], !e.scope.locals[register].isCaptured,
      writesLast(node.b)
    {
      try expression(node.b, into: register)
      e.isAssigned[register] = true
      return
    }
    let value = try operand(node.b)
    try assign(value, to: node.a)
  }

  /// Whether the code of an expression writes its destination only after it has read everything, so that `x = x + 1` may write `x` at once.
  private func writesLast(_ id: NodeID) -> Bool {
    switch tree[id].kind {
    case .integer, .float, .string, .none, .true, .false, .name, .attribute, .index, .slice, .call, .bytes: true
    case .binary: tree[id].flag != BinaryOperator.and.rawValue && tree[id].flag != BinaryOperator.or.rawValue
    default: false
    }
  }

  /// Assigns a register's value to a target.
  mutating func assign(_ value: Int, to id: NodeID) throws(TooLarge) {
    let node = tree[id]
    let mark = e.nextTemporary
    defer { e.nextTemporary = mark }
    switch node.kind {
    case .name: try store(value, as: resolutions[Int(id)], node.range)
    case .index:
      let object = try operand(node.a)
      let key = try operand(node.b)
      e.emit(Instruction(.setIndex, a: object, b: key, c: value), node.range)
    case .tuple, .list:
      let targets = tree.list(node.a, node.b)
      let first = try e.temporaries(targets.count, for: node.range)
      e.emit(Instruction(.unpack, a: first, b: value, c: targets.count), node.range)
      for (i, target) in targets.enumerated() { try assign(first + i, to: target) }
    default: break
    }
  }

  private mutating func store(_ value: Int, as resolution: Resolution, _ range: ByteRange) throws(TooLarge) {
    switch resolution {
    case .local(let register):
      if e.scope.locals[register].isCaptured {
        e.emit(Instruction(.storeCell, a: register, b: value), range)
      } else if register != value {
        e.emit(Instruction(.move, a: register, b: value), range)
      }
      e.isAssigned[register] = true
    case .global(let index): e.emit(Instruction(.storeGlobal, a: value, wide: index), range)
    case .free, .predeclared, .unknown: break
    }
  }

  private mutating func augmented(_ node: Node) throws(TooLarge) {
    let range = node.range
    guard let op = BinaryOperator(rawValue: node.flag) else { return }
    let opcode: Opcode
    switch op {
    case .add: opcode = .addInPlace
    case .bitOr: opcode = .orInPlace
    default: opcode = Self.opcode(op)
    }
    let target = tree[node.a]
    if target.kind == .index {
      let object = try operand(target.a)
      let key = try operand(target.b)
      let old = try e.temporaries(1, for: range)
      e.emit(Instruction(.index, a: old, b: object, c: key), target.range)
      let value = try operand(node.b)
      e.emit(Instruction(opcode, a: old, b: old, c: value), range)
      e.emit(Instruction(.setIndex, a: object, b: key, c: old), range)
      return
    }
    let old = try operand(node.a)
    let value = try operand(node.b)
    let result = try e.temporaries(1, for: range)
    e.emit(Instruction(opcode, a: result, b: old, c: value), range)
    try store(result, as: resolutions[Int(node.a)], range)
  }

  private mutating func conditional(_ node: Node) throws(TooLarge) {
    let parts = Array(tree.list(node.a, node.b))
    var ends: [Int] = []
    let before = e.isAssigned
    // A local is certainly assigned after the statement only if it is after every branch, and there is an `else`.
    var after: [Bool]?
    func join(_ branch: [Bool]) { after = after.map { zip($0, branch).map { $0 && $1 } } ?? branch }
    var i = 0
    while i < parts.count {
      let mark = e.nextTemporary
      let falseJumps = try jumpsIfFalse(parts[i])
      e.nextTemporary = mark
      e.isAssigned = before
      try block(parts[i + 1])
      join(e.isAssigned)
      i += 2
      if i < parts.count || node.c >= 0 { ends.append(e.jump(.jump, tree[parts[i - 1]].range)) }
      for jump in falseJumps { e.land(jump) }
    }
    e.isAssigned = before
    if node.c >= 0 {
      try block(node.c)
      join(e.isAssigned)
      e.isAssigned = after ?? before
    }
    for end in ends { e.land(end) }
  }

  /// Evaluates a condition; control goes on where it is true. Answers the jumps taken where it is false.
  mutating func jumpsIfFalse(_ id: NodeID) throws(TooLarge) -> [Int] {
    var jumps: [Int] = []
    for part in operands(of: id, .and).reversed() {
      let mark = e.nextTemporary
      let node = tree[part]
      if node.kind == .unary, node.flag == UnaryOperator.not.rawValue {
        let register = try operand(node.a)
        jumps.append(e.jump(.jumpIfTrue, a: register, node.range))
      } else {
        let register = try operand(part)
        jumps.append(e.jump(.jumpIfFalse, a: register, node.range))
      }
      e.nextTemporary = mark
    }
    return jumps
  }

  /// The operands of a chain of one logical operator, last first.
  func operands(of id: NodeID, _ op: BinaryOperator) -> [NodeID] {
    var result: [NodeID] = []
    var current = id
    while tree[current].kind == .binary, tree[current].flag == op.rawValue {
      result.append(tree[current].b)
      current = tree[current].a
    }
    result.append(current)
    return result
  }

  private mutating func loop(_ node: Node) throws(TooLarge) {
    let range = ByteRange(start: node.start, end: node.start + 3)
    let iterator = try e.temporaries(2, for: node.range)
    let mark = e.nextTemporary
    let source = try operand(node.b)
    e.emit(Instruction(.iterate, a: iterator, b: source), tree[node.b].range)
    e.nextTemporary = mark
    let before = e.isAssigned
    let start = e.here
    let exit = try next(iterator, target: node.a, range)
    loops.append(Loop(start: start))
    try block(node.c)
    let loop = loops.removeLast()
    e.emit(Instruction(.jump, wide: start), range)
    e.land(exit)
    for jump in loop.breaks { e.land(jump) }
    e.emit(Instruction(.clear, a: iterator), range)
    e.isAssigned = before
  }

  /// Takes the next element of an iterator and assigns it. Answers the jump taken at the end.
  mutating func next(_ iterator: Int, target: NodeID, _ range: ByteRange) throws(TooLarge) -> Int {
    let exit = e.jump(.next, a: iterator, range)
    if tree[target].kind == .name, case .local(let register) = resolutions[Int(target)], !e.scope.locals[register].isCaptured {
      e.emit(Instruction(.extra, a: register), range)
      e.isAssigned[register] = true
    } else {
      e.emit(Instruction(.extra, a: iterator + 1), range)
      try assign(iterator + 1, to: target)
    }
    return exit
  }

  private mutating func load(_ node: Node) throws(TooLarge) {
    var bindings: [(name: String, global: Int, range: ByteRange)] = []
    for child in tree.list(node.b, node.c) {
      guard case .global(let global) = resolutions[Int(child)] else { continue }
      let original = tree[tree[child].b]
      bindings.append((tree.strings[Int(original.a)], global, original.range))
    }
    let module = tree[node.a]
    file.loads.append(LoadCode(module: tree.strings[Int(module.a)], range: module.range, bindings: bindings))
    e.emit(Instruction(.load, wide: file.loads.count - 1), module.range)
  }

  private mutating func raise(_ node: Node) throws(TooLarge) {
    let message = try e.temporaries(1, for: node.range)
    var name = "an error was raised"
    if node.a >= 0 {
      let value = tree[node.a]
      let callee = value.kind == .call ? tree[value.a] : value
      if callee.kind == .name { name = text(callee.a) } else if callee.kind == .attribute { name = text(callee.b) }
      if value.kind == .call, value.c > 0, let first = tree.list(value.b, value.c).first, tree[first].kind != .keywordArgument {
        try expression(tree[first].kind == .star ? tree[first].a : first, into: message)
        e.emit(Instruction(.fail, a: message), node.range)
        return
      }
      if value.kind != .call, value.kind != .name, value.kind != .attribute {
        try expression(node.a, into: message)
        e.emit(Instruction(.fail, a: message), node.range)
        return
      }
    }
    e.emit(Instruction(.constant, a: message, wide: e.constant(name)), node.range)
    e.emit(Instruction(.fail, a: message), node.range)
  }

  /// The number of a call's shape: the names of its named arguments.
  mutating func shape(_ names: [Int32], _ range: ByteRange) throws(TooLarge) -> Int {
    if names.isEmpty { return 0 }
    if let known = shapes[names] { return known }
    file.shapes.append(names.map { StringObject(text($0)) })
    let index = file.shapes.count - 1
    if index > 0xFFFF { throw TooLarge(range: range) }
    shapes[names] = index
    return index
  }

  static func opcode(_ op: BinaryOperator) -> Opcode { Opcode(rawValue: Opcode.add.rawValue + op.rawValue) ?? .add }
}
