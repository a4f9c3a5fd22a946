// `dependents`: what needs the selected targets, by the edges as they were written and inferred.

internal import Options
internal import Targets

func listDependents(_ session: Session) throws -> Int32 {
  let graph = try session.graph()
  let isTransitive = session.options.bool("dependents", "transitive")
  let isClosed = session.options.bool("dependents", "closed")
  return try session.answerEdges(of: "dependents", sortsByText: false) { ids in
    var found = Set(isTransitive ? graph.transitiveDependents(of: ids) : ids.flatMap { Array(graph.dependents(of: $0)) })
    // The roots themselves are no answer, but where the option asks for them.
    if isClosed { found.formUnion(ids) } else { found.subtract(ids) }
    return found.sorted()
  }
}
