// `help-all`: everything that `help` tells, as one JSON object with the names that Pants prints.

internal import Formats
internal import Options
internal import Plugins
internal import Targets

/// The object, laid out; without a newline at its end.
package func helpJSON(_ subject: HelpSubject) -> String {
  let options = subject.options
  let goals = Set(Goal.all.map(\.name))
  let object: JSON = .object([
    .init(
      "scope_to_help_info",
      .object(options.scopes.map { .init($0.isGlobal ? "" : $0.name, options.helpJSON($0, isGoal: goals.contains($0.name))) })),
    .init(
      "name_to_goal_info",
      .object(
        Goal.all.map { goal in
          .init(
            goal.name,
            .object([.init("name", .string(goal.name)), .init("description", .string(goal.doc)), .init("is_implemented", .bool(true))]))
        })),
    .init(
      "name_to_target_type_info",
      .object(subject.plugins.registry.types.values.sorted { $0.name < $1.name }.map { .init($0.name, json($0, subject.plugins)) })),
    .init(
      "name_to_backend_help_info",
      .object(subject.catalog.backends.sorted { $0.name < $1.name }.map { .init($0.name, json($0, subject.plugins)) })),
    .init(
      "name_to_build_file_info",
      .object(
        subject.plugins.registry.functions.values.sorted { $0.name < $1.name }.map { function in
          .init(
            function.name,
            .object([
              .init("name", .string(function.name)), .init("is_target", .bool(false)),
              .init("signature", .string("(\((function.parameters + ["…"]).joined(separator: ", ")))")),
            ]))
        })),
    .init("alias_to_arguments", .object(options.aliases.map { .init($0.name, .string($0.text)) })),
    .init(
      "ignored_options",
      .array(
        options.ignored.map {
          .object([.init("name", .string($0.name)), .init("place", .string($0.place))])
        })),
  ])
  return String(decoding: JSONWriter.indented(object), as: UTF8.self)
}

private func json(_ type: TargetType, _ plugins: EnabledPlugins) -> JSON {
  let owner = plugins.backends.first { $0.parts.contains { $0.declarations.types.contains { $0.name == type.name } } }
  return .object([
    .init("alias", .string(type.name)), .init("provider", .string(owner?.name ?? "")), .init("summary", .string(type.doc)),
    .init("description", .string(type.doc)),
    .init(
      "fields",
      .array(
        type.fields.map { field in
          .object([
            .init("alias", .string(field.name)), .init("description", .string(field.doc)),
            .init("type_hint", .string(field.kind.expectation)),
            .init("required", .bool(field.isRequired)),
            .init("default", field.isRequired ? .null : .string(helpText(field.defaultValue))),
          ])
        })),
  ])
}

private func json(_ backend: Backend, _ plugins: EnabledPlugins) -> JSON {
  .object([
    .init("name", .string(backend.name)), .init("aliases", .array(backend.aliases.map { .string($0) })),
    .init("enabled", .bool(plugins.backends.contains { $0.name == backend.name })),
  ])
}
