// The two POSIX locks that `Synchronization` does not have: readers and a writer, and a lock one can wait on.

internal import Glibc

/// Any number of shared holders, or one exclusive one. Readers are preferred, so a thread may hold it shared twice.
final class ReadWriteLock: @unchecked Sendable {  // the pointer never changes; POSIX allows all threads to use what it points to
  private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)

  init() { pthread_rwlock_init(lock, nil) }

  deinit {
    pthread_rwlock_destroy(lock)
    lock.deallocate()
  }

  func lockShared() { pthread_rwlock_rdlock(lock) }

  func unlock() { pthread_rwlock_unlock(lock) }

  /// - Returns: false where shared holders stayed for that many seconds.
  func lockExclusively(within seconds: Int) -> Bool {
    for _ in 0..<seconds * 1000 {
      if pthread_rwlock_trywrlock(lock) == 0 { return true }
      usleep(1000)
    }
    return false
  }
}

/// State behind a mutex, and a way to wait until it changes.
final class Monitor<State>: @unchecked Sendable {  // `state` is touched only while `mutex` is held; the pointers never change
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var state: State

  init(_ state: sending State) {
    self.state = state
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Changes the state and wakes all who wait for it.
  func change<Result>(_ body: (inout State) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
    return body(&state)
  }

  func look<Result>(_ body: (borrowing State) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(state)
  }

  /// Waits until `isReady`, at most `milliseconds` where given; then changes the state.
  func wait<Result>(atMost milliseconds: Int? = nil, until isReady: (borrowing State) -> Bool, _ body: (inout State) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
    var deadline = timespec()
    if let milliseconds {
      clock_gettime(CLOCK_REALTIME, &deadline)
      deadline.tv_nsec += milliseconds % 1000 * 1_000_000
      deadline.tv_sec += milliseconds / 1000 + deadline.tv_nsec / 1_000_000_000
      deadline.tv_nsec %= 1_000_000_000
    }
    while !isReady(state) {
      if milliseconds == nil {
        pthread_cond_wait(condition, mutex)
      } else if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT {
        break
      }
    }
    return body(&state)
  }
}
