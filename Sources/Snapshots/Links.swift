// Where symbolic links lead.

internal import Host

/// Where a symbolic link leads, link by link, to its end.
package enum LinkDestination: Equatable, Sendable {
  case file(PathID)
  case directory(DirectoryID)
  /// Inside the workspace, but not listed (ignored): the path from the root.
  case unlisted(path: String)
}

extension Snapshot {
  /// - Throws: `.leavesWorkspace`, `.linkLoop`, `.brokenLink`, and what reading a link may throw.
  package func resolve(_ link: PathID) throws(SnapshotError) -> LinkDestination { try follow(link).destination }

  /// Where a link leads, the other links that lie on the way, in order, and whether links to folders, which are no links here, lie on it.
  /// - Throws: as `resolve`.
  package func follow(
    _ link: PathID
  ) throws(SnapshotError) -> (destination: LinkDestination, passed: [PathID], passesFolders: Bool) {
    var resolver = LinkResolver(root: root, listing: listing) { (link) throws(SnapshotError) in try self.read(link).bytes }
    let destination = try resolver.resolve(link)
    return (destination, resolver.passed, resolver.passesFolders)
  }

  /// Whether a file is at its path because a link above it leads to where it really lies.
  package func isBehindLink(_ id: PathID) -> Bool { listing.linkedFolders[directory(of: id)] != nil }
}

/// Follows links within a listing.
struct LinkResolver {
  let root: String
  let listing: Listing
  let text: (PathID) throws(SnapshotError) -> [UInt8]
  /// Other links on the way, in order.
  private(set) var passed: [PathID] = []
  private(set) var passesFolders = false

  init(root: String, listing: Listing, text: @escaping (PathID) throws(SnapshotError) -> [UInt8]) {
    (self.root, self.listing, self.text) = (root, listing, text)
  }

  mutating func resolve(_ link: PathID) throws(SnapshotError) -> LinkDestination {
    let path = String(decoding: listing.filePath(link).dropLast(), as: UTF8.self)
    /// Real folders on the way, the root first.
    var way: [DirectoryID] = [0]
    var ahead = Array(Array(path.utf8).split(separator: UInt8(ascii: "/")).reversed())
    var linksLeft = 40  // as many as Linux follows
    var target = ""
    while let component = ahead.popLast() {
      if component.elementsEqual(".".utf8) { continue }
      if component.elementsEqual("..".utf8) {
        way.removeLast()
        guard !way.isEmpty else { throw .leavesWorkspace(path: path, target: target) }
        continue
      }
      let here = way.last ?? 0
      if let file = listing.file(named: component, in: here) {
        guard listing.statuses[Int(file)].isSymbolicLink else {
          if ahead.isEmpty { return .file(file) }
          throw .brokenLink(path: path, target: target)
        }
        if linksLeft == 0 { throw .linkLoop(path: path) }
        linksLeft -= 1
        if file != link, !passed.contains(file) { passed.append(file) }
        var text = try text(file)[...]
        target = displayed(Array(text))
        if text.first == UInt8(ascii: "/") {
          guard let inside = insideRoot(text) else { throw .leavesWorkspace(path: path, target: target) }
          text = inside
          way = [0]
        }
        ahead += text.split(separator: UInt8(ascii: "/")).reversed()
      } else if let child = listing.child(named: component, of: here) {
        if let real = listing.linkedFolders[child] {
          way = listing.way(to: real)
          passesFolders = true
        } else {
          way.append(child)
        }
      } else {
        let folder = listing.directoryPath(here)
        let joined = Array(folder) + (folder.isEmpty ? [] : [UInt8(ascii: "/")]) + component
        return try unlisted(String(decoding: joined, as: UTF8.self), ahead, path, target)
      }
    }
    return .directory(way.last ?? 0)
  }

  /// What follows the root in an absolute path, whether it names the root as the snapshot does or without links.
  private func insideRoot(_ path: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    for root in [root, (try? Files.realPath(root)) ?? root] {
      let rest = path.dropFirst(root.utf8.count)
      if path.starts(with: root.utf8), rest.isEmpty || rest.first == UInt8(ascii: "/") { return rest }
    }
    return nil
  }

  /// What the listing does not know, the file system does.
  private func unlisted(
    _ start: String, _ ahead: [ArraySlice<UInt8>], _ path: String, _ target: String
  ) throws(SnapshotError) -> LinkDestination {
    let rest = ahead.reversed().map { String(decoding: $0, as: UTF8.self) }
    let whole = ([start] + rest).joined(separator: "/")
    guard let real = try? Files.realPath("\(root)/\(whole)"), let realRoot = try? Files.realPath(root) else {
      throw .brokenLink(path: path, target: target)
    }
    guard real == realRoot || real.hasPrefix("\(realRoot)/") else { throw .leavesWorkspace(path: path, target: target) }
    return .unlisted(path: String(real.dropFirst(realRoot.count + 1)))
  }
}

extension Listing {
  /// The folders from the root to this one.
  fileprivate func way(to directory: DirectoryID) -> [DirectoryID] {
    var way: [DirectoryID] = []
    var current = directory
    while current > 0 {
      way.append(current)
      current = parents[Int(current)]
    }
    return [0] + way.reversed()
  }
}
