// `tailor`, `tailor_data`, `foreign_folders`, `implicit_source_roots` and `detect`: how a plugin tells what it sees in a repository without BUILD files or configuration.

internal import Diagnostics
internal import Snapshots
internal import Starlark
internal import Targets

/// The declarations about plain repositories.
enum RepositoryBuiltins {
  static let functions: [(String, Signature, DeclarationBuiltins.Body)] = [
    ("tailor", Signature("target", "*", "files?", "name?", "accept?"), tailor),
    ("tailor_data", Signature("target", "*", "name", "users", "ignore?"), tailorData),
    ("foreign_folders", Signature("*", "names?", "marks?"), foreignFolders),
    ("implicit_source_roots", Signature("*", "patterns?", "markers?", "package_files?"), implicitSourceRoots),
    ("detect", Signature("files", "*", "options?"), detect),
  ]

  private static func tailor(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    guard let handle = try bound.value("target").asHost as? TargetTypeHandle else {
      throw bound.wrongType("target", wanted: "a target type")
    }
    let type = handle.type
    guard let field = type.sourceField else { throw EvaluationError("tailor: `\(type.name)` has no field for files") }
    let files = try bound.optionalStrings("files") ?? []
    if files.isEmpty, field.defaultValue.strings.isEmpty {
      throw EvaluationError("tailor: `\(type.name)` needs `files`: it has none by default")
    }
    try check(files, "tailor")
    try PluginFileState.of(call).declarations.tailors.append(
      TailorDeclaration(
        type: type.name, files: files, name: try bound.optionalString("name"),
        accepts: bound.present("accept") == nil ? nil : try call.function(bound, "accept")))
    return .none
  }

  private static func tailorData(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    let users = try bound.value("users").asList?.map { value -> String in
      guard let handle = value.asHost as? TargetTypeHandle else { throw bound.wrongType("users", wanted: "a list of target types") }
      guard handle.type.field(named: "dependencies") != nil else {
        throw EvaluationError("tailor_data: `\(handle.type.name)` has no field `dependencies`")
      }
      return handle.type.name
    }
    guard let users else { throw bound.wrongType("users", wanted: "a list of target types") }
    let ignored = try bound.optionalStrings("ignore") ?? []
    try check(ignored, "tailor_data")
    try PluginFileState.of(call).declarations.implicitData.append(
      ImplicitDataRule(type: try bound.string("target"), name: try bound.string("name"), users: users, ignored: ignored))
    return .none
  }

  private static func foreignFolders(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    let state = try PluginFileState.of(call)
    state.declarations.foreignFolders.add(
      ForeignFolders(names: try bound.optionalStrings("names") ?? [], marks: try bound.optionalStrings("marks") ?? []))
    return .none
  }

  private static func implicitSourceRoots(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    let roots = ImplicitSourceRoots(
      patterns: try bound.optionalStrings("patterns") ?? [], markers: try bound.optionalStrings("markers") ?? [],
      packageFiles: try bound.optionalStrings("package_files") ?? [])
    do throws(UserError) { _ = try SourceRoots(patterns: roots.patterns, markers: roots.markers) } catch {
      throw EvaluationError(error.diagnostics.first?.message ?? "implicit_source_roots: no patterns")
    }
    try PluginFileState.of(call).declarations.implicitRoots.append(roots)
    return .none
  }

  private static func detect(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    guard let listed = try bound.value("files").asList else {
      throw bound.wrongType("files", wanted: "a list of pairs: a file, and what it holds")
    }
    let signs = try listed.map { item -> DetectionDeclaration.Sign in
      if let file = item.asString { return DetectionDeclaration.Sign(file: file, marks: []) }
      guard let pair = item.asList, pair.count == 2, let file = pair[0].asString, let marks = pair[1].asStrings else {
        throw bound.wrongType("files", wanted: "a list of file names, and of pairs: a file name, and texts of which it holds one")
      }
      return DetectionDeclaration.Sign(file: file, marks: marks)
    }
    try check(signs.map(\.file), "detect")
    try PluginFileState.of(call).declarations.detections.append(
      DetectionDeclaration(signs: signs, options: bound.present("options") == nil ? nil : try call.function(bound, "options")))
    return .none
  }

  private static func check(_ patterns: [String], _ function: String) throws {
    do throws(GlobError) { _ = try GlobSet(patterns) } catch { throw EvaluationError("\(function): \(error)") }
  }
}

/// `tailor(…)`.
package struct TailorDeclaration: Sendable {
  package let type: String
  package let files: [String]
  package let name: String?
  package let accepts: PluginFunction?
}

/// `implicit_source_roots(…)`.
package struct ImplicitSourceRoots: Sendable {
  package let patterns: [String]
  package let markers: [String]
  package let packageFiles: [String]
}

/// `detect(…)`: by what a repository shows that it means a backend.
package struct DetectionDeclaration: Sendable {
  package struct Sign: Sendable {
    /// A file at the root; with `*` in it, a pattern of names anywhere.
    package let file: String
    /// Texts of which the file holds one; empty where it need not.
    package let marks: [String]
  }

  package let signs: [Sign]
  /// Which options the repository means.
  package let options: PluginFunction?
}
