// `test`: one action per test target, a line for each, its output where it failed.

internal import Diagnostics
internal import Events
internal import Execution
internal import Host
internal import Options
internal import Plugins
internal import Scheduling
internal import Targets

/// The tests of a run.
struct TestGoal: BuildPart {
  var chains: [FileToolChain] = []
  private let session: Session
  private let targets: [TargetID]
  private var actions: [(target: TargetID, action: ActionID)] = []
  /// With `--debug`, tests are no part of the plan: they run one by one on the terminal, after what they need.
  private var debugged: [(name: String, action: Action)] = []

  init(_ session: Session) throws {
    self.session = session
    targets = try session.selectedForBuilding()
  }

  mutating func plan(with planner: Planner) throws {
    let options = session.options
    let graph = planner.world.graph
    let passthrough = (session.command.passthrough ?? []).map { Argument.text($0) }
    var errors: [Diagnostic] = []
    for id in targets where planner.offers(planner.world.plugins.testers, id) {
      if graph.field("skip_tests", of: id).bool == true { continue }
      let timeout = TestGoal.timeout(graph.field("timeout", of: id).int, options)
      do {
        if options.bool("test", "debug") {
          var action = try planner.debug(id)
          action.argv += passthrough
          debugged.append((graph.address(of: id).description, action))
          continue
        }
        let action = try planner.test(id, timeout: timeout) { planned in
          planned.attempts = max(1, options.int("test", "attempts_default") ?? 1)
          if options.bool("test", "cache_failures") {
            planned.action.keepsFailures = true
            planned.action.resultStatuses = Array(0...255)
          }
          if options.bool("test", "force") { planned.action.cache = .writeOnly }
          planned.action.argv += passthrough
        }
        actions.append((id, action))
      } catch let error as UserError {
        errors += error.diagnostics
      }
    }
    if !errors.isEmpty { throw UserError(errors) }
  }

  /// Seconds: the field, else the default, never more than the maximum; nil where tests may take as long as they like.
  static func timeout(_ field: Int?, _ options: Options) -> Double? {
    guard options.bool("test", "timeouts"), let wanted = field ?? options.int("test", "timeout_default") else { return nil }
    return Double(min(wanted, options.int("test", "timeout_maximum") ?? wanted))
  }

  mutating func finish(_ outcomes: [Outcome]) throws -> Int32 {
    if !debugged.isEmpty { return try runOnTerminal(outcomes) }
    guard !actions.isEmpty else {
      session.report(
        .summary(GoalSummary(goal: "test", counts: [.init(0, "tests")], isGood: true, ran: 0, cached: 0, seconds: session.elapsed)))
      return 0
    }
    let graph = (try? session.graph())
    let shown = session.options.string("test", "output") ?? "failed"
    var lines: [ResultLine] = []
    var own: [Outcome] = []
    for (target, action) in actions {
      let outcome = outcomes[Int(action)]
      own.append(outcome)
      let name = graph?.address(of: target).description ?? ""
      let isShown = outcome.how != .cancelled && (shown == "all" || shown == "failed" && !outcome.isSuccess)
      lines.append(session.line(name, outcome, showsOutput: isShown))
    }
    // What a test needs and did not get is told beside the tests.
    lines += failedNeeds(outcomes)
    session.report(.results(lines))
    let passed = own.count(where: \.isSuccess)
    let cancelled = own.count { $0.how == .cancelled }
    let isGood = passed == own.count
    session.report(
      .summary(
        GoalSummary(
          goal: "test",
          counts: [
            .init(passed, "passed"), .init(own.count - passed - cancelled, "failed"), .init(cancelled, "cancelled"),
            .init(own.count(where: \.isFlaky), "flaky"),
          ].filter { $0.number > 0 },
          isGood: isGood, ran: own.ranCount, cached: own.cachedCount, reasons: RunReason.reasons(of: own), seconds: session.elapsed)))
    return own.exitCode
  }

  private func runOnTerminal(_ outcomes: [Outcome]) throws -> Int32 {
    var passed = 0
    for (name, action) in debugged {
      if session.scheduler.cancellation.isCancelled { break }
      let needs = action.inputs.compactMap { input -> Outcome? in
        if case .output(let id, _, _) = input { outcomes[Int(id)] } else { nil }
      }
      if let bad = needs.first(where: { !$0.isSuccess }) {
        session.report(.results([session.line("(needed by \(name))", bad, showsOutput: true)]))
        continue
      }
      let ending = try session.runOnTerminal(action, outcomes)
      if ending == .exited(0) { passed += 1 }
      session.report(.results([ResultLine(ending == .exited(0) ? .good : .bad, name, .none(""), remark: ending.remark)]))
    }
    session.report(
      .summary(
        GoalSummary(
          goal: "test", counts: [.init(passed, "passed"), .init(debugged.count - passed, "failed")].filter { $0.number > 0 },
          isGood: passed == debugged.count, ran: debugged.count, cached: 0, seconds: session.elapsed)))
    return passed == debugged.count ? 0 : 1
  }

  private func failedNeeds(_ outcomes: [Outcome]) -> [ResultLine] {
    session.failedNeeds(of: actions.map(\.action), outcomes)
  }
}
