// Which files are BUILD files and preludes, and how their bytes are read.

package import Diagnostics
internal import Fingerprints
package import Snapshots

/// The BUILD files of one folder, by name.
package struct BuildDirectory: Sendable {
  package let id: DirectoryID
  /// From the root.
  package let path: String
  package let files: [PathID]
}

extension Snapshot {
  /// Every folder that has BUILD files, parents before children.
  package func buildDirectories(_ options: LoadOptions) throws(UserError) -> [BuildDirectory] {
    let patterns = try globs(options.buildPatterns, option: "[GLOBAL].build_patterns")
    let ignored = try globs(
      options.buildIgnore.flatMap { pattern in
        let path = pattern.hasPrefix("/") ? String(pattern.dropFirst()) : pattern.contains("/") ? pattern : "**/\(pattern)"
        let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
        return folder.hasSuffix("**") ? [folder] : [folder, "\(folder)/**"]
      }, option: "[GLOBAL].build_ignore")
    var found: [BuildDirectory] = []
    for directory in 0..<DirectoryID(directoryCount) {
      let files = self.files(in: directory).filter { patterns.matches(name(of: $0)) && !ignored.matches(path(of: $0)) }
      if !files.isEmpty { found.append(BuildDirectory(id: directory, path: path(ofDirectory: directory), files: files)) }
    }
    return found
  }

  func globs(_ patterns: [String], option: String) throws(UserError) -> GlobSet {
    do throws(GlobError) { return try GlobSet(patterns) } catch { throw UserError("`\(option)`: \(error)") }
  }

  /// The regular file behind a path, through links inside the workspace.
  package func regularFile(_ id: PathID) -> PathID? {
    if kind(of: id) == .regular { return id }
    guard case .file(let target)? = try? resolve(id) else { return nil }
    return target
  }
}
