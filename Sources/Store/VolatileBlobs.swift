// Blobs that live no longer than the run: where there is no store, or none that takes writes.

internal import Fingerprints
internal import Glibc
internal import Host
internal import Synchronization

/// Small blobs in memory, larger ones in a private temporary folder; in memory too where no folder can be had.
final class VolatileBlobs: Sendable {
  private struct State {
    var small: [Fingerprint: [UInt8]] = [:]
    /// nil until asked for; empty where none could be made.
    var folder: String?
  }

  private let state = Mutex(State())

  /// The folder, made at the first call; nil where none can be.
  func folder() -> String? {
    state.withLock { state in
      if state.folder == nil { state.folder = Self.makeFolder() ?? "" }
      return state.folder == "" ? nil : state.folder
    }
  }

  private static func makeFolder() -> String? {
    let wanted = getenv("TMPDIR").map { String(cString: $0) }
    for parent in [wanted, "/tmp", "/var/tmp", "/dev/shm"].compactMap({ $0 }) {
      let path = "\(parent)/baji-run-\(Files.randomName(12))"
      if mkdir(path, 0o700) == 0 { return path }
    }
    return nil
  }

  func put(_ fingerprint: Fingerprint, _ bytes: [UInt8]) {
    if bytes.count > Store.largestInlineBlob, let folder = folder() {
      let path = "\(folder)/\(fingerprint)"
      if Files.exists(path) { return }
      if (try? Files.writeAtomically(bytes, to: path, mode: 0o400)) != nil { return }
    }
    state.withLock { $0.small[fingerprint] = bytes }
  }

  func get(_ fingerprint: Fingerprint) -> [UInt8]? {
    let (bytes, folder) = state.withLock { ($0.small[fingerprint], $0.folder) }
    if let bytes { return bytes }
    guard let folder, folder != "" else { return nil }
    return try? Files.read("\(folder)/\(fingerprint)")
  }

  func contains(_ fingerprint: Fingerprint) -> Bool {
    let (isHere, folder) = state.withLock { ($0.small[fingerprint] != nil, $0.folder) }
    if isHere { return true }
    guard let folder, folder != "" else { return false }
    return Files.exists("\(folder)/\(fingerprint)")
  }

  func remove(_ fingerprint: Fingerprint) {
    let folder = state.withLock { state in
      state.small[fingerprint] = nil
      return state.folder
    }
    if let folder, folder != "" { unlink("\(folder)/\(fingerprint)") }
  }

  /// Removes everything, the folder included.
  func clear() {
    let folder = state.withLock { state in
      defer { state = State() }
      return state.folder
    }
    if let folder, folder != "" { try? Files.removeTree(folder) }
  }

  deinit { clear() }
}
