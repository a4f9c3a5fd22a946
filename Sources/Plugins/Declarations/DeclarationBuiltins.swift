// The names a plugin file sees: what registers, and the namespaces it chooses from.

internal import Diagnostics
internal import ImportScanners
internal import Options
internal import Starlark
internal import Targets

/// Everything that is predeclared in plugin files.
enum DeclarationBuiltins {
  /// `plugin` alone: enough to read what an entry file is called.
  static var header: Value {
    .builtin("plugin") { call in try plugin(call, call.bind(Signature("*", "name", "api", "aliases?"))) }
  }

  static func names() -> [String: Value] {
    var names: [String: Value] = [:]
    for (name, signature, body) in functions {
      names[name] = .builtin(name) { call in try body(call, call.bind(signature)) }
    }
    names["field"] = Value(FieldBuiltins.field())
    names["option"] = Value(FieldBuiltins.option())
    names["tool"] = Value(NamespaceObject("tool", [("system", .builtin("tool.system", systemTool))]))
    names["scan"] = Value(NamespaceObject("scan", ImportScanner.all.map { ($0.name, Value(ScannerHandle($0.name))) }))
    names["resolve"] = Value(GraphBuiltins.resolve())
    names["module"] = Value(GraphBuiltins.module())
    names["diagnostics"] = Value(
      NamespaceObject(
        "diagnostics",
        [("gcc", Value(ParserHandle(.gcc))), ("none", Value(ParserHandle(.none))), ("regex", .builtin("diagnostics.regex", regexParser))]))
    for (name, module) in dataModules() { names[name] = module }
    return names
  }

  typealias Body = @Sendable (borrowing Call, BoundArguments) throws -> Value

  private static let functions: [(String, Signature, Body)] =
    toolFunctions + RepositoryBuiltins.functions + ReadingBuiltins.functions + [
      ("plugin", Signature("*", "name", "api", "aliases?"), plugin),
      ("target_type", Signature("name", "*", "doc?", "fields"), targetType),
      ("extra_fields", Signature("types", "fields"), extraFields),
      ("target_generator", Signature("name", "*", "doc?", "generates", "sources?", "fields?", "generate?", "moved?"), targetGenerator),
      ("buildfile_function", Signature("name", "parameters?"), buildFileFunction),
      ("subsystem", Signature("name", "*", "doc?", "options"), subsystem),
      ("infer_dependencies", Signature("target", "*", "scan?", "resolve"), GraphBuiltins.inferDependencies),
      ("source_root_patterns", Signature("patterns"), GraphBuiltins.sourceRootPatterns),
      ("provides_modules", Signature("target", "names"), GraphBuiltins.providesModules),
      ("packager", Signature("name", "*", "targets", "run"), { try targetTool($0, $1) { $0.packagers.append($1) } }),
      ("runner", Signature("name", "*", "targets", "run"), { try targetTool($0, $1) { $0.runners.append($1) } }),
      ("codegen", Signature("name", "*", "targets", "run"), { try targetTool($0, $1) { $0.generators.append($1) } }),
    ]

  /// The highest `api` this build serves; every lower one that was released is served too.
  static let apiVersion = 1

  private static func plugin(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    let state = try PluginFileState.of(call)
    if state.header != nil { throw EvaluationError("plugin: called twice in one file") }
    let api = try bound.int("api")
    guard (1...apiVersion).contains(api) else {
      throw EvaluationError(
        "plugin: this Baji serves plugin API \(apiVersion), not \(api)", hint: api > apiVersion ? "install a newer Baji" : nil)
    }
    state.header = (try bound.string("name"), try bound.optionalStrings("aliases") ?? [], call.location)
    return .none
  }

  private static func fields(_ bound: BoundArguments) throws -> [Field] {
    guard bound.present("fields") != nil else { return [] }
    return try bound.dict("fields").map { key, value in
      guard let name = key.asString else { throw EvaluationError("\(bound.functionName): a field's name is a string, not \(key.typeName)") }
      guard let handle = value.asHost as? FieldHandle else {
        throw EvaluationError("\(bound.functionName): the field `\(name)` must be a `field.…(…)`, not \(value.typeName)")
      }
      return handle.named(name)
    }
  }

  private static func targetType(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    let type = TargetType(try bound.string("name"), doc: try bound.optionalString("doc") ?? "", fields: try fields(bound))
    return try register(type, call)
  }

  private static func extraFields(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    try PluginFileState.of(call).declarations.extraFields.append(ExtraFields(types: try bound.strings("types"), fields: try fields(bound)))
    return .none
  }

  private static func targetGenerator(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    guard let generated = try bound.value("generates").asHost as? TargetTypeHandle else {
      throw bound.wrongType("generates", wanted: "a target type")
    }
    let name = try bound.string("name")
    let doc = try bound.optionalString("doc") ?? ""
    if bound.present("generate") != nil {
      guard bound.present("sources") == nil else {
        throw EvaluationError(
          "target_generator: `generate` and `sources` exclude one another", hint: "a `field.source` in `fields` says what `generate` reads")
      }
      let function = try call.function(bound, "generate")
      let type = TargetType(
        name, generatingByFunction: generated.type, doc: doc, fields: try fields(bound), moved: try bound.optionalStrings("moved"))
      let handle = try register(type, call)
      try PluginFileState.of(call).declarations.generation[name] = function
      return handle
    }
    guard let given = bound.present("sources") else {
      throw EvaluationError("target_generator: `\(name)` needs `sources`, or a function `generate`")
    }
    let sources: [String]
    let isRequired: Bool
    if let field = given.asHost as? FieldHandle {
      sources = field.defaultValue.strings
      isRequired = field.isRequired
    } else {
      sources = try bound.strings("sources")
      isRequired = false
    }
    let type = TargetType(
      name, generating: generated.type, doc: doc, sources: sources, sourcesAreRequired: isRequired, fields: try fields(bound))
    return try register(type, call)
  }

  private static func register(_ type: TargetType, _ call: borrowing Call) throws -> Value {
    let state = try PluginFileState.of(call)
    guard !state.declarations.types.contains(where: { $0.name == type.name }) else {
      throw EvaluationError("\(call.functionName): the target type `\(type.name)` is registered twice")
    }
    state.declarations.types.append(type)
    return Value(TargetTypeHandle(type))
  }

  private static func buildFileFunction(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    let function = BuildFunction(try bound.string("name"), parameters: try bound.optionalStrings("parameters") ?? [])
    try PluginFileState.of(call).declarations.functions.append(function)
    return .none
  }

  private static func subsystem(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    let definitions = try bound.dict("options").map { key, value -> OptionDefinition in
      guard let name = key.asString else { throw EvaluationError("subsystem: an option's name is a string, not \(key.typeName)") }
      guard let handle = value.asHost as? OptionHandle else {
        throw EvaluationError("subsystem: the option `\(name)` must be an `option.…(…)`, not \(value.typeName)")
      }
      return handle.named(name)
    }
    let scope = OptionScope(try bound.string("name"), doc: try bound.optionalString("doc") ?? "", options: definitions)
    let state = try PluginFileState.of(call)
    if CoreOptions.all.contains(where: { $0.name == scope.name }) {
      throw EvaluationError("subsystem: `\(scope.name)` is a section of the core's own")
    }
    if state.declarations.scopes.contains(where: { $0.name == scope.name }) {
      throw EvaluationError("subsystem: `\(scope.name)` is registered twice")
    }
    state.declarations.scopes.append(scope)
    return Value(SubsystemHandle(scope))
  }

  private static func targetTool(
    _ call: borrowing Call, _ bound: BoundArguments, _ add: (inout Declarations, TargetToolDeclaration) -> Void
  ) throws -> Value {
    let declaration = TargetToolDeclaration(
      name: try bound.string("name"), targetTypes: try bound.strings("targets"), run: try call.function(bound, "run"))
    add(&(try PluginFileState.of(call)).declarations, declaration)
    return .none
  }

  private static func systemTool(_ call: borrowing Call) throws -> Value {
    let bound = try call.bind(Signature("name", "*", "version?", "install?", "search_path?"))
    let name = try bound.string("name")
    guard !name.isEmpty, !name.contains("/"), !name.utf8.contains(0) else {
      throw EvaluationError("tool.system: `\(name)` is no file name of a program")
    }
    return Value(
      ToolHandle(
        .system(
          SystemProgram(
            name: name, version: try bound.optionalString("version") ?? "", install: try bound.optionalString("install") ?? "",
            searchPath: try bound.optionalStrings("search_path") ?? []))))
  }
}
