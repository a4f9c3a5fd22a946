// `test`: one action per test target or batch, a line for each, its output where it failed.

internal import Diagnostics
internal import Events
internal import Execution
internal import Fingerprints
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
  private var tests: [PlannedTest] = []
  /// Every test of the run, in order.
  private var all: [Planned] = []
  private var standing: Standing?
  private var reads: [ActionID: [String: Fingerprint]] = [:]
  /// With `--debug`, tests are no part of the plan: they run one by one on the terminal, after what they need.
  private var debugged: [(name: String, action: Action)] = []
  private var coverage: TestCoverage?

  /// A place in `tests`, or the names of tests that passed as they are.
  private enum Planned {
    case anew(Int)
    case standing([String])
  }

  init(_ session: Session) throws {
    self.session = session
    targets = try session.selectedForBuilding(judgedBy: session.plugins.testers.map { JudgingTool($0.name, $0.targetTypes) })
  }

  mutating func plan(with planner: Planner) throws {
    let options = session.options
    let graph = planner.world.graph
    let passthrough = (session.command.passthrough ?? []).map { Argument.text($0) }
    let wantsCoverage = options.bool("test", "use_coverage") && !options.bool("test", "debug")
    var errors = PlanErrors()
    standing = planner.standing
    let batches = try planner.testBatches(session.shard(of: targets, planner), size: options.int("test", "batch_size") ?? 128)
    let known = batches.map { standing?.stands($0) ?? false }
    let timed = zip(batches, known).filter { !$1 }.map { batch, _ in
      let limits = batch.targets.map { TestGoal.timeout(graph.field("timeout", of: $0).int, options) }
      return (batch: batch, timeout: limits.contains { $0 == nil } ? nil : limits.compactMap { $0 }.reduce(0, +))
    }
    if !options.bool("test", "debug") { planner.prepare(timed, wantsCoverage: wantsCoverage) }
    var next = 0
    for (batch, isStanding) in zip(batches, known) {
      let names = batch.targets.map { graph.address(of: $0).description }
      if isStanding {
        all.append(.standing(names))
        continue
      }
      let timeout = timed[next].timeout
      next += 1
      do {
        if options.bool("test", "debug") {
          var action = try planner.debug(batch)
          action.argv += passthrough
          debugged.append((TestGoal.shown(names), action))
          continue
        }
        let action = try planner.test(batch, timeout: timeout, wantsCoverage: wantsCoverage) { planned in
          planned.attempts = max(1, options.int("test", "attempts_default") ?? 1)
          if options.bool("test", "cache_failures") {
            planned.action.keepsFailures = true
            planned.action.resultStatuses = Array(0...255)
          }
          if options.bool("test", "force") { planned.action.cache = .writeOnly }
          planned.action.argv += passthrough
        }
        all.append(.anew(tests.count))
        tests.append(PlannedTest(names: names, batch: batch, action: action))
      } catch let error as UserError {
        errors.add(error, wanter: names.map { "`\($0)`" }.joined(separator: ", "))
      }
    }
    try errors.check()
    reads = planner.readsOfTests
    if wantsCoverage { coverage = try TestCoverage(of: tests, planner) }
  }

  /// Seconds: the field, else the default, never more than the maximum; nil where tests may take as long as they like.
  static func timeout(_ field: Int?, _ options: Options) -> Double? {
    guard options.bool("test", "timeouts"), let wanted = field ?? options.int("test", "timeout_default") else { return nil }
    return Double(min(wanted, options.int("test", "timeout_maximum") ?? wanted))
  }

  static func shown(_ names: [String]) -> String {
    guard let first = names.first else { return "" }
    return names.count == 1 ? first : "\(first) and \(names.count - 1) other file\(names.count == 2 ? "" : "s")"
  }

  mutating func finished(_ id: ActionID, _ outcome: Outcome, in plan: inout Plan) { coverage?.finished(id, outcome, in: &plan) }

  // MARK: - Telling

  mutating func finish(_ outcomes: [Outcome]) throws -> Int32 {
    if !debugged.isEmpty { return try runOnTerminal(outcomes) }
    guard !all.isEmpty else { return session.reportNothing("test", of: "tests") }
    let shown = session.options.string("test", "output") ?? "failed"
    var lines: [ResultLine] = []
    var tally = Tally()
    var standingCount = 0
    for planned in all {
      let test: PlannedTest
      switch planned {
      case .anew(let place): test = tests[place]
      case .standing(let names):
        lines.append(TestGoal.plainLine(of: names))
        tally.addPassed(names.count)
        standingCount += 1
        continue
      }
      let outcome = outcomes[Int(test.action)]
      let state = test.state(outcome, session.options)
      tally.add(state, outcome, count: test.names.count)
      let isShown = outcome.how != .cancelled && (shown == "all" || shown == "failed" && state.isBad)
      var line = session.line(TestGoal.shown(test.names), outcome, showsOutput: isShown)
      if case .none(let isAllowed) = state {
        line.mark = isAllowed ? .skipped : .bad
        line.remark = "no tests found"
      }
      // What a later run will say of it without looking must be what is said of it now.
      if let reads = reads[test.action], state == .passed, outcome.how == .hit, line == TestGoal.plainLine(of: test.names) {
        standing?.note(test.batch, reads: reads)
      }
      lines.append(line)
    }
    // What a test needs and did not get is told beside the tests.
    lines += session.failedNeeds(of: tests.map(\.action), outcomes)
    session.report(.results(lines))
    let own = tests.map { outcomes[Int($0.action)] }
    var code = tally.exitCode
    if session.options.bool("test", "report") { try session.layTestReports(tests, outcomes) }
    if session.options.bool("test", "record_durations") { try session.recordDurations(of: tests, outcomes) }
    if let coverage { code = max(code, try session.tell(coverage, outcomes)) }
    session.report(
      .summary(
        GoalSummary(
          goal: "test", counts: tally.counts, isGood: code == 0, ran: own.ranCount, cached: own.cachedCount + standingCount,
          reasons: RunReason.reasons(of: own), seconds: session.elapsed)))
    return code
  }

  /// Of tests that passed in an earlier run, of which nothing more is to be said.
  private static func plainLine(of names: [String]) -> ResultLine { ResultLine(.good, shown(names), .cached) }

  /// What became of all tests.
  private struct Tally {
    private var passed = 0
    private var failed = 0
    private var empty = 0
    private var cancelled = 0
    private var flaky = 0
    private(set) var exitCode: Int32 = 0

    mutating func add(_ state: PlannedTest.State, _ outcome: Outcome, count: Int) {
      switch state {
      case .passed: passed += count
      case .none(isAllowed: true): empty += count
      case .none(isAllowed: false), .failed: failed += count
      case .cancelled: cancelled += count
      }
      if outcome.isFlaky { flaky += count }
      if state.isBad { exitCode = max(exitCode, outcome.result?.ending.isMachineFailure == true ? 3 : 1) }
    }

    mutating func addPassed(_ count: Int) { passed += count }

    var counts: [GoalSummary.Count] {
      [
        GoalSummary.Count(passed, "passed"), .init(failed, "failed"), .init(empty, "without tests"), .init(cancelled, "cancelled"),
        .init(flaky, "flaky"),
      ]
    }
  }

  private func runOnTerminal(_ outcomes: [Outcome]) throws -> Int32 {
    var passed = 0
    for (name, action) in debugged {
      if session.scheduler.cancellation.isCancelled { break }
      let needs = action.inputs.compactMap { input -> Outcome? in
        if case .output(let id, _, _) = input { outcomes[Int(id)] } else { nil }
      }
      if session.reportFailedNeed(of: name, needs) != nil { continue }
      let ending = try session.runOnTerminal(action, outcomes)
      if ending == .exited(0) { passed += 1 }
      session.report(.results([ResultLine(ending == .exited(0) ? .good : .bad, name, .none(""), remark: ending.remark)]))
    }
    session.report(
      .summary(
        GoalSummary(
          goal: "test", counts: [.init(passed, "passed"), .init(debugged.count - passed, "failed")],
          isGood: passed == debugged.count, ran: debugged.count, cached: 0, seconds: session.elapsed)))
    return passed == debugged.count ? 0 : 1
  }
}

/// Tests that one action of the plan runs.
struct PlannedTest {
  /// Addresses, sorted.
  let names: [String]
  let batch: TestBatch
  let action: ActionID

  enum State: Equatable {
    case passed, failed, cancelled
    /// There was nothing to run: well where the tester's option says so.
    case none(isAllowed: Bool)

    var isBad: Bool {
      switch self {
      case .passed, .none(isAllowed: true): false
      case .failed, .cancelled, .none(isAllowed: false): true
      }
    }
  }

  func state(_ outcome: Outcome, _ options: Options) -> State {
    if outcome.how == .cancelled { return .cancelled }
    let testing = batch.declaration.testing
    if case .exited(let status)? = outcome.result?.ending, testing.noneStatuses.contains(status), !testing.passedStatuses.contains(status) {
      guard let scope = testing.optionScope, let option = testing.allowsNone else { return .none(isAllowed: true) }
      return .none(isAllowed: options.bool(scope, option))
    }
    return outcome.isSuccess ? .passed : .failed
  }

  /// Fit for the name of a file that is not hidden: `helloworld.greet.greeting_test.py.tests`, with how many more there are.
  var pathSafeName: String {
    let first = String((names.first ?? "").drop { $0 == "/" }.map { "/:#@=,".contains($0) ? "." : $0 })
    return names.count > 1 ? "\(first)+\(names.count - 1)" : first
  }
}
