// Lays the sources over one another, weakest first: option → value and history.

internal import Diagnostics
internal import Formats
internal import Host

/// Resolves every option of some scopes; collects what is wrong.
struct OptionResolver {
  private let sources: OptionSources
  private let scopes: [OptionScope]
  private let flags: [String: [Flag]]
  /// Whether a config file says which Pants the workspace is made for.
  private let isMadeForPants: Bool
  var problems: [Diagnostic] = []

  init(sources: OptionSources, scopes: [OptionScope], flags: [Flag]) {
    self.sources = sources
    self.scopes = scopes
    isMadeForPants = sources.files.contains { $0[OptionScope.global]?["pants_version"] != nil }
    self.flags = Dictionary(grouping: flags) { "\($0.scope)\n\($0.option)" }
  }

  mutating func resolve(ignored: [IgnoredOption]) -> Options {
    var settings: [String: [String: Options.Setting]] = [:]
    for scope in scopes {
      for definition in scope.options { settings[scope.name, default: [:]][definition.name] = setting(scope, definition) }
    }
    return Options(scopes: scopes, ignored: ignored, settings: settings)
  }

  private mutating func setting(_ scope: OptionScope, _ definition: OptionDefinition) -> Options.Setting {
    var origin = Provenance(rank: .byDefault, source: "default", value: definition.defaultValue)
    if isMadeForPants, let other = definition.defaultWithPants {
      origin = Provenance(rank: .byDefault, source: "the default where `pants_version` is set", value: other)
    }
    var state = EditedValue(origin.value)
    var history = [origin]
    let names = [definition.name] + definition.aliases

    for file in sources.files {
      // What `[DEFAULT]` says holds for the option of that name in every section, unless the section has its own; lists are joined.
      for sectionName in ["DEFAULT", scope.name] {
        guard let section = file[sectionName] else { continue }
        for name in names {
          guard let setting = section[name] else { continue }
          let isOverridden = sectionName == "DEFAULT" && !definition.type.isList && names.contains { file[scope.name]?[$0] != nil }
          if isOverridden { continue }
          do throws(ValueError) {
            let value = try file.value(setting, in: section)
            try apply(value, definition.type, to: &state)
            history.append(Provenance(rank: file.rank, source: file.place(setting.position), value: state.value))
          } catch {
            problems.append(
              file.diagnostic("`[\(sectionName)] \(name)` \(error.message)", at: setting.value.position))
          }
        }
      }
    }
    for (prefix, variable) in OptionResolver.variables(scope, names) {
      guard let text = sources.environment[prefix + variable] else { continue }
      do throws(ValueError) {
        try apply(.string(text), definition.type, to: &state)
        history.append(Provenance(rank: .environment, source: prefix + variable, value: state.value))
      } catch {
        problems.append(Diagnostic(.error, "the environment's `\(prefix + variable)` \(error.message)"))
      }
    }
    for flag in flags["\(scope.name)\n\(definition.name)"] ?? [] {
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

  /// Prefixes and names of the environment variables of an option, weakest first.
  static func variables(_ scope: OptionScope, _ names: [String]) -> [(prefix: String, name: String)] {
    var found: [(String, String)] = []
    for prefix in ["PANTS_", "BAJI_"] {
      for name in names.reversed() {
        let variable = scope.environmentName(name)
        if scope.isGlobal { found.append((prefix, "GLOBAL_\(variable)")) }
        found.append((prefix, variable))
        // `pants_version` is `PANTS_VERSION`, not only `PANTS_PANTS_VERSION`.
        if scope.isGlobal, variable.hasPrefix("PANTS_") { found.append((prefix, String(variable.dropFirst(6)))) }
      }
    }
    return found
  }

  private func apply(_ value: OptionValue, _ type: OptionType, to state: inout EditedValue) throws(ValueError) {
    guard case .string(let text) = value, text.utf8.first == UInt8(ascii: "@") else {
      state.apply(try type.edits(value: value))
      return
    }
    if text.hasPrefix("@@") {
      state.apply(try type.edits(text: String(text.dropFirst())))
    } else if let read = try fromFile(String(text.dropFirst())) {
      state.apply(try type.edits(value: read))
    }
  }

  /// `path`, `?path` (may be missing), `path:a.b` (a value inside of a JSON or TOML file). Relative to the root.
  private func fromFile(_ reference: String) throws(ValueError) -> OptionValue? {
    let isOptional = reference.hasPrefix("?")
    let parts = (isOptional ? reference.dropFirst() : reference[...]).split(separator: ":", maxSplits: 1).map(String.init)
    guard let path = parts.first else { throw ValueError("names no file behind its `@`") }
    let absolute = sources.absolute(path)
    if isOptional, !Files.exists(absolute) { return nil }
    let bytes: [UInt8]
    do throws(FileError) { bytes = try Files.read(absolute) } catch { throw ValueError("wants a file: \(error)") }
    var value: OptionValue
    if path.hasSuffix(".json") {
      do throws(FormatError) { value = OptionValue(try JSON.parse(bytes)) } catch { throw ValueError("wants `\(path)`: \(error)") }
    } else if path.hasSuffix(".toml") {
      do throws(TOMLErrors) {
        value = OptionValue(TOMLValue(.table(try TOML.parse(bytes)), at: TextPosition(line: 1, column: 1)))
      } catch { throw ValueError("wants `\(path)`: \(error.errors.map(\.description).joined(separator: "; "))") }
    } else {
      var text = String(decoding: bytes, as: UTF8.self)
      while text.last?.isNewline == true { text.removeLast() }
      return .string(text)
    }
    for name in parts.count > 1 ? parts[1].split(separator: ".").map(String.init) : [] {
      guard case .dictionary(let entries) = value, let entry = entries.first(where: { $0.name == name }) else {
        throw ValueError("wants `\(name)` in `\(path)`, which is not there")
      }
      value = entry.value
    }
    return value
  }

  // MARK: What nobody knows

  /// Reports unknown names of strict sources as problems; returns those of the others.
  mutating func findUnknown(reserved: Set<String>) -> [IgnoredOption] {
    var ignored: [IgnoredOption] = []
    let byName = Dictionary(scopes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for file in sources.files {
      for section in file.sections where section.name != "DEFAULT" {
        let known = byName[section.name].map { Set($0.options.flatMap { [$0.name] + $0.aliases }) }
        if known == nil, file.isStrict {
          let hint = nearestName(to: section.name, among: byName.keys.sorted()).map { "did you mean `[\($0)]`?" }
          problems.append(
            file.diagnostic(
              "unknown section `[\(section.name)]`", at: section.position, length: section.name.utf8.count,
              hint: hint ?? "is its plugin missing in `[GLOBAL] backend_packages`?"))
          continue
        }
        for setting in section.settings where known?.contains(setting.name) != true {
          if file.isStrict {
            let hint = didYouMean(setting.name, among: known?.sorted() ?? [])
            problems.append(
              file.diagnostic(
                "`[\(section.name)]` has no option `\(setting.name)`", at: setting.position, length: setting.name.utf8.count,
                hint: hint ?? "`baji help \(section.name)` lists its options"))
          } else {
            ignored.append(IgnoredOption(name: "[\(section.name)].\(setting.name)", place: file.place(setting.position)))
          }
        }
      }
    }
    var known = reserved
    for scope in scopes {
      for definition in scope.options {
        for (prefix, name) in OptionResolver.variables(scope, [definition.name] + definition.aliases) { known.insert(prefix + name) }
      }
    }
    for variable in sources.environment.keys.sorted() where !known.contains(variable) {
      if variable.hasPrefix("BAJI_") {
        let hint = didYouMean(variable, among: known.filter { $0.hasPrefix("BAJI_") }.sorted())
        problems.append(Diagnostic(.error, "the environment's `\(variable)` is no option", hint: hint ?? "unset it"))
      } else if variable.hasPrefix("PANTS_") {
        ignored.append(IgnoredOption(name: variable, place: "the environment"))
      }
    }
    return ignored
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

extension OptionValue {
  init(_ json: JSON) {
    switch json {
    case .null: self = .unset
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .double(let value): self = .float(value)
    case .string(let value): self = .string(value)
    case .array(let items): self = .list(items.map { OptionValue($0) })
    case .object(let members): self = .dictionary(members.map { Entry($0.name, OptionValue($0.value)) })
    }
  }

  init(_ toml: TOMLValue) {
    switch toml.kind {
    case .string(let text), .dateTime(let text): self = .string(text)
    case .int(let value): self = .int(value)
    case .float(let value): self = .float(value)
    case .bool(let value): self = .bool(value)
    case .array(let items): self = .list(items.map { OptionValue($0) })
    case .table(let table): self = .dictionary(table.entries.map { Entry($0.name, OptionValue($0.value)) })
    }
  }
}
