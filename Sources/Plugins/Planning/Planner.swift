// Targets and goals → actions: asks plugin functions for descriptions and gives them files, programs and ids.

internal import Diagnostics
package import Execution
package import Fingerprints
package import Scheduling
internal import Snapshots
package import Targets
internal import Options
internal import Starlark
internal import Store

/// What one plugin function described, and what it looked at.
struct Description: Sendable {
  let actions: [ActionDescription]
  /// Options that were read: `[shfmt].args` → its value as text.
  let options: [String: String]
  /// Data files of plugins that were read.
  let dataFiles: [String: Fingerprint]
  /// Files of the workspace that were read.
  let files: [String: Fingerprint]
  let function: PluginFunction

  init(_ actions: [ActionDescription], _ readings: PlanReadings, by function: PluginFunction) {
    self.actions = actions
    options = readings.options
    dataFiles = readings.dataFiles
    files = readings.files
    self.function = function
  }
}

/// What a plan function is asked about.
enum PlanSubject {
  case target
  /// Tests with the goal's settings.
  case test(TestSettings)
  case run(arguments: [String])
}

/// Makes the plan of a run: one action per test, package or command, each once however many need it.
///
/// Not for several threads: planning is a pass, and made to be fast on one.
package final class Planner {
  package let world: PlanWorld
  package private(set) var plan = Plan()
  /// The world as sets refer to it: by one reference.
  private let shared: SharedWorld
  private let tools: ToolResolver?
  /// What each target's command or package became, by kind and target.
  private var planned: [PlannedKey: Result<ActionID, UserError>] = [:]
  private var inProgress: [PlannedKey] = []
  private let thread = EvaluationThread()
  let sharedResults = SharedResults()
  lazy var memo = PlanMemo(world)
  /// Plan functions that were called so far: those whose plans were not remembered.
  package private(set) var callCount = 0
  private lazy var generatorTypes: Set<String> = Set(world.plugins.generators.flatMap(\.targetTypes))
  private(set) lazy var hasGenerators = world.graph.hasTargets(ofTypes: generatorTypes)
  /// What was found for requests of plans.
  private var resolvedTools: [ToolRequest: Tool] = [:]
  /// Whether this planner works ahead of another, on a thread of its own: see `Planner+Ahead.swift`.
  let isAhead: Bool
  /// By first target: tests that were planned ahead.
  var testsAhead: [TargetID: TestAhead] = [:]
  /// What need not be planned; nil where everything is to be.
  package var standing: Standing?
  /// By the action of a test that may stand in later runs: what its plan has read.
  package internal(set) var readsOfTests: [ActionID: [String: Fingerprint]] = [:]
  private var recipes: [ActionID: Fingerprint] = [:]
  /// By file of the workspace, as far as they were wanted: several tools look at the same files.
  private var regularFiles: [InputFile?] = []
  var trees: [Fingerprint: Tool] = [:]
  /// The caller's variables by the globs that let them through.
  var passthroughs: [String: [(String, String)]] = [:]
  private var usedFiles: [String: [String: Fingerprint]] = [:]

  struct PlannedKey: Hashable {
    enum Kind: Hashable { case test, package, command }

    let kind: Kind
    let target: TargetID
  }

  /// - Parameter tools: nil for plans that are only looked at: programs then stand by name.
  package init(_ world: PlanWorld, tools: ToolResolver? = nil) {
    self.world = world
    shared = SharedWorld(world)
    self.tools = tools
    isAhead = false
  }

  /// A planner that works ahead of `other`: it knows what that knows, and learns nothing that it would have to tell.
  init(aheadOf other: Planner) {
    world = other.world
    shared = other.shared
    tools = nil
    isAhead = true
    resolvedTools = other.resolvedTools
    trees = other.trees
    usedFiles = other.usedFiles
    passthroughs = other.passthroughs
    generatorTypes = other.generatorTypes
    hasGenerators = other.hasGenerators
    memo = PlanMemo(aheadOf: other.memo)
  }

  /// Makes whatever is made when first asked for, so that those who work ahead find it.
  func prepareToBeRead() { _ = (generatorTypes, hasGenerators, memo) }

  private final class SharedWorld: Sendable {
    let world: PlanWorld

    init(_ world: PlanWorld) { self.world = world }

    /// What a set is called in manifests.
    func name(_ kind: String, _ targets: [TargetID]) -> String {
      "\(kind) of \(targets.map { world.graph.address(of: $0).description }.joined(separator: ", "))"
    }

    func closureSet(_ targets: [TargetID]) -> InputSet {
      InputSet(name: self.name("closure", targets), fingerprint: world.fingerprint(ofClosure: targets)) { [self] in
        try world.closureFiles(targets)
      }
    }
  }

  // MARK: - Goals

  /// The action that packages a target; its outputs lie at their paths under `dist/`.
  package func package(_ id: TargetID) throws -> ActionID {
    try remembered(.init(kind: .package, target: id)) {
      try append(describe(id, by: world.plugins.packagers), goal: "package", targets: [id]) { $0.outputsAreUsed = true }
    }
  }

  /// The action that makes the outputs of a command.
  package func command(_ id: TargetID) throws -> ActionID {
    try remembered(.init(kind: .command, target: id)) {
      try append(describe(id, by: world.plugins.generators), goal: "run", targets: [id]) { _ in }
    }
  }

  /// The action that `run` starts, not part of the plan; what it needs is.
  package func run(_ id: TargetID, arguments: [String]) throws -> (action: Action, isInWorkspace: Bool) {
    let description = try describe(id, by: world.plugins.runners, as: .run(arguments: arguments))
    return (try loose(description, goal: "run", targets: [id]), description.actions.last?.isInWorkspace ?? false)
  }

  /// Whether some plugin offers this for the target.
  package func offers(_ tools: [TargetToolDeclaration], _ id: TargetID) -> Bool {
    let type = world.graph.typeName(of: id)
    return tools.contains { $0.targetTypes.contains(type) }
  }

  // MARK: - Asking plugins

  /// What the plugin that takes the target's type says about it.
  func describe(_ id: TargetID, by declarations: [TargetToolDeclaration], as subject: PlanSubject = .target) throws -> Description {
    let type = world.graph.typeName(of: id)
    guard let declaration = declarations.first(where: { $0.targetTypes.contains(type) }) else {
      throw UserError("`\(world.graph.address(of: id))` is a `\(type)`: no enabled plugin does this with it")
    }
    return try describe([id], by: declaration, as: subject)
  }

  /// What a plugin says about targets; only tests may be several.
  func describe(_ ids: [TargetID], by declaration: TargetToolDeclaration, as subject: PlanSubject) throws -> Description {
    try checkSources(of: ids)
    let name = nameOfPlan(of: ids, by: declaration, subject)
    return try remembered(name, ids, by: declaration.run, declaration.name, shownAddress(of: ids)) { [world] call in
      let targets = ids.map { TargetObject($0, world.graph) }
      guard let first = targets.first else { return [] }
      switch subject {
      case .target: return [Value(first)]
      case .test(let settings): return [Value(BatchObject(first, targets, settings))]
      case .run(let arguments): return [Value(first), Value(arguments)]
      }
    }
  }

  /// The first address, and how many more there are.
  func shownAddress(of ids: [TargetID]) -> String {
    guard let first = ids.first else { return "" }
    return "\(world.graph.address(of: first))" + (ids.count > 1 ? " and \(ids.count - 1) more" : "")
  }

  /// What a plan function describes, from the memo where nothing has changed.
  /// - Parameters:
  ///   - name: nil for what is never kept.
  ///   - what: what is planned, for errors.
  ///   - arguments: what follows `ctx`.
  func remembered(
    _ name: Fingerprint?, _ ids: [TargetID], role: PlanCall.Role = .targets, by function: PluginFunction, _ tool: String,
    _ what: @autoclosure () -> String,
    arguments: (PlanCall) throws -> [Value]
  ) throws -> Description {
    if let name {
      let kept = memo.find(name, for: ids) { (reader: inout ByteReader) throws(MalformedBytes) in
        try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
          try reader.readActionDescription(memo.trees)
        }
      }
      if let kept, !kept.answer.isEmpty { return Description(kept.answer, kept.readings, by: function) }
    }
    guard !isAhead else { throw NotAhead() }
    let what = what()
    let call = PlanCall(world: world, targets: ids, role: role, shared: sharedResults)
    _ = try invoke(function, call, arguments(call), what: what)
    guard !call.actions.isEmpty else {
      throw UserError([
        Diagnostic(.error, "the plugin's `\(tool)` described no action\(what == tool ? "" : " for `\(what)`")", at: function.location)
      ])
    }
    if let name {
      for action in call.actions { memo.trees.keep(action) }
      memo.keep(name, for: ids, call.trace) { writer in writer.write(call.actions) { $0.write($1) } }
    }
    return Description(call.actions, call.trace.readings, by: function)
  }

  /// - Returns: nil for what is not kept: what is run, and functions that cannot be told from others.
  private func nameOfPlan(of ids: [TargetID], by declaration: TargetToolDeclaration, _ subject: PlanSubject) -> Fingerprint? {
    if case .run = subject { return nil }
    return name(of: ids, by: declaration.run, declaration.name) { writer in
      guard case .test(let settings) = subject else { return }
      writer.write(settings.timeout) { $0.write($1) }
      writer.write(settings.wantsCoverage)
      writer.write(settings.isDebug)
      writer.write(settings.attempts)
    }
  }

  /// The name under which plans of a plugin's function are kept.
  /// - Parameter more: what else the function is given.
  func name(
    of ids: [TargetID], by function: PluginFunction, _ tool: String, _ more: (inout ByteWriter) -> Void
  ) -> Fingerprint? {
    guard let location = function.location else { return nil }
    return memo.name(of: ids) { writer in
      writer.write(tool)
      // Where it was registered: there are no two registrations in one place.
      writer.write(location.file)
      writer.write(location.position.line)
      writer.write(location.position.column)
      more(&writer)
    }
  }

  /// Writes what was planned anew, for later runs. Called once, after the output.
  package func keepPlans() { memo.save() }

  func invoke(_ function: PluginFunction, _ call: PlanCall, _ arguments: [Value], what: String) throws -> Value {
    callCount += 1
    thread.renewSteps()
    do throws(Diagnostic) {
      return try thread.call(function.value(), [Value(ContextObject(call))] + arguments)
    } catch {
      var diagnostic = error.isRefusal ? refusal(error) : error
      // What a shared function failed with is told once, not once for each who asked.
      if !sharedResults.explains(error) { diagnostic.notes.append("while planning \(what)") }
      throw UserError([diagnostic])
    }
  }

  /// What a plugin refused to do, without its own code: `path:line: …` or `path:line:column: …` at the beginning of the message is the place
  /// to show.
  private func refusal(_ error: Diagnostic) -> Diagnostic {
    var shown = Diagnostic(error.severity, error.message, hint: error.hint, notes: error.notes)
    guard let placed = PlacedMessage(error.message), let file = world.graph.snapshot.id(ofPath: placed.path),
      let bytes = try? world.graph.snapshot.read(file).bytes
    else { return shown }
    let text = sourceLine(Int(placed.position.line), of: bytes)
    shown.message = placed.message
    shown.location = SourceLocation(
      file: placed.path, position: placed.position,
      length: Int32(clamping: max(1, (text?.utf8.count ?? 1) - Int(placed.position.column) + 1)))
    shown.sourceLine = text
    return shown
  }

  /// Stops where a pattern of these targets matches nothing and that is to be an error.
  func checkSources(of ids: [TargetID]) throws {
    guard world.graph.hasFindings else { return }
    let unmatched = world.graph.findings(of: ids).filter { $0.severity == .error }
    if !unmatched.isEmpty { throw UserError(unmatched) }
  }

  func remembered(_ key: PlannedKey, _ make: () throws -> ActionID) throws -> ActionID {
    if let known = planned[key] { return try known.get() }
    if inProgress.contains(key) {
      let names = (inProgress.drop { $0 != key } + [key]).map { world.graph.address(of: $0.target).description }
      throw UserError("these need one another's outputs in a circle: \(names.joined(separator: " → "))")
    }
    inProgress.append(key)
    defer { inProgress.removeLast() }
    do {
      let id = try make()
      planned[key] = .success(id)
      return id
    } catch let error as UserError {
      planned[key] = .failure(error)
      throw error
    }
  }

  // MARK: - Giving descriptions files, programs and ids

  /// Adds an action that was planned by itself.
  package func append(_ planned: PlannedAction) -> ActionID { plan.append(planned) }

  /// Forgets what was planned.
  func startAnew() { (plan, planned, recipes) = (Plan(), [:], [:]) }

  func append(
    _ description: Description, goal: String, targets: [TargetID], adjust: (inout PlannedAction) -> Void
  ) throws -> ActionID {
    var planned = PlannedAction(try loose(description, goal: goal, targets: targets))
    adjust(&planned)
    return plan.append(planned)
  }

  /// The last of the described actions, by itself; those before it become part of the plan.
  func loose(_ description: Description, goal: String, targets: [TargetID]) throws -> Action {
    var ids: [Int: ActionID] = [:]
    let last = description.actions.count - 1  // `describe` gives at least one
    for (index, item) in description.actions.enumerated().dropLast() {
      ids[index] = plan.append(PlannedAction(try realise(item, description, index: index, ids: ids, goal: goal, targets: targets)))
    }
    return try realise(description.actions[last], description, index: last, ids: ids, goal: goal, targets: targets)
  }

  func realise(
    _ item: ActionDescription, _ description: Description, index: Int, ids: [Int: ActionID], goal: String, targets: [TargetID]
  ) throws -> Action {
    let addresses = targets.map { world.graph.address(of: $0).description }.joined(separator: " ")
    let subject = "\(goal)\(addresses.isEmpty ? "" : " ")\(addresses)" + (index == description.actions.count - 1 ? "" : " (\(index))")
    var action = Action(subject: subject, label: item.label.isEmpty ? subject : item.label, argv: item.argv)
    try fill(&action, from: item)
    action.cache = item.cache
    action.options = description.options
    action.plugins = filesUsed(by: description.function)
    if !description.dataFiles.isEmpty { action.plugins.merge(description.dataFiles) { first, _ in first } }
    for input in item.inputs { action.inputs += try realise(input, ids: ids, targets: targets) }
    // Who reads through a link needs what it points to.
    for case .toolLink(let request, _) in item.inputs {
      let tool = try resolve(request)
      if tool.kind != .program, !action.tools.contains(tool) { action.tools.append(tool) }
    }
    return action
  }

  func realise(_ input: SymbolicInput, ids: [Int: ActionID], targets: [TargetID]) throws -> [Input] {
    func resolved(_ addresses: [Address]) -> [TargetID] {
      // Most often they are the planned targets themselves.
      if addresses.count == targets.count, zip(addresses, targets).allSatisfy({ $0 == world.graph.address(of: $1) }) {
        return world.graph.expandingGenerators(targets)
      }
      return world.targets(addresses)
    }
    switch input {
    case .batch, .batchClosure, .reports: return []
    case .configuration(let names, let targets):
      let folders = Set(world.targets(targets).flatMap { world.graph.sources(of: $0) }.map { world.graph.snapshot.directory(of: $0) })
      return try folders.sorted().flatMap { try configuration(names, in: $0).inputs }
    case .sources(let addresses):
      let targets = resolved(addresses)
      let commands = targets.filter { generatorTypes.contains(world.graph.typeName(of: $0)) }
      return [.set(try sourceSet(targets))] + (try commands.map { .output(of: try command($0), name: nil, under: "") })
    case .closure(let addresses):
      let targets = resolved(addresses)
      return [.set(closureSet(targets))] + (try commandOutputs(in: targets))
    case .packages(let addresses):
      return try world.targets(addresses).map { id in
        guard offers(world.plugins.packagers, id) else {
          throw UserError("`\(world.graph.address(of: id))` is a `\(world.graph.typeName(of: id))`, which `package` does not build")
        }
        return .output(of: try package(id), name: nil, under: "")
      }
    case .written(let path, let text, let isExecutable):
      let bytes = Array(text.utf8)
      let fingerprint = world.store.secret.fingerprint(of: bytes)
      return [.file(InputFile(path: path, isExecutable: isExecutable, fingerprint: fingerprint, source: .bytes(bytes)))]
    case .toolLink(let request, let path):
      let tool = try resolve(request)
      return [.file(InputFile(path: path, isExecutable: true, fingerprint: tool.identity, source: .link(tool.path)))]
    case .output(let index, let name):
      guard let id = ids[index] else { throw UserError("a plugin used an action's output before the action") }
      return [.output(of: id, name: name, under: "")]
    }
  }

  func closureSet(_ targets: [TargetID]) -> InputSet { shared.closureSet(targets) }

  /// Makes the set of one target's closure, whenever it is wanted.
  var makeClosureSet: @Sendable (TargetID) -> InputSet { { [shared] target in shared.closureSet([target]) } }

  /// A regular file of the workspace as an input; nil for a link.
  func regularFile(_ id: PathID) throws -> InputFile? {
    if regularFiles.isEmpty { regularFiles = [InputFile?](repeating: nil, count: world.graph.snapshot.count) }
    if let known = regularFiles[Int(id)] { return known }
    guard world.graph.snapshot.kind(of: id) == .regular else { return nil }
    let made = try world.inputFiles(id).first
    regularFiles[Int(id)] = made
    return made
  }

  private func sourceSet(_ targets: [TargetID]) throws -> InputSet {
    let files: [InputFile]
    do { files = try world.sourceFiles(targets) } catch { throw UserError(error) }
    let fingerprint = world.store.secret.fingerprint { writer in
      writer.write(files) { writer, file in
        writer.write(file.path)
        writer.write(file.isExecutable)
        writer.write(file.fingerprint)
      }
    }
    let shared = shared
    return InputSet(name: shared.name("sources", targets), fingerprint: fingerprint) { files }
  }

  /// The outputs of the commands among what the targets reach.
  func commandOutputs(in targets: [TargetID]) throws -> [Input] {
    guard hasGenerators else { return [] }
    return try world.closures.closure(of: targets).filter { generatorTypes.contains(world.graph.typeName(of: $0)) }
      .map { .output(of: try command($0), name: nil, under: "") }
  }

  /// Everything that the outputs of a planned action are made from, its own inputs' producers included.
  func recipe(of id: ActionID) -> Fingerprint {
    if let known = recipes[id] { return known }
    let context = KeyContext(secret: world.store.secret, engine: "recipe", platform: world.platform)
    let key = plan[id].action.firstLevelKey(context) { producer in
      plan[producer].action.outputs.map {
        ProducedFile(output: $0.name, path: $0.path, isExecutable: false, fingerprint: recipe(of: producer))
      }
    }.key
    recipes[id] = key
    return key
  }

  func resolve(_ request: ToolRequest) throws -> Tool {
    if case .tree(let description) = request { return try tree(description) }
    if let known = resolvedTools[request] { return known }
    guard !isAhead else { throw NotAhead() }
    let tool = try find(request)
    resolvedTools[request] = tool
    return tool
  }

  private func find(_ request: ToolRequest) throws -> Tool {
    switch request {
    case .system(let program):
      guard let tools else { return Tool(name: program.name, path: "<\(program.name)>", identity: .absent) }
      do throws(Diagnostic) { return try tools.resolve(program) } catch { throw UserError([error]) }
    case .found(let program): return Tool(name: program.name, path: program.path, identity: program.identity)
    case .tree(let description): return try tree(description)
    case .cache(let name): return Tool(cache: name, in: world.store)
    case .treeRoot: return .treeRoot
    }
  }

  private func filesUsed(by function: PluginFunction) -> [String: Fingerprint] {
    let file = function.location?.file ?? ""
    if let known = usedFiles[file] { return known }
    let used = world.plugins.filesUsed(by: function, secret: world.store.secret)
    usedFiles[file] = used
    return used
  }
}
