// One run, from arguments to exit code: the only place where the parts are put together.

internal import Diagnostics
internal import Console
internal import Events
internal import Execution
internal import Goals
internal import Host
internal import Options
internal import Plugins
internal import Scheduling
internal import Snapshots
internal import Store
internal import Targets

/// One call of `baji`.
package struct Invocation {
  /// Without the program's name.
  package let arguments: [String]
  package let environment: [String: String]
  /// Absolute.
  package let workingDirectory: String

  package init(arguments: [String], environment: [String: String], workingDirectory: String) {
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
  }

  /// Does what was asked.
  /// - Returns: the exit code: 0 good, 1 a verdict went against the user, 2 the command or configuration is wrong, 3 the machine or the
  ///   engine failed, 130 interrupted.
  package func run() -> Int32 {
    // The one question that needs nothing.
    if arguments == ["--version"] || arguments == ["version"] || arguments == ["-V"] {
      Console().print(bajiVersion)
      return 0
    }
    let clock = MonotonicClock()
    let start = clock.now
    // Until the options are read: what the arguments alone say.
    let colors = arguments.contains("--no-color") || arguments.contains("--no-colors") ? false : nil
    var voice = Voice(environment: environment, colors: colors)
    defer { voice.console.finish() }
    do {
      return try run(&voice, start)
    } catch let error as UserError {
      for diagnostic in error.diagnostics { voice.diagnose(diagnostic) }
      return 2
    } catch let error as MachineError {
      voice.diagnose(error.diagnostic)
      return 3
    } catch {
      voice.diagnose(Diagnostic(.error, "\(error)"))
      return 3
    }
  }

  private func run(_ voice: inout Voice, _ start: Duration) throws -> Int32 {
    if arguments.first(where: { !$0.hasPrefix("-") }) == "init",
      !arguments.contains(where: { ["--help", "-h", "--help-advanced"].contains($0) })
    {
      return try initialize(voice)
    }
    // Help without a workspace is about what is shipped.
    if beginsWithHelp, (try? WorkspaceRoot.find(from: workingDirectory, exists: Files.exists)) == nil {
      return try helpOutsideWorkspace(voice)
    }
    let root = try WorkspaceRoot.find(from: workingDirectory, exists: Files.exists)
    let sources = try OptionSources.read(arguments: arguments, environment: environment, workingDirectory: workingDirectory, root: root)
    let bootstrap = sources.bootstrap()
    let files = try PluginFiles.shipped(environment: environment).adding(folders: bootstrap.strings("GLOBAL", "plugin_paths"), root: root)
    let wanted = bootstrap.strings("GLOBAL", "backend_packages")
    // What it says has to wait until the options are known.
    let storeWarnings = HeldBack()
    let early = asksAboutBaji ? nil : try openStore(bootstrap, storeWarnings.tell)
    let catalog = early.map { PluginCatalog(files, only: wanted, rememberedIn: $0) } ?? PluginCatalog(files, only: wanted)
    let (backends, missing) = try enabled(wanted, catalog, sources)

    let plugins = try EnabledPlugins(backends, files: files)
    let parsed = try sources.parse(scopes: plugins.allScopes, goals: Goal.all.map(\.syntax), isComplete: catalog.broken.isEmpty)
    let options = parsed.options
    let command = parsed.command
    voice = Voice(
      environment: environment, colors: options.optionalBool("GLOBAL", "colors"), animates: options.optionalBool("GLOBAL", "dynamic_ui"),
      level: options.string("GLOBAL", "level") ?? "info", ignored: try IgnoredWarnings(options.strings("GLOBAL", "ignore_warnings")))
    for broken in catalog.broken { voice.diagnose(Invocation.disabled(broken)) }
    storeWarnings.release { [report = voice.report] in report(.warning($0)) }

    if command.wantsVersion || command.goals == ["version"] {
      voice.console.print(bajiVersion)
      return 0
    }
    if asksForHelp(command) {
      try printHelp(command, HelpSubject(options: options, plugins: plugins, catalog: PluginCatalog(files), missing: missing), voice)
      return 0
    }
    if command.goals.contains("init") { throw UserError("`init` stands alone", hint: "`baji init`, at the root of the repository") }
    if let line = options.ignoredSummary { voice.report(.note(line)) }
    if let warning = missingBackendsWarning(missing) { voice.diagnose(warning) }

    let counters = options.bool("stats", "log") ? RunCounters() : nil
    if let counters { voice = voice.counted(by: counters) }
    let recorder = RunRecorder()
    voice = voice.heard(by: recorder)
    let store = try early ?? openStore(options, storeWarnings.tell)
    let session = try makeSession(root, sources, options, command, store, catalog, plugins, voice, start)
    if workingDirectory.hasPrefix("\(root)/") { session.folder = String(workingDirectory.dropFirst(root.utf8.count + 1)) }
    // Also after an error: what was learnt of the files is worth keeping.
    defer {
      session.saveIndex()
      session.store.close(maxSize: options.int("cache", "max_size").map(Int64.init))
    }
    session.notePantsVersion()
    var code = try work(session, recorder)
    if session.scheduler.cancellation.isCancelled { code = 130 }
    if let counters { voice.console.diagnostic(counters.lines.joined(separator: "\n")) }
    return code
  }

  /// Whether it looks as if nothing but help or the version was wanted, for which no store is opened.
  private var asksAboutBaji: Bool {
    arguments.isEmpty
      || arguments.prefix { $0 != "--" }.contains {
        ["help", "help-advanced", "help-all", "--help", "--help-advanced", "--help-all", "-h", "version", "--version", "-V"].contains($0)
      }
  }

  /// Writes a `baji.toml` at the root of the repository that the working directory lies in: the nearest folder with `.git`, else itself.
  private func initialize(_ voice: Voice) throws -> Int32 {
    if let stray = arguments.first(where: { $0 != "init" && !["--no-color", "--no-colors"].contains($0) }) {
      throw UserError(
        "`baji init` takes no arguments, and there is `\(stray)`", hint: "change to the root of the repository, and call it there")
    }
    var root = workingDirectory
    var folder: String? = workingDirectory
    while let current = folder {
      if Files.exists("\(current)/baji.toml") {
        throw UserError(
          "`\(current)/baji.toml` is there already, and `init` changes no configuration that somebody has written",
          hint: "edit it, or move it away to have one made anew")
      }
      if Files.exists("\(current)/.git") || Files.exists("\(current)/pants.toml") {
        root = current
        break
      }
      folder = current == "/" ? nil : Files.parent(of: current)
    }
    let catalog = PluginCatalog(try PluginFiles.shipped(environment: environment))
    for broken in catalog.broken { voice.diagnose(Invocation.disabled(broken)) }
    let plugins = try EnabledPlugins(catalog.backends.filter { $0.name == "baji.core" }, files: catalog.files)
    let sources = try OptionSources.read(arguments: [], environment: [:], workingDirectory: root, root: root)
    let options = try sources.parse(scopes: plugins.allScopes, goals: []).options
    let store = Store.disabled()
    let snapshot: Snapshot
    do throws(SnapshotError) {
      snapshot = try Snapshot.take(
        root: root,
        options: SnapshotOptions(
          ignorePatterns: options.strings("GLOBAL", "pants_ignore"), useGitignore: options.bool("GLOBAL", "pants_ignore_use_gitignore")),
        secret: store.secret, indexFile: nil, report: { voice.report(.warning("\($0)")) })
    } catch {
      throw MachineError("\(error)")
    }
    let made = try Initialization(root: root, snapshot: snapshot, catalog: catalog, options: options)
    if let text = made.text {
      do throws(FileError) { try Files.writeAtomically(Array(text.utf8), to: "\(root)/baji.toml") } catch { throw MachineError("\(error)") }
    }
    voice.console.print(made.lines.joined(separator: "\n"))
    return 0
  }

  /// Goals in their order: those that build share one plan, those that write or take the terminal stand alone.
  private func work(_ session: Session, _ recorder: RunRecorder) throws -> Int32 {
    let goals = session.command.goals.compactMap(Goal.named)
    if !session.command.words.isEmpty || goals.contains(where: \.takesWords) {
      // Goals about Baji itself take no specs.
    } else if !session.hasSelection, goals.contains(where: \.needsSpecs) {
      session.noteNothingNamed()
      return 0
    }
    let memo = RunMemo(goals, in: session, recorder)
    if let code = try memo?.answer() { return code }
    var worst: Int32 = 0
    var parts: [any BuildPart] = []
    func flush() throws {
      guard !parts.isEmpty else { return }
      worst = max(worst, try build(parts, in: session))
      parts = []
    }
    for goal in goals {
      if session.scheduler.cancellation.isCancelled { break }
      switch goal.kind {
      case .build(let make): parts.append(try make(session))
      case .query(let answer):
        try flush()
        worst = max(worst, try answer(session))
      case .barrier(let act):
        try flush()
        worst = max(worst, try act(session))
      case .meta: break
      }
    }
    try flush()
    try memo?.keep(worst)
    return worst
  }

  // MARK: - Parts

  private func makeSession(
    _ root: String, _ sources: OptionSources, _ options: Options, _ command: Command, _ store: Store, _ catalog: PluginCatalog,
    _ plugins: EnabledPlugins, _ voice: Voice, _ start: Duration
  ) throws -> Session {
    let console = voice.console
    let report = voice.report
    var settings = LocalRunner.Settings(workspace: root)
    settings.keepSandboxes = keptSandboxes(options)
    settings.outerAction = environment["BAJI_ACTION"]
    settings.report = report
    if let seconds = options.int("GLOBAL", "process_execution_graceful_shutdown_timeout") { settings.grace = .seconds(max(0, seconds)) }
    let environment = self.environment
    let sandboxFolder = options.string("GLOBAL", "local_execution_root_dir")
    let runner = LocalRunner(settings, store: store) {
      SandboxPlaces.usual(
        store: store.isPersistent ? store.folder : "", environment: environment, folder: sandboxFolder, report: { report(.warning($0)) })
    }
    let cancellation = Cancellation()
    // Who starts no process has nothing to end: a signal's own effect will do, and no thread waits for one.
    let startsProcesses = !command.goals.compactMap(Goal.named).allSatisfy(\.onlyAsks)
    if startsProcesses {
      Signals.watch { signal, before in
        if before > 0 {
          console.finish()
          Signals.die(of: signal)
        }
        cancellation.cancel()
      }
    }
    let machine = startsProcesses ? Machine.limits() : Machine(cpus: 1, memory: .max)
    let jobs = options.int("GLOBAL", "process_execution_local_parallelism") ?? machine.cpus
    let scheduler = Scheduler(
      store: store, runner: runner, context: KeyContext(secret: store.secret, engine: engineVersion, platform: Machine.platform),
      slots: Slots(cpus: max(1, jobs), memory: machine.memory), cancellation: cancellation, report: report)
    let snapshotOptions = SnapshotOptions(
      ignorePatterns: options.strings("GLOBAL", "pants_ignore"), useGitignore: options.bool("GLOBAL", "pants_ignore_use_gitignore"))
    return Session(
      root: root, options: options, command: command, store: store, catalog: catalog, plugins: plugins, environment: environment,
      loadOptions: try loadOptions(options, sources, plugins), scheduler: scheduler, runner: runner, start: start, report: report,
      diagnose: voice.diagnose,
      settle: { console.finish() },
      takeSnapshot: {
        do throws(SnapshotError) {
          return try Snapshot.take(
            root: root, options: snapshotOptions, secret: store.secret, indexFile: store.indexFile(for: root),
            report: { report(.warning("\($0)")) })
        } catch {
          throw MachineError("\(error)")
        }
      })
  }

  /// Without a store on disk nothing of earlier runs counts, and nothing is kept.
  private func openStore(_ options: Options, _ warn: @escaping @Sendable (String) -> Void) throws -> Store {
    options.bool("GLOBAL", "local_cache") ? Store.openOrDisabled(at: try storeLocation(options), report: warn) : Store.disabled()
  }

  /// `keep_sandboxes`, or its older name.
  private func keptSandboxes(_ options: Options) -> KeepSandboxes {
    if let cleans = options.optionalBool("GLOBAL", "process_cleanup") { return cleans ? .never : .always }
    return options.string("GLOBAL", "keep_sandboxes").flatMap(KeepSandboxes.init) ?? .never
  }

  private func storeLocation(_ options: Options) throws -> String {
    do throws(StoreError) {
      return try Store.location(environment: environment, option: options.string("GLOBAL", "local_store_dir"))
    } catch {
      throw UserError("\(error)")
    }
  }

  private func loadOptions(_ options: Options, _ sources: OptionSources, _ plugins: EnabledPlugins) throws -> LoadOptions {
    var load = LoadOptions()
    load.buildPatterns = options.strings("GLOBAL", "build_patterns")
    load.buildIgnore = options.strings("GLOBAL", "build_ignore")
    load.preludeGlobs = options.strings("GLOBAL", "build_file_prelude_globs")
    let usesPants = sources.configFiles.contains { $0.split(separator: "/").last?.hasPrefix("pants") == true }
    load.unknownTargets =
      options.string("GLOBAL", "unknown_targets").flatMap(LoadOptions.Strictness.init) ?? (usesPants ? .warn : .error)
    load.unknownDependencies = load.unknownTargets == .error ? .error : .warn
    // A backend that is not here may have brought fields.
    let isComplete = options.strings("GLOBAL", "backend_packages").allSatisfy { name in
      plugins.backends.contains { $0.name == name || $0.aliases.contains(name) }
    }
    load.unknownFields = isComplete ? .error : load.unknownTargets
    load.checksVisibility = plugins.checksVisibility
    load.unmatchedGlobs = options.string("GLOBAL", "unmatched_build_file_globs").flatMap(LoadOptions.Strictness.init) ?? .warn
    load.sourceRoots = try plugins.sourceRoots(options)
    load.implicitTargets = options.bool("GLOBAL", "implicit_targets")
    let environment = environment
    load.environment = { environment[$0] }
    return load
  }

  /// A broken plugin disables itself, never the tool.
  private static func disabled(_ diagnostic: Diagnostic) -> Diagnostic {
    var warning = diagnostic
    warning.severity = .warning
    warning.notes.append("this plugin is disabled; everything else goes on")
    return warning
  }
}
