// What every goal of a run is given: the workspace as it is, the settings, the plugins, and the way out.

package import Diagnostics
package import Events
package import Execution
internal import Fingerprints
internal import Host
package import Options
package import Plugins
package import Scheduling
package import Snapshots
package import Store
package import Targets

/// One run's parts, wired by `Invocation`. The snapshot and the graph are made when a goal first asks, and again after a goal has written.
package final class Session {
  package let root: String
  package let options: Options
  package let command: Command
  package let store: Store
  package let catalog: PluginCatalog
  package let plugins: EnabledPlugins
  /// Of the process that called Baji.
  package let environment: [String: String]
  package let loadOptions: LoadOptions
  package let scheduler: Scheduler
  package let runner: LocalRunner
  package let report: @Sendable (Event) -> Void
  /// Prints a diagnostic on standard error.
  package let diagnose: @Sendable (Diagnostic) -> Void
  /// When the run began.
  package let start: Duration
  /// Whether files and folders without targets may be named: of goals that work on files.
  var toleratesUnowned = false
  /// Where Baji was called: from the workspace's root, empty at it.
  package var folder = ""
  /// Waits until what was reported so far is on the terminal: before a program takes it over.
  package let settle: @Sendable () -> Void

  /// What `--changed-…` asks for; nil where targets are named by specs.
  private lazy var changes = ChangeSelection(self)

  private let takeSnapshot: () throws -> Snapshot
  private var currentSnapshot: Snapshot?
  private var currentGraph: Graph?
  private var hasWarned = false
  private var hasNotedEmptiness = false
  /// Warnings about targets that this run has printed.
  private var told: Set<Diagnostic> = []
  private lazy var planWarnings = PlanWarnings(report: report)
  private lazy var resolver = ToolResolver(searchPath: searchPath, store: store) { [self] program, identity in
    ToolResolver.probe(program, identity, runner: runner, cancellation: scheduler.cancellation, store: store)
  }

  /// Which commit is checked out, for plans that ask.
  private(set) lazy var revisions = Revisions(
    root: root, environment: environment, workingDirectory: callersFolder, cancellation: scheduler.cancellation)
  private lazy var programs = ProgramSearcher(environment: environment, store: store, report: { [report] in report(.warning($0)) }) {
    [runner, store, cancellation = scheduler.cancellation] program, arguments in
    ProgramSearcher.probe(program, arguments, runner: runner, cancellation: cancellation, store: store)
  }

  package init(
    root: String, options: Options, command: Command, store: Store, catalog: PluginCatalog, plugins: EnabledPlugins,
    environment: [String: String],
    loadOptions: LoadOptions, scheduler: Scheduler, runner: LocalRunner, start: Duration, report: @escaping @Sendable (Event) -> Void,
    diagnose: @escaping @Sendable (Diagnostic) -> Void, settle: @escaping @Sendable () -> Void,
    takeSnapshot: @escaping () throws -> Snapshot
  ) {
    self.root = root
    self.options = options
    self.command = command
    self.store = store
    self.catalog = catalog
    self.plugins = plugins
    self.environment = environment
    self.loadOptions = loadOptions
    self.scheduler = scheduler
    self.runner = runner
    self.start = start
    self.report = report
    self.diagnose = diagnose
    self.settle = settle
    self.takeSnapshot = takeSnapshot
  }

  /// The files as this run first saw them, or as the last writing goal left them.
  package func snapshot() throws -> Snapshot {
    if let currentSnapshot { return currentSnapshot }
    let snapshot = try takeSnapshot()
    currentSnapshot = snapshot
    return snapshot
  }

  /// The targets and their edges. Warnings of loading are told once a run.
  package func graph() throws -> Graph {
    if let currentGraph { return currentGraph }
    let graph = try Workspace.load(
      snapshot: snapshot(), store: store, registry: plugins.registry, rules: loadRules(), options: loadOptions)
    if !hasWarned {
      hasWarned = true
      for warning in graph.warnings { diagnose(warning) }
      if let unknown = graph.unknownTypesWarning { diagnose(unknown) }
    }
    currentGraph = graph
    return graph
  }

  /// What plugins say about loading.
  func loadRules() throws(UserError) -> LoadRules {
    try plugins.loadRules(options: options, store: store)
  }

  /// After a goal wrote these files: what comes next sees them.
  package func renew(changing paths: [String]) throws {
    currentSnapshot = try currentSnapshot?.renewed(changing: paths)
    currentGraph = nil
  }

  /// After a goal wrote files that were perhaps not there before: what comes next looks at the workspace anew.
  package func renewAll() {
    saveIndex()
    currentSnapshot = nil
    currentGraph = nil
  }

  /// Keeps what was learnt of the files for the next run. Called after all output.
  package func saveIndex() {
    do { try currentSnapshot?.saveIndex() } catch { report(.warning("the index of the workspace was not saved: \(error)")) }
  }

  /// A path as an option gives it, from the workspace's root.
  func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(root)/\(path)" }

  /// Where the command was called, absolute.
  var callersFolder: String { folder.isEmpty ? root : "\(root)/\(folder)" }

  /// Seconds since the run began.
  package var elapsed: Double { (scheduler.clock.now - start).inSeconds }

  // MARK: - Selection

  /// Whether the command selects targets, by specs or by what has changed.
  package var hasSelection: Bool { !command.specs.isEmpty || changes != nil }

  /// The targets that the command selects, generators included; filtered by `--tag` and its like.
  ///
  /// Tells what is worth telling of them, each once a run, and stops where that is an error.
  /// - Parameters:
  ///   - withImports: also of what they import: for goals that want dependencies.
  ///   - types: those whose missing sources may stop the command: what it works on. nil for all.
  package func selected(withImports: Bool = true, workingOn types: Set<String>? = [], judgedBy tools: [JudgingTool] = []) throws
    -> [TargetID]
  {
    let ids = try matching(tools)
    try tell(graph().findings(of: ids, withImports: withImports, strictAbout: types))
    if withImports { try enforceVisibility(of: ids) }
    return ids
  }

  /// Stops at edges that rules in BUILD files forbid, tells of those they warn of. `lint` reports both itself.
  private func enforceVisibility(of ids: [TargetID]) throws {
    let graph = try graph()
    guard graph.hasViolations, options.bool("visibility", "enforce"), !command.goals.contains("lint") else { return }
    try tell(graph.violations(of: graph.expandingGenerators(ids)).map(\.diagnostic))
  }

  private func tell(_ findings: [Diagnostic]) throws {
    let errors = findings.filter { $0.severity == .error }
    if !errors.isEmpty { throw UserError(errors) }
    for finding in findings where told.insert(finding).inserted { diagnose(finding) }
  }

  private func matching(_ tools: [JudgingTool]) throws -> [TargetID] {
    let graph = try graph()
    let ids = try filtered(changes?.targets(in: graph, judgedBy: tools) ?? named(in: graph), in: graph)
    if ids.isEmpty, !hasNotedEmptiness, !toleratesUnowned {
      hasNotedEmptiness = true
      let why =
        loadOptions.implicitTargets
        ? "no backend of `[GLOBAL] backend_packages` knows its files"
        : "no BUILD file declares one (`[GLOBAL] implicit_targets = true` does without them)"
      report(
        .note(
          graph.count == 0
            ? "the workspace has no targets: \(why)"
            : "\(try changes.map { "\(try $0.summary()): " } ?? "")no target is selected"))
    }
    return ids
  }

  /// Whether targets are selected by what has changed, and so by what git says.
  var selectsByChange: Bool { changes != nil }

  private func named(in graph: Graph) throws -> [TargetID] {
    let specs: Specs
    do throws(SpecErrors) { specs = try Specs(parsing: command.specs) } catch { throw error.userError }
    do {
      let strictness = options.string("GLOBAL", "unmatched_cli_globs")
      var unmatched: [Diagnostic] = []
      defer { for warning in unmatched where told.insert(warning).inserted { diagnose(warning) } }
      return try graph.select(specs, secondaryOwners: namesSecondaryOwners) { error in
        switch error {
        case .unowned, .noTargets: if toleratesUnowned { return true }
        default: break
        }
        guard strictness != "error" else { return false }
        if strictness == "warn" {
          var warning = error.diagnostic
          warning.severity = .warning
          unmatched.append(warning)
        }
        return true
      }
    } catch {
      throw withPathsFromTheRoot(error)
    }
  }

  /// Tells once of each workspace and version that what Pants does was compared for another version.
  package func notePantsVersion() {
    guard let version = options.string("GLOBAL", "pants_version"), !version.hasPrefix(Session.comparedPantsVersion + "."),
      version != Session.comparedPantsVersion
    else { return }
    let key = store.secret.fingerprint { writer in
      writer.write("pants version")
      writer.write(root)
      writer.write(version)
    }
    guard store.get(.memo, key: key) == nil else { return }
    store.put(batch: [Store.Entry(.memo, key, [1])])
    report(
      .note(
        "`pants_version` is \(version): Baji was compared with Pants \(Session.comparedPantsVersion), and does as that does where they differ"
      ))
  }

  private static let comparedPantsVersion = "2.17"

  /// Whether files stand for the programs that they are the entry points of, too: Pants gave that up with 2.18.
  var namesSecondaryOwners: Bool {
    let parts = (options.string("GLOBAL", "pants_version") ?? "").split(separator: ".").prefix(2).map { Int($0) ?? .max }
    return parts.count == 2 && (parts[0] < 2 || parts[0] == 2 && parts[1] < 18)
  }

  /// Of some targets those that the command does not name for their entry points alone; all of them if there is no other.
  func ownersFirst(_ ids: [TargetID], in graph: Graph) -> [TargetID] {
    guard ids.count > 1, namesSecondaryOwners, changes == nil, let specs = try? Specs(parsing: command.specs),
      let named = try? Set(graph.expandingGenerators(graph.select(specs)))
    else { return ids }
    let owners = ids.filter { named.contains($0) }
    return owners.isEmpty ? ids : owners
  }

  /// The BUILD files in the folders that the command names, or those that have changed.
  func selectedBuildFiles() throws -> [PathID] {
    if let changes { return try changes.buildFiles(in: graph(), loadOptions) }
    let specs: Specs
    do throws(SpecErrors) { specs = try Specs(parsing: command.specs) } catch { throw error.userError }
    return try graph().buildFiles(selectedBy: specs, loadOptions)
  }

  /// Names the path from the root that somebody may have meant who typed one from the folder where they are.
  private func withPathsFromTheRoot(_ error: UserError) -> UserError {
    guard !folder.isEmpty else { return error }
    let meant = command.specs.filter { spec in
      guard !spec.hasPrefix("-"), let name = spec.split(separator: ":", omittingEmptySubsequences: false).first, !name.isEmpty else {
        return false
      }
      return !Files.exists("\(root)/\(name)") && Files.exists("\(root)/\(folder)/\(name)")
    }
    guard let first = meant.first else { return error }
    var error = error
    error.diagnostics[error.diagnostics.count - 1].notes.append("specs begin at the workspace's root: `\(folder)/\(first)`")
    return error
  }

  /// What building goals work on: generators replaced by what they generate.
  /// - Parameters:
  ///   - withClosure: tells what is worth telling of all they depend on as well.
  ///   - types: those whose missing sources may stop the command; nil for all.
  ///   - tools: what the goal asks for a verdict: where targets are selected by what has changed, the tools' configuration counts.
  package func selectedForBuilding(
    withClosure: Bool = true, workingOn types: Set<String>? = nil, judgedBy tools: [JudgingTool] = []
  ) throws -> [TargetID] {
    let graph = try graph()
    let ids = try graph.expandingGenerators(selected(withImports: withClosure, workingOn: types, judgedBy: tools))
    if withClosure, graph.hasFindings { try tell(graph.findings(of: graph.closure(of: ids), strictAbout: types)) }
    return ids
  }

  // MARK: - Planning

  package func planner() throws -> Planner {
    let graph = try graph()
    let world = PlanWorld(
      graph: graph, closures: try Closures(of: graph, secret: store.secret), options: options, store: store, environment: environment,
      secretNames: loadOptions.secretEnvironment, platform: scheduler.context.platform, plugins: plugins,
      programs: programs, revisions: revisions,
      warn: { [planWarnings] in planWarnings.tell($0) })
    return Planner(world, tools: resolver)
  }

  /// A program of the machine, or what to do about its absence.
  func program(_ request: SystemProgram) throws -> Tool {
    do throws(Diagnostic) { return try resolver.resolve(request) } catch { throw UserError([error]) }
  }

  /// What was asked of the machine so far.
  var machineAnswers: MachineAnswers { MachineAnswers(resolver, programs, store.secret) }

  /// Whether the machine answers so now.
  func isMachine(_ answers: MachineAnswers) -> Bool { answers.hold(resolver, programs, store.secret) }

  private var searchPath: [String] {
    options.strings("system-tools", "search_path").flatMap { item -> [String] in
      item == "<PATH>" ? (environment["PATH"] ?? "").split(separator: ":").map(String.init) : [item]
    }
  }

  /// All that is kept of what a process wrote, for whoever reads it closely.
  package func text(of output: CapturedOutput) -> String {
    switch output {
    case .inline(let bytes): String(decoding: bytes, as: UTF8.self)
    case .blob(let fingerprint, _, let omitted):
      (store.blob(fingerprint).map { String(decoding: $0, as: UTF8.self) } ?? "(the output is no longer in the store)\n")
        + (omitted > 0 ? "(\(omitted) bytes in the middle were left out)\n" : "")
    }
  }
}
