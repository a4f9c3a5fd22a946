// What can go wrong with the workspace's files, and the sentences for it.

package import Host

package enum SnapshotError: Error, Equatable, Sendable {
  /// The workspace's root cannot be read.
  case rootUnreadable(FileError)
  /// A listed file cannot be read.
  case unreadable(path: String, FileError)
  /// A listed file is gone, or is no longer a file.
  case vanished(path: String)
  /// A file changed during each of several readings.
  case unstable(path: String)
  /// The link, or a link on its way, points out of the workspace.
  case leavesWorkspace(path: String, target: String)
  /// The link leads in a circle.
  case linkLoop(path: String)
  /// Nothing is where the link points.
  case brokenLink(path: String, target: String)
  /// The index file cannot be written: the next run reads more files than it needs to, and is as right.
  case indexNotWritten(FileError)
}

extension SnapshotError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .rootUnreadable(let error): "The workspace cannot be read: \(error)."
    case .unreadable(let path, let error): "`\(path)` cannot be read: \(systemMessage(error.code))."
    case .vanished(let path): "`\(path)` was there when the run began and is gone."
    case .unstable(let path): "`\(path)` keeps changing while it is read. Run again when whatever writes it has finished."
    case .leavesWorkspace(let path, let target):
      "`\(path)` is a symbolic link that leaves the workspace (to `\(target)`). Let it point inside, or put a copy in its place."
    case .linkLoop(let path): "`\(path)` is a symbolic link that leads back to itself."
    case .brokenLink(let path, let target): "`\(path)` is a symbolic link to `\(target)`, where there is nothing."
    case .indexNotWritten(let error): "The list of known files could not be kept for the next run: \(error)."
    }
  }
}

/// What a walk noticed and went on without.
package enum SnapshotWarning: Equatable, Sendable, CustomStringConvertible {
  /// Its files are not part of the snapshot.
  case unreadableDirectory(path: String, FileError)
  /// Names that are not UTF-8, escaped for display: how many, and the first few in order.
  case skippedNames(count: Int, first: [String])

  package var description: String {
    switch self {
    case .unreadableDirectory(let path, let error):
      return "The folder `\(path.isEmpty ? "." : path)` was skipped: \(systemMessage(error.code))."
    case .skippedNames(let count, let first):
      let names = first.map { "`\($0)`" }.joined(separator: ", ")
      return
        "\(count) \(count == 1 ? "name that is" : "names that are") not UTF-8 skipped: \(names)\(count > first.count ? ", …" : ""). Rename or ignore them."
    }
  }
}
