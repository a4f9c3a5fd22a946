// The names of a workspace in dense arrays: what a snapshot's ids mean.

internal import Fingerprints
internal import Glibc
internal import Host

/// What is remembered of a file to know that it has not changed. Its layout in memory is its layout in the index file.
struct EntryStatus: Equatable, Sendable {
  /// Bytes.
  var size: Int64
  /// Nanoseconds since the epoch.
  var modified: Int64
  var changed: Int64
  var inode: UInt64
  /// Permission bits.
  var mode: UInt32
  /// 0 regular, 1 symbolic link.
  var kind: UInt32

  /// Nil for what is neither a regular file nor a symbolic link.
  init?(_ status: FileStatus) {
    switch status.kind {
    case .regular: kind = 0
    case .symbolicLink: kind = 1
    case .directory, .other: return nil
    }
    size = status.size
    modified = status.modified
    changed = status.changed
    inode = status.inode
    mode = status.mode
  }

  var isSymbolicLink: Bool { kind == 1 }
  var isExecutable: Bool { kind == 0 && mode & 0o100 != 0 }
  /// Bit 0: a symbolic link; bit 1: executable. All that a listing's fingerprint says of a file beside its name.
  var mark: UInt8 { UInt8(kind & 1) | (isExecutable ? 2 : 0) }

  /// True if a change after this status was taken might leave it as it is: its times are not older than the pass.
  func isRacy(at passTime: Int64) -> Bool { modified >= passTime || changed >= passTime }
}

/// Folders in pre-order, subfolders by the bytes of their names, so that a subtree is a range of folders; files folder by folder in the same
/// order, by the bytes of their names within one, so that a folder's files are a range and a subtree's are too.
/// Equal trees have equal listings, ids included. Names are kept with a NUL behind each, paths without the root's own.
struct Listing: Sendable {
  var fileNames: [UInt8] = []
  /// One more than there are files.
  var fileNameStarts: [UInt32] = [0]
  var fileDirectories: [DirectoryID] = []
  var statuses: [EntryStatus] = []

  var directoryPaths: [UInt8] = []
  /// One more than there are folders.
  var directoryPathStarts: [UInt32] = [0]
  /// Where the last component of a folder's path begins in `directoryPaths`.
  var directoryNameStarts: [UInt32] = []
  var parents: [DirectoryID] = []
  /// The first file of each folder; one more than there are folders.
  var firstFiles: [PathID] = [0]
  /// One past the last folder of the subtree.
  var subtreeEnds: [DirectoryID] = []
  /// Where a folder's subfolders begin in `children`; one more than there are folders.
  var childStarts: [Int32] = [0]
  var children: [DirectoryID] = []
  /// Folders at whose path, or at that of one above them, there is a link: the folder that it leads to.
  var linkedFolders: [DirectoryID: DirectoryID] = [:]

  var fileCount: Int { statuses.count }
  var directoryCount: Int { parents.count }

  func files(in directory: DirectoryID) -> Range<PathID> {
    firstFiles[Int(directory)]..<firstFiles[Int(directory) + 1]
  }

  func files(under directory: DirectoryID) -> Range<PathID> {
    firstFiles[Int(directory)]..<firstFiles[Int(subtreeEnds[Int(directory)])]
  }

  /// The immediate subfolders, by the bytes of their names.
  func children(of directory: DirectoryID) -> ArraySlice<DirectoryID> {
    children[Int(childStarts[Int(directory)])..<Int(childStarts[Int(directory) + 1])]
  }

  func fileName(_ id: PathID) -> ArraySlice<UInt8> {
    fileNames[Int(fileNameStarts[Int(id)])..<Int(fileNameStarts[Int(id) + 1]) - 1]
  }

  func directoryPath(_ id: DirectoryID) -> ArraySlice<UInt8> {
    directoryPaths[Int(directoryPathStarts[Int(id)])..<Int(directoryPathStarts[Int(id) + 1]) - 1]
  }

  func directoryName(_ id: DirectoryID) -> ArraySlice<UInt8> {
    directoryPaths[Int(directoryNameStarts[Int(id)])..<Int(directoryPathStarts[Int(id) + 1]) - 1]
  }

  /// The path from the root, and a NUL: what the system calls take.
  func filePath(_ id: PathID) -> [UInt8] {
    let directory = directoryPath(fileDirectories[Int(id)])
    let name = fileNames[Int(fileNameStarts[Int(id)])..<Int(fileNameStarts[Int(id) + 1])]
    var path: [UInt8] = []
    path.reserveCapacity(directory.count + 1 + name.count)
    path.append(contentsOf: directory)
    if !directory.isEmpty { path.append(UInt8(ascii: "/")) }
    path.append(contentsOf: name)
    return path
  }

  func file(named name: ArraySlice<UInt8>, in directory: DirectoryID) -> PathID? {
    let files = files(in: directory)
    let found = Self.search(Int(files.lowerBound)..<Int(files.upperBound)) { Self.order(fileName(PathID($0)), name) }
    return found.map { PathID($0) }
  }

  func child(named name: ArraySlice<UInt8>, of directory: DirectoryID) -> DirectoryID? {
    let range = Int(childStarts[Int(directory)])..<Int(childStarts[Int(directory) + 1])
    return Self.search(range) { Self.order(directoryName(children[$0]), name) }.map { children[$0] }
  }

  /// Fills what follows from `parents`: the subtrees' ends and the children.
  mutating func deriveStructure() {
    let count = directoryCount
    subtreeEnds = (0..<DirectoryID(count)).map { $0 + 1 }
    childStarts = [Int32](repeating: 0, count: count + 1)
    for id in stride(from: count - 1, to: 0, by: -1) {
      let parent = Int(parents[id])
      subtreeEnds[parent] = max(subtreeEnds[parent], subtreeEnds[id])
      childStarts[parent + 1] += 1
    }
    for id in 0..<count { childStarts[id + 1] += childStarts[id] }
    children = [DirectoryID](repeating: 0, count: max(0, count - 1))
    var next = childStarts
    for id in 1..<max(1, count) {
      let parent = Int(parents[id])
      children[Int(next[parent])] = DirectoryID(id)
      next[parent] += 1
    }
  }

  private static func search(_ range: Range<Int>, _ order: (Int) -> Int) -> Int? {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
      let middle = low + (high - low) / 2
      let result = order(middle)
      if result == 0 { return middle }
      if result < 0 { low = middle + 1 } else { high = middle }
    }
    return nil
  }

  /// Negative, zero or positive as `a` sorts before, with or after `b` by bytes.
  static func order(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Int {
    a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { b in order(a, b) } }
  }

  static func order(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
    guard let first = a.baseAddress, let second = b.baseAddress else { return a.count - b.count }
    let result = memcmp(first, second, min(a.count, b.count))
    return result != 0 ? Int(result) : a.count - b.count
  }
}
