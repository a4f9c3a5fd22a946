// A counting semaphore between threads.

internal import Glibc

/// Counts signals; `wait` takes one, and sleeps while there is none.
package final class Semaphore: Sendable {
  private nonisolated(unsafe) let raw: UnsafeMutablePointer<sem_t>  // sem_wait and sem_post may be called from any thread

  package init() {
    raw = .allocate(capacity: 1)
    sem_init(raw, 0, 0)
  }

  deinit {
    sem_destroy(raw)
    raw.deallocate()
  }

  package func signal() { sem_post(raw) }

  package func wait() { while sem_wait(raw) != 0 && errno == EINTR {} }
}
