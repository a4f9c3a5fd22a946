// Several goals as one plan: each adds its actions, one run does them all, then each tells what became of its own.

internal import Events
package import Plugins
package import Scheduling
internal import Diagnostics
package import Execution

/// One goal's share of a common plan.
package protocol BuildPart {
  /// Adds actions to the planner; called once, before anything runs.
  mutating func plan(with planner: Planner) throws
  /// Tools over files that this goal wants run, in chains.
  var chains: [FileToolChain] { get set }
  /// An action of the plan is done. What it adds to the plan is done in the same run.
  mutating func finished(_ id: ActionID, _ outcome: Outcome, in plan: inout Plan)
  /// Tells what became of it.
  /// - Returns: the exit code: 0, or 1 where a verdict went against the user.
  mutating func finish(_ outcomes: [Outcome]) throws -> Int32
}

extension BuildPart {
  package mutating func finished(_ id: ActionID, _ outcome: Outcome, in plan: inout Plan) {}
}

/// Plans and runs the goals' parts together, then reports them one by one in their order.
/// - Returns: the worst exit code.
package func build(_ parts: [any BuildPart], in session: Session) throws -> Int32 {
  var parts = parts
  let planner = try session.planner()
  let answers = try StandingAnswers(session, planner)
  planner.standing = answers?.standing
  var errors: [Diagnostic] = []
  for index in parts.indices {
    do {
      try parts[index].plan(with: planner)
    } catch let error as UserError {
      PlanErrors.merge(error.diagnostics, into: &errors)
    }
  }
  if !errors.isEmpty { throw UserError(errors) }

  answers?.tell()

  var plan = planner.plan
  for part in parts.indices {
    for chain in parts[part].chains.indices { parts[part].chains[chain].start(in: &plan, session.scheduler) }
  }
  let outcomes = session.scheduler.run(plan) { id, outcome, plan in
    session.noteKeptSandbox(of: outcome, plan[id].action.label)
    for part in parts.indices { parts[part].finished(id, outcome, in: &plan) }
    for part in parts.indices {
      for chain in parts[part].chains.indices where !parts[part].chains[chain].isDone {
        if parts[part].chains[chain].finished(id, outcome, in: &plan, session.scheduler) { return }
      }
    }
  }
  var worst: Int32 = 0
  for index in parts.indices { worst = max(worst, try parts[index].finish(outcomes)) }
  planner.keepPlans()
  try answers?.keep()
  return worst
}

extension ActionResult.Ending {
  /// For the end of a result's line; empty for a plain success.
  var remark: String {
    switch self {
    case .exited(0): ""
    case .exited(let status): "exit status \(status)"
    case .signalled(let signal): "killed by signal \(signal)"
    case .timedOut(let seconds):
      "timed out after \(seconds.rounded() == seconds ? "\(Int(seconds))" : "\(seconds)")s (raise its `timeout` if it needs longer)"
    case .cancelled: "cancelled"
    case .inputsChanged(let paths): "inputs changed during the run: \(paths.prefix(3).joined(separator: ", "))"
    case .missingInputs(let paths): "inputs are no longer in the store: \(paths.prefix(3).joined(separator: ", "))"
    case .missingOutputs(let paths): "did not leave its outputs: \(paths.joined(separator: ", "))"
    case .notStarted(let reason): reason
    }
  }
}

extension Session {
  /// Tells where a sandbox that `--keep-sandboxes` keeps is to be found.
  func noteKeptSandbox(of outcome: Outcome, _ label: String) {
    guard outcome.how == .ran, let kept = outcome.result?.keptSandbox else { return }
    report(.note("sandbox kept: \(kept) (\(label)); `__run.sh` in it runs the same command"))
  }

  /// The last line of a goal that found nothing to do.
  /// - Parameter things: what it would have counted: `files`, `tests`.
  /// - Returns: the exit code.
  func reportNothing(_ goal: String, of things: String, as format: FindingsFormat = .text) -> Int32 {
    noteNothingApplicable(to: goal)
    show(GoalSummary(goal: goal, counts: [.init(0, things)], isGood: true, ran: 0, cached: 0, seconds: elapsed), as: format)
    return 0
  }

  /// One action's line in a goal's results.
  func line(_ name: String, _ outcome: Outcome, showsOutput: Bool) -> ResultLine {
    let mark: ResultLine.Mark
    let cost: ResultLine.Cost
    switch outcome.how {
    case .hit, .deduplicated: (mark, cost) = (outcome.isSuccess ? .good : .bad, .cached)
    case .ran: (mark, cost) = (outcome.isSuccess ? .good : .bad, .seconds(outcome.seconds))
    case .skipped: (mark, cost) = (.skipped, .none("skipped"))
    case .cancelled: (mark, cost) = (.cancelled, .none("cancelled"))
    }
    var detail = ""
    if showsOutput, let result = outcome.result {
      detail = [shownText(of: result.standardOutput), shownText(of: result.standardError)].joinedLines
    }
    var remark = outcome.isSuccess || mark == .cancelled ? "" : outcome.result?.ending.remark ?? ""
    if case .skipped = outcome.how { remark = "something it needs failed" }
    return ResultLine(mark, name, cost, attempts: outcome.attempts, remark: remark, detail: detail)
  }
}

extension [String] {
  /// As one text, without the newline at its end; empty ones are left out.
  var joinedLines: String {
    filter { !$0.isEmpty }.map { $0.hasSuffix("\n") ? String($0.dropLast()) : $0 }.joined(separator: "\n")
  }
}

extension ActionResult.Ending {
  /// The machine or the engine failed, not what was run: no room for a sandbox, an input that is gone from the store.
  var isMachineFailure: Bool {
    switch self {
    case .notStarted, .missingInputs: true
    default: false
    }
  }
}

extension Sequence<Outcome> {
  /// 0 where all are well, 3 where the machine failed one, else 1.
  var exitCode: Int32 {
    var code: Int32 = 0
    for outcome in self where !outcome.isSuccess { code = Swift.max(code, outcome.result?.ending.isMachineFailure == true ? 3 : 1) }
    return code
  }

  var ranCount: Int { count { $0.how == .ran } }
  var cachedCount: Int {
    count { outcome in
      switch outcome.how {
      case .hit, .deduplicated: true
      default: false
      }
    }
  }
}

extension Session {
  /// Lines for the actions because of which some of `actions` were skipped.
  func failedNeeds(of actions: [ActionID], _ outcomes: [Outcome]) -> [ResultLine] {
    var seen: Set<ActionID> = []
    var lines: [ResultLine] = []
    for action in actions {
      guard case .skipped(let cause) = outcomes[Int(action)].how, seen.insert(cause).inserted else { continue }
      lines.append(line("(needed) action \(cause)", outcomes[Int(cause)], showsOutput: true))
    }
    return lines
  }
}
