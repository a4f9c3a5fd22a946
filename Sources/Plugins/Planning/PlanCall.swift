// One call of a plan function: what it was asked about, and what it has described so far.

internal import Diagnostics
internal import Execution
internal import Options
internal import Snapshots
internal import Starlark
internal import Store
internal import Targets

/// The state behind `ctx` while one plan function runs.
final class PlanCall {
  let world: PlanWorld
  enum Role {
    /// Plans something about `targets`.
    case targets
    /// Plans a tool over the files of `targets`, in batches that nobody knows yet.
    case files
    /// Works out a value that many plans share, and describes nothing.
    case shared
  }

  /// What is planned, sorted; none for a shared function.
  let targets: [TargetID]
  let role: Role
  private lazy var places = Dictionary(targets.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
  var actions: [ActionDescription] = []
  /// What was asked, so that the plan depends on it.
  var trace = PlanTrace()
  let sharedResults: SharedResults
  /// Whether the function has returned: nothing more may be asked in its name.
  var isOver = false

  init(world: PlanWorld, targets: [TargetID], role: Role = .targets, shared: SharedResults) {
    self.world = world
    self.targets = targets
    self.role = role
    sharedResults = shared
  }

  /// How a trace names the targets that a question is about.
  func roots(_ ids: [TargetID]) -> PlanTrace.Query.Roots {
    if ids == targets { return .planned }
    let known = ids.compactMap { places[$0] }
    return known.count == ids.count ? .some(known) : .listed(ids.map { world.graph.address(of: $0) })
  }

  // MARK: - Options

  /// `ctx.options(opts)`: the values of a subsystem. Each option is recorded when it is read.
  func options(_ handle: SubsystemHandle) -> Value { Value(OptionsObject(handle, self)) }

  func read(option name: String, of scope: String) -> OptionValue {
    trace.options[PlanTrace.Setting(scope: scope, name: name)] = world.options.canonicalText(scope, name)
    return world.options.value(scope, name)
  }

  // MARK: - Targets

  /// `ctx.targets(target, "field")`: the targets that the addresses in a field name.
  func targets(in field: String, of target: TargetObject) -> [TargetObject] {
    let reference = PlanTrace.Reference(target: target.address, field: field)
    let found = world.targets(in: field, of: target.id)
    // A field that names nothing is known by the target itself.
    if !world.graph.field(field, of: target.id).strings.isEmpty { trace.references[reference] = world.answer(to: reference, target.id) }
    return found.map { TargetObject($0, world.graph) }
  }

  // MARK: - Files

  func read(_ path: String) throws -> String {
    guard let id = world.graph.snapshot.id(ofPath: path) else { throw EvaluationError("ctx.read: the workspace has no file `\(path)`") }
    do {
      let (bytes, fingerprint) = try world.graph.snapshot.read(id)
      trace.files[path] = fingerprint
      return String(decoding: bytes, as: UTF8.self)
    } catch {
      throw EvaluationError("ctx.read: \(error)")
    }
  }

  /// Names of the topmost files and folders that the inputs put into a sandbox, sorted.
  func topLevel(_ inputs: [SymbolicInput]) throws -> [String] {
    trace.isComplete = false  // the files of whole closures: cheaper to list than to remember
    var names: Set<String> = []
    for input in inputs {
      for path in try world.paths(of: input) { names.insert(path.split(separator: "/").first.map(String.init) ?? path) }
    }
    return names.sorted()
  }

  /// `ctx.output_path(target, suffix)`: where `package` puts what it builds, under `dist/`, as Pants lays it out.
  func outputPath(_ target: TargetObject, suffix: String) throws -> String {
    let address = target.address
    let folder = String(address.directory.map { $0 == "/" ? "." : $0 })
    var name = address.name
    if case .named(let generated) = address.generated { name = generated }
    if !address.parameters.isEmpty { name += "@" + address.parameters.map { "\($0.key)=\($0.value)" }.joined(separator: ",") }
    name = String(name.map { $0 == "." ? "_" : $0 })
    let given = world.graph.field("output_path", of: target.id).string
    var path = given ?? "${spec_path_normalized}/${target_name_normalized}${file_suffix}"
    for (placeholder, text) in [
      ("${spec_path_normalized}", folder), ("${target_name_normalized}", name), ("${file_suffix}", suffix),
    ] {
      path = replacing(placeholder, with: text, in: path)
    }
    let parts = path.split(separator: "/")
    guard !parts.isEmpty, !parts.contains(".."), !path.hasPrefix("/") || given == nil else {
      throw EvaluationError("\(address): `output_path` must lie under `dist/`, not `\(path)`")
    }
    return parts.joined(separator: "/")
  }

  // MARK: - Environment

  /// `NAME=value` as it is, `NAME` with the value it has where Baji was called; unset names are left out.
  func environment(_ items: [String]) throws -> [(String, Value)] {
    try items.compactMap { item in
      if let equals = item.firstIndex(of: "=") { return (String(item[..<equals]), Value(String(item[item.index(after: equals)...]))) }
      if world.secretNames.contains(item) {
        throw EvaluationError("the environment variable `\(item)` is declared secret: it cannot be part of a key")
      }
      trace.environment.updateValue(world.environment[item], forKey: item)
      return world.environment[item].map { (item, Value($0)) }
    }
  }
}

private func replacing(_ needle: String, with text: String, in whole: String) -> String {
  var result = ""
  var rest = whole[...]
  while let range = rest.firstRange(of: needle) {
    result += rest[..<range.lowerBound] + text
    rest = rest[range.upperBound...]
  }
  return result + rest
}

/// What `ctx.options(opts)` returns.
private final class OptionsObject: HostValue {
  private let handle: SubsystemHandle
  private let call: PlanCall

  init(_ handle: SubsystemHandle, _ call: PlanCall) {
    self.handle = handle
    self.call = call
  }

  var typeName: String { "options" }
  var attributeNames: [String] { handle.scope.options.map(\.name) }

  func attribute(named name: String) -> Value? {
    guard handle.scope.options.contains(where: { $0.name == name }) else { return nil }
    return starlarkValue(call.read(option: name, of: handle.scope.name))
  }
}
