// The time a pass begins at, by the clock that stamps the workspace's files.

internal import Host

enum PassTime {
  /// Touches `.baji/now` and takes its mtime, so that whatever is written from here on is stamped no earlier.
  /// Where that is not possible (a read-only workspace): the kernel's coarse clock, less one of its steps at its slowest (100 Hz: 10 ms).
  static func now(in root: String) -> Int64 {
    let folder = "\(root)/.baji"
    if let time = try? FileClock.touch("\(folder)/now") { return time }
    do throws(FileError) {
      try Files.createDirectory(folder)
      if !Files.exists("\(folder)/.gitignore") { try Files.write(Array("*\n".utf8), to: "\(folder)/.gitignore") }
      return try FileClock.touch("\(folder)/now")
    } catch {
      return FileClock.coarseNow() - 10_000_000
    }
  }
}
