// `dependencies`: what the selected targets need, generators replaced by what they generate.

internal import Formats
internal import Options
internal import Targets

func listDependencies(_ session: Session) throws -> Int32 {
  let graph = try session.graph()
  let isTransitive = session.options.bool("dependencies", "transitive")
  let isClosed = session.options.bool("dependencies", "closed")
  return try session.answerEdges(of: "dependencies", sortsByText: true) { ids in
    var found = Set(
      isTransitive ? graph.transitiveDependencies(of: ids, followingReferences: true) : ids.flatMap { graph.dependencies(of: $0) })
    if isClosed { found.formUnion(ids) }
    return found.sorted()
  }
}

extension Session {
  /// Prints what `find` answers about the selected targets: addresses as lines, or JSON from each target to its own answer.
  /// - Parameter sortsByText: Pants sorts some lines by their bytes, and some as it sorts targets.
  func answerEdges(of goal: String, sortsByText: Bool, _ find: ([TargetID]) -> [TargetID]) throws -> Int32 {
    let graph = try graph()
    let ids = try selected()
    func lines(_ ids: [TargetID], sorted: Bool) -> [String] {
      let lines = ids.map { graph.address(of: $0).description }
      return sorted ? lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } : lines
    }
    if options.string(goal, "format") == "json" {
      let members = ids.map { id in
        JSON.Member(graph.address(of: id).description, .array(lines(find([id]), sorted: true).map { .string($0) }))
      }
      try answer(.object(members), indent: 4, of: goal)
    } else {
      try answer(lines(find(ids), sorted: sortsByText), of: goal)
    }
    return 0
  }
}
