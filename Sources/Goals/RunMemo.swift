// A run in which nothing was to be done, remembered whole: the next one that finds everything as it was says the same, and loads nothing.

internal import Events
internal import Execution
internal import Fingerprints
internal import Host
internal import Options
internal import Plugins
internal import Scheduling
internal import Snapshots
internal import Store
internal import Targets

/// All that the answer of a run rests on, but for what planning asks of the machine. Two runs with equal keys, for which the machine is the same,
/// plan the same actions under the same keys.
///
/// More is in it than any run looks at: a variable that nobody reads costs a run that is not answered from memory, one that is forgotten would
/// cost an answer that is wrong.
struct RunKey {
  struct Setting: Equatable {
    var scope: String
    var name: String
    /// Canonical.
    var value: String
    /// Whether somebody said so: a default may be taken as something else (`[source] root_patterns`).
    var isSet: Bool
  }

  struct PluginFile: Equatable {
    var path: String
    var content: Fingerprint
  }

  /// Of the running executable.
  var engine: [Int64]
  var platform: String
  /// Of the workspace, absolute.
  var root: String
  /// Where the command was called.
  var folder: String
  var goals: [String]
  var specs: [String]
  /// What follows `--`; nil without one, which is not the same as nothing behind it.
  var passthrough: [String]?
  /// All of all scopes.
  var settings: [Setting]
  /// The whole environment. Only its fingerprint is kept, under the store's own secret.
  var environment: [String: String]
  /// All there are, enabled or not.
  var pluginFiles: [PluginFile]
  var enabledBackends: [String]
  /// How BUILD files are read, which also depends on which configuration files there are.
  var loadOptions: [UInt8]
  /// The store's.
  var generation: [UInt8]
  /// The workspace's digest.
  var workspace: Fingerprint
  /// Names that are no part of the workspace because they are no text: warned of in every run.
  var skippedNames: [String]

  func fingerprint(_ secret: Secret) -> Fingerprint {
    secret.fingerprint { writer in
      writer.write("run 1")
      writer.write(engine) { $0.write(Int($1)) }
      writer.write(platform)
      writer.write(root)
      writer.write(folder)
      writer.write(goals)
      writer.write(specs)
      writer.write(passthrough) { $0.write($1) }
      writer.write(settings) { writer, setting in
        writer.write(setting.scope)
        writer.write(setting.name)
        writer.write(setting.value)
        writer.write(setting.isSet)
      }
      writer.write(environment.sorted { $0.key < $1.key }) { writer, variable in
        writer.write(variable.key)
        writer.write(variable.value)
      }
      writer.write(pluginFiles) { writer, file in
        writer.write(file.path)
        writer.write(file.content)
      }
      writer.write(enabledBackends)
      writer.write(loadOptions)
      writer.write(generation)
      writer.write(workspace)
      writer.write(skippedNames)
    }
  }
}

extension RunKey {
  init(_ session: Session, workspace: Fingerprint, skippedNames: [String]) {
    let secret = session.store.secret
    engine = Memo.engineVersion
    platform = session.scheduler.context.platform
    root = session.root
    folder = session.folder
    goals = session.command.goals
    specs = session.command.specs
    passthrough = session.command.passthrough
    var settings: [Setting] = []
    session.options.forEach { settings.append(Setting(scope: $0, name: $1, value: $2, isSet: $3)) }
    self.settings = settings
    environment = session.environment
    pluginFiles = session.plugins.files.files.map { PluginFile(path: $0.path, content: $0.fingerprint(secret)) }
    enabledBackends = session.plugins.backends.map(\.name)
    var writer = ByteWriter()
    session.loadOptions.write(to: &writer)
    loadOptions = writer.bytes
    generation = session.store.generation
    self.workspace = workspace
    self.skippedNames = skippedNames
  }
}

/// The memory of whole runs: of building goals that only answer, in which nothing ran.
///
/// Kept is what the run said, with what planning asked of the machine. It is said again where the key is the same and the machine's answers are.
package struct RunMemo {
  private let session: Session
  private let recorder: RunRecorder
  /// Larger answers than this are found out anew, in bytes.
  private static let largestAnswer = 4 << 20

  /// - Parameter recorder: hears everything that the session says.
  /// - Returns: nil where such a run is not remembered: a goal does more than answer, git has a say in it, or nothing outlives the run.
  package init?(_ goals: [Goal], in session: Session, _ recorder: RunRecorder) {
    guard session.mayRepeatAnswers(of: goals) else { return nil }
    self.session = session
    self.recorder = recorder
  }

  /// Says what an equal run said.
  /// - Returns: its exit code; nil where there was none: then everything that is said from here on is taken down.
  package func answer() throws -> Int32? {
    if let key = try key(), let (code, said) = remembered(under: key) {
      if session.saysMore {
        session.report(.note("nothing has changed since an earlier run: its answer is given again"))
      }
      for something in said { say(something) }
      return code
    }
    recorder.begin()
    return nil
  }

  /// Keeps what was said since `answer`, if a later run may repeat it.
  /// - Parameter code: the run's exit code.
  package func keep(_ code: Int32) throws {
    // What git answers is no part of the key.
    guard let said = recorder.end(), !session.scheduler.cancellation.isCancelled, !session.revisions.wereAsked,
      try session.snapshot().wasStill, let key = try key()
    else { return }
    var writer = ByteWriter()
    writer.write(code)
    session.machineAnswers.write(to: &writer)
    writer.write(said) { $0.write($1) }
    if writer.bytes.count <= RunMemo.largestAnswer { session.store.put(.memo, key: key, writer.bytes) }
  }

  /// nil where it cannot be said what the workspace holds.
  private func key() throws -> Fingerprint? {
    let snapshot = try session.snapshot()
    guard let digest = snapshot.digest() else { return nil }
    return RunKey(session, workspace: digest, skippedNames: snapshot.skippedNames).fingerprint(session.store.secret)
  }

  private func remembered(under key: Fingerprint) -> (code: Int32, said: [Said])? {
    guard let bytes = session.store.get(.memo, key: key) else { return nil }
    do throws(MalformedBytes) {
      var reader = ByteReader(bytes)
      let code = try reader.readInt32()
      let machine = try MachineAnswers(decoding: &reader)
      let said = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readSaid() }
      guard reader.isAtEnd, session.isMachine(machine) else { return nil }
      return (code, said)
    } catch {
      return nil
    }
  }

  private func say(_ something: Said) {
    switch something {
    case .diagnostic(let diagnostic): session.diagnose(diagnostic)
    case .event(.summary(let summary)): session.report(.summary(summary.timed(session.elapsed)))
    case .event(.aside(.summary(let summary))): session.report(.aside(.summary(summary.timed(session.elapsed))))
    case .event(let event): session.report(event)
    }
  }
}

extension GoalSummary {
  fileprivate func timed(_ seconds: Double) -> GoalSummary {
    var summary = self
    summary.seconds = seconds
    return summary
  }
}

extension Goal {
  /// Whether what it says is all that it does: it changes no file, takes no terminal, and says the same whenever nothing has changed.
  func onlyAnswers(_ options: Options) -> Bool {
    switch name {
    case "lint", "check": true
    case "test": !["force", "debug", "report", "record_durations", "use_coverage", "open_coverage"].contains { options.bool("test", $0) }
    default: false
    }
  }
}
