// The store's secret on disk: made once, agreed on by all processes.

internal import Fingerprints
internal import Host

extension Store {
  /// The secret in `folder`/secret; made where there is none, made anew where its size is wrong.
  static func readSecret(folder: String) throws(FileError) -> Secret {
    let path = "\(folder)/secret"
    if let secret = (try? Files.read(path)).flatMap({ Secret($0) }) { return secret }
    // Two first runs at once: one makes it, the other finds it after the lock.
    let lock = try FileLock.acquire("\(folder)/secret.lock", .exclusive)
    defer { withExtendedLifetime(lock) {} }
    do throws(FileError) {
      if let secret = Secret(try Files.read(path)) { return secret }
    } catch {
      if !error.isMissing { throw error }
    }
    let bytes = Files.randomBytes(Secret.size)
    faultPoint("store.secret.before-write")
    try Files.writeAtomically(bytes, to: path, mode: 0o600, sync: true)
    faultPoint("store.secret.after-rename")
    guard let secret = Secret(bytes) else { preconditionFailure("a secret has \(Secret.size) bytes") }
    return secret
  }
}
