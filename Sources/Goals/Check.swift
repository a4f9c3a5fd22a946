// `check`: tools that judge many targets at once; what they found is a result, and told again from the store.

internal import Diagnostics
internal import Events
internal import Execution
internal import Options
internal import Plugins
internal import Scheduling
internal import Targets

/// The checkers of a run.
struct CheckGoal: BuildPart {
  var chains: [FileToolChain] = []
  private let session: Session
  private let targets: [TargetID]
  private var checks: [PlannedCheck] = []

  init(_ session: Session) throws {
    self.session = session
    targets = try session.selectedForBuilding(judgedBy: session.plugins.checkers.map { JudgingTool($0.name, $0.targetTypes) })
  }

  mutating func plan(with planner: Planner) throws {
    let only = try session.chosenTools("check", among: session.plugins.checkers.map(\.name))
    var errors = PlanErrors()
    for declaration in session.plugins.checkers where only.isEmpty || only.contains(declaration.name) {
      if let scope = declaration.optionScope, session.options.bool(scope, "skip") { continue }
      do {
        checks += try planner.checks(declaration, targets: targets)
      } catch let error as UserError {
        errors.add(error, wanter: "the checker `\(declaration.name)`")
      }
    }
    try errors.check()
  }

  mutating func finish(_ outcomes: [Outcome]) throws -> Int32 {
    let format = session.outputFormat("check")
    var report = FindingsReport()
    guard !checks.isEmpty else {
      session.show([], report, as: format)
      return session.reportNothing("check", of: "files", as: format)
    }
    var lines: [ResultLine] = []
    var clean = 0
    var bad = 0
    var unjudged = 0
    var cancelled = 0
    let own = checks.map { outcomes[Int($0.action)] }
    for (check, outcome) in zip(checks, own) {
      let judged = judge(check, outcome)
      clean += judged.clean
      bad += judged.bad
      if judged.isCancelled { cancelled += check.paths.count } else if judged.isBroken { unjudged += check.paths.count }
      report.add(tool: check.declaration.name, judged.findings)
      lines.append(line(for: check, outcome, judged))
    }
    lines += session.failedNeeds(of: checks.map(\.action), outcomes)
    session.show(lines, report, as: format)
    session.show(
      GoalSummary(
        goal: "check",
        counts: [.init(clean, "clean"), .init(bad, "with findings"), .init(unjudged, "not judged"), .init(cancelled, "cancelled")],
        isGood: own.allSatisfy(\.isSuccess), ran: own.ranCount, cached: own.cachedCount, reasons: RunReason.reasons(of: own),
        seconds: session.elapsed), as: format)
    return own.exitCode
  }

  private struct Judged {
    var clean = 0
    var bad = 0
    var isBroken = false
    var isCancelled = false
    var findings: [Finding] = []
    var text = ""
  }

  private func judge(_ check: PlannedCheck, _ outcome: Outcome) -> Judged {
    var judged = Judged()
    guard let result = outcome.result, case .exited(let status) = result.ending,
      (check.declaration.cleanStatuses + check.declaration.findingStatuses).contains(status)
    else {
      judged.isCancelled = outcome.how == .cancelled || outcome.result?.ending == .cancelled
      judged.isBroken = !judged.isCancelled
      judged.text = outcome.result.map { session.shownText(of: $0.standardOutput) + session.shownText(of: $0.standardError) } ?? ""
      return judged
    }
    if outcome.isSuccess {
      judged.clean = check.paths.count
      return judged
    }
    let (output, errors) = (session.text(of: result.standardOutput), session.text(of: result.standardError))
    judged.text = [output, errors].joinedLines
    judged.findings = check.declaration.diagnostics.records(in: output, errors)
    let named = Set(judged.findings.map(\.path))
    // A tool that names no file has found something in what it was given, all of it.
    judged.bad = named.isEmpty ? check.paths.count : named.count
    judged.clean = named.isEmpty ? 0 : check.paths.count { !named.contains($0) }
    if judged.findings.isEmpty { judged.findings = [Finding(path: check.paths.first ?? "", message: judged.text)] }
    return judged
  }

  private func line(for check: PlannedCheck, _ outcome: Outcome, _ judged: Judged) -> ResultLine {
    let several = checks.count { $0.declaration.name == check.declaration.name } > 1
    let name = several && !check.label.isEmpty ? check.label : check.declaration.name
    var line = session.line(
      "\(name): \(check.paths.count) file\(check.paths.count == 1 ? "" : "s")", outcome, showsOutput: false)
    line.detail = [judged.text].joinedLines
    if judged.bad > 0 { line.remark = "\(judged.bad) with findings" }
    return line
  }
}
