// The BUILD files that specs of folders select: for tools that lay them out or find faults in them.

package import Diagnostics
package import Snapshots

extension Graph {
  /// The BUILD files in the folders that specs name (`dir`, `dir:`, `dir::`), ascending; specs of targets, files and globs name none.
  package func buildFiles(selectedBy specs: Specs, _ options: LoadOptions) throws(UserError) -> [PathID] {
    let directories = try snapshot.buildDirectories(options)
    func files(_ list: [(text: String, spec: Spec)]) -> Set<PathID> {
      var found: Set<PathID> = []
      for (_, spec) in list {
        switch spec {
        case .directory(let path), .path(let path):
          for directory in directories where directory.path == path { found.formUnion(directory.files) }
        case .subtree(let path):
          for directory in directories where path.isEmpty || directory.path == path || directory.path.hasPrefix(path + "/") {
            found.formUnion(directory.files)
          }
        case .address, .glob: break
        }
      }
      return found
    }
    return files(specs.includes).subtracting(files(specs.excludes)).sorted()
  }
}
