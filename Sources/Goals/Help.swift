// `help`: what is asked for, by word; goals, options, target types, tools, backends, aliases.

package import Options
package import Plugins
internal import Diagnostics
internal import Targets

/// What `help` speaks of.
package struct HelpSubject: Sendable {
  package let options: Options
  package let plugins: EnabledPlugins
  /// Of every plugin file there is, enabled or not.
  package let catalog: PluginCatalog
  /// Names in `backend_packages` that no plugin has.
  package let missing: [String]

  package init(options: Options, plugins: EnabledPlugins, catalog: PluginCatalog, missing: [String]) {
    self.options = options
    self.plugins = plugins
    self.catalog = catalog
    self.missing = missing
  }
}

/// What `help`, `help WORD…` and `--help` print, as lines.
/// - Throws: for words that mean nothing here, all of them.
package func helpLines(_ words: [String], goals: [String], advanced: Bool, _ subject: HelpSubject) throws -> [String] {
  let isAdvanced = advanced || words.contains("--advanced") || goals.contains("help-advanced") || words.contains("help-advanced")
  var topics = words.filter { $0 != "--advanced" && $0 != "help-advanced" && $0 != "help" }
  let metaGoals: Set<String> = ["help", "help-advanced", "help-all"]
  if topics.isEmpty { topics = goals.filter { !metaGoals.contains($0) } }
  if topics.isEmpty { return overview(subject) }
  if topics.contains("--ignored") || topics == ["options", "ignored"] { return ignoredLines(subject) }
  var lines: [String] = []
  var unknown: [Diagnostic] = []
  for topic in topics {
    guard let found = list(topic, advanced: isAdvanced, subject) ?? explanation(of: topic, advanced: isAdvanced, subject) else {
      unknown.append(unknownTopic(topic, subject))
      continue
    }
    lines += (lines.isEmpty ? [] : [""]) + found
  }
  if !unknown.isEmpty { throw UserError(unknown) }
  return lines
}

private func unknownTopic(_ topic: String, _ subject: HelpSubject) -> Diagnostic {
  let known =
    Goal.all.map(\.name) + subject.options.scopes.map(\.name) + subject.plugins.registry.types.keys
    + subject.plugins.registry.functions.keys + subject.options.aliases.map(\.name) + toolNames(subject.plugins)
    + subject.catalog.backends.flatMap { [$0.name] + $0.aliases } + helpLists
  // What a plugin that is not enabled would know.
  let owner = subject.catalog.backends.first { backend in
    backend.parts.contains { part in
      part.declarations.types.contains { $0.name == topic } || part.declarations.scopes.contains { $0.name == topic }
    }
  }
  return Diagnostic(
    .error, "`help` knows nothing of `\(topic)`",
    hint: subject.missing.contains(topic)
      ? "a backend that is asked for, without a counterpart here: \(notCovered(by: topic))"
      : owner.map { "it belongs to the backend `\($0.name)`, which is not enabled" } ?? didYouMean(topic, among: known.sorted())
        ?? "`baji help` lists what there is")
}

/// What one word means; everything that it means. nil for nothing.
private func explanation(of topic: String, advanced: Bool, _ subject: HelpSubject) -> [String]? {
  var parts: [[String]] = []
  if let goal = Goal.named(topic) { parts.append(["`baji \(goal.name)`: \(goal.doc)"]) }
  if let alias = subject.options.aliases.first(where: { $0.name == topic }) {
    parts.append(["`\(alias.name)`: stands for `\(alias.text)` (from \(alias.place))"])
  }
  if let scope = subject.options.help(scope: topic == "global" ? "GLOBAL" : topic, advanced: advanced) { parts.append(scope) }
  if let type = subject.plugins.registry.type(named: topic) { parts.append(help(type, subject.plugins)) }
  if let function = subject.plugins.registry.functions[topic] {
    parts.append(["`\(function.name)(\((function.parameters + ["…"]).joined(separator: ", ")))`: a name for BUILD files that is no target"])
  }
  if let backend = subject.catalog.backend(named: topic) { parts.append(help(backend, subject)) }
  if parts.isEmpty, toolNames(subject.plugins).contains(topic) { parts.append(toolLines(subject, named: topic)) }
  return parts.isEmpty ? nil : Array(parts.joined(separator: [""]))
}

private func overview(_ subject: HelpSubject) -> [String] {
  var lines =
    ["Usage: baji [options] goal [goal …] [specs] [-- arguments for the tool]", "", "Goals:"]
    + columns(Goal.all.map { ($0.name, $0.doc) })
  if !subject.options.aliases.isEmpty { lines += ["", "Aliases:"] + columns(subject.options.aliases.map { ($0.name, $0.text) }) }
  lines +=
    ["", "Specs:"]
    + columns([
      ("::", "everything"), ("dir::", "everything in a folder and below"), ("dir:", "the targets of a folder"),
      ("dir:name", "one target"), ("path/file", "the targets that own a file"), ("-spec", "leave this out"),
    ])
  return lines + ["", "More help:"]
    + columns([
      ("baji help GOAL", "a goal and its options"),
      ("baji help SECTION", "the options of a tool or section, their values and where they came from"),
      ("baji help TYPE", "a target type and its fields"),
      ("baji help goals, targets, options, tools, backends, aliases", "lists of them"),
      ("baji help global", "the options of the whole run"),
      ("baji help options --ignored", "what was set for Pants and means nothing here"),
      ("baji help-advanced …", "the same with advanced options"),
      ("baji help-all", "everything, as JSON"),
    ])
}

private func help(_ type: TargetType, _ plugins: EnabledPlugins) -> [String] {
  var lines = ["`\(type.name)`: \(type.doc)"]
  if let owner = plugins.backends.first(where: { $0.parts.contains { $0.declarations.types.contains { $0.name == type.name } } }) {
    lines.append("From the backend `\(owner.name)`.")
  }
  if let generated = type.generates { lines.append("Stands for targets of type `\(generated)`.") }
  lines += ["", "Fields:"]
  for field in type.fields {
    lines.append("  \(field.name)")
    let facts = [field.kind.expectation, field.isRequired ? "required" : "default: \(helpText(field.defaultValue))"]
    lines.append("    \(facts.joined(separator: "; "))")
    if !field.doc.isEmpty { lines.append("    \(field.doc)") }
  }
  return lines
}

func helpText(_ value: FieldValue) -> String {
  switch value {
  case .none: "None"
  case .bool(let truth): truth ? "True" : "False"
  case .int(let number): "\(number)"
  case .float(let number): "\(number)"
  case .string(let text): "\"\(text)\""
  case .list(let values): "[\(values.map(helpText).joined(separator: ", "))]"
  case .dict(let entries): "{\(entries.map { "\(helpText($0.key)): \(helpText($0.value))" }.joined(separator: ", "))}"
  case .structure(let name, _): "\(name)(…)"
  }
}

/// Two columns, the first as wide as its widest.
func columns(_ rows: [(String, String)]) -> [String] {
  let width = rows.map(\.0.count).max() ?? 0
  return rows.map { row in
    row.1.isEmpty ? "  \(row.0)" : "  \(row.0)\(String(repeating: " ", count: width - row.0.count))  \(row.1)"
  }
}
