// The one thread that writes to the database: what is put is queued, and committed in batches.

internal import Fingerprints
internal import Glibc
internal import Host
internal import Synchronization

/// A queue in front of the environment. What is queued can be read at once; once committed, it is forgotten here.
final class Writer: Sendable {
  /// Backpressure: who puts waits while more than this is queued, in bytes.
  private static let queueLimit = 64 << 20
  /// A transaction ends after about this many bytes or operations.
  private static let batchBytes = 16 << 20
  private static let batchCount = 8192
  /// How long a small batch waits for company, in milliseconds: each commit writes whole pages and waits for the disk (0.25 ms and more).
  private static let linger = 20

  private struct Name: Hashable {
    let table: Store.Table
    let key: Fingerprint
  }

  private struct State {
    var queue: [[Operation]] = []
    var queuedBytes = 0
    var queuedCount = 0
    var pending: [Name: (bytes: [UInt8], batch: Int)] = [:]
    /// Numbers of batches: taken in, and done with.
    var lastQueued = 0
    var lastDone = 0
    var waitingFor = 0
    var isClosing = false
    /// Nothing is taken in any more.
    var hasStopped = false
    var thread: Thread?
  }

  private let state = Monitor(State())
  private let pendingCount = Atomic<Int>(0)
  /// Commits so far. A look-up that misses in an older transaction looks again: the value may have left `pending` meanwhile.
  let commits = Atomic<Int>(0)
  private let environment: Environment
  private let secret: Secret
  /// Given the reason and the blobs that were queued, once, when writing fails.
  private let onFailure: @Sendable (StoreError, [Store.Entry]) -> Void

  init(_ environment: Environment, _ secret: Secret, onFailure: @escaping @Sendable (StoreError, [Store.Entry]) -> Void) {
    self.environment = environment
    self.secret = secret
    self.onFailure = onFailure
  }

  /// - Returns: false where writing has stopped: nothing was queued.
  func put(_ operations: [Operation]) -> Bool {
    if operations.isEmpty { return true }
    return state.wait(until: { $0.queuedBytes < Self.queueLimit || $0.hasStopped }) { state in
      if state.hasStopped || state.isClosing { return false }
      if state.thread == nil {
        guard let thread = Thread({ [self] in run() }) else { return false }
        state.thread = thread
      }
      state.lastQueued += 1
      state.queue.append(operations)
      state.queuedBytes += operations.reduce(0) { $0 + $1.size }
      state.queuedCount += operations.count
      for operation in operations {
        if case .put(let entry, _) = operation {
          state.pending[Name(table: entry.table, key: entry.key)] = (entry.bytes, state.lastQueued)
        } else if case .delete(let table, let key) = operation {
          state.pending[Name(table: table, key: key)] = nil
        }
      }
      pendingCount.store(state.pending.count, ordering: .releasing)
      return true
    }
  }

  /// What is queued under a key and not yet committed.
  func pending(_ table: Store.Table, _ key: Fingerprint) -> [UInt8]? {
    if pendingCount.load(ordering: .acquiring) == 0 { return nil }
    return state.look { $0.pending[Name(table: table, key: key)]?.bytes }
  }

  /// Waits until all that was put before is committed or given up.
  func flush() {
    let target = state.change { state in
      state.waitingFor = state.lastQueued
      return state.lastQueued
    }
    state.wait(until: { $0.lastDone >= target || $0.hasStopped }) { _ in }
  }

  /// Commits what is queued and ends the thread.
  func close() {
    let thread = state.change { state in
      state.isClosing = true
      defer { state.thread = nil }
      return state.thread
    }
    thread?.join()
    stop()
  }

  private func stop() {
    state.change { state in
      state.hasStopped = true
      state.queue = []
      state.queuedBytes = 0
      state.pending = [:]
      pendingCount.store(0, ordering: .releasing)
    }
  }

  private func run() {
    while true {
      state.wait(until: { !$0.queue.isEmpty || $0.isClosing }) { _ in }
      state.wait(
        atMost: Self.linger,
        until: {
          $0.isClosing || $0.waitingFor > $0.lastDone || $0.queuedCount >= 512 || $0.queuedBytes >= Self.batchBytes / 4
        }
      ) { _ in }
      let taken = state.change { state in
        var operations: [Operation] = []
        var bytes = 0
        var count = 0
        while count < state.queue.count, operations.count < Self.batchCount, bytes < Self.batchBytes {
          operations += state.queue[count]
          bytes += state.queue[count].reduce(0) { $0 + $1.size }
          count += 1
        }
        state.queue.removeFirst(count)
        state.queuedCount -= operations.count
        return (operations: operations, bytes: bytes, batches: count)
      }
      if taken.batches == 0 { return }
      do throws(StoreError) {
        try environment.write(taken.operations, secret)
      } catch {
        // Blobs are wanted by later actions of this run: they are handed on before they are forgotten here.
        let blobs = state.change { state in
          state.hasStopped = true
          return state.pending.compactMap { $0.key.table == .blobs ? Store.Entry(.blobs, $0.key.key, $0.value.bytes) : nil }
        }
        onFailure(error, blobs)
        stop()
        return  // and the thread ends, as `Environment.write` asks
      }
      commits.wrappingAdd(1, ordering: .releasing)  // before anything leaves `pending`
      state.change { state in
        state.lastDone += taken.batches
        state.queuedBytes -= taken.bytes
        for case .put(let entry, _) in taken.operations {
          let name = Name(table: entry.table, key: entry.key)
          if let pending = state.pending[name], pending.batch <= state.lastDone { state.pending[name] = nil }
        }
        pendingCount.store(state.pending.count, ordering: .releasing)
      }
    }
  }
}
