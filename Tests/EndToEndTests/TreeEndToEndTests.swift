// Installed tools, from outside: a plugin of the workspace's own that finds a program, installs a tool with it, and lints and tests with that tool.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.serialized, .needsBinary) struct TreeEndToEndTests {
  private let baji: Baji

  /// The "interpreter" `tool-1`, `tool-2`, … says its version; what is installed with it greps for a word.
  private static let plugin = """
    plugin(name = "toy", api = 1)
    opts = subsystem("toy", doc = "A toy.", options = {
        "word": option.string("bad", doc = "What is wrong."), "step": option.string("true", doc = "Before installing."), "skip": option.bool(False),
    })
    def _oldest(candidates):
        return 0 if candidates else None
    def _tool(ctx):
        base = ctx.find_program(["tool-*"], probe = ["--info"], select = _oldest)
        if base == None:
            fail("there is no tool-* on PATH")
        script = "echo installing >> $LOG; %s; mkdir $TREE/bin; printf '#!/bin/sh\\\\n! grep -Hn \\"$@\\"\\\\n' > $TREE/bin/look; chmod +x $TREE/bin/look" % ctx.options(opts).step
        return ctx.tree(name = "look %s" % base.info["version"], argv = [base.path, "-e", "-c", script], env = {"TREE": ctx.tree_root},
            env_passthrough = ["LO*", "INDEX"], secret_env = ["TOKEN"], hints = [("no route", "is the network up?")])
    def _lint(ctx, files):
        return ctx.action(argv = [ctx.join([_tool(ctx).path, "/bin/look"]), ctx.options(opts).word] + files.paths, inputs = [files])
    linter("toy", targets = ["toy_test"], options = opts, run = _lint, diagnostics = diagnostics.regex("^(?<path>[^:]+):(?<line>\\\\d+):(?<message>.*)$"))
    def _test(ctx, batch):
        return ctx.action(argv = ["look", "impossible", batch.entry.path], inputs = [batch.closure],
            env = {"PATH": ctx.join([_tool(ctx).path, "/bin:/usr/bin:/bin"])})
    tester("toy", targets = ["toy_test"], run = _test)
    target_type("toy_test", doc = "A toy.", fields = {"source": field.source(required = True), "dependencies": field.dependencies()})
    """

  private static func program(_ version: Int) -> String {
    "#!/bin/sh\n[ \"$1\" = --info ] && { echo '{\"version\": \(version)}'; exit; }\nexec /bin/sh \"$@\"\n"
  }

  init() throws {
    baji = try Baji([
      "baji.toml": "[GLOBAL]\nbackend_packages = [\"toy\"]\nplugin_paths = [\"tools\"]\npants_ignore = [\"bin/\"]\n",
      "tools/toy/plugin.star": TreeEndToEndTests.plugin,
      "BUILD": "toy_test(name = \"a\", source = \"a.txt\")\ntoy_test(name = \"b\", source = \"b.txt\")\n",
      "a.txt": "good\n", "b.txt": "fine\n", "bin/tool-1": TreeEndToEndTests.program(1),
    ])
  }

  private var surroundings: [String: String] { ["PATH": "\(baji.path("bin")):/usr/bin:/bin", "LOG": "\(baji.place.path)/log"] }

  private var installations: Int {
    ((try? String(contentsOfFile: "\(baji.place.path)/log", encoding: .utf8)) ?? "").split(separator: "\n").count
  }

  /// Trees that are there, complete or not.
  private var trees: [String] {
    let folder = "\(baji.cache)/baji/v1/trees"
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { !$0.contains(".") }
  }

  private func run(_ arguments: String...) throws -> Ended { try baji.start(arguments, environment: surroundings).end() }

  @Test func aToolIsInstalledWhenItIsNeededAndThenNothingIsStarted() throws {
    let graph = try run("list", "::")
    #expect(graph.status == 0 && installations == 0)
    let first = try run("lint", "test", "::")
    #expect(first.status == 0, "\(first.text)")
    #expect(first.error.contains("installing look 1 …\n"), "\(first.text)")
    #expect(installations == 1)
    // What is younger than a second is not remembered: files could change unseen.
    usleep(1_200_000)
    #expect(try run("lint", "test", "::").status == 0)
    if Trace.isPermitted {
      let trace = try Trace.run(baji, ["lint", "test", "::"], environment: surroundings)
      #expect(trace.execs.map(\.program) == ["baji"], "\(trace.execs)")
    }
    try baji.write(["a.txt": "bad\n"])
    let found = try run("lint", "test", "::")
    #expect(found.status == 1, "\(found.text)")
    #expect(found.output.contains("a.txt:1:bad") && installations == 1, "\(found.text)")
  }

  @Test func anotherProgramOnThePathIsSeen() throws {
    #expect(try run("lint", "test", "::").status == 0)
    usleep(1_200_000)
    #expect(try run("lint", "test", "::").status == 0)
    try baji.write(["bin/tool-0": TreeEndToEndTests.program(0)])
    let second = try run("lint", "test", "::")
    #expect(second.status == 0 && second.error.contains("installing look 0 …") && installations == 2, "\(second.text)")
    try baji.remove("bin/tool-0")
    let third = try run("lint", "test", "::")
    #expect(third.status == 0 && third.output.contains("2 cached") && installations == 2, "\(third.text)")
    try baji.remove("bin/tool-1")
    let none = try run("lint", "::")
    #expect(none.status == 2 && none.error.contains("there is no tool-* on PATH"), "\(none.text)")
  }

  @Test func aFailureShowsWhatTheInstallerSaidAndKeepsNothing() throws {
    let index = "https://me:swordfish@index.example/simple"
    let arguments = ["lint", "test", "::", "--toy-step=echo \"no route to $INDEX with $TOKEN\" >&2; exit 7"]
    let failed = try baji.start(arguments, environment: surroundings.merging(["INDEX": index, "TOKEN": "opensesame"]) { $1 }).end()
    #expect(failed.status == 3, "\(failed.text)")
    #expect(
      failed.output.contains("`look 1` could not be installed: the installer ended with status 7 (is the network up?)"), "\(failed.text)")
    #expect(failed.output.contains("no route to https://***@index.example/simple with ***"), "\(failed.text)")
    #expect(!failed.text.contains("swordfish") && !failed.text.contains("opensesame"))
    #expect(failed.output.components(separatedBy: "no route to").count == 2, "it is told once: \(failed.output)")
    #expect(installations == 1 && trees == [])
    let again = try baji.start(arguments, environment: surroundings).end()
    #expect(again.status == 3 && installations == 2)
  }

  @Test(arguments: [SIGINT, SIGKILL]) func anInterruptedInstallationIsNone(signal: Int32) throws {
    let arguments = ["lint", "::", "--toy-step=touch $TREE/half; test -e \(baji.place.path)/go || sleep 600"]
    let interrupted = try baji.start(arguments, environment: surroundings)
    #expect(eventually { installations == 1 && !trees.isEmpty })
    interrupted.send(signal)
    #expect(try interrupted.end().status == (signal == SIGINT ? 130 : 137))
    if signal == SIGINT { #expect(trees == []) }
    try Data().write(to: URL(filePath: "\(baji.place.path)/go"))
    let next = try baji.start(arguments, environment: surroundings).end()
    #expect(next.status == 0 && installations == 2, "\(next.text)")
    #expect(trees.count == 1)
  }

  /// Killed between any two steps of an installation, the next run has a whole tree, and makes it anew unless it was complete.
  @Test(
    .enabled("no binary with fault points: set BAJI_FAULTS_BINARY") { CrashLab.faultsBinary != nil },
    arguments: [
      ("store.tree.before-build", 1), ("store.tree.after-build", 2), ("store.tree.before-record", 2), ("store.tree.after-record", 1),
    ])
  func killedAtAFaultPointOfAnInstallation(point: String, installed: Int) throws {
    let faults = try #require(CrashLab.faultsBinary)
    let killed = try baji.start(program: [faults, "lint", "::"], environment: surroundings.merging(["FAULT_POINT": point]) { $1 }).end()
    #expect(killed.status == 137, "\(killed.text)")
    let next = try baji.start(program: [faults, "lint", "::"], environment: surroundings).end()
    #expect(next.status == 0 && installations == installed, "\(next.text)")
    #expect(trees.count == 1)
    #expect(try baji.start(program: [faults, "lint", "::"], environment: surroundings).end().status == 0)
    #expect(installations == installed)
  }

  @Test func runsAtOnceShareAnInstallation() throws {
    let arguments = ["--toy-step=sleep 2", "lint", "::"]
    let runs = try (0..<3).map { _ in try baji.start(arguments, environment: surroundings) }
    for run in runs {
      let ended = try run.end()
      #expect(ended.status == 0, "\(ended.text)")
    }
    #expect(installations == 1)
    #expect(trees.count == 1)
  }

  @Test func aTreeThatWasChangedIsInstalledAgain() throws {
    #expect(try run("lint", "::").status == 0)
    let tree = try #require(trees.first)
    try FileManager.default.removeItem(atPath: "\(baji.cache)/baji/v1/trees/\(tree)/bin/look")
    // Nobody needs it: nobody looks.
    #expect(try run("lint", "::").status == 0)
    #expect(installations == 1)
    try baji.write(["a.txt": "better\n"])
    #expect(try run("lint", "::").status == 0)
    #expect(installations == 2)
  }
}
