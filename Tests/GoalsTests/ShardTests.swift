// Shares of the tests: all of them together are all tests, none is in two, and everybody agrees.

import Diagnostics
import Testing

@testable import Goals

@Suite struct ShardTests {
  @Test(arguments: [
    ("0/1", "0 of 1"), ("2/3", "2 of 3"), ("", "all"), ("3/3", "error"), ("-1/3", "error"), ("1", "error"), ("a/b", "error"),
  ])
  func parses(text: String, expected: String) {
    let found: String
    do throws(UserError) {
      found = try Shard(parsing: text).map { "\($0.index) of \($0.count)" } ?? "all"
    } catch {
      found = "error"
    }
    #expect(found == expected)
  }

  private let names = (0..<23).map { "d/t\($0)" }

  @Test(arguments: [1, 2, 5, 30], [false, true])
  func everyTestIsInExactlyOneShare(count: Int, hasDurations: Bool) throws {
    let seconds = hasDurations ? Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Double($0 * $0)) }) : [:]
    var found: [Int] = []
    for index in 0..<count {
      let shard = try #require(try Shard(parsing: "\(index)/\(count)"))
      let members = shard.members(of: names, seconds: seconds)
      // In another order: the same tests.
      let turned = Array(names.reversed())
      #expect(Set(members.map { names[$0] }) == Set(shard.members(of: turned, seconds: seconds).map { turned[$0] }))
      found += members
    }
    #expect(found.sorted() == Array(names.indices))
  }

  @Test func sharesTakeAboutAsLong() throws {
    let seconds = ["a": 10.0, "b": 1, "c": 1, "d": 8, "e": 1]
    let names = seconds.keys.sorted()
    let loads = try (0..<2).map { index in
      try #require(try Shard(parsing: "\(index)/2")).members(of: names, seconds: seconds).reduce(0) { $0 + (seconds[names[$1]] ?? 0) }
    }
    #expect(loads.sorted() == [10, 11])
  }
}
