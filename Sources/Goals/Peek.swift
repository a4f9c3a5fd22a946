// `peek`: targets with every field, as the JSON that Pants prints.

internal import Fingerprints
internal import Formats
internal import Options
internal import Snapshots
internal import Targets

func peekTargets(_ session: Session) throws -> Int32 {
  let graph = try session.graph()
  let leavesDefaultsOut = session.options.bool("peek", "exclude_defaults")
  let selected = try session.selected()
  let rules =
    session.options.bool("peek", "include_dep_rules")
    ? try Workspace.rulesInForce(for: selected, in: graph, store: session.store, options: session.loadOptions) : [:]
  let targets = try selected.map { id -> JSON in
    .object(try peek(id, in: graph, leavesDefaultsOut: leavesDefaultsOut, rules[id]))
  }
  try session.answer(.array(targets), of: "peek")
  return 0
}

/// `address` and `target_type`, then the rest by name. A field that stands for other things (`dependencies`, `sources`) is told as it
/// was written under `…_raw`, and as what it came to under its own name.
private func peek(_ id: TargetID, in graph: Graph, leavesDefaultsOut: Bool, _ rules: RulesInForce?) throws -> [JSON.Member] {
  let type = graph.type(of: id)
  var members: [JSON.Member] = []
  for (name, value) in graph.fields(of: id) where name != "name" {
    let field = type?.field(named: name)
    if leavesDefaultsOut, value == field?.defaultValue ?? .none { continue }
    if let field, field.isQuiet, value == field.defaultValue { continue }
    switch field?.kind {
    case .string where field?.parts.isEmpty == false: members.append(.init(name, parts(value, field?.parts ?? [])))
    case .dependencies where name == "dependencies", .source, .sources: members.append(.init("\(name)_raw", json(value)))
    case .overrides: members.append(.init(name, overrides(value)))
    default: members.append(.init(name, json(value)))
    }
  }
  members.append(.init("dependencies", .array(graph.dependencies(of: id).map { .string(graph.address(of: $0).description) })))
  if type?.sourceField != nil {
    let sources =
      type?.generatesByFile == true
      ? graph.generated(by: id).flatMap { Array(graph.sources(of: $0)) }.sorted() : Array(graph.sources(of: id))
    members.append(.init("sources", .array(sources.map { .string(graph.snapshot.path(of: $0)) })))
    members.append(.init("sources_fingerprint", .string(try fingerprint(sources, graph.snapshot))))
  }
  if graph.isOpaque(id), !members.contains(where: { $0.name == "tags" }) {
    members.append(.init("tags", .array(graph.tags(of: id).map { .string($0) })))
  }
  if let rules { members += json(rules, of: id, in: graph) }
  members.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  return [.init("address", .string(graph.address(of: id).description)), .init("target_type", .string(graph.typeName(of: id)))] + members
}

private func json(_ rules: RulesInForce, of id: TargetID, in graph: Graph) -> [JSON.Member] {
  func list(_ rules: [String]?) -> JSON { rules.map { .array($0.map { .string($0) }) } ?? .null }
  let applications = rules.applications.map { application -> JSON in
    .object([
      .init("action", .string(application.action)), .init("rule_description", .string(application.rules)),
      .init("origin_address", .string(graph.address(of: id).description)), .init("origin_type", .string(application.originType)),
      .init("dependency_address", .string(graph.address(of: application.dependency).description)),
      .init("dependency_type", .string(application.dependencyType)),
    ])
  }
  return [
    .init("_dependencies_rules", list(rules.dependencies)), .init("_dependents_rules", list(rules.dependents)),
    .init("_applicable_dep_rules", .array(applications)),
  ]
}

/// Over paths, modes and contents; the same on every machine, so not under the store's secret.
private func fingerprint(_ sources: [PathID], _ snapshot: Snapshot) throws -> String {
  guard let secret = Secret([UInt8](repeating: 0x42, count: Secret.size)) else { return "" }
  var writer = ByteWriter()
  for id in sources {
    writer.write(snapshot.path(of: id))
    writer.write(snapshot.isExecutable(id))
    writer.write(secret.fingerprint(of: try snapshot.read(id).bytes))
  }
  return secret.fingerprint(of: writer.bytes).description
}

private func json(_ value: FieldValue) -> JSON {
  switch value {
  case .none: .null
  case .bool(let truth): .bool(truth)
  case .int(let number): .int(number)
  case .float(let number): .double(number)
  case .string(let text): .string(text)
  case .list(let values): .array(values.map(json))
  case .dict(let entries): .object(entries.map { JSON.Member($0.key.string ?? shown($0.key), json($0.value)) })
  // As Pants shows it: without the function's name.
  case .structure(_, let entries): .object(entries.map { JSON.Member($0.key.string ?? shown($0.key), json($0.value)) })
  }
}

/// With each key as Pants shows it, a tuple: `('a.py', 'b.py')`.
private func overrides(_ value: FieldValue) -> JSON {
  guard let entries = value.entries else { return json(value) }
  return .object(
    entries.map { entry in
      let names = entry.key.strings.map { "'\($0)'" }
      return JSON.Member(names.count == 1 ? "(\(names[0]),)" : "(\(names.joined(separator: ", ")))", json(entry.value))
    })
}

/// A text as an object of its parts between colons; missing ones are null, and what is too much belongs to the last.
private func parts(_ value: FieldValue, _ names: [String]) -> JSON {
  guard let text = value.string else { return json(value) }
  let parts = text.split(separator: ":", maxSplits: names.count - 1, omittingEmptySubsequences: false)
  return .object(names.enumerated().map { JSON.Member($0.element, $0.offset < parts.count ? .string(String(parts[$0.offset])) : .null) })
}

/// A key that is no string: what a BUILD function of one argument made is that; else, such as a tuple of paths, as JSON.
private func shown(_ key: FieldValue) -> String {
  if case .structure(_, let entries) = key, entries.count == 1, let text = entries[0].value.string { return text }
  return String(decoding: JSONWriter.compact(json(key)), as: UTF8.self)
}
