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

  /// Where a link leads, and the other links that lie on the way, in order.
  /// - Throws: as `resolve`.
  package func follow(_ link: PathID) throws(SnapshotError) -> (destination: LinkDestination, passed: [PathID]) {
    var passed: [PathID] = []
    let path = path(of: link)
    var folder: [ArraySlice<UInt8>] = []
    var ahead = Array(Array(path.utf8).split(separator: UInt8(ascii: "/")).reversed())
    var linksLeft = 40  // as many as Linux follows
    var target = ""
    while let component = ahead.popLast() {
      if component.elementsEqual(".".utf8) { continue }
      if component.elementsEqual("..".utf8) {
        guard folder.popLast() != nil else { throw .leavesWorkspace(path: path, target: target) }
        continue
      }
      folder.append(component)
      let joined = Array(folder.joined(separator: "/".utf8))
      guard let here = directoryID(ofPathBytes: Array(folder.dropLast().joined(separator: "/".utf8))[...]) else {
        return (try unlisted(String(decoding: joined, as: UTF8.self), ahead, path, target), passed)
      }
      if let file = listing.file(named: component, in: here) {
        guard kind(of: file) == .symbolicLink else {
          if ahead.isEmpty { return (.file(file), passed) }
          throw .brokenLink(path: path, target: target)
        }
        if linksLeft == 0 { throw .linkLoop(path: path) }
        linksLeft -= 1
        if file != link, !passed.contains(file) { passed.append(file) }
        var text = try read(file).bytes[...]
        target = displayed(Array(text))
        folder.removeLast()
        if text.first == UInt8(ascii: "/") {
          guard let inside = insideRoot(text) else { throw .leavesWorkspace(path: path, target: target) }
          text = inside
          folder = []
        }
        ahead += text.split(separator: UInt8(ascii: "/")).reversed()
      } else if listing.child(named: component, of: here) == nil {
        return (try unlisted(String(decoding: joined, as: UTF8.self), ahead, path, target), passed)
      }
    }
    return (.directory(directoryID(ofPathBytes: Array(folder.joined(separator: "/".utf8))[...]) ?? 0), passed)
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
