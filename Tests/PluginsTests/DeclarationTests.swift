// What plugin files may say: each mistake with its place and what to do.

import Diagnostics
import Fingerprints
import Host
import Options
import Targets
import Testing

@testable import Plugins

@Suite struct DeclarationTests {
  /// Each stands on the line behind `plugin(…)`; with a number in front, where it is told instead.
  @Test(arguments: [
    ("plugin(name = 'y', api = 1)", "1: plugin: called twice in one file"),
    ("target_type('t', fields = {'a': 1})", "1: target_type: the field `a` must be a `field.…(…)`, not int"),
    ("target_type('t', fields = [])", "1: target_type: `fields` must be a dict, not list"),
    ("target_type('t', fields = {1: field.bool()})", "1: target_type: a field's name is a string, not int"),
    ("target_type('t', fields = {}) and target_type('t', fields = {})", "35: target_type: the target type `t` is registered twice"),
    ("target_type('t', fields = {'a': field.boolean()})", "33: `module` has no attribute `boolean`"),
    ("target_type('t', fields = {'a': field.bool('yes')})", "33: field.bool: `default` takes True or False, not \"yes\""),
    ("target_type('t', fields = {'a': field.int(0, min = 1)})", "33: field.int: `default` takes an int of at least 1, not 0"),
    (
      "target_type('t', fields = {'a': field.string(choice = ['a'])})",
      "33: field.string: no parameter named `choice` – did you mean `choices`?"
    ),
    ("target_generator('ts', generates = 't', sources = [])", "1: target_generator: `generates` must be a target type, not string"),
    ("subsystem('s', options = {'a': True})", "1: subsystem: the option `a` must be an `option.…(…)`, not bool"),
    ("subsystem('s', options = {'a': option.bool(choices = ['a'])})", "32: option.bool: has no `choices`"),
    ("subsystem('test', options = {})", "1: subsystem: `test` is a section of the core's own"),
    ("subsystem('s', options = {}) and subsystem('s', options = {})", "34: subsystem: `s` is registered twice"),
    ("linter('l', targets = ['t'])", "1: linter: missing argument `run`"),
    ("linter('l', targets = ['t'], run = 1)", "1: linter: `run` must be a function, not int"),
    ("linter('l', targets = 't', run = len)", "1: linter: `targets` must be a list of strings, not string"),
    ("linter('l', targets = ['t'], run = len, scope = 'world')", "1: linter: `scope` is one of `file`, `closure`, not `world`"),
    (
      "linter('l', targets = ['t'], run = len, exit_codes = {'clean': [300]})",
      "1: linter: `exit_codes` is a dict from \"clean\" and \"findings\" to lists of statuses"
    ),
    (
      "linter('l', targets = ['t'], run = len, exit_codes = {'bad': [1]})",
      "1: linter: `exit_codes` is a dict from \"clean\" and \"findings\" to lists of statuses"
    ),
    (
      "linter('l', targets = ['t'], run = len, per_file = False)",
      "1: linter: `per_file = False` is not offered; tools for whole programs are checkers"
    ),
    ("linter('l', targets = ['t'], run = len, options = {})", "1: linter: `options` must be a subsystem, not dict"),
    ("linter('l', targets = ['t'], run = len, diagnostics = 'gcc')", "1: linter: `diagnostics` must be a `diagnostics.…`, not string"),
    ("diagnostics.regex('(?<path>')", "1: `(?<path>` is no pattern: missing closing parenthesis, at byte 8 of the pattern"),
    ("tool.system('bin/sh')", "1: tool.system: `bin/sh` is no file name of a program"),
    (
      "infer_dependencies(1, scan = scan.shell, resolve = resolve.owners_of_files)",
      "1: infer_dependencies: `target` must be a target type, or a list of them, not int"
    ),
    (
      "infer_dependencies(target_type('t', fields = {}), scan = 'shell', resolve = len)",
      "1: infer_dependencies: `scan` must be a scanner (`scan.…`), not string"
    ),
    ("load('other.star', 'a')", "6: there is no plugin file `other.star` – did you mean `others.star`?"),
    ("load('@nobody//a.star', 'a')", "6: there is no plugin file `@nobody//a.star`"),
    ("load('../a.star', 'a')", "6: `../a.star` names no plugin file – write `file.star`, or `@plugin//file.star`"),
    ("load('plugin.star', 'a')", "6: plugin files load one another in a circle: x/plugin.star → x/plugin.star"),
    ("tester('t', targets = [], run = )", "33: expected an expression, found `)`"),
  ])
  func mistakes(source: String, expected: String) {
    let catalog = PluginCatalog(
      pluginFiles(["x/plugin.star": "plugin(name = 'x', api = 1)\n\(source)\n", "x/others.star": "a = 1"]))
    #expect(catalog.broken.map(told) == ["plugins/x/plugin.star:2:\(expected)"])
    #expect(catalog.backends.isEmpty)
  }

  @Test(arguments: [
    ("plugin(name = 'x')", "plugin: missing argument `api`"), ("plugin(name = 'x', api = '1')", "plugin: `api` must be an int, not string"),
    ("plugin(name = 'x', api = 2)", "plugin: this Baji serves plugin API 1, not 2 – install a newer Baji"),
    ("plugin(name = 'x', api = 0)", "plugin: this Baji serves plugin API 1, not 0"),
    ("plugin(name = 'x', api = 1, alias = [])", "plugin: no parameter named `alias` – did you mean `aliases`?"),
    ("plugin('x', api = 1)", "plugin: takes no positional arguments, got 1"),
  ])
  func headers(source: String, expected: String) {
    #expect(PluginCatalog(pluginFiles(["x/plugin.star": source])).broken.map(told) == ["plugins/x/plugin.star:1:1: \(expected)"])
  }

  /// Plan functions run after their file was frozen: they may not register anything.
  @Test func planFunctionsRegisterNothing() throws {
    let plugin = """
      plugin(name = "my.late", api = 1)
      def _run(ctx, files):
          subsystem("late", options = {})
      linter("late", targets = ["shell_source"], run = _run)
      """
    let world = try world(
      ["d/BUILD": "shell_sources()", "d/a.sh": ""], plugins: ["late/plugin.star": plugin], backends: ["baji.shell", "my.late"])
    #expect(
      told { "\(try world.plan("lint", ["::"]))" }
        == "plugins/late/plugin.star:3:5: `subsystem` registers something: call it at the top level of a plugin file")
  }

  @Test func whatTwoPluginsLoadIsRegisteredOnce() throws {
    let catalog = PluginCatalog(
      pluginFiles([
        "core/plugin.star": "plugin(name = 'baji.core', api = 1)",
        "lib/plugin.star": "plugin(name = 'my.lib', api = 1)\nload('types.star', 'thing')",
        "lib/types.star": "thing = target_type('thing', fields = {})\nsubsystem('things', options = {})",
        "user/plugin.star": """
        plugin(name = 'my.user', api = 1)
        load('@my.lib//types.star', 'thing')
        load('@lib//types.star', same = 'thing')
        target_generator('thing_files', generates = same, sources = [])
        """,
      ]))
    #expect(catalog.broken.map(told) == [])
    let both = try EnabledPlugins(catalog.enabled(["my.user", "my.lib"]).backends, files: catalog.files)
    #expect(both.registry.types.keys.sorted() == ["thing", "thing_files"])
    #expect(both.scopes.map(\.name) == ["things"])
  }

  @Test func backendsAddFieldsToTypesOfOthers() throws {
    let catalog = PluginCatalog(
      pluginFiles([
        "core/plugin.star": "plugin(name = 'baji.core', api = 1)",
        "lib/plugin.star": """
        plugin(name = 'my.lib', api = 1)
        thing = target_type('thing', fields = {'source': field.source(), 'own': field.bool(False)})
        target_generator('things', generates = thing, sources = [])
        """,
        "tool/plugin.star": """
        plugin(name = 'my.tool', api = 1)
        extra_fields(['thing', 'nobody'], {'skip_tool': field.bool(False), 'own': field.string()})
        """,
      ]))
    #expect(catalog.broken.map(told) == [])
    let alone = try EnabledPlugins(catalog.enabled(["my.lib"]).backends, files: catalog.files)
    #expect(alone.registry.type(named: "thing")?.field(named: "skip_tool") == nil)
    let both = try EnabledPlugins(catalog.enabled(["my.tool", "my.lib"]).backends, files: catalog.files)
    #expect(both.registry.type(named: "thing")?.field(named: "skip_tool")?.isCopied == false)
    #expect(both.registry.type(named: "thing")?.field(named: "own")?.kind == .bool)
    let copied = try #require(both.registry.type(named: "things")?.field(named: "skip_tool"))
    #expect(copied.isCopied && !copied.isMoved)
  }

  @Test func aCircleOfLoadsIsTold() {
    let catalog = PluginCatalog(
      pluginFiles([
        "x/plugin.star": "plugin(name = 'x', api = 1)\nload('a.star', 'a')", "x/a.star": "load('b.star', 'a')",
        "x/b.star": "load('a.star', 'a')",
      ]))
    #expect(catalog.broken.map(\.message) == ["plugin files load one another in a circle: x/plugin.star → x/a.star → x/b.star → x/a.star"])
  }
}

@Suite struct CatalogTests {
  private let catalog = PluginCatalog(
    pluginFiles([
      "core/plugin.star": "plugin(name = 'baji.core', api = 1)",
      "good/plugin.star": "plugin(name = 'baji.good', api = 1, aliases = ['pants.backend.good'])\ntarget_type('good', fields = {})",
      "bad/plugin.star": "plugin(name = 'baji.bad', api = 1)\noops",
      "clash/plugin.star": "plugin(name = 'baji.clash', api = 1)\ntarget_type('good', fields = {})",
      "good/library.star": "no_plugin_here = 1", "good/plugin_test.star": "plugin(name = 'baji.test', api = 1)",
    ]))

  @Test(arguments: [
    ([], "baji.core"), (["baji.good"], "baji.core baji.good"), (["pants.backend.good"], "baji.core baji.good"),
    (["baji.good", "pants.backend.good", "baji.core"], "baji.core baji.good"),
    (["pants.backend.nothing", "internal_plugins.x"], "baji.core; missing pants.backend.nothing internal_plugins.x"),
    (["baji.goood"], "`[GLOBAL] backend_packages` names `baji.goood`, which no plugin offers – did you mean `baji.good`?"),
    (
      ["baji.zzzzzzzz"],
      "`[GLOBAL] backend_packages` names `baji.zzzzzzzz`, which no plugin offers – there are: baji.clash, baji.core, baji.good"
    ),
    (["baji.bad"], "plugins/bad/plugin.star:2:1: `oops` is not defined"),
  ])
  func names(asked: [String], expected: String) {
    let answer = told {
      let (backends, missing) = try catalog.enabled(asked)
      return backends.map(\.name).joined(separator: " ") + (missing.isEmpty ? "" : "; missing \(missing.joined(separator: " "))")
    }
    #expect(answer == expected)
  }

  @Test func aBrokenPluginDisablesItselfAlone() {
    #expect(catalog.backends.map(\.name) == ["baji.clash", "baji.core", "baji.good"])
    #expect(catalog.broken.count == 1)
  }

  @Test func twoPluginsWithOneTypeAreRefusedByName() {
    let answer = told {
      "\(try EnabledPlugins(catalog.enabled(["baji.good", "baji.clash"]).backends, files: catalog.files).scopes.count)"
    }
    #expect(answer == "the plugins `baji.good` and `baji.clash` both register the target type `good`")
  }

  @Test func twoPluginsOfOneNameAreRefused() {
    let catalog = PluginCatalog(
      pluginFiles(["a/plugin.star": "plugin(name = 'x', api = 1)", "b/plugin.star": "\nplugin(name = 'x', api = 1)"]))
    #expect(catalog.broken.map(told) == ["plugins/b/plugin.star:2:1: the plugin `x` is declared in `a/plugin.star` already"])
  }

  @Test(
    arguments: [
      ("", nil), ("baji-plugins 1\n\n", nil), ("baji-plugins 2", nil), ("baji-plugins 2\n", nil), ("baji-plugins 2\n\n", []),
      ("baji-plugins 2\na/b.star 3 d1\n\nabc", ["a/b.star abc"]),
      ("baji-plugins 2\na/b.star 3 d1\nc/d.star 0 d2\n\nabc", ["a/b.star abc", "c/d.star "]),
      ("baji-plugins 2\na/b.star 3 d1\nc/d.star 1 d2\n\nabc\n", ["a/b.star abc", "c/d.star \n"]),
      ("baji-plugins 2\na/b.star 4 d1\n\nabc", nil), ("baji-plugins 2\na/b.star 2 d1\n\nabc", nil),
      ("baji-plugins 2\na/b.star -1 d1\n\nabc", nil), ("baji-plugins 2\na/b.star 3\n\nabc", nil),
      ("baji-plugins 2\na/b.star 3 d1\nabc", nil),
      ("baji-plugins 2\na/b.star 99999999999999999999 d1\n\nabc", nil), ("baji-plugins 2\na/b.star 3 d1\n", nil),
      ("baji-plugins 2\na/b.star 3 d1", nil),
    ] as [(String, [String]?)])
  func aDamagedSectionIsNone(section: String, files: [String]?) throws {
    let unpacked = PluginFiles.unpack(StaticBytes(copying: Array(section.utf8)))
    #expect(unpacked?.map { "\($0.path) \(String(decoding: $0.bytes, as: UTF8.self))" } == files)
    let secret = try #require(Secret([UInt8](repeating: 7, count: Secret.size)))
    for (number, file) in (unpacked ?? []).enumerated() { #expect(file.fingerprint(secret) == secret.fingerprint(of: "d\(number + 1)")) }
  }
}
