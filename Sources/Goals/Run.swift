// `run`: one target's program on this terminal, with what follows `--` as its arguments.

internal import Diagnostics
internal import Events
internal import Execution
internal import Host
internal import Options
internal import Plugins
internal import Scheduling
internal import Targets

/// Builds what the target needs, lays it out, and hands the terminal to the program.
/// - Returns: the program's own exit status.
func runTarget(_ session: Session) throws -> Int32 {
  let planner = try session.planner()
  let graph = planner.world.graph
  let selected = try session.selectedForBuilding()
  let runnable = session.ownersFirst(selected.filter { planner.offers(planner.world.plugins.runners, $0) }, in: graph)
  guard let id = runnable.first, runnable.count == 1 else {
    if selected.isEmpty { throw UserError("`run` needs a target", hint: "for example `baji run path/to:target`") }
    if runnable.isEmpty {
      let types = planner.world.plugins.runners.flatMap(\.targetTypes)
      throw UserError(
        "none of the selected targets can be run",
        hint: types.isEmpty ? "no enabled plugin offers it" : "these types can: \(types.joined(separator: ", "))")
    }
    throw UserError(
      "`run` takes one target; these were selected: \(runnable.prefix(10).map { graph.address(of: $0).description }.joined(separator: ", "))"
    )
  }
  let arguments = session.options.strings("run", "args") + (session.command.passthrough ?? [])
  let (action, isInWorkspace) = try planner.run(id, arguments: arguments)
  return try session.runAlone(action, named: "\(graph.address(of: id))", planner, inWorkspace: isInWorkspace)
}

extension Session {
  /// Runs what an action needs, then hands it the terminal and the caller's variables.
  /// - Returns: its own exit status.
  func runAlone(_ action: Action, named name: String, _ planner: Planner, inWorkspace: Bool) throws -> Int32 {
    let outcomes = scheduler.run(planner.plan)
    if let code = reportFailedNeed(of: name, outcomes) { return code }
    switch try runOnTerminal(action, outcomes, inherited: environment, inWorkspace: inWorkspace) {
    case .exited(let status): return status
    case .signalled(let signal): return 128 + signal
    case .cancelled: return 130
    case let ending: throw MachineError("\(name): \(ending.remark)")
    }
  }

  /// Tells the first that failed of what `name` needs.
  /// - Returns: the exit code; nil where all are well.
  func reportFailedNeed(of name: String, _ outcomes: [Outcome]) -> Int32? {
    guard let bad = outcomes.first(where: { !$0.isSuccess }) else { return nil }
    report(.results([line("(needed by \(name))", bad, showsOutput: true)]))
    return [bad].exitCode
  }

  /// Hands the terminal to an action that is no part of the plan, once what it needs has run.
  func runOnTerminal(
    _ action: Action, _ outcomes: [Outcome], inherited: [String: String]? = nil, inWorkspace: Bool = false
  ) throws -> ActionResult.Ending {
    let files = try action.expandedInputs { outcomes[Int($0)].result?.outputs ?? [] }
    if let failure = runner.install(for: action, cancellation: scheduler.cancellation) {
      let said = shownText(of: failure.standardError)
      if !said.isEmpty { report(.note(said)) }
      return failure.ending
    }
    settle()
    return runner.runInTerminal(
      PreparedAction(action, id: -2, files: files), inherited: inherited, inWorkspace: inWorkspace, cancellation: scheduler.cancellation
    ).ending
  }
}
