// `[cli.alias]`: words and flags of the command line that stand for others.

internal import Diagnostics

/// Replaces arguments by what they stand for, up to `--`.
struct Aliases {
  private var definitions: [String: [String]] = [:]

  init() {}

  init(_ entries: [OptionValue.Entry]) throws(UserError) {
    var problems: [Diagnostic] = []
    for entry in entries {
      guard case .string(let text) = entry.value, let words = shellWords(text) else {
        problems.append(Diagnostic(.error, "[cli.alias] `\(entry.name)` takes a string of arguments, not `\(entry.value.shown)`"))
        continue
      }
      let name = entry.name.hasPrefix("--") ? entry.name.dropFirst(2) : entry.name[...]
      guard let first = name.first, first != "-", name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }) else {
        problems.append(Diagnostic(.error, "[cli.alias] `\(entry.name)` is no word and no `--flag`", hint: "letters, digits, `-` and `_`"))
        continue
      }
      definitions[entry.name] = words
    }
    for name in definitions.keys.sorted() {
      if let loop = loop(from: name) {
        problems.append(Diagnostic(.error, "[cli.alias] stands for itself: \(loop.joined(separator: " → "))"))
        break
      }
    }
    if !problems.isEmpty { throw UserError(problems) }
  }

  func expanded(_ arguments: [String]) -> [String] {
    var result: [String] = []
    for (index, argument) in arguments.enumerated() {
      if argument == "--" { return result + arguments[index...] }
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
      if trail.contains(word) { return trail + [word] }
      if finished.contains(word) { return nil }
      for next in definitions[word] ?? [] { if let found = visit(next, trail + [word]) { return found } }
      finished.insert(word)
      return nil
    }
    return visit(name, [])
  }
}
