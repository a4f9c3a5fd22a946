// `[cli.alias]`: words and flags of the command line that stand for others.

internal import Diagnostics

/// One alias, for `help`.
package struct CommandAlias: Hashable, Sendable {
  /// A word, or a flag with its `--`.
  package let name: String
  /// As written.
  package let text: String
  /// `pants.toml:91`.
  package let place: String
}

/// Replaces arguments by what they stand for, up to `--`.
struct Aliases: Sendable {
  /// An entry of a config file: what it says, and how to speak of its place.
  struct Entry {
    let name: String
    let value: OptionValue
    let place: String
    /// Whether the file is Baji's own, not one that was written for Pants.
    let isStrict: Bool
    /// A diagnostic at the entry, from message and hint.
    let diagnostic: (_ message: String, _ hint: String?) -> Diagnostic
  }

  private var definitions: [String: [String]] = [:]
  private var places: [String: String] = [:]
  private var texts: [String: String] = [:]

  init() {}

  /// - Parameter entries: each name once.
  init(_ entries: [Entry], problems: inout [Diagnostic]) {
    for entry in entries {
      guard case .string(let text) = entry.value, let words = shellWords(text) else {
        problems.append(
          entry.diagnostic("the alias `\(entry.name)` takes a string of arguments, not `\(entry.value.shown)`", "check its quotes"))
        continue
      }
      let name = entry.name.hasPrefix("--") ? entry.name.dropFirst(2) : entry.name[...]
      guard let first = name.first, let last = name.last, first != "-", last != "-",
        name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
      else {
        problems.append(
          entry.diagnostic(
            "the alias `\(entry.name)` is no word and no `--flag`", "letters, digits, `-` and `_`, with no `-` at either end"))
        continue
      }
      definitions[entry.name] = words
      places[entry.name] = entry.place
      texts[entry.name] = text
    }
    for entry in entries {
      guard let loop = loop(from: entry.name) else { continue }
      problems.append(entry.diagnostic("the alias `\(entry.name)` stands for itself: \(loop.joined(separator: " → "))", nil))
      definitions = [:]
      return
    }
  }

  /// By name.
  var all: [CommandAlias] {
    definitions.keys.sorted().map { CommandAlias(name: $0, text: texts[$0] ?? "", place: places[$0] ?? "") }
  }

  /// Every alias in its place; those behind `help` stay, since they are what is asked about.
  func expanded(_ arguments: [String]) -> [String] {
    if definitions.isEmpty { return arguments }
    var result: [String] = []
    for (index, argument) in arguments.enumerated() {
      if argument == "--" || argument == "help" || argument == "help-advanced" { return result + arguments[index...] }
      result += expansion(of: argument)
    }
    return result
  }

  private func expansion(of argument: String) -> [String] {
    definitions[argument]?.flatMap { expansion(of: $0) } ?? [argument]
  }

  /// A way from `name` back to itself.
  private func loop(from name: String) -> [String]? {
    var finished: Set<String> = []
    func visit(_ word: String, _ trail: [String]) -> [String]? {
      if trail.contains(word) { return word == name ? trail + [word] : nil }
      if finished.contains(word) { return nil }
      for next in definitions[word] ?? [] { if let found = visit(next, trail + [word]) { return found } }
      finished.insert(word)
      return nil
    }
    return visit(name, [])
  }

  /// What an alias must not be called: a goal, or a flag that there is.
  ///
  /// A name that only Baji has may be an alias in a file written for Pants, where it means what the file says.
  static func conflicts(_ entries: [Entry], goals: Set<String>, flags: Set<String>) -> [Diagnostic] {
    entries.compactMap { entry in
      if goals.contains(entry.name), entry.isStrict || PantsVocabulary.goals.contains(entry.name) {
        return entry.diagnostic("the alias `\(entry.name)` is the name of a goal", "call it something else")
      }
      if flags.contains(entry.name), entry.isStrict {
        return entry.diagnostic("the alias `\(entry.name)` is a flag that there is", "call it something else")
      }
      return nil
    }
  }
}
