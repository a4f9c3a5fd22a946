// The door to execution: an action with its inputs listed goes in, a result comes out. Local, remote or fake behind it.

package import Fingerprints
package import Host

/// An action that is ready to run: its inputs are listed and its share of the machine is known.
package struct PreparedAction: Sendable {
  package private(set) var action: Action
  package let id: ActionID
  /// Each path once, sorted: what `Action.expandedInputs` gives.
  package var files: [InputFile]
  /// Replaces `Argument.cpus`.
  package var cpus: Int
  /// Replaces `Argument.slot`.
  package var slot: Int
  /// Seconds; overrides the action's own when set.
  package var timeout: Double?

  package init(_ action: Action, id: ActionID, files: [InputFile], cpus: Int? = nil, slot: Int = 0, timeout: Double? = nil) {
    self.action = action
    self.id = id
    self.files = files
    self.cpus = cpus ?? action.cpus
    self.slot = slot
    self.timeout = timeout ?? action.timeout
  }

  /// The same with its tools in their places.
  func with(_ tools: [Tool]) -> PreparedAction {
    var copy = self
    copy.action.tools = tools
    return copy
  }
}

/// Runs actions; knows nothing of keys, caches or order.
package protocol ActionRunner: Sendable {
  /// Blocks until the action has ended and nothing of it is left: no process, no sandbox (unless kept).
  ///
  /// Called from many threads at once. Never throws: what goes wrong is an ending.
  /// - Parameter renew: called before the process starts, once per attempt that found other bytes than promised, with the inputs that
  ///   differ (sandbox path → the fingerprint of what was copied). The result belongs to the inputs with these in their place:
  ///   the caller makes the key anew. Not called when everything is as expected.
  func run(
    _ prepared: PreparedAction, cancellation: Cancellation, renew: (_ actual: [String: Fingerprint]) -> Void
  ) -> ActionResult
}
