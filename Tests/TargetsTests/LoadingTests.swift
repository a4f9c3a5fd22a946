// BUILD files in, targets and edges out.

import Diagnostics
import Fingerprints
import Snapshots
import Store
import Targets
import Testing

@Suite struct LoadingTests {
  @Test func generatorsMakeATargetPerFile() throws {
    let graph = try Fixture([
      "a/BUILD":
        "scripts(tags=['x'], timeout=3, overrides={'two.sh': {'timeout': 9, 'tags': ['y']}})\nscripts(name='t', sources=['*_test.sh'])",
      "a/one.sh": ". ./two.sh", "a/two.sh": "", "a/one_test.sh": ". a/one.sh",
    ]).load()
    #expect(graph.printed(graph.ids) == ["a:a", "a:t", "a/one.sh", "a/one_test.sh:t", "a/two.sh"])
    #expect(graph.printed(graph.generated(by: graph.id("a:a"))) == ["a/one.sh", "a/two.sh"])
    #expect(graph.printed(graph.dependencies(of: graph.id("a/one.sh"))) == ["a/two.sh"])
    #expect(graph.printed(graph.dependencies(of: graph.id("a/one_test.sh:t"))) == ["a/one.sh"])
    #expect(graph.field("timeout", of: graph.id("a/one.sh")) == .int(3))
    #expect(graph.field("timeout", of: graph.id("a/two.sh")) == .int(9))
    #expect(graph.field("skip", of: graph.id("a/two.sh")) == .bool(false))
    #expect(graph.tags(of: graph.id("a/one.sh")) == ["x"])
    #expect(graph.tags(of: graph.id("a/two.sh")) == ["y"])
    #expect(graph.tags(of: graph.id("a:a")) == ["x"])
    #expect(graph.printed(graph.transitiveDependencies(of: [graph.id("a/one_test.sh:t")])) == ["a/one.sh", "a/two.sh"])
    #expect(graph.printed(graph.transitiveDependents(of: [graph.id("a/two.sh")])) == ["a:a", "a:t", "a/one.sh", "a/one_test.sh:t"])
    #expect(graph.place(of: graph.id("a:t")).position.line == 2)
  }

  @Test func dependenciesAreWrittenInManyWays() throws {
    let graph = try Fixture([
      "BUILD":
        "group(name='all', dependencies=['a', '//b:other', 'a/x.txt:res', './top.txt:top', ':top'])\nresources(name='top', sources=['top.txt'])",
      "top.txt": "",
      "a/BUILD": "group()\nresources(name='res', sources=['**/*.txt'])\nbundle(name='z', packages=[':a'])", "a/x.txt": "", "a/s/y.txt": "",
      "b/BUILD": "group(name='other', dependencies=['a/s/y.txt:../res', 'a:z'])",
    ]).load()
    #expect(graph.printed(graph.rawDependencies(of: graph.id("//:all"))) == ["//:top", "//top.txt:top", "a:a", "a/x.txt:res", "b:other"])
    #expect(graph.printed(graph.dependencies(of: graph.id("//:all"))) == ["//top.txt:top", "a:a", "a/x.txt:res", "b:other"])
    #expect(graph.printed(graph.dependencies(of: graph.id("b:other"))) == ["a:z", "a/s/y.txt:../res"])
    #expect(graph.printed(graph.dependencies(of: graph.id("a:z"))) == ["a:a"])
    #expect(graph.printed(graph.closure(of: [graph.id("b:other")])) == ["a:z", "a/s/y.txt:../res", "b:other"])
  }

  @Test func exclusionsAreDirectOrTransitive() throws {
    let graph = try Fixture([
      "BUILD": "scripts(name='s', overrides={'a.sh': {'dependencies': ['!./c.sh:s']}, 't.sh': {'dependencies': ['!!./d.sh:s']}})",
      "a.sh": ". b.sh\n. c.sh", "b.sh": ". d.sh", "c.sh": "", "d.sh": ". e.sh", "e.sh": "", "t.sh": ". a.sh",
    ]).load()
    #expect(graph.printed(graph.dependencies(of: graph.id("//a.sh:s"))) == ["//b.sh:s"])
    #expect(graph.printed(graph.transitiveDependencies(of: [graph.id("//a.sh:s")])) == ["//b.sh:s", "//d.sh:s", "//e.sh:s"])
    // What only an excluded target leads to stays.
    #expect(graph.printed(graph.transitiveDependencies(of: [graph.id("//t.sh:s")])) == ["//a.sh:s", "//b.sh:s", "//e.sh:s"])
  }

  @Test func defaultsGoDownTheFolders() throws {
    let graph = try Fixture([
      "BUILD": "__defaults__({scripts: dict(timeout=5, tags=['root'])}, all=dict(description='d'))", "a/BUILD": "scripts()", "a/x.sh": "",
      "a/b/BUILD": "__defaults__({('scripts', 'script'): {'timeout': 7}})\nscripts()", "a/b/x.sh": "",
      "a/c/BUILD": "__defaults__({scripts: {'skip': True}}, extend=True)\nscripts(timeout=1)", "a/c/x.sh": "",
    ]).load()
    #expect(graph.field("timeout", of: graph.id("a/x.sh")) == .int(5))
    #expect(graph.field("description", of: graph.id("a/x.sh")) == .string("d"))
    #expect(graph.tags(of: graph.id("a/x.sh")) == ["root"])
    #expect(graph.field("timeout", of: graph.id("a/b/x.sh")) == .int(7))
    #expect(graph.tags(of: graph.id("a/b/x.sh")) == [])
    #expect(graph.field("timeout", of: graph.id("a/c/x.sh")) == .int(1))
    #expect(graph.field("skip", of: graph.id("a/c/x.sh")) == .bool(true))
    #expect(graph.tags(of: graph.id("a/c/x.sh")) == ["root"])
  }

  @Test func preludesLoadsAndFunctions() throws {
    var fixture = try Fixture([
      "macros/p.star":
        "def pair(name, **fields):\n    script(name=name, source=name + '.sh', **fields)\n    group(name=name + '_g', dependencies=[':' + name])\n",
      "lib/l.star": "N = 4\n", "a/tags.txt": "one two",
      "a/BUILD":
        "load('//lib/l.star', 'N')\npair('x', timeout=N, tags=read_file('tags.txt').split(' '))\ngroup(name=env('GROUP', 'g'), description=build_file_dir())",
      "a/x.sh": "",
    ])
    fixture.options.preludeGlobs = ["macros/*.star"]
    fixture.options.environment = { $0 == "GROUP" ? "named" : nil }
    let graph = try fixture.load()
    #expect(graph.printed(graph.ids) == ["a:named", "a:x", "a:x_g"])
    #expect(graph.field("timeout", of: graph.id("a:x")) == .int(4))
    #expect(graph.tags(of: graph.id("a:x")) == ["one", "two"])
    #expect(graph.field("description", of: graph.id("a:named")) == .string("a"))
    #expect(graph.place(of: graph.id("a:x")).file == "a/BUILD")
    #expect(graph.place(of: graph.id("a:x")).position.line == 2)
  }

  @Test func parametrizedTargets() throws {
    let graph = try Fixture([
      "a/BUILD": "scripts(level=parametrize('low', 'high'))\ngroup(name='g', dependencies=[':a@level=high', './x.sh@level=high'])",
      "a/x.sh": "",
      "b/BUILD": "scripts(**parametrize('p', level='low'), **parametrize('q', level='high', timeout=2))", "b/x.sh": "",
    ]).load()
    #expect(
      graph.printed(graph.ids) == [
        "a@level=high", "a@level=low", "a:g", "a/x.sh@level=high", "a/x.sh@level=low", "b@parametrize=p", "b@parametrize=q",
        "b/x.sh@parametrize=p", "b/x.sh@parametrize=q",
      ])
    #expect(graph.field("level", of: graph.id("a/x.sh@level=high")) == .string("high"))
    #expect(graph.field("timeout", of: graph.id("b/x.sh@parametrize=q")) == .int(2))
    #expect(graph.printed(graph.rawDependencies(of: graph.id("a:g"))) == ["a@level=high", "a/x.sh@level=high"])
  }

  @Test func unknownTypesAreKeptAsOpaque() throws {
    var fixture = try Fixture([
      "a/BUILD":
        "py_lib(name='p', tags=['t'], sources=['*.py'], extra=artifact(name='q', x=[1]), dependencies=[':g'])\nunnamed(1)\ngroup(name='g', dependencies=[':nowhere', './f.py'])",
      "a/f.py": "", "b/BUILD": "other.thing()\ngroup(name='g', dependencies=['a#gen'], description=str(1))",
    ])
    fixture.options.unknownTargets = .warn
    let graph = try fixture.load()
    #expect(graph.printed(graph.ids) == ["a:a", "a:g", "a:p", "b:b", "b:g"])
    #expect(graph.isOpaque(graph.id("a:p")))
    #expect(graph.tags(of: graph.id("a:p")) == ["t"])
    #expect(graph.printed(graph.dependencies(of: graph.id("a:p"))) == ["a:g"])
    #expect(graph.printed(graph.dependencies(of: graph.id("a:g"))) == ["a:a", "a:p"])
    #expect(graph.printed(graph.dependencies(of: graph.id("b:g"))) == ["a:a"])
    #expect(graph.unknownTypes.map(\.name) == ["other.thing", "py_lib", "unnamed"])
  }

  @Test(arguments: [
    ("scripts_(name='x')", ["BUILD:1:1: no target type `scripts_` – did you mean `scripts`?"]),
    ("group(\n  name='x',\n  tagz=[],\n)", ["BUILD:3:3: `group` has no field `tagz` – did you mean `tags`?"]),
    (
      "script(name='x', source='x.sh', timeout='1', level='hihg')",
      [
        "BUILD:1:33: `timeout` of `script` takes an int of at least 1, not \"1\"",
        "BUILD:1:46: `level` of `script` takes one of \"low\", \"high\", not \"hihg\" – did you mean \"high\"?",
      ]
    ),
    ("script(name='x')", ["BUILD:1:1: `script` needs the field `source`"]),
    ("group(name='x')\ngroup(name='x')", ["BUILD:2:1: two targets are called `//:x` – give one of them another `name`"]),
    ("group()", ["BUILD:1:1: a target of the root's BUILD file needs a name – write `group(name = \"…\")`"]),
    ("group(name='abc')\ngroup(name='x', dependencies=[':abd'])", ["BUILD:2:17: there is no target `//:abd` – did you mean `:abc`?"]),
    ("group(name='x', dependencies=['no/where'])", ["BUILD:1:17: there is no folder or file `no/where` for the dependency `no/where`"]),
    ("group(name='x', dependencies=['x.txt'])", ["BUILD:1:17: no target owns `x.txt` – list it in some target's `sources`"]),
    ("script(name='x', source='y.sh')", ["BUILD:1:18: there is no file `y.sh` – did you mean `x.sh`?"]),
    ("script(name='x', source='x.txt')", ["BUILD:1:18: `script` takes files that end in `.sh`, not `x.txt`"]),
    ("resources(name='x', sources=['*.md', 'x.txt'])", ["BUILD:1:21: no file matches `*.md`"]),
    (
      "scripts(name='x', overrides={'y.sh': {}})",
      ["BUILD:1:19: `overrides` names `y.sh`, which is none of the target's sources – did you mean `x.sh`?"]
    ),
    ("__defaults__({scripts: {'skp': True}})", ["BUILD:1:1: `scripts` has no field `skp` – did you mean `skip`?"]),
    ("group(name='a/b')", ["BUILD:1:1: a target's name cannot hold `/`: \"a/b\""]),
    (
      "group(name=env('TOKEN'))",
      ["BUILD:1:12: `env(\"TOKEN\")` is refused: the variable is a secret – BUILD files cannot read what `secret_env` names"]
    ),
    ("group(name=read_file('no'))", ["BUILD:1:12: there is no file `no`"]),
    ("group('x')", ["BUILD:1:1: `group` takes named fields only, as in `group(name = …)`"]),
  ]) func errors(build: String, expected: [String]) throws {
    var fixture = try Fixture(["BUILD": build, "x.txt": "", "x.sh": ""])
    fixture.options.unmatchedGlobs = .error
    fixture.options.secretEnvironment = ["TOKEN"]
    #expect(fixture.errors() == expected)
  }

  @Test func errorsOfAllFilesAreReportedTogether() throws {
    let fixture = try Fixture(["a/BUILD": "group(nam='x')", "b/BUILD": "group(tag=1)\ngroup(name='q', dependencies=[':zzzzzz'])"])
    #expect(fixture.errors().count == 3)
  }

  @Test func anEmptyWorkspaceHasAnEmptyGraph() throws {
    let graph = try Fixture([".keep": ""]).load()
    #expect(graph.count == 0)
    #expect(try graph.select(Specs(parsing: ["::"])) == [])
  }
}
