// From what differs in keys to what the summary says.

package import Events
internal import Execution

extension RunReason {
  /// Each reason once, in a stable order, for what ran again; what ran for the first time has none.
  package static func reasons(of outcomes: some Sequence<Outcome>) -> [RunReason] {
    inOrder(outcomes.lazy.filter { $0.how == .ran }.flatMap(\.changes).map(RunReason.init))
  }

  package static func reasons(of results: some Sequence<FileResult>) -> [RunReason] {
    var reasons: [RunReason] = []
    for result in results {
      switch result.reason {
      case .content: reasons.append(.file(result.path))
      case .scope(let changes): reasons += changes.isEmpty ? [.inside(result.path)] : changes.map(RunReason.init)
      case .tool(let changes): reasons += changes.map(RunReason.init)
      case .firstRun, .notKept, nil: break
      }
    }
    return inOrder(reasons)
  }

  init(_ change: Change) {
    switch change.kind {
    case .input, .inputLink: self = .file(change.name)
    case .inputSet: self = .inside(change.name)
    case .option: self = .option(change.name)
    case .environment: self = .environment(change.name)
    case .tool: self = .tool(change.name)
    case .plugin: self = .plugin(change.name)
    case .engine: self = .other("Baji's version")
    case .platform: self = .other("the platform")
    case .argument: self = .other("arguments")
    case .output: self = .other("declared outputs")
    case .standardInput: self = .other("standard input")
    case .workingDirectory: self = .other("the working directory")
    case .sandbox: self = .other("the sandbox's level")
    case .resultStatuses: self = .other("exit statuses")
    case .runNumber: self = .other("the run's number")
    case .inputTimes: self = .other("the times of its inputs")
    }
  }

  private static func inOrder(_ reasons: some Sequence<RunReason>) -> [RunReason] {
    var seen: Set<RunReason> = []
    var found: [RunReason] = []
    for reason in reasons where seen.insert(reason).inserted { found.append(reason) }
    // An option is always an argument too, and says more.
    if found.contains(where: { if case .option = $0 { true } else { false } }) { found.removeAll { $0 == .other("arguments") } }
    return found
  }
}
