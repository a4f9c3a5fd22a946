// The values that plan functions hold: targets, batches, file sets, pieces of argv, actions.

internal import Diagnostics
internal import Execution
internal import Snapshots
internal import Starlark
internal import Store
internal import Targets

/// A target as a plan function sees it.
final class TargetObject: HostValue {
  let id: TargetID
  private let graph: Graph

  init(_ id: TargetID, _ graph: Graph) {
    self.id = id
    self.graph = graph
  }

  var address: Address { graph.address(of: id) }

  var typeName: String { "target" }
  var repr: String { "<target \(address)>" }
  func isEqual(to other: any HostValue) -> Bool { (other as? TargetObject)?.id == id }
  var hash: Int? { Int(id) }
  var attributeNames: [String] { ["address", "name", "directory", "type", "path", "paths", "tags", "description", "field", "source_root"] }

  func attribute(named name: String) throws -> Value? {
    switch name {
    case "address": return Value(address.description)
    case "name": return Value(address.name)
    case "directory": return Value(address.directory)
    case "type": return Value(graph.typeName(of: id))
    case "path":
      let sources = graph.sources(of: id)
      guard let only = sources.first, sources.count == 1 else { return Value.none }
      return Value(graph.snapshot.path(of: only))
    case "paths": return Value(tuple: graph.sources(of: id).map { Value(graph.snapshot.path(of: $0)) })
    case "tags": return Value(tuple: graph.tags(of: id).map { Value($0) })
    case "source_root": return graph.sourceRoot(ofTarget: id).map { Value($0) } ?? Value.none
    case "description": return try starlarkValue(graph.field("description", of: id))
    case "field":
      return .builtin("target.field") { [graph, id] call in
        try fieldOfTarget(call.bind(Signature("name")).string("name"), id, graph)
      }
    default: return nil
    }
  }
}

/// `target.field("name")`: an unknown field of a known type is an error with the nearest name.
func fieldOfTarget(_ name: String, _ id: TargetID, _ graph: Graph) throws -> Value {
  if let type = graph.type(of: id), type.field(named: name) == nil {
    let guess = nearestName(to: name, among: type.fields.map(\.name))
    throw EvaluationError("`\(type.name)` has no field `\(name)`", hint: guess.map { "did you mean `\($0)`?" })
  }
  return try starlarkValue(graph.field(name, of: id))
}

/// What a tester is given: the targets of one run (today always one), their closure, and the goal's common settings.
final class BatchObject: HostValue {
  let targets: [TargetObject]
  private let entry: TargetObject
  private let timeout: Double?
  private let graph: Graph

  init(_ entry: TargetObject, timeout: Double?, graph: Graph) {
    self.entry = entry
    targets = [entry]
    self.timeout = timeout
    self.graph = graph
  }

  var typeName: String { "batch" }
  var attributeNames: [String] { ["address", "closure", "entry", "field", "targets", "timeout"] }

  func attribute(named name: String) throws -> Value? {
    switch name {
    case "entry": Value(entry)
    case "targets": Value(tuple: targets.map { Value($0) })
    case "address": Value(entry.address.description)
    case "closure": Value(InputObject([.closure(targets.map(\.address))]))
    case "timeout": timeout.map { Value($0) } ?? Value.none
    case "field": try entry.attribute(named: "field")
    default: nil
    }
  }
}

/// The files of a linter's or formatter's run. Their paths are known to the engine alone, which makes the batches.
final class BatchFilesObject: HostValue {
  var typeName: String { "files" }
  var attributeNames: [String] { ["paths"] }

  func attribute(named name: String) -> Value? { name == "paths" ? Value([Value(ArgumentObject(.paths))]) : nil }
}

/// A symbolic file set, or several.
final class InputObject: HostValue {
  let inputs: [SymbolicInput]

  init(_ inputs: [SymbolicInput]) { self.inputs = inputs }

  var typeName: String { "file_set" }
}

/// A piece of argv that is no plain text.
final class ArgumentObject: HostValue {
  let argument: Argument
  /// For `.tool`: which one; the index in `argument` is given when the action is made.
  let tool: ToolRequest?
  let pieces: [Value]

  init(_ argument: Argument) {
    self.argument = argument
    tool = nil
    pieces = []
  }

  init(tool: ToolRequest) {
    argument = .tool(0)
    self.tool = tool
    pieces = []
  }

  init(joining pieces: [Value]) {
    argument = .joined([])
    tool = nil
    self.pieces = pieces
  }

  var typeName: String { "argument" }
  var heldValues: [Value] { pieces }
}

/// What `ctx.action(…)` returns: `outputs["name"]` may stand among another action's inputs.
final class ActionObject: HostValue {
  /// Its number among the actions that the same call described.
  let index: Int
  private let outputs: [DeclaredOutput]

  init(index: Int, outputs: [DeclaredOutput]) {
    self.index = index
    self.outputs = outputs
  }

  var typeName: String { "action" }
  var attributeNames: [String] { ["outputs"] }

  func attribute(named name: String) -> Value? {
    guard name == "outputs" else { return nil }
    return Value(dict: outputs.map { ($0.name, Value(InputObject([.output(index, name: $0.name)]))) })
  }
}
