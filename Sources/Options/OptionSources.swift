// Flags, environment and files of one run, read once; asked twice: before the plugins are known, and after.

package import Diagnostics
internal import Formats
internal import Host

/// Everything that can set an option. Reading is done when this value exists, but for files that options name (`@file`, `--spec-files`).
package struct OptionSources: Sendable {
  /// The program's arguments without its own name, aliases expanded.
  package let arguments: [String]
  package let root: String
  let workingDirectory: String
  let environment: [String: String]
  /// Those of the environment that can be options: of Baji's own names or Pants'.
  let variables: [String: String]
  /// Weakest first.
  let files: [ConfigFile]
  /// Of `[cli.alias]`.
  let aliases: Aliases

  /// The config files that were read, weakest first: relative to the root where they lie in it.
  package var configFiles: [String] { files.map(\.path) }

  init(
    arguments: [String], root: String, workingDirectory: String, environment: [String: String], files: [ConfigFile],
    aliases: Aliases = Aliases()
  ) {
    self.arguments = arguments
    self.root = root
    self.workingDirectory = workingDirectory
    self.environment = environment
    variables = environment.filter { $0.key.hasPrefix("BAJI_") || $0.key.hasPrefix("PANTS_") }
    self.files = files
    self.aliases = aliases
  }

  /// Reads the config files: `pants.toml`, then `baji.toml` over it, or those that `PANTS_CONFIG_FILES`, `BAJI_CONFIG_FILES` or
  /// `--pants-config-files` name instead, or besides with `+[…]`; then the personal ones that `[GLOBAL] pantsrc_files` names.
  /// - Parameters:
  ///   - arguments: Without the program's name.
  ///   - workingDirectory: Absolute.
  ///   - root: Absolute; see `WorkspaceRoot`.
  /// - Throws: every problem of every file.
  package static func read(
    arguments: [String], environment: [String: String], workingDirectory: String, root: String
  ) throws(UserError) -> OptionSources {
    let bare = OptionSources(
      arguments: arguments, root: root, workingDirectory: workingDirectory, environment: environment, files: [])
    var reader = ConfigReader(bare)
    reader.seed(bare.bootstrap())
    reader.loadConfigFiles(try bare.strictBootstrap())
    // What the files say of personal files and folders counts for what comes next. What is wrong in them is told with everything else.
    let middle = bare.with(reader.files).bootstrap()
    reader.seed(middle)
    if middle.bool(OptionScope.global, "pantsrc") { reader.loadPersonalFiles(middle) }
    let aliases = Aliases(bare.with(reader.files).aliasEntries(), problems: &reader.problems)
    if !reader.problems.isEmpty { throw UserError(reader.problems) }
    return OptionSources(
      arguments: aliases.expanded(arguments), root: root, workingDirectory: workingDirectory, environment: environment, files: reader.files,
      aliases: aliases)
  }

  private func with(_ files: [ConfigFile]) -> OptionSources {
    OptionSources(arguments: arguments, root: root, workingDirectory: workingDirectory, environment: environment, files: files)
  }

  /// The scope `GLOBAL`, before plugins and goals are known. Unknown names are passed over, and so are wrong values: `parse` tells of them.
  package func bootstrap() -> Options { resolved(CoreOptions.global).options }

  /// Which config files there are: what flags and the environment say of that must be right before a file is read.
  private func strictBootstrap() throws(UserError) -> Options {
    let all = CoreOptions.global.options
    let early = OptionScope(OptionScope.global, doc: "", options: all.filter { CoreOptions.earlyOptions.contains($0.name) })
    let (options, problems) = resolved(early)
    if !problems.isEmpty { throw UserError(problems) }
    return options
  }

  private func resolved(_ scope: OptionScope) -> (options: Options, problems: [Diagnostic]) {
    let splitter = ArgumentSplitter(scopes: [scope], goals: [], isBootstrap: true, isPath: { _ in false })
    var resolver = OptionResolver(sources: self, scopes: [scope], flags: splitter.split(arguments).flags)
    let options = resolver.resolve(ignored: [])
    return (options, resolver.problems)
  }

  /// What the engine itself, its tests and its builds with fault points are told by the environment.
  package static let reservedVariables: Set<String> = [
    "BAJI_ACTION", "BAJI_BINARY", "BAJI_CLONES", "BAJI_FAULT", "BAJI_FAULTS_BINARY", "BAJI_FAULT_LIST", "BAJI_ORACLES", "BAJI_PLUGINS",
  ]

  /// All options and the command.
  /// - Parameters:
  ///   - scopes: The core's and every enabled plugin's, each name once.
  ///   - reservedVariables: Environment variables that begin with `BAJI_` and are no options.
  ///   - isComplete: False where plugins that were asked for are missing: what is unknown may be theirs, and is not told.
  /// - Throws: every problem of flags, environment and files together.
  package func parse(
    scopes: [OptionScope], goals: [GoalSyntax], reservedVariables: Set<String> = OptionSources.reservedVariables, isComplete: Bool = true
  ) throws(UserError) -> ParsedOptions {
    let splitter = ArgumentSplitter(
      scopes: scopes, goals: goals, isBootstrap: false, isComplete: isComplete,
      isPath: { Files.exists("\(root)/\($0)") || Files.exists("\(workingDirectory)/\($0)") })
    let split = splitter.split(arguments)
    var resolver = OptionResolver(sources: self, scopes: scopes, flags: split.flags)
    resolver.problems = split.problems
    let entries = aliasEntries()
    if !entries.isEmpty {
      resolver.problems += Aliases.conflicts(
        entries, goals: Set(goals.flatMap { [$0.name] + $0.aliases }), flags: splitter.knownFlags)
    }
    // Where it is not known which plugins are wanted, neither is which names are unknown.
    let knowsPlugins = resolver.isSound(CoreOptions.global, "backend_packages") && resolver.isSound(CoreOptions.global, "plugin_paths")
    let ignored = resolver.findUnknown(reserved: reservedVariables, isComplete: isComplete && knowsPlugins) + split.ignored
    let options = resolver.resolve(ignored: ignored, aliases: aliases.all, secrets: Secrets(environment: environment))
    resolver.reportContradictions(options)
    var command = split.command
    for path in options.strings(OptionScope.global, "spec_files") {
      do throws(FileError) {
        let text = String(decoding: try Files.read(absolute(path)), as: UTF8.self)
        command.specs += text.split(whereSeparator: \.isNewline).map { String($0.trimmingPrefix(while: \.isWhitespace)) }
          .filter { !$0.isEmpty }
      } catch {
        resolver.problems.append(Diagnostic(.error, "\(error)", hint: "`--spec-files` names it"))
      }
    }
    if !resolver.problems.isEmpty { throw UserError(options.secrets.masked(resolver.problems)) }
    return ParsedOptions(options: options, command: command)
  }

  /// The entries of `[cli.alias]` of all files, the strongest of each name, in the order of names.
  private func aliasEntries() -> [Aliases.Entry] {
    var entries: [String: Aliases.Entry] = [:]
    for file in files {
      guard let section = file["cli"], let setting = section["alias"] else { continue }
      guard case .table(let table) = setting.value.kind else { continue }
      var names = table.entries
      if names.count == 1, names[0].name == "add", case .table(let added) = names[0].value.kind {
        names = added.entries
      } else {
        // A table of its own replaces what weaker files say, as every dictionary does.
        entries = [:]
      }
      for name in names {
        let value = (try? file.value(name.value, in: section)) ?? OptionValue(name.value)
        entries[name.name] = Aliases.Entry(
          name: name.name, value: value, place: file.place(name.position), isStrict: file.isStrict,
          diagnostic: { file.diagnostic($0, at: name.position, length: name.name.utf8.count, hint: $1) })
      }
    }
    return entries.values.sorted { $0.name < $1.name }
  }

  /// `path` from the root; `%(buildroot)s` may begin a default.
  func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    return root == "/" ? "/\(path)" : "\(root)/\(path)"
  }
}
