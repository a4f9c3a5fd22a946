// `help`: goals, option scopes, target types and tools, with each option's value and where it came from.

package import Options
package import Plugins
internal import Diagnostics
internal import Targets

/// What `help`, `help WORD` and `--help` print, as lines.
/// - Throws: for a word that means nothing here.
package func helpLines(
  _ words: [String], goals: [String], advanced: Bool, options: Options, plugins: EnabledPlugins
) throws -> [String] {
  var topics = words
  var advanced = advanced
  if topics.first == "help-advanced" { topics.removeFirst() }
  if let index = topics.firstIndex(where: { $0 == "--advanced" }) {
    topics.remove(at: index)
    advanced = true
  }
  topics = topics.isEmpty ? goals.filter { $0 != "help" } : topics
  guard let topic = topics.first else { return overview(plugins) }
  switch topic {
  case "goals": return ["Goals:", ""] + columns(Goal.all.map { ($0.name, $0.doc) })
  case "targets":
    return ["Target types:", ""] + columns(plugins.registry.types.values.sorted { $0.name < $1.name }.map { ($0.name, $0.doc) })
  case "backends", "tools":
    return ["Enabled backends:", ""] + plugins.backends.map { "  \($0.name)" }
      + ["", "Linters and formatters:", ""] + plugins.fileTools.map { "  \($0.name)" }
  case "options":
    if topics.contains("--ignored") || topics.contains("ignored") { return options.helpIgnored() }
    return ["Option scopes (`baji help SCOPE` shows one):", ""] + columns(options.scopes.map { ($0.name, $0.doc) })
  default: break
  }
  var lines: [String] = []
  if let goal = Goal.named(topic) { lines += ["`baji \(goal.name)`: \(goal.doc)", ""] }
  if let scope = options.help(scope: topic, advanced: advanced) { lines += scope }
  if let type = plugins.registry.type(named: topic) { lines += help(type) }
  if !lines.isEmpty { return lines }
  let known = Goal.all.map(\.name) + options.scopes.map(\.name) + plugins.registry.types.keys + ["goals", "targets", "options", "backends"]
  throw UserError(
    "`help` knows nothing of `\(topic)`",
    hint: didYouMean(topic, among: known.sorted()) ?? "`baji help` lists what there is")
}

private func overview(_ plugins: EnabledPlugins) -> [String] {
  ["Usage: baji [options] goal [goal …] [specs] [-- arguments for the tool]", "", "Goals:"]
    + columns(Goal.all.map { ($0.name, $0.doc) })
    + [
      "", "Specs:",
    ]
    + columns([
      ("::", "everything"), ("dir::", "everything in a folder and below"), ("dir:", "the targets of a folder"),
      ("dir:name", "one target"), ("path/file", "the targets that own a file"), ("-spec", "leave this out"),
    ])
    + [
      "", "More help:",
    ]
    + columns([
      ("baji help GOAL", "a goal and its options"),
      ("baji help SCOPE", "the options of a tool or section, their values and where they came from"),
      ("baji help TYPE", "a target type and its fields"), ("baji help targets", "every target type"),
      ("baji help options", "every option scope"),
    ])
}

private func help(_ type: TargetType) -> [String] {
  var lines = ["`\(type.name)`: \(type.doc)", "", "Fields:"]
  for field in type.fields {
    lines.append("  \(field.name)")
    let facts = [field.kind.expectation, field.isRequired ? "required" : "default: \(shown(field.defaultValue))"]
    lines.append("    \(facts.joined(separator: "; "))")
    if !field.doc.isEmpty { lines.append("    \(field.doc)") }
  }
  return lines
}

private func shown(_ value: FieldValue) -> String {
  switch value {
  case .none: "None"
  case .bool(let truth): truth ? "True" : "False"
  case .int(let number): "\(number)"
  case .float(let number): "\(number)"
  case .string(let text): "\"\(text)\""
  case .list(let values): "[\(values.map(shown).joined(separator: ", "))]"
  case .dict(let entries): "{\(entries.map { "\(shown($0.key)): \(shown($0.value))" }.joined(separator: ", "))}"
  case .structure(let name, _): "\(name)(…)"
  }
}

private func columns(_ rows: [(String, String)]) -> [String] {
  let width = rows.map(\.0.count).max() ?? 0
  return rows.map { "  \($0)\(String(repeating: " ", count: width - $0.count))  \($1)" }
}
