// `filedeps`: the files that targets are made from, their BUILD files among them.

internal import Diagnostics
internal import Options
internal import Snapshots
internal import Targets

func listFiles(_ session: Session) throws -> Int32 {
  let graph = try session.graph()
  let isTransitive = session.options.bool("filedeps", "transitive")
  let showsGlobs = session.options.bool("filedeps", "globs")
  var ids = try session.selected(withImports: isTransitive)
  if isTransitive { ids = Array(Set(ids).union(graph.transitiveDependencies(of: ids, followingReferences: true))) }
  var files: Set<String> = []
  for id in ids {
    files.insert(graph.place(of: id).file)
    if showsGlobs, let globs = graph.globs(of: id) { files.formUnion(globs) } else { files.formUnion(graph.filePaths(of: id)) }
    // What was read from a file rests on it.
    if isTransitive, case .named? = graph.address(of: id).generated, let generator = graph.generator(of: id) {
      files.formUnion(graph.filePaths(of: generator))
    }
  }
  let prefix = session.options.bool("filedeps", "absolute") ? "\(session.root)/" : ""
  try session.answer(files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { prefix + $0 }, of: "filedeps")
  return 0
}

extension Graph {
  /// Of a target's own files; of a generator, all that it generates targets from.
  fileprivate func filePaths(of id: TargetID) -> [String] {
    let owners = type(of: id)?.generatesByFile == true ? Array(generated(by: id)) : [id]
    return owners.flatMap { sources(of: $0) }.map { snapshot.path(of: $0) }
  }

  /// What the field for sources says, from the workspace's root, without what it leaves out; nil where the target has no such field.
  fileprivate func globs(of id: TargetID) -> [String]? {
    guard generator(of: id) == nil, let name = type(of: id)?.sourceField?.name else { return nil }
    let value = field(name, of: id)
    let directory = address(of: id).directory
    return (value.string.map { [$0] } ?? value.strings).filter { !$0.hasPrefix("!") }.map {
      directory.isEmpty ? $0 : "\(directory)/\($0)"
    }
  }
}
