// The time a pass begins at, by the clock that stamps the workspace's files; and the folder in which that is asked.

package import Host

/// `.baji/` at the workspace's root: what runs need beside the files they work on. Git and the walk pass it by.
package enum WorkspaceFolder {
  /// Makes it where it is not.
  /// - Returns: its path.
  package static func prepare(in root: String) throws(FileError) -> String {
    let folder = "\(root)/.baji"
    try Files.createDirectories(folder)
    let ignore = "\(folder)/.gitignore"
    if !Files.exists(ignore) { try Files.writeAtomically(Array("*\n".utf8), to: ignore) }
    return folder
  }
}

enum PassTime {
  /// Touches `.baji/now` and takes its mtime, so that whatever is written from here on is stamped no earlier.
  /// Where that is not possible (a read-only workspace): the kernel's coarse clock, less one of its steps at its slowest (100 Hz: 10 ms).
  static func now(in root: String) -> Int64 {
    let file = "\(root)/.baji/now"
    // A run that was killed may have left the folder half made: only a file that is there says that all is.
    if Files.exists(file), let time = try? FileClock.touch(file) { return time }
    do throws(FileError) {
      return try FileClock.touch("\(WorkspaceFolder.prepare(in: root))/now")
    } catch {
      return FileClock.coarseNow() - 10_000_000
    }
  }
}
