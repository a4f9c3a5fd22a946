// Plans that are kept: nothing changed, nothing is asked again; and whatever a plan rests on, a change of it gives the plan a fresh one gives.

import Diagnostics
import Execution
import Fingerprints
import Foundation
import Options
import Plugins
import Scheduling
import Snapshots
import Store
import Targets
import TestSupport
import Testing

/// A workspace and its surroundings, as far as a plan can rest on them.
private struct Setting {
  var files = [
    "baji.toml": "[GLOBAL]\n[test]\nextra_env_vars = [\"SHARED\"]\n[t]\nargs = [\"-a\"]\n",
    "d/BUILD": """
    thing(name = "one", source = "one.x", needs = [":two"], extra_env_vars = ["OWN"])
    thing(name = "two", source = "two.x")
    """,
    "d/one.x": "first", "d/two.x": "second",
  ]
  var environment = ["SHARED": "s", "OTHER": "o"]
  var secretNames: Set<String> = []
  var platform = "here"
  var timeout: Double? = 5
  var plugin = """
    plugin(name = "baji.t", api = 1)
    opts = subsystem("t", doc = "t", options = {"args": option.args(doc = "a")})
    target_type("thing", doc = "t", fields = {
        "source": field.source(required = True),
        "dependencies": field.dependencies(),
        "level": field.int(1, doc = "l"),
        "needs": field.addresses(doc = "n"),
        "extra_env_vars": field.string_list(doc = "e"),
    })
    sh = tool.system("sh")
    def _test(ctx, batch):
        target = batch.entry
        needs = ["%s %s %s" % (t.address, t.field("level"), t.path) for t in ctx.targets(target, "needs")]
        return ctx.action(
            argv = [ctx.tool(sh), ctx.read(target.path), str(target.field("level")), ctx.join([ctx.sandbox, "/x"])]
                + ctx.options(opts).args + needs,
            inputs = [batch.closure, ctx.write("w", "text"), ctx.tool_link(sh, "link")],
            outputs = {"o": "out/"},
            env = ctx.test_env(batch),
            timeout = batch.timeout,
            stdin = "in",
            label = "%s on %s" % (target.address, ctx.platform),
        )
    tester("t", targets = ["thing"], run = _test)
    """

  /// Plans every test.
  /// - Returns: the actions as text, and how many plan functions were called.
  func plan(in store: Store) throws -> (actions: [String], calls: Int) {
    let folder = try TemporaryDirectory()
    try folder.write(files)
    let catalog = PluginCatalog(
      PluginFiles([
        .init(path: "core/plugin.star", shownPath: "core/plugin.star", bytes: Array("plugin(name = \"baji.core\", api = 1)".utf8)),
        .init(path: "t/plugin.star", shownPath: "t/plugin.star", bytes: Array(plugin.utf8)),
      ]))
    #expect(catalog.broken.isEmpty)
    let plugins = try EnabledPlugins(catalog.enabled(["baji.t"]).backends, files: catalog.files)
    let sources = try OptionSources.read(arguments: [], environment: [:], workingDirectory: folder.path, root: folder.path)
    let options = try sources.parse(scopes: CoreOptions.all + plugins.scopes, goals: []).options
    let snapshot = try Snapshot.take(root: folder.path, secret: store.secret)
    let graph = try Workspace.load(snapshot: snapshot, store: store, registry: plugins.registry)
    let world = PlanWorld(
      graph: graph, closures: try Closures(of: graph, secret: store.secret), options: options, store: store, environment: environment,
      secretNames: secretNames, platform: platform, plugins: plugins)
    let planner = Planner(world)
    for id in graph.ids { _ = try planner.test(id, timeout: timeout) { _ in } }
    planner.keepPlans()
    let actions = try planner.plan.actions.map { planned in
      let action = planned.action
      let inputs = try action.expandedInputs { _ in [] }.map { "\($0.path) \($0.fingerprint) \($0.isExecutable)" }
      let environment = action.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      return
        "\(action.argv) \(action.tools) \(inputs) \(action.outputs) \(environment) \(action.timeout ?? 0) \(action.standardInput ?? []) \(action.label) \(action.options.sorted { $0.key < $1.key })"
    }
    return (actions, planner.callCount)
  }
}

@Suite struct PlanMemoTests {
  private func withStore(_ body: (Store) throws -> Void) throws {
    let folder = try TemporaryDirectory()
    let store = try Store.open(at: "\(folder.path)/store", mapSize: 64 << 20) { Issue.record("\($0)") }
    defer { store.close() }
    try body(store)
  }

  @Test func anUnchangedPlanIsNotMadeAgain() throws {
    try withStore { store in
      let first = try Setting().plan(in: store)
      #expect(first.calls == 2)
      let second = try Setting().plan(in: store)
      #expect(second.calls == 0)
      #expect(second.actions == first.actions)
    }
  }

  /// What is changed, and how many of the two plans rest on it.
  private static let changes: [(what: String, calls: Int, change: @Sendable (inout Setting) -> Void)] = [
    ("a file that was read", 1, { $0.files["d/one.x"] = "another" }),
    ("an option", 2, { $0.files["baji.toml"]?.replace("-a", with: "-b") }),
    ("the goal's option", 2, { $0.files["baji.toml"]?.replace("SHARED", with: "OTHER") }),
    ("a variable", 2, { $0.environment["SHARED"] = "t" }),
    ("a variable that is gone", 2, { $0.environment["SHARED"] = nil }),
    ("a variable that was not set", 1, { $0.environment["OWN"] = "set" }),
    ("a field", 1, { $0.files["d/BUILD"]?.replace("needs", with: "level = 7, needs") }),
    ("a field of a target that is needed", 2, { $0.files["d/BUILD"]?.replace("\"two.x\"", with: "\"two.x\", level = 7") }),
    (
      "the name of a needed target's file", 2,
      {
        $0.files["d/BUILD"]?.replace("two.x", with: "new.x")
        $0.files["d/new.x"] = "second"
      }
    ),
    ("what is needed", 1, { $0.files["d/BUILD"]?.replace("[\":two\"]", with: "[]") }),
    ("a default of a type", 2, { $0.plugin.replace("field.int(1", with: "field.int(2") }),
    ("the function", 2, { $0.plugin.replace("\"in\"", with: "\"out\"") }),
    ("the platform", 2, { $0.platform = "there" }),
    ("the timeout", 2, { $0.timeout = 6 }),
    ("no timeout", 2, { $0.timeout = nil }),
    ("a variable that nobody asked for", 0, { $0.environment["UNRELATED"] = "x" }),
    ("a file that nobody read", 0, { $0.files["d/unrelated"] = "x" }),
  ]

  @Test(arguments: changes.indices)
  func whateverAPlanRestsOnGivesANewOne(index: Int) throws {
    let (what, calls, change) = PlanMemoTests.changes[index]
    try withStore { store in
      let before = try Setting().plan(in: store)
      var changed = Setting()
      change(&changed)
      let after = try changed.plan(in: store)
      #expect(after.calls == calls, "\(what)")
      #expect((after.actions == before.actions) == (calls == 0), "\(what)")
      // What a run that remembers nothing of plans would do, with the same secret.
      try withoutPlans(store) {
        let fresh = try changed.plan(in: $0)
        #expect(fresh.actions == after.actions, "\(what)")
      }
      // And back again: both plans are kept.
      let back = try Setting().plan(in: store)
      #expect(back.calls == 0, "\(what)")
      #expect(back.actions == before.actions, "\(what)")
    }
  }

  /// A second store with the secret of the first, and nothing else of it.
  private func withoutPlans(_ store: Store, _ body: (Store) throws -> Void) throws {
    let folder = try TemporaryDirectory()
    try folder.write(["store/x": ""])
    try Files.copySecret(from: store.folder, to: "\(folder.path)/store")
    let other = try Store.open(at: "\(folder.path)/store", mapSize: 64 << 20) { Issue.record("\($0)") }
    defer { other.close() }
    #expect(other.secret.bytes == store.secret.bytes)
    try body(other)
  }

  @Test func aVariableThatBecomesSecretIsRefused() throws {
    try withStore { store in
      _ = try Setting().plan(in: store)
      var changed = Setting()
      changed.secretNames = ["SHARED"]
      #expect(throws: UserError.self) { try changed.plan(in: store) }
    }
  }

  @Test func whatListsClosuresIsNotKept() throws {
    var setting = Setting()
    setting.plugin.replace("+ needs", with: "+ needs + ctx.top_level([batch.closure])")
    try withStore { store in
      _ = try setting.plan(in: store)
      #expect(try setting.plan(in: store).calls == 2)
    }
  }
}

private enum Files {
  static func copySecret(from: String, to: String) throws {
    try FileManager.default.copyItem(atPath: "\(from)/secret", toPath: "\(to)/secret")
  }
}

extension String {
  fileprivate mutating func replace(_ old: String, with new: String) { self = replacingOccurrences(of: old, with: new) }
}
