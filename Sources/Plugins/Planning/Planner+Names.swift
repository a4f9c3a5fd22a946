// What plugins do by name and without targets: locks that are generated, environments that are exported; and interpreters to talk to.

internal import Diagnostics
package import Execution
internal import Options
internal import Snapshots
internal import Starlark
package import Targets

extension Planner {
  /// The names that a generator or exporter offers, in its order.
  package func names(_ tool: NamedToolDeclaration) throws -> [String] {
    let value = try ask(tool.names, [], tool.name)
    guard let names = value.asStrings else {
      throw UserError([
        Diagnostic(
          .error, "`names` of the plugin's `\(tool.name)` returns a list of texts, not \(value.typeName)", at: tool.names.location)
      ])
    }
    return names
  }

  /// Where in the workspace a generator's result lies.
  package func path(_ tool: NamedToolDeclaration, _ name: String) throws -> String {
    guard let function = tool.path else { return name }
    let value = try ask(function, [Value(name)], "\(tool.name) of `\(name)`")
    let parts = value.asString?.split(separator: "/", omittingEmptySubsequences: false) ?? []
    guard let path = value.asString, !parts.isEmpty, !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
      throw UserError([
        Diagnostic(
          .error, "`path` of the plugin's `\(tool.name)` returns a path inside the workspace, not \(repr(value))", at: function.location)
      ])
    }
    return path
  }

  /// What a generated file holds, name by name: for telling what changed. Nil where the plugin does not say, or cannot read the text.
  package func entries(_ tool: NamedToolDeclaration, in text: String) -> [String: String]? {
    guard let function = tool.entries, let value = try? ask(function, [Value(text)], tool.name) else { return nil }
    return value.asDictEntries.map { entries in
      Dictionary(entries.compactMap { key, value in key.asString.map { ($0, value.asString ?? repr(value)) } }, uniquingKeysWith: { $1 })
    }
  }

  /// The action that a generator or exporter describes for a name, not part of the plan; what it needs is.
  package func action(_ tool: NamedToolDeclaration, _ name: String, _ more: [String] = [], goal: String) throws -> Action {
    let description = try remembered(nil, [], by: tool.run, tool.name, "\(tool.name) of \(name)") { _ in
      ([name] + more).map { Value($0) }
    }
    var action = try loose(description, goal: "\(goal) \(name)", targets: [])
    action.cache = .never
    return action
  }

  /// The action that `repl` starts, not part of the plan; what it needs is.
  package func repl(_ tool: TargetToolDeclaration, _ targets: [TargetID]) throws -> (action: Action, isInWorkspace: Bool) {
    try checkSources(of: targets)
    let what = targets.isEmpty ? tool.name : shownAddress(of: targets)
    let description = try remembered(nil, targets, by: tool.run, tool.name, what) { [world] _ in
      [Value(targets.map { Value(TargetObject($0, world.graph)) })]
    }
    return (try loose(description, goal: "repl", targets: targets), description.actions.last?.isInWorkspace ?? false)
  }

  private func ask(_ function: PluginFunction, _ arguments: [Value], _ what: String) throws -> Value {
    try invoke(function, PlanCall(world: world, targets: [], role: .shared, shared: sharedResults), arguments, what: what)
  }
}
