// Larger blobs: read-only files named by their fingerprint, written aside, synced, renamed.

internal import CHost
internal import Fingerprints
internal import Glibc
internal import Host
internal import Synchronization

/// The files in `blobs/ab/…`. Whatever is read is checked; what fails the check is removed.
final class BlobFiles: Sendable {
  private static let chunk = 1 << 20

  private let folder: String
  private let temporaryFolder: String
  private let secret: Secret
  /// Seconds since the epoch.
  private let now: @Sendable () -> Int64
  /// Blobs that this run has written or found sound, so that putting one again costs nothing.
  private let sound = Mutex<Set<Fingerprint>>([])
  /// Bytes added and removed by this run, for the estimate of the store's size.
  let change = Atomic<Int64>(0)

  init(store folder: String, _ secret: Secret, now: @escaping @Sendable () -> Int64) {
    self.folder = "\(folder)/blobs"
    temporaryFolder = "\(folder)/tmp"
    self.secret = secret
    self.now = now
  }

  func path(_ fingerprint: Fingerprint) -> String {
    let name = fingerprint.description
    return "\(folder)/\(name.prefix(2))/\(name)"
  }

  func contains(_ fingerprint: Fingerprint) -> Bool { Files.exists(path(fingerprint)) }

  func put(_ fingerprint: Fingerprint, _ bytes: [UInt8]) throws(FileError) {
    if isSound(fingerprint) { return }
    let temporary = "\(temporaryFolder)/blob-\(Files.randomName(16))"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError("write", temporary, code: errno) }
    faultPoint("store.blob.before-write")
    let failure = Files.writeAll(bytes, to: descriptor)
    try publish(descriptor, temporary, fingerprint, size: bytes.count, failure: failure)
  }

  /// Copies what `source` has left, in one pass.
  func put(from source: Int32, path: String) throws(FileError) -> (fingerprint: Fingerprint, size: Int) {
    let temporary = "\(temporaryFolder)/blob-\(Files.randomName(16))"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError("write", temporary, code: errno) }
    var fingerprinter = StreamingFingerprinter(secret)
    var size = 0
    var failure: Int32 = 0
    faultPoint("store.blob.before-write")
    let readFailure = Self.forEachChunk(of: source) { bytes in
      fingerprinter.update(bytes)
      size += bytes.count
      failure = Files.writeAll(bytes, to: descriptor)
      return failure == 0
    }
    let fingerprint = fingerprinter.finish()
    if readFailure != 0 {
      close(descriptor)
      unlink(temporary)
      throw FileError("read", path, code: readFailure)
    }
    if failure == 0, isSound(fingerprint) {
      close(descriptor)
      unlink(temporary)
    } else {
      try publish(descriptor, temporary, fingerprint, size: size, failure: failure)
    }
    return (fingerprint, size)
  }

  /// Whether a put can be left out: the blob is there and was checked in this run.
  private func isSound(_ fingerprint: Fingerprint) -> Bool {
    let path = path(fingerprint)
    guard Files.exists(path) else { return false }
    if sound.withLock({ $0.contains(fingerprint) }) { return true }
    return read(fingerprint) { _ in true }
  }

  private func publish(_ descriptor: Int32, _ temporary: String, _ fingerprint: Fingerprint, size: Int, failure: Int32) throws(FileError) {
    var failure = failure
    faultPoint("store.blob.before-sync")
    if failure == 0, fchmod(descriptor, 0o400) != 0 { failure = errno }
    if failure == 0, fsync(descriptor) != 0 { failure = errno }
    if close(descriptor) != 0, failure == 0 { failure = errno }
    let path = path(fingerprint)
    faultPoint("store.blob.before-rename")
    if failure == 0, Glibc.rename(temporary, path) != 0 {
      failure = errno
      if failure == ENOENT, let parent = Files.parent(of: path), mkdir(parent, 0o700) == 0 || errno == EEXIST {
        failure = Glibc.rename(temporary, path) == 0 ? 0 : errno
      }
    }
    faultPoint("store.blob.after-rename")
    guard failure == 0 else {
      unlink(temporary)
      throw FileError("write", path, code: failure)
    }
    change.wrappingAdd(Int64(size), ordering: .relaxed)
    sound.withLock { _ = $0.insert(fingerprint) }
  }

  /// Hands the blob out piece by piece.
  /// - Returns: false where it is missing or damaged (and then it is removed: what was handed out is worth nothing), or `body` gave up.
  func read(_ fingerprint: Fingerprint, _ body: (UnsafeRawBufferPointer) -> Bool) -> Bool {
    let path = path(fingerprint)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    touch(descriptor, path)
    var fingerprinter = StreamingFingerprinter(secret)
    var gaveUp = false
    let failure = Self.forEachChunk(of: descriptor) { bytes in
      fingerprinter.update(bytes)
      gaveUp = !body(bytes)
      return !gaveUp
    }
    let found = fingerprinter.finish()
    if gaveUp { return false }
    if failure == 0, found == fingerprint {
      sound.withLock { _ = $0.insert(fingerprint) }
      return true
    }
    remove(fingerprint)
    return false
  }

  /// A blob's last use is its file's mtime, renewed once a day.
  private func touch(_ descriptor: Int32, _ path: String) {
    var s = stat()
    guard fstat(descriptor, &s) == 0, Int64(s.st_mtim.tv_sec) < now() - UseLog.renewal else { return }
    _ = baji_touch(path)
  }

  func remove(_ fingerprint: Fingerprint) {
    sound.withLock { _ = $0.remove(fingerprint) }
    let path = path(fingerprint)
    guard let status = try? Files.status(path), unlink(path) == 0 else { return }
    change.wrappingSubtract(status.size, ordering: .relaxed)
  }

  /// Every blob's file: fingerprint, size in bytes, last use in seconds since the epoch.
  func forEach(_ body: (Fingerprint, Int64, Int64) -> Void) {
    for part in (try? Files.names(in: folder)) ?? [] {
      for name in (try? Files.names(in: "\(folder)/\(part)")) ?? [] {
        guard let fingerprint = Fingerprint(name), let status = try? Files.status("\(folder)/\(part)/\(name)") else { continue }
        body(fingerprint, status.size, status.modified / 1_000_000_000)
      }
    }
  }

  /// Calls `body` until the end of the file, or until it returns false. 0, or the errno of a read.
  private static func forEachChunk(of descriptor: Int32, _ body: (UnsafeRawBufferPointer) -> Bool) -> Int32 {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 4096)
    defer { buffer.deallocate() }
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        return errno
      }
      if count == 0 || !body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])) { return 0 }
    }
  }
}
