// Trees: folders used in place, named by their recipe, complete when their record says so.

internal import CHost
package import Fingerprints
internal import Glibc
internal import Host
internal import Synchronization

extension Store {
  /// The caller gave up waiting for a tree.
  package struct WaitCancelled: Error {}

  /// Where the tree that `recipe` names is, or will be once it is built.
  package func treePath(_ recipe: Fingerprint) -> String {
    if let path = checkedTrees.withLock({ $0[recipe] }) { return path }
    if let parts = live, parts.isWriting.load(ordering: .relaxed) { return "\(folder)/trees/\(recipe)" }
    return "\(volatile.folder() ?? "/tmp/baji-run")/\(recipe).tree"
  }

  /// The absolute path of the folder that `recipe` names. Where it is not complete or not as it was left, it is built at that very path first:
  /// `build` is given the path of an empty folder to fill. One process builds at a time; others wait and take its work.
  /// - Parameters:
  ///   - name: what is done, for those who wait for it.
  ///   - isCancelled: asked while waiting.
  ///   - waiting: told once, when another process has been building it for a second: `pid 123: installing black 23.3.0`.
  /// - Throws: what `build` throws (nothing is then left of the tree), `WaitCancelled`, or a `FileError`.
  package func tree(
    recipe: Fingerprint, name: String = "building a tree", isCancelled: () -> Bool = { false }, waiting: (String) -> Void = { _ in },
    build: (_ path: String) throws -> Void
  ) throws -> String {
    if let path = checkedTrees.withLock({ $0[recipe] }) { return path }
    guard let parts = live, let lock = try treeLock(recipe, name, isCancelled, waiting) else {
      return try volatileTree(recipe: recipe, name, isCancelled, waiting, build)
    }
    defer { withExtendedLifetime(lock) {} }
    let tree = TreeFolder(store: folder, recipe: recipe, secret)
    if let path = checkedTrees.withLock({ $0[recipe] }) { return path }  // another thread built it while this one waited
    if !tree.isComplete() {
      guard parts.isWriting.load(ordering: .relaxed) else { return try volatileTree(recipe: recipe, name, isCancelled, waiting, build) }
      try tree.discard()
      try Files.createDirectory(tree.path, mode: 0o755)
      faultPoint("store.tree.before-build")
      do { try build(tree.path) } catch {
        try? tree.discard()
        throw error
      }
      faultPoint("store.tree.after-build")
      parts.files.change.wrappingAdd(try tree.complete(), ordering: .relaxed)
      faultPoint("store.tree.after-record")
    }
    tree.touch()
    checkedTrees.withLock { $0[recipe] = tree.path }
    return tree.path
  }

  /// - Returns: nil where there can be no lock: a full or read-only disk.
  private func treeLock(_ recipe: Fingerprint, _ name: String, _ isCancelled: () -> Bool, _ waiting: (String) -> Void) throws -> FileLock? {
    do {
      try Files.createDirectory("\(folder)/trees", mode: 0o755)
      return try Store.lock("\(folder)/trees/\(recipe).lock", name, isCancelled, waiting)
    } catch is FileError {
      return nil
    }
  }

  /// Polls: whoever holds the lock may be at it for minutes, and the caller must be able to give up.
  private static func lock(
    _ path: String, _ name: String, _ isCancelled: () -> Bool, _ waiting: (String) -> Void
  ) throws -> FileLock {
    var tries = 0
    while true {
      if let lock = try FileLock.tryAcquire(path, .exclusive, holder: name) { return lock }
      if isCancelled() { throw WaitCancelled() }
      tries += 1
      if tries == 50, let holder = FileLock.holder(of: path), !holder.hasPrefix("pid \(getpid()):") { waiting(holder) }
      usleep(20_000)
    }
  }

  private func volatileTree(
    recipe: Fingerprint, _ name: String, _ isCancelled: () -> Bool, _ waiting: (String) -> Void, _ build: (_ path: String) throws -> Void
  ) throws -> String {
    guard let parent = volatile.folder() else { throw FileError("create folder", "/tmp/baji-run", code: ENOSPC) }
    let lock = try Store.lock("\(parent)/\(recipe).lock", name, isCancelled, waiting)
    defer { withExtendedLifetime(lock) {} }
    if let path = checkedTrees.withLock({ $0[recipe] }) { return path }
    let path = "\(parent)/\(recipe).tree"
    try Files.removeTree(path)  // an attempt that failed before
    try Files.createDirectory(path)
    try build(path)
    checkedTrees.withLock { $0[recipe] = path }
    return path
  }
}

/// One tree's folder and its completion record. All calls under the tree's lock.
struct TreeFolder {
  let path: String
  let recordPath: String
  private let gone: String
  private let secret: Secret

  init(store folder: String, recipe: Fingerprint, _ secret: Secret) {
    path = "\(folder)/trees/\(recipe)"
    recordPath = "\(path).complete"
    gone = "\(folder)/gone"
    self.secret = secret
  }

  private struct Member {
    let path: String
    let status: FileStatus

    /// What must be the same later. A folder's time changes with its entries, so additions are seen without listing it.
    var facts: [Int64] { [Int64(status.kind.rawValue), Int64(status.mode), status.kind == .directory ? 0 : status.size, status.modified] }
  }

  private static let version = "tree 1"

  /// Whether the record is there, belongs to this path, and every file, link and folder still is what it says.
  func isComplete() -> Bool {
    guard let bytes = try? Files.read(recordPath), bytes.count > 16 else { return false }
    let body = Array(bytes.dropFirst(16))
    var head = ByteReader(bytes)
    guard (try? head.readFingerprint()) == secret.fingerprint(of: body), let members = members(in: body) else { return false }
    let differs = Atomic<Bool>(false)
    Workers.forEachChunk(of: members.count, chunk: 256, minimum: 1024) { range in
      for index in range where !differs.load(ordering: .relaxed) {
        let (member, facts) = members[index]
        guard let status = try? Files.status(member), Member(path: member, status: status).facts == facts else {
          differs.store(true, ordering: .relaxed)
          return
        }
      }
    }
    return !differs.load(ordering: .relaxed)
  }

  private func members(in body: [UInt8]) -> [(path: String, facts: [Int64])]? {
    var reader = ByteReader(body)
    guard (try? reader.readString()) == Self.version, (try? reader.readString()) == path, (try? reader.readInt()) != nil else { return nil }
    return try? reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let name = try reader.readString()
      let facts = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in Int64(try reader.readInt()) }
      return (name == "" ? path : "\(path)/\(name)", facts)
    }
  }

  /// Syncs the tree and publishes its record.
  /// - Returns: the sum of its files' sizes, in bytes.
  func complete() throws(FileError) -> Int64 {
    let failure = baji_sync_file_system(path)
    if failure != 0 { throw FileError("sync", path, code: failure) }
    var members = [Member(path: "", status: try Files.status(path))]
    try gather("", into: &members)
    let size = members.reduce(0) { $0 + ($1.status.kind == .directory ? 0 : $1.status.size) }
    var writer = ByteWriter()
    writer.write(Self.version)
    writer.write(path)
    writer.write(Int(size))
    writer.write(members) { writer, member in
      writer.write(member.path)
      writer.write(member.facts) { $0.write(Int($1)) }
    }
    var record = ByteWriter()
    record.write(secret.fingerprint(of: writer.bytes))
    record.append(raw: writer.bytes)
    faultPoint("store.tree.before-record")
    try Files.writeAtomically(record.bytes, to: recordPath, mode: 0o600, sync: true)
    return size
  }

  private func gather(_ folder: String, into members: inout [Member]) throws(FileError) {
    for name in try Files.names(in: folder == "" ? path : "\(path)/\(folder)") {
      let relative = folder == "" ? name : "\(folder)/\(name)"
      let status = try Files.status("\(path)/\(relative)")
      members.append(Member(path: relative, status: status))
      if status.kind == .directory { try gather(relative, into: &members) }
    }
  }

  /// What the record says of the files' sizes, in bytes; 0 where there is none.
  var size: Int64 {
    guard let bytes = try? Files.read(recordPath), bytes.count > 16 else { return 0 }
    var reader = ByteReader(bytes.dropFirst(16))
    guard (try? reader.readString()) != nil, (try? reader.readString()) != nil, let size = try? reader.readInt() else { return 0 }
    return Int64(size)
  }

  /// The record's mtime is the tree's last use.
  func touch() { _ = baji_touch(recordPath) }

  /// Takes the record away, then the folder: renamed aside first, so that no half-deleted tree is ever at its path.
  func discard() throws(FileError) {
    do throws(FileError) { try Files.remove(recordPath) } catch { if !error.isMissing { throw error } }
    guard (try? Files.status(path)) != nil else { return }
    try Files.createDirectory(gone, mode: 0o700)
    let aside = "\(gone)/tree-\(Files.randomName(8))"
    faultPoint("store.tree.before-rename")
    try Files.rename(path, aside)
    faultPoint("store.tree.after-rename")
    try? Files.removeTree(aside)
  }
}
