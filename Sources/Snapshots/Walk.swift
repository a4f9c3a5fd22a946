// The pass over the workspace: several threads take folders from one queue, each keeps what it found in arrays of its own.

internal import Glibc
internal import Host
internal import Synchronization

/// What a walk found, still in the order of finding.
struct WalkFindings: Sendable {
  var shards: [Walker.Findings] = []
  /// Names that are not UTF-8, whole paths.
  var skippedNames: [[UInt8]] = []
  var unreadable: [(path: [UInt8], code: Int32)] = []
}

/// A folder waiting to be read.
struct PendingDirectory: Sendable {
  /// Unique in the walk, from 0.
  let number: Int32
  /// From the root, with a NUL; only the NUL for the root.
  let path: [UInt8]
  let scope: IgnoreScope?
}

enum Walk {
  /// - Parameters:
  ///   - prefix: what to put before a path before it is matched against `scope` (a workspace below its repository's root).
  ///   - overrides: rules that win over every `.gitignore`.
  static func run(
    root: borrowing OpenDirectory, prefix: [UInt8], scope: IgnoreScope?, overrides: IgnoreScope?, options: SnapshotOptions
  ) -> WalkFindings {
    let queue = DirectoryQueue(first: PendingDirectory(number: 0, path: [0], scope: scope))
    let rules = WalkRules(root: root.descriptor, prefix: prefix, overrides: overrides, options: options)
    let shards = (0..<min(Workers.processorCount, 8)).map { _ in WalkShard(rules) }
    // The caller's thread begins alone; a small workspace never pays for a second thread.
    shards[0].drain(queue, until: 16)
    if !queue.isDone {
      let threads = shards.dropFirst().compactMap { shard in Thread { shard.drain(queue, until: nil) } }
      shards[0].drain(queue, until: nil)
      for thread in threads { thread.join() }
    }
    var findings = WalkFindings()
    for shard in shards {
      findings.shards.append(shard.walker.findings)
      findings.skippedNames += shard.walker.skippedNames
      findings.unreadable += shard.walker.unreadable
    }
    return findings
  }
}

/// What every thread of a walk needs to know.
struct WalkRules: Sendable {
  let root: Int32
  let prefix: [UInt8]
  let overrides: IgnoreScope?
  let useGitignore: Bool
  let markers: [[UInt8]]

  init(root: Int32, prefix: [UInt8], overrides: IgnoreScope?, options: SnapshotOptions) {
    self.root = root
    self.prefix = prefix
    self.overrides = overrides
    useGitignore = options.useGitignore
    markers = options.prunedMarkers.map { Array($0.utf8) }
  }
}

/// Folders to read, last in first out, and how many are being read. One lock per folder.
final class DirectoryQueue: @unchecked Sendable {  // every stored property but the lock and condition is touched under the lock only
  private var pending: [PendingDirectory]
  private var active = 0
  private var nextNumber: Int32 = 1
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init(first: PendingDirectory) {
    pending = [first]
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(condition)
    mutex.deallocate()
    condition.deallocate()
  }

  /// The next folder; waits while others may still find some. Nil once the walk is over.
  func next() -> PendingDirectory? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while pending.isEmpty {
      if active == 0 { return nil }
      pthread_cond_wait(condition, mutex)
    }
    active += 1
    return pending.removeLast()
  }

  /// A folder has been read, and `children` were found in it. Returns the number of the first; the others follow it.
  func finish(_ count: Int, _ child: (Int, Int32) -> PendingDirectory) -> Int32 {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    let first = nextNumber
    nextNumber += Int32(count)
    for index in stride(from: count - 1, through: 0, by: -1) { pending.append(child(index, first + Int32(index))) }
    active -= 1
    if count > 1 || pending.isEmpty && active == 0 { pthread_cond_broadcast(condition) }
    return first
  }

  var isDone: Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return pending.isEmpty && active == 0
  }
}

/// One thread's part of a walk.
final class WalkShard: @unchecked Sendable {  // used by one thread at a time: the walk's caller before and after, its own thread between
  private(set) var walker: Walker

  init(_ rules: WalkRules) { walker = Walker(rules) }

  /// Reads folders until none is left, or `limit` have been read.
  func drain(_ queue: DirectoryQueue, until limit: Int?) { walker.drain(queue, until: limit) }
}

/// Reads folders into arrays of its own. A value, so that the loop over names pays for no check of exclusive access.
struct Walker {
  struct Record: Sendable {
    let number: Int32
    /// Ranges of the shard's own arrays.
    let files: Range<Int32>
    let nameBytes: Range<Int32>
    let children: Range<Int32>
    /// The number of the first child; the others follow it.
    let firstChild: Int32
    /// False if the folder is no part of the snapshot (vanished, unreadable, marked).
    let isListed: Bool
  }

  struct Findings: Sendable {
    var records: [Record] = []
    /// Names of files, NUL-terminated, sorted within a folder.
    var names: [UInt8] = []
    var statuses: [EntryStatus] = []
    /// Names of subfolders, NUL-terminated, sorted within a folder.
    var childNames: [UInt8] = []
    var childNameStarts: [Int32] = []
  }

  private struct Entry {
    let start: Int32
    let count: Int32
    let kind: DirectoryReader.EntryKind
  }

  private(set) var findings = Findings()
  private(set) var skippedNames: [[UInt8]] = []
  private(set) var unreadable: [(path: [UInt8], code: Int32)] = []

  private let rules: WalkRules
  private let reader = DirectoryReader()
  private var names: [UInt8] = []
  private var entries: [Entry] = []
  private var path: [UInt8] = []

  init(_ rules: WalkRules) { self.rules = rules }

  mutating func drain(_ queue: DirectoryQueue, until limit: Int?) {
    var count = 0
    while count != limit, let directory = queue.next() {
      read(directory, queue)
      count += 1
    }
  }

  private mutating func read(_ directory: PendingDirectory, _ queue: DirectoryQueue) {
    let firstFile = Int32(findings.statuses.count)
    let firstName = Int32(findings.names.count)
    let firstChild = Int32(findings.childNameStarts.count)
    let (isListed, scope) = list(directory)
    let childCount = findings.childNameStarts.count - Int(firstChild)
    let firstNumber = queue.finish(childCount) { index, number in
      let start = Int(findings.childNameStarts[Int(firstChild) + index])
      let end = index + 1 < childCount ? Int(findings.childNameStarts[Int(firstChild) + index + 1]) : findings.childNames.count
      var path = directory.path
      path.removeLast()
      if !path.isEmpty { path.append(UInt8(ascii: "/")) }
      path.append(contentsOf: findings.childNames[start..<end])
      return PendingDirectory(number: number, path: path, scope: scope)
    }
    findings.records.append(
      Record(
        number: directory.number, files: firstFile..<Int32(findings.statuses.count), nameBytes: firstName..<Int32(findings.names.count),
        children: firstChild..<Int32(findings.childNameStarts.count), firstChild: firstNumber, isListed: isListed))
  }

  /// Appends what is in the folder to the findings. False if the folder is none of the snapshot's.
  private mutating func list(_ directory: PendingDirectory) -> (isListed: Bool, IgnoreScope?) {
    let isRoot = directory.path.count == 1
    let descriptor = directory.path.withUnsafeBytes { bytes in
      isRoot ? FilesAt.openDirectory(rules.root, ".") : FilesAt.openDirectory(rules.root, cString(bytes))
    }
    guard descriptor >= 0 else {
      // Gone, or something else by now: it was not there for this pass.
      if ![ENOENT, ENOTDIR, ELOOP].contains(-descriptor) { unreadable.append((directory.path.dropLast(), -descriptor)) }
      return (false, nil)
    }
    defer { FilesAt.close(descriptor) }

    names.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
    let failure = reader.forEachEntry(of: descriptor) { name, kind in
      if kind == .other { return }
      entries.append(Entry(start: Int32(names.count), count: Int32(name.count), kind: kind))
      names.append(contentsOf: name)
      names.append(0)
    }
    if failure != 0 {
      if failure != ENOENT { unreadable.append((directory.path.dropLast(), failure)) }
      return (false, nil)
    }
    if !isRoot, !rules.markers.isEmpty, entries.contains(where: { entry in rules.markers.contains { isName(entry, $0) } }) {
      return (false, nil)
    }

    path.removeAll(keepingCapacity: true)
    path.append(contentsOf: rules.prefix)
    if !rules.prefix.isEmpty { path.append(UInt8(ascii: "/")) }
    let ownStart = path.count
    path.append(contentsOf: directory.path.dropLast())
    if !isRoot { path.append(UInt8(ascii: "/")) }
    var scope = directory.scope
    if rules.useGitignore, entries.contains(where: { isName($0, Self.gitignore) }),
      let text = IgnoreFiles.read(descriptor, ".gitignore")
    {
      scope = IgnoreScope.reading(text, base: path.count, parent: scope)
    }

    let nameStart = path.count
    sort()
    for index in entries.indices {
      var entry = entries[index]
      if isPruned(entry, atRoot: isRoot) { continue }
      var status: EntryStatus?
      if entry.kind != .directory {
        // A name that is ignored as a file is not worth a look; of an unknown kind it might be a folder.
        if entry.kind != .unknown, isIgnored(entry, isDirectory: false, nameStart, scope) { continue }
        var found = FileStatus(kind: .other, mode: 0, size: 0, modified: 0, changed: 0, inode: 0, device: 0)
        let failure = names.withUnsafeBytes { FilesAt.status(descriptor, cString($0, at: Int(entry.start)), &found) }
        if failure != 0 {
          if failure != ENOENT { unreadable.append((Array(path[ownStart...]) + names[range(entry)], failure)) }
          continue
        }
        if found.kind == .directory {
          entry = Entry(start: entry.start, count: entry.count, kind: .directory)
        } else {
          status = EntryStatus(found)
          if status == nil || entry.kind == .unknown && isIgnored(entry, isDirectory: false, nameStart, scope) { continue }
        }
      }
      if entry.kind == .directory, isIgnored(entry, isDirectory: true, nameStart, scope) { continue }
      guard isUTF8(entry) else {
        skippedNames.append(Array(path[ownStart...]) + names[range(entry)])
        continue
      }
      if let status {
        findings.statuses.append(status)
        Self.append(entry, of: names, to: &findings.names)
      } else {
        findings.childNameStarts.append(Int32(findings.childNames.count))
        Self.append(entry, of: names, to: &findings.childNames)
      }
    }
    return (true, scope)
  }

  /// Puts the name behind the folder's path for as long as it takes to ask.
  private mutating func isIgnored(_ entry: Entry, isDirectory: Bool, _ nameStart: Int, _ scope: IgnoreScope?) -> Bool {
    guard scope != nil || rules.overrides != nil else { return false }
    names.withUnsafeBufferPointer { names in path.append(contentsOf: UnsafeBufferPointer(rebasing: names[range(entry)])) }
    defer { path.removeLast(path.count - nameStart) }
    return path.withUnsafeBufferPointer { whole in
      // Options speak of paths from the workspace's root, git of paths from the repository's.
      let skipped = rules.prefix.isEmpty ? 0 : rules.prefix.count + 1
      let own = UnsafeBufferPointer(rebasing: whole[skipped...])
      if let decision = rules.overrides?.decision(own, nameStart: nameStart - skipped, isDirectory: isDirectory) { return decision }
      return scope?.decision(whole, nameStart: nameStart, isDirectory: isDirectory) ?? false
    }
  }

  /// The engine's and the version control's own folders are never listed, whatever the rules say.
  private func isPruned(_ entry: Entry, atRoot: Bool) -> Bool {
    guard names[Int(entry.start)] == UInt8(ascii: ".") else { return false }
    return isName(entry, Self.git) || atRoot && (isName(entry, Self.baji) || isName(entry, Self.pants))
  }

  private static let git = Array(".git".utf8)
  private static let gitignore = Array(".gitignore".utf8)
  private static let baji = Array(".baji".utf8)
  private static let pants = Array(".pants.d".utf8)

  private func isName(_ entry: Entry, _ name: [UInt8]) -> Bool {
    guard Int(entry.count) == name.count else { return false }
    return names.withUnsafeBufferPointer { names in
      name.withUnsafeBufferPointer { Listing.order(UnsafeBufferPointer(rebasing: names[range(entry)]), $0) == 0 }
    }
  }

  private func range(_ entry: Entry) -> Range<Int> { Int(entry.start)..<Int(entry.start + entry.count) }

  private func isUTF8(_ entry: Entry) -> Bool {
    let isASCII = names.withUnsafeBufferPointer { names in
      var union: UInt8 = 0
      for index in range(entry) { union |= names[index] }
      return union < 0x80
    }
    return isASCII || String(validating: names[range(entry)], as: UTF8.self) != nil
  }

  /// With the NUL. Not a method of the value: it would be copied with all its arrays while one of them grows.
  private static func append(_ entry: Entry, of names: [UInt8], to other: inout [UInt8]) {
    names.withUnsafeBufferPointer { names in
      other.append(contentsOf: UnsafeBufferPointer(rebasing: names[Int(entry.start)...Int(entry.start + entry.count)]))
    }
  }

  private mutating func sort() {
    names.withUnsafeBufferPointer { names in
      entries.sort { a, b in
        let first = UnsafeBufferPointer(rebasing: names[Int(a.start)..<Int(a.start + a.count)])
        return Listing.order(first, UnsafeBufferPointer(rebasing: names[Int(b.start)..<Int(b.start + b.count)])) < 0
      }
    }
  }
}

/// NUL-terminated bytes as the system calls take them.
func cString(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) -> UnsafePointer<CChar> {
  guard let base = bytes.baseAddress else { return emptyCString }
  return (base + offset).assumingMemoryBound(to: CChar.self)
}

nonisolated(unsafe) private let emptyCString: UnsafePointer<CChar> = {  // one NUL for the process's life, never written again
  let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
  pointer.initialize(to: 0)
  return UnsafePointer(pointer)
}()
