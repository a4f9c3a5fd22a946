// How a run speaks to its user: the console in its style, and how much of what is reported reaches it.

internal import Console
internal import Diagnostics
internal import Events

/// The console and what stands before it. Made once from the arguments, and again when the options are known.
struct Voice: Sendable {
  let console: Console
  /// Events, without the messages that `[GLOBAL] level` leaves out.
  let report: @Sendable (Event) -> Void
  /// Diagnostics, on standard error.
  let diagnose: @Sendable (Diagnostic) -> Void

  /// - Parameter level: of `[GLOBAL] level`: notes are told from `info` on, warnings from `warn` on.
  init(environment: [String: String], colors: Bool?, animates: Bool? = nil, level: String = "info") {
    let style = ConsoleStyle.current(environment: environment, colors: colors, animates: animates)
    let console = Console(style: style)
    let tellsWarnings = level != "error"
    let tellsNotes = tellsWarnings && level != "warn"
    self.console = console
    report = { event in
      switch event {
      case .note where !tellsNotes, .warning where !tellsWarnings: break
      default: console.report(event)
      }
    }
    diagnose = { diagnostic in
      if diagnostic.severity == .warning, !tellsWarnings { return }
      let text = diagnostic.rendered(color: style.colorsErrors)
      console.diagnostic(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }
  }
}
