// How a run speaks to its user: the console in its style, and how much of what is reported reaches it.

internal import Console
internal import Diagnostics
internal import Events
internal import Goals
internal import Synchronization

/// The console and what stands before it. Made once from the arguments, and again when the options are known.
struct Voice: Sendable {
  let console: Console
  /// Events, without the messages that `[GLOBAL] level` leaves out.
  private(set) var report: @Sendable (Event) -> Void
  /// Diagnostics, on standard error.
  private(set) var diagnose: @Sendable (Diagnostic) -> Void

  /// - Parameter level: of `[GLOBAL] level`: notes are told from `info` on, warnings from `warn` on.
  /// - Parameter ignored: of `[GLOBAL] ignore_warnings`.
  init(
    environment: [String: String], colors: Bool?, animates: Bool? = nil, level: String = "info",
    ignored: IgnoredWarnings = IgnoredWarnings()
  ) {
    let style = ConsoleStyle.current(environment: environment, colors: colors, animates: animates)
    let console = Console(style: style)
    let tellsWarnings = level != "error"
    let tellsNotes = tellsWarnings && level != "warn"
    self.console = console
    report = { event in
      switch event {
      case .note where !tellsNotes, .warning where !tellsWarnings: break
      case .warning(let text) where ignored.contains(text): break
      default: console.report(event)
      }
    }
    diagnose = { diagnostic in
      if diagnostic.severity == .warning, !tellsWarnings || ignored.contains(diagnostic.message) { return }
      if diagnostic.severity == .note, !tellsNotes { return }
      let text = diagnostic.rendered(color: style.colorsErrors)
      console.diagnostic(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }
  }

  /// The same, with every event counted.
  func counted(by counters: RunCounters) -> Voice {
    var voice = self
    voice.report = { [report] event in
      counters.count(event)
      report(event)
    }
    return voice
  }

  /// The same, with everything heard by a recorder, what is not shown too.
  func heard(by recorder: RunRecorder) -> Voice {
    var voice = self
    voice.report = { [report] event in
      recorder.hear(event)
      report(event)
    }
    voice.diagnose = { [diagnose] diagnostic in
      recorder.hear(diagnostic)
      diagnose(diagnostic)
    }
    return voice
  }
}

/// Sentences that are said before it is known how to say them: they wait until then.
final class HeldBack: Sendable {
  private struct State {
    var waiting: [String] = []
    var say: (@Sendable (String) -> Void)?
  }

  private let state = Mutex(State())

  var tell: @Sendable (String) -> Void {
    { [self] sentence in
      let say = state.withLock { state in
        if state.say == nil { state.waiting.append(sentence) }
        return state.say
      }
      say?(sentence)
    }
  }

  /// Says what waits, and from now on everything at once.
  func release(_ say: @escaping @Sendable (String) -> Void) {
    let waiting = state.withLock { state in
      state.say = say
      defer { state.waiting = [] }
      return state.waiting
    }
    waiting.forEach(say)
  }
}
