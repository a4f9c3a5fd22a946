// The door: bytes by fingerprint and values by key, kept between runs where that is possible and for this run where not.

package import Fingerprints
internal import Host
internal import Glibc
internal import Synchronization

/// One store, open for one run. All calls may come from any thread.
///
/// A store that cannot be opened is no error for a run: `openOrDisabled` then gives one that keeps blobs for this run only, and
/// in which every look-up is a miss. The same becomes of an open one whose disk is full, as far as writing goes.
package final class Store: Sendable {
  /// Blobs of up to this many bytes lie in the database, larger ones in files of their own.
  package static let largestInlineBlob = 64 << 10

  /// Where the store lies; of a disabled one, where it would.
  package let folder: String
  package let secret: Secret
  /// Names the run in `runs/`.
  package let runID: String
  let volatile = VolatileBlobs()
  let parts: Parts?
  private let isOpen = Atomic<Bool>(true)
  /// Seconds since the epoch.
  let now: @Sendable () -> Int64
  let checkedTrees = Mutex<[Fingerprint: String]>([:])

  /// What a store on disk is made of.
  final class Parts: Sendable {
    let environment: Environment
    let writer: Writer
    let files: BlobFiles
    let uses = UseLog()
    let liveRun: Mutex<LiveRun?>
    let isWriting = Atomic<Bool>(true)
    let hasWritten = Atomic<Bool>(false)

    init(_ environment: Environment, _ writer: Writer, _ files: BlobFiles, _ liveRun: consuming LiveRun) {
      self.environment = environment
      self.writer = writer
      self.files = files
      self.liveRun = Mutex(liveRun)
    }
  }

  /// False where nothing outlives the run.
  package var isPersistent: Bool { parts != nil }

  // MARK: Opening

  /// - Parameter report: is given one sentence when writing has to stop in the middle of the run (a full disk).
  /// - Parameter mapSize: bytes; tests make it small.
  /// - Parameter now: seconds since the epoch.
  /// - Throws: why there can be no store in `folder`.
  package static func open(
    at folder: String, mapSize: Int? = nil, now: @escaping @Sendable () -> Int64 = { Int64(time(nil)) },
    report: @escaping @Sendable (String) -> Void
  ) throws(StoreError) -> Store {
    if let kind = networkFileSystem(of: folder) { throw .networkFileSystem(path: folder, kind: kind) }
    return try Store(folder: folder, mapSize: mapSize ?? Environment.initialMapSize, now: now, report: report)
  }

  /// As `open`, but whatever is wrong is one warning and a run without caching; on a network file system, a run with a local folder.
  package static func openOrDisabled(
    at folder: String, mapSize: Int? = nil, report: @escaping @Sendable (String) -> Void
  ) -> Store {
    do throws(StoreError) {
      return try open(at: folder, mapSize: mapSize, report: report)
    } catch .networkFileSystem(_, let kind) {
      if let local = localFallback(), let store = try? open(at: local, report: report) {
        report(
          "the store's folder `\(folder)` lies on a network file system (\(kind)); using `\(local)` instead. "
            + "Set [GLOBAL] local_store_dir to a local folder.")
        return store
      }
      report("no results are cached: `\(folder)` lies on a network file system (\(kind)). Set [GLOBAL] local_store_dir to a local folder.")
    } catch {
      report("no results are cached: \(error)")
    }
    return disabled(folder: folder)
  }

  /// A store that keeps nothing beyond this run, under a secret of its own.
  package static func disabled(folder: String = "") -> Store { Store(disabled: folder) }

  private init(disabled folder: String) {
    guard let secret = Secret(Files.randomBytes(Secret.size)) else { preconditionFailure("a secret has \(Secret.size) bytes") }
    self.folder = folder
    self.secret = secret
    parts = nil
    stopped = Once { _ in }
    runID = Files.randomName(16)
    now = { Int64(time(nil)) }
  }

  private init(
    folder: String, mapSize: Int, now: @escaping @Sendable () -> Int64, report: @escaping @Sendable (String) -> Void
  ) throws(StoreError) {
    let start = now()
    let secret: Secret
    let liveRun: LiveRun
    let path: String
    do throws(FileError) {
      try Files.createDirectories(folder, mode: 0o700)
      path = try Files.realPath(folder)
      for name in ["blobs", "tmp", "runs"] { try Files.createDirectory("\(path)/\(name)", mode: 0o700) }
      secret = try Self.readSecret(folder: path)
      liveRun = try LiveRun(folder: path, start: start)
    } catch {
      throw .file(error)
    }
    let environment = try Environment.acquire(folder: path, mapSize: mapSize)
    let files = BlobFiles(store: path, secret, now: now)
    self.folder = path
    self.secret = secret
    self.now = now
    runID = liveRun.id
    let volatile = volatile
    let stop = Once(report)
    let writer = Writer(environment, secret) { error, blobs in
      for blob in blobs { volatile.put(blob.key, blob.bytes) }
      stop.report("results of this run are no longer cached: \(error)")
    }
    parts = Parts(environment, writer, files, liveRun)
    stopped = stop
  }

  private let stopped: Once

  deinit { close() }

  /// Open parts; nil in a disabled or closed store.
  var live: Parts? { isOpen.load(ordering: .acquiring) ? parts : nil }

  func timestamp() -> UInt32 { UInt32(clamping: now()) }

  // MARK: Values

  /// The value under `key`; nil where there is none or what is there is damaged.
  package func get(_ table: Table, key: Fingerprint) -> [UInt8]? {
    withReader { reader in reader.withBytes(table, key) { Array($0) } }
  }

  /// The values under many keys, in the keys' order: one read transaction per thread, more than one thread only for many keys.
  package func get(_ table: Table, keys: [Fingerprint]) -> [[UInt8]?] { get(table, keys: keys) { Array($0) } }

  /// As above, each value read where it lies, without a copy.
  package func get<Value: Sendable>(
    _ table: Table, keys: [Fingerprint], _ decode: @Sendable (UnsafeRawBufferPointer) -> Value?
  ) -> [Value?] {
    var values = [Value?](repeating: nil, count: keys.count)
    values.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let buffer = buffer  // every element is written by the one thread that has its index
      Workers.forEachChunk(of: keys.count, chunk: 512, minimum: 2048) { range in
        withReader { reader in
          for index in range { buffer[index] = reader.withBytes(table, keys[index], decode) ?? nil }
        }
      }
    }
    return values
  }

  /// Many look-ups in one read transaction, without copying values. Keep it short: while the body runs, the database can reuse no page.
  /// Do not call `flush` or `close` in it.
  package func withReader<Result, Failure: Error>(_ body: (borrowing Reader) throws(Failure) -> Result) throws(Failure) -> Result {
    guard let parts = live else { return try body(Reader(store: self, parts: nil, snapshot: nil, start: 0, commits: 0)) }
    let now = now()
    let commits = parts.writer.commits.load(ordering: .acquiring)
    let result = try parts.environment.read { (snapshot: Environment.Snapshot) throws(Failure) -> Result? in
      try body(Reader(store: self, parts: parts, snapshot: snapshot, start: now, commits: commits))
    }
    if let result { return result }
    return try body(Reader(store: self, parts: parts, snapshot: nil, start: now, commits: commits))
  }

  /// Writes values, all or none of them, some time before `close`; look-ups of this store see them at once.
  package func put(batch: [Entry]) {
    guard let parts = live, parts.isWriting.load(ordering: .relaxed) else { return }
    let written = timestamp()
    if parts.writer.put(batch.map { .put($0, written: written) }) { parts.hasWritten.store(true, ordering: .relaxed) }
  }

  package func put(_ table: Table, key: Fingerprint, _ bytes: [UInt8]) { put(batch: [Entry(table, key, bytes)]) }

  /// Forgets a value.
  package func remove(_ table: Table, key: Fingerprint) { _ = live?.writer.put([.delete(table, key)]) }

  /// Waits until everything put so far is on disk (or writing has ended).
  package func flush() { live?.writer.flush() }

  /// Commits what is queued and records what was used; then, if this run wrote something and the store is over `maxSize` bytes, collects
  /// garbage; then closes. Look-ups after it are misses. A second call does nothing.
  package func close(maxSize: Int64? = nil) {
    guard isOpen.exchange(false, ordering: .acquiringAndReleasing), let parts else {
      volatile.clear()
      return
    }
    let change = parts.files.change.load(ordering: .relaxed)
    if parts.isWriting.load(ordering: .relaxed) {
      if let uses = parts.uses.entry(parts.environment, secret, now: now()) { _ = parts.writer.put([.put(uses, written: timestamp())]) }
      if change != 0 { _ = parts.writer.put([.add(fileBytesKey, change)]) }
    }
    parts.writer.flush()
    // This run is over: what it used is recorded, and its own mark must not hold the collection back.
    parts.liveRun.withLock { $0 = nil }
    if let maxSize, parts.hasWritten.load(ordering: .relaxed) || change > 0, estimatedSize(parts) > maxSize {
      _ = collect(parts, maxSize: maxSize)
    }
    parts.writer.close()
    parts.environment.release()
    volatile.clear()
  }

  /// Ends writing, with one warning.
  func stopWriting(_ parts: Parts, _ reason: String) {
    parts.isWriting.store(false, ordering: .relaxed)
    stopped.report("results of this run are no longer cached: \(reason)")
  }

  // MARK: Folders

  /// The index file of the workspace whose root has this absolute path. Its folder exists.
  /// - Returns: nil where nothing can be kept.
  package func indexFile(for workspaceRoot: String) -> String? {
    guard live != nil, (try? Files.createDirectory("\(folder)/index", mode: 0o700)) != nil else { return nil }
    return "\(folder)/index/\(secret.fingerprint(of: workspaceRoot))"
  }

  /// Where event logs lie: names with a dot are theirs, others the marks of live runs. nil where nothing can be kept.
  package var runsFolder: String? { live == nil ? nil : "\(folder)/runs" }
}

/// Look-ups in one read transaction; what is queued for writing is seen too.
extension Store {
  package struct Reader: ~Copyable {
    let store: Store
    let parts: Parts?
    let snapshot: Environment.Snapshot?
    /// Seconds since the epoch.
    let start: Int64
    /// `Writer.commits` before the transaction began.
    let commits: Int

    /// Lends the value under `key`; nil where there is none or what is there is damaged. The bytes are valid only inside `body`.
    package func withBytes<Result>(_ table: Table, _ key: Fingerprint, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
      guard let parts else { return nil }
      if let pending = parts.writer.pending(table, key) { return pending.withUnsafeBytes(body) }
      if let snapshot, let (bytes, written) = snapshot.value(table, key, store.secret) {
        if Int64(written) < start - UseLog.renewal { parts.uses.note(table, key) }
        return body(bytes)
      }
      // Put before this reader began, committed since: not in this transaction, and no longer pending.
      guard hasCommittedSince(parts) else { return nil }
      return parts.environment.read { fresh in fresh.value(table, key, store.secret).map { body($0.bytes) } }
    }

    /// Whether there is a value, without a look at it.
    package func contains(_ table: Table, _ key: Fingerprint) -> Bool {
      guard let parts else { return false }
      if parts.writer.pending(table, key) != nil || snapshot?.contains(table, key) == true { return true }
      return hasCommittedSince(parts) && parts.environment.read { fresh in fresh.contains(table, key) } == true
    }

    private func hasCommittedSince(_ parts: Parts) -> Bool { parts.writer.commits.load(ordering: .acquiring) != commits }
  }
}

/// Tells one sentence and no second one.
private final class Once: Sendable {
  private let hasReported = Atomic<Bool>(false)
  private let tell: @Sendable (String) -> Void

  init(_ tell: @escaping @Sendable (String) -> Void) { self.tell = tell }

  func report(_ sentence: String) {
    if !hasReported.exchange(true, ordering: .relaxed) { tell(sentence) }
  }
}
