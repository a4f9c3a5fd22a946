// Modules that targets provide, and imports that are matched with them.

import Fingerprints
import Snapshots
import Store
import Testing

@testable import Targets

@Suite struct ModuleTests {
  @Test(arguments: [
    ("a/b.u", "a.b", false), ("a/main.u", "a", false), ("a/b.ui", "a.b", true), ("main.u", "", false), ("a/b.txt", "", false),
    ("amain.u", "amain", false),
  ])
  func pathsAreModules(path: String, name: String, isStub: Bool) {
    let names = PathNames(extensions: [".u", ".ui"], packageFile: "main", stubExtensions: [".ui"])
    let found = names.module(at: path)
    #expect(found?.name ?? "" == name)
    #expect(found?.isStub ?? false == isStub)
  }

  @Test(arguments: [
    (".x", "a/b", "a.b.x"), ("..x.y", "a/b", "a.x.y"), (".", "a/b", "a.b"), ("...x", "a/b", "x"), ("....x", "a/b", "-"), ("..", "a", "-"),
  ])
  func leadingDotsCountFromTheFolder(name: String, folder: String, expected: String) {
    #expect(ModuleIndex.absolute(name, from: folder.split(separator: "/")) ?? "-" == expected)
  }

  /// Modules themselves, names in them, packages from elsewhere by their longest prefix; relative ones; never oneself.
  @Test func importsAreMatched() throws {
    let fixture = try ModuleFixture([
      "src/app/BUILD": "units(name='l')", "src/app/main.u": "use app.b\nuse app.main\n",
      "src/app/a.u": "use app.b.name\nuse app.b.name.more\n",
      "src/app/b.u": "use .a\nuse ..other\nuse ext.deep.er\nuse nobody\ntry nobody.else\n", "src/BUILD": "units(name='s')",
      "src/other.u": "",
      "BUILD": "package(name='ext', modules=['ext', 'far.away'])\npackage(name='deep', modules=['ext.deep'])",
    ])
    fixture.options.sourceRoots = try SourceRoots(patterns: ["src"], markers: [])
    #expect(fixture.dependencies(of: "src/app/main.u:l") == ["src/app/b.u:l"])
    #expect(fixture.dependencies(of: "src/app/a.u:l") == ["src/app/b.u:l"])
    #expect(fixture.dependencies(of: "src/app/b.u:l") == ["//:deep", "src/other.u:s", "src/app/a.u:l"])
    fixture.settings.unowned = .warning
    #expect(
      try fixture.findings() == [
        "warning: src/app/a.u:2: `src/app/a.u` imports what no target provides: `app.b.name.more` (line 2)",
        "warning: src/app/b.u:4: `src/app/b.u` imports what no target provides: `nobody` (line 4)",
      ])
    fixture.settings.unowned = .error
    fixture.settings.known = ["nobody"]
    fixture.settings.ignored = ["app.b.name"]
    #expect(try fixture.findings() == [])
    #expect(try fixture.load().firstPartyModules == ["app", "other"])
    fixture.settings.imports = false
    #expect(fixture.dependencies(of: "src/app/a.u:l") == [])
  }

  /// A stub and its implementation are both meant; a nearer package wins over a farther one, each kind for itself.
  @Test func stubsStandBesideModules() throws {
    let fixture = try ModuleFixture([
      "BUILD":
        "units(name='l')\npackage(name='impl', modules=['p'])\npackage(name='stub', stubs=['p'])\npackage(name='near', modules=['p.q'])",
      "m.u": "", "m.ui": "", "x.u": "use m\n", "y.u": "use p.q.r\n", "ns/BUILD": "units()", "ns/own.u": "",
      "z.u": "use ns.own\nuse ns.other\n",
      "far/BUILD": "package(modules=['ns'])",
    ])
    #expect(fixture.dependencies(of: "//x.u:l") == ["//m.u:l", "//m.ui:l"])
    #expect(fixture.dependencies(of: "//y.u:l") == ["//:near"])
    #expect(fixture.dependencies(of: "//z.u:l") == ["far:far", "ns/own.u"])
  }

  @Test func textsAndAssetsCountWhereTheyAreSwitchedOn() throws {
    let fixture = try ModuleFixture([
      "BUILD": "units(name='l')\nfile(name='f', source='d/f.txt')\nresource(name='r', source='d/r.txt')", "d/f.txt": "", "d/r.txt": "",
      "a.u": "text p.q\ntext p.q.r\nfile d/f.txt\nfile d/r.txt\n", "p/q/BUILD": "units()", "p/q/main.u": "", "p/q/r.u": "",
    ])
    #expect(fixture.dependencies(of: "//a.u:l") == [])
    fixture.settings.minimumDots = 2
    #expect(fixture.dependencies(of: "//a.u:l") == ["p/q/r.u"])
    fixture.settings.minimumDots = 1
    #expect(fixture.dependencies(of: "//a.u:l") == ["p/q/main.u", "p/q/r.u"])
    fixture.settings.minimumDots = nil
    fixture.settings.assets = ModuleSettings.Assets(minimumSlashes: 1)
    #expect(fixture.dependencies(of: "//a.u:l") == ["//:f", "//:r"])
    fixture.settings.assets = ModuleSettings.Assets(minimumSlashes: 2)
    #expect(fixture.dependencies(of: "//a.u:l") == [])
  }

  /// Several providers: told with their names; `!`, an own dependency, or the place decide.
  @Test func severalProvidersAreOneTooMany() throws {
    let fixture = try ModuleFixture([
      "BUILD": """
      unit(name='plain', source='x.u')
      unit(name='not', source='x.u', dependencies=['!//one:m'])
      unit(name='own', source='x.u', dependencies=['//one:m'])
      """, "x.u": "use m\n", "one/BUILD": "unit(name='m', source='m.u')", "one/m.u": "", "two/BUILD": "unit(name='m', source='m.u')",
      "two/m.u": "",
      "two/y/BUILD": "units()", "two/y/y.u": "use m\n",
    ])
    fixture.options.sourceRoots = try SourceRoots(patterns: ["/", "one", "two"], markers: [])
    #expect(fixture.dependencies(of: "//:plain") == [])
    #expect(fixture.dependencies(of: "//:not") == ["two:m"])
    #expect(fixture.dependencies(of: "//:own") == ["one:m"])
    let expected =
      "warning: x.u:1: `m` has several providers, so that it gives no dependency – name one in `dependencies` of `//:plain`, or leave out the others with `!` (they are `one:m`, `two:m`)"
    #expect(try fixture.findings().contains(expected))
    fixture.settings.ambiguity = .bySourceRoot
    #expect(fixture.dependencies(of: "two/y/y.u") == ["two:m"])
    #expect(fixture.dependencies(of: "//:plain") == [])
  }

  /// Each partition sees its own; a parametrized target is in several.
  @Test func partitionsSeeTheirOwn() throws {
    let fixture = try ModuleFixture([
      "BUILD": """
      package(name='a', modules=['p'], world='a')
      package(name='b', modules=['p'], world='b')
      package(name='c', modules=['only'], world='b')
      units(name='l', world=parametrize('a', 'b'))
      """, "x.u": "use p\nuse y\nuse only\n", "y.u": "",
    ])
    fixture.settings.partition = ModuleSettings.Partition(field: "world", defaultValue: "a")
    fixture.settings.unowned = .warning
    #expect(fixture.dependencies(of: "//x.u:l@world=a") == ["//:a", "//y.u:l@world=a"])
    #expect(fixture.dependencies(of: "//x.u:l@world=b") == ["//:b", "//:c", "//y.u:l@world=b"])
    #expect(
      try fixture.findings() == [
        "warning: x.u:3: `x.u` imports what no target provides: `only` (line 3) (`only` is provided by `//:c`, whose `world` is `b`, not `a`)"
      ])
  }

  @Test func filesOfFoldersAboveAreDependencies() throws {
    let fixture = try ModuleFixture([
      "BUILD": "units(name='l')", "main.u": "", "setup.u": "use x\n", "a/BUILD": "units(name='l')\nunit_test(name='t', source='t_test.u')",
      "a/main.u": "#\n", "a/x.u": "", "a/t_test.u": "", "a/b/BUILD": "units(name='l')", "a/b/main.u": " \n", "a/b/y.u": "",
    ])
    fixture.settings.ancestors = [
      ModuleSettings.Ancestors(names: ["main.u"], onlyWithContent: true),
      ModuleSettings.Ancestors(names: ["setup.u"], importers: ["unit_test"]),
    ]
    #expect(fixture.dependencies(of: "a/b/y.u:l") == ["a/main.u:l"])
    #expect(fixture.dependencies(of: "a/main.u:l") == [])
    #expect(fixture.dependencies(of: "a:t") == ["//setup.u:l", "a/main.u:l"])
    fixture.settings.ancestors = [ModuleSettings.Ancestors(names: ["main.u"])]
    #expect(fixture.dependencies(of: "a/b/y.u:l") == ["//main.u:l", "a/main.u:l", "a/b/main.u:l"])
  }

  @Test func filesThatAreLaidOutWithSourcesAreNoDependencies() throws {
    let fixture = try ModuleFixture(
      [
        "a/main.u": "", "a/b/BUILD": "units(name='l', sources=['*.u', '!main.u'])", "a/b/main.u": "", "a/b/y.u": "use a.b.x\n",
        "a/b/x.u": "",
        "other/main.u": "", "main.u": "",
      ], isRemembering: true)
    func paths() throws -> [String] {
      let graph = try fixture.load()
      let y = try #require(graph.ids.first { graph.address(of: $0).description == "a/b/y.u:l" })
      let closures = try Closures(of: graph, secret: fixture.store.secret)
      return closures.files(of: closures.closure(of: [y])).ids.map { graph.snapshot.path(of: $0) }.sorted()
    }
    func fingerprint() throws -> Fingerprint {
      let graph = try fixture.load()
      let y = try #require(graph.ids.first { graph.address(of: $0).description == "a/b/y.u:l" })
      return try Closures(of: graph, secret: fixture.store.secret).deepFingerprint(of: y)
    }
    #expect(try paths() == ["a/b/x.u", "a/b/y.u"])
    let before = try fingerprint()
    fixture.settings.companions = [ModuleSettings.Companions(names: ["main.u"], types: ["unit"])]
    #expect(fixture.dependencies(of: "a/b/y.u:l") == ["a/b/x.u:l"])
    #expect(try paths() == ["a/b/main.u", "a/b/x.u", "a/b/y.u", "a/main.u", "main.u"])
    let with = try fingerprint()
    #expect(with != before)
    try fixture.write(["other/main.u": "changed"])
    #expect(try fingerprint() == with)
    try fixture.write(["a/main.u": "changed"])
    #expect(try fingerprint() != with)
    fixture.settings.companions = [ModuleSettings.Companions(names: ["main.u"], types: ["program"])]
    #expect(try paths() == ["a/b/x.u", "a/b/y.u"])
  }

  @Test func fieldsNameModulesAndFiles() throws {
    let fixture = try ModuleFixture([
      "a/BUILD":
        "units(name='l')\nprogram(name='m', entry='a.x')\nprogram(name='f', entry='x.u')\nprogram(name='g', entry='gone.u')\nprogram(name='n')",
      "a/x.u": "",
    ])
    #expect(fixture.dependencies(of: "a:m") == ["a/x.u:l"])
    #expect(fixture.dependencies(of: "a:f") == ["a/x.u:l"])
    #expect(try fixture.findings() == ["error: a/BUILD:4: there is no file `a/gone.u`"])
  }
}

@Suite struct SourceRootTests {
  @Test(arguments: [
    (["/"], "a/b", ""), (["src"], "x/src/a", "x/src"), (["/src"], "x/src/a", "-"), (["/src"], "src/a", "src"),
    (["src/*"], "src/p/q", "src/p"),
    (["/*"], "a/b/c", "a"), (["a/b", "/"], "a/b/c", "a/b"), (["a/b", "/"], "x", ""), (["src"], "a", "-"), (["s*"], "x/src", "x/src"),
  ])
  func patternsFitTheEndsOfPaths(patterns: [String], folder: String, expected: String) throws {
    let fixture = try ModuleFixture(["\(folder)/file": ""])
    fixture.options.sourceRoots = try SourceRoots(patterns: patterns, markers: [])
    let graph = try fixture.load()
    #expect(graph.snapshot.id(ofPath: "\(folder)/file").map { graph.sourceRoot(ofFile: $0) ?? "-" } == expected)
  }

  @Test func markersMakeRoots() throws {
    let fixture = try ModuleFixture(["a/b/c/file": "", "a/b/ROOT": "", "BUILD": "units(name='l')", "x.u": ""])
    fixture.options.sourceRoots = try SourceRoots(patterns: [], markers: ["ROOT"])
    let graph = try fixture.load()
    #expect(graph.snapshot.id(ofPath: "a/b/c/file").flatMap { graph.sourceRoot(ofFile: $0) } == "a/b")
    #expect(
      graph.warnings.map(told) == [
        "warning: no source root holds `x.u`, so that nobody can import it – add a pattern to `[source].root_patterns` (`/` is the workspace's root)"
      ])
  }

  @Test(arguments: [(["../x"], [String]()), ([""], []), ([], ["a/b"]), ([], ["*"])])
  func whatCannotBeIsRefused(patterns: [String], markers: [String]) {
    #expect(throws: (any Error).self) { try SourceRoots(patterns: patterns, markers: markers) }
  }
}
