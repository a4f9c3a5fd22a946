// `[GLOBAL] ignore_warnings`: which warnings a workspace does not want to see.

internal import Diagnostics
internal import Plugins

/// Beginnings of warnings, and patterns behind `$regex$`.
struct IgnoredWarnings: Sendable {
  private var beginnings: [String] = []
  private var patterns: [Pattern] = []

  init() {}

  /// - Throws: for a pattern that is none.
  init(_ items: [String]) throws(UserError) {
    for item in items where !item.isEmpty {
      guard item.hasPrefix("$regex$") else {
        beginnings.append(item)
        continue
      }
      do throws(Pattern.Failure) {
        patterns.append(try Pattern(String(item.dropFirst(7))))
      } catch {
        throw UserError("`[GLOBAL] ignore_warnings`: `\(item)` is no pattern: \(error.message)")
      }
    }
  }

  func contains(_ warning: String) -> Bool {
    beginnings.contains { warning.hasPrefix($0) } || patterns.contains { $0.firstMatch(in: warning) != nil }
  }
}
