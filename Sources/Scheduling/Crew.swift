// Threads that live as long as the process: a child is told to die with the thread that started it, so no thread here ever ends.

internal import Host

/// Runs jobs, each at once, on a thread of its own; idle threads are taken again. How many run at a time is the caller's to bound.
final class Crew: Sendable {
  static let shared = Crew()

  private struct State {
    var jobs: [@Sendable () -> Void] = []
    var idle = 0
  }

  private let state = Monitor(State())

  private init() {}

  func submit(_ job: @escaping @Sendable () -> Void) {
    let isTaken = state.change { state in
      guard state.idle > state.jobs.count else { return false }
      state.jobs.append(job)
      return true
    }
    if isTaken { return }
    let thread = Thread { [state] in
      job()
      while true {
        state.withLock { $0.idle += 1 }
        // Without a time limit, `wait` returns only with a job.
        let next = state.wait { state -> (@Sendable () -> Void)? in
          guard !state.jobs.isEmpty else { return nil }
          state.idle -= 1
          return state.jobs.removeFirst()
        }
        next?()
      }
    }
    if thread == nil { job() }  // no thread to be had: slower, not wrong
  }
}
