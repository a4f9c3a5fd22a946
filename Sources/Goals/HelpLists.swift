// The lists of `help`: goals, target types, option sections, tools, backends, aliases, and what was ignored.

internal import Options
internal import Plugins
internal import Targets

/// Words that stand for lists.
let helpLists = ["goals", "targets", "options", "subsystems", "tools", "backends", "aliases", "symbols"]

/// The list of that name; nil for another word.
func list(_ topic: String, advanced: Bool, _ subject: HelpSubject) -> [String]? {
  let plugins = subject.plugins
  switch topic {
  case "goals": return ["Goals:", ""] + columns(Goal.all.map { ($0.name, $0.doc) }) + aliasLines(subject.options, after: "")
  case "aliases":
    let lines = aliasLines(subject.options, after: nil)
    return lines.isEmpty ? ["No alias: a config file's `[cli.alias]` declares them, as in `green = \"lint test ::\"`"] : lines
  case "targets":
    return ["Target types:", ""] + columns(plugins.registry.types.values.sorted { $0.name < $1.name }.map { ($0.name, $0.doc) })
  case "symbols":
    let functions = plugins.registry.functions.values.sorted { $0.name < $1.name }
    return ["Names for BUILD files that are no target types:", ""]
      + columns(functions.map { ($0.name, "(\(($0.parameters + ["…"]).joined(separator: ", ")))") })
  case "options", "subsystems":
    return ["Option sections (`baji help SECTION` shows one):", ""] + columns(subject.options.scopes.map { ($0.name, $0.doc) })
  case "tools": return ["Tools (`baji help NAME` shows a tool's options):", ""] + toolLines(subject)
  case "backends": return backendLines(subject)
  default: return nil
  }
}

private func aliasLines(_ options: Options, after: String?) -> [String] {
  guard !options.aliases.isEmpty else { return [] }
  return (after.map { [$0] } ?? []) + ["Aliases:", ""] + columns(options.aliases.map { ($0.name, "\($0.text)  (from \($0.place))") })
}

// MARK: - Tools

private struct ToolRow {
  let name: String
  let duty: String
  let section: String?
}

private func toolRows(_ plugins: EnabledPlugins) -> [ToolRow] {
  var rows = plugins.fileTools.map { tool in
    ToolRow(
      name: tool.name, duty: tool.kind == .linter ? "linter" : tool.kind == .formatter ? "formatter" : "fixer", section: tool.optionScope)
  }
  rows += plugins.checkers.map { ToolRow(name: $0.name, duty: "checker", section: $0.optionScope) }
  rows += plugins.testers.map { ToolRow(name: $0.name, duty: "test runner", section: $0.testing.optionScope) }
  rows += plugins.packagers.map { ToolRow(name: $0.name, duty: "packager", section: nil) }
  rows += plugins.publishers.map { ToolRow(name: $0.name, duty: "publisher", section: nil) }
  rows += plugins.repls.map { ToolRow(name: $0.name, duty: "interactive session", section: nil) }
  return rows.sorted { ($0.name, $0.duty) < ($1.name, $1.duty) }
}

func toolNames(_ plugins: EnabledPlugins) -> [String] { toolRows(plugins).map(\.name) }

/// Each tool with what it does, whether it is left out, its section and version.
func toolLines(_ subject: HelpSubject, named name: String? = nil) -> [String] {
  let options = subject.options
  return columns(
    toolRows(subject.plugins).filter { name == nil || $0.name == name }.map { row in
      var facts = [row.duty]
      if let section = row.section {
        facts.append("`[\(section)]`")
        if let version = options.string(section, "version"), !version.isEmpty { facts.append(version) }
        if options.bool(section, "skip") { facts.append("left out (\(options.source(section, "skip")))") }
      }
      return (row.name, facts.joined(separator: ", "))
    })
}

// MARK: - Backends

private func backendLines(_ subject: HelpSubject) -> [String] {
  let enabled = Set(subject.plugins.backends.map(\.name))
  var lines = ["Backends (`*` enabled; `[GLOBAL] backend_packages` takes either name):", ""]
  lines += columns(
    subject.catalog.backends.sorted { $0.name < $1.name }.map {
      ("\(enabled.contains($0.name) ? "*" : " ") \($0.name)", $0.aliases.joined(separator: ", "))
    })
  if !subject.missing.isEmpty {
    lines += ["", "Asked for, with no counterpart here:", ""] + columns(subject.missing.map { ("  \($0)", notCovered(by: $0)) })
  }
  return lines
}

func help(_ backend: Backend, _ subject: HelpSubject) -> [String] {
  let isEnabled = subject.plugins.backends.contains { $0.name == backend.name }
  var lines = ["`\(backend.name)`: \(isEnabled ? "enabled" : "not enabled: `[GLOBAL] backend_packages` takes it")"]
  if !backend.aliases.isEmpty { lines.append("  also: \(backend.aliases.joined(separator: ", "))") }
  let declared = backend.parts.map(\.declarations)
  let tools = declared.flatMap { $0.fileTools.map(\.name) + $0.checkers.map(\.name) + $0.testers.map(\.name) }
  let rows = [
    ("target types", declared.flatMap { $0.types.map(\.name) }), ("tools", tools), ("sections", declared.flatMap { $0.scopes.map(\.name) }),
  ]
  lines += rows.filter { !$0.1.isEmpty }.map { "  \($0.0): \($0.1.sorted().joined(separator: ", "))" }
  return lines
}

// MARK: - Ignored

/// One line for each setting that was meant for Pants and means nothing here, with its place and the reason.
func ignoredLines(_ subject: HelpSubject) -> [String] {
  let ignored = subject.options.ignored
  if ignored.isEmpty { return ["Every setting takes effect."] }
  let width = ignored.map(\.name.count).max() ?? 0
  let placeWidth = ignored.map(\.place.count).max() ?? 0
  return ignored.map { setting in
    let name = setting.name + String(repeating: " ", count: width - setting.name.count)
    let place = setting.place + String(repeating: " ", count: placeWidth - setting.place.count)
    return "\(name)  \(place)  \(reason(for: setting, subject))"
  }
}

private func reason(for setting: IgnoredOption, _ subject: HelpSubject) -> String {
  if let reason = setting.reason { return reason }
  if PantsVocabulary.isGoal(setting.section), Goal.named(setting.section) == nil { return "there is no goal `\(setting.section)`" }
  if subject.options.scopes.contains(where: { $0.name == setting.section }) { return "`[\(setting.section)]` has no such option here" }
  let owner = subject.catalog.backends.first { backend in
    backend.parts.contains { $0.declarations.scopes.contains { $0.name == setting.section } }
  }
  if let owner { return "its backend `\(owner.name)` is not enabled" }
  return "no plugin here has a section of that name"
}
