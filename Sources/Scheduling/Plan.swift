// What is to be done: actions with dense ids, and which waits for which.

package import Execution

/// An action in a plan.
package struct PlannedAction: Sendable {
  package var action: Action
  /// How often it may run before its failure counts; 1 for once. A pass after a failure is *flaky*.
  package var attempts = 1
  /// Among actions of equally long critical paths the greater starts first. Changes nothing else.
  package var priorityHint: Int32 = 0
  /// The caller will read the outputs' bytes itself (to write them into the workspace): a hit counts only if every blob
  /// reads back whole, not merely exists.
  package var outputsAreUsed = false

  package init(_ action: Action, attempts: Int = 1, priorityHint: Int32 = 0, outputsAreUsed: Bool = false) {
    self.action = action
    self.attempts = max(1, attempts)
    self.priorityHint = priorityHint
    self.outputsAreUsed = outputsAreUsed
  }

  /// The ids named by `.output(of:)` inputs, ascending, each once.
  package var dependencies: [ActionID] {
    var ids: [ActionID] = []
    for case .output(let id, _, _) in action.inputs { ids.append(id) }
    guard ids.count > 1 else { return ids }
    return Set(ids).sorted()
  }
}

/// A DAG of actions. An action can name only actions appended before it, so there are no circles; it grows at its end, also while it runs.
package struct Plan: Sendable {
  package private(set) var actions: [PlannedAction] = []

  package init() {}

  package var count: Int { actions.count }

  /// Appends `planned`. A dependency on an id that is not in the plan yet makes the action fail as not started, when its turn comes.
  /// - Returns: its id, which is also its place in the outcomes.
  @discardableResult
  package mutating func append(_ planned: PlannedAction) -> ActionID {
    actions.append(planned)
    return ActionID(actions.count - 1)
  }

  @discardableResult
  package mutating func append(_ action: Action) -> ActionID { append(PlannedAction(action)) }

  package subscript(id: ActionID) -> PlannedAction { actions[Int(id)] }
}

/// What may be used at once.
package struct Slots: Sendable, Equatable {
  package let cpus: Int
  /// Bytes; 0 for no bound.
  package let memory: Int64

  package init(cpus: Int, memory: Int64 = 0) {
    self.cpus = max(1, cpus)
    self.memory = max(0, memory)
  }
}
