// What the store's tests share: a store in a folder of the test's own, warnings kept, a clock that is set.

import Fingerprints
import Host
import Store
import Synchronization
import TestSupport

/// Collects what the store reports.
final class Reports: Sendable {
  private let lines = Mutex<[String]>([])
  func add(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
}

/// Seconds since the epoch, moved by the test.
final class SetClock: Sendable {
  private let seconds = Mutex<Int64>(1_800_000_000)
  var now: Int64 { seconds.withLock { $0 } }
  func advance(hours: Int64) { seconds.withLock { $0 += hours * 3600 } }
}

func open(_ folder: String, clock: SetClock? = nil, mapSize: Int? = nil, reports: Reports = Reports()) throws -> Store {
  if let clock {
    return try Store.open(at: folder, mapSize: mapSize, now: { clock.now }, report: { reports.add($0) })
  }
  return try Store.open(at: folder, mapSize: mapSize, report: { reports.add($0) })
}

/// Bytes that look random and are the same each time.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return UInt8(truncatingIfNeeded: state)
  }
}
