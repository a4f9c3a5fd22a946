// Runs a plan: look-ups in bulk, then what is left by critical path, as many at once as there are slots.

package import Events
package import Execution
internal import Fingerprints
package import Host
package import Store

/// One run's way of working through plans.
package struct Scheduler: Sendable {
  package let store: Store
  package let runner: any ActionRunner
  package let context: KeyContext
  package let slots: Slots
  package let clock: any TimeSource
  package let cancellation: Cancellation
  package let report: @Sendable (Event) -> Void

  package init(
    store: Store, runner: any ActionRunner, context: KeyContext, slots: Slots, clock: any TimeSource = MonotonicClock(),
    cancellation: Cancellation = Cancellation(), report: @escaping @Sendable (Event) -> Void = { _ in }
  ) {
    self.store = store
    self.runner = runner
    self.context = context
    self.slots = slots
    self.clock = clock
    self.cancellation = cancellation
    self.report = report
  }

  /// Works through `plan` and returns when nothing of it is under way.
  ///
  /// `onFinish` is called on this thread, once per action when it is done, and may append to the plan; what it appends is
  /// done in the same run. The first calls may come before anything has started.
  /// - Returns: one outcome per action, by id, the appended ones included.
  @discardableResult
  package func run(_ plan: Plan, onFinish: (ActionID, Outcome, inout Plan) -> Void = { _, _, _ in }) -> [Outcome] {
    var run = Run(self, plan)
    return run.finish(calling: onFinish)
  }

  /// Runs tools over files: a chain is one or more tools, each of which is given what the one before it made of the files.
  /// - Returns: per chain and tool, what became of each file, in the order of the tool's files.
  package func run(chains: [[FileTool]]) -> [[[FileResult]]] {
    var chains = chains.map { FileToolChain($0) }
    var plan = Plan()
    for index in chains.indices { chains[index].start(in: &plan, self) }
    run(plan) { id, outcome, plan in
      for index in chains.indices where chains[index].finished(id, outcome, in: &plan, self) { break }
    }
    return chains.map { $0.results }
  }
}
