// A tester's report over what all its tests left: planned with them, completed when they have ended.

internal import Diagnostics
package import Execution
internal import Fingerprints
internal import Options
package import Scheduling
internal import Starlark
package import Targets

/// The actions of a report, but for the files they are about.
package struct PlannedReport: Sendable {
  /// An action that needs the files, or an action that does.
  struct Late: Sendable {
    var action: Action
    let takesFiles: Bool
    /// Outputs of late actions, by their places.
    let needs: [(index: Int, name: String?)]
  }

  package let declaration: TargetToolDeclaration
  let late: [Late]

  /// Appends the report over these files.
  /// - Returns: the action whose outputs and text are the report.
  package func append(to plan: inout Plan, over files: [InputFile]) -> ActionID? {
    var ids: [ActionID] = []
    for item in late {
      var action = item.action
      action.argv = action.argv.flatMap { $0 == .paths ? files.map { .text($0.path) } : [$0] }
      if item.takesFiles { action.inputs += files.map { .file($0) } }
      for need in item.needs where ids.indices.contains(need.index) {
        action.inputs.append(.output(of: ids[need.index], name: need.name, under: ""))
      }
      ids.append(plan.append(PlannedAction(action, outputsAreUsed: true)))
    }
    return ids.last
  }
}

extension Planner {
  /// What a tester makes of the coverage of these targets' tests; nil where it offers nothing of the kind.
  package func report(_ declaration: TargetToolDeclaration, over targets: [TargetID]) throws -> PlannedReport? {
    guard let function = declaration.testing.report, !targets.isEmpty else { return nil }
    let what = "the report of \(declaration.name)"
    let name = name(of: targets, by: function, declaration.name) { $0.write("report") }
    let description = try remembered(name, targets, by: function, declaration.name, what) { [world] _ in
      [Value(ReportsObject(targets.map { TargetObject($0, world.graph) }))]
    }
    var early: [Int: ActionID] = [:]
    var places: [Int: Int] = [:]
    var late: [PlannedReport.Late] = []
    for (index, item) in description.actions.enumerated() {
      var needs: [(index: Int, name: String?)] = []
      var known = item
      known.inputs = item.inputs.filter { input in
        switch input {
        case .reports: return false
        case .output(let other, let name):
          guard let place = places[other] else { return true }
          needs.append((place, name))
          return false
        default: return true
        }
      }
      let takesFiles = item.inputs.contains(.reports) || item.argv.contains(.paths)
      let isLast = index == description.actions.count - 1
      var action = try realise(known, description, index: index, ids: early, goal: "report \(declaration.name)", targets: [])
      action.subject = "report \(declaration.name)" + (isLast ? "" : " (\(index))")
      if takesFiles || !needs.isEmpty || isLast {
        places[index] = late.count
        late.append(PlannedReport.Late(action: action, takesFiles: takesFiles, needs: needs))
      } else {
        early[index] = append(PlannedAction(action))
      }
    }
    return PlannedReport(declaration: declaration, late: late)
  }
}
