// Time: one seam, so that a test of a half-minute timeout takes no time.

internal import Glibc
internal import Synchronization

/// Where "how long" comes from. Never what o'clock it is: see ``WallClock``.
package protocol TimeSource: Sendable {
  /// Since an arbitrary moment; never goes back.
  var now: Duration { get }
}

/// The kernel's CLOCK_MONOTONIC.
package struct MonotonicClock: TimeSource {
  package init() {}

  package var now: Duration {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}

/// A clock that moves only when told to.
package final class ManualClock: TimeSource {
  private let ticks = Mutex<Duration>(.zero)

  package init() {}

  package var now: Duration { ticks.withLock { $0 } }

  package func advance(by step: Duration) { ticks.withLock { $0 += step } }
}

/// What o'clock it is; for records and file names, never for measuring.
package enum WallClock {
  /// Nanoseconds since the epoch.
  package static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

extension Duration {
  /// As a number of seconds, fractions included.
  package var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
