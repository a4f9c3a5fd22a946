// What became of one action of a plan.

package import Execution
package import Fingerprints

package struct Outcome: Sendable {
  package enum How: Sendable, Equatable {
    /// The result was kept from an earlier run.
    case hit
    case ran
    /// Another action of this plan has the same key, and its result.
    case deduplicated(of: ActionID)
    /// Not done because this action, somewhere below it, gave no success.
    case skipped(because: ActionID)
    /// Not done, or not to its end, because the run was interrupted.
    case cancelled
  }

  package let how: How
  /// Nil when skipped, and when cancelled before it was started.
  package let result: ActionResult?
  /// The exact key; nil where none was made (`CachePolicy.never`, skipped, cancelled).
  package let key: Fingerprint?
  /// Whether the ending is one of the action's success statuses.
  package let isSuccess: Bool
  /// How often it ran until this result; also of a kept result.
  package let attempts: Int
  /// What differs from the last time its subject was done; empty for hits.
  package let changes: [Change]
  /// No earlier manifest of its subject is known.
  package let isFirstRun: Bool

  /// Inputs that were read with other bytes than planned (sandbox path → what was read): the result belongs to these.
  package let renewed: [String: Fingerprint]

  /// It failed, and then passed.
  package var isFlaky: Bool { isSuccess && attempts > 1 }

  /// Seconds the run took (for a kept result: the run that made it).
  package var seconds: Double { result?.usage.wall ?? 0 }

  package var isCached: Bool { how == .hit }

  package init(
    how: How, result: ActionResult? = nil, key: Fingerprint? = nil, isSuccess: Bool = false, attempts: Int = 1,
    changes: [Change] = [], isFirstRun: Bool = false, renewed: [String: Fingerprint] = [:]
  ) {
    self.how = how
    self.result = result
    self.key = key
    self.isSuccess = isSuccess
    self.attempts = attempts
    self.changes = changes
    self.isFirstRun = isFirstRun
    self.renewed = renewed
  }
}

extension Action {
  /// Whether `ending` is a status that this action declares as success.
  package func isSuccess(_ ending: ActionResult.Ending) -> Bool {
    guard case .exited(let status) = ending else { return false }
    return successStatuses.contains(status)
  }

  /// The table of `docs/engine.md`, *What is kept*: the process ended by itself with a status that is a result, and that result may be kept.
  ///
  /// Signals, timeouts, cancellation, changed inputs, missing outputs and programs that did not start are other endings, and never kept.
  package func keeps(_ ending: ActionResult.Ending) -> Bool {
    switch cache {
    case .run, .never: return false
    case .results, .writeOnly: break
    }
    guard case .exited(let status) = ending, resultStatuses.contains(status) else { return false }
    return keepsFailures || successStatuses.contains(status)
  }
}
