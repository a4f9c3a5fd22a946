// `repl`: an interactive session on this terminal, with what the selected targets reach.

internal import Diagnostics
internal import Events
internal import Execution
internal import Options
internal import Plugins
internal import Scheduling
internal import Targets

/// Builds what the session needs and hands it the terminal.
/// - Returns: the session's own exit status.
func openRepl(_ session: Session) throws -> Int32 {
  let planner = try session.planner()
  let tools = session.plugins.repls
  let selected = session.hasSelection ? try session.selectedForBuilding() : []
  func suited(_ tool: TargetToolDeclaration) -> [TargetID] {
    selected.filter { tool.targetTypes.contains(planner.world.graph.typeName(of: $0)) }
  }
  let chosen: TargetToolDeclaration?
  if let name = session.options.string("repl", "shell"), !name.isEmpty {
    chosen = tools.first { $0.name == name }
    if chosen == nil {
      throw UserError(
        "`--repl-shell` names `\(name)`, which no enabled plugin offers",
        hint: didYouMean(name, amongFew: tools.map(\.name)))
    }
  } else {
    chosen = session.hasSelection ? tools.first { !suited($0).isEmpty } : tools.first
  }
  guard let tool = chosen else {
    let types = tools.flatMap(\.targetTypes)
    throw UserError(
      tools.isEmpty ? "no enabled plugin offers an interactive session" : "none of the selected targets has an interactive session",
      hint: types.isEmpty ? nil : "these types have: \(types.joined(separator: ", "))")
  }
  var (action, isInWorkspace) = try planner.repl(tool, suited(tool))
  action.argv += (session.options.strings("repl", "args") + (session.command.passthrough ?? [])).map { .text($0) }
  return try session.runAlone(action, named: tool.name, planner, inWorkspace: isInWorkspace)
}
