// How many processes a run starts, counted from outside: nothing that is known is asked again, and what changed reruns alone.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite(
  .serialized, .needsBinary, .needs("strace", "shellcheck", "shfmt", "shunit2"),
  .enabled("strace is not permitted here") { Trace.isPermitted })
struct ProcessCountTests {
  /// A store in which everything of `examples/scripts` has been done. Copies of the example share it: to a fresh one all is known.
  private static let warm: Result<Baji, any Error> = Result {
    let baji = try Baji.example()
    // The store outlives every test of this suite, and must not outlive the process.
    atexit { if let warm = try? ProcessCountTests.warm.get() { try? FileManager.default.removeItem(atPath: warm.place.path) } }
    for arguments in [["lint", "test", "package", "::"], ["fmt", "::"]] {
      let ended = try baji.start(one + arguments).end()
      try #require(ended.status == 0, "\(ended.text)")
    }
    return baji
  }

  /// One slot makes one batch of every linter, whatever the machine.
  private static let one = ["--process-execution-local-parallelism=1"]

  private let baji: Baji

  init() throws { baji = try Baji.example(store: ProcessCountTests.warm.get()) }

  private func trace(_ arguments: String..., environment: [String: String] = [:], status: Int32 = 0) throws -> Trace {
    let trace = try Trace.run(baji, ProcessCountTests.one + arguments, environment: environment)
    #expect(trace.ended.status == status, "\(trace.ended.text)")
    #expect(trace.execs.contains { $0.program == "baji" })
    return trace
  }

  private func expectNothing(_ arguments: String...) throws {
    let trace = try Trace.run(baji, ProcessCountTests.one + arguments)
    #expect(trace.ended.status == 0, "\(trace.ended.text)")
    #expect(trace.execs.map(\.program) == ["baji"], "\(arguments.joined(separator: " ")): \(trace.execs)")
  }

  private func append(_ line: String, to name: String) throws { try baji.write([name: baji.read(name) + "\n\(line)\n"]) }

  @Test func whatIsKnownStartsNothing() throws {
    try expectNothing("lint", "test", "::")
    try expectNothing("lint", "test", "::")
    try expectNothing("package", "::")
    try expectNothing("fmt", "::")
    for goal in ["list", "dependencies", "dependents", "filedeps", "peek"] { try expectNothing(goal, "::") }
    try expectNothing("cache", "stats")
    try expectNothing("--version")
  }

  @Test func anEditedScriptRunsWhatItsClosureHolds() throws {
    try append("# Days are counted by the civil calendar.", to: "lib/dates.sh")
    let trace = try trace("lint", "test", "::")
    // One batch of each linter, the one shunit2 test that sources it, and the two commands that have all of bin/ with them.
    #expect(trace.programs == ["bash", "bash", "bash", "shellcheck", "shfmt"])
    #expect(trace.files(of: "shellcheck") == ["bin/prune.sh", "keep.sh", "lib/dates.sh", "lib/retention.sh", "lib/retention_test.sh"])
    #expect(trace.files(of: "shfmt") == ["lib/dates.sh"])
    #expect(trace.files(of: "bash").contains { $0.hasSuffix("retention_test.sh") }, "\(trace.children)")
    for command in ["bin/report.sh", "bin/backup.sh"] {
      #expect(trace.children.count { $0.arguments.contains { $0.contains("bash \(command) ") } } == 1, "\(trace.children)")
    }
    #expect(trace.ended.output.contains("lib/dates.sh changed"), "\(trace.ended.output)")
    try expectNothing("lint", "test", "::")
  }

  @Test func anEditedTestRunsAlone() throws {
    try baji.edit("lib/size_test.sh", "test_units", "test_the_units")
    let trace = try trace("lint", "test", "::")
    #expect(trace.programs == ["bash", "shellcheck", "shfmt"])
    #expect(trace.files(of: "shellcheck") == ["lib/size_test.sh"])
  }

  @Test func theLayoutOfABuildFileMeansNothing() throws {
    for file in ["BUILD", "bin/BUILD", "lib/BUILD", "testdata/BUILD"] {
      try baji.write([file: "# A word before all else.\n\n" + baji.read(file).replacingOccurrences(of: "name=", with: "name  =  ") + "\n\n"]
      )
    }
    try expectNothing("lint", "test", "package", "::")
  }

  @Test func aFieldOfATargetRunsThatTarget() throws {
    try baji.edit("lib/BUILD", #"{"tags": ["smoke"]}"#, #"{"extra_env_vars": ["LOG_COLOR=never"]}"#)
    let trace = try trace("lint", "test", "::")
    #expect(trace.programs == ["bash"])
    #expect(trace.files(of: "bash").contains { $0.hasSuffix("log_test.sh") }, "\(trace.children)")
  }

  @Test func anOptionOfAToolRunsThatTool() throws {
    try baji.write(["baji.toml": baji.read("baji.toml") + "\n[shfmt]\nargs = [\"-i\", \"2\", \"-ci\"]\n"])
    let trace = try trace("lint", "test", "package", "::")
    #expect(trace.programs == ["shfmt"])
    #expect(trace.files(of: "shfmt").count == 19)
    #expect(trace.ended.output.contains("[shfmt].args"), "\(trace.ended.output)")
    try expectNothing("lint", "test", "package", "::")
  }

  @Test func aToolsConfigurationRunsThatTool() throws {
    try baji.edit(".shellcheckrc", "# Also complain", "# Complain too")
    #expect(try trace("lint", "test", "::").programs == ["shellcheck"])
    try baji.edit(".editorconfig", "root = true", "root = true\n# Two blanks everywhere.")
    #expect(try trace("lint", "test", "::").programs == ["shfmt"])
  }

  /// A program with other bytes that does the same: what follows an ELF file's last section is nobody's.
  private func upgraded(_ name: String, in folder: String) throws {
    let place = "\(baji.place.path)/\(folder)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    let places: [String] = ["/usr/local/bin", "/usr/bin", "/bin"].map { "\($0)/\(name)" }
    let found = try #require(places.first { FileManager.default.isExecutableFile(atPath: $0) })
    try (Data(contentsOf: URL(filePath: found)) + Data("a newer one".utf8)).write(to: URL(filePath: "\(place)/\(name)"))
    chmod("\(place)/\(name)", 0o755)
  }

  @Test func anUpgradedToolRunsItsUsersAfterOneProbe() throws {
    try upgraded("shfmt", in: "new")
    let path = ["PATH": "\(baji.place.path)/new:/usr/local/bin:/usr/bin:/bin"]
    let trace = try trace("lint", "test", "package", "::", environment: path)
    #expect(trace.programs == ["shfmt", "shfmt"])
    #expect(trace.children.count { $0.arguments.contains("--version") } == 1)
    #expect(trace.files(of: "shfmt").count == 19)
    #expect(try self.trace("lint", "test", "package", "::", environment: path).programs == [])
    // The old one's results are still there.
    try expectNothing("lint", "test", "package", "::")
  }

  @Test func aSearchPathThatFindsTheSameProgramsMeansNothing() throws {
    let trace = try trace(
      "--system-tools-search-path=['\(baji.place.path)/empty', '/usr/local/bin', '/usr/bin', '/bin']", "lint", "test", "package", "::")
    #expect(trace.programs == [])
  }

  @Test func anUpgradedToolOfTheSearchPathRunsItsUsers() throws {
    try upgraded("shellcheck", in: "newer")
    let trace = try trace(
      "--system-tools-search-path=['\(baji.place.path)/newer', '/usr/local/bin', '/usr/bin', '/bin']", "lint", "test", "::")
    #expect(trace.programs.allSatisfy { $0 == "shellcheck" }, "\(trace.programs)")
    #expect(trace.files(of: "shellcheck").count == 19)
    #expect(trace.children.count { $0.arguments.contains("--version") } <= 1)
  }

  @Test func aNewTimeAloneMeansNothing() throws {
    try expectNothing("lint", "test", "package", "::")
    #expect(try baji.shell("find . -type f -exec touch -d '2031-02-03 04:05:06' {} +").status == 0)
    try expectNothing("lint", "test", "package", "::")
    #expect(try baji.shell("for f in lib/*.sh; do cp -p \"$f\" x && mv x \"$f\"; done").status == 0)
    try expectNothing("lint", "test", "package", "::")
  }

  @Test(.needs("git")) func aBranchAndBackMeansNothing() throws {
    let git = "git -c user.name=t -c user.email=t@example.org -c init.defaultBranch=main"
    #expect(try baji.shell("\(git) init -q . && \(git) add -A && \(git) commit -qm one && \(git) switch -qc other").status == 0)
    try expectNothing("lint", "test", "::")
    try append("# Everything that is said goes to standard error.", to: "lib/log.sh")
    #expect(try baji.shell("rm lib/size_test.sh && \(git) commit -qam two").status == 0)
    #expect(try trace("lint", "test", "::").children.count > 3)
    #expect(try baji.shell("\(git) switch -q main").status == 0)
    try expectNothing("lint", "test", "::")
    #expect(try baji.shell("\(git) switch -q other").status == 0)
    try expectNothing("lint", "test", "::")
  }
}
