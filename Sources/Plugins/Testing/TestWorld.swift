// A workspace of a plugin test's own: files in a temporary folder, planned as a run would, without touching the machine's programs.

internal import Diagnostics
package import Execution
internal import Fingerprints
package import Options
package import Scheduling
package import Store
internal import Targets
internal import Host
internal import Snapshots
internal import Starlark

/// A folder with files, the backends and options it is planned with.
package final class TestWorld {
  package let root: String
  private let catalog: PluginCatalog
  private let backends: [String]
  private let isTemporary: Bool
  package let store: Store
  /// The programs that searches find; nil for none.
  private var programs: ProgramSearcher?
  /// Of the process that called Baji, as plugins see it.
  private var environment: [String: String] = [:]

  /// - Parameters:
  ///   - files: path → text.
  ///   - options: scope → option → value.
  ///   - programs: those that searches find, with what each says of itself, as JSON.
  package init(
    files: [(path: String, text: String)], backends: [String], options: [(String, [(String, OptionValue)])],
    programs: [(path: String, info: String)] = [], catalog: PluginCatalog
  ) throws {
    root = "\(TestWorld.temporaryFolder())/baji-plugin-test-\(Files.randomName(10))"
    self.catalog = catalog
    self.backends = backends
    isTemporary = true
    store = Store.disabled()
    self.programs = ProgramSearcher(programs, store: store)
    try Files.createDirectories(root)
    for (path, text) in files {
      guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
        throw UserError("a test's file `\(path)` lies outside its workspace")
      }
      if let parent = Files.parent(of: "\(root)/\(path)") { try Files.createDirectories(parent) }
      try Files.write(Array(text.utf8), to: "\(root)/\(path)", mode: text.hasPrefix("#!") ? 0o755 : 0o644)
    }
    if !files.contains(where: { $0.path == "baji.toml" }) {
      var text = ""
      for (scope, values) in options {
        text += "[\(scope)]\n"
        for (name, value) in values { text += "\(name) = \(value.canonicalText)\n" }
      }
      try Files.write(Array(text.utf8), to: "\(root)/baji.toml")
    }
  }

  /// A copy of a folder with a real project.
  /// - Parameter environment: of the process that called Baji: by it the machine's programs are found.
  package init(copying folder: String, catalog: PluginCatalog, store: Store, environment: [String: String]) throws {
    root = "\(TestWorld.temporaryFolder())/baji-plugin-test-\(Files.randomName(10))"
    self.catalog = catalog
    self.store = store
    self.environment = environment
    let runner = LocalRunner(LocalRunner.Settings(workspace: root), store: store) {
      SandboxPlaces.usual(store: "", environment: environment, report: { _ in })
    }
    programs = ProgramSearcher(environment: environment, store: store, report: { _ in }) { program, arguments in
      ProgramSearcher.probe(program, arguments, runner: runner, cancellation: Cancellation(), store: store)
    }
    isTemporary = true
    backends = []
    try TestWorld.copy(folder, to: root)
  }

  deinit { if isTemporary { try? Files.removeTree(root) } }

  private static func temporaryFolder() -> String { Files.isDirectory("/tmp") ? "/tmp" : "." }

  private static func copy(_ from: String, to: String) throws {
    try Files.createDirectories(to)
    for name in try Files.names(in: from) {
      let source = "\(from)/\(name)"
      let status = try Files.status(source)
      switch status.kind {
      case .directory: try copy(source, to: "\(to)/\(name)")
      case .symbolicLink: try Files.createSymbolicLink("\(to)/\(name)", to: Files.readLink(source))
      default: try Files.write(Files.read(source), to: "\(to)/\(name)", mode: status.mode)
      }
    }
  }

  /// The workspace as it is now, loaded and ready to be planned.
  package func load() throws -> (world: PlanWorld, plugins: EnabledPlugins) {
    let sources = try OptionSources.read(arguments: [], environment: [:], workingDirectory: root, root: root)
    let bootstrap = sources.bootstrap()
    let names = backends + bootstrap.strings("GLOBAL", "backend_packages")
    let plugins = try EnabledPlugins(catalog.enabled(names).backends, files: catalog.files)
    let options = try sources.parse(scopes: plugins.allScopes, goals: []).options
    let snapshot = try Snapshot.take(root: root, secret: store.secret)
    var loadOptions = LoadOptions()
    loadOptions.unmatchedGlobs = .error
    loadOptions.checksVisibility = plugins.checksVisibility
    loadOptions.sourceRoots = try plugins.sourceRoots(options)
    loadOptions.implicitTargets = options.bool("GLOBAL", "implicit_targets")
    let graph = try Workspace.load(
      snapshot: snapshot, store: store, registry: plugins.registry,
      rules: plugins.loadRules(options: options, store: store), options: loadOptions)
    let closures = try Closures(of: graph, secret: store.secret)
    let world = PlanWorld(
      graph: graph, closures: closures, options: options, store: store, environment: environment, secretNames: [], platform: "test",
      plugins: plugins, programs: programs)
    return (world, plugins)
  }

  /// The addresses that a spec names, or those that they depend on.
  package func addresses(_ spec: String, dependencies: Bool) throws -> [String] {
    let graph = try load().world.graph
    let parsed: Specs
    do throws(SpecErrors) { parsed = try Specs(parsing: [spec]) } catch { throw error.userError }
    let ids = try graph.select(parsed)
    guard dependencies else { return ids.map { graph.address(of: $0).description } }
    // What no file matches is no matter of dependencies.
    let errors = graph.findings(of: ids, strictAbout: []).filter { $0.severity == .error }
    if !errors.isEmpty {
      throw EvaluationError(
        errors.map { "\($0.location.map { "\($0.file):\($0.position.line): " } ?? "")\($0.message)" }.joined(separator: "\n"))
    }
    return Set(ids.flatMap { graph.dependencies(of: $0) }).map { graph.address(of: $0).description }.sorted()
  }

  /// The actions of a goal over specs; programs stand by name where `tools` is nil.
  package func plan(_ goal: String, _ specs: [String], tools: ToolResolver? = nil, reversed: Bool = false) throws -> TestPlan {
    let (world, plugins) = try load()
    let planner = Planner(world, tools: tools)
    var ids: [TargetID]
    let parsed: Specs
    do throws(SpecErrors) { parsed = try Specs(parsing: specs) } catch { throw error.userError }
    ids = try world.graph.select(parsed)
    ids = world.graph.expandingGenerators(ids)
    if reversed { ids.reverse() }
    var fileTools: [FileTool] = []
    switch goal {
    case "lint", "fmt", "fix":
      for declaration in plugins.fileTools
      where goal == "lint" || declaration.kind == .formatter || declaration.kind == .fixer && goal == "fix" {
        if let scope = declaration.optionScope, world.options.bool(scope, "skip") { continue }
        fileTools += try planner.fileTools(declaration, goal: goal, targets: ids, buildFiles: buildFiles(parsed, world), batchSize: 128)
      }
    case "test":
      for batch in try planner.testBatches(ids, size: 128) {
        let limits = batch.targets.compactMap { world.graph.field("timeout", of: $0).int.map(Double.init) }
        _ = try planner.test(batch, timeout: limits.count == batch.targets.count ? limits.reduce(0, +) : nil) { _ in }
      }
    case "check":
      for declaration in plugins.checkers {
        if let scope = declaration.optionScope, world.options.bool(scope, "skip") { continue }
        _ = try planner.checks(declaration, targets: ids)
      }
    case "package": for id in ids where planner.offers(plugins.packagers, id) { _ = try planner.package(id) }
    default: throw UserError("a test plans `lint`, `fmt`, `fix`, `check`, `test` or `package`, not `\(goal)`")
    }
    return TestPlan(plan: planner.plan, fileTools: fileTools)
  }

  private func buildFiles(_ specs: Specs, _ world: PlanWorld) throws -> [PathID] {
    try world.graph.buildFiles(selectedBy: specs, LoadOptions())
  }
}

/// What a goal planned.
package struct TestPlan: Sendable {
  package let plan: Plan
  package let fileTools: [FileTool]

  /// Every action with its inputs' paths; a tool over files counts as one action over all its files.
  package var actions: [(action: Action, inputs: [InputFile])] {
    get throws {
      var found: [(Action, [InputFile])] = []
      for planned in plan.actions { found.append((planned.action, try planned.action.expandedInputs { _ in [] })) }
      for tool in fileTools {
        var action = tool.template
        action.argv = action.argv.flatMap { $0 == .paths ? tool.files.map { .text($0.path) } : [$0] }
        action.inputs += tool.files.map { .file($0.input) } + tool.files.flatMap { tool.extraInputs(of: $0) }
        found.append((action, try action.expandedInputs { _ in [] }))
      }
      return found
    }
  }
}
