// Advisory locks between processes: flock(2) on a file that names its holder.

internal import Glibc

/// A lock on a file, held as long as this value lives; the kernel lets go of it when the process dies, however it dies.
package struct FileLock: ~Copyable {
  package enum Mode: Sendable {
    /// Any number at once.
    case shared
    /// One, while nobody shares.
    case exclusive
  }

  private let descriptor: Int32

  private init(descriptor: Int32) { self.descriptor = descriptor }

  /// Waits until the lock is there.
  /// - Parameter holder: a sentence for those who find it taken, written into the file (exclusive locks only); `pid 123` is put before it.
  /// - Parameter waiting: told once, with what the present holder wrote, when somebody else has it.
  package static func acquire(
    _ path: String, _ mode: Mode, holder: String = "", waiting: (String?) -> Void = { _ in }
  ) throws(FileError) -> FileLock {
    if let lock = try attempt(path, mode, holder: holder, wait: false) { return lock }
    waiting(self.holder(of: path))
    while true {
      if let lock = try attempt(path, mode, holder: holder, wait: true) { return lock }
    }
  }

  /// - Returns: nil if somebody else holds it in a way that excludes `mode`; ``holder(of:)`` then names them.
  package static func tryAcquire(_ path: String, _ mode: Mode, holder: String = "") throws(FileError) -> FileLock? {
    try attempt(path, mode, holder: holder, wait: false)
  }

  /// Changes a shared lock into an exclusive one or back; not atomic: another may come between.
  /// - Returns: false if somebody else holds it; the lock is then no longer held at all until this succeeds.
  package func tryChange(to mode: Mode) -> Bool { lock(descriptor, mode, wait: false) == 0 }

  /// What the last exclusive holder wrote; nil where nobody did.
  package static func holder(of path: String) -> String? {
    guard let bytes = try? Files.read(path), !bytes.isEmpty else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Does `body` while holding the lock exclusively.
  /// - Throws: `FileError` when there can be no lock; what `body` throws.
  package static func holding<Result>(
    _ path: String, holder: String = "", waiting: (String?) -> Void = { _ in }, _ body: () throws -> Result
  ) throws -> Result {
    let lock = try acquire(path, .exclusive, holder: holder, waiting: waiting)
    let result = try body()
    _ = consume lock
    return result
  }

  deinit { close(descriptor) }

  private static func attempt(_ path: String, _ mode: Mode, holder: String, wait: Bool) throws(FileError) -> FileLock? {
    // flock(2) needs no right to write, so a shared lock also works where the file cannot be written.
    var descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    if descriptor < 0, mode == .shared { descriptor = open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw FileError("lock", path, code: errno) }
    let failure = lock(descriptor, mode, wait: wait)
    if failure != 0 {
      close(descriptor)
      if failure == EWOULDBLOCK { return nil }
      throw FileError("lock", path, code: failure)
    }
    if mode == .exclusive {
      // A best effort for the message only: the lock itself is what counts.
      let text = Array("pid \(getpid())\(holder.isEmpty ? "" : ": \(holder)")".utf8)
      if ftruncate(descriptor, 0) == 0 { _ = Files.writeAll(text, to: descriptor) }
    }
    return FileLock(descriptor: descriptor)
  }
}

/// 0, or the errno.
private func lock(_ descriptor: Int32, _ mode: FileLock.Mode, wait: Bool) -> Int32 {
  let operation = (mode == .shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB)
  while flock(descriptor, operation) != 0 {
    if errno != EINTR { return errno }
  }
  return 0
}
