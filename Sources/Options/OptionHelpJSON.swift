// A section's options for `help-all`, with the names that Pants prints.

package import Formats

extension Options {
  /// The section, its options, and each one's value with everything that had a say in it.
  package func helpJSON(_ scope: OptionScope, isGoal: Bool) -> JSON {
    .object([
      .init("scope", .string(scope.isGlobal ? "" : scope.name)), .init("description", .string(scope.doc)), .init("is_goal", .bool(isGoal)),
      .init("basic", .array(scope.options.filter { !$0.isAdvanced }.map { json($0, of: scope) })),
      .init("advanced", .array(scope.options.filter(\.isAdvanced).map { json($0, of: scope) })),
      .init("deprecated", .array([])),
    ])
  }

  private func json(_ definition: OptionDefinition, of scope: OptionScope) -> JSON {
    let names = [definition.name] + definition.aliases
    let flags = (definition.shortFlag.map { ["-\($0)"] } ?? []) + names.map { scope.flag($0) }
    let shown = definition.type == .bool ? flags.map { $0.hasPrefix("--") ? "--[no-]\($0.dropFirst(2))" : $0 } : flags
    let words: [String]? =
      switch definition.type {
      case .enumeration(let words), .enumerationList(let words): words
      default: nil
      }
    return .object([
      .init("display_args", .array(shown.map { .string($0) })), .init("scoped_cmd_line_args", .array(flags.map { .string($0) })),
      .init("env_var", .string("BAJI_\(scope.environmentName(definition.name))")), .init("config_key", .string(definition.name)),
      .init("typ", .string(definition.type.phrase)), .init("choices", words.map { .array($0.map { .string($0) }) } ?? .null),
      .init("default", definition.defaultValue.json), .init("help", .string(definition.doc)),
      .init(
        "value_history",
        .object([
          .init(
            "ranked_values",
            .array(
              provenance(scope.name, definition.name).map { origin in
                .object([
                  .init("rank", .string("\(origin.rank)")), .init("details", .string(origin.source)),
                  .init("value", secrets.shownJSON(origin.value, of: definition.name)),
                ])
              }))
        ])),
    ])
  }
}
