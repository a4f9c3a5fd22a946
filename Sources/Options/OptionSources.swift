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
  /// Weakest first.
  let files: [ConfigFile]

  /// The config files that were read, weakest first: relative to the root where they lie in it.
  package var configFiles: [String] { files.map(\.path) }

  /// Reads the config files: `pants.toml`, then `baji.toml` over it, or those that `PANTS_CONFIG_FILES`, `BAJI_CONFIG_FILES` or
  /// `--pants-config-files` name instead, or besides with `+[…]`; then `.pants.rc` and `.bajirc` of HOME and of the root.
  /// - Parameters:
  ///   - arguments: Without the program's name.
  ///   - workingDirectory: Absolute.
  ///   - root: Absolute; see `WorkspaceRoot`.
  /// - Throws: every problem of every file.
  package static func read(
    arguments: [String], environment: [String: String], workingDirectory: String, root: String
  ) throws(UserError) -> OptionSources {
    let prefix = root == "/" ? "/" : root + "/"
    let bare = OptionSources(
      arguments: arguments, root: root, workingDirectory: workingDirectory, environment: environment, files: [])
    let early = try bare.bootstrap()
    let home = environment["HOME"] ?? ""
    var seeds = [
      "buildroot": root, "homedir": home, "user": environment["USER"] ?? environment["LOGNAME"] ?? "unknown",
      "pants_workdir": prefix + ".pants.d",
      "pants_distdir": bare.absolute(early.string(OptionScope.global, "pants_distdir") ?? "dist"),
    ]
    for (name, value) in environment { seeds["env.\(name)"] = value }

    var problems: [Diagnostic] = []
    var files: [ConfigFile] = []
    var loaded: Set<String> = []
    func load(_ path: String, rank: OptionRank, isStrict: Bool, isOptional: Bool) {
      let absolute = bare.absolute(path)
      let shown = absolute.hasPrefix(prefix) ? String(absolute.dropFirst(prefix.count)) : absolute
      guard loaded.insert(absolute).inserted, !isOptional || Files.exists(absolute) else { return }
      do throws(FileError) {
        let bytes = try Files.read(absolute)
        do throws(UserError) {
          files.append(try ConfigFile(path: shown, bytes: bytes, rank: rank, isStrict: isStrict, seeds: seeds))
        } catch {
          problems += error.diagnostics
        }
      } catch {
        problems.append(Diagnostic(.error, "\(error)", hint: "it is one of the config files"))
      }
    }
    for path in early.strings(OptionScope.global, "pants_config_files") {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      let origin = early.provenance(OptionScope.global, "pants_config_files").first { Options.texts($0.value).contains(path) }
      let isForPants = name.hasPrefix("pants") || origin?.source.hasPrefix("PANTS_") == true
      load(path, rank: .configFile, isStrict: !isForPants, isOptional: WorkspaceRoot.markers.contains(path))
    }
    if early.bool(OptionScope.global, "pantsrc") {
      for path in early.strings(OptionScope.global, "pantsrc_files") {
        if path.hasPrefix("~/"), home.isEmpty { continue }
        let expanded = path.hasPrefix("~/") ? home + path.dropFirst(1) : path
        load(expanded, rank: .personalFile, isStrict: !expanded.hasSuffix(".pants.rc"), isOptional: true)
      }
    }
    if !problems.isEmpty { throw UserError(problems) }

    let withFiles = OptionSources(arguments: [], root: root, workingDirectory: workingDirectory, environment: environment, files: files)
    var resolver = OptionResolver(sources: withFiles, scopes: [CoreOptions.cli], flags: [])
    let aliases = try Aliases(resolver.resolve(ignored: []).dictionary("cli", "alias"))
    if !resolver.problems.isEmpty { throw UserError(resolver.problems) }
    return OptionSources(
      arguments: aliases.expanded(arguments), root: root, workingDirectory: workingDirectory, environment: environment, files: files)
  }

  /// The scope `GLOBAL`, before plugins and goals are known. Unknown names are passed over; wrong values of known ones are errors.
  package func bootstrap() throws(UserError) -> Options {
    let splitter = ArgumentSplitter(scopes: [CoreOptions.global], goals: [], isBootstrap: true, isPath: { _ in false })
    let split = splitter.split(arguments)
    var resolver = OptionResolver(sources: self, scopes: [CoreOptions.global], flags: split.flags)
    let options = resolver.resolve(ignored: [])
    if !resolver.problems.isEmpty { throw UserError(resolver.problems) }
    return options
  }

  /// What the engine itself, its tests and its builds with fault points are told by the environment.
  package static let reservedVariables: Set<String> = [
    "BAJI_ACTION", "BAJI_BINARY", "BAJI_CLONES", "BAJI_FAULT", "BAJI_FAULTS_BINARY", "BAJI_FAULT_LIST", "BAJI_ORACLES", "BAJI_PLUGINS",
  ]

  /// All options and the command.
  /// - Parameters:
  ///   - scopes: The core's and every enabled plugin's, each name once.
  ///   - reservedVariables: Environment variables that begin with `BAJI_` and are no options.
  /// - Throws: every problem of flags, environment and files together.
  package func parse(
    scopes: [OptionScope], goals: [GoalSyntax], reservedVariables: Set<String> = OptionSources.reservedVariables
  ) throws(UserError) -> ParsedOptions {
    let splitter = ArgumentSplitter(
      scopes: scopes, goals: goals, isBootstrap: false,
      isPath: { Files.exists("\(root)/\($0)") || Files.exists("\(workingDirectory)/\($0)") })
    let split = splitter.split(arguments)
    var resolver = OptionResolver(sources: self, scopes: scopes, flags: split.flags)
    resolver.problems = split.problems
    let ignored = resolver.findUnknown(reserved: reservedVariables)
    let options = resolver.resolve(ignored: ignored)
    var command = split.command
    for path in options.strings(OptionScope.global, "spec_files") {
      do throws(FileError) {
        let text = String(decoding: try Files.read(absolute(path)), as: UTF8.self)
        command.specs += text.split(whereSeparator: \.isNewline).map(String.init)
      } catch {
        resolver.problems.append(Diagnostic(.error, "\(error)", hint: "`--spec-files` names it"))
      }
    }
    if !resolver.problems.isEmpty { throw UserError(resolver.problems) }
    return ParsedOptions(options: options, command: command)
  }

  /// `path` from the root; `%(buildroot)s` may begin a default.
  func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    return root == "/" ? "/\(path)" : "\(root)/\(path)"
  }
}
