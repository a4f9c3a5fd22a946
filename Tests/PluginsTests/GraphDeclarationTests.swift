// A plugin that says what its targets provide and import, from its text to the edges.

import Diagnostics
import Foundation
import Options
import Targets
import Testing

@testable import Plugins

private let toy = """
  plugin(name = "toy.toy", api = 1)
  source_root_patterns(["code"])
  opts = subsystem("toy", options = {"strings": option.bool(False), "prefix": option.string("")})
  unit = target_type("unit", fields = {
      "source": field.source(required = True), "dependencies": field.dependencies(), "world": field.string(aliases = ["universe"]),
      "flags": field.string_or_list(), "old": field.bool(deprecated = "use `new`"),
  })
  target_generator("units", generates = unit, sources = ["*.py", "*.pyi"])
  package = target_type("package", fields = {"requires": field.string(required = True), "world": field.string(), "dependencies": field.dependencies()})

  def _packages(ctx, target):
      path = (target.directory + "/" if target.directory else "") + target.field("source")
      if not ctx.exists(path):
          fail("there is no `%s`" % path)
      return [
          {"name": line, "fields": {"requires": ctx.options(opts).prefix + line}, "other_names": [line.lower()]}
          for line in ctx.read(path).split("\\n") if line
      ]

  target_generator("packages", generates = package, fields = {"source": field.source("list.txt")}, generate = _packages, moved = ["world"])
  program = target_type("program", fields = {"entry": field.string(parts = ["module", "function"]), "dependencies": field.dependencies()})

  def _settings(ctx):
      return {
          "imports": True, "strings": {"min_dots": 1} if ctx.options(opts).strings else None, "partition": {"field": "world", "default": "a"},
          "unowned": "warning", "known": ["os"], "ancestors": [{"names": ["__init__.py"], "only_with_content": True, "types": [unit]}],
      }

  provides_modules([unit], module.from_path(extensions = [".py", ".pyi"], package_file = "__init__", stub_extensions = [".pyi"]))
  provides_modules(package, module.listed(lambda ctx, target: {"modules": [target.field("requires")]}))
  infer_dependencies([unit], scan = scan.python, resolve = resolve.modules(_settings))
  infer_dependencies(program, resolve = resolve.fields(lambda ctx, target: [{"module": target.field("entry").partition(":")[0]}]))
  """

@Suite struct GraphDeclarationTests {
  private func edges(
    _ address: String, _ files: [String: String], plugin: String = toy, options: [(String, [(String, OptionValue)])] = []
  ) -> String {
    told {
      let (world, _) = try world(files, plugins: ["toy/plugin.star": plugin], backends: ["toy.toy"], options: options).load()
      guard let id = world.graph.ids.first(where: { world.graph.address(of: $0).description == address }) else { return "no \(address)" }
      let edges = world.graph.dependencies(of: id).map { world.graph.address(of: $0).description }
      return (edges + world.graph.findings(of: [id]).map(told)).joined(separator: " ")
    }
  }

  private static let files = [
    "code/BUILD": "units(name='u')\nprogram(name='p', entry='a.b:main')\n", "code/a/BUILD": "units(name='u')\n",
    "code/a/__init__.py": "x = 1\n",
    "code/a/b.py": "import os\nfrom . import c\nfrom ext.deep import thing\nname = 'a.d'\n", "code/a/c.py": "import nobody\n",
    "code/a/c.pyi": "",
    "code/a/d.py": "", "BUILD": "packages(name='l', overrides={'ext': {'tags': ['t']}})\n", "list.txt": "EXT\next\n",
  ]

  @Test func whatAPluginDeclaresBecomesEdges() {
    #expect(edges("code/a/b.py:u", Self.files) == "//:l#ext code/a/__init__.py:u code/a/c.py:u code/a/c.pyi:u")
    #expect(edges("code:p", Self.files) == "code/a/b.py:u")
    #expect(
      edges("code/a/b.py:u", Self.files, options: [("toy", [("strings", .bool(true))])])
        == "//:l#ext code/a/__init__.py:u code/a/c.py:u code/a/c.pyi:u code/a/d.py:u")
    #expect(
      edges("code/a/c.py:u", Self.files)
        == "code/a/__init__.py:u code/a/c.py:1:1: `code/a/c.py` imports what no target provides: `nobody` (line 1)")
    #expect(edges("//:l#ext", Self.files, options: [("toy", [("prefix", .string("x"))])]) == "")
    #expect(
      edges("code/a/b.py:u", Self.files, options: [("toy", [("prefix", .string("x"))])]).hasPrefix(
        "code/a/__init__.py:u code/a/c.py:u code/a/c.pyi:u code/a/b.py:3:1: `code/a/b.py` imports what no target provides: `ext.deep.thing`"
      ))
  }

  @Test(arguments: [
    ("\"unowned\": \"warning\"", "\"unowned\": \"warn\"", "`unowned`, must be one of \"ignore\", \"warning\", \"error\", not string"),
    ("\"known\": [\"os\"]", "\"knwon\": [\"os\"]", "has no `knwon` – did you mean `known`?"),
    ("{\"min_dots\": 1} if ctx.options(opts).strings else None", "1", "`strings`, must be a dict, not int"),
    ("[target.field(\"requires\")]", "target.field(\"requires\")", "`modules`, must be a list of strings, not string"),
    ("\"name\": line,", "\"name\": \"a#\" + line,", "the generated name `a#EXT` holds `#`, which addresses cannot"),
    ("{\"requires\": ctx", "{\"requirez\": ctx", "`package` has no field `requirez` – did you mean `requires`?"),
    ("if not ctx.exists(path)", "if ctx.exists(path)", "there is no `list.txt`"),
    ("{\"module\": target", "{\"mod\": target", "has no `mod`"),
    ("resolve = resolve.modules(_settings)", "resolve = resolve.modules(1)", "function"),
    ("scan = scan.python, resolve", "resolve", "needs a scanner"),
    ("infer_dependencies(program, resolve", "infer_dependencies(program, scan = scan.python, resolve", "looks at no source"),
    ("stub_extensions = [\".pyi\"]", "stub_extensions = [\".x\"]", "`.x` of `stub_extensions` is none of `extensions`"),
    ("generate = _packages", "generate = _packages, sources = []", "exclude one another"),
    ("source_root_patterns([\"code\"])", "source_root_patterns([\"../code\"])", "`..` cannot be part of it"),
  ])
  func whatIsWrongIsTold(old: String, new: String, expected: String) {
    let broken = toy.replacingOccurrences(of: old, with: new)
    #expect(broken != toy)
    let catalog = PluginCatalog(pluginFiles(["toy/plugin.star": broken]))
    let said = catalog.broken.isEmpty ? edges("code/a/b.py:u", Self.files, plugin: broken) : catalog.broken.map(told).joined()
    #expect(said.contains(expected), "\(said)")
  }

  @Test func aliasesAndDeprecatedFieldsAreUnderstood() throws {
    let files = ["BUILD": "unit(name='u', source='x.py', universe='b', flags='one', old=True)\n", "x.py": ""]
    let (world, _) = try world(files, plugins: ["toy/plugin.star": toy], backends: ["toy.toy"]).load()
    #expect(world.graph.field("world", of: 0) == .string("b"))
    #expect(world.graph.field("flags", of: 0) == .string("one"))
    #expect(world.graph.warnings.map(\.message) == ["`old` of `unit`: use `new`"])
  }

  /// A run evaluates what it enables, and knows the others by name.
  @Test func onlyWantedBackendsAreEvaluated() {
    let files = pluginFiles([
      "a/plugin.star":
        "\"\"\"Doc.\"\"\"\n\nplugin(\n    name = \"a.one\",\n    api = 1,\n    aliases = [\"pants.one\"],  # (really)\n)\nfail(\"evaluated\")\n",
      "b/plugin.star": "plugin(name = \"b.two\", api = 1, aliases = [\"pants.two\"])\n",
      "core/plugin.star": "plugin(name = \"baji.core\", api = 1)\n",
      "c/plugin.star": "NAME = \"c.three\"\nplugin(name = NAME, api = 1)\n",
    ])
    let catalog = PluginCatalog(files, only: ["pants.two"])
    #expect(catalog.broken.map(told) == [])
    // What only the whole file tells is evaluated.
    #expect(catalog.backends.map(\.name).sorted() == ["b.two", "baji.core", "c.three"])
    #expect(told { try catalog.enabled(["baji.cord"]).missing.joined() }.hasSuffix("which no plugin offers – did you mean `baji.core`?"))
    #expect(PluginCatalog(files, only: ["pants.one"]).broken.map(\.message) == ["evaluated"])
    #expect(PluginCatalog(files).broken.count == 1)
  }
}
