// What a worker does with one action: list its inputs, run it, make its exact key, and say what has changed.

internal import Events
internal import Execution
internal import Fingerprints
internal import Host
internal import Store

/// An input cannot be listed: the sentence says why.
struct Unusable: Error, Sendable {
  let sentence: String
}

/// What became of one start of an action.
struct Performance: Sendable {
  var result: ActionResult
  /// Over the bytes that were really read; nil where no key is wanted or the inputs could not be listed.
  var sealed: SealedKey?
  var changes: [Change] = []
  var isFirstRun = false
  var renewed: [String: Fingerprint] = [:]
}

extension Scheduler {
  /// What `action` takes of the slots. One that wants more than there is gets all.
  func share(of action: Action) -> (cpus: Int, memory: Int64) {
    (max(1, min(action.cpus, slots.cpus)), max(0, min(action.memory, slots.memory)))
  }

  func exactKey(of action: Action, produced: [ActionID: [ProducedFile]]) -> Result<Fingerprint, Unusable> {
    do {
      let files = try action.expandedInputs { produced[$0] ?? [] }
      return .success(action.secondLevelKey(context, files: files).key)
    } catch {
      return .failure(Unusable(sentence: "\(error)"))
    }
  }

  /// - Parameter last: the exact key under which its subject was done last.
  func perform(
    _ action: Action, id: ActionID, cpus: Int, slot: Int, produced: [ActionID: [ProducedFile]], last: Fingerprint?
  ) -> Performance {
    if cancellation.isCancelled { return Performance(result: ActionResult(ending: .cancelled)) }
    var files: [InputFile]
    do {
      files = try action.expandedInputs { produced[$0] ?? [] }
    } catch {
      return Performance(result: ActionResult(ending: .notStarted("\(error)")))
    }
    var renewed: [String: Fingerprint] = [:]
    let prepared = PreparedAction(action, id: id, files: files, cpus: cpus, slot: slot)
    let result = runner.run(prepared, cancellation: cancellation) { renewed.merge($0) { $1 } }
    var performance = Performance(result: result, renewed: renewed)
    guard action.cache != .never else { return performance }
    for index in files.indices {
      guard let actual = renewed[files[index].path] else { continue }
      let file = files[index]
      files[index] = InputFile(path: file.path, isExecutable: file.isExecutable, fingerprint: actual, source: file.source)
    }
    let sealed = action.secondLevelKey(context, files: files)
    performance.sealed = sealed
    if let last, let before = Manifest(root: last, fetch: { store.get(.manifests, key: $0) }) {
      performance.changes = sealed.manifest.difference(from: before)
    } else {
      performance.isFirstRun = true
    }
    return performance
  }
}

extension ActionResult.Ending {
  /// Whether the same action, run again, may end otherwise: a test that failed, hung, or was killed.
  var mayBeCuredByRetrying: Bool {
    switch self {
    case .exited, .signalled, .timedOut, .missingOutputs: true
    case .cancelled, .inputsChanged, .missingInputs, .notStarted: false
    }
  }
}

extension Outcome {
  var eventEnding: Event.Ending {
    switch how {
    case .hit: isSuccess ? .cached : .failed
    case .deduplicated: isSuccess ? .cached : .failed
    case .ran: isSuccess ? .succeeded : .failed
    case .skipped: .skipped
    case .cancelled: .cancelled
    }
  }

  /// The outcome of an action that shares the key of `leader`, whose outcome this is.
  func followed(by action: Action, leader: ActionID) -> Outcome {
    if how == .cancelled { return Outcome(how: .cancelled) }
    return Outcome(
      how: .deduplicated(of: leader), result: result, key: key, isSuccess: result.map { action.isSuccess($0.ending) } ?? false,
      attempts: attempts, changes: changes, isFirstRun: isFirstRun, renewed: renewed)
  }
}
