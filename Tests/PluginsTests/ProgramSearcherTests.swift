// Programs by patterns: which are candidates and in what order, what is asked, and what is remembered until something changes.

import Execution
import Fingerprints
import Foundation
import Host
import Store
import Synchronization
import TestSupport
import Testing

@testable import Plugins

@Suite struct ProgramSearcherTests {
  private let folder: TemporaryDirectory
  private let store: Store
  private let asked = Asked()

  private final class Asked: Sendable {
    let paths = Mutex<[String]>([])
    let warnings = Mutex<[String]>([])
  }

  init() throws {
    // Its real path, as candidates have it.
    folder = try TemporaryDirectory(named: "programs")
    store = Store.openOrDisabled(at: "\(folder.path)/store", report: { _ in })
  }

  /// A program says what follows `says ` in its text.
  private func write(_ files: [String: String]) throws {
    try folder.write(files)
    for name in files.keys { try age(name) }
  }

  /// As if nothing had happened in the last second: what is younger is not remembered.
  private func age(_ name: String) throws {
    var path = "\(folder.path)/\(name)"
    while path != folder.path {
      let parts = [timespec(tv_sec: 1_700_000_000, tv_nsec: 0), timespec(tv_sec: 1_700_000_000, tv_nsec: 0)]
      utimensat(AT_FDCWD, path, parts, AT_SYMLINK_NOFOLLOW)
      path = (path as NSString).deletingLastPathComponent
    }
  }

  private func search(_ names: [String], _ folders: [String], probe: [String] = ["-x"], settled: Bool = true) throws -> [String] {
    // Changes of inodes cannot be dated back.
    if settled { usleep(1_100_000) }
    let base = folder.path
    let searcher = ProgramSearcher(
      environment: ["PATH": "\(base)/one:relative:\(base)/two", "HOME": base], store: store,
      report: { [asked] text in asked.warnings.withLock { $0.append(text.replacingOccurrences(of: "\(base)/", with: "")) } },
      probe: { [asked] program, arguments in
        asked.paths.withLock { $0.append(program.path.replacingOccurrences(of: "\(base)/", with: "")) }
        let text = (try? String(contentsOfFile: program.path, encoding: .utf8)) ?? ""
        if text.contains("hangs") { return .unknown("it hangs") }
        if text.contains("fails") { return .failed }
        return .said(Array((text.split(separator: "says ").last.map(String.init) ?? "").utf8))
      })
    let found = searcher.programs(
      ProgramSearch(names: names, folders: folders.map { $0.replacingOccurrences(of: "DIR", with: base) }, probe: probe))
    return found.map { "\($0.path.replacingOccurrences(of: "\(base)/", with: "")) \($0.info)".trimmingCharacters(in: .whitespaces) }
  }

  private var probes: [String] {
    asked.paths.withLock { paths in
      defer { paths = [] }; return paths
    }
  }

  @Test func candidatesComeByFolderThenPatternThenName() throws {
    try write([
      "one/x3.9": "#!says {\"v\": 9}", "one/x3": "#!says {\"v\": 3}", "one/x3.10": "#!says {\"v\": 10}", "one/x3.8": "not executable",
      "two/x3.11": "#!says {\"v\": 11}", "two/y": "#!says 1", "versions/b/bin/x3": "#!says [true]", "versions/a/bin/x3": "#!says \"a\"",
      "versions/.hidden/bin/x3": "#!says 0", "versions/none/lib/x3": "#!says 0",
    ])
    let found = try search(["x3.*", "x3"], ["<PATH>", "DIR/versions/*/bin", "DIR/missing", "~/two"], settled: false)
    #expect(
      found == [
        "one/x3.10 {\"v\":10}", "one/x3.9 {\"v\":9}", "one/x3 {\"v\":3}", "two/x3.11 {\"v\":11}", "versions/a/bin/x3 \"a\"",
        "versions/b/bin/x3 [true]",
      ])
    #expect(try search(["y"], ["~/two"], probe: [], settled: false) == ["two/y"])
    #expect(probes.count == 6)
  }

  @Test func oneProgramByManyNamesIsOneCandidateAtItsRealPath() throws {
    try write(["two/real": "#!says 1"])
    try FileManager.default.createDirectory(atPath: "\(folder.path)/one", withIntermediateDirectories: true)
    for (link, target) in [("one/x3", "x3.11"), ("one/x3.11", "../two/real"), ("one/x9", "gone")] {
      try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/\(link)", withDestinationPath: target)
    }
    #expect(try search(["x*", "real"], ["<PATH>"], settled: false) == ["two/real 1"])
    #expect(probes == ["two/real"])
  }

  @Test func whatFailsToAnswerIsNoneAndIsRemembered() throws {
    try write(["one/a": "#!fails", "one/b": "#!says no json", "one/c": "#!says {}", "one/d": "#!says 1 2"])
    #expect(try search(["?"], ["<PATH>"]) == ["one/c {}"])
    #expect(probes == ["one/a", "one/b", "one/c", "one/d"])
    #expect(try search(["?"], ["<PATH>"]) == ["one/c {}"])
    #expect(probes == [])
    // Other arguments are another question.
    #expect(try search(["?"], ["<PATH>"], probe: ["-y"]) == ["one/c {}"])
    #expect(probes == ["one/a", "one/b", "one/c", "one/d"])
  }

  @Test func whatHangsIsLeftOutWithAWarningAndAskedAgain() throws {
    try write(["one/a": "#!hangs", "one/c": "#!says {}"])
    for _ in 0..<2 {
      #expect(try search(["?"], ["<PATH>"]) == ["one/c {}"])
      #expect(probes.contains("one/a"))
    }
    #expect(asked.warnings.withLock { $0 } == Array(repeating: "`one/a` was left out: it hangs", count: 2))
  }

  /// A change after a search that was remembered → what the next one finds.
  @Test(arguments: [
    ("new", ["one/a 1", "one/b 2"]), ("new in a folder that was not there", ["one/a 1", "later/bin/a 3"]), ("gone", []),
    ("other content", ["one/a 7"]), ("not executable", []), ("made executable", ["one/a 1", "one/z 5"]),
    ("link moved", ["one/a 1", "two/l2 4"]),
    ("nothing", ["one/a 1"]),
  ])
  func aChangeIsSeen(change: String, expected: [String]) throws {
    try write(["one/a": "#!says 1", "two/l1": "says nothing", "two/l2": "#!says 4", "one/z": "says 5"])
    try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/one/l", withDestinationPath: "../two/l1")
    let names = ["a", "b", "l", "z"]
    let folders = ["DIR/one", "DIR/later/*"]
    #expect(try search(names, folders) == ["one/a 1"])
    let path = "\(folder.path)/one/a"
    switch change {
    case "new": try folder.write(["one/b": "#!says 2"])
    case "new in a folder that was not there": try folder.write(["later/bin/a": "#!says 3"])
    case "gone": try FileManager.default.removeItem(atPath: path)
    case "other content": try folder.write(["one/a": "#!says 7"])
    case "not executable": chmod(path, 0o644)
    case "made executable": chmod("\(folder.path)/one/z", 0o755)
    case "link moved":
      try FileManager.default.removeItem(atPath: "\(folder.path)/one/l")
      try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/one/l", withDestinationPath: "../two/l2")
    default: _ = probes
    }
    #expect(try search(names, folders, settled: false) == expected)
    if change == "nothing" { #expect(probes == []) }
  }

  @Test func aProgramIsAskedInAnEmptyPlaceWithConstantVariables() throws {
    try write([
      "one/a":
        "#!/bin/sh\necho \"{\\\"args\\\": \\\"$*\\\", \\\"secret\\\": \\\"$SECRET\\\", \\\"path\\\": \\\"$PATH\\\", \\\"files\\\": \\\"$(ls)\\\"}\"\n"
    ])
    setenv("SECRET", "x", 1)
    let sandboxes = "\(folder.path)/sandboxes"
    let store = store
    let runner = LocalRunner(LocalRunner.Settings(workspace: folder.path), store: store) { SandboxPlaces(memory: [], disk: [sandboxes]) }
    let searcher = ProgramSearcher(environment: [:], store: store, report: { _ in }) { program, arguments in
      ProgramSearcher.probe(program, arguments, runner: runner, cancellation: Cancellation(), store: store)
    }
    let found = searcher.programs(ProgramSearch(names: ["a"], folders: ["\(folder.path)/one"], probe: ["-I", "-c"]))
    #expect(found.map(\.info) == ["{\"args\":\"-I -c\",\"secret\":\"\",\"path\":\"/usr/bin:/bin\",\"files\":\"\"}"])
  }
}

@Suite struct NamePatternTests {
  @Test(arguments: [
    ("x3.*", "x3.11", true), ("x3.*", "x3", false), ("*", "", true), ("?", "", false), ("?", "a", true), ("a*b*c", "a-b-b-c", true),
    ("a*b*c", "a-c-b", false), ("[0-9]", "5", true), ("[!0-9]", "5", false), ("[^0-9]", "a", true), ("[ab", "[ab", true),
    ("[]a]", "]", true),
    ("x3.[0-9]", "x3.9", true), ("x3.[0-9]", "x3.10", false), ("[a-]", "-", true), ("**", "abc", true), ("a", "A", false),
    ("ö*", "öl", true),
  ])
  func matches(pattern: String, name: String, expected: Bool) { #expect(NamePattern(pattern).matches(name) == expected) }
}
