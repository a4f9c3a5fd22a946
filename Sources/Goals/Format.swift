// `fmt` and `fix`: formatters over the selected files, a chain per file, written back where they changed something.

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
internal import Targets

/// Runs fixers (for `fix`) and then formatters, both in the order of `backend_packages`, and writes what they made of each file.
func runFormatters(_ session: Session, goal: String) throws -> Int32 {
  let planner = try session.planner()
  let skipsFormatters = goal == "fix" && session.options.bool("fix", "skip_formatters")
  let targets = try session.selectedForBuilding(
    withClosure: false, workingOn: session.typesOfFileTools,
    judgedBy: session.plugins.fileTools.filter { $0.kind.rewrites && (goal == "fix" || $0.kind == .formatter) }.map {
      JudgingTool($0.name, $0.targetTypes)
    })
  let offered = try session.fileTools(goal, targets, planner) { declaration in
    switch declaration.kind {
    case .linter: false
    case .formatter: !skipsFormatters
    case .fixer: goal == "fix"
    }
  }
  // Fixers first: what they leave is laid out.
  let tools = offered.filter { $0.declaration.kind == .fixer } + offered.filter { $0.declaration.kind == .formatter }
  guard !tools.isEmpty else { return session.reportNothing(goal, of: "files") }
  var chains = [FileToolChain(tools.map(\.tool))]
  var plan = planner.plan
  chains[0].start(in: &plan, session.scheduler)
  session.scheduler.run(plan) { id, outcome, plan in
    session.noteKeptSandbox(of: outcome, plan[id].action.label)
    _ = chains[0].finished(id, outcome, in: &plan, session.scheduler)
  }

  var lines: [ResultLine] = []
  var final: [String: Fingerprint] = [:]
  var failed = 0
  var cancelled = 0
  for (declaration, results, _) in zip(tools, chains[0].results).map({ ($0.declaration, $1, 0) }).joinedByName {
    for result in results {
      switch result.how {
      case .verdict(.formatted(let fingerprint, _), _): final[result.path] = fingerprint
      case .verdict(.clean, _): break
      case .cancelled: cancelled += 1
      case .verdict(.findings, _), .toolError, .skipped: failed += 1
      }
    }
    let changed = results.count { if case .verdict(.formatted, _) = $0.how { true } else { false } }
    var line = session.line(for: declaration, results) { _, _ in "" }
    if failed == 0, line.mark == .bad { line.mark = .changed }
    line.remark = changed > 0 ? "\(changed) changed" : ""
    lines.append(line)
  }
  let written = try session.writeBack(final)
  session.report(.results(lines))
  let all = chains[0].results.flatMap { $0 }
  let cached = all.count(where: \.isCached)
  session.report(
    .summary(
      GoalSummary(
        goal: goal,
        counts: [
          .init(written.changed.count, "changed"), .init(Set(all.map(\.path)).count - final.count - failed - cancelled, "unchanged"),
          .init(written.skipped.count, "left alone"), .init(failed, "failed"), .init(cancelled, "cancelled"),
        ],
        isGood: failed + cancelled + written.skipped.count == 0, ran: all.count - cached - cancelled, cached: cached,
        reasons: [], seconds: session.elapsed)))
  if !written.changed.isEmpty { try session.renew(changing: written.changed) }
  return failed + cancelled + written.skipped.count == 0 ? 0 : 1
}

extension Session {
  /// Writes formatted contents over the files they were made from.
  ///
  /// A file that no longer has the content that was formatted is left alone and reported. Temporary file and rename; modes are kept;
  /// a link is written through.
  func writeBack(_ contents: [String: Fingerprint]) throws -> (changed: [String], skipped: [String]) {
    guard !contents.isEmpty else { return ([], []) }
    let snapshot = try snapshot()
    return try withWriteLock { try writeBack(contents, over: snapshot, $0) }
  }

  private func writeBack(
    _ contents: [String: Fingerprint], over snapshot: Snapshot, _ stage: Stage
  ) throws -> (changed: [String], skipped: [String]) {
    var changed: [String] = []
    var skipped: [String] = []
    for (path, fingerprint) in contents.sorted(by: { $0.key < $1.key }) {
      guard let id = snapshot.id(ofPath: path), let bytes = store.blob(fingerprint) else {
        report(.warning("\(path): not written: its formatted content is no longer in the store"))
        skipped.append(path)
        continue
      }
      do {
        let target = try Files.realPath("\(root)/\(path)")
        let expected = try snapshot.kind(of: id) == .symbolicLink ? snapshot.targetFingerprint(of: id) : snapshot.fingerprint(of: id)
        let current = try Files.read(target)
        // Written at another of its paths: a link leads to its folder.
        if current == bytes {
          changed.append(path)
          continue
        }
        guard store.secret.fingerprint(of: current) == expected else {
          report(.warning("\(path): left alone: it changed while it was being formatted"))
          skipped.append(path)
          continue
        }
        faultPoint("format.before-write")
        try stage.replace(target, by: bytes)
        faultPoint("format.after-rename")
        changed.append(path)
      } catch let error as FileError {
        throw MachineError("\(error)", hint: "\(changed.count) of \(contents.count) files were written before this one")
      }
    }
    return (changed, skipped)
  }
}

extension Snapshot {
  /// Of what a link points to in the end.
  func targetFingerprint(of id: PathID) throws -> Fingerprint? {
    switch try resolve(id) {
    case .file(let target): try fingerprint(of: target)
    case .directory, .unlisted: nil
    }
  }
}
