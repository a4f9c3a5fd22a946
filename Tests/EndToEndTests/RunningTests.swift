// Tests, timeouts, retries, output, `run`, kept sandboxes, plugins' own tests, the cache, and being interrupted.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.needsBinary, .needs("shunit2")) struct RunningTests {
  @Test func aTestThatTimesOut() throws {
    let baji = try Baji([
      "BUILD": "test_shell_command(name = \"t\", command = \"echo begun; sleep 600\", tools = [\"sleep\"], timeout = 1)\n"
    ])
    for _ in 0..<2 {
      let ended = try baji("test", "::")
      #expect(ended.status == 1)
      #expect(ended.output.contains("timed out after 1s"), "\(ended.text)")
      #expect(ended.output.contains("begun"))
      #expect(ended.output.contains("1 failed (1 ran"), "never kept")
    }
  }

  @Test func failuresShowTheirOutputAndAreNotKept() throws {
    let baji = try Baji([
      "BUILD": """
      test_shell_command(name = "bad", command = "echo to the output; echo to the error >&2; exit 3", tools = [])
      test_shell_command(name = "good", command = "echo quiet", tools = [])
      """
    ])
    let ended = try baji("test", "::")
    #expect(ended.status == 1)
    #expect(ended.output.contains("✗ //:bad"))
    #expect(ended.output.contains("exit status 3"))
    #expect(ended.output.contains("to the output\nto the error"))
    #expect(!ended.output.contains("quiet"))
    let again = try baji("test", "--output=all", "::")
    #expect(again.output.contains("test: 1 passed, 1 failed (1 ran"), "\(again.output)")
    #expect(again.output.contains("quiet"), "output comes from the cache, too")
    #expect(!(try baji("test", "--output=none", "::").output.contains("to the error")))
  }

  @Test func attemptsMakeAFlakyTestPassAndSaySo() throws {
    let baji = try Baji()
    let mark = "\(baji.place.path)/mark"
    try baji.write([
      "BUILD":
        "test_shell_command(name = \"t\", command = \"if test -e \(mark); then exit 0; fi; touch \(mark); exit 1\", tools = [\"touch\"])\n"
    ])
    let ended = try baji("test", "--attempts-default=3", "::")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains("flaky: passed at attempt 2"), "\(ended.output)")
    #expect(try baji("test", "::").output.contains("flaky"), "shown from the cache, too")
    #expect(try baji("test", "--force", "::").output.contains("1 ran"))
    #expect(try baji("test", "::").output.contains("1 cached"))
  }

  @Test func variablesComeByNameAndEnterTheKey() throws {
    let baji = try Baji([
      "BUILD": "test_shell_command(name = \"t\", command = 'test \"$WANTED\" = yes', tools = [], extra_env_vars = [\"WANTED\"])\n"
    ])
    #expect(try baji("test", "::").status == 1)
    #expect(try baji("test", "::", environment: ["WANTED": "yes"]).status == 0)
    #expect(try baji("test", "::", environment: ["WANTED": "yes", "OTHER": "1"]).output.contains("1 cached"))
    let no = try baji("test", "::", environment: ["WANTED": "no"])
    #expect(no.status == 1)
    #expect(no.output.contains("variable WANTED changed"), "\(no.output)")
    #expect(try baji("test", "--extra-env-vars=['WANTED=yes']", "::").status == 0)
  }

  @Test func aMissingToolSaysWhereItWasLookedFor() throws {
    let baji = try Baji(["BUILD": "test_shell_command(name = \"t\", command = \"frobtool\", tools = [\"frobtool\"])\n"])
    let ended = try baji("test", "::")
    #expect(ended.status == 2)
    #expect(ended.error.contains("`frobtool` is not installed"))
    #expect(ended.error.contains("wanted by `//:t`"))
    #expect(ended.error.contains("/usr/bin"))
    let bare = try Baji(["BUILD": "shell_sources(name = \"s\")\n", "a.sh": "#!/bin/sh\n"])
    let lint = try bare("lint", "::", environment: ["PATH": "/nowhere"])
    #expect(lint.status == 2)
    #expect(lint.error.contains("apt-get install shellcheck"))
    #expect(lint.error.contains("apt-get install shfmt"), "both at once")
    #expect(lint.error.contains("wanted by the linter `shellcheck`") && lint.error.contains("wanted by the formatter `shfmt`"))
  }

  @Test func twoHundredMegabytesOfOutput() throws {
    let baji = try Baji([
      "BUILD": """
      test_shell_command(name = "good", command = "head -c 200000000 /dev/zero", tools = ["head"])
      test_shell_command(name = "bad", command = "echo the start; yes line | head -c 200000000; echo; echo the end; exit 1", tools = ["head", "yes"])
      """
    ])
    #expect(try baji("test", ":good", timeout: .seconds(300)).status == 0)
    let ended = try baji("test", ":bad", timeout: .seconds(300))
    #expect(ended.status == 1)
    #expect(ended.output.contains("the start"))
    #expect(ended.output.contains("the end"))
    #expect(ended.output.contains("MiB left out here; the first and the last of it,"))
    #expect(ended.outputBytes.count < 1 << 20)
  }

  @Test func runGivesItsArgumentsOnAndReturnsTheProgramsStatus() throws {
    let baji = try Baji([
      "BUILD": "shell_sources(name = \"s\")\n", "lib.sh": "say() { printf '[%s]' \"$@\"; }\n",
      "a.sh": "#!/usr/bin/env bash\n. \"$(dirname \"$0\")/lib.sh\"\nsay \"$@\"\ntest -e BUILD && say here\nexit 7\n",
    ])
    let ended = try baji("run", "a.sh", "--", "one", "two words", "--flag")
    #expect(ended.output == "[one][two words][--flag][here]", "\(ended.text)")
    #expect(ended.status == 7)
    #expect(try baji("run", "lib.sh", "a.sh").status == 2, "one at a time")
  }

  @Test func aKeptSandboxRunsTheSameCommandAgain() throws {
    let baji = try Baji(["BUILD": "test_shell_command(name = \"t\", command = \"echo made in $PWD; exit 1\", tools = [])\n"])
    #expect(!(try baji("test", "::").text.contains("sandbox kept")))
    let ended = try baji("test", "--keep-sandboxes=on_failure", "::")
    let folder = try #require(ended.error.firstMatch(of: /sandbox kept: (\S+)/)).1
    defer { try? FileManager.default.removeItem(atPath: String(folder)) }
    let again = try baji.shell("exec '\(folder)/__run.sh'")
    #expect(again.status == 1)
    #expect(again.output.contains("made in \(folder)"), "\(again.text)")
  }

  @Test func selectionByTagAndExclusion() throws {
    let baji = try Baji.example()
    #expect(try baji("list", "--tag=smoke", "::").output == "lib/log_test.sh:tests\n")
    #expect(!(try baji("list", "--tag=-smoke", "::").output.contains("lib/log_test.sh")))
    #expect(!(try baji("list", "lib::", "-lib/args.sh").output.contains("\nlib/args.sh\n")))
    #expect(try baji("list", "::", "-lib::", "-bin::", "--filter-target-type=archive").output == "//:release\n")
    let none = try baji("test", "--tag=nonesuch", "::")
    #expect(none.status == 0)
    #expect(none.error.contains("no target is selected"))
    #expect(try baji("test", "--tag=smoke", "::").output.contains("1 passed"))
  }

  @Test func theCacheCanBeLookedAtCheckedShrunkAndCleared() throws {
    let baji = try Baji.example()
    #expect(try baji("test", "::").status == 0)
    #expect(try baji("cache", "stats").output.contains("actions: "))
    let verified = try baji("cache", "verify")
    #expect(verified.status == 0, "\(verified.text)")
    #expect(try baji("cache", "gc").status == 0)
    #expect(try baji("test", "::").output.contains("8 cached"))
    #expect(try baji("cache", "clear").status == 0)
    let again = try baji("test", "::")
    #expect(again.status == 0)
    #expect(again.output.contains("8 ran"))
  }

  @Test(arguments: ["plugins/core", "plugins/shell"]) func shippedPluginsPassTheirTests(_ folder: String) throws {
    let baji = try Baji()
    try FileManager.default.copyItem(atPath: "\(Baji.checkout)/plugins", toPath: baji.path("plugins"))
    let ended = try baji("plugin", "test", folder)
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains("a second run starts nothing"))
    try baji.write(["\(folder)/bad_test.star": "def test_that_fails(t):\n    t.equal(1, 2)\n"])
    let failed = try baji("plugin", "test", folder)
    #expect(failed.status == 1, "\(failed.text)")
    #expect(failed.output.contains("✗") && failed.text.contains("test_that_fails"))
  }

  @Test func interruptedItSaysWhatBecameOfTheRunAndLeavesNothingBehind() throws {
    let baji = try Baji()
    let mark = "\(baji.place.path)/begun"
    try baji.write([
      "BUILD":
        "test_shell_command(name = \"t\", command = \"touch \(mark); sleep 4711.25 & sleep 4711.25\", tools = [\"sleep\", \"touch\"])\n"
    ])
    let running = try baji.start(["test", "::"])
    #expect(eventually { access(mark, F_OK) == 0 })
    running.send(SIGINT)
    let ended = try running.end(within: .seconds(60))
    #expect(ended.status == 130)
    #expect(ended.output.contains("test: 1 cancelled"), "\(ended.text)")
    #expect(try baji.shell("pgrep -f 'sleep 4711[.]25'").output == "")
    // Nothing of it was kept.
    #expect(try baji("list", "::").status == 0)
  }

  @Test func aFileThatChangesDuringTheRunPoisonsNothing() throws {
    let baji = try Baji()
    let mark = "\(baji.place.path)/go"
    // The first command waits while the second's input is changed and another's input is removed.
    try baji.write([
      "BUILD": """
      files(name = "f", sources = ["in.txt"])
      files(name = "g", sources = ["gone.txt"])
      test_shell_command(name = "a", command = "touch \(mark).begun; until test -e \(mark); do sleep 0.05; done", tools = ["sleep", "touch"])
      test_shell_command(name = "b", command = "grep -q old in.txt", tools = ["grep"], execution_dependencies = [":f"])
      test_shell_command(name = "c", command = "true", tools = ["true"], execution_dependencies = [":g"])
      """, "in.txt": "old\n", "gone.txt": "x\n",
    ])
    let running = try baji.start(["-j1", "test", "::"])
    #expect(eventually { access("\(mark).begun", F_OK) == 0 || running.errorSoFar.contains("//:b") })
    try baji.write(["in.txt": "new\n"])
    try baji.remove("gone.txt")
    #expect(FileManager.default.createFile(atPath: mark, contents: nil))
    let ended = try running.end()
    #expect(ended.status == 0 || ended.status == 1, "\(ended.text)")
    #expect(ended.output.contains("✓ //:a"), "\(ended.text)")
    // Whatever the race gave: from now on the truth.
    try baji.write(["gone.txt": "x\n"])
    let after = try baji("test", "::")
    #expect(after.output.contains("✗ //:b"), "\(after.text)")
    #expect(after.output.contains("✓ //:c"))
    try baji.write(["in.txt": "old\n"])
    #expect(try baji("test", "::").status == 0)
  }
}
