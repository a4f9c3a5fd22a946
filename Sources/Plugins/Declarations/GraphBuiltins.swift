// `provides_modules`, `infer_dependencies` and what they take: how a plugin tells what targets provide and import.

internal import Diagnostics
internal import Starlark
internal import Targets

/// The declarations that the graph is made by.
enum GraphBuiltins {
  static func resolve() -> NamespaceObject {
    func resolver(_ name: String, _ make: @escaping @Sendable (PluginFunction) -> InferenceDeclaration.Resolver) -> (String, Value) {
      (
        name,
        .builtin("resolve.\(name)") { call in
          let bound = try call.bind(Signature("function"))
          return Value(ResolverHandle(make(try call.function(bound, "function"))))
        }
      )
    }
    return NamespaceObject(
      "resolve",
      [
        ("owners_of_files", Value(ResolverHandle(.ownersOfFiles))),
        resolver("modules") { .modules($0) },
        resolver("fields") { .fields($0) },
      ])
  }

  static func module() -> NamespaceObject {
    NamespaceObject(
      "module",
      [
        (
          "from_path",
          .builtin("module.from_path") { call in
            let bound = try call.bind(Signature("*", "extensions", "package_file?", "stub_extensions?"))
            let extensions = try bound.strings("extensions")
            let stubs = try bound.optionalStrings("stub_extensions") ?? []
            if let stray = stubs.first(where: { !extensions.contains($0) }) {
              throw EvaluationError("module.from_path: `\(stray)` of `stub_extensions` is none of `extensions`")
            }
            return Value(
              ModuleNamesHandle(
                .fromPath(
                  PathNames(extensions: extensions, packageFile: try bound.optionalString("package_file") ?? "", stubExtensions: stubs))))
          }
        ),
        (
          "listed",
          .builtin("module.listed") { call in
            let bound = try call.bind(Signature("function"))
            return Value(ModuleNamesHandle(.listed(try call.function(bound, "function"))))
          }
        ),
      ])
  }

  static func inferDependencies(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    guard let handle = try bound.value("resolve").asHost as? ResolverHandle else {
      // A function alone: asked for each candidate.
      guard let scanner = try scanner(bound) else { throw EvaluationError("infer_dependencies: needs a scanner (`scan = scan.…`)") }
      let declaration = InferenceDeclaration(
        types: try types(bound), scanner: scanner, resolver: .function(try call.function(bound, "resolve")),
        space: try PluginFileState.of(call).space)
      try PluginFileState.of(call).declarations.inference.append(declaration)
      return .none
    }
    let scanner = try scanner(bound)
    if case .fields = handle.resolver {
      if scanner != nil { throw EvaluationError("infer_dependencies: `resolve.fields` looks at no source: leave `scan` out") }
    } else if scanner == nil {
      throw EvaluationError("infer_dependencies: needs a scanner (`scan = scan.…`)")
    }
    let state = try PluginFileState.of(call)
    state.declarations.inference.append(
      InferenceDeclaration(types: try types(bound), scanner: scanner, resolver: handle.resolver, space: state.space))
    return .none
  }

  static func providesModules(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    guard let handle = try bound.value("names").asHost as? ModuleNamesHandle else {
      throw bound.wrongType("names", wanted: "`module.from_path(…)` or `module.listed(…)`")
    }
    let state = try PluginFileState.of(call)
    state.declarations.modules.append(ModuleDeclaration(types: try types(bound), names: handle.names, space: state.space))
    return .none
  }

  static func sourceRootPatterns(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    let patterns = try bound.strings("patterns")
    do throws(UserError) { _ = try SourceRoots(patterns: patterns, markers: []) } catch {
      throw EvaluationError(error.diagnostics.first?.message ?? "source_root_patterns: no patterns")
    }
    try PluginFileState.of(call).declarations.rootPatterns += patterns
    return .none
  }

  private static func scanner(_ bound: BoundArguments) throws -> String? {
    guard let value = bound.present("scan") else { return nil }
    guard let scanner = value.asHost as? ScannerHandle else { throw bound.wrongType("scan", wanted: "a scanner (`scan.…`)") }
    return scanner.name
  }

  /// One target type, or a list of them; those of other files by their names.
  static func types(_ bound: BoundArguments) throws -> [String] {
    let value = try bound.value("target")
    return try (value.asList ?? [value]).map { element in
      if let name = element.asString { return name }
      guard let handle = element.asHost as? TargetTypeHandle else {
        throw bound.wrongType("target", wanted: "a target type, or a list of them")
      }
      return handle.type.name
    }
  }
}
