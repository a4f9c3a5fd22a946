// `generate-lockfiles`: each lock is made in a sandbox and put into the workspace whole.

internal import Diagnostics
internal import Events
internal import Execution
internal import Fingerprints
internal import Host
internal import Options
internal import Plugins
internal import Scheduling
internal import Snapshots
internal import Store

/// Runs the generators of the wanted names, or of all, and writes what they made.
func generateLockfiles(_ session: Session) throws -> Int32 {
  let planner = try session.planner()
  let offers = try session.plugins.lockfileGenerators.map { ($0, try planner.names($0)) }
  let wanted = session.options.strings("generate-lockfiles", "resolve")
  let known = offers.flatMap(\.1)
  try session.checkNames(wanted, among: known, goal: "generate-lockfiles")
  var locks: [Lockfile] = []
  var errors = PlanErrors()
  for (tool, names) in offers {
    for name in names where wanted.isEmpty || wanted.contains(name) {
      do {
        let path = try planner.path(tool, name)
        if let other = locks.first(where: { $0.path == path }) {
          throw UserError("the lockfiles `\(other.name)` and `\(name)` both want to be `\(path)`")
        }
        var action = try planner.action(tool, name, goal: "lock")
        guard action.outputs.contains(where: { $0.name == Lockfile.output && $0.kind == .file }) else {
          throw UserError("the plugin's `\(tool.name)` declares no output file named `\(Lockfile.output)`")
        }
        if action.label.isEmpty { action.label = "lock \(name)" }
        locks.append(Lockfile(tool: tool, name: name, path: path, action: planner.append(PlannedAction(action, outputsAreUsed: true))))
      } catch let error as UserError {
        errors.add(error, wanter: "the lockfile `\(name)`")
      }
    }
  }
  try errors.check()
  let outcomes = session.scheduler.run(planner.plan)
  planner.keepPlans()
  return try session.tell(locks, outcomes, planner)
}

/// A lock that is to be generated.
private struct Lockfile {
  /// What the generator's output is called.
  static let output = "lockfile"

  let tool: NamedToolDeclaration
  let name: String
  /// From the workspace's root.
  let path: String
  let action: ActionID
}

extension Session {
  fileprivate func tell(_ locks: [Lockfile], _ outcomes: [Outcome], _ planner: Planner) throws -> Int32 {
    var lines: [ResultLine] = []
    var changed: [String] = []
    let own = locks.map { outcomes[Int($0.action)] }
    func write(_ stage: Stage?) throws {
      for (lock, outcome) in zip(locks, own) {
        var line = line("\(lock.name): \(lock.path)", outcome, showsOutput: !outcome.isSuccess)
        if let stage, outcome.isSuccess, let file = outcome.result?.outputs.first(where: { $0.output == Lockfile.output }) {
          guard let bytes = store.blob(file.fingerprint) else {
            throw MachineError("the content of `\(lock.path)` is no longer in the store")
          }
          let before = try replace(lock.path, by: bytes, stage)
          if before == bytes {
            line.remark = "unchanged"
          } else {
            line.mark = .changed
            changed.append(lock.path)
            if options.bool("generate-lockfiles", "diff") { line.detail = difference(lock, before, bytes, planner) }
          }
        }
        lines.append(line)
      }
    }
    if own.contains(where: \.isSuccess) { try withWriteLock(write) } else { try write(nil) }
    lines += failedNeeds(of: locks.map(\.action), outcomes)
    report(.results(lines))
    let made = own.count(where: \.isSuccess)
    report(
      .summary(
        GoalSummary(
          goal: "generate-lockfiles",
          counts: [.init(changed.count, "changed"), .init(made - changed.count, "unchanged"), .init(own.count - made, "failed")],
          isGood: made == own.count, ran: own.ranCount, cached: own.cachedCount, seconds: elapsed)))
    if !changed.isEmpty { renewAll() }
    return own.exitCode
  }

  /// - Returns: what was there before; nil for nothing.
  private func replace(_ path: String, by bytes: [UInt8], _ stage: Stage) throws -> [UInt8]? {
    let absolute = "\(root)/\(path)"
    do {
      guard Files.exists(absolute) else {
        if let parent = Files.parent(of: absolute) { try Files.createDirectories(parent) }
        try stage.replace(absolute) { try Files.write(bytes, to: $0) }
        return nil
      }
      let target = try Files.realPath(absolute)
      let before = try Files.read(target)
      if before != bytes { try stage.replace(target, by: bytes) }
      return before
    } catch let error as FileError {
      throw MachineError("\(error)", hint: error.isReadOnly ? "the workspace is read-only: this goal writes into it" : nil)
    }
  }

  /// `+ name 1.0`, `- name 1.0`, `~ name 1.0 → 1.1`, by name.
  private func difference(_ lock: Lockfile, _ before: [UInt8]?, _ after: [UInt8], _ planner: Planner) -> String {
    guard let new = planner.entries(lock.tool, in: String(decoding: after, as: UTF8.self)) else { return "" }
    let old = before.flatMap { planner.entries(lock.tool, in: String(decoding: $0, as: UTF8.self)) } ?? [:]
    return Set(old.keys).union(new.keys).sorted().compactMap { name -> String? in
      switch (old[name], new[name]) {
      case (nil, let version?): "  + \(name) \(version)"
      case (let version?, nil): "  - \(name) \(version)"
      case (let from?, let to?) where from != to: "  ~ \(name) \(from) → \(to)"
      default: nil
      }
    }.joined(separator: "\n")
  }
}
