// `paths`: the ways from one target to another, the shortest first.

internal import Diagnostics
internal import Formats
internal import Options
internal import Targets

func listPaths(_ session: Session) throws -> Int32 {
  let graph = try session.graph()
  let from = try session.single("from", in: graph)
  let to = try session.single("to", in: graph)
  let paths = waysBreadthFirst(graph.expandedEdges, from: from, to: to).map { way in way.map { graph.address(of: $0).description } }
  if session.options.string("paths", "format") == "text" {
    try session.answer(text: paths.map { $0.map { "\($0)\n" }.joined() }.joined(separator: "\n"), of: "paths")
  } else {
    try session.answer(.array(paths.map { .array($0.map { .string($0) }) }), of: "paths")
  }
  return 0
}

/// The ways along edges from one id to another by length; of equally long ones those through smaller ids first.
///
/// Every edge is followed once only, so that their number is bounded and circles end: a way that shares an edge with an earlier one
/// beyond its first steps is not among them. This is the choice that Pants makes.
func waysBreadthFirst(_ edges: Adjacency, from: Int32, to: Int32) -> [[Int32]] {
  if from == to { return [[from]] }
  // What does not lead to the end need not be looked at.
  let back = edges.reversed(count: edges.count)
  var leads = [Bool](repeating: false, count: edges.count)
  leads[Int(to)] = true
  var waiting = [to]
  while let id = waiting.popLast() {
    for next in back[id] where !leads[Int(next)] {
      leads[Int(next)] = true
      waiting.append(next)
    }
  }
  guard leads[Int(from)] else { return [] }
  // Steps, each with the one before it.
  var steps: [(id: Int32, before: Int)] = [(from, -1)]
  var followed: Set<Int64> = []
  var ways: [[Int32]] = []
  var next = 0
  while next < steps.count {
    let step = steps[next]
    let previous = step.before < 0 ? -1 : steps[step.before].id
    if followed.insert(Int64(previous) << 32 | Int64(step.id)).inserted {
      for id in edges[step.id] where leads[Int(id)] {
        guard id == to else {
          steps.append((id, next))
          continue
        }
        var way = [id]
        var index = next
        while index >= 0 {
          way.append(steps[index].id)
          index = steps[index].before
        }
        ways.append(way.reversed())
      }
    }
    next += 1
  }
  return ways
}

extension Session {
  /// The one target that `--paths-NAME` names.
  fileprivate func single(_ name: String, in graph: Graph) throws -> TargetID {
    guard let text = options.string("paths", name), !text.isEmpty else {
      throw UserError("`paths` needs `--\(name)`", hint: "for example `baji paths --from=dir/file --to=dir:target`")
    }
    let specs: Specs
    do throws(SpecErrors) { specs = try Specs(parsing: [text]) } catch { throw error.userError }
    let found = graph.expandingGenerators(try graph.select(specs, secondaryOwners: namesSecondaryOwners))
    guard let only = found.first, found.count == 1 else {
      let shown = found.prefix(20).map { graph.address(of: $0).description }
      throw UserError([
        Diagnostic(
          .error, "`--paths-\(name)=\(text)` names \(found.count) targets where one is wanted",
          hint: found.isEmpty ? nil : "name one of them",
          notes: shown + (found.count > shown.count ? ["and \(found.count - shown.count) more"] : []))
      ])
    }
    return only
  }
}
