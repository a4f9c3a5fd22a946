// Why things ran, as the summary line says it.

import Execution
import Testing

@Suite struct ReasonSummaryTests {
  static let table: [([Reason], String)] = [
    ([], ""),
    ([.new, .new], "2 new"),
    (
      [.changed([Change(.input, .changed, "src/b.py")]), .changed([Change(.input, .changed, "src/a.py")])], "2 changed: src/a.py, src/b.py"
    ),
    (
      [.changed([Change(.input, .changed, "a"), Change(.input, .added, "b"), Change(.input, .removed, "c")])],
      "1 changed: a, b (added), c (removed)"
    ),
    (
      [
        .changed([Change(.input, .changed, "a")]), .changed([Change(.option, .changed, "[pytest].args"), Change(.argument, .added, "-x")]),
      ],
      "1 changed: a; 1 option [pytest].args"
    ),
    ([.changed([Change(.argument, .added, "-x")])], "1 other command"),
    (
      [.changed([Change(.tool, .changed, "shellcheck", old: "0.9", new: "0.10"), Change(.option, .changed, "[x].y")])],
      "1 tool shellcheck 0.9 → 0.10"
    ),
    ([.changed([Change(.environment, .added, "CI")])], "1 variable CI"),
    ([.changed([Change(.engine, .changed, ""), Change(.input, .changed, "a")])], "1 other version of Baji"),
    ([.changed((1...5).map { Change(.input, .changed, "f\($0)") })], "1 changed: f1, f2, f3 and 2 more"),
    ([.notKept, .asked], "1 not kept before; 1 asked for"),
  ]

  @Test(arguments: table.indices)
  func says(row: Int) {
    var summary = ReasonSummary()
    for reason in Self.table[row].0 { summary.add(reason) }
    #expect(summary.phrase == Self.table[row].1)
  }

  @Test func aReasonComesFromTwoManifests() {
    let (old, new) = (seal([.environment(name: "CI", value: "0")]), seal([.environment(name: "CI", value: "1")]))
    #expect(Reason(manifest: new.manifest, old: nil) == .new)
    #expect(Reason(manifest: new.manifest, old: new.manifest) == .notKept)
    #expect(Reason(manifest: new.manifest, old: old.manifest) == .changed([Change(.environment, .changed, "CI", old: "0", new: "1")]))
  }
}
