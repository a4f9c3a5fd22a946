// Who is running: one file per live run, locked shared as long as the run lives, saying when it began.

internal import Glibc
internal import Host

/// The mark of this run in `runs/`; gone when it ends. After a kill the file stays, unlocked, and gc removes it.
struct LiveRun: ~Copyable {
  let id: String
  private let path: String
  private let lock: FileLock

  /// - Parameter start: seconds since the epoch.
  init(folder: String, start: Int64) throws(FileError) {
    while true {
      let id = Files.randomName(16)
      let path = "\(folder)/runs/\(id)"
      faultPoint("store.run.before-write")
      try Files.write(Array("\(start)".utf8), to: path, mode: 0o600)
      faultPoint("store.run.after-write")
      // Between the two calls a gc may have taken the file for a dead run's.
      if let lock = try FileLock.tryAcquire(path, .shared), (try? Files.read(path)) == Array("\(start)".utf8) {
        self.id = id
        self.path = path
        self.lock = lock
        return
      }
    }
  }

  deinit { unlink(path) }

  /// When the other live runs began, in seconds since the epoch; marks of dead ones are removed.
  static func starts(folder: String, except own: String? = nil) -> [Int64] {
    var starts: [Int64] = []
    for id in (try? Files.names(in: "\(folder)/runs")) ?? [] where id != own && !id.contains(".") {
      let path = "\(folder)/runs/\(id)"
      let text = (try? Files.read(path)).map { String(decoding: $0, as: UTF8.self) }
      let modified = (try? Files.status(path))?.modified ?? 0
      if let lock = try? FileLock.tryAcquire(path, .exclusive) {
        unlink(path)
        _ = consume lock
      } else if Files.exists(path) {
        starts.append(text.flatMap { Int64($0) } ?? modified / 1_000_000_000)
      }
    }
    return starts
  }
}
