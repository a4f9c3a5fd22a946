// The names that every BUILD file sees.

internal import Starlark

enum BuildNames {
  /// BUILD functions that are part of the language, beside those that plugins bring.
  private static let functions = [BuildFunction("http_source", parameters: ["url"]), BuildFunction("per_platform")]

  /// Builtins keep no state: they find the evaluation they are called in through its thread.
  static func all(for registry: TypeRegistry) -> [String: FrozenValue] {
    var names: [String: FrozenValue] = [:]
    func define(_ name: String, _ body: @escaping (BuildEvaluation, borrowing Call) throws -> Value) {
      names[name] = FrozenValue(
        freezing: .builtin(name) { call in
          guard let evaluation = call.thread.userData as? BuildEvaluation else {
            throw EvaluationError("`\(name)` can be called from a BUILD file only")
          }
          return try body(evaluation, call)
        })
    }
    for function in functions + registry.functions.values { define(function.name) { try $0.structure(function, $1) } }
    for name in registry.types.keys { define(name) { try $0.declare(name, $1) } }
    define("parametrize") { try $0.parametrize($1) }
    define("__defaults__") { try $0.setDefaults($1) }
    for direction in [VisibilityCall.Direction.dependencies, .dependents] {
      define(direction.functionName) { try $0.setVisibility(direction, $1) }
    }
    define("env") { try $0.environment($1) }
    define("build_file_dir") { evaluation, call in
      try call.checkPositional(0, 0)
      return Value(FolderPath(evaluation.directory))
    }
    define("read_file") { try $0.readFile($1) }
    return names
  }
}
