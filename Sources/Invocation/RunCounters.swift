// `[stats] log`: how many actions a run had, and what became of them.

internal import Events
internal import Synchronization

/// Counts what is reported.
final class RunCounters: Sendable {
  private struct State {
    var ran = 0
    var kept = 0
    var failed = 0
    var seconds = 0.0
  }

  private let state = Mutex(State())

  func count(_ event: Event) {
    guard case .finished(_, _, let how, let seconds) = event else { return }
    state.withLock { state in
      switch how {
      case .cached: state.kept += 1
      case .succeeded, .failed:
        state.ran += 1
        state.seconds += seconds
        if how == .failed { state.failed += 1 }
      case .cancelled, .skipped: break
      }
    }
  }

  /// With the names that Pants has for them.
  var lines: [String] {
    let state = state.withLock { $0 }
    return [
      "Counters:", "  local_cache_requests: \(state.kept + state.ran)", "  local_cache_requests_cached: \(state.kept)",
      "  local_cache_requests_uncached: \(state.ran)", "  local_execution_failures: \(state.failed)",
      "  local_execution_requests: \(state.ran)", "  local_process_total_time_run_ms: \(Int(state.seconds * 1000))",
    ]
  }
}
