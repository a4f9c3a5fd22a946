// `plugin test FOLDER`: a plugin's own tests and the conformance checks that every plugin gets unasked.

internal import Diagnostics
internal import Events
internal import Options
internal import Plugins

func workOnPlugins(_ session: Session) throws -> Int32 {
  let words = session.command.words
  guard words.first == "test", words.count >= 2 else {
    throw UserError("`plugin` takes `test FOLDER …`", hint: "for example `baji plugin test plugins/shell`")
  }
  var passed = 0
  var failed = 0
  for folder in words.dropFirst() {
    let suite = try PluginTestSuite(folder: folder, catalog: session.catalog, environment: session.environment)
    var lines: [ResultLine] = []
    for result in try suite.run() {
      lines.append(ResultLine(result.failure == nil ? .good : .bad, "\(folder): \(result.name)", .none(""), detail: result.failure ?? ""))
      if result.failure == nil { passed += 1 } else { failed += 1 }
    }
    session.report(.results(lines))
  }
  session.report(
    .summary(
      GoalSummary(
        goal: "plugin test", counts: [.init(passed, "passed"), .init(failed, "failed")], isGood: failed == 0,
        ran: passed + failed, cached: 0, seconds: session.elapsed)))
  return failed == 0 ? 0 : 1
}
