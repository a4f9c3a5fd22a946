// `linter`, `formatter`, `fixer`, `checker`, `tester`: tools that judge, and how their answers are read.

internal import Diagnostics
internal import Options
internal import Starlark

extension DeclarationBuiltins {
  static let toolFunctions: [(String, Signature, Body)] = [
    (
      "linter",
      Signature(
        "name", "*", "targets?", "options?", "per_file?", "scope?", "run", "exit_codes?", "diagnostics?", "partition?", "build_files?",
        "skip_fields?"),
      { call, bound in try fileTool(.linter, call, bound) }
    ),
    ("formatter", rewriting, { call, bound in try fileTool(.formatter, call, bound) }),
    ("fixer", rewriting, { call, bound in try fileTool(.fixer, call, bound) }),
    ("checker", Signature("name", "*", "targets", "options?", "partition?", "run", "exit_codes?", "diagnostics?"), checker),
    ("tester", Signature("name", "*", "targets", "options?", "run", "batch_key?", "report?", "exit_codes?", "allow_none?"), tester),
    (
      "repl", Signature("name", "*", "targets", "run"),
      { call, bound in
        try PluginFileState.of(call).declarations.repls.append(
          TargetToolDeclaration(
            name: try bound.string("name"), targetTypes: try bound.strings("targets"), run: try call.function(bound, "run")))
        return .none
      }
    ),
    (
      "exporter", Signature("name", "*", "names", "run"),
      { call, bound in
        let declaration = try namedTool(call, bound)
        try PluginFileState.of(call).declarations.exporters.append(declaration)
        return .none
      }
    ),
    (
      "publisher", Signature("name", "*", "targets", "files?", "places", "look?", "run", "needs?"),
      { call, bound in
        try PluginFileState.of(call).declarations.publishers.append(
          PublisherDeclaration(
            name: try bound.string("name"), targetTypes: try bound.strings("targets"), files: try bound.optionalStrings("files") ?? ["*"],
            places: try call.function(bound, "places"), look: try optionalFunction(call, bound, "look"),
            run: try call.function(bound, "run"), needs: try optionalFunction(call, bound, "needs")))
        return .none
      }
    ),
    (
      "lockfile_generator", Signature("name", "*", "names", "path", "run", "pins?"),
      { call, bound in
        let declaration = try namedTool(call, bound)
        try PluginFileState.of(call).declarations.lockfileGenerators.append(declaration)
        return .none
      }
    ),
  ]

  private static let rewriting = Signature(
    "name", "*", "targets?", "options?", "scope?", "run", "exit_codes?", "diagnostics?", "partition?", "build_files?", "skip_fields?")

  private static func fileTool(_ kind: FileToolDeclaration.Kind, _ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    let scope = try bound.optionalString("scope") ?? "file"
    guard let scope = FileToolDeclaration.Scope(rawValue: scope) else {
      let known = FileToolDeclaration.Scope.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
      throw EvaluationError("\(bound.functionName): `scope` is one of \(known), not `\(scope)`")
    }
    let statuses = try statuses(bound, ["clean": [0], "findings": kind == .linter ? [1] : []])
    if kind == .linter, try bound.optionalBool("per_file") == false {
      throw EvaluationError("linter: `per_file = False` is not offered; tools for whole programs are checkers")
    }
    let takesBuildFiles = try bound.optionalBool("build_files") ?? false
    let targets = try bound.optionalStrings("targets") ?? []
    guard takesBuildFiles || !targets.isEmpty else { throw EvaluationError("\(bound.functionName): missing argument `targets`") }
    if takesBuildFiles, scope == .closure || bound.present("partition") != nil || !targets.isEmpty {
      throw EvaluationError("\(bound.functionName): `build_files = True` goes without `targets`, `partition` and the scope \"closure\"")
    }
    let name = try bound.string("name")
    try PluginFileState.of(call).declarations.fileTools.append(
      FileToolDeclaration(
        kind: kind, name: name, targetTypes: targets, optionScope: try optionScope(bound), scope: scope,
        cleanStatuses: statuses["clean"] ?? [0], findingStatuses: statuses["findings"] ?? [1], diagnostics: try parser(bound),
        partition: try optionalFunction(call, bound, "partition"), takesBuildFiles: takesBuildFiles,
        skipFields: try bound.optionalStrings("skip_fields") ?? ["skip_\(name.map { $0 == "-" ? "_" : $0 }.map(String.init).joined())"],
        run: try call.function(bound, "run")))
    return .none
  }

  private static func namedTool(_ call: borrowing Call, _ bound: BoundArguments) throws -> NamedToolDeclaration {
    NamedToolDeclaration(
      name: try bound.string("name"), names: try call.function(bound, "names"), path: try optionalFunction(call, bound, "path"),
      entries: try optionalFunction(call, bound, "pins"), run: try call.function(bound, "run"))
  }

  private static func checker(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    let statuses = try statuses(bound, ["clean": [0], "findings": [1]])
    try PluginFileState.of(call).declarations.checkers.append(
      CheckerDeclaration(
        name: try bound.string("name"), targetTypes: try bound.strings("targets"), optionScope: try optionScope(bound),
        cleanStatuses: statuses["clean"] ?? [0], findingStatuses: statuses["findings"] ?? [1], diagnostics: try parser(bound),
        partition: try optionalFunction(call, bound, "partition"), run: try call.function(bound, "run")))
    return .none
  }

  private static func tester(_ call: borrowing Call, _ bound: BoundArguments) throws -> Value {
    let statuses = try statuses(bound, ["passed": [0], "none": []])
    var declaration = TargetToolDeclaration(
      name: try bound.string("name"), targetTypes: try bound.strings("targets"), run: try call.function(bound, "run"))
    declaration.testing.optionScope = try optionScope(bound)
    declaration.testing.batchKey = try optionalFunction(call, bound, "batch_key")
    declaration.testing.report = try optionalFunction(call, bound, "report")
    declaration.testing.passedStatuses = statuses["passed"] ?? [0]
    declaration.testing.noneStatuses = statuses["none"] ?? []
    if let option = try bound.optionalString("allow_none") {
      let handle = bound.present("options")?.asHost as? SubsystemHandle
      guard handle?.scope.options.contains(where: { $0.name == option }) == true else {
        throw EvaluationError("tester: `allow_none` names an option of `options`, which has none of the name `\(option)`")
      }
      declaration.testing.allowsNone = option
    }
    try PluginFileState.of(call).declarations.testers.append(declaration)
    return .none
  }

  // MARK: - Arguments

  /// `exit_codes`, over these defaults.
  private static func statuses(_ bound: BoundArguments, _ defaults: [String: [Int32]]) throws -> [String: [Int32]] {
    var statuses = defaults
    guard bound.present("exit_codes") != nil else { return statuses }
    for (key, value) in try bound.dict("exit_codes") {
      guard let name = key.asString, statuses[name] != nil, let list = value.asList,
        list.allSatisfy({ $0.asInt.map { (0...255).contains($0) } == true })
      else {
        let names = defaults.keys.sorted().map { "\"\($0)\"" }.joined(separator: " and ")
        throw EvaluationError("\(bound.functionName): `exit_codes` is a dict from \(names) to lists of statuses")
      }
      statuses[name] = list.compactMap { $0.asInt.map(Int32.init) }
    }
    return statuses
  }

  private static func optionScope(_ bound: BoundArguments) throws -> String? {
    guard let value = bound.present("options") else { return nil }
    guard let handle = value.asHost as? SubsystemHandle else { throw bound.wrongType("options", wanted: "a subsystem") }
    return handle.scope.name
  }

  private static func parser(_ bound: BoundArguments) throws -> DiagnosticsParser {
    guard let value = bound.present("diagnostics") else { return DiagnosticsParser.none }
    guard let handle = value.asHost as? ParserHandle else { throw bound.wrongType("diagnostics", wanted: "a `diagnostics.…`") }
    return handle.parser
  }

  private static func optionalFunction(_ call: borrowing Call, _ bound: BoundArguments, _ name: String) throws -> PluginFunction? {
    bound.present(name) == nil ? nil : try call.function(bound, name)
  }

  /// `diagnostics.regex(pattern, ignore = …, stream = …)`.
  static func regexParser(_ call: borrowing Call) throws -> Value {
    let bound = try call.bind(Signature("pattern", "*", "ignore?", "stream?"))
    let stream = try bound.optionalString("stream") ?? "stdout"
    guard let stream = DiagnosticsParser.Stream(rawValue: stream) else {
      throw EvaluationError("diagnostics.regex: `stream` is \"stdout\", \"stderr\" or \"both\", not \"\(stream)\"")
    }
    let ignored = try bound.optionalString("ignore").map { try compiledPattern($0) }
    return Value(ParserHandle(.regex(try compiledPattern(try bound.string("pattern")), ignoring: ignored, stream: stream)))
  }
}
