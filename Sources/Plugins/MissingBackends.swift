// Names of `backend_packages` that no plugin has: what a workspace that asks for them does without here.

package import Diagnostics

/// What a name says that its backend is for.
private enum Coverage: Int, CaseIterable {
  case targets, linter, formatter, checker, generator, packager, ownPlugin

  /// By the parts of the name: `pants.backend.docker.lint.hadolint`.
  init(_ name: String) {
    let parts = name.split(separator: ".")
    guard parts.first == "pants", parts.count > 1 else {
      self = .ownPlugin
      return
    }
    let words: [(Substring, Coverage)] = [
      ("lint", .linter), ("fmt", .formatter), ("fix", .formatter), ("typecheck", .checker), ("codegen", .generator),
      ("packaging", .packager),
    ]
    self = words.first { parts.dropLast().contains($0.0) }?.1 ?? .targets
  }

  var phrase: String {
    switch self {
    case .targets: "targets and goals"
    case .linter: "linters"
    case .formatter: "formatters and fixers"
    case .checker: "checkers"
    case .generator: "code generators"
    case .packager: "packagers"
    case .ownPlugin: "plugins made for Pants"
    }
  }
}

/// What one backend without a counterpart covers.
package func notCovered(by name: String) -> String { Coverage(name).phrase }

/// The one warning about all of them; nil where there are none.
package func missingBackendsWarning(_ names: [String]) -> Diagnostic? {
  guard !names.isEmpty else { return nil }
  let groups = Dictionary(grouping: names) { Coverage($0) }
  return Diagnostic(
    .warning,
    "\(names.count) backend\(names.count == 1 ? "" : "s") of `[GLOBAL] backend_packages` without a counterpart here: what they do is not done, and their targets are opaque",
    hint: "`baji help backends` lists what there is",
    notes: Coverage.allCases.compactMap { coverage in
      groups[coverage].map {
        "\(coverage.phrase): \($0.map { $0.split(separator: ".").dropFirst(2).joined(separator: ".").isEmpty ? $0 : $0.hasPrefix("pants.backend.") ? String($0.dropFirst(14)) : $0 }.joined(separator: ", "))"
      }
    })
}
