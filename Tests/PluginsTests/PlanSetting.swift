// A workspace with a plugin that plans tests, and everything a plan can rest on.

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
struct PlanSetting {
  var files = [
    "baji.toml": "[GLOBAL]\n[test]\nextra_env_vars = [\"SHARED\"]\n[t]\nargs = [\"-a\"]\n",
    "d/BUILD": """
    thing(name = "one", source = "one.x", needs = [":two"], extra_env_vars = ["OWN"])
    thing(name = "two", source = "two.x")
    """,
    "d/one.x": "first", "d/two.x": "second",
  ]
  /// Symbolic links: path → what it says.
  var links: [String: String] = [:]
  var environment = ["SHARED": "s", "OTHER": "o"]
  var secretNames: Set<String> = []
  var platform = "here"
  var timeout: Double? = 5
  /// The machine's programs, with what each says of itself.
  var programs: [(path: String, info: String)] = []
  /// Data files of the plugin.
  var data: [String: String] = [:]
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
  /// - Returns: the actions as text, how many plan functions were called, and how many plugin files were evaluated.
  func plan(in store: Store) throws -> (actions: [String], calls: Int, evaluated: Int) {
    let planned = try plan(in: store, where: { _ in true })
    return (planned.actions, planned.calls, planned.evaluated)
  }

  /// As `plan(in:)`, of targets of some types only; with their arguments.
  func plan(
    in store: Store, where isWanted: (String) -> Bool
  ) throws -> (actions: [String], argv: [[String]], calls: Int, evaluated: Int) {
    let folder = try TemporaryDirectory()
    try folder.write(files)
    for (path, text) in links { try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/\(path)", withDestinationPath: text) }
    let catalog = PluginCatalog(
      PluginFiles(
        [
          .init(path: "core/plugin.star", shownPath: "core/plugin.star", bytes: Array("plugin(name = \"baji.core\", api = 1)".utf8)),
          .init(path: "t/plugin.star", shownPath: "t/plugin.star", bytes: Array(plugin.utf8)),
        ] + data.map { .init(path: "t/\($0.key)", shownPath: "t/\($0.key)", bytes: Array($0.value.utf8)) }), only: ["baji.t"],
      rememberedIn: store)
    #expect(catalog.broken.isEmpty)
    let plugins = try EnabledPlugins(catalog.enabled(["baji.t"]).backends, files: catalog.files)
    let sources = try OptionSources.read(arguments: [], environment: [:], workingDirectory: folder.path, root: folder.path)
    let options = try sources.parse(scopes: CoreOptions.all + plugins.scopes, goals: []).options
    let snapshot = try Snapshot.take(root: folder.path, secret: store.secret)
    let graph = try Workspace.load(
      snapshot: snapshot, store: store, registry: plugins.registry, rules: plugins.loadRules(options: options, store: store))
    let world = PlanWorld(
      graph: graph, closures: try Closures(of: graph, secret: store.secret), options: options, store: store, environment: environment,
      secretNames: secretNames, platform: platform, plugins: plugins,
      programs: ProgramSearcher(programs, store: store))
    let planner = Planner(world)
    for batch in try planner.testBatches(graph.ids.filter { isWanted(graph.typeName(of: $0)) }, size: 128) {
      _ = try planner.test(batch, timeout: timeout) { _ in }
    }
    planner.keepPlans()
    let actions = try planner.plan.actions.map { planned in
      let action = planned.action
      let inputs = try action.expandedInputs { _ in [] }.map { "\($0.path) \($0.fingerprint) \($0.isExecutable)" }
      let environment = action.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      return
        "\(action.argv) \(action.tools) \(inputs) \(action.outputs) \(environment) \(action.timeout ?? 0) \(action.standardInput ?? []) \(action.label) \(action.options.sorted { $0.key < $1.key })"
    }
    let argv = planner.plan.actions.map { $0.action.argv.map { if case .text(let text) = $0 { text } else { "" } } }
    return (actions, argv, planner.callCount, catalog.evaluatedFileCount)
  }
}

func withPlanStore(_ body: (Store) throws -> Void) throws {
  let folder = try TemporaryDirectory()
  let store = try Store.open(at: "\(folder.path)/store", mapSize: 64 << 20) { Issue.record("\($0)") }
  defer { store.close() }
  try body(store)
}

extension String {
  mutating func replace(_ old: String, with new: String) { self = replacingOccurrences(of: old, with: new) }
}
