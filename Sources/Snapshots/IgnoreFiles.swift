// Where ignore rules are found: the repository's own files, around and above the workspace.

internal import Host

/// Reads git's ignore files without git.
enum IgnoreFiles {
  /// The rules in force at the workspace's root, before its own `.gitignore`, and the root's path within its repository.
  ///
  /// Of a workspace below its repository's root the `.gitignore`s above it count as well, unless they ignore the workspace as a whole: then
  /// whoever works in it does not mean them.
  static func around(_ root: String) -> (prefix: [UInt8], scope: IgnoreScope?) {
    guard let top = repository(around: root) else { return ([], nil) }
    let prefix = Array(root.utf8.dropFirst(top.utf8.count).drop { $0 == UInt8(ascii: "/") })
    let exclude = gitDirectory(of: top).flatMap { try? Files.read("\($0)/info/exclude") }
    let outermost = exclude.flatMap { IgnoreScope.reading($0, base: 0, parent: nil) }
    var scope = outermost
    var base = 0
    for component in prefix.split(separator: UInt8(ascii: "/")) {
      let folder = String(decoding: prefix[..<base], as: UTF8.self)
      if let text = regularFile("\(top)/\(folder).gitignore") { scope = IgnoreScope.reading(text, base: base, parent: scope) }
      let isIgnored = prefix[..<component.endIndex].withUnsafeBufferPointer {
        scope?.decision($0, nameStart: base, isDirectory: true) ?? false
      }
      if isIgnored { return ([], nil) }
      base = component.endIndex + 1
    }
    return (prefix, scope)
  }

  /// The text of a file of rules in an open folder; nil if it is no regular file (git does not follow a link here either) or cannot be read.
  static func read(_ directory: Int32, _ name: String) -> [UInt8]? {
    let descriptor = name.withCString { FilesAt.openFile(directory, $0) }
    guard descriptor >= 0 else { return nil }
    defer { FilesAt.close(descriptor) }
    var status = FileStatus(kind: .other, mode: 0, size: 0, modified: 0, changed: 0, inode: 0, device: 0)
    guard FilesAt.status(descriptor, &status) == 0, status.kind == .regular else { return nil }
    return try? Files.read(descriptor, expecting: max(0, Int(status.size)), path: name)
  }

  private static func regularFile(_ path: String) -> [UInt8]? {
    guard (try? Files.status(path))?.kind == .regular else { return nil }
    return try? Files.read(path)
  }

  private static func repository(around root: String) -> String? {
    var folder = root
    while true {
      if Files.exists(folder == "/" ? "/.git" : "\(folder)/.git") { return folder }
      guard let parent = Files.parent(of: folder), parent != folder else { return nil }
      folder = parent
    }
  }

  /// Where `info/exclude` lies: of a linked worktree (`.git` is a file that says `gitdir: …`) in the folder its worktrees share.
  private static func gitDirectory(of top: String) -> String? {
    let path = "\(top)/.git"
    if Files.isDirectory(path) { return path }
    guard let own = firstLine(of: path), own.hasPrefix("gitdir:") else { return nil }
    let directory = absolute(own.dropFirst(7), from: top)
    guard let common = firstLine(of: "\(directory)/commondir") else { return directory }
    return absolute(common[...], from: directory)
  }

  private static func firstLine(of path: String) -> String? {
    guard let bytes = try? Files.read(path) else { return nil }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }, as: UTF8.self)
  }

  private static func absolute(_ path: Substring, from folder: String) -> String {
    let path = path.drop { $0 == " " }
    return path.hasPrefix("/") ? String(path) : "\(folder)/\(path)"
  }
}
