// Links to folders of the workspace: as globs see them, the folders that they lead to, at the links' own paths.

internal import Host

extension Listing {
  /// A link inside of what a link leads to is followed as far as this.
  static let linkDepthLimit = 8
  /// How many folders may come by links; further links stay links.
  static let linkedFolderLimit = 50_000

  /// The same with each link to a listed folder as that folder, with all that it holds. A link that leads back to where it is seen from,
  /// a loop, stays a link, and so does one that leads to no folder or out of the listing.
  func followingLinks(root: String, _ directory: borrowing OpenDirectory) -> Listing {
    let links = (0..<PathID(fileCount)).filter { statuses[Int($0)].isSymbolicLink }
    if links.isEmpty { return self }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 << 10, alignment: 8)
    defer { buffer.deallocate() }
    let descriptor = directory.descriptor
    func text(_ link: PathID) throws(SnapshotError) -> [UInt8] {
      let count = filePath(link).withUnsafeBytes { FilesAt.readLink(descriptor, cString($0), into: buffer) }
      guard count >= 0, count < buffer.count else { throw .vanished(path: "") }
      return Array(buffer[..<count])
    }
    var destinations: [PathID: DirectoryID] = [:]
    for link in links {
      let path = String(decoding: filePath(link).dropLast(), as: UTF8.self)
      guard (try? Files.targetStatus("\(root)/\(path)"))?.kind == .directory else { continue }
      var resolver = LinkResolver(root: root, listing: self, text: text)
      if case .directory(let folder)? = try? resolver.resolve(link), folder != 0 { destinations[link] = folder }
    }
    return destinations.isEmpty ? self : Listing(self, with: destinations)
  }

  /// One folder that is still to be placed.
  private struct Pending {
    /// Its number in the listing that is copied.
    let source: DirectoryID
    let parent: DirectoryID
    let name: ArraySlice<UInt8>
    /// Numbers in that listing of the folders on the way, the root first.
    let way: [DirectoryID]
    /// Links that were followed on the way.
    let linkDepth: Int
  }

  private init(_ plain: Listing, with destinations: [PathID: DirectoryID]) {
    self.init()
    var places = [DirectoryID](repeating: -1, count: plain.directoryCount)
    var linked: [(folder: DirectoryID, source: DirectoryID)] = []
    var linkedCount = 0
    var pending = [Pending(source: 0, parent: -1, name: [], way: [], linkDepth: 0)]
    while let next = pending.popLast() {
      let id = DirectoryID(directoryCount)
      append(directory: next.name, in: next.parent)
      if next.linkDepth == 0 { places[Int(next.source)] = id } else { linked.append((id, next.source)) }
      let way = next.way + [next.source]
      var children = plain.children(of: next.source).map { child in
        Pending(source: child, parent: id, name: plain.directoryName(child), way: way, linkDepth: next.linkDepth)
      }
      for file in plain.files(in: next.source) {
        if let folder = destinations[file], next.linkDepth < Listing.linkDepthLimit,
          !way.contains(where: { (folder..<plain.subtreeEnds[Int(folder)]).contains($0) })
        {
          let size = Int(plain.subtreeEnds[Int(folder)] - folder)
          if linkedCount + size <= Listing.linkedFolderLimit {
            linkedCount += size
            children.append(Pending(source: folder, parent: id, name: plain.fileName(file), way: way, linkDepth: next.linkDepth + 1))
            continue
          }
        }
        fileNames.append(contentsOf: plain.fileName(file))
        fileNames.append(0)
        fileNameStarts.append(UInt32(fileNames.count))
        statuses.append(plain.statuses[Int(file)])
        fileDirectories.append(id)
      }
      firstFiles.append(PathID(statuses.count))
      // The last one is taken first.
      pending += children.sorted { Listing.order($0.name, $1.name) > 0 }
    }
    deriveStructure()
    for (folder, source) in linked { linkedFolders[folder] = places[Int(source)] }
  }

  private mutating func append(directory name: ArraySlice<UInt8>, in parent: DirectoryID) {
    parents.append(parent)
    if parent >= 0 {
      directoryPaths.append(contentsOf: directoryPath(parent))
      if parent > 0 { directoryPaths.append(UInt8(ascii: "/")) }
    }
    directoryNameStarts.append(UInt32(directoryPaths.count))
    directoryPaths.append(contentsOf: name)
    directoryPaths.append(0)
    directoryPathStarts.append(UInt32(directoryPaths.count))
  }
}
