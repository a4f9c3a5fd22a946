// The index file: what the last run knew of each file, packed, read in one go.

internal import Fingerprints
internal import Host

/// What is known of files beside their names: a listing, and the fingerprint of each file whose status vouches for it.
struct KnownFiles: Sendable {
  var listing: Listing
  /// By `PathID`; `.absent` where none is known.
  var fingerprints: [Fingerprint]
}

/// What an index tells of the files of another pass, by that pass's `PathID`s.
struct CarriedFingerprints {
  /// `.absent` where nothing is known, or what is known may not be true any more.
  var fingerprints: [Fingerprint]
  /// Whether each file's status and name were known already.
  var isUnchanged = false
  /// Files whose content was known, and whose status no longer vouches for it.
  var outdated: [PathID] = []

  init(count: Int) { fingerprints = [Fingerprint](repeating: .absent, count: count) }
}

/// The packed form: a header, then the arrays of a listing and the fingerprints as they lie in memory.
///
///     magic, version (also tells byte order) · name (16) · checksum (16) · counts (4 × 8) · arrays
///
/// The name is a fingerprint of the secret, the rules' version and the root; the checksum, made with the secret too, covers all behind it.
/// Whatever does not fit is ignored as a whole: the index saves time and decides nothing.
enum IndexFile {
  /// Raised with every change of the format or of what a status vouches for.
  private static let version: UInt64 = 1
  private static let magic: UInt64 = 0x7865_646e_6969_6a61  // "ajiindex"
  private static let headerSize = 16 + 16 + 16 + 32

  static func read(_ path: String, root: String, secret: Secret) -> KnownFiles? {
    guard let bytes = try? Files.read(path) else { return nil }
    return bytes.withUnsafeBytes { decode($0, root: root, secret: secret) }
  }

  static func decode(_ bytes: UnsafeRawBufferPointer, root: String, secret: Secret) -> KnownFiles? {
    var reader = PackedReader(bytes)
    guard let magic: UInt64 = reader.value(), magic == self.magic, let name: Fingerprint = reader.value(),
      name == self.name(root, secret), let checksum: Fingerprint = reader.value(),
      checksum == secret.fingerprint(of: UnsafeRawBufferPointer(rebasing: bytes[reader.position...])),
      let fileCount: Int = reader.value(), let nameBytes: Int = reader.value(), let directoryCount: Int = reader.value(),
      let pathBytes: Int = reader.value(), [fileCount, nameBytes, directoryCount, pathBytes].allSatisfy({ $0 >= 0 && $0 <= bytes.count })
    else { return nil }
    var listing = Listing()
    guard let statuses: [EntryStatus] = reader.array(fileCount), let fingerprints: [Fingerprint] = reader.array(fileCount),
      let nameStarts: [UInt32] = reader.array(fileCount + 1), let firstFiles: [PathID] = reader.array(directoryCount + 1),
      let pathStarts: [UInt32] = reader.array(directoryCount + 1), let names: [UInt8] = reader.array(nameBytes),
      let paths: [UInt8] = reader.array(pathBytes), reader.isAtEnd
    else { return nil }
    listing.statuses = statuses
    listing.fileNames = names
    listing.fileNameStarts = nameStarts
    listing.firstFiles = firstFiles
    listing.directoryPaths = paths
    listing.directoryPathStarts = pathStarts
    return KnownFiles(listing: listing, fingerprints: fingerprints)
  }

  static func encode(_ listing: Listing, _ statuses: [EntryStatus], _ fingerprints: [Fingerprint], root: String, secret: Secret) -> [UInt8]
  {
    var body: [UInt8] = []
    body.reserveCapacity(statuses.count * 80 + listing.directoryPaths.count * 2)
    func append<T: BitwiseCopyable>(_ values: [T]) { values.withUnsafeBytes { body.append(contentsOf: $0) } }
    append([statuses.count, listing.fileNames.count, listing.firstFiles.count - 1, listing.directoryPaths.count])
    append(statuses)
    append(fingerprints)
    append(listing.fileNameStarts)
    append(listing.firstFiles)
    append(listing.directoryPathStarts)
    append(listing.fileNames)
    append(listing.directoryPaths)
    let checksum = secret.fingerprint(of: body)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(body.count + headerSize)
    withUnsafeBytes(of: (magic, name(root, secret), checksum)) { bytes.append(contentsOf: $0) }
    return bytes + body
  }

  private static func name(_ root: String, _ secret: Secret) -> Fingerprint {
    secret.fingerprint {
      $0.write("index")
      $0.write(version)
      $0.write(root)
    }
  }
}

/// Values as they lie in memory, out of bytes that may be too short. Sizes are checked; every bit pattern of the types read is valid.
private struct PackedReader {
  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func value<T: BitwiseCopyable>() -> T? {
    let size = MemoryLayout<T>.size
    guard bytes.count - position >= size else { return nil }
    defer { position += size }
    return bytes.loadUnaligned(fromByteOffset: position, as: T.self)
  }

  mutating func array<T: BitwiseCopyable>(_ count: Int) -> [T]? {
    let size = count * MemoryLayout<T>.stride
    guard bytes.count - position >= size else { return nil }
    defer { position += size }
    let start = position
    return [T](unsafeUninitializedCapacity: count) { buffer, initialized in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + size]))
      initialized = count
    }
  }
}

extension KnownFiles {
  /// Takes over the fingerprints of files that are, by their status, what they were: a merge of two sorted lists, no look-up.
  /// What `passTime` makes racy is not taken over.
  func carriedOver(to listing: Listing, passTime: Int64) -> CarriedFingerprints {
    var carried = CarriedFingerprints(count: listing.fileCount)
    let old = self.listing
    if old.fileNames == listing.fileNames && old.firstFiles == listing.firstFiles && old.directoryPaths == listing.directoryPaths {
      carried.isUnchanged = true
      for index in 0..<listing.fileCount {
        carry(PathID(index), old.statuses[index], to: PathID(index), listing.statuses[index], passTime, &carried)
      }
      return carried
    }
    var a: DirectoryID = 0
    var b: DirectoryID = 0
    let oldDirectoryCount = DirectoryID(old.firstFiles.count - 1)
    while a < oldDirectoryCount, b < DirectoryID(listing.directoryCount) {
      let order = Self.preorder(old.directoryPath(a), listing.directoryPath(b))
      if order == 0 {
        merge(old.files(in: a), listing, listing.files(in: b), passTime, &carried)
      }
      if order <= 0 { a += 1 }
      if order >= 0 { b += 1 }
    }
    return carried
  }

  private func carry(
    _ old: PathID, _ known: EntryStatus, to new: PathID, _ status: EntryStatus, _ passTime: Int64, _ carried: inout CarriedFingerprints
  ) {
    let fingerprint = fingerprints[Int(old)]
    if status != known { carried.isUnchanged = false }
    if status == known, !status.isRacy(at: passTime) {
      carried.fingerprints[Int(new)] = fingerprint
    } else if fingerprint != .absent {
      carried.outdated.append(new)
    }
  }

  private func merge(
    _ old: Range<PathID>, _ listing: Listing, _ new: Range<PathID>, _ passTime: Int64, _ carried: inout CarriedFingerprints
  ) {
    var a = old.lowerBound
    var b = new.lowerBound
    while a < old.upperBound, b < new.upperBound {
      let order = Listing.order(self.listing.fileName(a), listing.fileName(b))
      if order == 0 { carry(a, self.listing.statuses[Int(a)], to: b, listing.statuses[Int(b)], passTime, &carried) }
      if order <= 0 { a += 1 }
      if order >= 0 { b += 1 }
    }
  }

  /// The order folders are listed in: by bytes, a slash before all others.
  private static func preorder(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Int {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        for index in 0..<min(a.count, b.count) where a[index] != b[index] {
          if a[index] == UInt8(ascii: "/") { return -1 }
          if b[index] == UInt8(ascii: "/") { return 1 }
          return Int(a[index]) - Int(b[index])
        }
        return a.count - b.count
      }
    }
  }
}
