// Targets and goals → actions: asks plugin functions for descriptions and gives them files, programs and ids.

internal import Diagnostics
package import Execution
internal import Fingerprints
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
  let function: PluginFunction

  init(_ actions: [ActionDescription], _ trace: PlanTrace, by function: PluginFunction) {
    self.actions = actions
    options = trace.allOptions
    dataFiles = trace.allPluginFiles
    self.function = function
  }
}

/// What a plan function is asked about.
enum PlanSubject {
  case target
  /// One test with the goal's time limit in seconds.
  case test(timeout: Double?)
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
  private let sharedResults = SharedResults()
  private lazy var memo = PlanMemo(world)
  /// Plan functions that were called so far: those whose plans were not remembered.
  package private(set) var callCount = 0
  private lazy var generatorTypes: Set<String> = Set(world.plugins.generators.flatMap(\.targetTypes))
  private lazy var hasGenerators = world.graph.ids.contains { generatorTypes.contains(world.graph.typeName(of: $0)) }
  private var recipes: [ActionID: Fingerprint] = [:]
  var trees: [Fingerprint: Tool] = [:]
  private var usedFiles: [String: [String: Fingerprint]] = [:]

  private struct PlannedKey: Hashable {
    enum Kind: Hashable { case test, package, command }
    let kind: Kind
    let target: TargetID
  }

  /// - Parameter tools: nil for plans that are only looked at: programs then stand by name.
  package init(_ world: PlanWorld, tools: ToolResolver? = nil) {
    self.world = world
    shared = SharedWorld(world)
    self.tools = tools
  }

  private final class SharedWorld: Sendable {
    let world: PlanWorld

    init(_ world: PlanWorld) { self.world = world }

    /// What a set is called in manifests.
    func name(_ kind: String, _ targets: [TargetID]) -> String {
      "\(kind) of \(targets.map { world.graph.address(of: $0).description }.joined(separator: ", "))"
    }
  }

  // MARK: - Goals

  /// The action that tests a target.
  package func test(_ id: TargetID, timeout: Double?, adjust: (inout PlannedAction) -> Void) throws -> ActionID {
    try remembered(.init(kind: .test, target: id)) {
      let description = try describe(id, by: world.plugins.testers, as: .test(timeout: timeout))
      return try append(description, goal: "test", target: id) { planned in
        planned.action.keepsFailures = false
        adjust(&planned)
      }
    }
  }

  /// The action that packages a target; its outputs lie at their paths under `dist/`.
  package func package(_ id: TargetID) throws -> ActionID {
    try remembered(.init(kind: .package, target: id)) {
      try append(describe(id, by: world.plugins.packagers), goal: "package", target: id) { $0.outputsAreUsed = true }
    }
  }

  /// The action that makes the outputs of a command.
  package func command(_ id: TargetID) throws -> ActionID {
    try remembered(.init(kind: .command, target: id)) {
      try append(describe(id, by: world.plugins.generators), goal: "run", target: id) { _ in }
    }
  }

  /// The action that `run` starts, not part of the plan; what it needs is.
  package func run(_ id: TargetID, arguments: [String]) throws -> (action: Action, isInWorkspace: Bool) {
    let description = try describe(id, by: world.plugins.runners, as: .run(arguments: arguments))
    return (try loose(description, goal: "run", target: id), description.actions.last?.isInWorkspace ?? false)
  }

  /// The action that tests a target, for a person at the terminal: not part of the plan; what it needs is.
  package func debug(_ id: TargetID) throws -> Action {
    try loose(describe(id, by: world.plugins.testers, as: .test(timeout: nil)), goal: "test", target: id)
  }

  /// Whether some plugin offers this for the target.
  package func offers(_ tools: [TargetToolDeclaration], _ id: TargetID) -> Bool {
    let type = world.graph.typeName(of: id)
    return tools.contains { $0.targetTypes.contains(type) }
  }

  // MARK: - Linters and formatters

  /// The tool over these targets' files.
  /// - Returns: nil where none of the targets has a type the tool takes, or all leave it out by `skip_…`.
  package func fileTool(_ declaration: FileToolDeclaration, goal: String, targets: [TargetID], batchSize: Int) throws -> FileTool? {
    let graph = world.graph
    let skipField = "skip_\(declaration.name.map { $0 == "-" ? "_" : $0 }.map(String.init).joined())"
    let types = Set(declaration.targetTypes)
    var owners: [(file: PathID, target: TargetID)] = []
    var seen: Set<PathID> = []
    for id in targets where types.contains(graph.typeName(of: id)) && graph.field(skipField, of: id).bool != true {
      for file in graph.sources(of: id) where seen.insert(file).inserted { owners.append((file, id)) }
    }
    try checkSources(of: targets.filter { types.contains(graph.typeName(of: $0)) })
    guard !owners.isEmpty else { return nil }
    owners.sort { $0.file < $1.file }

    let call = PlanCall(world: world, target: nil, shared: sharedResults)
    try invoke(declaration.run, call, [Value(ContextObject(call)), Value(BatchFilesObject())], what: declaration.name)
    guard let item = call.actions.last else {
      throw UserError([Diagnostic(.error, "the plugin's `\(declaration.name)` described no action", at: declaration.run.location)])
    }
    guard item.argv.contains(.paths) else {
      throw UserError([
        Diagnostic(.error, "the plugin's `\(declaration.name)` does not put `files.paths` into `argv`", at: declaration.run.location)
      ])
    }
    let wantsClosure = item.inputs.contains(.batchClosure)
    if wantsClosure != (declaration.scope == .closure) {
      throw UserError([
        Diagnostic(
          .error, "the plugin's `\(declaration.name)` has the scope \"\(declaration.scope.rawValue)\"", at: declaration.run.location,
          hint: wantsClosure ? "its inputs hold `ctx.closure(files)`: the scope is \"closure\"" : "its inputs lack `ctx.closure(files)`")
      ])
    }
    var shared = item
    shared.inputs = item.inputs.filter {
      if case .configuration = $0 { return false }
      return $0 != .batch && $0 != .batchClosure
    }
    let description = Description([shared], call.trace, by: declaration.run)
    var template = try realise(shared, description, index: 0, ids: [:], goal: goal, target: nil)
    template.subject = "\(goal) \(declaration.name)"
    template.label = declaration.name
    template.resultStatuses = declaration.cleanStatuses + declaration.findingStatuses
    template.successStatuses = declaration.cleanStatuses
    let configurations = item.inputs.compactMap { input -> [String]? in
      if case .configuration(let names, _) = input { names } else { nil }
    }.flatMap { $0 }

    var configured: [DirectoryID: (fingerprint: Fingerprint, inputs: [Input])] = [:]
    _ = graph.snapshot.fingerprints(of: owners.map(\.file))  // in bulk, before they are asked one by one
    var files: [FileTool.File] = []
    files.reserveCapacity(owners.count)
    for (file, target) in owners {
      let own = try inputFiles(file)
      guard let main = own.first else { continue }
      let directory = graph.snapshot.directory(of: file)
      let configuration: (fingerprint: Fingerprint, inputs: [Input])
      if let known = configured[directory] {
        configuration = known
      } else {
        configuration = try self.configuration(configurations, in: directory)
        configured[directory] = configuration
      }
      var extra = configuration.inputs + own.dropFirst().map { Input.file($0) }
      var scope = configuration.fingerprint
      if wantsClosure {
        let set = closureSet([target])
        extra.append(.set(set))
        extra += try commandOutputs(in: [target])
        scope = world.store.secret.fingerprint { writer in
          writer.write(configuration.fingerprint)
          writer.write(set.fingerprint)
          // Their outputs are not known yet; what they are made from stands for them.
          for input in extra { if case .output(let id, _, _) = input { writer.write(recipe(of: id)) } }
        }
      } else if own.count > 1 {
        scope = world.store.secret.fingerprint { writer in
          writer.write(configuration.fingerprint)
          for file in own.dropFirst() { writer.write(file.fingerprint) }
        }
      }
      files.append(FileTool.File(main, scope: scope, extraInputs: extra))
    }
    var tool = FileTool(
      subject: template.subject, template: template, mode: declaration.kind == .linter ? .lint : .format, files: files,
      attribute: { [parser = declaration.diagnostics] in parser.attribute($0) })
    tool.cleanStatuses = declaration.cleanStatuses
    tool.findingStatuses = declaration.findingStatuses
    tool.batchSize = batchSize
    return tool
  }

  private func configuration(_ names: [String], in directory: DirectoryID) throws -> (fingerprint: Fingerprint, inputs: [Input]) {
    guard !names.isEmpty else { return (.absent, []) }
    let files = try world.configurationFiles(names, in: directory).flatMap(inputFiles)
    let fingerprint = world.store.secret.fingerprint { writer in
      for file in files {
        writer.write(file.path)
        writer.write(file.fingerprint)
      }
    }
    return (fingerprint, files.map { .file($0) })
  }

  private func inputFiles(_ id: PathID) throws -> [InputFile] {
    do { return try world.inputFiles(id) } catch { throw UserError("\(error)") }
  }

  // MARK: - Asking plugins

  /// What the plugin that takes the target's type says about it.
  func describe(_ id: TargetID, by declarations: [TargetToolDeclaration], as subject: PlanSubject = .target) throws -> Description {
    let type = world.graph.typeName(of: id)
    try checkSources(of: [id])
    guard let declaration = declarations.first(where: { $0.targetTypes.contains(type) }) else {
      throw UserError("`\(world.graph.address(of: id))` is a `\(type)`: no enabled plugin does this with it")
    }
    let name = nameOfPlan(of: id, by: declaration, subject)
    if let name, let (actions, trace) = memo.find(name, for: id) { return Description(actions, trace, by: declaration.run) }

    let call = PlanCall(world: world, target: id, shared: sharedResults)
    let target = TargetObject(id, world.graph)
    var values = [Value(ContextObject(call))]
    switch subject {
    case .target: values.append(Value(target))
    case .test(let timeout): values.append(Value(BatchObject(target, timeout: timeout, graph: world.graph)))
    case .run(let arguments): values += [Value(target), Value(arguments)]
    }
    try invoke(declaration.run, call, values, what: world.graph.address(of: id).description)
    guard !call.actions.isEmpty else {
      throw UserError([
        Diagnostic(
          .error, "the plugin's `\(declaration.name)` described no action for `\(world.graph.address(of: id))`",
          at: declaration.run.location)
      ])
    }
    if let name { memo.keep(name, for: id, call.actions, call.trace) }
    return Description(call.actions, call.trace, by: declaration.run)
  }

  /// - Returns: nil for what is not kept: what is run, and functions that cannot be told from others.
  private func nameOfPlan(of id: TargetID, by declaration: TargetToolDeclaration, _ subject: PlanSubject) -> Fingerprint? {
    guard let location = declaration.run.location else { return nil }
    let timeout: Double?
    switch subject {
    case .target: timeout = nil
    case .test(let limit): timeout = limit
    case .run: return nil
    }
    return memo.name(of: id) { writer in
      writer.write(declaration.name)
      // Where it was registered: there are no two registrations in one place.
      writer.write(location.file)
      writer.write(location.position.line)
      writer.write(location.position.column)
      writer.write(timeout) { $0.write($1) }
    }
  }

  /// Writes what was planned anew, for later runs. Called once, after the output.
  package func keepPlans() { memo.save() }

  private func invoke(_ function: PluginFunction, _ call: PlanCall, _ arguments: [Value], what: String) throws {
    callCount += 1
    thread.renewSteps()
    do throws(Diagnostic) {
      _ = try thread.call(function.value, arguments)
    } catch {
      var diagnostic = error
      // What a shared function failed with is told once, not once for each who asked.
      if !sharedResults.explains(error) { diagnostic.notes.append("while planning \(what)") }
      throw UserError([diagnostic])
    }
  }

  /// Stops where a pattern of these targets matches nothing and that is to be an error.
  private func checkSources(of ids: [TargetID]) throws {
    let unmatched = world.graph.findings(of: ids).filter { $0.severity == .error }
    if !unmatched.isEmpty { throw UserError(unmatched) }
  }

  private func remembered(_ key: PlannedKey, _ make: () throws -> ActionID) throws -> ActionID {
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

  private func append(
    _ description: Description, goal: String, target: TargetID, adjust: (inout PlannedAction) -> Void
  ) throws -> ActionID {
    var planned = PlannedAction(try loose(description, goal: goal, target: target))
    adjust(&planned)
    return plan.append(planned)
  }

  /// The last of the described actions, by itself; those before it become part of the plan.
  private func loose(_ description: Description, goal: String, target: TargetID) throws -> Action {
    var ids: [Int: ActionID] = [:]
    let last = description.actions.count - 1  // `describe` gives at least one
    for (index, item) in description.actions.enumerated().dropLast() {
      ids[index] = plan.append(PlannedAction(try realise(item, description, index: index, ids: ids, goal: goal, target: target)))
    }
    return try realise(description.actions[last], description, index: last, ids: ids, goal: goal, target: target)
  }

  private func realise(
    _ item: ActionDescription, _ description: Description, index: Int, ids: [Int: ActionID], goal: String, target: TargetID?
  ) throws -> Action {
    let address = target.map { world.graph.address(of: $0).description } ?? ""
    let subject = "\(goal) \(address)" + (index == description.actions.count - 1 ? "" : " (\(index))")
    var action = Action(subject: subject, label: item.label.isEmpty ? subject : item.label, argv: item.argv)
    try fill(&action, from: item)
    action.cache = item.cache
    action.options = description.options
    action.plugins = filesUsed(by: description.function).merging(description.dataFiles) { first, _ in first }
    for input in item.inputs { action.inputs += try realise(input, ids: ids, target: target) }
    // Who reads through a link needs what it points to.
    for case .toolLink(let request, _) in item.inputs {
      let tool = try resolve(request)
      if tool.kind != .program, !action.tools.contains(tool) { action.tools.append(tool) }
    }
    return action
  }

  func realise(_ input: SymbolicInput, ids: [Int: ActionID], target: TargetID?) throws -> [Input] {
    func resolved(_ addresses: [Address]) -> [TargetID] {
      // Most often it is the planned target itself.
      if let target, addresses.count == 1, world.graph.address(of: target) == addresses[0] {
        return world.graph.expandingGenerators([target])
      }
      return world.targets(addresses)
    }
    switch input {
    case .batch, .batchClosure: return []
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

  private func closureSet(_ targets: [TargetID]) -> InputSet {
    let shared = shared
    return InputSet(name: shared.name("closure", targets), fingerprint: world.fingerprint(ofClosure: targets)) {
      try shared.world.sourceFiles(shared.world.closures.closure(of: targets))
    }
  }

  private func sourceSet(_ targets: [TargetID]) throws -> InputSet {
    let files: [InputFile]
    do { files = try world.sourceFiles(targets) } catch { throw UserError("\(error)") }
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
  private func commandOutputs(in targets: [TargetID]) throws -> [Input] {
    guard hasGenerators else { return [] }
    return try world.closures.closure(of: targets).filter { generatorTypes.contains(world.graph.typeName(of: $0)) }
      .map { .output(of: try command($0), name: nil, under: "") }
  }

  /// Everything that the outputs of a planned action are made from, its own inputs' producers included.
  private func recipe(of id: ActionID) -> Fingerprint {
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
