// Lays the sources over one another, weakest first: option → value and history.

internal import Diagnostics
internal import Formats

/// Resolves every option of some scopes; collects what is wrong.
struct OptionResolver {
  private let sources: OptionSources
  private let scopes: [OptionScope]
  private let flags: [String: [Flag]]
  /// Scopes that flags name: most have none.
  private let flaggedScopes: Set<String>
  /// Whether a config file says which Pants the workspace is made for.
  private let isMadeForPants: Bool
  var problems: [Diagnostic] = []

  init(sources: OptionSources, scopes: [OptionScope], flags: [Flag]) {
    self.sources = sources
    self.scopes = scopes
    isMadeForPants = sources.files.contains { $0[OptionScope.global]?["pants_version"] != nil }
    self.flags = Dictionary(grouping: flags) { "\($0.scope)\n\($0.option)" }
    flaggedScopes = Set(flags.map(\.scope))
  }

  mutating func resolve(ignored: [IgnoredOption], aliases: [CommandAlias] = [], secrets: Secrets = Secrets()) -> Options {
    var settings: [String: [String: Options.Setting]] = [:]
    for scope in scopes {
      let isTouched = isTouched(scope)
      var own: [String: Options.Setting] = [:]
      own.reserveCapacity(scope.options.count)
      for definition in scope.options {
        own[definition.name] = isTouched ? setting(scope, definition) : Options.Setting(definition, byDefault(definition))
      }
      if let others = settings.updateValue(own, forKey: scope.name) { settings[scope.name] = others.merging(own) { $1 } }
    }
    return Options(scopes: scopes, ignored: ignored, settings: settings, aliases: aliases, secrets: secrets)
  }

  /// Whether every source says something that an option can hold.
  func isSound(_ scope: OptionScope, _ name: String) -> Bool {
    guard let definition = scope.options.first(where: { $0.name == name }) else { return true }
    var resolver = OptionResolver(sources: sources, scopes: [scope], flags: flags.values.flatMap { $0 })
    _ = resolver.setting(scope, definition)
    return resolver.problems.isEmpty
  }

  /// Whether any source may have a say in an option of the scope. Of most scopes none has: their options are not looked at one by one.
  private func isTouched(_ scope: OptionScope) -> Bool {
    !sources.variables.isEmpty || flaggedScopes.contains(scope.name)
      || sources.files.contains { $0[scope.name] != nil || $0["DEFAULT"] != nil }
  }

  private func byDefault(_ definition: OptionDefinition) -> Provenance {
    if isMadeForPants, let other = definition.defaultWithPants {
      return Provenance(rank: .byDefault, source: "the default where `pants_version` is set", value: other)
    }
    return Provenance(rank: .byDefault, source: "default", value: definition.defaultValue)
  }

  private mutating func setting(_ scope: OptionScope, _ definition: OptionDefinition) -> Options.Setting {
    let origin = byDefault(definition)
    var state = EditedValue(origin.value)
    var history = [origin]
    let names = [definition.name] + definition.aliases

    // What `[DEFAULT]` says holds for the option of that name in every section, and is weaker than what any file says of the section itself.
    for sectionName in ["DEFAULT", scope.name] {
      for file in sources.files {
        guard let section = file[sectionName] else { continue }
        let present = names.compactMap { section[$0] }
        if present.count > 1 { reportConflict(present, section, file, definition) }
        for setting in present {
          do throws(ValueError) {
            let value = try file.value(setting, in: section)
            try apply(file.isStrict ? value : definition.type.lenient(value), definition.type, to: &state)
            history.append(Provenance(rank: file.rank, source: file.place(setting.position), value: state.value))
          } catch {
            // What `[DEFAULT]` means for placeholders need not fit an option that happens to have the name.
            if sectionName == "DEFAULT", sources.files.contains(where: { file in names.contains { file[scope.name]?[$0] != nil } }) {
              continue
            }
            problems.append(
              file.diagnostic("`[\(sectionName)] \(setting.name)` \(error.message)", at: setting.value.position))
          }
        }
      }
    }
    for prefix in sources.variables.isEmpty ? [] : ["PANTS_", "BAJI_"] {
      let variables = OptionResolver.variables(scope, names).map { prefix + $0 }
      guard let variable = variables.first(where: { sources.variables[$0] != nil }), let text = sources.variables[variable] else {
        continue
      }
      do throws(ValueError) {
        try apply(.string(text), definition.type, to: &state)
        history.append(Provenance(rank: .environment, source: variable, value: state.value))
      } catch {
        problems.append(Diagnostic(.error, "the environment's `\(variable)` \(error.message)"))
      }
    }
    for flag in flags.isEmpty ? [] : flags["\(scope.name)\n\(definition.name)"] ?? [] {
      do throws(ValueError) {
        if let text = flag.text {
          try apply(.string(text), definition.type, to: &state)
        } else {
          state.apply([.replace(.bool(true))])
        }
        if flag.isNegated, case .bool(let value) = state.value { state.apply([.replace(.bool(!value))]) }
        history.append(Provenance(rank: .flag, source: flag.spelling, value: state.value))
      } catch {
        problems.append(Diagnostic(.error, "`\(flag.spelling)` \(error.message)"))
      }
    }
    return Options.Setting(definition: definition, value: state.value, history: history)
  }

  /// An option under two of its names in one section: which one counts would be a guess.
  private mutating func reportConflict(
    _ settings: [ConfigFile.Setting], _ section: ConfigFile.Section, _ file: ConfigFile, _ definition: OptionDefinition
  ) {
    guard let last = settings.max(by: { $0.position.line < $1.position.line }) else { return }
    let others = settings.filter { $0.name != last.name }
    if definition.type.isList || others.allSatisfy({ OptionValue($0.value) == OptionValue(last.value) }) { return }
    problems.append(
      file.diagnostic(
        "`[\(section.name)] \(last.name)` is another name of `\(others.map(\.name).joined(separator: "`, `"))`, which is set to something else",
        at: last.position, length: last.name.utf8.count,
        hint: "keep one; the other is at \(others.map { file.place($0.position) }.joined(separator: ", "))"))
  }

  /// Options that say the opposite of one another.
  mutating func reportContradictions(_ options: Options) {
    let (cleanup, kept) = ("process_cleanup", "keep_sandboxes")
    if let cleans = options.optionalBool(OptionScope.global, cleanup), options.isSet(OptionScope.global, kept),
      let keeps = options.string(OptionScope.global, kept), cleans != (keeps == "never")
    {
      problems.append(
        Diagnostic(
          .error,
          "`\(cleanup) = \(cleans)` (from \(options.source(OptionScope.global, cleanup))) and `\(kept) = \(keeps)` (from \(options.source(OptionScope.global, kept))) contradict one another",
          hint: "`\(cleanup)` is an older name: keep `\(kept)`"))
    }
  }

  /// Names of an option's environment variables, without `BAJI_` or `PANTS_`, strongest first: of several only the first that is set counts.
  static func variables(_ scope: OptionScope, _ names: [String]) -> [String] {
    var found: [String] = []
    for name in names {
      let variable = scope.environmentName(name)
      if scope.isGlobal { found.append("GLOBAL_\(variable)") }
      found.append(variable)
      // `pants_version` is `PANTS_VERSION`, not only `PANTS_PANTS_VERSION`.
      if scope.isGlobal, variable.hasPrefix("PANTS_") { found.append(String(variable.dropFirst(6))) }
    }
    return found
  }

  private func apply(_ value: OptionValue, _ type: OptionType, to state: inout EditedValue) throws(ValueError) {
    switch try FileReference.expanded(value, from: sources.absolute) {
    case .none: break
    case .text(let text): state.apply(try type.edits(text: text))
    case .value(let value): state.apply(try type.edits(value: value))
    }
  }

  // MARK: What nobody knows

  /// Reports unknown names of strict sources as problems; returns those of the others.
  /// - Parameter isComplete: false where plugins are missing whose sections are unknown for that reason.
  mutating func findUnknown(reserved: Set<String>, isComplete: Bool) -> [IgnoredOption] {
    var ignored: [IgnoredOption] = []
    let byName = Dictionary(scopes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let verifies = settingOfVerification
    for file in sources.files {
      for section in file.sections where section.name != "DEFAULT" {
        let known = byName[section.name].map { Set($0.options.flatMap { [$0.name] + $0.aliases }) }
        let isStrict = file.isStrict && verifies
        if known == nil, isStrict {
          if isComplete { problems.append(unknownSection(section, in: file, among: byName.keys.sorted())) }
          continue
        }
        for setting in section.settings {
          let isEarly = section.name == OptionScope.global && CoreOptions.earlyOptions.contains(setting.name)
          if known?.contains(setting.name) == true, !isEarly { continue }
          if isStrict {
            problems.append(unknownOption(setting, of: section, in: file, among: known?.sorted() ?? [], isEarly: isEarly))
          } else {
            ignored.append(
              IgnoredOption(
                section: section.name, option: setting.name, place: file.place(setting.position),
                reason: isEarly ? "only flags and the environment name config files" : nil))
          }
        }
      }
    }
    findUnknownVariables(reserved: reserved, isComplete: isComplete, into: &ignored)
    return ignored
  }

  /// `[GLOBAL] verify_config`: whether unknown names in Baji's own files are errors.
  private var settingOfVerification: Bool {
    var resolver = OptionResolver(sources: sources, scopes: [CoreOptions.global], flags: flags.values.flatMap { $0 })
    return resolver.resolve(ignored: []).bool(OptionScope.global, "verify_config")
  }

  private func unknownSection(_ section: ConfigFile.Section, in file: ConfigFile, among names: [String]) -> Diagnostic {
    let hint = nearestName(to: section.name, among: names).map { "did you mean `[\($0)]`?" }
    return file.diagnostic(
      "unknown section `[\(section.name)]`", at: section.position, length: section.name.utf8.count,
      hint: hint ?? "is its plugin missing in `[GLOBAL] backend_packages`?")
  }

  private func unknownOption(
    _ setting: ConfigFile.Setting, of section: ConfigFile.Section, in file: ConfigFile, among known: [String], isEarly: Bool
  ) -> Diagnostic {
    if isEarly {
      return file.diagnostic(
        "`[\(section.name)] \(setting.name)` cannot be set in a config file", at: setting.position, length: setting.name.utf8.count,
        hint: "set `BAJI_CONFIG_FILES` or `--pants-config-files`")
    }
    let hint = didYouMean(setting.name, among: known)
    return file.diagnostic(
      "`[\(section.name)]` has no option `\(setting.name)`", at: setting.position, length: setting.name.utf8.count,
      hint: hint ?? "`baji help \(section.name)` lists its options")
  }

  private mutating func findUnknownVariables(reserved: Set<String>, isComplete: Bool, into ignored: inout [IgnoredOption]) {
    if sources.variables.keys.allSatisfy(reserved.contains) { return }
    var known = reserved
    for scope in scopes {
      for definition in scope.options {
        for name in OptionResolver.variables(scope, [definition.name] + definition.aliases) {
          known.insert("PANTS_\(name)")
          known.insert("BAJI_\(name)")
        }
      }
    }
    for variable in sources.variables.keys.sorted() where !known.contains(variable) {
      if variable.hasPrefix("BAJI_") {
        if !isComplete { continue }
        let hint = didYouMean(variable, among: known.filter { $0.hasPrefix("BAJI_") }.sorted())
        problems.append(Diagnostic(.error, "the environment's `\(variable)` is no option", hint: hint ?? "unset it"))
      } else if variable.hasPrefix("PANTS_") {
        ignored.append(IgnoredOption(variable: variable))
      }
    }
  }
}

/// A value while sources edit it. Removals wait: they also take away what stronger sources add, until one replaces the list.
private struct EditedValue {
  private var base: OptionValue
  private var removed: Set<OptionValue> = []

  init(_ base: OptionValue) { self.base = base }

  var value: OptionValue {
    guard !removed.isEmpty, case .list(let items) = base else { return base }
    return .list(items.filter { !removed.contains($0) })
  }

  mutating func apply(_ edits: [OptionEdit]) {
    for edit in edits {
      switch edit {
      case .replace(let value):
        base = value
        removed = []
      case .add(let items): base = .list(Options.items(base) + items)
      case .remove(let items): removed.formUnion(items)
      case .merge(let entries):
        if case .dictionary(let present) = base {
          base = .dictionary(merged(present, with: entries))
        } else {
          base = .dictionary(entries)
        }
      }
    }
  }
}

extension Options {
  static func items(_ value: OptionValue) -> [OptionValue] { if case .list(let items) = value { items } else { [] } }

  static func texts(_ value: OptionValue) -> [String] { items(value).compactMap { if case .string(let text) = $0 { text } else { nil } } }
}
