// Runs actions on this machine: a sandbox, a process, its outputs.

package import Events
package import Fingerprints
package import Host
package import Store
internal import Glibc
internal import Synchronization

/// When a sandbox stays on disk after its action has ended.
package enum KeepSandboxes: String, Sendable, CaseIterable {
  case never
  case onFailure = "on_failure"
  case always
}

package final class LocalRunner: ActionRunner {
  package struct Settings: Sendable {
    /// The workspace's root; absolute.
    package var workspace: String
    package var keepSandboxes = KeepSandboxes.never
    /// Between asking an action to end and ending it.
    package var grace: Duration = .seconds(5)
    package var limits = CaptureLimits()
    /// The value of `BAJI_ACTION` in our own environment, where we are an action ourselves.
    package var outerAction: String?
    /// Told when a tree is built, as that may take a while.
    package var report: @Sendable (Event) -> Void = { _ in }

    package init(workspace: String) { self.workspace = workspace }
  }

  private let settings: Settings
  private let store: Store
  private let makePlaces: @Sendable () -> SandboxPlaces
  private let places = Mutex<SandboxPlaces?>(nil)
  /// Begins with our process's number: by it what a killed run has left is told from what a living one works at.
  private let run = "\(getpid())-\(Files.randomName(8))"
  private let counter = Atomic<Int>(0)
  private let installer: TreeInstaller

  /// - Parameter places: asked for once, when the first action runs: a run that starts nothing looks for no place.
  package init(_ settings: Settings, store: Store, places: @escaping @Sendable () -> SandboxPlaces) {
    self.settings = settings
    self.store = store
    makePlaces = places
    installer = TreeInstaller(store: store, report: settings.report)
  }

  package func run(
    _ prepared: PreparedAction, cancellation: Cancellation, renew: (_ actual: [String: Fingerprint]) -> Void
  ) -> ActionResult {
    if cancellation.isCancelled { return ActionResult(ending: .cancelled) }
    do throws(Refusal) {
      let prepared = try equipped(prepared, cancellation)
      return try withSandbox(for: prepared, renew: renew) { sandbox, root, files in
        run(prepared, in: sandbox, root: root, files: files, cancellation: cancellation)
      }
    } catch {
      return error.result
    }
  }

  /// Runs an action with our own standard streams, for `run` and `test --debug`: nothing is captured and nothing kept.
  /// - Parameters:
  ///   - inherited: variables below the constant ones; nil for none.
  ///   - inWorkspace: start it in the workspace, with its inputs laid out in the sandbox beside it.
  /// - Returns: its ending; outputs and texts are empty.
  package func runInTerminal(
    _ prepared: PreparedAction, inherited: [String: String]? = nil, inWorkspace: Bool = false, cancellation: Cancellation
  ) -> ActionResult {
    do {
      let prepared = try equipped(prepared, cancellation)
      return try withSandbox(for: prepared, renew: { _ in }) { sandbox, root, _ in
        do {
          var process = try command(of: prepared, in: sandbox, root: root)
          if let inherited {
            // A person's own home and settings count for more than our constants, what the action declares for more than both.
            let constants = process.environment.filter { !Environment.ofResults.contains($0.key) }
            let revealed = Credentials(prepared.action.credentials)
            let declared = prepared.action.declaredVariables { revealed.applied(to: text(of: $0, prepared, root: root)) }
            process.environment = constants.merging(inherited) { $1 }.merging(declared) { $1 }
            process.environment[Environment.actionVariable] = constants[Environment.actionVariable]
          }
          if inWorkspace {
            let folder = prepared.action.workingDirectory
            process.directory = folder.isEmpty ? settings.workspace : "\(settings.workspace)/\(folder)"
          }
          let outcome = try process.runInTerminal(cancellation: cancellation)
          return ActionResult(ending: ending(of: outcome, limit: prepared.timeout), usage: ResourceUsage(outcome))
        } catch {
          return ActionResult(ending: .notStarted("\(error)"))
        }
      }
    } catch {
      return error.result
    }
  }

  /// The action with its trees built and its caches made.
  private func equipped(_ prepared: PreparedAction, _ cancellation: Cancellation) throws(Refusal) -> PreparedAction {
    let tools = try installer.place(prepared.action.tools, cancellation: cancellation) { [self] installation, renew in
      run(installation, cancellation: cancellation, renew: renew)
    }
    return tools == prepared.action.tools ? prepared : prepared.with(tools)
  }

  /// Builds the trees of an action that is going to be run on the terminal, while there is still somebody to report to.
  /// - Returns: why it cannot be run; nil when all is there.
  package func install(for action: Action, cancellation: Cancellation) -> ActionResult? {
    do throws(Refusal) {
      _ = try equipped(PreparedAction(action, id: -2, files: []), cancellation)
      return nil
    } catch {
      return error.result
    }
  }

  // MARK: - Sandbox

  /// Why nothing was started.
  struct Refusal: Error {
    let result: ActionResult

    init(_ ending: ActionResult.Ending) { result = ActionResult(ending: ending) }

    init(_ result: ActionResult) { self.result = result }
  }

  /// - Parameter body: is given the sandbox, the root that the action sees (its tree, or the workspace), and the inputs as they were laid.
  private func withSandbox(
    for prepared: PreparedAction, renew: ([String: Fingerprint]) -> Void,
    _ body: (borrowing SandboxDirectory, String, [InputFile]) -> ActionResult
  ) throws(Refusal) -> ActionResult {
    var failure = "there is no folder for sandboxes: neither in memory, nor beside the store, nor in `/tmp` or `/var/tmp`"
    for parent in currentPlaces.candidates(size: size(of: prepared.files)) {
      do throws(FileError) {
        let sandbox = try SandboxDirectory.make(under: parent)
        let directory = prepared.action.workingDirectory
        guard directory.isEmpty || SandboxFiller.isInside(directory) else {
          return ActionResult(ending: .notStarted("the working directory `\(directory)` is not inside the sandbox"))
        }
        var files = prepared.files
        var result: ActionResult
        switch prepared.action.level {
        case .tree:
          if let ending = try fill(sandbox.tree, for: prepared.action, &files, renew) { return ActionResult(ending: ending) }
          result = body(sandbox, sandbox.tree, files)
        case .none:
          if let ending = compareInPlace(&files, renew) { return ActionResult(ending: ending) }
          result = body(sandbox, settings.workspace, files)
        }
        if keeps(result, of: prepared.action) {
          writeScript(for: prepared, in: sandbox)
          result.keptSandbox = sandbox.keep()
        }
        return result
      } catch {
        failure = "cannot make the sandbox: \(error)"
        // A full or read-only place is no reason to fail while there is another.
        if error.isFull || error.isReadOnly { continue }
        throw Refusal(.notStarted(failure))
      }
    }
    throw Refusal(.notStarted(failure))
  }

  /// Found once; another thread that asks meanwhile waits, as it could do nothing without.
  private var currentPlaces: SandboxPlaces {
    places.withLock { places in
      if let places { return places }
      let made = makePlaces()
      places = made
      return made
    }
  }

  private func size(of files: [InputFile]) -> Int64 {
    files.reduce(0) { sum, file in
      switch file.source {
      case .workspace(let path): sum + ((try? Files.status("\(settings.workspace)/\(path)").size) ?? 0)
      case .bytes(let bytes): sum + Int64(bytes.count)
      case .blob, .link, .blobLink: sum
      }
    }
  }

  /// Inputs that differ from their fingerprints are tried so often before the action gives up.
  private static let attempts = 3

  /// - Returns: why the action cannot start; nil when every input is in place and the key knows what it is.
  private func fill(
    _ tree: String, for action: Action, _ files: inout [InputFile], _ renew: ([String: Fingerprint]) -> Void
  ) throws(FileError) -> ActionResult.Ending? {
    var filler = SandboxFiller(store: store, workspace: settings.workspace, tree: tree, times: action.inputTimes)
    var pending = files
    for attempt in 1...LocalRunner.attempts {
      let deviations = try filler.lay(pending, again: attempt > 1)
      if !deviations.missing.isEmpty { return .missingInputs(deviations.missing) }
      let actual = deviations.actual.filter { !deviations.unstable.contains($0.key) }
      if !actual.isEmpty {
        LocalRunner.update(&files, with: actual)
        renew(actual)
      }
      // What was renewed may have changed once more, as editors write in several steps: the newest is what people want to see.
      let doubtful = files.filter { actual[$0.path] != nil }
      pending = filler.changedSince(doubtful) + files.filter { deviations.unstable.contains($0.path) }
      if pending.isEmpty {
        try filler.makeFolder(action.workingDirectory)
        for output in action.outputs {
          if let parent = Files.parent(of: output.path), SandboxFiller.isInside(output.path) { try filler.makeFolder(parent) }
        }
        return nil
      }
    }
    return .inputsChanged(pending.map(\.path))
  }

  /// Level `.none`: the inputs stay where they are; only their fingerprints are compared.
  private func compareInPlace(_ files: inout [InputFile], _ renew: ([String: Fingerprint]) -> Void) -> ActionResult.Ending? {
    let actual = deviating(files)
    if !actual.gone.isEmpty { return .inputsChanged(actual.gone) }
    if !actual.changed.isEmpty {
      LocalRunner.update(&files, with: actual.changed)
      renew(actual.changed)
    }
    return nil
  }

  /// The workspace files among `files` that are not what their fingerprint says.
  private func deviating(_ files: [InputFile]) -> (changed: [String: Fingerprint], gone: [String]) {
    let copier = FileCopier()
    var changed: [String: Fingerprint] = [:]
    var gone: [String] = []
    for file in files {
      guard case .workspace(let path) = file.source else { continue }
      var fingerprinter = StreamingFingerprinter(store.secret)
      let copied = try? copier.read("\(settings.workspace)/\(path)") { fingerprinter.update($0) }
      let actual = fingerprinter.finish()
      if copied.map(\.wasTouched) ?? true { gone.append(file.path) } else if actual != file.fingerprint { changed[file.path] = actual }
    }
    return (changed, gone)
  }

  private static func update(_ files: inout [InputFile], with actual: [String: Fingerprint]) {
    for index in files.indices {
      guard let fingerprint = actual[files[index].path] else { continue }
      let file = files[index]
      files[index] = InputFile(path: file.path, isExecutable: file.isExecutable, fingerprint: fingerprint, source: file.source)
    }
  }

  // MARK: - Process

  private func run(
    _ prepared: PreparedAction, in sandbox: borrowing SandboxDirectory, root: String, files: [InputFile], cancellation: Cancellation
  ) -> ActionResult {
    let action = prepared.action
    let redaction = Redaction(
      paths: [root: SandboxDirectory.placeholder, sandbox.path: "\(SandboxDirectory.placeholder)/.."],
      secrets: Array(action.secrets.values) + Redaction.credentials(in: Array(action.passthrough.values) + action.credentials.values))
    var output = OutputCapture(limits: settings.limits, folder: sandbox.path, redaction: redaction)
    var error = OutputCapture(limits: settings.limits, folder: sandbox.path, redaction: redaction)
    let outcome: ProcessRun.Outcome
    do throws(SpawnError) {
      let process = try command(of: prepared, in: sandbox, root: root)
      outcome = try process.run(cancellation: cancellation) { stream, bytes in
        switch stream {
        case .output: output.take(bytes)
        case .error: error.take(bytes)
        }
      }
    } catch let failure {
      let sentence = redaction.applied(to: Array("\(failure)".utf8))
      return ActionResult(ending: .notStarted(String(decoding: sentence, as: UTF8.self)))
    }
    var result = ActionResult(ending: ending(of: outcome, limit: prepared.timeout), usage: ResourceUsage(outcome))
    if case .exited(let status) = result.ending, action.resultStatuses.contains(status) {
      collect(action, root: root, into: &result) { note in
        Array("baji: \(note)\n".utf8).withUnsafeBytes { error.take($0) }
      }
      if action.level == .none, action.cache != .never {
        let now = deviating(files)
        let paths = now.gone + now.changed.keys
        if !paths.isEmpty { result.ending = .inputsChanged(paths.sorted()) }
      }
    }
    if case .exited(let status) = result.ending, action.collectsFailures, !action.resultStatuses.contains(status) {
      let ending = result.ending
      collect(action, root: root, into: &result) { _ in }
      result.ending = ending
    }
    if outcome.survivors > 0 {
      Array("baji: \(outcome.survivors) process(es) of this action could not be ended\n".utf8).withUnsafeBytes { error.take($0) }
    }
    result.standardOutput = output.finish(store: store)
    result.standardError = error.finish(store: store)
    return result
  }

  private func collect(_ action: Action, root: String, into result: inout ActionResult, note: (String) -> Void) {
    do throws(FileError) {
      let collection = try OutputCollection(of: action.outputs, in: root, store: store)
      result.outputs = collection.files
      collection.notes.forEach(note)
      if !collection.missing.isEmpty { result.ending = .missingOutputs(collection.missing) }
    } catch {
      note("cannot take the outputs: \(error)")
      result.ending = .missingOutputs([error.path])
    }
  }

  /// - Parameter isShown: whether it is written down, not started: passwords in addresses then stay masked.
  private func command(
    of prepared: PreparedAction, in sandbox: borrowing SandboxDirectory, root: String, isShown: Bool = false
  ) throws(SpawnError) -> ProcessRun {
    let action = prepared.action
    let arguments = action.argv.map { text(of: $0, prepared, root: root) }
    var variables = Environment.variables(of: action, home: sandbox.home, temporary: sandbox.temporary) {
      text(of: $0, prepared, root: root)
    }
    let program = try Program.path(of: arguments.first ?? "", searching: variables["PATH"] ?? "")
    let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
    let name = (settings.outerAction.map { "\($0)/" } ?? "") + "\(run).\(number)"
    variables[Environment.actionVariable] = name
    let revealed = Credentials(action.credentials)
    var process = ProcessRun(
      program: program, arguments: isShown ? arguments : arguments.map({ revealed.applied(to: $0) }),
      environment: isShown ? variables : variables.mapValues({ revealed.applied(to: $0) }),
      directory: action.workingDirectory.isEmpty ? root : "\(root)/\(action.workingDirectory)",
      lineage: Lineage(variable: "\(Environment.actionVariable)=\(name)", folder: sandbox.path))
    process.standardInput = action.standardInput
    process.timeout = prepared.timeout.map { .seconds($0) }
    process.grace = settings.grace
    return process
  }

  private func text(of argument: Argument, _ prepared: PreparedAction, root: String) -> String {
    switch argument {
    case .text(let text): text
    case .tool(let index): prepared.action.tools.indices.contains(index) ? prepared.action.tools[index].path : ""
    case .cpus: String(prepared.cpus)
    case .slot: String(prepared.slot)
    case .sandboxRoot: root
    case .paths: ""  // replaced by whoever makes the batch, before anything is run
    case .joined(let pieces): pieces.map { text(of: $0, prepared, root: root) }.joined()
    }
  }

  private func ending(of outcome: ProcessRun.Outcome, limit: Double?) -> ActionResult.Ending {
    switch (outcome.stopped, outcome.ending.how) {
    case (.timedOut, _): .timedOut(seconds: limit ?? outcome.wall.inSeconds)
    case (.cancelled, _): .cancelled
    case (nil, .exited(let status)): .exited(status)
    case (nil, .signalled(let signal)): .signalled(signal)
    }
  }

  // MARK: - Kept sandboxes

  private func keeps(_ result: ActionResult, of action: Action) -> Bool {
    switch settings.keepSandboxes {
    case .never: return false
    case .always: return true
    case .onFailure:
      if case .exited(let status) = result.ending { return !action.successStatuses.contains(status) }
      return result.ending != .cancelled
    }
  }

  private func writeScript(for prepared: PreparedAction, in sandbox: borrowing SandboxDirectory) {
    let root = prepared.action.level == .none ? settings.workspace : sandbox.tree
    guard let process = try? command(of: prepared, in: sandbox, root: root, isShown: true) else { return }
    var variables = process.environment
    variables[Environment.actionVariable] = nil
    var input: String?
    if let bytes = process.standardInput {
      input = "\(sandbox.path)/stdin"
      let shown = Redaction(paths: [:], secrets: prepared.action.secrets.values).applied(to: bytes)
      try? Files.write(shown, to: "\(sandbox.path)/stdin")
    }
    let text = RunScript.text(
      arguments: process.arguments, program: process.program, environment: variables, secrets: prepared.action.secretVariables,
      directory: process.directory ?? root, input: input)
    try? Files.write(Array(text.utf8), to: "\(sandbox.path)/\(RunScript.name)", mode: 0o755)
  }
}

extension ResourceUsage {
  fileprivate init(_ outcome: ProcessRun.Outcome) {
    self.init(
      wall: outcome.wall.inSeconds, user: outcome.ending.user, system: outcome.ending.system, peakMemory: outcome.ending.peakMemory)
  }
}

extension Action {
  /// Variables whose values are for nobody to read: secrets, and what is passed through with a password in it.
  fileprivate var secretVariables: Set<String> {
    Set(secrets.keys).union(passthrough.filter { !Redaction.credentials(in: [$0.value]).isEmpty }.keys)
  }

  /// What it declares, in the order in which the later wins.
  func declaredVariables(_ text: (Argument) -> String) -> [String: String] {
    environment.mapValues(text).merging(passthrough) { $1 }.merging(secrets) { $1 }
  }
}
