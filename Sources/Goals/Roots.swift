// `roots`: the folders of the workspace that are source roots.

internal import Options
internal import Snapshots
internal import Targets

func listRoots(_ session: Session) throws -> Int32 {
  let snapshot = try session.snapshot()
  let nearest = session.loadOptions.sourceRoots.roots(in: snapshot)
  let roots = nearest.indices.filter { nearest[$0] == DirectoryID($0) }.map { snapshot.path(ofDirectory: DirectoryID($0)) }
  try session.answer(roots.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { $0.isEmpty ? "." : $0 }, of: "roots")
  return 0
}
