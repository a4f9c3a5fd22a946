// What plan functions warn of, told once a run however many plans say it.

internal import Events
internal import Synchronization

final class PlanWarnings: Sendable {
  private let told = Mutex<Set<String>>([])
  private let report: @Sendable (Event) -> Void

  init(report: @escaping @Sendable (Event) -> Void) { self.report = report }

  func tell(_ text: String) {
    if told.withLock({ $0.insert(text).inserted }) { report(.warning(text)) }
  }
}
