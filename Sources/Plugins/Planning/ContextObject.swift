// `ctx`: everything a plan function may ask and describe.

internal import Diagnostics
internal import Execution
internal import Options
internal import Snapshots
internal import Starlark
internal import Store
internal import Targets

/// The `ctx` of one call of a plan function.
final class ContextObject: HostValue {
  private let call: PlanCall

  init(_ call: PlanCall) { self.call = call }

  var typeName: String { "ctx" }

  typealias Method = @Sendable (PlanCall, borrowing Call) throws -> Value

  private static let methods = descriptions.merging(queries) { first, _ in first }

  private static let descriptions: [String: Method] = [
    "action": { try describeAction($0, $1) },
    "closure": { plan, call in
      Value(InputObject(try inputs(call.bind(Signature("targets")).value("targets"), as: SymbolicInput.closure, batch: .batchClosure)))
    },
    "config_files": { plan, call in try configFiles(plan, call) },
    "named_cache": { _, call in Value(ArgumentObject(tool: .cache(try cacheName(call)))) },
    "describe_head": { try describeHead($0, $1) },
    "tree": { try describeTree($0, $1) },
    "search_programs": { try searchPrograms($0, $1) },
    "find_program": { try findProgram($0, $1) },
    "environment": { plan, call in Value(dict: try plan.environment(call.bind(Signature("names")).optionalStrings("names") ?? [])) },
    "join": { _, call in Value(ArgumentObject(joining: try call.bind(Signature("pieces")).list("pieces"))) },
    "options": { plan, call in
      let bound = try call.bind(Signature("subsystem"))
      guard let handle = try bound.value("subsystem").asHost as? SubsystemHandle else {
        throw bound.wrongType("subsystem", wanted: "a subsystem")
      }
      return plan.options(handle)
    },
    "output_path": { plan, call in
      let bound = try call.bind(Signature("target", "suffix?"))
      return Value(try plan.outputPath(target(bound, "target"), suffix: bound.optionalString("suffix") ?? ""))
    },
    "packages": { _, call in
      Value(InputObject(try inputs(call.bind(Signature("targets")).value("targets"), as: SymbolicInput.packages, batch: nil)))
    },
    "read": { plan, call in Value(try plan.read(call.bind(Signature("path")).string("path"))) },
    "sources": { _, call in
      Value(InputObject(try inputs(call.bind(Signature("targets")).value("targets"), as: SymbolicInput.sources, batch: .batch)))
    },
    "targets": { plan, call in
      let bound = try call.bind(Signature("target", "field"))
      return Value(plan.targets(in: try bound.string("field"), of: try target(bound, "target")).map { Value($0) })
    },
    "test_env": { plan, call in
      let bound = try call.bind(Signature("batch"))
      guard let batch = bound.present("batch")?.asHost as? BatchObject else { throw bound.wrongType("batch", wanted: "the batch") }
      var all: [(String, Value)] = []
      _ = plan.read(option: "extra_env_vars", of: "test")
      all += try plan.environment(plan.world.options.strings("test", "extra_env_vars"))
      for target in batch.targets { all += try plan.environment(plan.world.graph.field("extra_env_vars", of: target.id).strings) }
      return Value(dict: all)
    },
    "tool": { _, call in Value(ArgumentObject(tool: try tool(call.bind(Signature("tool")), "tool"))) },
    "tool_link": { _, call in
      let bound = try call.bind(Signature("tool", "path"))
      return Value(InputObject([.toolLink(try tool(bound, "tool"), path: try sandboxPath(bound.string("path"), call.functionName))]))
    },
    "top_level": { plan, call in Value(try plan.topLevel(flattened(call.bind(Signature("inputs")).value("inputs"), "ctx.top_level"))) },
    "write": { _, call in
      let bound = try call.bind(Signature("path", "text", "executable?"))
      return Value(
        InputObject([
          .written(
            path: try sandboxPath(bound.string("path"), call.functionName), text: try bound.string("text"),
            isExecutable: try bound.optionalBool("executable") ?? false)
        ]))
    },
  ]

  var attributeNames: [String] { ContextObject.methods.keys.sorted() + ["cpus", "platform", "sandbox", "slot", "tree_root"] }

  func attribute(named name: String) -> Value? {
    switch name {
    case "cpus": return Value(ArgumentObject(.cpus))
    case "slot": return Value(ArgumentObject(.slot))
    case "sandbox": return Value(ArgumentObject(.sandboxRoot))
    case "tree_root": return Value(ArgumentObject(tool: .treeRoot))
    case "platform": return Value(call.world.platform)
    default: break
    }
    guard let method = ContextObject.methods[name] else { return nil }
    return .builtin("ctx.\(name)") { [call] arguments in
      if call.isOver { throw EvaluationError("ctx.\(name): this `ctx` belongs to a function that has returned") }
      return try method(call, arguments)
    }
  }
}

// MARK: - Arguments of ctx's methods

private func target(_ bound: BoundArguments, _ name: String) throws -> TargetObject {
  guard let object = try bound.value(name).asHost as? TargetObject else { throw bound.wrongType(name, wanted: "a target") }
  return object
}

private func tool(_ bound: BoundArguments, _ name: String) throws -> ToolRequest {
  let value = try bound.value(name)
  if value.asHost is TreeObject { throw EvaluationError("\(bound.functionName): a tree is a folder: its programs are below `.path`") }
  guard let handle = value.asHost as? ToolHandle else { throw bound.wrongType(name, wanted: "a tool") }
  return handle.request
}

/// Targets, or the batch's files where `batch` says what they stand for.
private func inputs(_ value: Value, as make: ([Address]) -> SymbolicInput, batch: SymbolicInput?) throws -> [SymbolicInput] {
  if value.asHost is BatchFilesObject, let batch { return [batch] }
  if let object = value.asHost as? BatchObject { return [make(object.targets.map(\.address))] }
  if let object = value.asHost as? GroupObject { return [make(object.targets.map(\.address))] }
  if let object = value.asHost as? TargetObject { return [make([object.address])] }
  guard let elements = value.asList else { throw EvaluationError("expected targets, not \(value.typeName)") }
  let addresses = try elements.map { element -> Address in
    guard let object = element.asHost as? TargetObject else { throw EvaluationError("expected a target, not \(element.typeName)") }
    return object.address
  }
  return addresses.isEmpty ? [] : [make(addresses)]
}

/// Inputs in nested lists, as one list.
func flattened(_ value: Value, _ function: String) throws -> [SymbolicInput] {
  switch value.asHost {
  case let object as InputObject: return object.inputs
  case is BatchFilesObject: return [.batch]
  case let object as ActionObject: return [.output(object.index, name: nil)]
  default: break
  }
  guard let elements = value.asList else {
    throw EvaluationError("\(function): an input is a file set, an output or an action, not \(value.typeName)")
  }
  return try elements.flatMap { try flattened($0, function) }
}

private func configFiles(_ plan: PlanCall, _ call: borrowing Call) throws -> Value {
  let names = try (0..<call.positionalCount).map { index -> String in
    guard let name = call.positional(index).asString, !name.isEmpty, !name.contains("/") else {
      throw EvaluationError("ctx.config_files: takes file names")
    }
    return name
  }
  let targets = plan.role == .targets ? plan.targets.map { plan.world.graph.address(of: $0) } : []
  return Value(InputObject([.configuration(names, targets: targets)]))
}

/// A path in the sandbox: relative, without `.` and `..`.
private func sandboxPath(_ path: String, _ function: String) throws -> String {
  let parts = path.split(separator: "/", omittingEmptySubsequences: false)
  guard !path.isEmpty, !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }), !path.utf8.contains(0) else {
    throw EvaluationError("\(function): `\(path)` is no path inside the sandbox: relative, without `.` and `..`")
  }
  return path
}

// MARK: - ctx.action

private let actionSignature = Signature(
  "*", "argv", "inputs?", "outputs?", "env?", "env_passthrough?", "secret_env?", "cwd?", "stdin?", "timeout?", "cpus?", "memory?",
  "network?", "cache?", "label?", "in_workspace?", "optional_outputs?", "input_times?")

private func describeAction(_ plan: PlanCall, _ call: borrowing Call) throws -> Value {
  if plan.role == .shared { throw EvaluationError("ctx.action: a function for `ctx.shared` works out values; actions are each plan's own") }
  let bound = try call.bind(actionSignature)
  var action = ActionDescription()
  try describeCommand(bound, in: &action)
  if action.tools.contains(.treeRoot) { throw EvaluationError("ctx.action: `ctx.tree_root` has a meaning in `ctx.tree` only") }
  for (parameter, isOptional) in [("outputs", false), ("optional_outputs", true)] where bound.present(parameter) != nil {
    for (key, value) in try bound.dict(parameter) {
      guard let name = key.asString, let path = value.asString else {
        throw EvaluationError("ctx.action: `\(parameter)` is a dict from names to paths")
      }
      if action.outputs.contains(where: { $0.name == name }) { throw EvaluationError("ctx.action: two outputs are named `\(name)`") }
      let kind: DeclaredOutput.Kind = path.hasSuffix("/.") ? .contents : path.hasSuffix("/") ? .directory : .file
      let checked = try sandboxPath(String(path.dropLast(kind.ending.utf8.count)), "ctx.action")
      action.outputs.append(DeclaredOutput(name: name, path: checked, kind: kind, isOptional: isOptional))
    }
  }
  switch try bound.optionalString("input_times") ?? "fixed" {
  case "fixed": action.inputTimes = .fixed
  case "content": action.inputTimes = .content
  case let other: throw EvaluationError("ctx.action: `input_times` is \"fixed\" or \"content\", not \"\(other)\"")
  }
  try describeRest(bound, in: &action)
  action.cpus = max(1, try bound.optionalInt("cpus") ?? 1)
  action.memory = Int64(max(0, try bound.optionalInt("memory") ?? 0))
  action.isInWorkspace = try bound.optionalBool("in_workspace") ?? false
  switch try bound.optionalString("cache") ?? "results" {
  case "results": action.cache = .results
  case "run": action.cache = .run
  case "never": action.cache = .never
  case let other: throw EvaluationError("ctx.action: `cache` is \"results\", \"run\" or \"never\", not \"\(other)\"")
  }
  action.label = try bound.optionalString("label") ?? ""
  plan.actions.append(action)
  return Value(ActionObject(index: plan.actions.count - 1, outputs: action.outputs))
}

/// What `ctx.action` and `ctx.tree` have in common: argv, inputs and variables.
func describeCommand(_ bound: BoundArguments, in action: inout ActionDescription) throws {
  let function = bound.functionName
  action.argv = try bound.list("argv").map { try argument($0, &action.tools, "\(function): `argv`") }
  guard !action.argv.isEmpty else { throw EvaluationError("\(function): `argv` is empty") }
  if let inputs = bound.present("inputs") { action.inputs = try flattened(inputs, function) }
  if bound.present("env") != nil {
    for (key, value) in try bound.dict("env") {
      guard let name = key.asString, !name.isEmpty, !name.contains("="), !name.utf8.contains(0) else {
        throw EvaluationError("\(function): `env` is a dict from names to texts")
      }
      action.environment[name] = try argument(value, &action.tools, "\(function): `env`")
      guard action.environment[name] != .paths else { throw EvaluationError("\(function): `files.paths` stands in `argv` only") }
    }
  }
  action.passthrough = try bound.optionalStrings("env_passthrough") ?? []
  action.secrets = try bound.optionalStrings("secret_env") ?? []
}

/// What else they have in common: where it runs, what it reads, how long it may take.
func describeRest(_ bound: BoundArguments, in action: inout ActionDescription) throws {
  let function = bound.functionName
  if let folder = try bound.optionalString("cwd"), !folder.isEmpty { action.workingDirectory = try sandboxPath(folder, function) }
  action.standardInput = try bound.optionalString("stdin")
  if let timeout = bound.present("timeout") {
    guard let seconds = timeout.asFloat ?? timeout.asInt.map(Double.init), seconds > 0 else {
      throw EvaluationError("\(function): `timeout` is a number of seconds above 0")
    }
    action.timeout = seconds
  }
  action.network = try bound.optionalBool("network") ?? false
}

/// One element of argv, or a variable's value. `{chroot}` in a text is the sandbox's root, as Pants has it.
/// - Parameter place: for errors: "ctx.action: `argv`".
private func argument(_ value: Value, _ tools: inout [ToolRequest], _ place: String) throws -> Argument {
  if let text = value.asString {
    guard !text.utf8.contains(0) else { throw EvaluationError("\(place) holds a NUL byte") }
    return chrootReplaced(text)
  }
  if let number = value.asInt { return .text(String(number)) }
  guard let object = value.asHost as? ArgumentObject else {
    throw EvaluationError(
      "\(place) holds texts and what ctx gives (`ctx.tool(…)`, `tree.path`, `files.paths`), not \(value.typeName)")
  }
  if let tool = object.tool {
    if let index = tools.firstIndex(of: tool) { return .tool(index) }
    tools.append(tool)
    return .tool(tools.count - 1)
  }
  if case .joined = object.argument {
    var pieces: [Argument] = []
    for piece in object.pieces { pieces.append(try argument(piece, &tools, place)) }
    return .joined(pieces)
  }
  return object.argument
}

private func chrootReplaced(_ text: String) -> Argument {
  guard text.utf8.contains(UInt8(ascii: "{")) else { return .text(text) }
  var pieces: [Argument] = []
  var rest = text[...]
  while let range = rest.firstRange(of: "{chroot}") {
    if range.lowerBound > rest.startIndex { pieces.append(.text(String(rest[..<range.lowerBound]))) }
    pieces.append(.sandboxRoot)
    rest = rest[range.upperBound...]
  }
  if pieces.isEmpty { return .text(text) }
  if !rest.isEmpty { pieces.append(.text(String(rest))) }
  return .joined(pieces)
}
