// What the engine reports while it works: plain values, emitted below and drawn above.

/// A moment in a run. Emitters take `report: @Sendable (Event) -> Void`; the console draws, nobody answers.
package enum Event: Sendable, Equatable {
  /// A bulk step has begun: "reading the workspace", "loading BUILD files", …
  case phase(String)
  /// The plan holds this many actions so far.
  case planned(actions: Int)
  case started(action: Int32, label: String)
  case finished(action: Int32, label: String, how: Ending, seconds: Double)
  /// Something an action needs is being installed, which may take a while; the number is the installation's own.
  case installing(Int32, name: String)
  case installed(Int32, name: String, how: Ending, seconds: Double)
  /// A sentence for the user that is no error.
  case note(String)
  /// Something is off but the run goes on; shown once.
  case warning(String)
  /// A piece of an action's output that is to be shown as it comes (`--debug`, `run`).
  case output(action: Int32, bytes: [UInt8])
  /// A line, or lines, of a goal's answer: for standard output, as they are.
  case answer(String)
  /// What became of the things a goal was asked about, in the order they are to be shown, aligned with each other.
  case results([ResultLine])
  /// The last line of a goal.
  case summary(GoalSummary)
  /// Results or a summary beside an answer for machines: on standard error.
  indirect case aside(Event)

  package enum Ending: Sendable, Equatable { case succeeded, failed, cached, cancelled, skipped }
}
