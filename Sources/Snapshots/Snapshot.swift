// The door of this target: the workspace's files as one run saw them.

package import Fingerprints
internal import Host
internal import Synchronization

/// A listed file or symbolic link, dense from 0.
package typealias PathID = Int32
/// A listed folder, dense from 0, which is the root.
package typealias DirectoryID = Int32

/// Every file of the workspace that no rule ignores, as of one pass.
///
/// Names, kinds and executable bits never change. Content is read when somebody asks, and remembered: `fingerprint(of:)` opens no file whose
/// status is what it was when its fingerprint was taken, in this run or an earlier one.
///
/// Folders are numbered in pre-order, subfolders by the bytes of their names; files folder by folder in that order, by the bytes of their
/// names. So equal trees have equal ids, and whatever lies under a folder is a range.
/// Ids given to a method must be this snapshot's.
package final class Snapshot: Sendable {
  package enum Kind: Sendable { case regular, symbolicLink }

  /// The workspace's absolute path.
  package let root: String
  /// Names that are not UTF-8, whole paths, escaped for display, in order; they are no part of the snapshot.
  package let skippedNames: [String]

  let listing: Listing
  let directory: OpenDirectory
  let secret: Secret
  let options: SnapshotOptions
  let indexFile: String?
  let passTime: Int64
  let contents: Mutex<Contents>
  private let fingerprintOfListing = Mutex<Fingerprint?>(nil)

  /// What is known of files' content, and what the index does not know yet.
  struct Contents: Sendable {
    /// By `PathID`; `.absent` until somebody asked.
    var fingerprints: [Fingerprint]
    /// Statuses of files that changed after the walk saw them, as of their last reading.
    var renewed: [PathID: EntryStatus] = [:]
    /// Files whose content an earlier run knew, and which may have changed since; they may have been read by now.
    var outdated: [PathID] = []
    var isIndexStale: Bool
  }

  init(
    root: String, directory: consuming OpenDirectory, listing: Listing, skippedNames: [String], secret: Secret, options: SnapshotOptions,
    indexFile: String?, passTime: Int64, contents: consuming Contents
  ) {
    self.root = root
    self.directory = directory
    self.listing = listing
    self.skippedNames = skippedNames
    self.secret = secret
    self.options = options
    self.indexFile = indexFile
    self.passTime = passTime
    self.contents = Mutex(contents)
  }

  // MARK: Files

  /// Files and symbolic links; ids are below it.
  package var count: Int { listing.fileCount }

  /// From the root, with `/` between.
  package func path(of id: PathID) -> String { String(decoding: listing.filePath(id).dropLast(), as: UTF8.self) }

  /// Writes the path as `write(String)` does, without a `String` made of it.
  package func writePath(of id: PathID, to writer: inout ByteWriter) {
    let directory = listing.directoryPath(directory(of: id))
    let name = listing.fileName(id)
    writer.write(UInt64(directory.count + (directory.isEmpty ? 0 : 1) + name.count))
    directory.withUnsafeBytes { writer.append(raw: $0) }
    if !directory.isEmpty { writer.write(UInt8(ascii: "/")) }
    name.withUnsafeBytes { writer.append(raw: $0) }
  }

  package func name(of id: PathID) -> String { String(decoding: listing.fileName(id), as: UTF8.self) }

  package func directory(of id: PathID) -> DirectoryID { listing.fileDirectories[Int(id)] }

  package func kind(of id: PathID) -> Kind { listing.statuses[Int(id)].isSymbolicLink ? .symbolicLink : .regular }

  /// Whether its owner may execute it; false for links.
  package func isExecutable(_ id: PathID) -> Bool { listing.statuses[Int(id)].isExecutable }

  /// Bytes, as the walk saw it.
  package func size(_ id: PathID) -> Int64 { listing.statuses[Int(id)].size }

  /// - Parameter path: from the root, no `.` or `..` in it.
  package func id(ofPath path: String) -> PathID? {
    let bytes = Array(path.utf8)
    let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
    guard let directory = directoryID(ofPathBytes: slash.map { bytes[..<$0] } ?? bytes[..<0]) else { return nil }
    return listing.file(named: bytes[(slash.map { $0 + 1 } ?? 0)...], in: directory)
  }

  package func id(ofName name: String, in directory: DirectoryID) -> PathID? { listing.file(named: Array(name.utf8)[...], in: directory) }

  // MARK: Folders

  /// Folders, the root among them; ids are below it.
  package var directoryCount: Int { listing.directoryCount }

  /// From the root; empty for the root itself.
  package func path(ofDirectory id: DirectoryID) -> String { String(decoding: listing.directoryPath(id), as: UTF8.self) }

  package func name(ofDirectory id: DirectoryID) -> String { String(decoding: listing.directoryName(id), as: UTF8.self) }

  /// Nil for the root.
  package func parent(ofDirectory id: DirectoryID) -> DirectoryID? { id == 0 ? nil : listing.parents[Int(id)] }

  /// The immediate subfolders, by the bytes of their names.
  package func children(ofDirectory id: DirectoryID) -> ArraySlice<DirectoryID> { listing.children(of: id) }

  /// Files right in the folder.
  package func files(in id: DirectoryID) -> Range<PathID> { listing.files(in: id) }

  /// Files in the folder and below.
  package func files(under id: DirectoryID) -> Range<PathID> { listing.files(under: id) }

  /// The folder and all below it.
  package func directories(under id: DirectoryID) -> Range<DirectoryID> { id..<listing.subtreeEnds[Int(id)] }

  /// - Parameter path: from the root, empty for the root itself, no `.` or `..` in it.
  package func directoryID(ofPath path: String) -> DirectoryID? { directoryID(ofPathBytes: Array(path.utf8)[...]) }

  func directoryID(ofPathBytes path: ArraySlice<UInt8>) -> DirectoryID? {
    var directory: DirectoryID = 0
    for component in path.split(separator: UInt8(ascii: "/")) {
      guard let child = listing.child(named: component, of: directory) else { return nil }
      directory = child
    }
    return directory
  }

  // MARK: What is listed

  /// Of all paths, kinds and executable bits.
  package var listingFingerprint: Fingerprint {
    fingerprintOfListing.withLock { known in
      if let known { return known }
      let made = listingFingerprint(under: 0)
      known = made
      return made
    }
  }

  /// Of the paths from the folder on, kinds and executable bits of all that lies in the folder and below.
  package func listingFingerprint(under id: DirectoryID) -> Fingerprint {
    let directories = directories(under: id)
    let files = files(under: id)
    return secret.fingerprint { writer in
      writer.write(UInt64(directories.count))
      for directory in directories.dropFirst() {
        writer.write(listing.parents[Int(directory)] - id)
        writer.write(Array(listing.directoryName(directory)))
      }
      for directory in directories { writer.write(UInt64(listing.files(in: directory).count)) }
      write(files, to: &writer)
    }
  }

  /// Of the names, kinds and executable bits of what lies right in the folder; of its subfolders the names only.
  package func listingFingerprint(of id: DirectoryID) -> Fingerprint {
    secret.fingerprint { writer in
      let children = children(ofDirectory: id)
      writer.write(UInt64(children.count))
      for child in children { writer.write(Array(listing.directoryName(child))) }
      write(files(in: id), to: &writer)
    }
  }

  /// Names end with their NUL, so they need no lengths.
  private func write(_ files: Range<PathID>, to writer: inout ByteWriter) {
    writer.write(UInt64(files.count))
    let names = Int(listing.fileNameStarts[Int(files.lowerBound)])..<Int(listing.fileNameStarts[Int(files.upperBound)])
    writer.append(raw: listing.fileNames[names])
    writer.append(
      raw: [UInt8](unsafeUninitializedCapacity: files.count) { marks, count in
        for (place, index) in files.enumerated() { marks[place] = listing.statuses[Int(index)].mark }
        count = files.count
      })
  }
}
