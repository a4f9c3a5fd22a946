// The folder an action runs in: made, filled by others, removed.

package import Host

/// A folder of one action's own: its inputs in `tree`, its home and temporary folder beside it. Exists as long as this value.
package struct SandboxDirectory: ~Copyable {
  /// Stands for the sandbox's path in keys and in captured text.
  package static let placeholder = "{sandbox}"

  /// Everything of the action lies below. Absolute, without symbolic links.
  package let path: String
  private let lock: FileLock
  private var isKept = false

  package var tree: String { "\(path)/tree" }
  package var home: String { "\(path)/home" }
  package var temporary: String { "\(path)/tmp" }

  private init(path: String, lock: consuming FileLock) {
    self.path = path
    self.lock = lock
  }

  /// - Parameter parent: exists, absolute, without symbolic links.
  package static func make(under parent: String) throws(FileError) -> SandboxDirectory {
    while true {
      let path = "\(parent)/\(Files.randomName(16))"
      try Files.createDirectory(path, mode: 0o700)
      // Whoever clears away may remove the folder until it is locked: then take another.
      guard let lock = try lockOf(path), Files.exists("\(path)/lock") else { continue }
      let sandbox = SandboxDirectory(path: path, lock: lock)
      for folder in [sandbox.tree, sandbox.home, sandbox.temporary] {
        try Files.createDirectory(folder, mode: 0o755)
        try Files.setMode(folder, 0o755)  // whatever our own umask is
      }
      return sandbox
    }
  }

  private static func lockOf(_ path: String) throws(FileError) -> FileLock? {
    do throws(FileError) {
      return try FileLock.tryAcquire("\(path)/lock", .exclusive)
    } catch {
      if error.isMissing { return nil }
      try? Files.removeTree(path)
      throw error
    }
  }

  /// Leaves the folder on disk for people.
  package consuming func keep() -> String {
    isKept = true
    try? Files.remove("\(path)/lock")
    return path
  }

  deinit {
    // What cannot be removed now (a process stuck in the kernel still writes) is removed by a later run.
    if !isKept { try? Files.removeTree(path) }
  }

  /// Removes the folders under `parent` whose makers are dead; kept ones stay.
  package static func removeAbandoned(under parent: String) {
    for name in (try? Files.names(in: parent)) ?? [] {
      let path = "\(parent)/\(name)"
      guard Files.exists("\(path)/lock") else {
        // Made and not locked before its maker died. Not empty: kept.
        try? Files.removeDirectory(path)
        continue
      }
      guard let lock = try? FileLock.tryAcquire("\(path)/lock", .exclusive) else { continue }
      try? Files.removeTree(path)
      _ = consume lock
    }
  }
}
