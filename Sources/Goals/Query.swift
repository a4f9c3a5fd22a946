// `query EXPRESSION`: sets of targets, and sums, differences and closures of them.

internal import Diagnostics
internal import Formats
internal import Options
internal import Plugins
internal import Targets

func answerQuery(_ session: Session) throws -> Int32 {
  let text = (session.command.words + (session.command.passthrough ?? [])).joined(separator: " ")
  guard !text.isEmpty else {
    throw UserError([
      Diagnostic(
        .error, "`query` needs an expression", hint: "for example `baji query 'kind(test, allrdeps(dir/file))'`",
        notes: QueryFunction.allCases.map { "\($0.usage): \($0.doc)" }
          + ["a + b, a - b, a ^ b (or union, except, intersect); let x = a in …; set(a b); dir:name, dir::, dir/file, or any other spec"])
    ])
  }
  let query = try Query(parsing: text)
  let graph = try session.graph()
  let testTypes = Set(session.plugins.testers.flatMap(\.targetTypes))
  let answer = try query.answer(
    over: Query.Ground(
      graph: graph,
      pattern: { (text) throws(Query.PatternError) in
        do throws(Pattern.Failure) {
          let pattern = try Pattern(text)
          return { pattern.firstMatch(in: $0) != nil }
        } catch {
          throw Query.PatternError(error.message)
        }
      }, isTest: testTypes.contains))
  let output = session.options.string("query", "output") ?? "label"
  switch answer {
  case .files(let files):
    if output == "json" {
      try session.answer(.array(files.map { .string($0) }), of: "query")
    } else {
      try session.answer(files, of: "query")
    }
  case .targets(let ids):
    switch output {
    case "dot": try session.answer(text: GraphDrawing(of: ids, in: graph).dot(), of: "query")
    case "json": try session.answer(.array(ids.map { .string(graph.address(of: $0).description) }), of: "query")
    case "label_kind": try session.answer(ids.map { "\(graph.typeName(of: $0)) \(graph.address(of: $0))" }, of: "query")
    case "location":
      let lines = ids.map { id in
        let place = graph.place(of: id)
        return "\(place.file):\(place.position.line):\(place.position.column): \(graph.typeName(of: id)) \(graph.address(of: id))"
      }
      try session.answer(lines, of: "query")
    case "package":
      var seen: Set<String> = []
      let folders = ids.map { graph.directory(of: $0) }.filter { seen.insert($0).inserted }
      try session.answer(folders.map { $0.isEmpty ? "//" : $0 }, of: "query")
    default: try session.answer(ids.map { graph.address(of: $0).description }, of: "query")
    }
  }
  return 0
}
