// Runs that are answered from the memory of an earlier one: the same is said, and whatever was changed meanwhile is seen.

import Foundation
import Glibc
import Testing

@Suite(.needsBinary) struct RememberedRunTests {
  /// A toy workspace with a test, and programs of its own that come first on PATH.
  private static func workspace() throws -> Baji {
    let made = try Toy.workspace([
      "src/BUILD": "things(name = \"s\")\ntoy_tests(name = \"t\")\n", "src/b.x": "good\n", "src/one.t": "a test\n", "other/BUILD": "",
      "notes.txt": "read by nobody\n",
    ])
    try made.write(["tools/bin/sh": "#!/bin/sh\nexec /bin/sh \"$@\"\n"])
    return made
  }

  private struct Run {
    let ended: Ended
    /// Without the time it took.
    var output: String { ended.output.replacing(#/ in [0-9.]+s/#, with: "") }
    var isRepeated: Bool { ended.error.contains("its answer is given again") }
    /// Whether something was done.
    var ran: Bool { ended.output.contains(" ran") }
  }

  private func run(
    _ baji: Baji, _ arguments: [String] = ["lint", "check", "test", "src::"], environment: [String: String] = [:]
  ) throws -> Run {
    let path = ["PATH": "\(baji.path("tools/bin")):/usr/local/bin:/usr/bin:/bin"]
    return Run(ended: try baji.start(["-ldebug"] + arguments, environment: path.merging(environment) { $1 }).end())
  }

  /// Runs until the answer comes from memory.
  @discardableResult
  private func warm(
    _ baji: Baji, _ arguments: [String] = ["lint", "check", "test", "src::"], environment: [String: String] = [:],
    _ place: SourceLocation = #_sourceLocation
  ) throws -> Run {
    var last = try run(baji, arguments, environment: environment)
    for _ in 0..<5 where !last.isRepeated {
      // What was written just now is not believed to be unchanged: a file system's clock has grains.
      usleep(30_000)
      last = try run(baji, arguments, environment: environment)
    }
    #expect(last.isRepeated && !last.ran, "\(last.ended.text)", sourceLocation: place)
    return last
  }

  @Test func theSameIsSaid() throws {
    let baji = try Self.workspace()
    // A linter's verdict against the user is an answer as well. (A checker's is told as a failure each time.)
    for (status, arguments) in [(0, ["lint", "check", "test", "src::"]), (1, ["lint", "test", "src::"])] as [(Int32, [String])] {
      let done = try run(baji, arguments)
      #expect(done.ran && !done.isRepeated && done.ended.status == status, "\(done.ended.text)")
      usleep(30_000)
      let looked = try run(baji, arguments)
      #expect(!looked.ran && !looked.isRepeated && looked.output.contains("cached"), "\(looked.ended.text)")
      for _ in 0..<2 {
        let repeated = try run(baji, arguments)
        #expect(repeated.isRepeated && repeated.output == looked.output, "\(repeated.ended.text)")
        #expect(repeated.ended.status == status)
      }
      try baji.write(["src/b.x": "all bad\n"])
    }
  }

  @Test func warningsAreSaidAgain() throws {
    let baji = try Self.workspace()
    try baji.write(["src/BUILD": "things(name = \"s\")\ntoy_tests(name = \"t\", sources = [\"*.t\", \"gone-*.t\"])\n"])
    let first = try run(baji)
    #expect(first.ended.error.contains("gone-*.t"), "\(first.ended.text)")
    #expect(try warm(baji).ended.error.contains("gone-*.t"))
  }

  @Test func contentCountsAndTimesDoNot() throws {
    let baji = try Self.workspace()
    try warm(baji)
    utimes(baji.path("src/a.x"), [timeval(tv_sec: 1_600_000_000, tv_usec: 0), timeval(tv_sec: 1_600_000_000, tv_usec: 0)])
    usleep(30_000)
    #expect(try run(baji).isRepeated)

    // Of the same length, with the times it had.
    try baji.write(["src/a.x": "fina\n"])
    utimes(baji.path("src/a.x"), [timeval(tv_sec: 1_600_000_000, tv_usec: 0), timeval(tv_sec: 1_600_000_000, tv_usec: 0)])
    usleep(30_000)
    let edited = try run(baji)
    #expect(edited.ran && !edited.isRepeated, "\(edited.ended.text)")
    try warm(baji)
    // Back to what it was: that run is remembered too.
    try baji.write(["src/a.x": "fine\n"])
    usleep(30_000)
    #expect(try run(baji).isRepeated)
  }

  @Test(arguments: [
    "new file", "removed file", "executable", "BUILD", "new BUILD", "file that nobody reads", "file becomes a link", "plugin",
    "plugin's data",
    "tool", "tool that comes first", "other tool behind the same name",
  ])
  func aChangeOutsideOfTheCommandIsSeen(change: String) throws {
    let baji = try Self.workspace()
    try warm(baji)
    var runsAgain = true
    switch change {
    case "new file": try baji.write(["src/d.x": "fine\n"])
    case "removed file": try baji.remove("src/c.x")
    case "executable": #expect(chmod(baji.path("src/a.x"), 0o755) == 0)
    case "BUILD": try baji.edit("src/BUILD", "name = \"t\"", "name = \"t\", extra_env_vars = [\"A=1\"]")
    case "new BUILD": try baji.write(["other/BUILD": "things(name = \"more\")\n", "other/d.x": "fine\n"])
    case "file that nobody reads": try baji.write(["notes.txt": "other words\n"])
    case "file becomes a link":
      try baji.remove("src/c.x")
      try FileManager.default.createSymbolicLink(atPath: baji.path("src/c.x"), withDestinationPath: "a.x")
    case "plugin": try baji.edit("tools/plugins/toy/plugin.star", "grep -n bad", "grep -n  bad")
    case "plugin's data": try baji.write(["tools/plugins/toy/data.txt": "2"])
    case "tool": try baji.write(["tools/bin/sh": "#!/bin/sh\n# Another one.\nexec /bin/sh \"$@\"\n"])
    case "tool that comes first":
      try baji.remove("tools/bin/sh")
      try baji.write(["tools/bin/sh": "#!/bin/bash\nexec /bin/bash \"$@\"\n"])
    default:
      try baji.write(["elsewhere/tool": "#!/bin/sh\n# Elsewhere.\nexec /bin/sh \"$@\"\n"])
      try baji.remove("tools/bin/sh")
      try FileManager.default.createSymbolicLink(atPath: baji.path("tools/bin/sh"), withDestinationPath: "../../elsewhere/tool")
    }
    if ["new BUILD", "file that nobody reads", "plugin's data"].contains(change) { runsAgain = false }
    let after = try run(baji)
    #expect(!after.isRepeated, "\(after.ended.text)")
    #expect(after.ran == runsAgain, "\(after.ended.text)")
    try warm(baji)
  }

  @Test(arguments: [
    (["lint", "test", "src::"], false), (["check", "lint", "test", "src::"], false),
    (["lint", "check", "test", "src/a.x", "src/one.t"], true),
    (["lint", "check", "test", "::"], true), (["--lint-only=toy-lint", "lint", "check", "test", "src::"], false),
    (["--test-extra-env-vars=X=1", "lint", "check", "test", "src::"], true), (["--test-force", "lint", "check", "test", "src::"], true),
    (["--test-output=all", "lint", "check", "test", "src::"], false), (["lint", "check", "test", "src::", "--"], false),
    (["lint", "check", "test", "src::", "--", "-x"], true), (["--tag=none", "lint", "check", "test", "src::"], false),
    (["--lint-output-format=json", "lint", "check", "test", "src::"], false),
  ])
  func anotherCommandIsAnotherRun(arguments: [String], runsAgain: Bool) throws {
    let baji = try Self.workspace()
    try warm(baji)
    let after = try run(baji, arguments)
    #expect(!after.isRepeated && after.ran == runsAgain, "\(after.ended.text)")
    // What is forced takes the place of what was kept.
    #expect(try run(baji).isRepeated == !arguments.contains("--test-force"))
  }

  @Test func configurationAndEnvironmentAreSeen() throws {
    let baji = try Self.workspace()
    let arguments = ["--test-extra-env-vars=['WHAT']", "test", "src::"]
    try warm(baji, arguments, environment: ["WHAT": "1"])
    let other = try run(baji, arguments, environment: ["WHAT": "2"])
    #expect(!other.isRepeated && other.ran, "\(other.ended.text)")
    #expect(try !run(baji, arguments).isRepeated)
    #expect(try run(baji, arguments, environment: ["WHAT": "1"]).isRepeated)
    // An option by its variable, and by a file.
    #expect(try run(baji, arguments, environment: ["WHAT": "1", "BAJI_TEST_FORCE": "true"]).ran)
    try baji.write(["baji.toml": Toy.configuration + "[test]\nattempts_default = 2\n"])
    #expect(try !run(baji, arguments, environment: ["WHAT": "1"]).isRepeated)
    try baji.write(["baji.toml": Toy.configuration + "[subprocess-environment]\nenv_vars = ['MORE=1']\n"])
    let configured = try run(baji, arguments, environment: ["WHAT": "1"])
    #expect(!configured.isRepeated && configured.ran, "\(configured.ended.text)")
  }

  @Test func aStoreThatLostSomethingIsNotBelieved() throws {
    let baji = try Self.workspace()
    try warm(baji)
    #expect(try baji("cache", "gc", "--cache-max-size=1").status == 0)
    #expect(try !run(baji).isRepeated)
    try warm(baji)
    #expect(try baji("cache", "clear").status == 0)
    let after = try run(baji)
    #expect(!after.isRepeated && after.ran, "\(after.ended.text)")
    try warm(baji)
    try FileManager.default.removeItem(atPath: baji.cache)
    #expect(try run(baji).ran)
    #expect(try run(baji, ["--no-local-cache", "lint", "check", "test", "src::"]).ran)
  }

  @Test func aFailureIsNotForgotten() throws {
    let baji = try Self.workspace()
    let arguments = ["test", "src::"]
    try baji.write(["src/one.t": "fail\n"])
    for _ in 0..<4 {
      let failed = try run(baji, arguments)
      #expect(failed.ran && !failed.isRepeated && failed.ended.status == 1, "\(failed.ended.text)")
    }
    try baji.write(["src/one.t": "well\n"])
    try warm(baji, arguments)
    try baji.write(["src/one.t": "fail\n"])
    #expect(try run(baji, arguments).ended.status == 1)
  }

  /// A test that is forced to run and fails where a pass was kept takes the pass away, if failures are kept.
  @Test func aForcedRunTakesAnAnswersPlace() throws {
    let baji = try Self.workspace()
    try baji.write(["src/sometimes": "", "tools/bin/sh": "#!/bin/sh\ntest -e \(baji.home)/broken && exit 1\nexec /bin/sh \"$@\"\n"])
    let arguments = ["--test-cache-failures", "test", "src::"]
    try warm(baji, arguments)
    try Data().write(to: URL(filePath: "\(baji.home)/broken"))
    #expect(try run(baji, arguments).isRepeated)
    #expect(try run(baji, ["--test-force"] + arguments).ended.status == 1)
    let after = try run(baji, arguments)
    #expect(!after.isRepeated && after.ended.status == 1, "\(after.ended.text)")
  }

  @Test func goalsThatWriteAreNotRemembered() throws {
    let baji = try Self.workspace()
    for _ in 0..<4 {
      #expect(try !run(baji, ["--test-report", "test", "src::"]).isRepeated)
      #expect(try !run(baji, ["--test-use-coverage", "test", "src::"]).isRepeated)
      #expect(try !run(baji, ["fmt", "lint", "src::"]).isRepeated)
      #expect(try !run(baji, ["--stats-log", "lint", "src::"]).isRepeated)
    }
    try baji.remove("dist")
    #expect(try run(baji, ["--test-report", "test", "src::"]).ended.status == 0)
    #expect(baji.exists("dist/test/reports"))
  }
}
