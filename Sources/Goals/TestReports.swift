// What tests leave beside their verdicts: JUnit files, coverage, durations.

internal import Diagnostics
internal import Events
internal import Execution
internal import Fingerprints
internal import Host
internal import Options
internal import Plugins
internal import Scheduling
internal import Targets

/// The coverage of a run's tests: a report a tester, begun when the last of its tests has ended. Kept results count like fresh ones, and so
/// do failed tests, as far as they left anything.
struct TestCoverage {
  /// The outputs that are collected are called so.
  static let output = "coverage"

  private struct Tester {
    let report: PlannedReport
    /// By action: the test's name for paths.
    let names: [ActionID: String]
    var waiting: Set<ActionID>
    var files: [InputFile] = []
    var action: ActionID?
  }

  private var testers: [Tester] = []

  init(of tests: [PlannedTest], _ planner: Planner) throws {
    for declaration in planner.world.plugins.testers {
      let own = tests.filter { $0.batch.declaration.name == declaration.name }
      guard let report = try planner.report(declaration, over: own.flatMap(\.batch.targets).sorted()) else { continue }
      let names = Dictionary(own.map { ($0.action, $0.pathSafeName) }, uniquingKeysWith: { first, _ in first })
      testers.append(Tester(report: report, names: names, waiting: Set(names.keys)))
    }
  }

  mutating func finished(_ id: ActionID, _ outcome: Outcome, in plan: inout Plan) {
    for index in testers.indices where testers[index].waiting.remove(id) != nil {
      let folder = "reports/\(testers[index].names[id] ?? "\(id)")"
      for file in outcome.result?.outputs ?? [] where file.output == TestCoverage.output {
        testers[index].files.append(
          InputFile(
            path: "\(folder)/\(file.path)", isExecutable: false, fingerprint: file.fingerprint, source: file.isLink ? .blobLink : .blob))
      }
      guard testers[index].waiting.isEmpty, !testers[index].files.isEmpty else { continue }
      let files = testers[index].files.sorted { $0.path < $1.path }
      testers[index].action = testers[index].report.append(to: &plan, over: files)
    }
  }

  /// The reports' actions, by tester.
  var actions: [(name: String, action: ActionID)] {
    testers.compactMap { tester in tester.action.map { (tester.report.declaration.name, $0) } }
  }
}

extension Session {
  /// Shows the reports and lays their files under `dist/coverage`.
  /// - Returns: 0, or 1 where one failed.
  func tell(_ coverage: TestCoverage, _ outcomes: [Outcome]) throws -> Int32 {
    var code: Int32 = 0
    for (name, action) in coverage.actions {
      let outcome = outcomes[Int(action)]
      var line = line("coverage of \(name)", outcome, showsOutput: true)
      if let files = outcome.result?.outputs, !files.isEmpty {
        let folder = "\(distFolder)/coverage"
        try withWriteLock { stage in for file in files { try lay(file, into: folder, stage) } }
        let roots = Set(files.map { "\(shownDistFolder)/coverage/\($0.path.split(separator: "/").first ?? "")" })
        line.remark = (line.remark.isEmpty ? "" : "\(line.remark) ") + "→ " + roots.sorted().joined(separator: ", ")
        if options.bool("test", "open_coverage") { openReport(files.map { "\(folder)/\($0.path)" }) }
      }
      report(.results([line]))
      code = max(code, [outcome].exitCode)
    }
    return code
  }

  /// `[test] report`: the outputs named `junit`, each under its test's name.
  func layTestReports(_ tests: [PlannedTest], _ outcomes: [Outcome]) throws {
    var files: [ProducedFile] = []
    for test in tests {
      let own = (outcomes[Int(test.action)].result?.outputs ?? []).filter { $0.output == "junit" }
      for file in own {
        let path = own.count == 1 ? "\(test.pathSafeName).xml" : "\(test.pathSafeName)/\(file.path)"
        files.append(
          ProducedFile(output: "junit", path: path, isExecutable: false, fingerprint: file.fingerprint, isLink: file.isLink))
      }
    }
    guard !files.isEmpty else { return }
    let given = options.string("test", "report_dir") ?? "{distdir}/test/reports"
    let shown = given.split(separator: "{distdir}", omittingEmptySubsequences: false).joined(separator: shownDistFolder)
    let folder = absolute(shown)
    try withWriteLock { stage in for file in files { try lay(file, into: folder, stage) } }
    report(.note("test reports: \(shown)"))
  }

  /// `[test] record_durations`: what tests took goes into the file by which shards are made equal.
  func recordDurations(of tests: [PlannedTest], _ outcomes: [Outcome]) throws {
    guard let path = options.string("test", "durations_file"), !path.isEmpty else {
      throw UserError("`[test] record_durations` needs `[test] durations_file`, the file to write")
    }
    var durations = try TestDurations(reading: path, in: snapshot())
    for test in tests {
      let outcome = outcomes[Int(test.action)]
      guard outcome.isSuccess else { continue }
      for name in test.names { durations.record(name, outcome.seconds / Double(test.names.count)) }
    }
    do {
      try withWriteLock { stage in
        if let parent = Files.parent(of: "\(root)/\(path)") { try Files.createDirectories(parent) }
        try stage.replace("\(root)/\(path)") { try Files.write(durations.bytes, to: $0) }
      }
    } catch let error as FileError {
      throw MachineError("\(error)")
    }
  }

  /// The tests among these targets that are in this run's share.
  func shard(of targets: [TargetID], _ planner: Planner) throws -> [TargetID] {
    guard let shard = try Shard(parsing: options.string("test", "shard") ?? "") else { return targets }
    let graph = planner.world.graph
    let tests = targets.filter { planner.offers(planner.world.plugins.testers, $0) && graph.field("skip_tests", of: $0).bool != true }
    let path = options.string("test", "durations_file") ?? ""
    let durations = path.isEmpty ? [:] : try TestDurations(reading: path, in: snapshot()).seconds
    let members = shard.members(of: tests.map { graph.address(of: $0).description }, seconds: durations)
    return tests.indices.filter { members.contains($0) }.map { tests[$0] }
  }

  private func openReport(_ paths: [String]) {
    guard let page = paths.first(where: { $0.hasSuffix("/index.html") }) ?? paths.first(where: { $0.hasSuffix(".html") }) else {
      report(.note("no page to open among the coverage reports: add `html` to its formats"))
      return
    }
    let folders = (environment["PATH"] ?? "").split(separator: ":")
    let programs = ["xdg-open", "open"].flatMap { name in folders.map { "\($0)/\(name)" } }
    guard let program = programs.first(where: { Files.isExecutable($0) }) else {
      report(.note("no program to open \(page) with: `xdg-open` is not installed"))
      return
    }
    let action = Action(subject: "", label: "open \(page)", argv: [.text(program), .text(page)])
    settle()
    _ = runner.runInTerminal(
      PreparedAction(action, id: -3, files: []), inherited: environment, inWorkspace: true, cancellation: scheduler.cancellation)
  }
}
