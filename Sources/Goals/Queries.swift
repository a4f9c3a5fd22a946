// `list`, `dependencies`, `dependents`, `filedeps`: answers about the graph, as Pants prints them.

internal import Diagnostics
internal import Events
internal import Formats
internal import Host
internal import Options
internal import Snapshots
internal import Targets

func listTargets(_ session: Session) throws -> Int32 {
  let graph = try session.graph()
  let ids = try session.selected(withImports: false)
  if session.options.bool("list", "documented") {
    let documented = ids.compactMap { id -> String? in
      guard let description = graph.field("description", of: id).string, !description.isEmpty else { return nil }
      return "\(graph.address(of: id))\n  \(description.split(separator: "\n").joined(separator: "\n  "))"
    }
    try session.answer(documented, of: "list")
    return 0
  }
  try session.answer(ids.map { graph.address(of: $0).description }, of: "list")
  return 0
}

func listDependencies(_ session: Session) throws -> Int32 {
  let graph = try session.graph()
  let ids = try session.selected()
  let isTransitive = session.options.bool("dependencies", "transitive")
  let isClosed = session.options.bool("dependencies", "closed")
  func answer(_ ids: [TargetID]) -> [TargetID] {
    var found = Set(
      isTransitive ? graph.transitiveDependencies(of: ids, followingReferences: true) : ids.flatMap { graph.dependencies(of: $0) })
    if isClosed { found.formUnion(ids) }
    return found.sorted()
  }
  return try session.answer(graph, ids, in: "dependencies", answer)
}

func listDependents(_ session: Session) throws -> Int32 {
  let graph = try session.graph()
  let ids = try session.selected()
  let isTransitive = session.options.bool("dependents", "transitive")
  let isClosed = session.options.bool("dependents", "closed")
  func answer(_ ids: [TargetID]) -> [TargetID] {
    var found = Set(isTransitive ? graph.transitiveDependents(of: ids) : ids.flatMap { Array(graph.dependents(of: $0)) })
    // The roots themselves are no answer, but where the option asks for them.
    if isClosed { found.formUnion(ids) } else { found.subtract(ids) }
    return found.sorted()
  }
  return try session.answer(graph, ids, in: "dependents", answer)
}

func listFiles(_ session: Session) throws -> Int32 {
  let graph = try session.graph()
  var ids = try session.selected(withImports: session.options.bool("filedeps", "transitive"))
  if session.options.bool("filedeps", "transitive") {
    ids = Array(Set(ids).union(graph.transitiveDependencies(of: ids, followingReferences: true)))
  }
  var files: Set<String> = []
  for id in ids {
    if session.options.bool("filedeps", "globs"), graph.isGenerator(id) {
      let directory = graph.address(of: id).directory
      for pattern in graph.field("sources", of: id).strings { files.insert(directory.isEmpty ? pattern : "\(directory)/\(pattern)") }
    } else {
      for source in graph.sources(of: id) { files.insert(graph.snapshot.path(of: source)) }
    }
    files.insert(graph.place(of: id).file)
  }
  let prefix = session.options.bool("filedeps", "absolute") ? "\(session.root)/" : ""
  try session.answer(files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { prefix + $0 }, of: "filedeps")
  return 0
}

extension Session {
  /// Addresses as lines, or as a JSON object from each selected target to its answer.
  fileprivate func answer(
    _ graph: Graph, _ ids: [TargetID], in goal: String, _ answer: ([TargetID]) -> [TargetID]
  ) throws -> Int32 {
    if options.string(goal, "format") == "json" {
      let members = ids.map { id in
        JSON.Member(graph.address(of: id).description, .array(answer([id]).map { .string(graph.address(of: $0).description) }))
      }
      try self.answer([String(decoding: JSONWriter.indented(.object(members)), as: UTF8.self)], of: goal)
    } else {
      try self.answer(answer(ids).map { graph.address(of: $0).description }, of: goal)
    }
    return 0
  }

  /// Lines for standard output, or for the goal's `output_file`.
  func answer(_ lines: [String], of goal: String) throws {
    guard let file = options.string(goal, "output_file"), !file.isEmpty else { return answer(lines) }
    do {
      try Files.write(Array(lines.map { "\($0)\n" }.joined().utf8), to: file.hasPrefix("/") ? file : "\(root)/\(file)")
    } catch {
      throw MachineError("\(error)", hint: "`--\(goal)-output-file` names it")
    }
  }

  /// Lines for standard output; nothing at all for none.
  func answer(_ lines: [String]) {
    if !lines.isEmpty { report(.answer(lines.joined(separator: "\n"))) }
  }
}
