// A few threads that live as long as the process, for bulk passes over arrays.

internal import CHost
internal import Glibc
internal import Synchronization

/// Splits a pass over `0..<count` among the cores. No task or object per element: workers take chunks of indices.
package enum Workers {
  /// Processors this process may use (affinity).
  package static let processorCount = max(1, Int(baji_processor_count()))

  /// Calls `body` with ranges that together cover `0..<count`, on at most `processorCount` threads, the caller's among them; returns when all are done.
  ///
  /// Below `minimum` elements everything runs on the caller's thread: starting one costs about 15 µs.
  package static func forEachChunk(of count: Int, chunk: Int = 64, minimum: Int = 128, _ body: @Sendable (Range<Int>) -> Void) {
    guard count > 0 else { return }
    if count < minimum || processorCount == 1 {
      body(0..<count)
      return
    }
    let next = Atomic<Int>(0)
    withoutActuallyEscaping(body) { body in
      let drain = { @Sendable in
        while true {
          let start = next.wrappingAdd(chunk, ordering: .relaxed).oldValue
          if start >= count { return }
          body(start..<min(count, start + chunk))
        }
      }
      var threads: [Thread] = []
      for _ in 1..<min(processorCount, (count + chunk - 1) / chunk) {
        if let thread = Thread(drain) { threads.append(thread) }
      }
      drain()
      for thread in threads { thread.join() }
    }
  }

  /// As `forEachChunk`, with what `body` makes of each range, in the order of the ranges.
  package static func mapChunks<Result: Sendable>(
    of count: Int, chunk: Int = 64, minimum: Int = 128, _ body: @Sendable (Range<Int>) -> Result
  ) -> [Result] {
    let made = Mutex([Int: Result]())
    forEachChunk(of: count, chunk: chunk, minimum: minimum) { range in
      let result = body(range)
      made.withLock { $0[range.lowerBound] = result }
    }
    return made.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value)
  }
}

/// One POSIX thread that runs a closure; `join` waits for it. 8 MiB of stack, as the main thread has.
package struct Thread: Sendable {
  private let handle: pthread_t

  /// - Returns: nil where the system has no thread to give; the caller then does the work itself.
  package init?(_ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, 8 << 20)
    let box = Unmanaged.passRetained(Body(body))
    var handle = pthread_t()
    let failure = pthread_create(
      &handle, &attributes,
      { argument in
        Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    if failure != 0 {
      box.release()
      return nil
    }
    self.handle = handle
  }

  package func join() { pthread_join(handle, nil) }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
