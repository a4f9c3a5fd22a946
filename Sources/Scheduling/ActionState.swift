// The life of one action of a plan, as a plain value: event in, what to do out. The scheduler keeps one of these per action.

package import Execution

/// The life of one action.
///
///                   last dependency done          missed
///       ┌─────────┐ ───────────────▶ ┌───────────┐ ─────▶ ┌───────┐  slot free   ┌─────────┐
///       │ waiting │                  │ lookingUp │        │ ready │ ───────────▶ │ running │
///       └─────────┘ ◀─── output ──── └───────────┘ ◀───── └───────┘ ◀─────────── └─────────┘
///            │            lost          │   │   hit    found to be    failed, attempts  │
///            │                          │   │          a set's        are left          │
///            │           same key as    │   │          first-level                      │ finished
///            │           one under way  │   │          miss                             │
///            │                          ▼   │                                           ▼
///            │                  ┌───────────┐ leader done      ┌──────────────────────────┐
///            │                  │ following │ ───────────────▶ │           done           │
///            │                  └───────────┘                  └──────────────────────────┘
///            │ a dependency failed, or the run is cancelled                ▲
///            └─────────────────────────────────────────────────────────────┘
///
/// A result whose bytes turn out to be gone goes back from `done` to `ready`, and whoever wanted to use it back to `waiting`.
/// No lock, clock or thread in here: each event returns what its caller must now do.
package struct ActionState: Equatable, Sendable {
  package enum Phase: Equatable, Sendable {
    case waiting
    /// Its key is being made and asked for. With `expanding`, by its exact inputs, because the key over symbolic sets missed.
    case lookingUp(expanding: Bool)
    case ready
    case running
    /// Another action with the same key is under way; this one takes its result.
    case following(ActionID)
    case done(Ending)
  }

  package enum Ending: Equatable, Sendable {
    case succeeded, failed, cancelled
    case skipped(because: ActionID)
  }

  package private(set) var phase: Phase = .waiting
  /// Dependencies that are not done.
  package private(set) var missing: Int32
  package private(set) var attempt: Int32 = 0
  private let attempts: Int32
  /// Set once its kept result proved useless: no look-up any more.
  package private(set) var mustRun: Bool

  package init(dependencies: Int, attempts: Int, mustRun: Bool = false) {
    missing = Int32(clamping: dependencies)
    self.attempts = Int32(clamping: max(1, attempts))
    self.mustRun = mustRun
  }

  package var isDone: Bool { if case .done = phase { true } else { false } }

  package enum Readiness: Equatable, Sendable { case notYet, lookUp, run, nothing }

  /// What an action with no dependency left must do: called once at its start, and by `dependencySucceeded`.
  package mutating func begin() -> Readiness {
    guard phase == .waiting else { return .nothing }
    guard missing == 0 else { return .notYet }
    phase = mustRun ? .ready : .lookingUp(expanding: false)
    return mustRun ? .run : .lookUp
  }

  /// One of its dependencies is done, and well.
  package mutating func dependencySucceeded() -> Readiness {
    guard phase == .waiting, missing > 0 else { return .nothing }
    missing -= 1
    return begin()
  }

  /// - Returns: whether it ended by that (its dependents must hear of it, with the same `root`).
  package mutating func dependencyFailed(root: ActionID) -> Bool {
    guard phase == .waiting else { return false }
    phase = .done(.skipped(because: root))
    return true
  }

  package enum LookUp: Equatable, Sendable {
    case hit(succeeded: Bool)
    /// The first-level key over symbolic sets is unknown: ask again with the exact inputs.
    case unknownSets
    case miss
    /// `leader` has the same key and is not done.
    case sameAs(ActionID)
  }

  /// - Returns: whether it is done by that.
  package mutating func lookedUp(_ answer: LookUp) -> Bool {
    guard case .lookingUp = phase else { return false }
    switch answer {
    case .hit(let succeeded):
      phase = .done(succeeded ? .succeeded : .failed)
      return true
    case .unknownSets: phase = .lookingUp(expanding: true)
    case .miss: phase = .ready
    case .sameAs(let leader): phase = .following(leader)
    }
    return false
  }

  /// A slot is free for it.
  package mutating func start() -> Bool {
    guard phase == .ready else { return false }
    phase = .running
    attempt += 1
    return true
  }

  package enum Finish: Equatable, Sendable { case done, retry, ignored }

  /// Its process ended. `mayRetry`: the failure is one that another attempt could cure.
  package mutating func finished(_ ending: Ending, mayRetry: Bool) -> Finish {
    guard phase == .running else { return .ignored }
    if ending == .failed && mayRetry && attempt < attempts {
      phase = .ready
      return .retry
    }
    phase = .done(ending)
    return .done
  }

  /// The action it follows is done. A leader that was cancelled leaves its follower cancelled as well.
  package mutating func leaderFinished(_ ending: Ending) -> Bool {
    guard case .following = phase else { return false }
    phase = .done(ending)
    return true
  }

  /// It cannot be started at all: an input cannot be read, or is not planned.
  package mutating func fail() { phase = .done(.failed) }

  /// The run is interrupted. Running ones end through `finished`.
  /// - Returns: whether it ended by that.
  package mutating func cancel() -> Bool {
    switch phase {
    case .waiting, .lookingUp, .ready, .following:
      phase = .done(.cancelled)
      return true
    case .running, .done: return false
    }
  }

  /// Bytes of its kept result are gone: it is to run again.
  /// - Returns: false where it is under way already.
  package mutating func outputsLost() -> Bool {
    guard case .done(.succeeded) = phase else { return false }
    phase = .ready
    mustRun = true
    attempt = 0
    return true
  }

  /// One of its dependencies, done already, is to run again.
  package mutating func dependencyLost() {
    if phase == .waiting { missing += 1 }
  }

  /// Instead of starting it waits for `count` dependencies that must run again.
  package mutating func wait(for count: Int) {
    guard phase == .running || phase == .ready else { return }
    if phase == .running { attempt -= 1 }
    phase = .waiting
    missing = Int32(clamping: count)
  }
}
