// The arguments of the program → goals, specs, flags; what each flag means needs the definitions, what it is worth comes later.

internal import Diagnostics

/// One flag of the command line that names a known option.
struct Flag: Sendable {
  let scope: String
  let option: String
  /// As written, without its value: `--no-test-force`.
  let spelling: String
  /// Nil for a bool's flag without a value.
  let text: String?
  let isNegated: Bool
}

struct SplitArguments {
  var command = Command()
  var flags: [Flag] = []
  /// Flags of Pants that mean nothing here.
  var ignored: [IgnoredOption] = []
  var problems: [Diagnostic] = []
}

/// Splits arguments against the known scopes and goals.
struct ArgumentSplitter {
  private struct Target {
    let scope: OptionScope
    let definition: OptionDefinition
    let isNegated: Bool
  }

  /// Made when a flag is first looked up: a run without flags needs none of them.
  private final class FlagTable {
    private let scopes: [OptionScope]
    private(set) lazy var long = named()
    private(set) lazy var short = letters()

    init(_ scopes: [OptionScope]) { self.scopes = scopes }

    private func named() -> [String: Target] {
      var flags: [String: Target] = [:]
      for scope in scopes {
        for definition in scope.options {
          for name in [definition.name] + definition.aliases {
            let flag = scope.flag(name)
            flags[flag] = Target(scope: scope, definition: definition, isNegated: false)
            guard definition.type == .bool else { continue }
            let negated = Target(scope: scope, definition: definition, isNegated: true)
            flags["--no-\(flag.dropFirst(2))"] = negated
            if !scope.isGlobal { flags["--\(scope.name)-no-\(flag.dropFirst(scope.name.utf8.count + 3))"] = negated }
          }
        }
      }
      return flags
    }

    private func letters() -> [Character: Target] {
      var flags: [Character: Target] = [:]
      for scope in scopes {
        for definition in scope.options {
          if let short = definition.shortFlag { flags[short] = Target(scope: scope, definition: definition, isNegated: false) }
        }
      }
      return flags
    }
  }

  private let flags: FlagTable
  private var longFlags: [String: Target] { flags.long }
  private var shortFlags: [Character: Target] { flags.short }
  private var goals: [String: GoalSyntax] = [:]
  private let isPath: (String) -> Bool
  /// Before the plugins' scopes and the goals are known, what looks unknown is passed over.
  private let isBootstrap: Bool
  /// False where flags may belong to plugins that are missing.
  private let isComplete: Bool

  /// Every long flag.
  var knownFlags: Set<String> { Set(longFlags.keys) }

  init(scopes: [OptionScope], goals: [GoalSyntax], isBootstrap: Bool, isComplete: Bool = true, isPath: @escaping (String) -> Bool) {
    self.isPath = isPath
    self.isBootstrap = isBootstrap
    self.isComplete = isComplete
    flags = FlagTable(scopes)
    for goal in goals { for name in [goal.name] + goal.aliases { self.goals[name] = goal } }
  }

  func split(_ arguments: [String]) -> SplitArguments {
    var result = SplitArguments()
    var context: String?  // the goal whose flags may go without their prefix
    var isBehindSpec = false
    var takesWords = false
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      index += 1
      switch argument {
      case "--":
        result.command.passthrough = Array(arguments[index...])
        return result
      case "-h", "--help": result.command.wantsHelp = true
      case "--help-advanced":
        result.command.wantsHelp = true
        result.command.wantsAdvancedHelp = true
      case "--help-all": result.command.wantsAllHelp = true
      case "-V", "-v", "--version": result.command.wantsVersion = true
      case _ where argument.hasPrefix("--"):
        index = long(
          argument, context: context, takesWords: takesWords, globalFirst: isBehindSpec, arguments, next: index, into: &result)
      case _ where isShort(argument): index = short(argument, arguments, next: index, into: &result)
      case _ where takesWords: result.command.words.append(argument)
      default:
        if let goal = goals[argument] {
          if !result.command.goals.contains(goal.name) { result.command.goals.append(goal.name) }
          context = goal.name
          isBehindSpec = false
          takesWords = goal.takesWords
        } else if isSpec(argument) {
          result.command.specs.append(argument)
          isBehindSpec = true
        } else if !isBootstrap {
          let hint = didYouMean(argument, among: goals.keys.sorted())
          result.problems.append(
            Diagnostic(
              .error, "unknown goal `\(argument)`",
              hint: hint ?? "`baji help goals` lists them; a file or folder of that name does not exist either"))
        }
      }
    }
    return result
  }

  /// A goal has no such characters in its name; everything else that exists is a path.
  private func isSpec(_ argument: String) -> Bool {
    argument.hasPrefix("-") || argument.utf8.contains { "/\\.:*#@".utf8.contains($0) } || isPath(argument)
  }

  private func long(
    _ argument: String, context: String?, takesWords: Bool, globalFirst: Bool, _ arguments: [String], next: Int,
    into result: inout SplitArguments
  ) -> Int {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let spelling = String(parts.first ?? "")
    let text = parts.count > 1 ? String(parts[1]) : nil
    let scoped = context.flatMap { goal -> Target? in
      let name = spelling.dropFirst(2)
      if name.hasPrefix("no-"), let target = longFlags["--no-\(goal)-\(name.dropFirst(3))"] { return target }
      return longFlags["--\(goal)-\(name)"]
    }
    guard let target = globalFirst ? longFlags[spelling] ?? scoped : scoped ?? longFlags[spelling] else {
      if takesWords, context?.hasPrefix("help") == true {
        // `help options --ignored`: the goal knows its words, and says so of those it does not.
        result.command.words.append(argument)
      } else if let (section, option) = PantsVocabulary.ignoredFlag(spelling) {
        result.ignored.append(IgnoredOption(section: section, option: option, place: spelling))
      } else if !isBootstrap, isComplete {
        let candidates =
          longFlags.keys.sorted() + (context.map { goal in longFlags.keys.sorted().compactMap { shortened($0, goal) } } ?? [])
        let hint = didYouMean(spelling, among: candidates)
        result.problems.append(Diagnostic(.error, "unknown option `\(spelling)`", hint: hint ?? "`baji help options` lists them all"))
      }
      return next
    }
    return add(target, spelling: spelling, text: text, arguments, next: next, into: &result)
  }

  private func shortened(_ flag: String, _ goal: String) -> String? {
    flag.hasPrefix("--\(goal)-") ? "--\(flag.dropFirst(goal.utf8.count + 3))" : nil
  }

  /// `-l`, `-ldebug`, `-j4`, `-j=4`: a known letter whose value, if it is attached, fits. Anything else with one dash is a spec to leave out.
  private func isShort(_ argument: String) -> Bool {
    guard let (target, value) = shortParts(argument) else { return false }
    guard let value else { return true }
    return target.definition.type != .bool && (try? target.definition.type.edits(text: value)) != nil
  }

  private func shortParts(_ argument: String) -> (Target, String?)? {
    let characters = Array(argument)
    guard characters.count >= 2, characters[0] == "-", let target = shortFlags[characters[1]] else { return nil }
    if characters.count == 2 { return (target, nil) }
    return (target, String(characters[2] == "=" ? characters[3...] : characters[2...]))
  }

  private func short(_ argument: String, _ arguments: [String], next: Int, into result: inout SplitArguments) -> Int {
    guard let (target, value) = shortParts(argument) else { return next }
    return add(target, spelling: String(argument.prefix(2)), text: value, arguments, next: next, into: &result)
  }

  private func add(
    _ target: Target, spelling: String, text: String?, _ arguments: [String], next: Int, into result: inout SplitArguments
  ) -> Int {
    var text = text
    var next = next
    if text == nil, target.definition.type != .bool {
      if next < arguments.count, !arguments[next].hasPrefix("--") {
        text = arguments[next]
        next += 1
      } else {
        if !isBootstrap { result.problems.append(Diagnostic(.error, "`\(spelling)` needs a value", hint: "write `\(spelling)=VALUE`")) }
        return next
      }
    }
    result.flags.append(
      Flag(scope: target.scope.name, option: target.definition.name, spelling: spelling, text: text, isNegated: target.isNegated))
    return next
  }
}
