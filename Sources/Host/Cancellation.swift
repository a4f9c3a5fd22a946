// One request to stop, seen by everybody who works or waits.

internal import CHost
internal import Glibc
internal import Synchronization

/// Set once, never unset. Who computes asks `isCancelled`; who waits polls `descriptor`.
package final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)
  /// Becomes readable with the cancellation and stays so; never read from it. -1 where the system had none to give: ask `isCancelled` from time to time.
  package let descriptor: Int32

  package init() { descriptor = baji_eventfd() }

  deinit { if descriptor >= 0 { close(descriptor) } }

  package var isCancelled: Bool { flag.load(ordering: .acquiring) }

  /// May be called from any thread, any number of times.
  package func cancel() {
    guard !flag.exchange(true, ordering: .acquiringAndReleasing), descriptor >= 0 else { return }
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }
}
