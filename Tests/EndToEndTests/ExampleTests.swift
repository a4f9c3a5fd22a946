// The example workspace, as a user walks through it.

import Foundation
import Testing

@Suite(.needsBinary, .needs("shellcheck", "shfmt", "shunit2")) struct ExampleTests {
  @Test func listDependenciesDependentsPeek() throws {
    let baji = try Baji.example()
    let list = try baji("list", "::")
    #expect(list.status == 0)
    #expect(list.output.split(separator: "\n").contains("lib/args_test.sh:tests"))
    #expect(list.output.split(separator: "\n").contains("//:release"))
    #expect(try baji("dependencies", "bin/report.sh").output == "lib/access_log.sh\nlib/args.sh\nlib/log.sh\nlib/size.sh\n")
    #expect(try baji("dependents", "lib/size.sh").output.contains("bin/report.sh\n"))
    let transitive = try baji("dependents", "--transitive", "testdata/access.log")
    #expect(transitive.output.contains("bin:report-test\n"))

    let peek = try baji("peek", "::")
    let parsed = try #require(try JSONSerialization.jsonObject(with: peek.outputBytes) as? [[String: Any]])
    let release = try #require(parsed.first { $0["address"] as? String == "//:release" })
    #expect(release["target_type"] as? String == "archive")
    #expect(release["format"] as? String == "tar.gz")
    let test = try #require(parsed.first { $0["address"] as? String == "lib/log_test.sh:tests" })
    #expect(test["tags"] as? [String] == ["smoke"])
    #expect(test["sources"] as? [String] == ["lib/log_test.sh"])
    #expect(test["source_raw"] as? String == "log_test.sh")
    #expect(try baji("filedeps", "lib/size.sh").output.contains("lib/size.sh\n"))
  }

  @Test func secondRunOfLintAndTestSaysCached() throws {
    let baji = try Baji.example()
    let first = try baji("lint", "test", "::")
    #expect(first.status == 0, "\(first.text)")
    #expect(first.output.contains("8 passed (8 ran)"))
    let second = try baji("lint", "test", "::")
    #expect(second.status == 0)
    #expect(second.output.contains("lint: 38 clean (38 cached)"))
    #expect(second.output.contains("test: 8 passed (8 cached)"))
    #expect(second.error == "", "a run that starts nothing has nothing to say of it")
  }

  @Test func editOfASourcedScriptRunsItsDependentsAgain() throws {
    let baji = try Baji.example()
    #expect(try baji("lint", "test", "::").status == 0)
    try baji.edit("lib/size.sh", "#!", "#!")
    try Data((baji.read("lib/size.sh") + "\n# A comment more.\n").utf8).write(to: URL(filePath: baji.path("lib/size.sh")))
    let again = try baji("lint", "test", "::")
    #expect(again.status == 0, "\(again.text)")
    let tests = Dictionary(
      uniqueKeysWithValues: again.output.split(separator: "\n").filter { $0.hasPrefix("✓") }.map { line in
        let words = line.split(separator: " ")
        return (String(words[1]), words.last == "cached")
      })
    // size.sh is sourced by its own test, and by backup.sh and report.sh, which the two command tests run.
    #expect(tests["lib/size_test.sh:tests"] == false)
    #expect(tests["bin:backup-test"] == false)
    #expect(tests["bin:report-test"] == false)
    #expect(tests["lib/args_test.sh:tests"] == true)
    #expect(tests["lib/retention_test.sh:tests"] == true)
    #expect(again.output.contains("test: 8 passed (3 ran: lib/size.sh changed; 5 cached)"), "\(again.output)")
    // shellcheck of size.sh, size_test.sh, backup.sh, report.sh, keep.sh; shfmt of size.sh alone.
    #expect(again.output.contains("lint: 38 clean (6 ran: lib/size.sh changed; 32 cached)"), "\(again.output)")
  }

  @Test func whitespaceInABuildFileRunsNothing() throws {
    let baji = try Baji.example()
    #expect(try baji("lint", "test", "::").status == 0)
    try baji.edit("lib/BUILD", "shell_sources(name=\"lib\")", "\n\nshell_sources(\n    name = \"lib\",\n)\n")
    let again = try baji("lint", "test", "::")
    #expect(again.output.contains("(38 cached)"))
    #expect(again.output.contains("(8 cached)"))
  }

  @Test func packageIsReproducibleToTheByte() throws {
    let one = try Baji.example()
    let other = try Baji.example(named: "elsewhere, with spaces")
    for baji in [one, other] {
      let ended = try baji("package", "::")
      #expect(ended.status == 0, "\(ended.text)")
      #expect(ended.output.contains("dist/release.tar.gz"))
    }
    // Times and inodes of the sources differ, too: the copies were made one after the other.
    #expect(try one.bytes("dist/release.tar.gz") == other.bytes("dist/release.tar.gz"))
    let first = try one.bytes("dist/release.tar.gz")
    try one.remove("dist")
    let again = try one("package", "::")
    #expect(again.output.contains("cached"))
    #expect(try one.bytes("dist/release.tar.gz") == first)
    let members = try one.shell("tar -tzf dist/release.tar.gz").output.split(separator: "\n").map(String.init)
    #expect(members.contains("MANUAL.txt"))
    #expect(members.contains("lib/args.sh"))
    #expect(!members.contains("lib/args_test.sh"))
  }

  @Test func aStoreIsSharedByTwoCheckouts() throws {
    let one = try Baji.example()
    #expect(try one("test", "::").status == 0)
    let other = try Baji.example(named: "other", store: one)
    let ended = try other("test", "::")
    #expect(ended.output.contains("test: 8 passed (8 cached)"), "\(ended.output)")
  }

  @Test func aWorkspaceWhosePathHasSpaces() throws {
    let baji = try Baji.example(named: "my scripts $HOME 'quoted'")
    let ended = try baji("lint", "test", "package", "::")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(baji.exists("dist/release.tar.gz"))
  }

  @Test func severalGoalsReportOneByOne() throws {
    let baji = try Baji.example()
    let ended = try baji("fmt", "lint", "test", "package", "::")
    #expect(ended.status == 0, "\(ended.text)")
    let summaries = ended.output.split(separator: "\n").filter { isSummary($0) }
    #expect(summaries.map { $0.prefix { $0 != ":" } } == ["fmt", "lint", "test", "package"])
  }
}

private func isSummary(_ line: Substring) -> Bool { ["fmt:", "lint:", "test:", "package:"].contains { line.hasPrefix($0) } }
