// All settings of a run: each option's value, and every source that had a say in it.

/// Where a value came from, weakest first.
package enum OptionRank: Int, Comparable, Hashable, Sendable {
  case byDefault, configFile, personalFile, environment, flag

  package static func < (a: OptionRank, b: OptionRank) -> Bool { a.rawValue < b.rawValue }
}

/// One source's contribution to an option.
package struct Provenance: Hashable, Sendable {
  package let rank: OptionRank
  /// `pants.toml:12`, `BAJI_TEST_FORCE`, `--test-force`, or `default`.
  package let source: String
  /// The value after this source was applied.
  package let value: OptionValue

  package init(rank: OptionRank, source: String, value: OptionValue) {
    self.rank = rank
    self.source = source
    self.value = value
  }
}

/// A setting meant for Pants that means nothing here.
package struct IgnoredOption: Hashable, Sendable {
  /// Of a config file or flag; empty for a variable that names no option.
  package let section: String
  /// The option's name, or the variable's.
  package let option: String
  /// `pants.toml:12`, `the environment`, or `--pantsd-max-memory-usage`.
  package let place: String
  /// Why, where that is known without looking at other plugins.
  package let reason: String?

  init(section: String, option: String, place: String, reason: String? = nil) {
    self.section = section
    self.option = option
    self.place = place
    self.reason = reason ?? PantsVocabulary.reason(section: section, option: option)
  }

  init(variable: String) {
    section = ""
    option = variable
    place = "the environment"
    reason = PantsVocabulary.reason(variable: variable) ?? "no option that means something here has such a variable"
  }

  /// `[section].option`, or the environment variable's name.
  package var name: String { section.isEmpty ? option : "[\(section)].\(option)" }
}

/// Every option of every scope with its value and history. Immutable; made by `OptionSources`.
package struct Options: Sendable {
  struct Setting: Sendable {
    let definition: OptionDefinition
    let value: OptionValue
    /// Weakest first; begins with the default.
    let history: [Provenance]

    init(definition: OptionDefinition, value: OptionValue, history: [Provenance]) {
      self.definition = definition
      self.value = value
      self.history = history
    }

    /// Nobody but the default has a say in it.
    init(_ definition: OptionDefinition, _ origin: Provenance) { self.init(definition: definition, value: origin.value, history: [origin]) }
  }

  package let scopes: [OptionScope]
  /// In the order of their places; empty after the bootstrap phase.
  package let ignored: [IgnoredOption]
  private let settings: [String: [String: Setting]]
  /// Addresses as values hold them, with `***` for name and password → as they were given. For starting processes only: neither shown nor kept.
  package let credentials: [String: String]
  /// Of `[cli.alias]`, by name.
  package let aliases: [CommandAlias]
  /// What is not shown.
  package let secrets: Secrets

  init(
    scopes: [OptionScope], ignored: [IgnoredOption], settings: [String: [String: Setting]], aliases: [CommandAlias] = [],
    secrets: Secrets = Secrets()
  ) {
    self.scopes = scopes
    self.ignored = ignored
    self.aliases = aliases
    self.secrets = secrets
    var credentials = AddressCredentials()
    self.settings = settings.mapValues { scope in
      scope.mapValues { setting in
        // Defaults stand in the open: they hold no credentials.
        if setting.history.count == 1 { return setting }
        return Setting(
          definition: setting.definition, value: credentials.masked(setting.value),
          history: setting.history.map { Provenance(rank: $0.rank, source: $0.source, value: credentials.masked($0.value)) })
      }
    }
    self.credentials = credentials.addresses
  }

  func setting(_ scope: String, _ name: String) -> Setting? { settings[scope]?[name] }

  /// The value of a declared option; `.unset` for one that nobody declared.
  package func value(_ scope: String, _ name: String) -> OptionValue { setting(scope, name)?.value ?? .unset }

  /// False where the option is unset or no bool.
  package func bool(_ scope: String, _ name: String) -> Bool {
    if case .bool(let value) = value(scope, name) { value } else { false }
  }

  /// Nil where the option is unset or no bool.
  package func optionalBool(_ scope: String, _ name: String) -> Bool? {
    if case .bool(let value) = value(scope, name) { value } else { nil }
  }

  package func int(_ scope: String, _ name: String) -> Int? {
    if case .int(let value) = value(scope, name) { value } else { nil }
  }

  package func float(_ scope: String, _ name: String) -> Double? {
    switch value(scope, name) {
    case .float(let value): value
    case .int(let value): Double(value)
    default: nil
    }
  }

  /// Strings and enumerations.
  package func string(_ scope: String, _ name: String) -> String? {
    if case .string(let value) = value(scope, name) { value } else { nil }
  }

  /// Lists; empty where the option is unset or no list.
  package func strings(_ scope: String, _ name: String) -> [String] {
    guard case .list(let items) = value(scope, name) else { return [] }
    return items.compactMap { if case .string(let text) = $0 { text } else { nil } }
  }

  package func dictionary(_ scope: String, _ name: String) -> [OptionValue.Entry] {
    if case .dictionary(let entries) = value(scope, name) { entries } else { [] }
  }

  /// Weakest first; the last is the one that decided. Empty for an option that nobody declared.
  package func provenance(_ scope: String, _ name: String) -> [Provenance] { setting(scope, name)?.history ?? [] }

  /// True where some source other than the default had a say.
  package func isSet(_ scope: String, _ name: String) -> Bool { provenance(scope, name).count > 1 }

  /// Every option of every scope, in the order of their declaration: its value for keys, and whether a source other than the default had a say.
  package func forEach(_ body: (_ scope: String, _ name: String, _ canonicalText: String, _ isSet: Bool) -> Void) {
    for scope in scopes {
      for option in scope.options {
        guard let setting = setting(scope.name, option.name) else { continue }
        body(scope.name, option.name, setting.value.canonicalText, setting.history.count > 1)
      }
    }
  }

  /// The value for keys: equal texts stand for equal values.
  package func canonicalText(_ scope: String, _ name: String) -> String { value(scope, name).canonicalText }
}

/// A goal's name as the command line needs to know it.
package struct GoalSyntax: Hashable, Sendable {
  package let name: String
  package let aliases: [String]
  /// Every later argument that is no flag belongs to the goal (`help shfmt`, `plugin test plugins/shell`) and is neither goal nor spec.
  package let takesWords: Bool

  package init(_ name: String, aliases: [String] = [], takesWords: Bool = false) {
    self.name = name
    self.aliases = aliases
    self.takesWords = takesWords
  }
}

/// What was asked for: `baji [options] goal [goal …] [specs] [-- arguments for the tool]`.
package struct Command: Hashable, Sendable {
  /// In the order given, without repeats.
  package var goals: [String] = []
  /// Addresses, files, globs; those that begin with `-` take away. The lines of `--spec-files` come last.
  package var specs: [String] = []
  /// What a goal that `takesWords` was given.
  package var words: [String] = []
  /// What follows `--`; nil without one.
  package var passthrough: [String]?
  /// `-h`, `--help`, `--help-advanced`.
  package var wantsHelp = false
  package var wantsAdvancedHelp = false
  /// `--help-all`.
  package var wantsAllHelp = false
  /// `-V`, `--version`.
  package var wantsVersion = false

  package init() {}
}

/// What the full phase gives.
package struct ParsedOptions: Sendable {
  package let options: Options
  package let command: Command
}
