// What must not be shown: values whose names say that they are secret, and what the environment holds under such names.

internal import Diagnostics
internal import Formats

/// Puts `***` where a secret would be seen. Only for what is shown: values themselves stay as they are.
package struct Secrets: Sendable {
  /// What variables with secret names hold; longest first.
  private let values: [String]

  init(environment: [String: String] = [:]) {
    // Shorter ones would hide ordinary words.
    values = environment.filter { Secrets.isSecret(name: $0.key) && $0.value.utf8.count >= 6 }.map(\.value)
      .sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
  }

  /// Whether something of this name is a secret: `api_token`, `PASSWORD`, `x-api-key`, `headers` (which hold tokens).
  package static func isSecret(name: String) -> Bool {
    let words = name.lowercased().split { !$0.isLetter }
    let secret: Set<Substring> = [
      "token", "tokens", "password", "passwords", "passwd", "passphrase", "secret", "secrets", "credential", "credentials", "apikey",
      "headers",
      "authorization", "bearer",
    ]
    if words.contains(where: secret.contains) { return true }
    return zip(words, words.dropFirst()).contains { $1 == "key" && ["api", "access", "private", "signing", "auth"].contains($0) }
  }

  /// The value of an option of this name, as it may be shown.
  func shown(_ value: OptionValue, of name: String) -> String {
    masked(value, name: name).shown
  }

  /// The same, as JSON.
  func shownJSON(_ value: OptionValue, of name: String) -> JSON { masked(value, name: name).json }

  private func masked(_ value: OptionValue, name: String) -> OptionValue {
    switch value {
    case .unset, .bool, .int, .float: return value
    case .string(let text):
      if text.isEmpty { return value }
      if Secrets.isSecret(name: name) { return .string("***") }
      // `NAME=value`, as variables for processes are given.
      if let equals = text.firstIndex(of: "="), isName(text[..<equals]), Secrets.isSecret(name: String(text[..<equals])) {
        return .string("\(text[...equals])***")
      }
      return .string(masked(text))
    case .list(let items): return .list(items.map { masked($0, name: name) })
    case .dictionary(let entries):
      return .dictionary(
        entries.map { OptionValue.Entry($0.name, masked($0.value, name: Secrets.isSecret(name: name) ? "secret" : $0.name)) })
    }
  }

  private func isName(_ text: Substring) -> Bool { !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } }

  /// A text without what secret variables hold.
  func masked(_ text: String) -> String {
    var text = text
    for value in values where text.contains(value) { text = text.replacing(value, with: "***") }
    return text
  }

  func masked(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    if values.isEmpty { return diagnostics }
    return diagnostics.map { diagnostic in
      var diagnostic = diagnostic
      diagnostic.message = masked(diagnostic.message)
      diagnostic.hint = diagnostic.hint.map { masked($0) }
      return diagnostic
    }
  }
}
