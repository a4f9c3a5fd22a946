// `lint`: every linter's findings, and what formatters would change; one verdict a file.

internal import Diagnostics
internal import Events
internal import Execution
internal import Options
internal import Plugins
internal import Scheduling
internal import Snapshots
internal import Store
internal import Targets

/// The linters (and formatters, as checks) of a run.
struct LintGoal: BuildPart {
  var chains: [FileToolChain] = []
  private let session: Session
  private let targets: [TargetID]
  private var tools: [(declaration: FileToolDeclaration, tool: FileTool)] = []
  private var standing: Standing?

  init(_ session: Session) throws {
    self.session = session
    targets = try session.selectedForBuilding(
      workingOn: session.typesOfFileTools, judgedBy: session.plugins.fileTools.map { JudgingTool($0.name, $0.targetTypes) })
  }

  mutating func plan(with planner: Planner) throws {
    let (skipsFormatters, skipsFixers) = (session.options.bool("lint", "skip_formatters"), session.options.bool("lint", "skip_fixers"))
    tools = try session.fileTools("lint", targets, planner) { declaration in
      switch declaration.kind {
      case .linter: true
      case .formatter: !skipsFormatters
      case .fixer: !skipsFixers
      }
    }
    chains = tools.map { FileToolChain([$0.tool]) }
    standing = planner.standing
  }

  mutating func finish(_ outcomes: [Outcome]) throws -> Int32 {
    let format = session.outputFormat("lint")
    var report = FindingsReport()
    let visibility = try VisibilityLint(session, targets)
    let patterns = try RegexLint(session)
    guard !tools.isEmpty || visibility?.verdicts.isEmpty == false || patterns?.verdicts.isEmpty == false else {
      session.show([], report, as: format)
      return session.reportNothing("lint", of: "files", as: format)
    }
    var lines: [ResultLine] = []
    var all: [FileResult] = []
    if let visibility {
      all += visibility.verdicts
      report.add(tool: VisibilityLint.name, visibility.findings)
      lines.append(visibility.line)
    }
    if let patterns, !patterns.verdicts.isEmpty {
      all += patterns.verdicts
      report.add(tool: RegexLint.name, patterns.findings)
      lines.append(patterns.line)
    }
    var cleanCount = 0
    for (index, chain) in chains.enumerated() {
      guard let known = tools[index].tool.standing, let results = chain.results.first else { continue }
      standing?.note(results, under: known.place)
      cleanCount += known.count
    }
    let ofTools = zip(tools, chains).map { ($0.declaration, $1.results.first ?? [], $0.tool.standing?.count ?? 0) }
    for (declaration, results, standingCount) in ofTools.joinedByName {
      all += results
      report.add(tool: declaration.name, results.flatMap { $0.findings(of: declaration.name) })
      lines.append(
        try session.line(for: declaration, results, standing: standingCount) { result, formatted in
          try session.difference(of: result.path, formatted)
        })
    }
    session.show(lines, report, as: format)
    return session.summarise("lint", all, standing: cleanCount, as: format)
  }
}

extension Sequence<(FileToolDeclaration, [FileResult], Int)> {
  /// The runs of one tool, which has one for each partition, as one: its files by path, and how many beside them stand.
  var joinedByName: [(declaration: FileToolDeclaration, results: [FileResult], standing: Int)] {
    var joined: [(declaration: FileToolDeclaration, results: [FileResult], standing: Int)] = []
    for (declaration, results, standing) in self {
      if let index = joined.firstIndex(where: { $0.declaration.name == declaration.name }) {
        joined[index].results = (joined[index].results + results).sorted { $0.path < $1.path }
        joined[index].standing += standing
      } else {
        joined.append((declaration, results, standing))
      }
    }
    return joined
  }
}

extension FileResult {
  /// For machines. Text that was not understood is one finding of its file.
  func findings(of tool: String) -> [Finding] {
    switch how {
    case .verdict(.findings(let said), _):
      said.findings.isEmpty ? [Finding(path: path, message: said.text)] : said.findings
    case .verdict(.formatted, _): [Finding(path: path, severity: "warning", message: "\(tool) would change this file")]
    case .verdict(.clean, _), .toolError, .cancelled, .skipped: []
    }
  }
}

extension Session {
  /// The target types that linters and formatters look at.
  var typesOfFileTools: Set<String> { Set(plugins.fileTools.flatMap(\.targetTypes)) }

  /// The enabled tools over files that a goal wants, with their files; those without any are left out.
  func fileTools(
    _ goal: String, _ targets: [TargetID], _ planner: Planner, where wanted: (FileToolDeclaration) -> Bool
  ) throws -> [(declaration: FileToolDeclaration, tool: FileTool)] {
    let only = try chosenTools(
      goal,
      among: plugins.fileTools.map(\.name)
        + (goal == "lint" ? [RegexLint.name] + (plugins.checksVisibility ? [VisibilityLint.name] : []) : []))
    let buildFiles = plugins.fileTools.contains(where: \.takesBuildFiles) ? try selectedBuildFiles() : []
    var found: [(FileToolDeclaration, FileTool)] = []
    var errors = PlanErrors()
    for declaration in plugins.fileTools where wanted(declaration) && (only.isEmpty || only.contains(declaration.name)) {
      if let scope = declaration.optionScope, options.bool(scope, "skip") { continue }
      do {
        // A formatter's verdict is the same in `lint`, `fmt` and `fix`: one name for all.
        let tools = try planner.fileTools(
          declaration, goal: declaration.kind == .linter ? "lint" : "fmt", targets: targets, buildFiles: buildFiles,
          batchSize: max(1, options.int(goal, "batch_size") ?? 128))
        found += tools.map { (declaration, $0) }
      } catch let error as UserError {
        errors.add(error, wanter: "the \(declaration.kind) `\(declaration.name)`")
      }
    }
    try errors.check()
    return found
  }

  /// `--only`: the names of tools that a goal is to use; empty for all.
  func chosenTools(_ goal: String, among names: [String]) throws -> [String] {
    let only = options.strings(goal, "only").flatMap { $0.split(separator: ",").map { $0.filter { $0 != " " } } }.filter { !$0.isEmpty }
    if let unknown = only.first(where: { !names.contains($0) }) {
      throw UserError(
        "`--\(goal)-only` names `\(unknown)`, which no enabled plugin offers",
        hint: didYouMean(unknown, amongFew: names))
    }
    return only
  }

  /// One tool's line, with what it said of each file beneath it.
  /// - Parameter standing: files beside these that are clean as they were.
  func line(
    for declaration: FileToolDeclaration, _ results: [FileResult], standing: Int = 0, difference: (FileResult, Verdict) throws -> String
  ) rethrows -> ResultLine {
    var details: [String] = []
    /// What a tool that failed said, and of which files: told once a batch.
    var failures: [(sentence: String, paths: [String])] = []
    var bad = 0
    var unjudged = 0
    var cancelled = 0
    for result in results {
      switch result.how {
      case .verdict(.clean, _): continue
      case .verdict(.findings(let findings), _):
        bad += 1
        details.append(findings.text)
      case .verdict(let verdict, _):
        bad += 1
        details.append(try difference(result, verdict))
      case .toolError(let outcome):
        unjudged += 1
        let output = shownText(of: outcome.standardError) + shownText(of: outcome.standardOutput)
        let sentence = "\(declaration.name) failed: \(outcome.ending.remark)\n\(output)"
        if let index = failures.firstIndex(where: { $0.sentence == sentence }) {
          failures[index].paths.append(result.path)
        } else {
          failures.append((sentence, [result.path]))
        }
      case .cancelled: cancelled += 1
      case .skipped:
        unjudged += 1
        details.append("\(result.path): not looked at: something it needs failed")
      }
    }
    for (sentence, paths) in failures {
      let more = paths.count > 3 ? " and \(paths.count - 3) more" : ""
      details.append("\(paths.prefix(3).joined(separator: ", "))\(more): \(sentence)")
    }
    let count = results.count + standing
    let cached = results.count(where: \.isCached) + standing
    let files = "\(count) file\(count == 1 ? "" : "s")"
    let cost: ResultLine.Cost = cached == count ? .cached : .none(cached == 0 ? "ran" : "\(count - cached) ran, \(cached) cached")
    let remark = [(bad, "with findings"), (unjudged, "not judged")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    let mark: ResultLine.Mark = bad + unjudged > 0 ? .bad : cancelled > 0 ? .cancelled : .good
    return ResultLine(mark, "\(declaration.name): \(files)", cost, remark: remark, detail: details.joinedLines)
  }

  /// The goal's last line, from what became of all files.
  /// - Parameter standing: files beside these that are clean as they were.
  func summarise(
    _ goal: String, _ results: [FileResult], standing: Int = 0, good: String = "clean", bad: String = "with findings",
    as format: FindingsFormat = .text
  ) -> Int32 {
    var clean = standing
    var failed = 0
    var cancelled = 0
    var broken = 0
    var isMachineFailure = false
    for result in results {
      switch result.how {
      case .verdict(.clean, _): clean += 1
      case .verdict: failed += 1
      case .cancelled: cancelled += 1
      case .skipped: broken += 1
      case .toolError(let failure):
        broken += 1
        if failure.ending.isMachineFailure { isMachineFailure = true }
      }
    }
    let cached = results.count(where: \.isCached) + standing
    show(
      GoalSummary(
        goal: goal,
        counts: [.init(clean, good), .init(failed, bad), .init(broken, "not judged"), .init(cancelled, "cancelled")],
        isGood: failed + broken + cancelled == 0, ran: results.count + standing - cached - cancelled, cached: cached,
        reasons: RunReason.reasons(of: results), seconds: elapsed), as: format)
    return isMachineFailure ? 3 : failed + broken + cancelled == 0 ? 0 : 1
  }

  /// What a formatter would change in a file, as a unified diff.
  func difference(of path: String, _ verdict: Verdict) throws -> String {
    guard case .formatted(let fingerprint, _) = verdict else { return "" }
    guard let id = try snapshot().id(ofPath: path), let new = store.blob(fingerprint) else {
      return "\(path): would be changed"
    }
    return unifiedDifference(of: try snapshot().read(id).bytes, new, path: path)
  }
}

extension FileResult {
  var isCached: Bool { if case .verdict(_, cached: true) = how { true } else { false } }
}
