// Which target types a goal works with: what is said where a command names none of them.

internal import Diagnostics
internal import Options
internal import Plugins
internal import Snapshots
internal import Targets

extension Session {
  /// The types that a goal works with, sorted; none where it works with all, or where no enabled plugin offers anything for it.
  func applicableTypes(of goal: String) -> [String] {
    let types: [String]
    switch goal {
    case "lint": types = plugins.fileTools.flatMap(\.targetTypes)
    case "fmt": types = plugins.fileTools.filter { $0.kind == .formatter }.flatMap(\.targetTypes)
    case "fix": types = plugins.fileTools.filter(\.kind.rewrites).flatMap(\.targetTypes)
    case "check": types = plugins.checkers.flatMap(\.targetTypes)
    case "test": types = plugins.testers.flatMap(\.targetTypes)
    case "package": types = plugins.packagers.flatMap(\.targetTypes)
    case "publish": types = plugins.publishers.flatMap(\.targetTypes)
    case "run": types = plugins.runners.flatMap(\.targetTypes)
    case "repl": types = plugins.repls.flatMap(\.targetTypes)
    default: types = []
    }
    return Set(types).sorted()
  }

  /// Tells that the command names no targets, and which its goals work with.
  package func noteNothingNamed() {
    let notes = command.goals.compactMap { goal -> String? in
      let types = applicableTypes(of: goal)
      return types.isEmpty ? nil : described(goal, types)
    }
    diagnose(Diagnostic(.note, "no targets were named: nothing to do (`::` means all of them)", notes: notes))
  }

  /// Tells that none of the targets that the command names by address or file is one that the goal works with. Of patterns and of what
  /// has changed nothing is expected.
  func noteNothingApplicable(to goal: String) {
    let types = applicableTypes(of: goal)
    guard !types.isEmpty, let specs = try? Specs(parsing: command.specs) else { return }
    let namesOne = specs.includes.contains { include in
      switch include.spec {
      case .address: true
      case .path(let path): (try? snapshot().id(ofPath: path)) != nil
      case .directory, .subtree, .glob: false
      }
    }
    guard namesOne, let ids = try? selected(withImports: false), let graph = try? graph(), !ids.isEmpty else { return }
    let found = Set(ids.map { graph.typeName(of: $0) })
    // A target of the right type may leave itself out.
    guard found.isDisjoint(with: types) else { return }
    let named = found.sorted().map { "`\($0)`" }.joined(separator: ", ")
    diagnose(
      Diagnostic(
        .note, "`\(goal)` has nothing to do with what was named: \(named)", notes: [described(goal, types)]))
  }

  private func described(_ goal: String, _ types: [String]) -> String {
    "`\(goal)` works with \(types.map { "`\($0)`" }.joined(separator: ", ")); all there are: "
      + "`baji --filter-target-type=\(types.joined(separator: ",")) list ::`"
  }
}
