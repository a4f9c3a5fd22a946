// Targets that no BUILD file declares: what they are, and that they come and go with files and BUILD files.

import Snapshots
import Store
import TestSupport
import Testing

@testable import Targets

@Suite struct ImplicitTargetTests {
  private static let rules: LoadRules = {
    var rules = LoadRules(inference: Fixture.rules)
    rules.implicit = [
      ImplicitTargetRule(type: "script", files: ["odd-*.sh"], identity: "1") { path, questions in
        String(decoding: try questions.read(path) ?? [], as: UTF8.self).contains("odd")
      },
      ImplicitTargetRule(type: "scripts"),
    ]
    rules.implicitData = [ImplicitDataRule(type: "resources", name: "data", users: ["scripts"], ignored: ["*.md"])]
    rules.foreignFolders = ForeignFolders(names: ["vendor"], marks: ["foreign.cfg"])
    return rules
  }()

  private func load(_ fixture: Fixture, _ store: Store? = nil) throws -> [String] {
    let store = store ?? fixture.store
    var options = fixture.options
    options.implicitTargets = true
    let graph = try Workspace.load(
      snapshot: try fixture.snapshot(store), store: store, registry: Fixture.registry, rules: Self.rules, options: options)
    return graph.described()
  }

  private func addresses(_ lines: [String]) -> [String] { lines.map { String($0.split(separator: " ")[0]) }.sorted() }

  @Test func comeAndGoWithFilesAndBuildFiles() throws {
    let fixture = try Fixture(
      ["a/f.sh": "", "a/d.json": "", "a/README.md": "", "vendor/x.sh": "", "b/foreign.cfg": "", "b/c/x.sh": ""], isRemembering: true)
    func expect(_ expected: [String]) throws {
      let lines = try load(fixture)
      #expect(addresses(lines) == expected)
      // What is remembered, and what an empty store says.
      #expect(try load(fixture) == lines)
      #expect(try load(fixture, Store.disabled()) == lines)
    }
    try expect(["a/d.json:data", "a/f.sh", "a:a", "a:data"])
    try fixture.write(["a/g.sh": ". ./f.sh", "h.sh": ""])
    try expect(["//:root", "//h.sh:root", "a/d.json:data", "a/f.sh", "a/g.sh", "a:a", "a:data"])
    // A BUILD file comes first for what it owns, and its names are taken.
    try fixture.write(["a/BUILD": "scripts(name='a', sources=['f.sh'])"])
    try expect(["//:root", "//h.sh:root", "a/d.json:data", "a/f.sh", "a/g.sh:scripts", "a:a", "a:data", "a:scripts"])
    // What is above counts as if it stood there.
    try fixture.write(["BUILD": "__defaults__({scripts: {'level': 'high'}})\n", "a/BUILD": "resources(name='data', sources=['g.sh'])"])
    #expect(try load(fixture).contains { $0.hasPrefix("a/f.sh script") && $0.contains("level=") && $0.contains("high") })
    try expect(["//:root", "//h.sh:root", "a/d.json:resources", "a/f.sh", "a/g.sh:data", "a:a", "a:data", "a:resources"])
    try fixture.folder.remove("ws/a/BUILD")
    try fixture.folder.remove("ws/a/f.sh")
    try expect(["//:root", "//h.sh:root", "a/d.json:data", "a/g.sh", "a:a", "a:data"])
  }

  @Test func whatAFileHoldsMayDecide() throws {
    let fixture = try Fixture(["odd-1.sh": "odd", "odd-2.sh": "even"], isRemembering: true)
    #expect(addresses(try load(fixture)) == ["//:odd-1", "//:root", "//odd-2.sh:root"])
    try fixture.write(["odd-2.sh": "odd too"])
    #expect(addresses(try load(fixture)) == ["//:odd-1", "//:odd-2"])
    try fixture.write(["odd-1.sh": "even", "odd-2.sh": "even"])
    #expect(addresses(try load(fixture)) == ["//:root", "//odd-1.sh:root", "//odd-2.sh:root"])
  }

  @Test(arguments: ["[a].sh", "a*b.sh", "!a.sh", "a b.sh", "a?.sh"]) func namesWithSpecialCharactersMeanThemselves(_ name: String) throws {
    let fixture = try Fixture(["d/\(name)": "", "d/aXb.sh": "", "d/BUILD": "scripts(name='other', sources=['aXb.sh'])"])
    let lines = try load(fixture)
    #expect(lines.contains { $0.contains("[\"d/\(name)\"]") && $0.contains(" script ") })
    #expect(lines.filter { $0.contains("[\"d/aXb.sh\"]") }.count == 1)
  }
}
