// Ignore rules: the same files are left out that git leaves out.

import Foundation
import Snapshots
import TestSupport
import Testing

@Suite struct IgnoreTests {
  @Test(arguments: 0..<60)
  func agreesWithGitOnRandomTrees(seed: Int) throws {
    var random = Seeded(seed)
    let folder = try TemporaryDirectory()
    try git("init", "-q", in: folder.path)
    var files: [String: String] = [:]
    var folders = [""]
    for _ in 0..<12 { folders.append(random.pick(folders) + random.pick(Self.names) + "/") }
    for _ in 0..<50 { files[random.pick(folders) + random.pick(Self.names) + random.pick(["", "", ".o", ".txt"])] = "" }
    for path in files.keys where folders.contains("\(path)/") { files[path] = nil }
    for place in [""] + (0..<3).map({ _ in random.pick(folders) }) {
      files["\(place).gitignore"] =
        (0..<(1 + Int(random.next() % 5))).map { _ in Self.pattern(&random) }.joined(separator: "\n") + random.pick(["", "\n", "\r\n"])
    }
    files[".git/info/exclude"] = Self.pattern(&random)
    try folder.write(files)
    let listed = try git("ls-files", "--others", "--exclude-standard", "-z", in: folder.path)
    let expected = listed.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.sorted()
    let found = try snapshot(folder)
    let actual = (0..<PathID(found.count)).map { found.path(of: $0) }.sorted()
    let rules = files.filter { $0.key.hasSuffix(".gitignore") || $0.key.hasSuffix("exclude") }
    #expect(actual == expected, "rules: \(rules)")
  }

  private static let names = ["a", "b", "c", "ab", "abc", "x y", "é", "#h", "!n", "a]b", "d "]

  private static func pattern(_ random: inout Seeded) -> String {
    if random.chance(4) { return random.pick(["", "# a", "\\#h", "\\!n", "/", "**", "*", "!", "a\\", "[", "[a", "a//b", "*a*b*"]) }
    let parts = [
      "a", "b", "c", "ab", "abc", "é", "*", "**", "?", "??", "a*", "*b", "*.o", "*.txt", "[ab]", "[!a]", "[^b]*", "[a-c]", "[]a]", "\\a",
      "a**", "**b", "a[]]b",
      "x y", "[[:alpha:]]", "*[", "b?", "*c", "a*c", "x\\ y", "d\\ ",
    ]
    var text = (0..<random.pick([1, 1, 1, 2, 2, 3])).map { _ in random.pick(parts) }.joined(separator: "/")
    if random.chance(25) { text = "/" + text }
    if random.chance(25) { text += "/" }
    if random.chance(25) { text = "!" + text }
    if random.chance(10) { text += " " }
    return text
  }

  @Test(arguments: [
    (["*.log"], "a keep.txt"),
    (["*.log", "!keep.log"], "a keep.log keep.txt"),
    (["/sub/"], "a keep.log keep.txt"),
    (["!gone"], "a gone keep.log keep.txt sub/b.log"),
    ([], "a keep.log keep.txt sub/b.log"),
  ])
  func optionsWinOverGitignore(patterns: [String], expected: String) throws {
    let folder = try TemporaryDirectory()
    try folder.write([".gitignore": "gone\n.gitignore\n", "a": "", "gone": "", "keep.log": "", "keep.txt": "", "sub/b.log": ""])
    #expect(try snapshot(folder, ignoring: patterns).printed == expected)
  }

  @Test func thePantsDefaultsLeaveOutHiddenFoldersAndTheirExceptions() throws {
    let folder = try TemporaryDirectory()
    try folder.write([
      ".hidden/a": "", ".github/b": "", ".c": "", "dist/d": "", "sub/dist/e": "", "sub/__pycache__/f": "", ".pants.d/g": "", ".baji/h": "",
      "sub/.git/i": "",
    ])
    let patterns = [".*/", "/dist/", "__pycache__", "!.semgrep/", "!.github/"]
    #expect(try snapshot(folder, ignoring: patterns).printed == ".c .github/b sub/dist/e")
    #expect(try snapshot(folder).printed == ".c .github/b .hidden/a dist/d sub/__pycache__/f sub/dist/e")
  }

  @Test func aWorktreeHasItsRepositorysExcludes() throws {
    let folder = try TemporaryDirectory()
    try folder.write(["main/tracked": ""])
    try git("init", "-q", in: "\(folder.path)/main")
    try git("add", "tracked", in: "\(folder.path)/main")
    try git("commit", "-qm", "x", in: "\(folder.path)/main")
    try git("worktree", "add", "-q", "../tree", in: "\(folder.path)/main")
    try folder.write(["main/.git/info/exclude": "private\n", "tree/private": "", "tree/sub/private": ""])
    let found = try Snapshot.take(root: "\(folder.path)/tree", secret: testSecret)
    #expect(found.printed == "tracked")
  }

  @Test func aWorkspaceBelowItsRepositoryHasTheRulesAboveIt() throws {
    let folder = try TemporaryDirectory()
    try git("init", "-q", in: folder.path)
    try folder.write([
      ".gitignore": "/part/ws/anchored\n*.o\n", "part/.gitignore": "ws/sub/x\n", "part/ws/anchored": "", "part/ws/a.o": "",
      "part/ws/sub/x": "", "part/ws/sub/y": "", "part/ws/anchored2": "",
    ])
    #expect(try Snapshot.take(root: "\(folder.path)/part/ws", secret: testSecret).printed == "anchored2 sub/y")
    // Ignored as a whole: who works in it does not mean that.
    try folder.write([".gitignore": "part/\n*.o\n"])
    #expect(try Snapshot.take(root: "\(folder.path)/part/ws", secret: testSecret).printed == "a.o anchored anchored2 sub/x sub/y")
  }

  @Test func gitignoreCanBeSwitchedOff() throws {
    let folder = try TemporaryDirectory()
    try folder.write([".gitignore": "a", "a": ""])
    let found = try Snapshot.take(root: folder.path, options: SnapshotOptions(useGitignore: false), secret: testSecret)
    #expect(found.printed == ".gitignore a")
  }

  @Test func foldersWithAMarkerAreLeftOutWhole() throws {
    let folder = try TemporaryDirectory()
    try folder.write(["venv/marker.cfg": "", "venv/lib/a": "", "marker.cfg": "", "b": ""])
    #expect(try snapshot(folder, markers: ["marker.cfg"]).printed == "b marker.cfg")
  }
}
