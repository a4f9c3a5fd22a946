// `export`: environments that plugins build under the dist folder, by name.

internal import Diagnostics
internal import Events
internal import Execution
internal import Host
internal import Options
internal import Plugins
internal import Scheduling

/// Runs the exporters that know the wanted names.
func exportEnvironments(_ session: Session) throws -> Int32 {
  let planner = try session.planner()
  let offers = try session.plugins.exporters.map { ($0, try planner.names($0)) }
  let wanted = session.options.strings("export", "resolve")
  let known = offers.flatMap(\.1)
  if wanted.isEmpty {
    throw UserError(
      "`export` needs a name: `--resolve=…`",
      hint: known.isEmpty ? "no enabled plugin offers one" : "there are: \(known.joined(separator: ", "))")
  }
  try session.checkNames(wanted, among: known, goal: "export")
  let directory = "\(session.distFolder)/export"
  var planned: [(name: String, action: Action)] = []
  for (tool, names) in offers {
    for name in wanted where names.contains(name) {
      planned.append(("\(tool.name) \(name)", try planner.action(tool, name, [directory], goal: "export")))
    }
  }
  let outcomes = session.scheduler.run(planner.plan)
  planner.keepPlans()
  if let code = session.reportFailedNeed(of: "export", outcomes) { return code }
  var lines: [ResultLine] = []
  var code: Int32 = 0
  let before = session.elapsed
  try session.withWriteLock { _ in
    do {
      try Files.createDirectories(directory)
    } catch let error as FileError {
      throw MachineError("\(error)")
    }
    for (name, action) in planned {
      let ending = try session.runOnTerminal(action, outcomes, inWorkspace: true)
      let isGood = ending == .exited(0)
      if !isGood { code = max(code, ending == .cancelled ? 130 : ending.isMachineFailure ? 3 : 1) }
      lines.append(
        ResultLine(
          isGood ? .good : .bad, name, .seconds(session.elapsed - before),
          remark: isGood ? "→ \(session.shownDistFolder)/export" : ending.remark))
    }
  }
  session.report(.results(lines))
  let good = lines.count { $0.mark == .good }
  session.report(
    .summary(
      GoalSummary(
        goal: "export", counts: [.init(good, "exported"), .init(lines.count - good, "failed")],
        isGood: good == lines.count, ran: lines.count, cached: 0, seconds: session.elapsed)))
  return code
}

extension Session {
  /// - Throws: for the first name that is not known.
  func checkNames(_ names: [String], among known: [String], goal: String) throws {
    guard let unknown = names.first(where: { !known.contains($0) }) else { return }
    throw UserError(
      "`--\(goal)-resolve` names `\(unknown)`, which there is not",
      hint: didYouMean(unknown, amongFew: known, none: "no enabled plugin offers one"))
  }
}
