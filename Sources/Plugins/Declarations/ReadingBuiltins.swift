// `reads_files` and `configured_by`: which files, beside their sources, targets and tools rest on; so that a change of one selects what it concerns.

internal import Starlark

/// `reads_files(…)`: files that targets rest on and do not own, such as the lock that their requirements are looked up in.
package struct ReadingDeclaration: Sendable {
  package let types: [String]
  /// `(ctx, target)` → paths.
  package let files: PluginFunction
  /// `(ctx, path, text, targets)` → for each target what of the text concerns it; nil where all of it does.
  package let parts: PluginFunction?
}

/// `configured_by(…)`: files by which tools are configured.
package struct ConfigurationDeclaration: Sendable {
  /// Names of linters, formatters, fixers, checkers and testers.
  package let tools: [String]
  /// File names that a tool looks for beside what it works on and above; with `//` in front, paths from the root.
  package let names: [String]
  /// `(ctx)` → more of them.
  package let function: PluginFunction?
}

enum ReadingBuiltins {
  static let functions: [(String, Signature, DeclarationBuiltins.Body)] = [
    (
      "reads_files", Signature("target", "*", "files", "parts?"),
      { call, bound in
        let declaration = ReadingDeclaration(
          types: try GraphBuiltins.types(bound), files: try call.function(bound, "files"),
          parts: bound.present("parts") == nil ? nil : try call.function(bound, "parts"))
        try PluginFileState.of(call).declarations.readings.append(declaration)
        return .none
      }
    ),
    (
      "configured_by", Signature("tools", "files"),
      { call, bound in
        let names = try bound.value("files").asStrings
        let declaration = ConfigurationDeclaration(
          tools: try bound.strings("tools"), names: names ?? [], function: names == nil ? try call.function(bound, "files") : nil)
        try PluginFileState.of(call).declarations.configurations.append(declaration)
        return .none
      }
    ),
  ]
}

/// A path as an option may have it, from the root: without `//` or `./` in front.
func pathFromRoot(_ path: String) -> String {
  path.hasPrefix("//") || path.hasPrefix("./") ? String(path.dropFirst(2)) : path
}
