// `paths`: which ways are found, and in which order; and what separators stand for.

import Targets
import Testing

@testable import Goals

@Suite struct WaysTests {
  private static func edges(_ text: String) -> Adjacency {
    var lists = [[Int32]](repeating: [], count: 10)
    for edge in text.split(separator: " ") {
      let ends = edge.split(separator: ">").compactMap { Int32($0) }
      lists[Int(ends[0])].append(ends[1])
    }
    return Adjacency(lists)
  }

  @Test(arguments: [
    ("0>1 1>2", "0 1 2"), ("0>1 0>2 1>3 2>3 0>3", "0 3, 0 1 3, 0 2 3"), ("0>1 1>0 1>2", "0 1 2"), ("0>1 2>1", ""), ("0>2 2>2", "0 2"),
  ]) func found(edges: String, expected: String) {
    let end: Int32 = edges.contains("3") ? 3 : 2
    let ways = waysBreadthFirst(WaysTests.edges(edges), from: 0, to: end)
    #expect(ways.map { $0.map(String.init).joined(separator: " ") }.joined(separator: ", ") == expected)
  }

  @Test func itselfIsTheOnlyWayToItself() { #expect(waysBreadthFirst(WaysTests.edges("0>1 1>0"), from: 0, to: 0) == [[0]]) }

  @Test(arguments: [
    (#"\n"#, "\n"), (#"\t, "#, "\t, "), (#"\\"#, "\\"), (#"\x41"#, "A"), (#"\0"#, "\0"), (" ", " "), (#"\q"#, nil), (#"\"#, nil),
    (#"\x4"#, nil),
  ]) func separators(written: String, meant: String?) { #expect(unescaped(written) == meant) }
}
