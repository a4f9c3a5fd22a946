// Targets that functions of plugins generate, and what makes them be asked again.

import Snapshots
import Store
import TestSupport
import Testing

@testable import Targets

@Suite struct GenerationTests {
  @Test func aFunctionSaysWhatIsGenerated() throws {
    let fixture = try ModuleFixture([
      "BUILD": "packages(name='p', world='w', tags=['t'], overrides={'B': {'world': 'x', 'tags': ['o']}})\nunits(name='l')",
      "list.txt": "a\nb\n",
      "x.u": "use a\nuse b.c\n",
    ])
    let graph = try fixture.load()
    #expect(graph.printed(graph.ids) == ["//:l", "//:p", "//:p#a", "//:p#b", "//x.u:l"])
    #expect(graph.printed(graph.rawDependencies(of: graph.id("//:p"))) == ["//:p#a", "//:p#b"])
    #expect(graph.field("world", of: graph.id("//:p#a")) == .string("w"))
    #expect(graph.field("world", of: graph.id("//:p#b")) == .string("x"))
    #expect(graph.tags(of: graph.id("//:p#a")) == ["t"])
    #expect(graph.tags(of: graph.id("//:p#b")) == ["o"])
    #expect(graph.fields(of: graph.id("//:p")).map(\.name) == ["description", "overrides", "source", "tags"])
    // The generator itself owns what it was made from.
    #expect(graph.snapshotPaths(of: "//:p") == ["list.txt"])
    #expect(fixture.dependencies(of: "//x.u:l") == ["//:p#a", "//:p#b"])
  }

  @Test(arguments: [
    (
      "packages(name='p', overrides={'c': {}})",
      "error: BUILD:1: `overrides` names `c`, which is none of what the target generates – did you mean `a`?"
    ),
    ("packages(name='p', modules=['m'])", "error: BUILD:1: `packages` has no field `modules`"),
    ("packages(name='p', source='twice')", "error: BUILD:1: `//:p` generates `//:p#a` twice"),
    ("packages(name='p', source='gone')", "error: BUILD:1: there is no file `gone`"),
  ])
  func whatIsWrongIsToldAtTheCall(build: String, expected: String) throws {
    let fixture = try ModuleFixture(["BUILD": build, "list.txt": "a\n", "twice": "a\na\n"])
    fixture.options.unmatchedGlobs = .error
    let found = fixture.dependencies(of: "//:p")
    let all = try found.isEmpty ? fixture.findings() : found
    #expect(all.first?.hasPrefix(expected) == true, "\(all)")
  }

  /// Everything that a function was told or asked changes the graph when it changes; nothing else asks it again.
  @Test func everyIngredientOfTheMemoCounts() throws {
    let fixture = try ModuleFixture(
      [
        "BUILD": "packages(name='p')\nunits(name='l')", "list.txt": "a\n", "x.u": "use a\nuse fresh\nuse special_a\nuse pre_a\ntext m.n\n",
        "other": "",
        "sub/BUILD": "units(name='l')", "sub/fresh.u": "", "m/BUILD": "units(name='l')", "m/n.u": "",
      ], isRemembering: true)
    fixture.settings.unowned = .ignore
    func edges() -> [String] { fixture.dependencies(of: "//x.u:l") }
    #expect(edges() == ["//:p#a"])
    #expect((fixture.calls["generated"], fixture.calls["listed"]) == (1, 1))
    #expect(edges() == ["//:p#a"])
    #expect((fixture.calls["generated"], fixture.calls["listed"]) == (1, 1))

    // A file that nobody asked for: the graph may be made anew, generators are not asked.
    try fixture.write(["other": "changed"])
    #expect(edges() == ["//:p#a"])
    #expect(fixture.calls["generated"] == 1)

    try fixture.write(["list.txt": "a\nfresh\n"])  // ctx.read
    #expect(edges() == ["//:p#a", "//:p#fresh"])
    #expect(fixture.calls["generated"] == 2)

    try fixture.write(["list.txt": "a\n", "extra.txt": "fresh\n"])  // ctx.read of what was absent
    #expect(edges() == ["//:p#a"])
    #expect(try fixture.load().printed(fixture.load().dependencies(of: fixture.load().id("//x.u:l"))) == ["//:p#a"])

    try fixture.write(["special": ""])  // ctx.exists of what was absent
    #expect(edges() == ["//:p#a"])
    #expect(try fixture.load().field("modules", of: fixture.load().id("//:p#a")) == .strings(["special_a"]))
    try fixture.folder.remove("ws/special")

    fixture.prefix = "pre_"  // ctx.options
    #expect(try fixture.load().field("modules", of: fixture.load().id("//:p#a")) == .strings(["pre_a"]))
    fixture.prefix = ""

    let before = (fixture.calls["generated"], fixture.calls["listed"])
    fixture.identity = "2"  // the plugin's own text
    _ = edges()
    #expect((fixture.calls["generated"], fixture.calls["listed"]) == (before.0 + 1, before.1 + 1))

    try fixture.write(["BUILD": "packages(name='p', world='w')\nunits(name='l')"])  // the generator's fields
    _ = edges()
    #expect(fixture.calls["generated"] == before.0 + 2)

    // What resolve.modules answers.
    fixture.settings.minimumDots = 1
    #expect(edges().contains("m/n.u:l"))
    fixture.settings.minimumDots = nil
    #expect(!edges().contains("m/n.u:l"))
    fixture.settings.imports = false
    #expect(edges() == [])
    fixture.settings.imports = true
    // Source roots.
    #expect(!edges().contains("sub/fresh.u:l"))
    fixture.options.sourceRoots = try SourceRoots(patterns: ["/", "sub"], markers: [])
    fixture.settings.ambiguity = .bySourceRoot
    try fixture.folder.remove("ws/extra.txt")
    #expect(edges().contains("sub/fresh.u:l"))
    fixture.options.sourceRoots = .usual
    #expect(!edges().contains("sub/fresh.u:l"))
    // Whether an ancestor holds anything.
    try fixture.write(["main.u": " \n"])
    fixture.settings.ancestors = [ModuleSettings.Ancestors(names: ["main.u"], onlyWithContent: true)]
    #expect(!edges().contains("//main.u:l"))
    try fixture.write(["main.u": "#\n"])
    #expect(edges().contains("//main.u:l"))
  }

  /// Random edits give the graph of a load without memos.
  @Test func memosGiveTheGraphOfAFreshLoad() throws {
    var random = SystemRandomNumberGenerator()
    let fixture = try ModuleFixture(["BUILD": "units(name='l')\npackages(name='p')", "list.txt": "p1\np2\n"], isRemembering: true)
    fixture.settings.ambiguity = .bySourceRoot
    fixture.settings.unowned = .warning
    fixture.settings.minimumDots = 1
    for round in 0..<20 {
      let names = (0..<6).map { "f\($0)" }
      let file = names.randomElement(using: &random) ?? "f0"
      let verbs = ["use", "try", "text"]
      let imports = (0..<3).map { _ in
        "\(verbs.randomElement(using: &random) ?? "use") \((names + ["p1.x", "p2", "d.f1", "d.f2.y"]).randomElement(using: &random) ?? "f1")"
      }
      let folder = Bool.random(using: &random) ? "d/" : ""
      try fixture.write([
        "\(folder)\(file).u": imports.joined(separator: "\n"), "d/BUILD": "units(name='l')",
        "list.txt": round % 2 == 0 ? "p1\n" : "p1\np2\n",
      ])
      let kept = try fixture.load()
      let fresh = try fixture.load(with: .disabled())
      #expect(kept.described() == fresh.described())
      #expect(kept.findings(of: kept.ids) == fresh.findings(of: fresh.ids))
    }
  }
}

extension Graph {
  func snapshotPaths(of text: String) -> [String] { sources(of: id(text)).map { snapshot.path(of: $0) } }
}
