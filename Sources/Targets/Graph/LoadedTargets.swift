// A target of the graph as functions of plugins see it while graphs are made.

internal import Snapshots

extension Graph {
  /// nil for an opaque target.
  package func loadedTarget(_ id: TargetID) -> LoadedTarget? {
    guard let type = type(of: id) else { return nil }
    return LoadedTarget(
      address: address(of: id), type: type, given: Dictionary(givenFields(of: id).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
      paths: sources(of: id).map { snapshot.path(of: $0) }, sourceRoot: sourceRoot(ofTarget: id))
  }
}
