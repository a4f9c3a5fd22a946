// Globs: the table is the specification; the walk over a snapshot and the match of a path agree.

import Snapshots
import TestSupport
import Testing

@Suite struct GlobTests {
  static let files = [
    ".hidden.sh", "a.py", "a.sh", "ab.sh", "b.sh", "b_test.sh", "é.sh", "[x].sh", "sub/a.sh", "sub/deep/a.sh", "sub/deep/b.txt",
    "sub/deep/er/a.sh", "sub.d/a.sh",
  ]

  @Test(arguments: [
    (["*.sh"], ".hidden.sh [x].sh a.sh ab.sh b.sh b_test.sh é.sh"),
    (["*.sh", "!*_test.sh", "!.*"], "[x].sh a.sh ab.sh b.sh é.sh"),
    (["!*_test.sh", "b*.sh"], "b.sh"),
    (["?.sh"], "a.sh b.sh é.sh"),
    (["[a-b].sh"], "a.sh b.sh"),
    (["[!a].sh"], "b.sh é.sh"),
    (["[é].sh"], "é.sh"),
    (["*[!é].sh"], ".hidden.sh [x].sh a.sh ab.sh b.sh b_test.sh"),
    (["[[]x[]].sh"], "[x].sh"),
    (["a.sh"], "a.sh"),
    (["./a.sh"], "a.sh"),
    (["sub/*.sh"], "sub/a.sh"),
    (["*/a.sh"], "sub/a.sh sub.d/a.sh"),
    (["**/a.sh"], "a.sh sub/a.sh sub/deep/a.sh sub/deep/er/a.sh sub.d/a.sh"),
    (["sub/**"], "sub/a.sh sub/deep/a.sh sub/deep/b.txt sub/deep/er/a.sh"),
    (["sub/**/a.sh"], "sub/a.sh sub/deep/a.sh sub/deep/er/a.sh"),
    (["**/deep/**/*.sh"], "sub/deep/a.sh sub/deep/er/a.sh"),
    (["**/*.txt", "**/b.*", "b.sh"], "b.sh sub/deep/b.txt"),
    (["**", "!sub/**", "!sub.d/*", "!*.sh"], "a.py"),
    (["none", "a.py"], "a.py | none"),
    (["*.sh/x", "!a.py"], " | *.sh/x"),
  ])
  func matches(patterns: [String], expected: String) throws {
    let folder = try TemporaryDirectory()
    try folder.write(Dictionary(uniqueKeysWithValues: Self.files.map { ($0, "") }))
    let found = try snapshot(folder)
    let globs = try GlobSet(patterns)
    let matches = found.match(globs, in: 0)
    let printed = matches.files.map { found.path(of: $0) }.joined(separator: " ")
    #expect(([printed] + matches.unmatchedPatterns).joined(separator: " | ") == expected)
    #expect(Set(Self.files.filter { globs.matches($0) }) == Set(matches.files.map { found.path(of: $0) }))
  }

  @Test func patternsAreRelativeToTheirFolder() throws {
    let folder = try TemporaryDirectory()
    try folder.write(Dictionary(uniqueKeysWithValues: Self.files.map { ($0, "") }))
    let found = try snapshot(folder)
    let sub = try #require(found.directoryID(ofPath: "sub/deep"))
    #expect(try found.match(GlobSet(["**/*.sh"]), in: sub).files.map { found.path(of: $0) } == ["sub/deep/a.sh", "sub/deep/er/a.sh"])
  }

  @Test(arguments: [
    ("", "The glob `` names nothing."),
    ("!", "The glob `!` names nothing."),
    ("/a", "The glob `/a` leaves its folder. Globs are relative to the folder they are written in."),
    ("a/../b", "The glob `a/../b` leaves its folder. Globs are relative to the folder they are written in."),
    ("a**", "In the glob `a**`, `**` must stand alone between slashes."),
    ("***", "In the glob `***`, `**` must stand alone between slashes."),
    ("[a", "In the glob `[a`, a `[` is never closed. For the character itself write `[[]`."),
  ])
  func wrongPatternsSaySo(pattern: String, expected: String) {
    do throws(GlobError) {
      _ = try GlobSet([pattern])
      Issue.record("`\(pattern)` was taken")
    } catch {
      #expect(error.description == expected)
    }
  }

  /// Random patterns over a random tree: the walk finds exactly the paths that match one by one.
  @Test(arguments: 0..<10)
  func theWalkFindsWhatMatches(seed: Int) throws {
    var random = Seeded(seed)
    let folder = try TemporaryDirectory()
    var files: [String: String] = [:]
    for _ in 0..<60 {
      let depth = random.pick([0, 0, 1, 1, 2, 3])
      files[
        ((0..<depth).map { _ in random.pick(["d", "e", "dd"]) } + [random.pick(["a", "b", "ab", "ba", "é"])]).joined(separator: "/")] = ""
    }
    try folder.write(files)
    let found = try snapshot(folder)
    let all = (0..<PathID(found.count)).map { found.path(of: $0) }
    for _ in 0..<40 {
      let patterns = (0..<3).map { _ in
        (random.chance(30) ? "!" : "")
          + (0..<random.pick([1, 2, 3])).map { _ in random.pick(["**", "*", "d", "e", "d*", "?", "a", "a*", "*b", "[!a]", "é"]) }.joined(
            separator: "/")
      }
      let globs = try GlobSet(patterns)
      #expect(found.match(globs, in: 0).files.map { found.path(of: $0) } == all.filter { globs.matches($0) }, "\(patterns)")
    }
  }
}
