// The size stays bounded: least recently used first, nothing a live run may rely on.

import Fingerprints
import Host
import Store
import Testing
import TestSupport

@Suite struct CollectTests {
  @Test func theLeastRecentlyUsedGoesFirst() throws {
    let folder = try TemporaryDirectory()
    let clock = SetClock()
    var names: [Fingerprint] = []
    // Ten runs, a day and more apart, each writes 50 KB into the database.
    for round in 0..<10 {
      let store = try open(folder.path, clock: clock)
      names.append(store.putBlob(noise(50_000, seed: UInt64(round))))
      if round == 9 { #expect(store.blob(names[0]) != nil) }  // the oldest is used again
      store.close()
      clock.advance(hours: 30)
    }
    let store = try open(folder.path, clock: clock)
    let report = store.collect(maxSize: 300_000)
    #expect(report.sizeBefore > 500_000)
    #expect(report.sizeAfter <= 270_000)
    #expect(store.hasBlob(names[0]))
    #expect(!store.hasBlob(names[1]))
    #expect(!store.hasBlob(names[4]))
    #expect(store.hasBlob(names[9]))
    #expect(store.collect(maxSize: 300_000).removedEntries == 0)
    store.close()
  }

  @Test func filesAndTreesAreCollectedToo() throws {
    let folder = try TemporaryDirectory()
    let store = try open(folder.path)
    let name = store.putBlob(noise(200_000, seed: 1))
    let recipe = store.secret.fingerprint(of: "recipe")
    let path = try store.tree(recipe: recipe) { try Files.write(noise(100_000, seed: 2), to: "\($0)/big") }
    store.close()
    // This run begins later (as its clock has it), so that nothing of the first is its own.
    let later = SetClock()
    later.advance(hours: 24 * 365)
    let next = try open(folder.path, clock: later)
    #expect(next.statistics().bytes > 300_000)
    let report = next.collect(maxSize: 1000)
    #expect(report.removedBlobFiles == 1)
    #expect(report.removedTrees == 1)
    #expect(!next.hasBlob(name))
    #expect(!Files.exists(path))
    #expect(try Files.names(in: "\(folder.path)/gone") == [])
    next.close()
  }

  @Test func whatALiveRunMayRelyOnStays() throws {
    let folder = try TemporaryDirectory()
    let clock = SetClock()
    let first = try open(folder.path, clock: clock)
    let old = first.putBlob(noise(50_000, seed: 1))
    first.close()
    clock.advance(hours: 48)
    let living = try open(folder.path, clock: clock)  // the oldest live run
    clock.advance(hours: 48)
    let young = living.putBlob(noise(50_000, seed: 2))
    living.flush()
    let collector = try open(folder.path, clock: clock)
    #expect(collector.statistics().liveRuns == 2)
    _ = collector.collect(maxSize: 0)
    #expect(!collector.hasBlob(old))
    #expect(collector.hasBlob(young))
    living.close()
    collector.close()
    clock.advance(hours: 1)
    let last = try open(folder.path, clock: clock)
    _ = last.collect(maxSize: 0)
    #expect(!last.hasBlob(young))
    last.close()
  }

  @Test func aRunThatWroteCollectsAtItsEndAndOneThatReadDoesNot() throws {
    let folder = try TemporaryDirectory()
    let clock = SetClock()
    let first = try open(folder.path, clock: clock)
    let old = first.putBlob(noise(60_000, seed: 1))
    first.close()
    clock.advance(hours: 48)
    let reading = try open(folder.path, clock: clock)
    #expect(reading.blob(old) != nil)
    reading.close(maxSize: 1000)
    let check = try open(folder.path, clock: clock)
    #expect(check.hasBlob(old))
    check.close()
    clock.advance(hours: 1)
    let writing = try open(folder.path, clock: clock)
    _ = writing.putBlob(noise(10, seed: 2))
    writing.close(maxSize: 1000)
    let last = try open(folder.path, clock: clock)
    #expect(!last.hasBlob(old))
    last.close()
  }

  @Test func usesAreWrittenOnceADay() throws {
    let folder = try TemporaryDirectory()
    let clock = SetClock()
    let first = try open(folder.path, clock: clock)
    let name = first.putBlob([1, 2, 3])
    first.close()
    let records = { () throws -> Int in
      let store = try open(folder.path, clock: clock)
      defer { store.close() }
      #expect(store.blob(name) != nil)
      return store.statistics().parts.first { $0.name == "uses" }?.entries ?? -1
    }
    #expect(try records() == 0)
    #expect(try records() == 0)  // written within the day
    clock.advance(hours: 25)
    #expect(try records() == 0)
    #expect(try records() == 1)  // by the run before
    #expect(try records() == 1)
  }

  @Test func clearLeavesAnEmptyStore() throws {
    let folder = try TemporaryDirectory()
    let store = try open(folder.path)
    let name = store.putBlob(noise(100_000, seed: 1))
    store.put(.memo, key: name, [1])
    let other = try open(folder.path)
    #expect(throws: StoreError.self) { try store.clear() }
    other.close()
    let again = try open(folder.path)
    try again.clear()
    let last = try open(folder.path)
    #expect(last.statistics().parts.allSatisfy { $0.entries == 0 })
    #expect(last.secret.bytes == store.secret.bytes)
    last.close()
  }
}
