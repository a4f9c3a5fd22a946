// Targets as functions of plugins see them while the graph is made, and what they say when they refuse.

internal import Diagnostics
internal import Snapshots

/// What a function of a plugin threw, told at the target it was asked for.
func diagnostic(of error: any Error, at place: SourceLocation) -> Diagnostic {
  guard let told = error as? Diagnostic else { return Diagnostic(.error, "\(error)", at: place) }
  var notes = told.notes
  if let location = told.location { notes.append("told by \(location.file):\(location.position.line):\(location.position.column)") }
  return Diagnostic(.error, told.message, at: place, hint: told.hint, notes: notes)
}

extension ImportResolution.Ground {
  /// The source root that a folder lies in; empty for the workspace's root, nil for none.
  func sourceRoot(of directory: DirectoryID) -> String? {
    let root = sourceRoots[Int(directory)]
    return root < 0 ? nil : snapshot.path(ofDirectory: root)
  }

  /// A draft as functions see it.
  func loaded(_ draft: Draft) -> LoadedTarget {
    LoadedTarget(draft, snapshot, sourceRoots)
  }
}

extension LoadedTarget {
  init(_ draft: Draft, _ snapshot: Snapshot, _ sourceRoots: [DirectoryID]) {
    let directory = draft.sources.first.map { snapshot.directory(of: $0) } ?? snapshot.directoryID(ofPath: draft.address.directory)
    let root = directory.map { sourceRoots[Int($0)] } ?? -1
    self.init(
      address: draft.address, type: draft.type ?? TargetType(draft.typeName, fields: []), given: draft.fields,
      paths: draft.sources.map { snapshot.path(of: $0) }, sourceRoot: root < 0 ? nil : snapshot.path(ofDirectory: root))
  }
}
