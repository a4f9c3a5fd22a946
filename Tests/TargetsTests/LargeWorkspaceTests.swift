// Workspaces so large that their folders, modules, scans and edges are shared out among cores: the same answers as ever, in the same order.

import Diagnostics
import Fingerprints
import Snapshots
import Store
import Testing

@testable import Targets

@Suite struct LargeWorkspaceTests {
  private static let folders = 240
  private static let units = 8

  /// `f<n>` has eight modules: each uses its neighbour below, the first one that of the folder before.
  private static func files(_ build: (Int) -> String = { _ in "units(name='l')\nunit(name='extra', source='extra.x')\n" }) -> [String:
    String]
  {
    var files: [String: String] = [:]
    for folder in 0..<folders {
      files["f\(folder)/BUILD"] = build(folder)
      files["f\(folder)/extra.x"] = "use f\(folder).m0\n"
      for unit in 0..<units {
        files["f\(folder)/m\(unit).u"] =
          unit > 0 ? "use f\(folder).m\(unit - 1)\n" : folder > 0 ? "\nuse f\(folder - 1).m\(units - 1).name\n" : ""
      }
    }
    return files
  }

  @Test func edgesAreThoseOfTheImports() throws {
    let fixture = try ModuleFixture(Self.files(), isRemembering: true)
    let graph = try fixture.load()
    #expect(graph.ids.count == Self.folders * (Self.units + 2))
    #expect(zip(graph.ids, graph.ids.dropFirst()).allSatisfy { graph.address(of: $0) < graph.address(of: $1) })
    for folder in 0..<Self.folders {
      let last = folder > 0 ? ["f\(folder - 1)/m\(Self.units - 1).u:l"] : []
      #expect(graph.printed(graph.dependencies(of: graph.id("f\(folder)/m0.u:l"))) == last)
      #expect(graph.printed(graph.dependencies(of: graph.id("f\(folder):extra"))) == ["f\(folder)/m0.u:l"])
      #expect(graph.printed(graph.dependencies(of: graph.id("f\(folder):l"))) == (0..<Self.units).map { "f\(folder)/m\($0).u:l" })
      for unit in 1..<Self.units {
        #expect(graph.printed(graph.dependencies(of: graph.id("f\(folder)/m\(unit).u:l"))) == ["f\(folder)/m\(unit - 1).u:l"])
      }
    }
    #expect(graph.firstPartyModules == (0..<Self.folders).map { "f\($0)" }.sorted())
    // What the packs keep of the first load, and one source that is new to them.
    try fixture.write(["f7/m3.u": "use f9.m1\n"])
    let edited = try fixture.load()
    #expect(edited.printed(edited.dependencies(of: edited.id("f7/m3.u:l"))) == ["f9/m1.u:l"])
    #expect(edited.printed(edited.dependencies(of: edited.id("f8/m3.u:l"))) == ["f8/m2.u:l"])
    let fresh = try fixture.load(with: .disabled())
    #expect(fresh.ids.map { fresh.printed(fresh.dependencies(of: $0)) } == edited.ids.map { edited.printed(edited.dependencies(of: $0)) })
  }

  @Test func whatIsWrongInManyFoldersIsToldInTheirOrder() throws {
    let fixture = try ModuleFixture(
      Self.files {
        $0 % 100 == 7 ? "units(name='l', strange=1)\n" : $0 == 50 ? "unit(name='extra', source='absent.x')\n" : "units(name='l')\n"
      })
    #expect(
      fixture.dependencies(of: "f0/m1.u:l").filter { $0.hasPrefix("error") }.map { $0.prefix { $0 != "(" } }.map(String.init)
        == ["f107", "f207", "f7"].map { "error: \($0)/BUILD:1: `units` has no field `strange` " })
  }

  /// Importers and providers of one world see one another, however many of them there are.
  @Test func worldsAreKeptApart() throws {
    let fixture = try ModuleFixture(
      Self.files { "units(name='l', world='w\($0 % 2)')\nunit(name='extra', source='extra.x', world='w0')\n" })
    fixture.settings.partition = .init(field: "world", defaultValue: "w0")
    let graph = try fixture.load()
    #expect(graph.printed(graph.dependencies(of: graph.id("f2:extra"))) == ["f2/m0.u:l"])
    #expect(graph.printed(graph.dependencies(of: graph.id("f3:extra"))) == [])
    #expect(graph.printed(graph.dependencies(of: graph.id("f3/m2.u:l"))) == ["f3/m1.u:l"])
    #expect(graph.printed(graph.dependencies(of: graph.id("f3/m0.u:l"))) == [])
  }
}
