// Deep fingerprints: what they see and what they do not.

import Diagnostics
import Fingerprints
import Foundation
import Snapshots
import Store
import Targets
import TestSupport
import Testing

@Suite struct ClosureTests {
  func deep(_ fixture: Fixture) throws -> [String: String] {
    let graph = try fixture.load()
    let closures = try Closures(of: graph, secret: fixture.store.secret)
    return Dictionary(
      uniqueKeysWithValues: graph.ids.map { (graph.address(of: $0).description, closures.deepFingerprint(of: $0).description) })
  }

  @Test func anEditChangesExactlyTheClosuresThatHoldTheFile() throws {
    let fixture = try Fixture([
      "BUILD":
        "scripts(name='s')\nresources(name='r', sources=['r.txt'])\ngroup(name='g', dependencies=[':r', './a.sh:s'])\ngroup(name='h', dependencies=[':r'])",
      "a.sh": ". b.sh", "b.sh": ". c.sh", "c.sh": ". b.sh", "d.sh": "", "r.txt": "1",
    ])
    var before = try deep(fixture)
    #expect(before["//b.sh:s"] == before["//c.sh:s"], "a cycle is one component")
    func changed(_ files: [String: String]) throws -> [String] {
      try fixture.write(files)
      let after = try deep(fixture)
      defer { before = after }
      return after.keys.filter { after[$0] != before[$0] }.sorted()
    }
    #expect(try changed(["c.sh": ". b.sh\n# more"]) == ["//:g", "//:s", "//a.sh:s", "//b.sh:s", "//c.sh:s"])
    #expect(try changed(["r.txt": "2"]) == ["//:g", "//:h", "//:r", "//r.txt:r"])
    #expect(try changed(["d.sh": "#!x"]) == ["//:s", "//d.sh:s"])
    #expect(try changed(["unowned": "x"]) == [])
  }

  @Test func aLinkStandsForWhatItLeadsTo() throws {
    let fixture = try Fixture(["BUILD": "scripts(name='s')", "a.sh": "", "elsewhere/text": "1"])
    for (name, target) in [("file.sh", "elsewhere/text"), ("broken.sh", "nowhere")] {
      try FileManager.default.createSymbolicLink(atPath: "\(fixture.folder.path)/ws/\(name)", withDestinationPath: target)
    }
    var before = try deep(fixture)
    func changed(_ files: [String: String]) throws -> [String] {
      try fixture.write(files)
      let after = try deep(fixture)
      defer { before = after }
      return after.keys.filter { after[$0] != before[$0] }.sorted()
    }
    #expect(try changed([:]) == [])
    #expect(try changed(["elsewhere/text": "2"]) == ["//:s", "//file.sh:s"])
  }

  @Test func componentsComeDependenciesFirst() throws {
    let fixture = try Fixture([
      "BUILD":
        "group(name='a', dependencies=[':b'])\ngroup(name='b', dependencies=[':c'])\ngroup(name='c', dependencies=[':b', ':d'])\ngroup(name='d')"
    ])
    let graph = try fixture.load()
    let closures = try Closures(of: graph, secret: fixture.store.secret)
    #expect(closures.componentCount == 3)
    for id in graph.ids {
      for dependency in graph.closureEdges[id] { #expect(closures.component[Int(dependency)] <= closures.component[Int(id)]) }
    }
    #expect(graph.printed(graph.transitiveDependencies(of: [graph.id("//:b")])) == ["//:b", "//:c", "//:d"])
    #expect(graph.printed(graph.transitiveDependents(of: [graph.id("//:b")])) == ["//:a", "//:c"])
    #expect(closures.files(of: closures.closure(of: graph.ids)).ids.isEmpty)
  }

  @Test func aLongChainNeedsNoStack() throws {
    let build = (0..<3000).map { "group(name='g\($0)', dependencies=[\($0 == 0 ? "" : "':g\($0 - 1)'")])" }.joined(separator: "\n")
    let fixture = try Fixture(["BUILD": build])
    let graph = try fixture.load()
    #expect(try Closures(of: graph, secret: fixture.store.secret).componentCount == 3000)
  }
}
