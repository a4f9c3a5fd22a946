// Where the workspace begins.

package import Diagnostics

/// Finds the workspace's root from a folder in it.
package enum WorkspaceRoot {
  /// Files that mark a root, strongest first.
  package static let markers = ["baji.toml", "pants.toml"]

  /// The nearest ancestor of `directory` (itself included) that holds a marker; else the nearest with `.git`.
  /// - Parameters:
  ///   - directory: An absolute path.
  ///   - exists: Answers whether an absolute path exists.
  /// - Throws: `UserError` that says what was looked for.
  package static func find(from directory: String, exists: (String) -> Bool) throws(UserError) -> String {
    for names in [markers, [".git"]] {
      var folder = directory
      while true {
        let prefix = folder == "/" ? "/" : folder + "/"
        if names.contains(where: { exists(prefix + $0) }) { return folder }
        guard folder != "/", let slash = folder.utf8.lastIndex(of: UInt8(ascii: "/")) else { break }
        folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
      }
    }
    throw UserError(
      "no workspace here: neither `\(directory)` nor a folder above it holds `baji.toml`, `pants.toml` or `.git`",
      hint: "`baji init`, called at the root of the workspace, writes a `baji.toml` for it")
  }
}
