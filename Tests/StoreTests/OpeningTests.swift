// What opening costs and leaves, and what the first process after a crash finds.

import Fingerprints
import Host
import Store
import Testing
import TestSupport

@Suite struct OpeningTests {
  @Test func marksOfDeadRunsAreRemoved() throws {
    let folder = try TemporaryDirectory()
    try open(folder.path).close()
    try Files.write(Array("1".utf8), to: "\(folder.path)/runs/deadrun")
    try Files.write(Array("{}".utf8), to: "\(folder.path)/runs/deadrun.jsonl")
    let store = try open(folder.path)
    #expect(store.statistics().liveRuns == 1)
    #expect(try Files.names(in: "\(folder.path)/runs") == ["deadrun.jsonl", store.runID].sorted())
    store.close()
  }

  @Test func openingIsCheap() throws {
    let folder = try TemporaryDirectory()
    try open(folder.path).close()
    let clock = ContinuousClock()
    var best = Duration.seconds(1)
    for _ in 0..<20 {
      best = min(best, try clock.measure { _ = try open(folder.path) })
    }
    #expect(best < .milliseconds(10), "a debug build on a loaded machine; release takes a fraction of a millisecond")
  }
}
