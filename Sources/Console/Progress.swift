// What is running, as a value; and the lines that show it.

internal import Events

/// Fed with events; asked for lines. No terminal, no clock.
struct Progress {
  private struct Running {
    let id: Int32
    let label: String
    let start: Double
  }

  private var running: [Running] = []
  private var installing: [Running] = []
  private var phase: (name: String, start: Double)?
  private(set) var planned = 0
  private(set) var done = 0

  /// A phase that is over sooner than this is not shown.
  private static let shortestPhase = 0.3

  var isIdle: Bool { running.isEmpty && installing.isEmpty && phase == nil }

  mutating func receive(_ event: Event, at now: Double) {
    switch event {
    case .phase(let name): phase = (name, now)
    case .planned(let actions): planned = actions
    case .started(let id, let label):
      phase = nil
      running.append(Running(id: id, label: label, start: now))
    case .finished(let id, _, _, _):
      done += 1
      running.removeAll { $0.id == id }
    case .installing(let id, let name):
      phase = nil
      installing.append(Running(id: id, label: "installing \(name)", start: now))
    case .installed(let id, _, _, _): installing.removeAll { $0.id == id }
    case .results, .aside, .summary, .answer: phase = nil
    case .note, .warning, .output: break
    }
  }

  /// One line per running action, the longest running first, in at most `rows` lines of `width` columns.
  func lines(at now: Double, width: Int, rows: Int) -> [String] {
    if let phase, running.isEmpty, installing.isEmpty {
      return now - phase.start < Progress.shortestPhase ? [] : [TextWidth.cut("\(phase.name)…", to: width)]
    }
    guard rows > 0 else { return [] }
    let shown = installing + running
    let fits = shown.count <= rows
    var lines = shown.prefix(fits ? rows : rows - 1).map { action in
      let time = SummaryText.duration(((now - action.start) * 10).rounded(.down) / 10)
      return TextWidth.cut(action.label, to: max(1, width - time.utf8.count - 2)) + "  " + time
    }
    if !fits { lines.append(TextWidth.cut("and \(shown.count - rows + 1) more", to: width)) }
    return lines.map { TextWidth.cut($0, to: width) }
  }
}
