// What `lint` says of edges that rules in BUILD files forbid or warn of.

internal import Diagnostics
internal import Events
internal import Options
internal import Plugins
internal import Scheduling
internal import Targets

/// The rules of who may depend on whom, seen as one more linter.
struct VisibilityLint {
  static let name = "visibility"

  /// Targets that were looked at, and what was found of each.
  private let results: [FileResult]
  private let targetCount: Int
  private let violations: [Violation]

  /// nil where nobody enabled the rules, or left them out.
  init?(_ session: Session, _ targets: [TargetID]) throws {
    guard session.plugins.checksVisibility, !session.options.bool("visibility", "skip") else { return nil }
    let only = session.options.strings("lint", "only")
    guard only.isEmpty || only.contains(VisibilityLint.name) else { return nil }
    let graph = try session.graph()
    let ids = graph.expandingGenerators(targets)
    violations = graph.violations(of: ids)
    targetCount = ids.count
    let denied = Dictionary(grouping: violations.filter { $0.verdict != .warned }, by: \.origin)
    results = ids.map { id in
      guard let found = denied[id] else { return FileResult(path: "", how: .verdict(.clean, cached: true)) }
      let path = found[0].diagnostic.location?.file ?? ""
      let text = found.map { VisibilityLint.text($0.diagnostic) }.joined(separator: "\n")
      return FileResult(path: path, how: .verdict(.findings(FileFindings(path: path, text: text)), cached: true))
    }
  }

  /// For the goal's summary.
  var verdicts: [FileResult] { targetCount == 0 ? [] : results }

  var findings: [Finding] {
    violations.map { violation in
      let diagnostic = violation.diagnostic
      return Finding(
        path: diagnostic.location?.file ?? "", line: diagnostic.location?.position.line ?? 0,
        column: diagnostic.location?.position.column ?? 0, severity: violation.verdict == .warned ? "warning" : "error",
        message: ([diagnostic.message] + diagnostic.notes).joined(separator: "; "))
    }
  }

  var line: ResultLine {
    let bad = results.count { if case .verdict(.findings, _) = $0.how { true } else { false } }
    let warned = violations.count { $0.verdict == .warned }
    let remark = [(bad, "with findings"), (warned, "warned of")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    let detail = violations.map { VisibilityLint.text($0.diagnostic) }.joined(separator: "\n")
    return ResultLine(
      bad > 0 ? .bad : .good, "\(VisibilityLint.name): \(targetCount) target\(targetCount == 1 ? "" : "s")", .cached, remark: remark,
      detail: detail)
  }

  private static func text(_ diagnostic: Diagnostic) -> String {
    let place = diagnostic.location.map { "\($0.file):\($0.position.line): " } ?? ""
    return ([place + diagnostic.message] + diagnostic.notes + (diagnostic.hint.map { [$0] } ?? [])).joined(separator: "\n  ")
  }
}
