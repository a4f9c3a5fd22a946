// The listing: order, ids, kinds, names that are odd, and folders that cannot be read.

import Fingerprints
import Glibc
import Host
import Snapshots
import TestSupport
import Testing

@Suite struct SnapshotTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  @Test func listsFoldersInPreorderAndFilesByBytes() throws {
    try folder.write(["b/x": "", "a.b/y": "", "a/z": "", "a/b/w": "#!", "Z": "", "a/b.c/v": "", "é": "", "with space": "", "new\nline": ""])
    try Files.createSymbolicLink("\(folder.path)/link", to: "Z")
    try Files.createDirectories("\(folder.path)/empty")
    mkfifo("\(folder.path)/fifo", 0o600)
    let found = try snapshot(folder)
    #expect(found.printed == "Z link@ new\nline with space é a/z a/b/w* a/b.c/v a.b/y b/x")
    #expect((0..<DirectoryID(found.directoryCount)).map { found.path(ofDirectory: $0) } == ["", "a", "a/b", "a/b.c", "a.b", "b", "empty"])
    let a = try #require(found.directoryID(ofPath: "a"))
    #expect(found.children(ofDirectory: a).map { found.name(ofDirectory: $0) } == ["b", "b.c"])
    #expect(found.files(under: a).map { found.path(of: $0) } == ["a/z", "a/b/w", "a/b.c/v"])
    #expect(found.files(in: a).map { found.name(of: $0) } == ["z"])
    #expect(found.directories(under: a).count == 3)
    #expect(found.parent(ofDirectory: a) == 0 && found.parent(ofDirectory: 0) == nil)
    for id in 0..<PathID(found.count) {
      #expect(found.id(ofPath: found.path(of: id)) == id)
      #expect(found.id(ofName: found.name(of: id), in: found.directory(of: id)) == id)
      var (written, expected) = (ByteWriter(), ByteWriter())
      found.writePath(of: id, to: &written)
      expected.write(found.path(of: id))
      #expect(written.bytes == expected.bytes)
    }
    for path in ["none", "a/none", "none/x", "Z/x", "a", ""] { #expect(found.id(ofPath: path) == nil, "\(path)") }
    #expect(found.directoryID(ofPath: "Z") == nil)
  }

  @Test func aLargeTreeIsListedWholeByAllThreads() throws {
    var files: [String: String] = [:]
    for index in 0..<2000 { files["d\(index % 40)/e\(index % 7)/f\(index)"] = "" }
    try folder.write(files)
    let found = try snapshot(folder)
    #expect(Set((0..<PathID(found.count)).map { found.path(of: $0) }) == Set(files.keys))
    #expect(try snapshot(folder).printed == found.printed)
  }

  @Test func namesThatAreNotUTF8AreReportedAndSkipped() throws {
    try folder.write(["a": "", "sub/b": "", ".gitignore": "*.o\n"])
    for name in ["bad\u{1}", "worse\u{1}.o", "sub/\u{1}", "dir\u{1}"] {
      var bytes = Array("\(folder.path)/\(name)".utf8).map { $0 == 1 ? 0xFF : $0 }
      bytes.append(0)
      bytes.withUnsafeBytes { raw in
        let path = raw.bindMemory(to: CChar.self).baseAddress!
        if name.hasPrefix("dir") { mkdir(path, 0o755) } else { close(open(path, O_CREAT | O_WRONLY, 0o644)) }
      }
    }
    let warnings = Warnings()
    let found = try snapshot(folder) { warnings.add($0) }
    #expect(found.printed == ".gitignore a sub/b")
    #expect(found.skippedNames == ["bad\\xff", "dir\\xff", "sub/\\xff"])
    #expect(warnings.texts == ["3 names that are not UTF-8 skipped: `bad\\xff`, `dir\\xff`, `sub/\\xff`. Rename or ignore them."])
  }

  @Test func aFolderThatCannotBeReadIsReportedAndSkipped() throws {
    // Root may read everything, but not a path that is longer than the kernel takes.
    try folder.write(["a": ""])
    let name = String(repeating: "n", count: 250)
    var descriptor = open(folder.path, O_RDONLY | O_DIRECTORY)
    for _ in 0..<17 {
      #expect(mkdirat(descriptor, name, 0o755) == 0)
      let next = openat(descriptor, name, O_RDONLY | O_DIRECTORY)
      close(descriptor)
      descriptor = next
    }
    close(descriptor)
    let warnings = Warnings()
    let found = try snapshot(folder) { warnings.add($0) }
    #expect(found.printed == "a")
    #expect(warnings.texts.count == 1 && warnings.texts[0].hasSuffix("was skipped: File name too long."))
    try removeDeepTree("\(folder.path)/\(name)")
  }

  @Test func aMissingRootIsAnError() {
    #expect(throws: SnapshotError.rootUnreadable(FileError("open folder", "\(folder.path)/none", code: ENOENT))) {
      try Snapshot.take(root: "\(folder.path)/none", secret: testSecret)
    }
  }

  @Test func theWalkSurvivesATreeThatVanishesUnderIt() throws {
    for round in 0..<3 {
      var files: [String: String] = [:]
      for index in 0..<300 { files["r\(round)/d\(index % 60)/f\(index)"] = "" }
      try folder.write(files)
      let path = "\(folder.path)/r\(round)"
      let remover = Thread { try? Files.removeTree(path) }
      let warnings = Warnings()
      _ = try snapshot(folder) { warnings.add($0) }
      remover?.join()
      #expect(warnings.texts == [])
    }
  }

  @Test func listingFingerprintsSayNamesKindsAndExecutability() throws {
    try folder.write(["a/x": "1", "a/sub/y": "2", "b/z": "3"])
    let first = try snapshot(folder)
    let a = try #require(first.directoryID(ofPath: "a"))
    func changes(_ change: () throws -> Void) throws -> String {
      let before = try snapshot(folder)
      try change()
      let after = try snapshot(folder)
      var kinds: [String] = []
      if before.listingFingerprint != after.listingFingerprint { kinds.append("all") }
      if before.listingFingerprint(under: a) != after.listingFingerprint(under: a) { kinds.append("under") }
      if before.listingFingerprint(of: a) != after.listingFingerprint(of: a) { kinds.append("in") }
      return kinds.joined(separator: " ")
    }
    let path = folder.path
    #expect(try changes { try folder.write(["a/x": "changed"]) } == "")
    #expect(try changes { try folder.write(["b/new": ""]) } == "all")
    #expect(try changes { try folder.write(["a/sub/new": ""]) } == "all under")
    #expect(try changes { try folder.write(["a/new": ""]) } == "all under in")
    #expect(try changes { try Files.setMode("\(path)/a/x", 0o755) } == "all under in")
    #expect(try changes { try Files.rename("\(path)/a/sub", "\(path)/a/tub") } == "all under in")
    #expect(try changes { try Files.rename("\(path)/a/tub/y", "\(path)/a/y") } == "all under in")
    #expect(
      try changes {
        try Files.remove("\(path)/a/x")
        try Files.createSymbolicLink("\(path)/a/x", to: "y")
      } == "all under in")
    // The same tree elsewhere in the workspace is the same listing below it.
    try folder.write(["c/d/k": "", "e/d/k": ""])
    let twins = try snapshot(folder)
    let c = try #require(twins.directoryID(ofPath: "c"))
    let e = try #require(twins.directoryID(ofPath: "e"))
    #expect(twins.listingFingerprint(under: c) == twins.listingFingerprint(under: e))
  }

  @Test func linksLeadWithinTheWorkspaceOrAreErrors() throws {
    try folder.write(["a/file": "x", "ignored/real": "", ".gitignore": "ignored\n"])
    for (link, target) in [
      "a/near": "file", "far": "a/near", "dir": "a", "through": "dir/../dir/near", "out": "../elsewhere", "abs": "/etc/passwd",
      "inside": "\(folder.path)/a/file", "gone": "a/none", "loop": "loop", "to-ignored": "ignored/real", "root": ".", "a/up": "../../x",
    ] { try Files.createSymbolicLink("\(folder.path)/\(link)", to: target) }
    let found = try snapshot(folder)
    func resolved(_ path: String) -> String {
      guard let id = found.id(ofPath: path) else { return "not listed" }
      do throws(SnapshotError) {
        return switch try found.resolve(id) {
        case .file(let id): found.path(of: id)
        case .directory(let id): "\(found.path(ofDirectory: id))/"
        case .unlisted(let path): "(\(path))"
        }
      } catch {
        return error.description
      }
    }
    let expected = [
      "a/near": "a/file", "far": "a/file", "dir": "not listed", "dir/near": "a/file", "through": "a/file", "inside": "a/file",
      "to-ignored": "(ignored/real)",
      "root": "/",
      "out": "`out` is a symbolic link that leaves the workspace (to `../elsewhere`). Let it point inside, or put a copy in its place.",
      "abs": "`abs` is a symbolic link that leaves the workspace (to `/etc/passwd`). Let it point inside, or put a copy in its place.",
      "a/up": "`a/up` is a symbolic link that leaves the workspace (to `../../x`). Let it point inside, or put a copy in its place.",
      "gone": "`gone` is a symbolic link to `a/none`, where there is nothing.",
      "loop": "`loop` is a symbolic link that leads back to itself.",
    ]
    for (link, destination) in expected { #expect(resolved(link) == destination) }
    #expect(try found.fingerprint(ofPath: "out") == testSecret.fingerprint(of: "../elsewhere"))
  }

  @Test func linksToFoldersAreTheFoldersTheyLeadTo() throws {
    try folder.write(["a/b/x": "1", "a/b/y": "2", "c/z": "3", "one/n": "", "two/n": "", "hidden/h": "", ".gitignore": "hidden\n"])
    for (link, target) in [
      "c/b": "../a/b", "a/b/up": "..", "a/b/back": "../../c", "far": "c/b", "one/two": "../two", "two/one": "../one", "self": ".",
      "ignored": "hidden", "a/b/rel": "../../c/z", "outside": "/etc",
    ] { try Files.createSymbolicLink("\(folder.path)/\(link)", to: target) }
    let found = try snapshot(folder)
    // A loop stays a link: what leads up, to the root, or to where one comes from.
    #expect(
      found.printed
        == ".gitignore ignored@ outside@ self@ a/b/rel@ a/b/up@ a/b/x a/b/y a/b/back/b@ a/b/back/z c/z "
        + "c/b/back@ c/b/rel@ c/b/up@ c/b/x c/b/y far/rel@ far/up@ far/x far/y far/back/b@ far/back/z one/n one/two/n one/two/one@ two/n two/one/n two/one/two@"
    )
    func files(_ pattern: String) throws -> String {
      found.match(try GlobSet([pattern]), in: 0).files.map { found.path(of: $0) }.joined(separator: " ")
    }
    #expect(try files("c/b/*") == "c/b/back c/b/rel c/b/up c/b/x c/b/y")
    #expect(try files("c/**/x") == "c/b/x")
    #expect(try files("far/x") == "far/x")
    let x = try #require(found.id(ofPath: "far/x"))
    #expect(try found.fingerprint(of: x) == testSecret.fingerprint(of: "1") && found.isBehindLink(x))
    // A link behind a link begins where it really lies.
    let link = try #require(found.id(ofPath: "far/rel"))
    #expect(try found.resolve(link) == .file(try #require(found.id(ofPath: "c/z"))))

    let index = "\(folder.path).index"
    defer { try? Files.remove(index) }
    func fingerprint(_ path: String) throws -> Fingerprint? {
      let taken = try Snapshot.take(root: folder.path, secret: testSecret, indexFile: index)
      defer { try? taken.saveIndex() }
      return try taken.id(ofPath: path).map { try taken.fingerprint(of: $0) }
    }
    for _ in 0..<2 { #expect(try fingerprint("far/x") == testSecret.fingerprint(of: "1")) }
    try folder.write(["a/b/x": "changed"])
    #expect(try fingerprint("far/x") == testSecret.fingerprint(of: "changed"))
    // The link leads elsewhere.
    try folder.write(["other/x": "another"])
    try Files.remove("\(folder.path)/far")
    try Files.createSymbolicLink("\(folder.path)/far", to: "other")
    #expect(try fingerprint("far/x") == testSecret.fingerprint(of: "another"))
    #expect(try fingerprint("far/y") == nil)
  }
}
