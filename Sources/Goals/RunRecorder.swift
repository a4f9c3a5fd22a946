// What a run said, taken down while it is said, so that a later run may say it again.

package import Diagnostics
package import Events
internal import Fingerprints
internal import Synchronization
internal import Targets

/// Something that a run tells its user.
enum Said: Equatable, Sendable {
  case event(Event)
  case diagnostic(Diagnostic)
}

/// Takes down what a run says. Stands between the run and its console; any thread may speak.
package final class RunRecorder: Sendable {
  private struct State {
    var isRecording = false
    /// False once something happened that a later run must not merely repeat.
    var isRepeatable = true
    var said: [Said] = []
  }

  private let state = Mutex(State())

  package init() {}

  package func hear(_ event: Event) {
    switch event {
    // What is drawn while it goes on, and not told.
    case .phase, .planned, .finished(_, _, .cached, _): break
    case .note, .warning, .answer, .results, .summary, .aside:
      // Some linters are the engine's own: what they look at is no action.
      if event.tellsOfWork { state.withLock { $0.isRepeatable = false } }
      add(.event(event))
    // Something ran, or was to run.
    case .started, .finished, .installing, .installed, .output: state.withLock { $0.isRepeatable = false }
    }
  }

  package func hear(_ diagnostic: Diagnostic) {
    // A call stack is not kept, and who fails has one.
    if !diagnostic.callStack.isEmpty || diagnostic.isRefusal { state.withLock { $0.isRepeatable = false } }
    add(.diagnostic(diagnostic))
  }

  private func add(_ something: Said) {
    state.withLock { state in if state.isRecording { state.said.append(something) } }
  }

  /// From here on everything is taken down.
  func begin() { state.withLock { $0 = State(isRecording: true) } }

  /// What was said since `begin`.
  /// - Returns: nil where a run that says the same would not have done the same: a process was started, or an action failed or was left out.
  func end() -> [Said]? {
    state.withLock { state in
      defer { state = State() }
      return state.isRecording && state.isRepeatable ? state.said : nil
    }
  }
}

extension Event {
  /// Whether it says that something was done, and not found done.
  fileprivate var tellsOfWork: Bool {
    switch self {
    case .summary(let summary): summary.ran > 0
    case .results(let lines): lines.contains { if case .seconds = $0.cost { true } else { false } }
    case .aside(let event): event.tellsOfWork
    default: false
    }
  }
}

// MARK: - Coding

extension ByteWriter {
  mutating func write(_ said: Said) {
    switch said {
    case .diagnostic(let diagnostic):
      write(UInt8(0))
      write(diagnostic)
    case .event(let event):
      write(UInt8(1))
      write(event)
    }
  }

  private mutating func write(_ event: Event) {
    switch event {
    case .note(let text):
      write(UInt8(0))
      write(text)
    case .warning(let text):
      write(UInt8(1))
      write(text)
    case .answer(let text):
      write(UInt8(2))
      write(text)
    case .results(let lines):
      write(UInt8(3))
      write(lines) { $0.write($1) }
    case .summary(let summary):
      write(UInt8(4))
      write(summary)
    case .aside(let event):
      write(UInt8(5))
      write(event)
    // The recorder takes down none of these; what is written so cannot be read back.
    case .phase, .planned, .started, .finished, .installing, .installed, .output: write(UInt8.max)
    }
  }

  private mutating func write(_ line: ResultLine) {
    switch line.mark {
    case .good: write(UInt8(0))
    case .bad: write(UInt8(1))
    case .skipped: write(UInt8(2))
    case .cancelled: write(UInt8(3))
    case .changed: write(UInt8(4))
    }
    write(line.name)
    switch line.cost {
    case .cached: write(UInt8(0))
    case .seconds(let seconds):
      write(UInt8(1))
      write(seconds)
    case .none(let word):
      write(UInt8(2))
      write(word)
    }
    write(line.attempts)
    write(line.remark)
    write(line.detail)
  }

  /// All but the reasons, which only what ran has, and the seconds, which are the run's own.
  private mutating func write(_ summary: GoalSummary) {
    write(summary.goal)
    write(summary.counts) { writer, count in
      writer.write(count.number)
      writer.write(count.word)
    }
    write(summary.isGood)
    write(summary.ran)
    write(summary.cached)
  }
}

extension ByteReader {
  mutating func readSaid() throws(MalformedBytes) -> Said {
    switch try readByte() {
    case 0: return .diagnostic(try readDiagnostic())
    case 1: return .event(try readEvent(isAside: false))
    default: throw MalformedBytes()
    }
  }

  private mutating func readEvent(isAside: Bool) throws(MalformedBytes) -> Event {
    switch try readByte() {
    case 0: return .note(try readString())
    case 1: return .warning(try readString())
    case 2: return .answer(try readString())
    case 3: return .results(try readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readResultLine() })
    case 4: return .summary(try readSummary())
    case 5 where !isAside: return .aside(try readEvent(isAside: true))
    default: throw MalformedBytes()
    }
  }

  private mutating func readResultLine() throws(MalformedBytes) -> ResultLine {
    let marks: [ResultLine.Mark] = [.good, .bad, .skipped, .cancelled, .changed]
    let mark = Int(try readByte())
    guard marks.indices.contains(mark) else { throw MalformedBytes() }
    let name = try readString()
    let cost: ResultLine.Cost
    switch try readByte() {
    case 0: cost = .cached
    case 1: cost = .seconds(try readDouble())
    case 2: cost = .none(try readString())
    default: throw MalformedBytes()
    }
    let attempts = try readInt()
    let remark = try readString()
    return ResultLine(marks[mark], name, cost, attempts: attempts, remark: remark, detail: try readString())
  }

  private mutating func readSummary() throws(MalformedBytes) -> GoalSummary {
    let goal = try readString()
    let counts = try readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let number = try reader.readInt()
      return GoalSummary.Count(number, try reader.readString())
    }
    let isGood = try readBool()
    let ran = try readInt()
    return GoalSummary(goal: goal, counts: counts, isGood: isGood, ran: ran, cached: try readInt(), seconds: 0)
  }
}
