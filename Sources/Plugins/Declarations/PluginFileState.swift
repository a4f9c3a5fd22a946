// What one plugin file has registered so far: the builtins' write end while the file runs.

internal import Diagnostics
internal import Starlark

/// Collects the registrations of one file while it is evaluated. Hangs on the evaluation thread's `userData`.
final class PluginFileState {
  /// The file's path among the plugins: `shell/lint.star`.
  let file: String
  /// Set by `plugin(…)`: an entry file. Library files have none.
  var header: (name: String, aliases: [String], location: SourceLocation?)?
  var declarations = Declarations()
  /// Files loaded, with what they registered; each once.
  var loaded: [Backend.Part] = []
  /// What it registered that can be called, in order.
  var functions: [Value] = []

  init(file: String) { self.file = file }

  /// The plugin's folder: providers and importers of modules in it see one another.
  var space: String { file.split(separator: "/").first.map(String.init) ?? "" }

  /// The state of the file that `call` stands in.
  /// - Throws: when the builtin is called from a plan function, after its file was frozen.
  static func of(_ call: borrowing Call) throws -> PluginFileState {
    guard let state = call.thread.userData as? PluginFileState else {
      throw EvaluationError("`\(call.functionName)` registers something: call it at the top level of a plugin file")
    }
    return state
  }
}

extension Call {
  /// A plugin function, checked to be callable.
  func function(_ bound: BoundArguments, _ name: String) throws -> PluginFunction {
    let value = try bound.value(name)
    switch value {
    case .function, .builtin:
      let state = try PluginFileState.of(self)
      state.functions.append(value)
      return PluginFunction(value, at: .init(file: state.file, number: state.functions.count - 1), location: location)
    default: throw bound.wrongType(name, wanted: "a function")
    }
  }
}
