// The pass that decides what each name stands for, before any code is made, and reports every name error of the file.

internal import Diagnostics
internal import StarlarkSyntax

struct Resolver {
  let tree: Tree
  let dialect: Dialect
  let file: FileCode
  let isPredeclared: (String) -> Bool
  let candidates: () -> [String]
  let policy: UnresolvedPolicy

  /// By node: what a `name` stands for; for targets and bindings what they assign.
  var resolutions: [Resolution]
  /// By node: the scope of `function`, `lambda`.
  var scopes: [NodeID: FunctionScope] = [:]
  let top = FunctionScope(parent: nil)
  var errors: [Diagnostic] = []
  /// Names the embedder predeclared and the file uses, in order of first use.
  var freeNames: [String] = []
  var supplied: [String: Value] = [:]

  private var globals: [Int32: Int] = [:]
  private var globalPlaces: [ByteRange] = []
  private var predeclared: [Int32: Int] = [:]
  private var unknown: Set<Int32> = []
  private var scope: FunctionScope
  private var loops = 0

  init(
    tree: Tree, dialect: Dialect, file: FileCode, isPredeclared: @escaping (String) -> Bool, candidates: @escaping () -> [String],
    policy: UnresolvedPolicy
  ) {
    self.tree = tree
    self.dialect = dialect
    self.file = file
    self.isPredeclared = isPredeclared
    self.candidates = candidates
    self.policy = policy
    resolutions = [Resolution](repeating: .unknown, count: tree.nodes.count)
    scope = top
  }

  mutating func resolveFile() {
    collect(tree.root)
    block(tree.root)
  }

  private mutating func fail(_ message: String, at range: ByteRange, hint: String? = nil) {
    errors.append(tree.source.diagnostic(message, at: range, hint: hint))
  }

  // MARK: Bindings of a function, before its body is resolved

  private var isTop: Bool { scope === top }

  private mutating func collect(_ id: NodeID) {
    let node = tree[id]
    switch node.kind {
    case .block: for child in tree.list(node.a, node.b) { collect(child) }
    case .if:
      for (i, child) in tree.list(node.a, node.b).enumerated() where i % 2 == 1 { collect(child) }
      if node.c >= 0 { collect(node.c) }
    case .for:
      bind(target: node.a, isLoop: true)
      collect(node.c)
    case .assignment: if node.b >= 0 { bind(target: node.a) }
    case .augmentedAssignment: if tree[node.a].kind == .name, !isTop { bind(target: node.a, isLoop: true) } else { bindAugmented(node.a) }
    case .function: bind(node.a, at: node.range)
    case .load:
      guard isTop else { return }
      for child in tree.list(node.b, node.c) { bind(tree[child].a, at: tree[child].range, isLoaded: true) }
    default: break
    }
  }

  /// `x += 1` at the top level changes a global that exists, which only some dialects allow.
  private mutating func bindAugmented(_ id: NodeID) {
    guard isTop, tree[id].kind == .name else { return }
    if !dialect.allowsGlobalReassignment {
      fail("cannot reassign the global `\(tree.names.text(tree[id].a))`", at: tree[id].range)
    } else {
      bind(tree[id].a, at: tree[id].range, isLoop: true)
    }
  }

  private mutating func bind(target id: NodeID, isLoop: Bool = false) {
    let node = tree[id]
    switch node.kind {
    case .name: bind(node.a, at: node.range, isLoop: isLoop)
    case .tuple, .list: for child in tree.list(node.a, node.b) { bind(target: child, isLoop: isLoop) }
    default: break
    }
  }

  private mutating func bind(_ name: Int32, at range: ByteRange, isLoop: Bool = false, isLoaded: Bool = false) {
    guard isTop else {
      if scope.blocks[0][name] == nil { _ = scope.declare(name) }
      return
    }
    if let known = globals[name] {
      if !dialect.allowsGlobalReassignment && !isLoop {
        let line = tree.source.position(of: globalPlaces[known].start).line
        fail("cannot reassign the global `\(tree.names.text(name))`", at: range, hint: "first assigned at line \(line)")
      }
      if !isLoaded { file.isLoaded[known] = false }
      return
    }
    globals[name] = file.globalNames.count
    globalPlaces.append(range)
    file.globalNames.append(tree.names.text(name))
    file.isLoaded.append(isLoaded)
  }

  // MARK: Statements

  private mutating func block(_ id: NodeID) {
    let node = tree[id]
    for child in tree.list(node.a, node.b) { statement(child) }
  }

  private mutating func statement(_ id: NodeID) {
    let node = tree[id]
    switch node.kind {
    case .expression: expression(node.a)
    case .assignment:
      if node.b >= 0 {
        expression(node.b)
        target(node.a)
      }
    case .augmentedAssignment:
      expression(node.b)
      target(node.a)
    case .function: function(id, name: node.a)
    case .if:
      if isTop, !dialect.allowsTopLevelControl { fail("`if` is not allowed at the top level of this file", at: head(node, 2)) }
      for (i, child) in tree.list(node.a, node.b).enumerated() { if i % 2 == 0 { expression(child) } else { block(child) } }
      if node.c >= 0 { block(node.c) }
    case .for:
      if isTop, !dialect.allowsTopLevelControl { fail("`for` is not allowed at the top level of this file", at: head(node, 3)) }
      expression(node.b)
      target(node.a)
      loops += 1
      block(node.c)
      loops -= 1
    case .return:
      if isTop { fail("`return` outside of a function", at: node.range) }
      if node.a >= 0 { expression(node.a) }
    case .break, .continue:
      if loops == 0 { fail("`\(node.kind == .break ? "break" : "continue")` outside of a loop", at: node.range) }
    case .load:
      guard isTop && loops == 0 else {
        fail("`load` is only allowed at the top level of a file", at: head(node, 4))
        return
      }
      if !dialect.allowsLoad { fail("`load` is not allowed in this file", at: head(node, 4)) }
      for child in tree.list(node.b, node.c) {
        let binding = tree[child]
        let original = tree.strings[Int(tree[binding.b].a)]
        if original.hasPrefix("_") { fail("`\(original)` is private to its file", at: tree[binding.b].range) }
        resolutions[Int(child)] = lookUp(binding.a, child, isCalled: false)
      }
    case .raise:
      // `raise Error("message")`: the error's type has no meaning here, so only its arguments are looked at.
      guard node.a >= 0 else { return }
      let value = tree[node.a]
      if value.kind == .call { arguments(value) } else if value.kind != .name, value.kind != .attribute { expression(node.a) }
    case .assert:
      expression(node.a)
      if node.b >= 0 { expression(node.b) }
    default: break
    }
  }

  private func head(_ node: Node, _ length: UInt32) -> ByteRange { ByteRange(start: node.start, end: node.start + length) }

  private mutating func target(_ id: NodeID) {
    let node = tree[id]
    switch node.kind {
    case .tuple, .list: for child in tree.list(node.a, node.b) { target(child) }
    default: expression(id)
    }
  }

  private mutating func function(_ id: NodeID, name: Int32) {
    let node = tree[id]
    let list = Array(tree.list(node.b, node.c))
    let body = tree.children[Int(node.b + node.c)]
    enter(id, parameters: list) { resolver in
      resolver.collect(body)
      resolver.block(body)
    }
    resolutions[Int(id)] = lookUp(name, id, isCalled: false)
  }

  /// Defaults belong to the scope outside, the rest to a scope of its own. The parameters' locals come first: ordinary, named-only, `*`, `**`.
  private mutating func enter(_ id: NodeID, parameters: [NodeID], _ body: (inout Resolver) -> Void) {
    for parameter in parameters where tree[parameter].b >= 0 { expression(tree[parameter].b) }
    let outer = (scope, loops)
    scope = FunctionScope(parent: outer.0)
    loops = 0
    let kinds: [ParameterKind] = [.ordinary, .rest, .namedRest]
    for kind in kinds {
      for parameter in parameters where tree[parameter].flag == kind.rawValue { _ = scope.declare(tree[parameter].a) }
    }
    scopes[id] = scope
    body(&self)
    (scope, loops) = outer
  }

  // MARK: Expressions

  /// Follows the left operand in a loop, so that a chain of a hundred thousand operators needs no stack.
  private mutating func expression(_ first: NodeID) {
    var id = first
    var isCalled = false
    while true {
      let node = tree[id]
      switch node.kind {
      case .name:
        resolutions[Int(id)] = lookUp(node.a, id, isCalled: isCalled)
        return
      case .binary:
        expression(node.b)
        id = node.a
      case .attribute, .unary, .star, .doubleStar: id = node.a
      case .index:
        expression(node.b)
        id = node.a
      case .slice:
        for child in tree.list(node.b, 3) where child >= 0 { expression(child) }
        id = node.a
      case .call:
        arguments(node)
        id = node.a
        isCalled = true
        continue
      case .conditional:
        expression(node.a)
        expression(node.b)
        id = node.c
      case .keywordArgument: id = node.b
      case .entry:
        expression(node.a)
        id = node.b
      case .list, .tuple, .dict, .formattedString:
        for child in tree.list(node.a, node.b) { expression(child) }
        return
      case .formatted:
        if node.c >= 0 { expression(node.c) }
        id = node.a
      case .lambda:
        let body = node.c
        enter(id, parameters: Array(tree.list(node.a, node.b))) { $0.expression(body) }
        return
      case .comprehension:
        comprehension(node)
        return
      default: return
      }
      isCalled = false
    }
  }

  private mutating func arguments(_ call: Node) {
    for child in tree.list(call.b, call.c) { expression(child) }
  }

  private mutating func comprehension(_ node: Node) {
    var opened = 0
    for clause in tree.list(node.a, node.b) {
      let part = tree[clause]
      if part.kind == .ifClause {
        expression(part.a)
        continue
      }
      expression(part.b)
      scope.blocks.append([:])
      opened += 1
      declare(part.a)
      target(part.a)
    }
    expression(node.c)
    scope.blocks.removeLast(opened)
  }

  private mutating func declare(_ id: NodeID) {
    let node = tree[id]
    switch node.kind {
    case .name: if scope.blocks[scope.blocks.count - 1][node.a] == nil { _ = scope.declare(node.a) }
    case .tuple, .list: for child in tree.list(node.a, node.b) { declare(child) }
    default: break
    }
  }

  // MARK: Looking up

  private mutating func lookUp(_ name: Int32, _ id: NodeID, isCalled: Bool) -> Resolution {
    if let index = scope.local(named: name) { return .local(index) }
    if let index = scope.capture(name) { return .free(index) }
    if let index = globals[name] { return .global(index) }
    if let index = predeclared[name] { return .predeclared(index) }
    if unknown.contains(name) { return .unknown }
    let text = tree.names.text(name)
    if isPredeclared(text) {
      freeNames.append(text)
      return predeclare(name, text)
    }
    if let value = universe[text] {
      supplied[text] = value
      return predeclare(name, text)
    }
    let range = ByteRange(start: tree[id].start, end: tree[id].start + UInt32(text.utf8.count))
    // What the language refuses is nobody's to define.
    if refusal(of: text) == nil, case .predeclare(let decide) = policy, let value = decide(text, tree.source.location(of: range), isCalled)
    {
      supplied[text] = value
      return predeclare(name, text)
    }
    unknown.insert(name)
    fail("`\(text)` is not defined", at: range, hint: hint(for: text))
    return .unknown
  }

  private mutating func predeclare(_ name: Int32, _ text: String) -> Resolution {
    file.predeclaredNames.append(text)
    predeclared[name] = file.predeclaredNames.count - 1
    return .predeclared(file.predeclaredNames.count - 1)
  }

  /// What to use instead of a function that there is not, on purpose.
  private func refusal(of name: String) -> String? {
    switch name {
    case "open": return "use `read_file(path)` to read a file"
    case "eval", "exec", "compile", "__import__": return "use `load(\"file\", \"name\")`"
    case "isinstance": return "compare `type(x)` with a string"
    case "input", "os", "sys": return "evaluation cannot see the outside world"
    default: return nil
    }
  }

  private func hint(for name: String) -> String? {
    if let refusal = refusal(of: name) { return refusal }
    var local: [String] = []
    var current: FunctionScope? = scope
    while let each = current {
      local += each.locals.map { tree.names.text($0.name) }
      current = each.parent
    }
    let known = local + file.globalNames + candidates().sorted() + universe.keys.sorted()
    return didYouMean(name, among: known)
  }
}
