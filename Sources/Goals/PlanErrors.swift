// What went wrong while a goal planned: each thing once, with who wanted it.

internal import Diagnostics

/// Collects the errors of many targets, so that all are told at once: a program that forty targets want and nobody installed is one error.
struct PlanErrors {
  private static let namesShown = 3
  private var found: [(diagnostic: Diagnostic, wanters: [String])] = []

  /// - Parameter wanter: the target or tool that was planned, as the user knows it.
  mutating func add(_ error: UserError, wanter: String) {
    for diagnostic in error.diagnostics {
      if let index = found.firstIndex(where: { $0.diagnostic == diagnostic }) {
        if !found[index].wanters.contains(wanter) { found[index].wanters.append(wanter) }
      } else {
        found.append((diagnostic, [wanter]))
      }
    }
  }

  mutating func add(_ diagnostic: Diagnostic) { found.append((diagnostic, [])) }

  /// Throws what was found, if anything.
  func check() throws {
    if found.isEmpty { return }
    throw UserError(
      found.map { diagnostic, wanters in
        // A place in a file says more than who wanted it; and some messages name the target themselves.
        let unnamed = wanters.filter { !diagnostic.message.contains($0) }
        guard diagnostic.location == nil, !unnamed.isEmpty else { return diagnostic }
        let shown = unnamed.prefix(PlanErrors.namesShown).joined(separator: ", ")
        let more = unnamed.count - PlanErrors.namesShown
        var named = diagnostic
        named.notes.insert("wanted by \(shown)\(more > 0 ? " and \(more) more" : "")", at: 0)
        return named
      })
  }

  /// The same error of two goals is one, with the notes of both.
  static func merge(_ added: [Diagnostic], into errors: inout [Diagnostic]) {
    for diagnostic in added {
      if let index = errors.firstIndex(where: { $0.message == diagnostic.message && $0.location == diagnostic.location }) {
        errors[index].notes += diagnostic.notes.filter { !errors[index].notes.contains($0) }
      } else {
        errors.append(diagnostic)
      }
    }
  }
}
