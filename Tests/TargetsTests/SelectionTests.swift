// Specs against a graph.

import Diagnostics
import Targets
import Testing

@Suite struct SelectionTests {
  static let files = [
    "BUILD": "group(name='top')",
    "a/BUILD": "scripts(tags=['x'])\ngroup(name='g', tags=['x', 'y'])\nresources(name='r', sources=['**/*.txt'])",
    "a/one.sh": "", "a/two.sh": "", "a/s/n.txt": "", "b/none": "",
  ]

  @Test(arguments: [
    (["::"], ["//:top", "a:a", "a:g", "a:r", "a/one.sh", "a/s/n.txt:../r", "a/two.sh"]),
    (["a"], ["a:g", "a/one.sh", "a/two.sh"]), (["a:"], ["a:a", "a:g", "a:r", "a/one.sh", "a/two.sh"]),
    (["a::"], ["a:a", "a:g", "a:r", "a/one.sh", "a/s/n.txt:../r", "a/two.sh"]), (["a/s:"], ["a/s/n.txt:../r"]), (["a:a"], ["a:a"]),
    (["//:top"], ["//:top"]), (["//:"], ["//:top"]), (["a/one.sh"], ["a/one.sh"]), (["a/s/n.txt:../r"], ["a/s/n.txt:../r"]),
    (["a/*.sh"], ["a/one.sh", "a/two.sh"]), (["**/*.txt"], ["a/s/n.txt:../r"]), (["a", "-a/one.sh"], ["a:g", "a/two.sh"]),
    (["::", "-a::"], ["//:top"]), ([], []),
  ]) func selected(specs: [String], expected: [String]) throws {
    let graph = try Fixture(Self.files).load()
    #expect(graph.printed(try graph.select(Specs(parsing: specs))) == expected)
  }

  @Test func everythingWrongIsReportedTogether() throws {
    let graph = try Fixture(Self.files).load()
    var messages: [String] = []
    do {
      _ = try graph.select(Specs(parsing: ["a:gg", "c::", "a/on.sh", "b/none", "*.zip", "b:", "a/tw.sh:x"]))
    } catch let error as UserError {
      messages = error.diagnostics.map { $0.message + ($0.hint.map { " – \($0)" } ?? "") }
    }
    #expect(
      messages == [
        "there is no target `a:gg` – did you mean `a:g`?", "there is no folder `c` in the workspace – did you mean `a`?",
        "there is no file or folder `a/on.sh` in the workspace – did you mean `a/one.sh`?",
        "no target owns `b/none` – list it in the `sources` of a target in a BUILD file", "no file matches `*.zip`",
        "there are no targets in `b` – a BUILD file in it declares them; see `baji help targets`",
        "there is no folder `a/tw.sh` in the workspace – did you mean `a/two.sh`?",
      ])
    #expect(throws: SpecErrors.self) { try Specs(parsing: ["/etc", ""]) }
  }

  @Test(arguments: [
    (["x"], ["a:a", "a:g", "a/one.sh", "a/two.sh"]), (["x", "y"], ["a:g"]), (["-x"], ["//:top", "a:r", "a/s/n.txt:../r"]),
    (["y,z"], ["a:g"]), (["+x", "-y"], ["a:a", "a/one.sh", "a/two.sh"]),
  ]) func filters(tags: [String], expected: [String]) throws {
    let graph = try Fixture(Self.files).load()
    #expect(graph.printed(graph.filter(Array(graph.ids), tags: tags)) == expected)
    #expect(graph.printed(graph.filter(Array(graph.ids), types: ["group,scripts"])) == ["//:top", "a:a", "a:g"])
  }
}
