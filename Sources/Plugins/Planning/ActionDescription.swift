// What a plugin function asked for: an action with symbolic inputs, before the graph and the machine give it bytes and paths.

package import Execution
package import Targets

/// An action as a plugin described it. A plain value: it can be kept, compared, and realised again on another snapshot.
package struct ActionDescription: Sendable, Hashable {
  package var label = ""
  package var argv: [Argument] = []
  /// What `.tool(index)` in `argv` and `environment` means.
  package var tools: [ToolRequest] = []
  package var inputs: [SymbolicInput] = []
  package var outputs: [DeclaredOutput] = []
  package var environment: [String: Argument] = [:]
  /// Names of variables, or globs of names.
  package var passthrough: [String] = []
  package var secrets: [String] = []
  package var workingDirectory = ""
  package var standardInput: String?
  /// Seconds.
  package var timeout: Double?
  package var cpus = 1
  /// Bytes.
  package var memory: Int64 = 0
  package var network = false
  package var inputTimes = InputTimes.fixed
  package var cache = CachePolicy.results
  /// Runs in the workspace with its inputs laid out beside it (`run`).
  package var isInWorkspace = false

  package init() {}

  /// The paths of its outputs, but for those that get their names when they are made.
  var knownOutputs: [String] { outputs.filter { $0.kind != .contents }.map(\.path) }
}

/// A file set that the engine expands and fingerprints; plugin code never sees its files.
package indirect enum SymbolicInput: Sendable, Hashable {
  /// The files of a linter's batch.
  case batch
  /// What each file of the batch reaches.
  case batchClosure
  /// The files of these names in the folders of the batch's files (or of `targets`) and in all folders above.
  case configuration([String], targets: [Address])
  /// The outputs named `coverage` of a tester's tests, each in a folder of its own; known once they have ended.
  case reports
  /// The targets' own files, and the outputs of those that run commands.
  case sources([Address])
  /// The files of the targets and of all they depend on, and the outputs of commands among them.
  case closure([Address])
  /// What `package` builds of the targets, at their paths under `dist/`.
  case packages([Address])
  case written(path: String, text: String, isExecutable: Bool)
  /// A link at `path` to the program.
  case toolLink(ToolRequest, path: String)
  /// An output of an action that the same call described: its index, and the output's name (nil for all).
  case output(Int, name: String?)
}
