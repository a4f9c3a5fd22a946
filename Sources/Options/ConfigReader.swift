// Finds and reads the config files of a run, and collects what is wrong with them.

internal import Diagnostics
internal import Host

/// Reads config files, weakest first, each once.
struct ConfigReader {
  private(set) var files: [ConfigFile] = []
  var problems: [Diagnostic] = []
  private let sources: OptionSources
  private var seeds: [String: String]
  private var loaded: Set<String> = []
  private let home: String

  init(_ sources: OptionSources) {
    self.sources = sources
    let environment = sources.environment
    home = environment["HOME"] ?? ""
    seeds = [
      "buildroot": sources.root, "homedir": home, "user": environment["USER"] ?? environment["LOGNAME"] ?? "unknown",
    ]
    for (name, value) in environment { seeds["env.\(name)"] = value }
  }

  /// Says what `%(pants_distdir)s` and `%(pants_workdir)s` stand for, in all files.
  mutating func seed(_ options: Options) {
    for (name, otherwise) in [("pants_distdir", "dist"), ("pants_workdir", ".pants.d")] {
      seeds[name] = sources.absolute(options.string(OptionScope.global, name) ?? otherwise)
    }
    for index in files.indices { files[index].seed(seeds) }
  }

  /// The files of `pants_config_files`: those of the default need not exist.
  mutating func loadConfigFiles(_ options: Options) {
    let history = options.provenance(OptionScope.global, "pants_config_files")
    for path in options.strings(OptionScope.global, "pants_config_files") {
      let origin = history.first { Options.texts($0.value).contains(path) }?.source ?? "default"
      let isDefault = WorkspaceRoot.markers.contains(path)
      load(path, rank: .configFile, origin: origin, isOptional: isDefault)
    }
  }

  /// The files of `pantsrc_files`: none of them need exist.
  mutating func loadPersonalFiles(_ options: Options) {
    let history = options.provenance(OptionScope.global, "pantsrc_files")
    for path in options.strings(OptionScope.global, "pantsrc_files") {
      if path.hasPrefix("~/"), home.isEmpty { continue }
      let origin = history.first { Options.texts($0.value).contains(path) }?.source ?? "default"
      load(path.hasPrefix("~/") ? home + path.dropFirst(1) : path, rank: .personalFile, origin: origin, isOptional: true)
    }
  }

  /// - Parameter origin: who named the file.
  private mutating func load(_ path: String, rank: OptionRank, origin: String, isOptional: Bool) {
    var absolute = sources.absolute(path)
    if !path.hasPrefix("/"), !Files.exists(absolute), Files.exists("\(sources.workingDirectory)/\(path)") {
      absolute = "\(sources.workingDirectory)/\(path)"
    }
    guard loaded.insert(absolute).inserted, !isOptional || Files.exists(absolute) else { return }
    let prefix = sources.root == "/" ? "/" : sources.root + "/"
    let shown = absolute.hasPrefix(prefix) ? String(absolute.dropFirst(prefix.count)) : absolute
    let named = origin == "default" ? "it is one of the config files" : "`\(origin)` names it"
    if Files.isDirectory(absolute) {
      problems.append(Diagnostic(.error, "the config file `\(shown)` is a folder", hint: named))
      return
    }
    if !Files.exists(absolute) {
      let guess = nearest(to: absolute)
      problems.append(
        Diagnostic(.error, "there is no config file `\(shown)`", hint: guess ?? named, notes: guess == nil ? [] : [named]))
      return
    }
    do throws(FileError) {
      let bytes = try Files.read(absolute)
      do throws(UserError) {
        var file = try ConfigFile(path: shown, bytes: bytes, rank: rank, isStrict: !ConfigReader.isForPants(shown, origin))
        file.seed(seeds)
        files.append(file)
      } catch {
        problems += error.diagnostics
      }
    } catch {
      problems.append(Diagnostic(.error, "\(error)", hint: named))
    }
  }

  /// Whether a file is written for Pants: by its own name, else by who named it.
  private static func isForPants(_ path: String, _ origin: String) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    if name.contains("baji") { return false }
    return name.contains("pants") || origin.hasPrefix("PANTS_") || origin.contains("pants.")
  }

  private func nearest(to path: String) -> String? {
    guard let folder = Files.parent(of: path), let names = try? Files.names(in: folder) else { return nil }
    let name = String(path.dropFirst(folder.utf8.count)).drop { $0 == "/" }
    return didYouMean(String(name), among: names.filter { $0.hasSuffix(".toml") || $0.contains("rc") }.sorted())
  }
}
