// The door: bytes by fingerprint and values by key, kept between runs where that is possible and for this run where not.

package import Fingerprints
package import Host
internal import Synchronization

/// One store, open for one run. All calls may come from any thread.
///
/// A store that cannot be opened is no error for a run: `openOrDisabled` then gives one that keeps blobs for this run only, and
/// in which every look-up is a miss.
package final class Store: Sendable {
  /// Blobs of up to this many bytes lie in the database, larger ones in files of their own.
  package static let largestInlineBlob = 64 << 10

  /// Where the store lies; of a disabled one, where it would.
  package let folder: String
  package let secret: Secret
  /// False where nothing outlives the run.
  package let isPersistent: Bool
  /// Names the run in `runs/`.
  package let runID: String
  let volatile = VolatileBlobs()

  /// - Parameter report: is given one sentence when writing has to stop in the middle of the run (a full disk).
  /// - Throws: why there can be no store in `folder`.
  package static func open(at folder: String, report: @escaping @Sendable (String) -> Void) throws(StoreError) -> Store {
    if let kind = networkFileSystem(of: folder) { throw .networkFileSystem(path: folder, kind: kind) }
    return Store(folder: folder)
  }

  /// As `open`, but whatever is wrong is one warning and a run without caching; on a network file system, a run with a local folder.
  package static func openOrDisabled(at folder: String, report: @escaping @Sendable (String) -> Void) -> Store {
    disabled(folder: folder)
  }

  /// A store that keeps nothing beyond this run, under a secret of its own.
  package static func disabled(folder: String = "") -> Store { Store(folder: folder) }

  private init(folder: String) {
    self.folder = folder
    guard let secret = Secret(Files.randomBytes(Secret.size)) else { preconditionFailure("a secret has \(Secret.size) bytes") }
    self.secret = secret
    isPersistent = false
    runID = Files.randomName(16)
  }

  // MARK: Values

  /// The value under `key`; nil where there is none or what is there is damaged.
  package func get(_ table: Table, key: Fingerprint) -> [UInt8]? { nil }

  /// The values under many keys, read in one pass, in the keys' order.
  package func get(_ table: Table, keys: [Fingerprint]) -> [[UInt8]?] { [[UInt8]?](repeating: nil, count: keys.count) }

  /// Many look-ups in one read transaction, without copying values. Keep it short: while the body runs, the database can reuse no page.
  /// Do not call `flush` or `close` in it.
  package func withReader<Result, Failure: Error>(_ body: (borrowing Reader) throws(Failure) -> Result) throws(Failure) -> Result {
    try body(Reader())
  }

  /// Writes values, all or none of them, some time before `close`; look-ups of this store see them at once.
  package func put(batch: [Entry]) {}

  package func put(_ table: Table, key: Fingerprint, _ bytes: [UInt8]) { put(batch: [Entry(table, key, bytes)]) }

  /// Waits until everything put so far is on disk (or writing has ended).
  package func flush() {}

  /// Commits what is queued, records what was used, collects garbage if something was written and the store is over `maxSize` bytes; then closes.
  /// Look-ups after it are misses.
  package func close(maxSize: Int64? = nil) {}

  // MARK: Blobs

  /// Keeps `bytes` and names them. Never fails for want of a disk: then they are kept for this run.
  package func putBlob(_ bytes: [UInt8]) -> Fingerprint {
    let fingerprint = secret.fingerprint(of: bytes)
    volatile.put(fingerprint, bytes)
    return fingerprint
  }

  /// Keeps the content of the regular file at `path`, in one pass over it.
  /// - Returns: its name and its size in bytes.
  package func putBlob(file path: String) throws(FileError) -> (fingerprint: Fingerprint, size: Int) {
    let bytes = try Files.read(path)
    return (putBlob(bytes), bytes.count)
  }

  /// The bytes of a blob, checked; nil where it is missing or damaged (and then it is removed).
  package func blob(_ fingerprint: Fingerprint) -> [UInt8]? { volatile.get(fingerprint) }

  package func hasBlob(_ fingerprint: Fingerprint) -> Bool { volatile.contains(fingerprint) }

  /// Those of `fingerprints` that are not here, looked up in one pass.
  package func missingBlobs(among fingerprints: [Fingerprint]) -> [Fingerprint] { fingerprints.filter { !hasBlob($0) } }

  /// Writes a blob to `path`, which must not exist, with mode 0755 or 0644.
  /// - Returns: false where the blob is missing or damaged; then there is no file at `path`.
  /// - Throws: where `path` cannot be written.
  package func materialize(_ fingerprint: Fingerprint, to path: String, executable: Bool) throws(FileError) -> Bool {
    guard let bytes = blob(fingerprint) else { return false }
    try Files.write(bytes, to: path, mode: executable ? 0o755 : 0o644)
    return true
  }

  // MARK: Folders

  /// The index file of the workspace whose root has this absolute path. Its folder exists.
  /// - Returns: nil where nothing can be kept.
  package func indexFile(for workspaceRoot: String) -> String? { nil }

  /// Where event logs lie. nil where nothing can be kept.
  package var runsFolder: String? { nil }

  /// The absolute path of the folder that `recipe` names. Where it is not complete or not as it was left, it is built at that very path first:
  /// `build` is given the path of an empty folder to fill. One process builds at a time; others wait and take its work.
  /// - Throws: what `build` throws, or a `StoreError`.
  package func tree(recipe: Fingerprint, build: (_ path: String) throws -> Void) throws -> String {
    guard let folder = volatile.folder() else { throw StoreError.locked("/tmp") }
    let path = "\(folder)/\(recipe)"
    try Files.createDirectory(path)
    try build(path)
    return path
  }

  /// Look-ups in one read transaction.
  package struct Reader: ~Copyable {
    /// Lends the value under `key`; nil where there is none or what is there is damaged.
    package func withBytes<Result>(_ table: Table, _ key: Fingerprint, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? { nil }

    package func contains(_ table: Table, _ key: Fingerprint) -> Bool { false }
  }
}
