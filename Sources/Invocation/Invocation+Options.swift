// Help, and which backends a run has: what comes before there is a session.

internal import Console
internal import Diagnostics
internal import Goals
internal import Host
internal import Options
internal import Plugins

extension Invocation {
  /// The backends asked for. Where a name is wrong, everything else that is wrong with the options is told with it.
  func enabled(
    _ wanted: [String], _ catalog: PluginCatalog, _ sources: OptionSources
  ) throws -> (backends: [Backend], missing: [String]) {
    do {
      return try catalog.enabled(wanted)
    } catch {
      var error = error
      let known = try catalog.enabled(wanted.filter { catalog.backend(named: $0) != nil }).backends
      let plugins = try EnabledPlugins(known, files: catalog.files)
      error.diagnostics += problems(of: sources, plugins)
      throw error
    }
  }

  /// What is wrong with the options, as far as that can be said without some of the backends.
  private func problems(of sources: OptionSources, _ plugins: EnabledPlugins) -> [Diagnostic] {
    do {
      _ = try sources.parse(scopes: plugins.allScopes, goals: Goal.all.map(\.syntax), isComplete: false)
      return []
    } catch {
      return error.diagnostics
    }
  }

  // MARK: - Help

  /// Whether help is all that can be wanted, for which there need be no workspace.
  var beginsWithHelp: Bool {
    arguments.isEmpty || ["help", "help-advanced", "help-all", "--help", "-h", "--help-advanced", "--help-all"].contains(arguments[0])
  }

  func asksForHelp(_ command: Command) -> Bool {
    command.wantsHelp || command.wantsAdvancedHelp || command.wantsAllHelp || command.goals.isEmpty
      || command.goals.contains { ["help", "help-advanced", "help-all"].contains($0) }
  }

  func printHelp(_ command: Command, _ subject: HelpSubject, _ voice: Voice) throws {
    if command.wantsAllHelp || command.goals.contains("help-all") {
      voice.console.print(helpJSON(subject))
      return
    }
    if command.goals.isEmpty, !command.wantsHelp, !command.wantsAdvancedHelp, !arguments.isEmpty || !command.specs.isEmpty {
      throw UserError("no goal was given", hint: "`baji help goals` lists them; for example `baji test ::`")
    }
    let lines = try helpLines(command.words, goals: command.goals, advanced: command.wantsAdvancedHelp, subject)
    voice.console.print(lines.joined(separator: "\n"))
  }

  /// Help without a workspace: about what is shipped.
  func helpOutsideWorkspace(_ voice: Voice) throws -> Int32 {
    let catalog = PluginCatalog(try PluginFiles.shipped(environment: environment))
    let plugins = try EnabledPlugins(catalog.backends, files: catalog.files)
    let sources = try OptionSources.read(arguments: arguments, environment: [:], workingDirectory: "/", root: "/")
    let parsed = try sources.parse(scopes: plugins.allScopes, goals: Goal.all.map(\.syntax))
    try printHelp(parsed.command, HelpSubject(options: parsed.options, plugins: plugins, catalog: catalog, missing: []), voice)
    return 0
  }
}
