// Draws events: results to standard output, progress and messages to standard error. Nobody asks it anything.

package import Events
internal import Glibc
package import Host

/// One terminal (or two pipes), drawn on by one run. All calls may come from any thread.
///
/// What is animated is gone before anything else is written, and drawn again after it, at most ten times a second.
package final class Console: Sendable {
  private struct State {
    var progress = Progress()
    /// Lines of progress that are on the screen now.
    var drawn = 0
    /// False in the middle of a line that somebody else's output has begun: nothing is drawn then.
    var isAtLineStart = true
    var isOver = false
    var hasTicker = false
    var warnings: Set<String> = []
  }

  private let output: Int32
  private let errors: Int32
  private let style: ConsoleStyle
  private let clock: any TimeSource
  private let state = Monitor(State())

  /// Between two drawings.
  private static let interval = 0.1
  /// Lines of progress, at most: the rest is counted.
  private static let mostLines = 12

  package init(
    output: Int32 = 1, errors: Int32 = 2, style: ConsoleStyle = .plain, clock: any TimeSource = MonotonicClock()
  ) {
    self.output = output
    self.errors = errors
    self.style = style
    self.clock = clock
  }

  package func report(_ event: Event) {
    let now = clock.now.inSeconds
    switch event {
    case .phase, .planned: state.withLock { $0.progress.receive(event, at: now) }
    case .started:
      state.change { $0.progress.receive(event, at: now) }
    case .installing(_, let name):
      state.change { state in
        state.progress.receive(event, at: now)
        if !style.isAnimated { write("installing \(TextWidth.visible(name)) …\n", to: errors, &state) }
      }
    case .installed(_, let name, let how, let seconds):
      state.withLock { state in
        state.progress.receive(event, at: now)
        guard !style.isAnimated, let word = plainWord(how) else { return }
        write("installing \(TextWidth.visible(name)) \(word) \(SummaryText.duration(seconds))\n", to: errors, &state)
      }
    case .finished(_, let label, let how, let seconds):
      state.withLock { state in
        state.progress.receive(event, at: now)
        guard !style.isAnimated, let word = plainWord(how) else { return }
        let count = "[\(state.progress.done)/\(max(state.progress.planned, state.progress.done))]"
        write("\(count) \(TextWidth.visible(label)) \(word) \(SummaryText.duration(seconds))\n", to: errors, &state)
      }
    case .note(let text): diagnostic(text)
    case .warning(let text):
      let isNew = state.withLock { $0.warnings.insert(text).inserted }
      if isNew { diagnostic("\(Color.yellow.paint("warning:", if: style.colorsErrors)) \(text)") }
    case .output(_, let bytes):
      state.withLock { state in
        write(bytes, to: output, &state)
        if let last = bytes.last { state.isAtLineStart = last == UInt8(ascii: "\n") }
      }
    case .answer(let text):
      state.withLock { $0.progress.receive(event, at: now) }
      print(text)
    case .results(let lines):
      state.withLock { $0.progress.receive(event, at: now) }
      guard !lines.isEmpty else { return }
      print(SummaryText.lines(lines, colors: style.colorsOutput).joined(separator: "\n"))
    case .summary(let summary):
      state.withLock { $0.progress.receive(event, at: now) }
      print(SummaryText.line(summary, colors: style.colorsOutput))
    case .aside(let event):
      state.withLock { $0.progress.receive(event, at: now) }
      switch event {
      case .results(let lines) where !lines.isEmpty:
        diagnostic(SummaryText.lines(lines, colors: style.colorsErrors).joined(separator: "\n"))
      case .summary(let summary): diagnostic(SummaryText.line(summary, colors: style.colorsErrors))
      default: break
      }
    }
    if style.isAnimated { startTicker() }
  }

  /// Writes `text` and a newline to standard output.
  package func print(_ text: String) { state.withLock { write("\(text)\n", to: output, &$0) } }

  /// Writes `text` and a newline to standard error.
  package func diagnostic(_ text: String) { state.withLock { write("\(text)\n", to: errors, &$0) } }

  /// Takes what is animated off the screen, for good. Further text is still written.
  package func finish() {
    state.change { state in
      state.isOver = true
      clear(&state)
    }
  }

  // MARK: Under the lock

  private func plainWord(_ how: Event.Ending) -> String? {
    switch how {
    case .succeeded: "done"
    case .failed: "failed"
    case .cached, .cancelled, .skipped: nil
    }
  }

  private func write(_ text: String, to descriptor: Int32, _ state: inout State) { write(Array(text.utf8), to: descriptor, &state) }

  /// A reader that has gone away is no error of ours: the run goes on.
  private func write(_ bytes: [UInt8], to descriptor: Int32, _ state: inout State) {
    clear(&state)
    _ = Files.writeAll(bytes, to: descriptor)
  }

  private func clear(_ state: inout State) {
    guard state.drawn > 0 else { return }
    // Up over the lines that were drawn, then erase to the end of the screen.
    _ = Files.writeAll(Array("\r\u{1B}[\(state.drawn)A\u{1B}[J".utf8), to: errors)
    state.drawn = 0
  }

  private func draw(_ state: inout State) {
    guard !state.isOver, state.isAtLineStart else { return }
    let size = Terminal.size(of: errors)
    let width = style.width ?? size?.columns ?? 80
    let rows = min(Console.mostLines, (size?.rows ?? 24) - 1)
    guard width >= ConsoleStyle.narrowest else { return clear(&state) }
    // One column stays free: a full line would wrap on some terminals.
    let lines = state.progress.lines(at: clock.now.inSeconds, width: width - 1, rows: rows)
    if lines.isEmpty { return clear(&state) }
    let up = state.drawn > 0 ? "\r\u{1B}[\(state.drawn)A\u{1B}[J" : ""
    _ = Files.writeAll(Array((up + lines.map { "\($0)\n" }.joined()).utf8), to: errors)
    state.drawn = lines.count
  }

  // MARK: The thread that draws

  private func startTicker() {
    let isMine = state.withLock { state in
      if state.hasTicker || state.isOver || state.progress.isIdle { return false }
      state.hasTicker = true
      return true
    }
    guard isMine else { return }
    _ = Thread { [self] in
      while true {
        let isOver = state.wait(seconds: Console.interval) { $0.isOver ? true : nil } ?? false
        if isOver { return }
        let mayRest = state.withLock { state in
          draw(&state)
          if state.progress.isIdle { state.hasTicker = false }
          return state.progress.isIdle
        }
        if mayRest { return }
      }
    }
  }
}
