// Why things ran, in the words of the summary line.

/// Why one action ran instead of being answered from the store.
package enum Reason: Sendable, Hashable {
  /// Never seen before.
  case new
  /// `--force`, or an action that is never kept.
  case asked
  /// Nothing differs, but the last result was not one that is kept (a failed test, a timeout), or it is gone.
  case notKept
  case changed([Change])

  /// - Parameter old: the manifest of the action's last run; nil where there is none.
  package init(manifest: Manifest, old: Manifest?) {
    guard let old else {
      self = .new
      return
    }
    let changes = manifest.difference(from: old)
    self = changes.isEmpty ? .notKept : .changed(changes)
  }
}

/// `2 changed: lib/a.sh, lib/b.sh; 1 option [shfmt].args`: each action counts once, under what comes first here:
/// the engine, a plugin, a tool, an option, a variable, the inputs, the command itself. What a change entails (an option, the
/// argument made of it) is not said again.
package struct ReasonSummary: Sendable {
  /// In the order in which they are said.
  private enum Heading: Int, Comparable {
    case changed, option, tool, environment, plugin, engine, platform, command, new, notKept, asked

    static func < (a: Heading, b: Heading) -> Bool { a.rawValue < b.rawValue }

    var words: String {
      switch self {
      case .changed: "changed"
      case .option: "option"
      case .tool: "tool"
      case .environment: "variable"
      case .plugin: "plugin"
      case .engine: "other version of Baji"
      case .platform: "other platform"
      case .command: "other command"
      case .new: "new"
      case .notKept: "not kept before"
      case .asked: "asked for"
      }
    }
  }

  /// Of one heading at most so many names are said.
  private let limit: Int
  private var counts: [Heading: (actions: Int, names: [String], known: Set<String>)] = [:]

  package init(namesPerReason limit: Int = 3) { self.limit = limit }

  package mutating func add(_ reason: Reason) {
    switch reason {
    case .new: add(.new, [])
    case .asked: add(.asked, [])
    case .notKept: add(.notKept, [])
    case .changed(let changes):
      for (heading, kinds) in ReasonSummary.precedence {
        let found = changes.filter { kinds.contains($0.kind) }
        if !found.isEmpty { return add(heading, found.compactMap(ReasonSummary.name)) }
      }
    }
  }

  /// Empty when nothing ran.
  package var phrase: String {
    counts.sorted { $0.key < $1.key }.map { heading, found in
      let shown = found.names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.prefix(limit)
      let more = found.names.count - shown.count
      let names = shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
      let colon = heading == .changed ? ":" : ""
      return names.isEmpty ? "\(found.actions) \(heading.words)" : "\(found.actions) \(heading.words)\(colon) \(names)"
    }.joined(separator: "; ")
  }

  private mutating func add(_ heading: Heading, _ names: [String]) {
    var entry = counts[heading] ?? (0, [], [])
    entry.actions += 1
    for name in names where entry.known.insert(name).inserted { entry.names.append(name) }
    counts[heading] = entry
  }

  private static let precedence: [(Heading, Set<Ingredient.Kind>)] = [
    (.engine, [.engine]), (.platform, [.platform]), (.plugin, [.plugin]), (.tool, [.tool]), (.option, [.option]),
    (.environment, [.environment]), (.changed, [.input, .inputLink, .inputSet]),
    (.command, [.argument, .output, .standardInput, .workingDirectory, .sandbox, .resultStatuses, .runNumber, .inputTimes]),
  ]

  private static func name(_ change: Change) -> String? {
    switch change.kind {
    case .engine, .platform: return nil
    case .argument, .output, .standardInput, .workingDirectory, .sandbox, .resultStatuses, .runNumber, .inputTimes: return nil
    case .tool:
      if let old = change.old, let new = change.new, old != new { return "\(change.name) \(old) → \(new)" }
      return change.name
    case .input, .inputLink, .inputSet:
      switch change.how {
      case .changed: return change.name
      case .added: return "\(change.name) (added)"
      case .removed: return "\(change.name) (removed)"
      }
    case .option, .environment, .plugin: return change.name
    }
  }
}
