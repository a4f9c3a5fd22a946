// From targets and plugin functions to actions: what enters their keys, what is left out, what is refused.

import Execution
import Fingerprints
import Foundation
import Options
import Scheduling
import TestSupport
import Testing

@testable import Plugins

@Suite struct PlannerTests {
  private let linter = """
    plugin(name = "my.lint", api = 1)
    opts = subsystem("mylint", options = {"args": option.args(), "level": option.int(3), "skip": option.bool(False)})
    load("words.star", "words")
    def _run(ctx, files):
        return ctx.action(argv = [ctx.tool(tool.system("mylint"))] + words + ctx.options(opts).args + files.paths,
            inputs = [files, ctx.config_files(".mylintrc")])
    linter("my-lint", targets = ["shell_source"], options = opts, run = _run)
    """

  private func fileTool(_ files: [String: String], options: [(String, OptionValue)] = [], words: String = "[]") throws -> FileTool? {
    try world(
      files, plugins: ["my/plugin.star": linter, "my/words.star": "words = \(words)"], backends: ["baji.shell", "my.lint"],
      options: [("mylint", options)]
    ).plan("lint", ["::"]).fileTools.first { $0.subject == "lint my-lint" }
  }

  @Test func theOptionsThatWereReadAndTheFilesThatWereUsedAreInTheAction() throws {
    let files = ["d/BUILD": "shell_sources()", "d/a.sh": ""]
    let action = try #require(try fileTool(files, options: [("args", .list([.string("-x 'y z'")]))])).template
    #expect(action.options.keys.sorted() == ["[mylint].args"])
    #expect(action.argv == [.tool(0), "-x", "y z", .paths])
    #expect(action.plugins.keys.sorted() == ["my/plugin.star", "my/words.star"])
    let other = try #require(try fileTool(files, words: "['-w']")).template
    #expect(other.plugins["my/plugin.star"] != nil)
    #expect(other.argv == [.tool(0), "-w", .paths])
  }

  @Test func aConfigurationFileIsInTheScopeOfTheFilesBelowIt() throws {
    let files = [
      "a/BUILD": "shell_sources()", "a/a.sh": "", "b/BUILD": "shell_sources()", "b/b.sh": "", "b/c/BUILD": "shell_sources()",
      "b/c/c.sh": "",
    ]
    func scopes(_ more: [String: String]) throws -> [Set<String>] {
      let tool = try #require(try fileTool(files.merging(more) { $1 }))
      return tool.files.map { file in
        Set(file.extraInputs.compactMap { if case .file(let file) = $0 { file.path } else { nil } })
      }
    }
    #expect(try scopes([:]) == [[], [], []])
    #expect(try scopes(["b/.mylintrc": "1"]) == [[], ["b/.mylintrc"], ["b/.mylintrc"]])
    #expect(try scopes(["b/c/.mylintrc": "1", ".mylintrc": "2"]) == [[".mylintrc"], [".mylintrc"], ["b/c/.mylintrc", ".mylintrc"]])
    let configured = try #require(try fileTool(files.merging(["b/.mylintrc": "1"]) { $1 }))
    #expect(configured.files[0].scope != configured.files[1].scope)
    #expect(configured.files[1].scope == configured.files[2].scope)
  }

  @Test func skipFieldsAndOptionsLeaveFilesOut() throws {
    #expect(try fileTool(["d/BUILD": "shell_sources()", "d/a.sh": ""], options: [("skip", .bool(true))]) == nil)
    let shell = try world(
      ["d/BUILD": "shell_sources(overrides = {'a.sh': {'skip_shellcheck': True}})", "d/a.sh": "", "d/b.sh": ""],
      backends: ["baji.shell", "baji.shell.shellcheck"])
    #expect(try shell.plan("lint", ["::"]).fileTools.map { $0.files.map(\.path) } == [["d/b.sh"]])
    let none = try world(
      ["d/BUILD": "shell_sources(skip_shellcheck = True)", "d/a.sh": ""], backends: ["baji.shell", "baji.shell.shellcheck"])
    #expect(try none.plan("lint", ["::"]).fileTools.isEmpty)
  }

  @Test func aClosureBringsTheOutputsOfItsCommands() throws {
    let world = try world([
      "d/BUILD": """
      shell_command(name = "gen", command = "echo > out.sh", output_files = ["out.sh"])
      shunit2_tests(name = "tests", dependencies = [":gen"])
      """, "d/x_test.sh": "#!/bin/sh\n",
    ])
    let plan = try world.plan("test", ["d:tests"]).plan
    #expect(plan.actions.map(\.action.subject) == ["run d:gen", "test d/x_test.sh:tests"])
    #expect(plan.actions.last?.dependencies == [0])
  }

  @Test func commandsThatNeedOneAnotherAreRefused() throws {
    let world = try world([
      "d/BUILD": """
      shell_command(name = "a", command = "true", output_files = ["a"], execution_dependencies = [":b"])
      shell_command(name = "b", command = "true", output_files = ["b"], execution_dependencies = [":a"])
      test_shell_command(name = "t", command = "true", execution_dependencies = [":a"])
      """
    ])
    #expect(told { "\(try world.plan("test", ["::"]).plan.count)" } == "these need one another's outputs in a circle: d:a → d:b → d:a")
  }

  /// What a plan function did wrong is told at its place, with what was being planned.
  @Test(arguments: [
    ("ctx.action(argv = [])", "ctx.action: `argv` is empty"),
    (
      "ctx.action(argv = [1.5])", "ctx.action: `argv` holds texts and what ctx gives (`ctx.tool(…)`, `tree.path`, `files.paths`), not float"
    ),
    (
      "ctx.action(argv = ['x'], outputs = {'a': '../a'})",
      "ctx.action: `../a` is no path inside the sandbox: relative, without `.` and `..`"
    ),
    ("ctx.action(argv = ['x'], inputs = ['a'])", "ctx.action: an input is a file set, an output or an action, not string"),
    ("ctx.action(argv = ['x'], env = {'A=': 'b'})", "ctx.action: `env` is a dict from names to texts"),
    ("ctx.action(argv = ['x'], timeout = 0)", "ctx.action: `timeout` is a number of seconds above 0"),
    ("ctx.action(argv = ['x'], cache = 'yes')", "ctx.action: `cache` is \"results\", \"run\" or \"never\", not \"yes\""),
    ("ctx.action(argv = ['x'], cwd = '/tmp')", "ctx.action: `/tmp` is no path inside the sandbox: relative, without `.` and `..`"),
    ("ctx.action(argv = ['x'], input = [])", "ctx.action: no parameter named `input` – did you mean `inputs`?"),
    ("ctx.read('no')", "ctx.read: the workspace has no file `no`"), ("ctx.tool('sh')", "ctx.tool: `tool` must be a tool, not string"),
    ("batch.entry.field('nam')", "`thing` has no field `nam` – did you mean `name`?"),
  ])
  func mistakesInPlanFunctions(body: String, expected: String) throws {
    let plugin = """
      plugin(name = "my.test", api = 1)
      target_type("thing", fields = {"dependencies": field.dependencies()})
      def _run(ctx, batch):
          return \(body)
      tester("thing", targets = ["thing"], run = _run)
      """
    let world = try world(["d/BUILD": "thing()"], plugins: ["my/plugin.star": plugin], backends: ["my.test"])
    #expect(told { "\(try world.plan("test", ["::"]).plan.count)" } == "plugins/my/plugin.star:4:12: \(expected)")
  }

  @Test(arguments: [
    ("it is so", "it is so"), ("d/BUILD:1: it is so", "d/BUILD:1:1: it is so"), ("d/BUILD:9: it is so", "d/BUILD:9:1: it is so"),
    ("d/NONE:1: it is so", "d/NONE:1: it is so"), ("d/BUILD:x: it is so", "d/BUILD:x: it is so"), ("d/BUILD:1:", "d/BUILD:1:"),
  ])
  func refusalsAreToldWithoutThePlugin(message: String, expected: String) throws {
    let plugin = """
      plugin(name = "my.test", api = 1)
      target_type("thing", fields = {"dependencies": field.dependencies()})
      def _run(ctx, batch):
          fail("\(message)")
      tester("thing", targets = ["thing"], run = _run)
      """
    let world = try world(["d/BUILD": "thing()"], plugins: ["my/plugin.star": plugin], backends: ["my.test"])
    #expect(told { "\(try world.plan("test", ["::"]).plan.count)" } == expected)
  }

  @Test func actionsOfOneCallFeedOneAnother() throws {
    let plugin = """
      plugin(name = "my.test", api = 1)
      target_type("thing", fields = {})
      def _run(ctx, batch):
          made = ctx.action(argv = ["make"], outputs = {"it": "it", "rest": "rest/"}, label = "make")
          return ctx.action(argv = ["use"], inputs = [made.outputs["it"], ctx.write("note", "text", executable = True)])
      tester("thing", targets = ["thing"], run = _run)
      """
    let world = try world(["d/BUILD": "thing()"], plugins: ["my/plugin.star": plugin], backends: ["my.test"])
    let plan = try world.plan("test", ["::"]).plan
    #expect(plan.actions.map(\.action.label) == ["make", "test d:d"])
    #expect(plan.actions.map(\.action.subject) == ["test d:d (0)", "test d:d"])
    #expect(plan.actions.last?.dependencies == [0])
  }
}
