// Trees, programs and caches in plans: what plugins may say of them, what they become, and which changes are seen by plans that are kept.

import Diagnostics
import Execution
import Fingerprints
import Foundation
import Options
import Scheduling
import Store
import TestSupport
import Testing

@testable import Plugins

@Suite struct TreePlanTests {
  private var setting: PlanSetting {
    var setting = PlanSetting()
    setting.programs = [("/opt/x1", "{\"v\": 1}"), ("/opt/x2", "{\"v\": 2}"), ("/opt/y", "{}")]
    setting.plugin = """
      plugin(name = "baji.t", api = 1)
      opts = subsystem("t", doc = "t", options = {"args": option.args(doc = "a")})
      target_type("thing", doc = "t", fields = {
          "source": field.source(required = True),
          "dependencies": field.dependencies(),
          "needs": field.addresses(doc = "n"),
          "extra_env_vars": field.string_list(doc = "e"),
      })
      def _newest(candidates, least):
          fitting = [i for i, c in enumerate(candidates) if c.info["v"] >= least]
          return fitting[-1] if fitting else None
      def _test(ctx, batch):
          x = ctx.find_program(["x*"], folders = ["/opt"], probe = ["-c"], select = _newest, args = (1,))
          base = ctx.tree(name = "base", argv = [x.path, ctx.tree_root, "venv"], inputs = [ctx.write("lock", "one")],
              env_passthrough = ["*_PROXY", "HOME"], hints = [("refused", "look at the proxy")])
          tree = ctx.tree(name = "tree", argv = [ctx.join([base.path, "/bin/in"]), "-r", "lock"], env = {"TO": ctx.tree_root})
          return ctx.action(
              argv = [ctx.join([tree.path, "/bin/run"]), str(x.info["v"]), x.text],
              env = {"PATH": ctx.join([tree.path, "/bin"]), "CACHE": ctx.named_cache("t-1")},
              inputs = [batch.closure],
              optional_outputs = {"o": "out/"},
              input_times = "content",
          )
      tester("t", targets = ["thing"], run = _test)
      """
    return setting
  }

  /// What is changed, and whether plans rest on it.
  private static let changes: [(what: String, isSeen: Bool, change: @Sendable (inout PlanSetting) -> Void)] = [
    ("nothing", false, { _ in }),
    ("a better program", true, { $0.programs.append(("/opt/x3", "{\"v\": 3}")) }),
    ("a worse program", true, { $0.programs.insert(("/opt/x0", "{\"v\": 0}"), at: 0) }),
    ("what a program says", true, { $0.programs[0].info = "{\"v\": 0}" }),
    ("a program that was not asked for", false, { $0.programs.append(("/opt/z", "{}")) }),
    ("a lock", true, { $0.plugin.replace("\"one\"", with: "\"two\"") }),
    ("a variable that is passed through", false, { $0.environment["http_proxy"] = "http://p" }),
  ]

  @Test(arguments: changes.indices)
  func keptPlansSeeWhatTheyRestOn(index: Int) throws {
    let (what, isSeen, change) = TreePlanTests.changes[index]
    try withPlanStore { store in
      let before = try setting.plan(in: store)
      #expect(before.calls == 2)
      var changed = setting
      change(&changed)
      let after = try changed.plan(in: store)
      #expect(after.calls == (isSeen ? 2 : 0), "\(what)")
      let back = try setting.plan(in: store)
      #expect(back.calls == 0, "\(what)")
      #expect(back.actions == before.actions, "\(what)")
    }
  }

  /// Two hundred plans share one description of a long lock.
  @Test func aTreesDescriptionIsKeptOnce() throws {
    var many: PlanSetting = setting
    many.plugin.replace("\"one\"", with: "\"one\" * 20000")
    many.files["d/BUILD"] = (0..<50).map { "thing(name = \"t\($0)\", source = \"one.x\")" }.joined(separator: "\n")
    try withPlanStore { store in
      let first = try many.plan(in: store).calls
      #expect(first == 50)
      store.flush()
      let bytes = store.statistics().parts.first { $0.name == "memo" }?.bytes ?? 0
      #expect(bytes < 400_000)
      let second = try many.plan(in: store).calls
      #expect(second == 0)
    }
  }

  private func planned(_ change: (inout PlanSetting) -> Void = { _ in }) throws -> Action {
    var setting = setting
    change(&setting)
    let world = try TestWorld(
      files: setting.files.filter { $0.key.hasPrefix("d/") }.map { ($0.key, $0.value) }, backends: ["baji.t"],
      options: [("GLOBAL", [])], programs: setting.programs, catalog: PluginCatalog(shippedFiles(and: ["t/plugin.star": setting.plugin])))
    return try #require(try world.plan("test", ["d:one"]).plan.actions.first?.action)
  }

  @Test func aDescriptionBecomesToolsOfTheirKinds() throws {
    let action = try planned()
    #expect(action.argv == [.joined([.tool(0), "/bin/run"]), "2", "/opt/x2"])
    #expect(action.environment == ["PATH": .joined([.tool(0), "/bin"]), "CACHE": .tool(1)])
    #expect(action.outputs == [DeclaredOutput(name: "o", path: "out", kind: .directory, isOptional: true)])
    #expect(action.inputTimes == .content)
    #expect(action.tools.map(\.name) == ["tree", "t-1"])
    guard case .tree(let tree) = action.tools[0].kind else {
      Issue.record("no tree")
      return
    }
    #expect(action.tools[1].kind == .cache)
    #expect(tree.action.tools.map(\.name) == ["base", "tree"])
    #expect(tree.action.tools.last?.kind == .treeRoot)
    guard case .tree(let base) = tree.action.tools[0].kind else {
      Issue.record("no tree below the tree")
      return
    }
    #expect(base.action.tools.map(\.path) == ["/opt/x2", ""])
    #expect(base.hint("connection refused") == "look at the proxy")
    #expect(base.hint("all is well") == nil)
  }

  /// What a plugin did wrong is told at its place.
  @Test(arguments: [
    ("ctx.tree(name = 't', argv = ['x'])", "ctx.tree: neither `argv` nor `env` holds `ctx.tree_root`, the folder to fill"),
    ("ctx.tree(name = '', argv = [ctx.tree_root])", "ctx.tree: `name` is a word or two for people"),
    (
      "ctx.tree(name = 't', argv = [ctx.tree_root], inputs = [ctx.action(argv = ['x'])])",
      "ctx.tree: the outputs of actions cannot be `inputs` of a tree"
    ),
    (
      "ctx.tree(name = 't', argv = [ctx.tree_root], hints = [('(', 'x')])",
      "`(` is no pattern: missing closing parenthesis, at byte 1 of the pattern"
    ),
    (
      "ctx.tree(name = 't', argv = [ctx.tree_root], hints = ['x'])",
      "ctx.tree: `hints` is a list of pairs: a pattern and what to say where it matches the output"
    ),
    ("ctx.action(argv = ['x', ctx.tree_root])", "ctx.action: `ctx.tree_root` has a meaning in `ctx.tree` only"),
    (
      "ctx.action(argv = ['x'], env = {'A': [1]})",
      "ctx.action: `env` holds texts and what ctx gives (`ctx.tool(…)`, `tree.path`, `files.paths`), not list"
    ),
    ("ctx.action(argv = ['x'], input_times = 'now')", "ctx.action: `input_times` is \"fixed\" or \"content\", not \"now\""),
    ("ctx.action(argv = ['x'], outputs = {'o': 'a'}, optional_outputs = {'o': 'b'})", "ctx.action: two outputs are named `o`"),
    ("ctx.tool(ctx.tree(name = 't', argv = [ctx.tree_root]))", "ctx.tool: a tree is a folder: its programs are below `.path`"),
    ("ctx.named_cache('a/b')", "ctx.named_cache: `a/b` is no file name"),
    ("ctx.search_programs(['a/b'])", "ctx.search_programs: `names` are patterns of file names, without `/`"),
    ("ctx.find_program(['x*'], select = lambda c: 7)", "ctx.find_program: `select` answers the index of a candidate or None, not 7"),
  ])
  func mistakes(body: String, expected: String) {
    let answer = told {
      _ = try planned { setting in
        setting.plugin.replace("        return ctx.action(\n", with: "        \(body)\n        return ctx.action(\n")
        setting.plugin.replace("    return ctx.action(\n", with: "    \(body)\n    return ctx.action(\n")
      }
      return "nothing"
    }
    #expect(answer.contains(expected), "\(answer)")
  }
}
