// `validate`: every mistake of every BUILD file, in one run.

internal import Diagnostics
internal import Events
internal import Options
internal import Plugins
internal import Targets

/// - Returns: 2 where a BUILD file is wrong, as every goal that needs the targets would; 1 where a source or glob matches nothing; else 0.
func validate(_ session: Session) throws -> Int32 {
  let rules = try session.plugins.loadRules(options: session.options, store: session.store)
  let found = try Workspace.validate(
    snapshot: session.snapshot(), store: session.store, registry: session.plugins.registry, rules: rules, options: session.loadOptions)
  for diagnostic in found.errors + found.warnings { session.diagnose(diagnostic) }
  if !found.unknownTypes.isEmpty {
    let types = found.unknownTypes.map { "`\($0.name)` (\($0.count), first at \($0.first.file):\($0.first.position.line))" }
    session.report(.note("target types that no enabled plugin knows, kept as opaque: \(types.joined(separator: ", "))"))
  }
  let mistakes = found.errors.count
  let doubts = found.warnings.count
  session.report(
    .summary(
      GoalSummary(
        goal: "validate",
        counts: [
          .init(found.buildFiles, found.buildFiles == 1 ? "BUILD file" : "BUILD files"),
          .init(found.targets, found.targets == 1 ? "target" : "targets"),
          .init(mistakes, mistakes == 1 ? "mistake" : "mistakes"),
        ] + (doubts > 0 ? [.init(doubts, doubts == 1 ? "warning" : "warnings")] : []), isGood: mistakes + doubts == 0, ran: 0, cached: 0,
        seconds: session.elapsed)))
  return mistakes > 0 ? 2 : doubts > 0 ? 1 : 0
}
