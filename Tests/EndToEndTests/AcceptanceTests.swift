// What the README promises of `examples/scripts`, command by command, with the real tools.

import Foundation
import TestSupport
import Testing

@Suite(.needsBinary, .needs("shellcheck", "shfmt", "shunit2")) struct AcceptanceTests {
  @Test func queriesAnswer() throws {
    let baji = try Baji.example()
    let list = try baji("list", "::")
    #expect(list.status == 0, "\(list.error)")
    #expect(list.output.split(separator: "\n").contains("lib/log.sh"))
    #expect(try baji("dependencies", "lib/retention.sh").output == "lib/dates.sh\n")
    #expect(try baji("dependents", "lib/dates.sh").output.split(separator: "\n").contains("lib/retention.sh"))
    #expect(try baji("filedeps", "lib/dates.sh").output == "BUILD\nlib/BUILD\nlib/dates.sh\n")  // the root's files own it, too
    let peeked = try baji("peek", "::")
    let targets = try #require(try JSONSerialization.jsonObject(with: peeked.outputBytes) as? [[String: Any]])
    #expect(targets.count == list.output.split(separator: "\n").count)
    #expect(targets.allSatisfy { $0["address"] is String && $0["target_type"] is String && $0["dependencies"] is [String] })
  }

  @Test func lintTestAndPackageTwiceRunOnce() throws {
    let baji = try Baji.example()
    let first = try baji("lint", "test", "package", "::")
    #expect(first.status == 0, "\(first.text)")
    #expect(first.output.contains("test: 8 passed (8 ran)"), "\(first.output)")
    #expect(baji.exists("dist/release.tar.gz"))
    let second = try baji("lint", "test", "package", "::")
    #expect(second.status == 0)
    #expect(second.output.contains("test: 8 passed (8 cached)"), "\(second.output)")
    #expect(!second.output.contains(" ran"), "\(second.output)")
    #expect(second.error == "")
  }

  @Test func anEditRunsOnlyWhatReachesTheFileAndNamesIt() throws {
    let baji = try Baji.example()
    try baji("lint", "test", "::")
    try baji.write(["lib/dates.sh": try baji.read("lib/dates.sh") + "# one more line\n"])
    let ended = try baji("lint", "test", "::")
    #expect(ended.status == 0, "\(ended.text)")
    let lines = ended.output.split(separator: "\n").map(String.init)
    let ranTests = lines.filter { $0.hasPrefix("✓ ") && $0.hasSuffix("s") && !$0.contains("cached") && !$0.contains("files") }
    #expect(ranTests.count == 3 && ranTests.contains { $0.contains("lib/retention_test.sh:tests") }, "\(ended.output)")
    #expect(lines.contains { $0.hasPrefix("lint: ") && $0.contains("lib/dates.sh changed") }, "\(ended.output)")
    #expect(lines.contains { $0.hasPrefix("test: 8 passed (3 ran: lib/dates.sh changed; 5 cached)") }, "\(ended.output)")
  }

  @Test func anOptionRunsOnlyItsToolAndIsNamed() throws {
    let baji = try Baji.example()
    try baji("lint", "::")
    let ended = try baji("--shfmt-args=-i 2 -ci", "lint", "::")
    #expect(ended.output.contains("shellcheck: 19 files   cached"), "\(ended.output)")
    #expect(ended.output.contains("option [shfmt].args changed"), "\(ended.output)")
  }

  @Test func findingsFailAndAreShownAgainFromTheCache() throws {
    let baji = try Baji.example()
    try baji.write(["lib/log.sh": try baji.read("lib/log.sh") + "echo $undefined\n"])
    for cached in [false, true] {
      let ended = try baji("lint", "lib/log.sh", "lib/size.sh")
      #expect(ended.status == 1)
      #expect(
        ended.output.contains("lib/log.sh:") && ended.output.contains("SC2086") && ended.output.contains("1 with findings"),
        "\(ended.output)")
      #expect(ended.output.contains("(4 cached)") == cached, "\(ended.output)")
    }
  }

  @Test func fmtMendsInPlaceAndLintShowsTheDifference() throws {
    let baji = try Baji.example()
    let before = try baji.read("lib/size.sh")
    try baji.edit("lib/size.sh", "\n  ", "\n        ")
    let linted = try baji("lint", "lib/size.sh")
    #expect(linted.status == 1)
    #expect(linted.output.contains("--- a/lib/size.sh") && linted.output.contains("+++ b/lib/size.sh"), "\(linted.output)")
    let formatted = try baji("fmt", "::")
    #expect(formatted.status == 0)
    #expect(formatted.output.contains("fmt: 1 changed, 18 unchanged"), "\(formatted.output)")
    #expect(try baji.read("lib/size.sh") == before)
    #expect(try baji("fmt", "lint", "::").status == 0)
  }

  @Test func anArchiveIsTheSameToTheByteElsewhere() throws {
    let one = try Baji.example(named: "one")
    let two = try Baji.example(named: "two with a space")
    for baji in [one, two] { #expect(try baji("package", "::").status == 0) }
    let bytes = try one.bytes("dist/release.tar.gz")
    #expect(try bytes == two.bytes("dist/release.tar.gz"))
    let members = try one.shell("tar -tzf dist/release.tar.gz").output.split(separator: "\n").map(String.init)
    for member in ["MANUAL.txt", "keep.sh", "lib/log.sh", "README.md"] { #expect(members.contains(member), "\(members)") }
    #expect(!members.contains { $0.contains("_test.sh") })
  }

  @Test func runHandsOverArgumentsAndTheStatus() throws {
    let baji = try Baji.example()
    #expect(try baji("run", "//:sample-report").output.contains("/index.html"))
    let ended = try baji("run", "keep.sh:keep", "--", "nothing-like-it")
    #expect(ended.status == 2)
    #expect(ended.error.contains("nothing-like-it"))
  }

  @Test func aFailingTestShowsItsOutputAndRunsAgain() throws {
    let baji = try Baji.example()
    try baji.edit("lib/size_test.sh", "1 KiB", "2 KiB")
    for _ in 0..<2 {
      let ended = try baji("test", "lib/size_test.sh")
      #expect(ended.status == 1)
      #expect(ended.output.contains("1 failed (1 ran") && ended.output.contains("ASSERT"), "\(ended.output)")
    }
    #expect(try baji("--test-output=none", "test", "lib/size_test.sh").output.contains("ASSERT") == false)
  }

  @Test func environmentVariablesAskedForAreInTheKey() throws {
    let baji = try Baji([
      "BUILD": "test_shell_command(name=\"t\", command='test \"$GREETING\" = hello', tools=[\"test\"], extra_env_vars=[\"GREETING\"])\n"
    ])
    #expect(try baji("test", "::").status == 1)
    #expect(try baji("test", "::", environment: ["GREETING": "hello"]).status == 0)
    #expect(try baji("test", "::", environment: ["GREETING": "hello"]).output.contains("1 cached"))
    #expect(try baji("test", "::", environment: ["GREETING": "bye"]).status == 1)
  }

  @Test func attemptsMakeAFlakyTestPassAndSaySo() throws {
    let baji = try Baji([
      "BUILD":
        "test_shell_command(name=\"t\", command='n=$(cat /tmp/$MARK 2>/dev/null || echo 0); echo $((n+1)) > /tmp/$MARK; test $n -gt 0', tools=[\"cat\", \"test\"], extra_env_vars=[\"MARK\"])\n"
    ])
    let mark = "baji-flaky-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: "/tmp/\(mark)") }
    let ended = try baji("--test-attempts-default=3", "test", "::", environment: ["MARK": mark])
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains("flaky"), "\(ended.output)")
  }

  @Test func selectionByTagAndExclusion() throws {
    let baji = try Baji(["BUILD": "target(name=\"a\", tags=[\"x\"])\ntarget(name=\"b\")\ntarget(name=\"c\", tags=[\"x\"])\n"])
    #expect(try baji("--tag=x", "list", "::").output == "//:a\n//:c\n")
    #expect(try baji("--tag=-x", "list", "::").output == "//:b\n")
    #expect(try baji("list", "::", "-//:b").output == "//:a\n//:c\n")
    #expect(try baji("--filter-address-regex=:[ab]$", "list", "::").output == "//:a\n//:b\n")
  }

  @Test func theCacheIsLookedAfter() throws {
    let baji = try Baji.example()
    try baji("test", "::")
    #expect(try baji("cache", "stats").output.contains("actions: "))
    #expect(try baji("cache", "verify").status == 0)
    #expect(try baji("cache", "gc").status == 0)
    #expect(try baji("cache", "clear").status == 0)
    #expect(try baji("test", "::").output.contains("8 ran"))
  }

  @Test func keptSandboxesRunTheVerySameCommand() throws {
    let baji = try Baji(["BUILD": "test_shell_command(name=\"t\", command='echo said so; exit 7', tools=[])\n"])
    let ended = try baji("--keep-sandboxes=on_failure", "test", "::")
    #expect(ended.status == 1)
    let folder = String(try #require(ended.error.firstMatch(of: /sandbox kept: (\S+)/)).1)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let again = try baji.shell("sh '\(folder)/__run.sh'; echo status=$?")
    #expect(again.output == "said so\nstatus=7\n", "\(again.text)")
  }

  @Test func helpAndVersionNeedNoWorkspace() throws {
    let baji = try Baji(configured: false)
    #expect(try baji("--version").output.split(separator: ".").count == 3)
    #expect(try baji("help").output.contains("Usage: baji"))
    #expect(try baji("help", "shfmt").output.contains("--shfmt-args"))
  }

  @Test func pluginTestsPass() throws {
    let baji = try Baji()
    let ended = try baji(
      "plugin", "test", "\(Baji.checkout)/plugins/core", "\(Baji.checkout)/plugins/shell", timeout: .seconds(600))
    #expect(ended.status == 0, "\(ended.text)")
  }
}
