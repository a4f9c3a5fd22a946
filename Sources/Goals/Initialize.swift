// `init`: a configuration for a repository that has none, from what it shows.

internal import Diagnostics
internal import Host
package import Options
package import Plugins
package import Snapshots
internal import Targets

/// What `init` found, and wrote.
package struct Initialization {
  /// What is printed.
  package let lines: [String]
  /// The text of `baji.toml`; nil where nothing needs to be written.
  package let text: String?

  /// Looks at a repository.
  /// - Parameters:
  ///   - root: absolute: of the repository.
  ///   - options: the defaults.
  /// - Throws: where there is a configuration already.
  package init(root: String, snapshot: Snapshot, catalog: PluginCatalog, options: Options) throws {
    if Files.exists("\(root)/pants.toml") {
      lines = [
        "`\(root)` has a `pants.toml`: nothing is needed, Baji reads it as it is.",
        "`baji help options --ignored` lists what of it means nothing here; a `baji.toml` beside it would win over it.",
      ]
      text = nil
      return
    }
    let detection = try catalog.detect(in: snapshot, options)
    var load = LoadOptions()
    var found: [(sight: String, consequence: String)] = []
    for backend in detection.backends {
      let sight = backend.count.map { "\($0) file\($0 == 1 ? "" : "s") \(backend.sign)" } ?? backend.sign
      found.append((sight, backend.name))
    }
    for setting in detection.settings { found.append((setting.reason, "[\(setting.scope)] \(setting.name) = \(setting.value.shown)")) }

    // BUILD files of Bazel are in another language.
    let bazel = ["MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel"].first { Files.exists("\(root)/\($0)") }
    if bazel != nil { load.buildPatterns = ["BUILD.baji"] }
    let buildFiles = try snapshot.buildDirectories(load).flatMap(\.files).count
    if let bazel { found.append(("\(bazel): BUILD files are Bazel's", "[GLOBAL] build_patterns = [\"BUILD.baji\"]")) }
    let isImplicit = buildFiles == 0
    found.append(
      isImplicit
        ? ("no BUILD files", "[GLOBAL] implicit_targets = true")
        : ("\(buildFiles) BUILD file\(buildFiles == 1 ? "" : "s")", "targets are what they declare"))
    let names = try Initialization.sourceRoots(detection, snapshot, catalog)
    if !names.isEmpty {
      let shown = names.prefix(6).joined(separator: ", ") + (names.count > 6 ? ", … (\(names.count) in all)" : "")
      found.append(("source roots \(shown)", isImplicit ? "as by default" : "[source] root_patterns"))
    }

    var writer = "# Written by `baji init` from what the repository shows. `baji help SECTION` explains a section's options.\n\n[GLOBAL]\n"
    writer += Initialization.entry("backend_packages", .strings(detection.backends.map(\.name)))
    if isImplicit {
      writer += "# Source files have the targets that would be written for them; a BUILD file comes first for what it owns.\n"
      writer += "implicit_targets = true\n"
    }
    if bazel != nil { writer += "build_patterns = [\"BUILD.baji\"]\n" }
    if !isImplicit, !names.isEmpty { writer += "\n[source]\n" + Initialization.entry("root_patterns", .strings(names)) }
    var sections: [String] = []
    for setting in detection.settings where !sections.contains(setting.scope) { sections.append(setting.scope) }
    for section in sections {
      writer += "\n[\(section)]\n"
      for setting in detection.settings where setting.scope == section { writer += Initialization.entry(setting.name, setting.value) }
    }
    text = writer
    let width = found.map { $0.sight.count }.max() ?? 0
    lines =
      ["\(root): \(snapshot.count) file\(snapshot.count == 1 ? "" : "s")"]
      + found.map { "  \($0.sight)\(String(repeating: " ", count: width - $0.sight.count))  → \($0.consequence)" }
      + (detection.backends.isEmpty ? ["  nothing here that a plugin knows: `[GLOBAL] backend_packages` is empty"] : [])
      + ["wrote baji.toml; `baji list ::` shows the targets"]
  }

  /// The source roots of the folders with sources, as patterns that fit them alone.
  private static func sourceRoots(_ detection: Detection, _ snapshot: Snapshot, _ catalog: PluginCatalog) throws -> [String] {
    let plugins = try EnabledPlugins(catalog.enabled(detection.backends.map(\.name)).backends, files: catalog.files)
    let roots = try plugins.implicitSourceRoots().roots(in: snapshot)
    let used = Set(detection.sourceFolders.map { roots[Int($0)] }).filter { $0 >= 0 }
    return used.sorted().map { "/\(snapshot.path(ofDirectory: $0))" }
  }

  private static func entry(_ name: String, _ value: OptionValue) -> String {
    if case .list(let items) = value, value.shown.utf8.count > 80 {
      return "\(name) = [\n" + items.map { "  \(toml($0)),\n" }.joined() + "]\n"
    }
    return "\(name) = \(toml(value))\n"
  }

  private static func toml(_ value: OptionValue) -> String {
    switch value {
    case .list(let items): "[\(items.map(toml).joined(separator: ", "))]"
    case .dictionary(let entries):
      "{ \(entries.map { "\(OptionValue.string($0.name).shown) = \(toml($0.value))" }.joined(separator: ", ")) }"
    default: value.shown
    }
  }
}
