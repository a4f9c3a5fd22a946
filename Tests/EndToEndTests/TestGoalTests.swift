// test: batches, files without tests, shares, JUnit files and coverage.

import Foundation
import Testing

@Suite(.needsBinary) struct TestGoalTests {
  private let tests = [
    "src/BUILD": "toy_tests(name = \"t\", overrides = {(\"k1.t\", \"k2.t\"): {\"tag\": \"k\"}})\n",
    "src/one.t": "ok\n", "src/two.t": "ok\n", "src/k1.t": "ok\n", "src/k2.t": "ok\n",
  ]

  @Test func testsOfOneKeyShareARun() throws {
    let baji = try Toy.workspace(tests)
    let all = try baji("test", "--output=all", "::")
    #expect(all.status == 0, "\(all.text)")
    #expect(all.output.contains("src/k1.t:t and 1 other file"))
    #expect(all.output.contains("run src/k1.t\nrun src/k2.t"))
    #expect(all.output.contains("test: 4 passed (3 ran)"))
    try baji.write(["src/k2.t": "changed\n"])
    #expect(try baji("test", "::").output.contains("test: 4 passed (1 ran: src/k2.t changed; 2 cached)"))
    #expect(try baji("test", "--batch-size=1", "::").output.contains("test: 4 passed (2 ran"))
  }

  @Test func aFileWithoutTestsIsAStateOfItsOwn() throws {
    let baji = try Toy.workspace(["src/none.t": "empty\n"])
    for _ in 0..<2 {
      let refused = try baji("test", "::")
      #expect(refused.status == 1)
      #expect(refused.output.contains("no tests found"), "\(refused.text)")
      #expect(refused.output.contains("test: 1 failed (1 ran"))
    }
    let allowed = try baji("test", "--toy-test-allow-empty", "::")
    #expect(allowed.status == 0, "\(allowed.text)")
    #expect(allowed.output.contains("test: 1 without tests"))
    #expect(try baji("test", "--toy-test-allow-empty", "::").output.contains("(1 cached)"))
    #expect(try baji("test", "--toy-test-skip", "::").output.contains("test: nothing to do"))
  }

  @Test func everyTestIsInOneShare() throws {
    let baji = try Toy.workspace(tests)
    var seen: [String] = []
    for index in 0..<3 {
      let ended = try baji("test", "--shard=\(index)/3", "--output=all", "::")
      #expect(ended.status == 0, "\(ended.text)")
      seen += ended.output.split(separator: "\n").filter { $0.hasPrefix("run ") }.map(String.init)
    }
    #expect(seen.sorted() == ["run src/k1.t", "run src/k2.t", "run src/one.t", "run src/two.t"])
    let bad = try baji("test", "--shard=3/3", "::")
    #expect(bad.status == 2)
    #expect(bad.error.contains("`k/N`"))
    #expect(try baji("test", "--durations-file=times.json", "--record-durations", "::").status == 0)
    let times = try #require(try JSONSerialization.jsonObject(with: try baji.bytes("times.json")) as? [String: Double])
    #expect(times.keys.sorted() == ["src/k1.t:t", "src/k2.t:t", "src/one.t:t", "src/two.t:t"])
    #expect(try baji("test", "--durations-file=times.json", "--shard=0/2", "::").status == 0)
  }

  @Test func reportsAreLaidOutUnderTheirTestsNames() throws {
    let baji = try Toy.workspace(tests.merging(["src/two.t": "fail\n"]) { $1 })
    let ended = try baji("test", "--report", "::")
    #expect(ended.status == 1)
    for name in ["src.one.t.t", "src.two.t.t", "src.k1.t.t+1"] { #expect(baji.exists("dist/test/reports/\(name).xml"), "\(name)") }
    #expect(try baji("test", "--report", "--report-dir=out", "::").status == 1)
    #expect(baji.exists("out/src.one.t.t.xml"))
  }

  @Test func coverageIsMergedOverKeptFreshAndFailedTests() throws {
    let baji = try Toy.workspace(tests)
    let first = try baji("test", "--use-coverage", "::")
    #expect(first.status == 0, "\(first.text)")
    // A batch leaves one file: its last test's.
    #expect(first.output.contains("covered: src/k2.t src/one.t src/two.t"), "\(first.text)")
    #expect(try baji.read("dist/coverage/toy/report.txt") == "src/k2.t\nsrc/one.t\nsrc/two.t\n")
    let again = try baji("test", "--use-coverage", "::")
    #expect(again.output.contains("covered: src/k2.t src/one.t src/two.t"))
    #expect(again.output.contains("test: 4 passed (3 cached)"), "\(again.text)")
    try baji.write(["src/one.t": "fail\n"])
    let failed = try baji("test", "--use-coverage", "::")
    #expect(failed.status == 1)
    #expect(failed.output.contains("covered: src/k2.t src/one.t src/two.t"), "\(failed.text)")
  }
}
