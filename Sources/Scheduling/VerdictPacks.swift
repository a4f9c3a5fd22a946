// Verdicts by the thousand: what a tool said of all files of some folders, in one value of the store.

internal import Execution
internal import Fingerprints
internal import Host
internal import Store

/// The packs of one tool's files. A pack answers for a file by the very key under which its verdict also lies alone, so that a pack can say
/// nothing that the verdict alone would not; it only saves asking for each of them.
///
/// Files are shared out by their folders, about a thousand a pack. Verdicts of files that are no longer asked for stay in a pack for a while, behind
/// those that are: so that changing between branches, or linting a part of the workspace, loses nothing.
struct VerdictPacks: Sendable {
  /// Fewer files than this are looked up one by one.
  private static let fewest = 256
  private static let packSize = 1024
  /// Verdicts in one pack, at most.
  private static let most = 4 * packSize

  private let keys: [Fingerprint]
  /// By pack: the indices of its files, ascending.
  private let members: [[Int32]]
  private let packOf: [Int32]
  private var packs: [VerdictPack] = []
  private var isChanged: [Bool]

  /// - Parameter base: what the keys of the tool's verdicts have in common.
  /// - Returns: nil where there are too few files.
  init?(of files: [FileTool.File], subject: String, base: Fingerprint, _ store: Store) {
    guard files.count >= VerdictPacks.fewest else { return nil }
    let secret = store.secret
    let forced = store.get(.verdicts, key: VerdictPacks.forcedKey(subject, secret)) ?? []
    var count = 1
    while count * VerdictPacks.packSize < files.count { count *= 2 }
    var members = [[Int32]](repeating: [], count: count)
    var packOf: [Int32] = []
    packOf.reserveCapacity(files.count)
    for index in files.indices {
      let pack = Int(folderHash(files[index].path) % UInt64(count))
      members[pack].append(Int32(index))
      packOf.append(Int32(pack))
    }
    self.members = members
    self.packOf = packOf
    isChanged = [Bool](repeating: false, count: count)
    keys = (0..<count).map { number in
      secret.fingerprint { writer in
        writer.write("verdicts")
        writer.write(subject)
        writer.write(base)
        writer.write(forced)
        writer.write(count)
        writer.write(number)
      }
    }
  }

  /// What a run writes that put verdicts in the place of others with the same keys (`--force`): packs that were made before it are not looked at
  /// any more.
  static func forced(_ subject: String, _ store: Store) -> Store.Entry {
    Store.Entry(.verdicts, forcedKey(subject, store.secret), Array(store.runID.utf8))
  }

  private static func forcedKey(_ subject: String, _ secret: Secret) -> Fingerprint {
    secret.fingerprint { writer in
      writer.write("forced verdicts")
      writer.write(subject)
    }
  }

  /// The verdicts that are kept under these keys, one for each file; nil where a pack knows none.
  mutating func read(_ verdictKeys: [Fingerprint], _ store: Store) -> [Verdict?] {
    packs = store.get(.verdicts, keys: keys) { VerdictPack($0) }.map { $0 ?? VerdictPack() }
    var found = [Verdict?](repeating: nil, count: verdictKeys.count)
    for (pack, members) in zip(packs, members) {
      var places: [Fingerprint: Int]?
      for (place, index) in members.enumerated() {
        let key = verdictKeys[Int(index)]
        if place < pack.keys.count, pack.keys[place] == key {
          found[Int(index)] = pack.verdict(at: place)
        } else {
          // Something was added, removed or changed: most of the others are still there.
          let known = places ?? Dictionary(pack.keys.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
          places = known
          if let place = known[key] { found[Int(index)] = pack.verdict(at: place) }
        }
      }
    }
    return found
  }

  /// A verdict of this file came from elsewhere.
  mutating func noteChange(of index: Int) { isChanged[Int(packOf[index])] = true }

  /// What is to be written.
  /// - Parameter verdict: of a file, if it is kept.
  mutating func newEntries(_ verdictKeys: [Fingerprint], verdict: (Int) -> Verdict?) -> [Store.Entry] {
    var entries: [Store.Entry] = []
    for number in keys.indices where isChanged[number] {
      var pack = VerdictPack()
      for index in members[number] {
        if let verdict = verdict(Int(index)) { pack.add(verdictKeys[Int(index)], verdict) }
      }
      pack.add(packs[number], most: VerdictPacks.most)
      entries.append(Store.Entry(.verdicts, keys[number], pack.bytes))
      isChanged[number] = false
    }
    return entries
  }
}

/// Verdicts by their keys, in the order of the files they were asked for.
struct VerdictPack: Sendable {
  private(set) var keys: [Fingerprint] = []
  /// 0 for a clean file; the others lie in `others`, in their order.
  private var codes: [UInt8] = []
  private var others: [Int: Verdict] = [:]

  /// Raised when the encoding changes: older packs are read as none.
  private static let version: UInt8 = 1

  init() {}

  func verdict(at place: Int) -> Verdict? { codes[place] == 0 ? .clean : others[place] }

  mutating func add(_ key: Fingerprint, _ verdict: Verdict) {
    if verdict != .clean { others[keys.count] = verdict }
    codes.append(verdict == .clean ? 0 : 1)
    keys.append(key)
  }

  /// Appends the verdicts of another pack whose keys are new.
  mutating func add(_ older: VerdictPack, most: Int) {
    let known = Set(keys)
    for (place, key) in older.keys.enumerated() where keys.count < most && !known.contains(key) {
      if let verdict = older.verdict(at: place) { add(key, verdict) }
    }
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(reserving: keys.count * 17 + 16)
    writer.write(VerdictPack.version)
    writer.write(keys) { $0.write($1) }
    writer.append(raw: codes)
    for (place, code) in codes.enumerated() where code != 0 { writer.write(others[place]?.bytes ?? []) }
    return writer.bytes
  }

  /// - Returns: nil for bytes that this version did not write.
  init?(_ bytes: UnsafeRawBufferPointer) {
    var reader = ByteReader(Array(bytes))
    do throws(MalformedBytes) {
      guard try reader.readByte() == VerdictPack.version else { return nil }
      keys = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readFingerprint() }
      codes = Array(try reader.readRaw(keys.count))
      for (place, code) in codes.enumerated() where code != 0 {
        guard let verdict = try reader.readBytes().withUnsafeBytes({ Verdict($0) }) else { return nil }
        others[place] = verdict
      }
    } catch {
      return nil
    }
    guard reader.isAtEnd else { return nil }
  }
}

/// FNV-1a over the path up to its last slash.
private func folderHash(_ path: String) -> UInt64 {
  var path = path
  return path.withUTF8 { bytes in
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var folder = hash
    for byte in bytes {
      if byte == UInt8(ascii: "/") { folder = hash }
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }
    return folder ^ (folder >> 32)
  }
}
