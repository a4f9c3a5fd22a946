// What goes wrong around the engine: tools, tests, files, the store, the machine. Nothing is lost, nothing wrong is kept, nothing crashes.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.needsBinary) struct BadSurroundingsTests {
  @Test func aMissingToolSaysHowToGetIt() throws {
    let baji = try Baji(["BUILD": "shell_sources(name=\"x\")\n", "a.sh": "#!/bin/sh\n"])
    let ended = try baji("lint", "::", environment: ["PATH": "/nonexistent"])
    #expect(ended.status == 2)
    #expect(ended.error.contains("`shellcheck` is not installed") && ended.error.contains("apt-get install shellcheck"))
    #expect(ended.error.contains("/nonexistent"))
  }

  @Test func aTestThatHangsTimesOutAndIsNotKept() throws {
    let baji = try Baji(["BUILD": "test_shell_command(name=\"t\", command=\"sleep 600\", tools=[\"sleep\"], timeout=1)\n"])
    for _ in 0..<2 {
      let ended = try baji("test", "::")
      #expect(ended.status == 1)
      #expect(ended.output.contains("timed out after 1s") && ended.output.contains("1 failed (1 ran"), "\(ended.output)")
    }
  }

  @Test func aLinterThatDiesIsAToolErrorAndNotKept() throws {
    let baji = try Baji([
      "BUILD": "shell_sources(name=\"x\")\n", "a.sh": "#!/bin/sh\n", "b.sh": "#!/bin/sh\n",
      "bin/shellcheck": "#!/bin/sh\nif [ \"$1\" = --version ]; then echo version: 0.9.0; exit 0; fi\nkill -SEGV $$\n",
    ])
    for _ in 0..<2 {
      let ended = try baji("--lint-only=shellcheck", "lint", "::", environment: ["PATH": "\(baji.path("bin")):/usr/bin:/bin"])
      #expect(ended.status == 1)
      #expect(ended.output.contains("shellcheck failed: killed by signal 11"), "\(ended.output)")
      #expect(ended.output.contains("2 not judged (2 ran"), "\(ended.output)")
    }
  }

  @Test func twoHundredMegabytesOfOutputAreBounded() throws {
    let baji = try Baji(["BUILD": "test_shell_command(name=\"t\", command=\"head -c 200000000 /dev/zero; exit 1\", tools=[\"head\"])\n"])
    let ended = try baji("test", "::", timeout: .seconds(300))
    #expect(ended.status == 1)
    #expect(ended.outputBytes.count < 80 << 20)
    #expect(ended.output.contains("left out"))
  }

  @Test func oddFileNamesAreJudgedOrReported() throws {
    let baji = try Baji([
      "BUILD": "shell_sources(name=\"x\")\n", "a b.sh": "#!/bin/sh\necho $x\n", "-d.sh": "#!/bin/sh\n", "n\nl.sh": "#!/bin/sh\n",
    ])
    let bad = Array(baji.path("bad").utf8) + [0xFF] + Array(".sh".utf8) + [0]
    let descriptor = bad.withUnsafeBufferPointer {
      $0.withMemoryRebound(to: CChar.self) { open($0.baseAddress!, O_CREAT | O_WRONLY, 0o644) }
    }
    close(descriptor)
    let ended = try baji("lint", "::")
    #expect(ended.status == 1)
    #expect(ended.output.contains("a b.sh:2:6: "), "\(ended.output)")
    #expect(ended.output.contains("1 with findings"))
    #expect(ended.error.contains("bad\\xff.sh"), "\(ended.error)")
  }

  @Test func aFileThatChangesUnderARunPoisonsNothing() throws {
    let baji = try Baji([
      "BUILD": """
      files(name="in", sources=["in.txt"])
      shell_command(name="slow", command="sleep 1; cat in.txt > out.txt", tools=["sleep", "cat"], execution_dependencies=[":in"], output_files=["out.txt"])
      test_shell_command(name="t", command="grep -q right out.txt && grep -q right in.txt", tools=["grep"], execution_dependencies=[":slow", ":in"])
      """, "in.txt": "right\n",
    ])
    let running = try baji.start(["test", "//:t"])
    usleep(700_000)
    try baji.write(["in.txt": "wrong\n"])
    _ = try running.end()
    #expect(try baji("test", "//:t").status == 1, "the file says wrong")
    try baji.write(["in.txt": "right\n"])
    #expect(try baji("test", "//:t").status == 0)
  }

  @Test func aFileThatVanishesIsSaidSo() throws {
    let baji = try Baji([
      "BUILD": """
      shell_command(name="slow", command="sleep 2; echo > out.txt", tools=["sleep"], output_files=["out.txt"])
      files(name="in", sources=["in.txt"])
      test_shell_command(name="t", command="true", tools=[], execution_dependencies=[":slow", ":in"])
      """, "in.txt": "",
    ])
    let running = try baji.start(["test", "//:t"])
    usleep(900_000)
    try baji.remove("in.txt")
    let ended = try running.end()
    #expect(ended.status == 1 || ended.status == 2 || ended.status == 3, "\(ended.text)")
    #expect(ended.text.contains("in.txt"), "\(ended.text)")
  }

  @Test func noHomeSaysSo() throws {
    let baji = try Baji(["BUILD": ""])
    let ended = try baji("list", "::", environment: ["HOME": "", "XDG_CACHE_HOME": ""])
    #expect(ended.status == 2)
    #expect(ended.error.contains("HOME is not set"))
  }

  @Test func noWorkspaceSaysWhatWasLookedFor() throws {
    let baji = try Baji(configured: false)
    let ended = try baji("list", "::")
    #expect(ended.status == 2)
    #expect(ended.error.contains("baji.toml") && ended.error.contains("pants.toml"))
  }

  @Test func anEmptyRepositoryHasNothingToDo() throws {
    let baji = try Baji()
    for goal in ["lint", "test", "package", "list", "fmt"] {
      let ended = try baji(goal, "::")
      #expect(ended.status == 0, "\(goal): \(ended.text)")
    }
  }

  @Test func ctrlCPrintsTheSummaryAndEnds() throws {
    let baji = try Baji([
      "BUILD":
        "test_shell_command(name=\"a\", command=\"true\", tools=[])\ntest_shell_command(name=\"b\", command=\"sleep 600\", tools=[\"sleep\"])\n"
    ])
    let running = try baji.start(["test", "::"])
    #expect(eventually { running.errorSoFar.contains("//:a done") })
    running.send(SIGINT)
    let ended = try running.end(within: .seconds(30))
    #expect(ended.status == 130)
    #expect(ended.output.contains("1 passed") && ended.output.contains("1 cancelled"), "\(ended.text)")
  }

  @Test func aReaderThatGoesAwayIsNoCrash() throws {
    let baji = try Baji(["BUILD": (0..<3000).map { "target(name=\"t\($0)\")\n" }.joined()])
    let ended = try baji.shell("baji list :: | head -1")
    #expect(ended.output == "//:t0\n")
    #expect(!ended.error.contains("Fatal") && !ended.error.contains("rash"), "\(ended.error)")
  }

  @Test(.needs("unshare")) func aReadOnlyWorkspaceIsLintedAndNotWritten() throws {
    let baji = try Baji(["BUILD": "shell_sources(name=\"x\")\n", "a.sh": "#!/bin/sh\nif true;then echo;fi\n"])
    let inNamespace = "unshare -rm sh -c 'mount --bind . . && mount -o remount,bind,ro \"$PWD\" && cd \"$PWD\" && %' || echo refused=$?"
    let probe = try baji.shell(inNamespace.replacingOccurrences(of: "%", with: "true"))
    guard !probe.output.contains("refused") else { return }  // the kernel offers no namespaces to this user
    let linted = try baji.shell(inNamespace.replacingOccurrences(of: "%", with: "\"$BAJI\" lint ::"))
    #expect(linted.output.contains("shfmt") && linted.output.contains("refused=1"), "\(linted.text)")
    let formatted = try baji.shell(inNamespace.replacingOccurrences(of: "%", with: "\"$BAJI\" fmt ::"))
    #expect(formatted.output.contains("refused=3"), "\(formatted.text)")
    #expect(formatted.error.contains("read-only") || formatted.error.contains("Read-only"), "\(formatted.error)")
    #expect(try baji.read("a.sh") == "#!/bin/sh\nif true;then echo;fi\n")
  }

  @Test(
    .needs("unshare"),
    arguments: ["mount --bind \"$S\" \"$S\" && mount -o remount,bind,ro \"$S\"", "mount -t tmpfs -o size=100k none \"$S\""])
  func aReadOnlyOrFullStoreEndsCachingAndNotTheBuild(mount: String) throws {
    let baji = try Baji(["BUILD": "shell_sources(name=\"x\")\n", "a.sh": "#!/bin/sh\necho $x\n"])
    let line =
      "export S=\"$XDG_CACHE_HOME\"; export M='\(mount)'; unshare -rm sh -c 'eval \"$M\" || exit 77; \"$BAJI\" lint ::'; echo status=$?"
    let ended = try baji.shell(line)
    if ended.output.contains("status=77") { return }  // the kernel offers no namespaces to this user
    #expect(ended.output.contains("status=1"), "\(ended.text)")
    #expect(ended.output.contains("a.sh:2:6:"), "\(ended.output)")
    #expect(ended.error.contains("warning:"), "\(ended.error)")
  }

  @Test func linksThatLoopOrLeaveAreErrorsWhereTheyAreUsed() throws {
    let baji = try Baji(["BUILD": "archive(name=\"z\", format=\"tar\", files=[\":x\"])\nfiles(name=\"x\", sources=[\"*.txt\"])\n"])
    symlink("loop.txt", baji.path("loop.txt"))
    symlink("/etc/hostname", baji.path("out.txt"))
    #expect(try baji("list", "::").status == 0)
    let ended = try baji("package", "::")
    #expect(ended.status == 2, "\(ended.text)")
    #expect(ended.error.contains("loop.txt") || ended.error.contains("out.txt"), "\(ended.error)")
  }

  @Test func commandsThatNeedOneAnotherAreRefused() throws {
    let baji = try Baji([
      "BUILD": """
      shell_command(name="a", command="true", tools=[], execution_dependencies=[":b"], output_files=["a"])
      shell_command(name="b", command="true", tools=[], execution_dependencies=[":a"], output_files=["b"])
      test_shell_command(name="t", command="true", tools=[], execution_dependencies=[":a"])
      """
    ])
    let ended = try baji("test", "::")
    #expect(ended.status == 2, "\(ended.text)")
    #expect(ended.error.contains("circle"), "\(ended.error)")
  }
}
