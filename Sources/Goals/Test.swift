// `test`: one action per test target, a line for each, its output where it failed.

internal import Diagnostics
internal import Events
internal import Execution
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

  init(_ session: Session) throws {
    self.session = session
    targets = try session.selectedForBuilding()
  }

  mutating func plan(with planner: Planner) throws {
    let options = session.options
    let graph = planner.world.graph
    var errors: [Diagnostic] = []
    for id in targets where planner.offers(planner.world.plugins.testers, id) {
      if graph.field("skip_tests", of: id).bool == true { continue }
      let timeout = TestGoal.timeout(graph.field("timeout", of: id).int, options)
      do {
        let action = try planner.test(id, timeout: timeout) { planned in
          planned.attempts = max(1, options.int("test", "attempts_default") ?? 1)
          if options.bool("test", "cache_failures") {
            planned.action.keepsFailures = true
            planned.action.resultStatuses = Array(0...255)
          }
          if options.bool("test", "force") { planned.action.cache = .writeOnly }
          planned.action.argv += (session.command.passthrough ?? []).map { .text($0) }
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

  mutating func finish(_ outcomes: [Outcome]) -> Int32 {
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

  private func failedNeeds(_ outcomes: [Outcome]) -> [ResultLine] {
    session.failedNeeds(of: actions.map(\.action), outcomes)
  }
}
