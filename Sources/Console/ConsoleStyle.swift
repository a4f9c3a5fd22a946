// Whether to colour and to animate: decided once, from the streams and the environment.

internal import Host

package struct ConsoleStyle: Sendable, Equatable {
  /// Of standard output, and of standard error.
  package var colorsOutput: Bool
  package var colorsErrors: Bool
  /// Whether running actions are drawn and redrawn on standard error.
  package var isAnimated: Bool
  /// Columns, for tests; nil to ask the terminal at each drawing.
  package var width: Int?

  /// Narrower than this, a line says nothing: no animation.
  package static let narrowest = 20

  package init(colorsOutput: Bool = false, colorsErrors: Bool = false, isAnimated: Bool = false, width: Int? = nil) {
    self.colorsOutput = colorsOutput
    self.colorsErrors = colorsErrors
    self.isAnimated = isAnimated
    self.width = width
  }

  package static let plain = ConsoleStyle()

  /// - Parameters:
  ///   - colors: `--color`, `--no-color`; nil for what the environment and the streams suggest.
  ///   - animates: `--dynamic-ui`, `--no-dynamic-ui`; nil for yes outside of CI. Never without a terminal.
  ///   - columns: the terminal's, where there is one.
  package static func choose(
    environment: [String: String], isOutputTerminal: Bool, isErrorTerminal: Bool, columns: Int?, colors: Bool? = nil,
    animates: Bool? = nil
  ) -> ConsoleStyle {
    let isDumb = environment["TERM"] == "dumb"
    let isCI = isTrue(environment["CI"])
    let mayColor = !isSet(environment["NO_COLOR"]) && !isDumb && !isCI
    let isWide = (columns ?? 80) >= narrowest
    return ConsoleStyle(
      colorsOutput: colors ?? (mayColor && isOutputTerminal), colorsErrors: colors ?? (mayColor && isErrorTerminal),
      isAnimated: isErrorTerminal && !isDumb && isWide && (animates ?? !isCI))
  }

  /// The style for standard output and standard error as they are.
  package static func current(environment: [String: String], colors: Bool? = nil, animates: Bool? = nil) -> ConsoleStyle {
    choose(
      environment: environment, isOutputTerminal: Terminal.isTerminal(1), isErrorTerminal: Terminal.isTerminal(2),
      columns: Terminal.size(of: 2)?.columns, colors: colors, animates: animates)
  }

  /// https://no-color.org: present and not empty, whatever it says.
  private static func isSet(_ value: String?) -> Bool { value.map { !$0.isEmpty } ?? false }

  private static func isTrue(_ value: String?) -> Bool {
    switch value?.lowercased() {
    case "true", "1", "yes": true
    default: false
    }
  }
}

/// The few colours there are.
enum Color: String {
  case red = "31"
  case green = "32"
  case yellow = "33"
  case dim = "2"
  case bold = "1"

  func paint(_ text: String, if isOn: Bool) -> String { isOn && !text.isEmpty ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text }
}
