// Between a run that is remembered whole and one that looks everything up: after an edit, the answers stand that rest on nothing that changed.

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

/// The memory of what runs found in the store, under a key that holds all that is not compared unit by unit: everything a whole run is remembered
/// under, with the graph and the listing in the place of the files' contents.
struct StandingAnswers {
  let standing: Standing
  private let session: Session
  private let key: Fingerprint

  /// Graphs of fewer targets than this are planned as fast as a record of them is read.
  private static let fewestTargets = 256

  /// - Returns: nil where nothing stands, whatever was kept: the goals do more than answer, or nothing outlives the run.
  init?(_ session: Session, _ planner: Planner) throws {
    let world = planner.world
    let goals = session.command.goals.compactMap(Goal.named)
    guard goals.count == session.command.goals.count, session.mayRepeatAnswers(of: goals),
      world.graph.count >= StandingAnswers.fewestTargets
    else { return nil }
    let secret = session.store.secret
    let snapshot = try session.snapshot()
    let workspace = secret.fingerprint { writer in
      writer.write(snapshot.listingFingerprint)
      writer.write(world.graph.fingerprint)
    }
    let run = RunKey(session, workspace: workspace, skippedNames: snapshot.skippedNames).fingerprint(secret)
    key = secret.fingerprint { writer in
      writer.write("standing answers")
      writer.write(run)
    }
    self.session = session
    standing = Standing(world, bytes: StandingAnswers.record(under: key, session))
  }

  /// What was kept, where the machine's answers are still the same.
  private static func record(under key: Fingerprint, _ session: Session) -> ArraySlice<UInt8>? {
    guard let bytes = session.store.get(.memo, key: key) else { return nil }
    var reader = ByteReader(bytes)
    guard let machine = try? MachineAnswers(decoding: &reader), session.isMachine(machine) else { return nil }
    return bytes.suffix(reader.remaining)
  }

  /// Tells those who watch closely, before anything runs.
  func tell() {
    guard standing.count > 0, session.saysMore else { return }
    session.report(.note("\(standing.count) answers of an earlier run stand: nothing that they rest on has changed"))
  }

  /// Keeps what this run has found out for later ones. Called once, when all is done.
  func keep() throws {
    guard let bytes = standing.bytesToKeep, !session.scheduler.cancellation.isCancelled, try session.snapshot().wasStill else { return }
    var writer = ByteWriter(reserving: bytes.count + 1024)
    session.machineAnswers.write(to: &writer)
    bytes.withUnsafeBytes { writer.append(raw: $0) }
    session.store.put(.memo, key: key, writer.bytes)
  }
}

extension Session {
  /// Whether these goals say the same whenever nothing has changed, do nothing else, and leave something that a later run may repeat.
  func mayRepeatAnswers(of goals: [Goal]) -> Bool {
    !goals.isEmpty && goals.allSatisfy { $0.onlyAnswers(options) } && store.isPersistent && catalog.broken.isEmpty && !selectsByChange
      && !options.bool("stats", "log")
  }

  /// Whether the user wants to know how answers came about.
  var saysMore: Bool { ["debug", "trace"].contains(options.string("GLOBAL", "level")) }
}
