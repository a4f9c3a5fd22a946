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
  var filePaths: [String] { graph.sources(of: id).map { graph.snapshot.path(of: $0) } }

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
    throw EvaluationError("`\(type.name)` has no field `\(name)`", hint: didYouMean(name, among: type.fields.map(\.name)))
  }
  return try starlarkValue(graph.field(name, of: id))
}

/// The settings of `test` that a tester may see.
struct TestSettings: Equatable, Sendable {
  /// Seconds, for the whole batch.
  var timeout: Double?
  var wantsCoverage = false
  /// On the terminal, one after the other.
  var isDebug = false
  var attempts = 1
}

/// What a tester is given: the targets of one run, their closure, and the goal's settings.
final class BatchObject: HostValue {
  let targets: [TargetObject]
  private let entry: TargetObject
  private let settings: TestSettings

  /// - Parameter entry: the first of `targets`.
  init(_ entry: TargetObject, _ targets: [TargetObject], _ settings: TestSettings) {
    self.entry = entry
    self.targets = targets
    self.settings = settings
  }

  var typeName: String { "batch" }
  var attributeNames: [String] {
    ["address", "attempts", "closure", "coverage", "debug", "entry", "field", "paths", "targets", "timeout"]
  }

  func attribute(named name: String) throws -> Value? {
    switch name {
    case "entry": Value(entry)
    case "targets": Value(tuple: targets.map { Value($0) })
    case "address": Value(entry.address.description)
    case "closure": Value(InputObject([.closure(targets.map(\.address))]))
    case "timeout": settings.timeout.map { Value($0) } ?? Value.none
    case "coverage": Value(settings.wantsCoverage)
    case "debug": Value(settings.isDebug)
    case "attempts": Value(settings.attempts)
    case "paths": Value(targets.flatMap(\.filePaths))
    case "field": try entry.attribute(named: "field")
    default: nil
    }
  }
}

/// Targets that a checker looks at together: those of one key.
final class GroupObject: HostValue {
  let targets: [TargetObject]
  private let key: Value

  init(_ targets: [TargetObject], key: Value) {
    self.targets = targets
    self.key = key
  }

  var typeName: String { "group" }
  var attributeNames: [String] { ["closure", "key", "paths", "paths_text", "targets"] }
  var heldValues: [Value] { [key] }

  func attribute(named name: String) -> Value? {
    switch name {
    case "key": key
    case "targets": Value(tuple: targets.map { Value($0) })
    case "closure": Value(InputObject([.closure(targets.map(\.address))]))
    case "paths": Value(targets.flatMap(\.filePaths))
    case "paths_text": Value(targets.flatMap(\.filePaths).map { "\($0)\n" }.joined())
    default: nil
    }
  }
}

/// What a tester's `report` is given: the outputs named `coverage` that its tests left, once all have ended.
final class ReportsObject: HostValue {
  private let targets: [TargetObject]

  init(_ targets: [TargetObject]) { self.targets = targets }

  var typeName: String { "reports" }
  var attributeNames: [String] { ["closure", "coverage", "paths", "targets"] }

  func attribute(named name: String) -> Value? {
    switch name {
    case "coverage": Value(InputObject([.reports]))
    case "paths": Value([Value(ArgumentObject(.paths))])
    case "targets": Value(tuple: targets.map { Value($0) })
    case "closure": Value(InputObject([.closure(targets.map(\.address))]))
    default: nil
    }
  }
}

/// The files of a linter's or formatter's run. Their paths are known to the engine alone, which makes the batches.
final class BatchFilesObject: HostValue {
  private let plan: PlanCall
  private let key: Value

  init(_ plan: PlanCall, key: Value) {
    self.plan = plan
    self.key = key
  }

  var typeName: String { "files" }
  var attributeNames: [String] { ["key", "paths", "targets"] }
  var heldValues: [Value] { [key] }

  func attribute(named name: String) -> Value? {
    switch name {
    case "paths": Value([Value(ArgumentObject(.paths))])
    case "key": key
    // Those of all batches together, clean ones included.
    case "targets": Value(tuple: plan.ask(.themselves, plan.targets).compactMap { plan.object($0) })
    default: nil
    }
  }
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
