// A tree as a plugin described it, `ctx.tree(…)`, and the place where descriptions are kept for plans that name them.

internal import Execution
package import Fingerprints
internal import Starlark
internal import Store
internal import Targets

/// A folder that an action fills once for all who use it. Known by its fingerprint: many plans share one.
package final class TreeDescription: Sendable, Hashable {
  package struct Hint: Sendable, Hashable {
    /// Looked for in what the installer printed.
    package let pattern: String
    package let text: String
  }

  /// For people: `black 23.3.0`.
  package let name: String
  package let action: ActionDescription
  package let hints: [Hint]
  package let fingerprint: Fingerprint

  init(name: String, action: ActionDescription, hints: [Hint], secret: Secret) {
    self.name = name
    self.action = action
    self.hints = hints
    fingerprint = secret.fingerprint(of: TreeDescription.bytes(name, action, hints))
  }

  package static func == (a: TreeDescription, b: TreeDescription) -> Bool { a.fingerprint == b.fingerprint }

  package func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }

  /// The trees that it uses in its turn are in it by their fingerprints.
  var bytes: [UInt8] { TreeDescription.bytes(name, action, hints) }

  private static func bytes(_ name: String, _ action: ActionDescription, _ hints: [Hint]) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(name)
    writer.write(action)
    writer.write(hints) { writer, hint in
      writer.write(hint.pattern)
      writer.write(hint.text)
    }
    return writer.bytes
  }
}

extension ActionDescription {
  /// The trees it uses itself.
  var trees: [TreeDescription] {
    let requests = tools + inputs.compactMap { if case .toolLink(let request, _) = $0 { request } else { nil } }
    return requests.compactMap { if case .tree(let tree) = $0 { tree } else { nil } }
  }
}

/// Descriptions of trees by fingerprint, in the store: plans that are kept name them.
final class TreeLibrary {
  private let store: Store
  private var known: [Fingerprint: TreeDescription] = [:]
  private var new: Set<Fingerprint> = []

  init(_ store: Store) { self.store = store }

  /// - Throws: where it is no longer kept; the plan that names it is then of no use.
  func tree(_ fingerprint: Fingerprint) throws(MalformedBytes) -> TreeDescription {
    if let tree = known[fingerprint] { return tree }
    guard let bytes = store.get(.memo, key: key(fingerprint)) else { throw MalformedBytes() }
    var reader = ByteReader(bytes)
    let name = try reader.readString()
    let action = try reader.readActionDescription(self)
    let hints = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      TreeDescription.Hint(pattern: try reader.readString(), text: try reader.readString())
    }
    let tree = TreeDescription(name: name, action: action, hints: hints, secret: store.secret)
    guard reader.isAtEnd, tree.fingerprint == fingerprint else { throw MalformedBytes() }
    known[fingerprint] = tree
    return tree
  }

  /// Remembers the trees that a plan to be kept uses.
  func keep(_ action: ActionDescription) {
    for tree in action.trees where known[tree.fingerprint] == nil {
      known[tree.fingerprint] = tree
      new.insert(tree.fingerprint)
      keep(tree.action)
    }
  }

  /// What is to be written for those that came since the last call.
  func newEntries() -> [Store.Entry] {
    defer { new = [] }
    return new.compactMap { known[$0] }.map { Store.Entry(.memo, key($0.fingerprint), $0.bytes) }
  }

  private func key(_ fingerprint: Fingerprint) -> Fingerprint {
    Memo.key("tree", in: store) { $0.write(fingerprint) }
  }
}

/// What `ctx.tree(…)` returns.
final class TreeObject: HostValue {
  let description: TreeDescription

  init(_ description: TreeDescription) { self.description = description }

  var typeName: String { "tree" }
  var repr: String { "<tree \(description.name)>" }
  func isEqual(to other: any HostValue) -> Bool { (other as? TreeObject)?.description == description }
  var hash: Int? { description.hashValue }
  var attributeNames: [String] { ["name", "path"] }

  func attribute(named name: String) -> Value? {
    switch name {
    case "name": Value(description.name)
    case "path": Value(ArgumentObject(tool: .tree(description)))
    default: nil
    }
  }
}

private let treeSignature = Signature(
  "*", "name", "argv", "inputs?", "env?", "env_passthrough?", "secret_env?", "cwd?", "stdin?", "timeout?", "network?", "hints?")

/// `ctx.tree(…)`.
func describeTree(_ plan: PlanCall, _ call: borrowing Call) throws -> Value {
  let bound = try call.bind(treeSignature)
  let name = try bound.string("name")
  guard !name.isEmpty, !name.utf8.contains(where: { $0 < 32 }) else {
    throw EvaluationError("ctx.tree: `name` is a word or two for people")
  }
  var action = ActionDescription()
  try describeCommand(bound, in: &action)
  try describeRest(bound, in: &action)
  guard action.tools.contains(.treeRoot) else {
    throw EvaluationError("ctx.tree: neither `argv` nor `env` holds `ctx.tree_root`, the folder to fill")
  }
  guard !action.argv.contains(.paths) else { throw EvaluationError("ctx.tree: a tree knows nothing of a batch's files") }
  for input in action.inputs {
    switch input {
    case .batch, .batchClosure: throw EvaluationError("ctx.tree: a tree knows nothing of a batch's files")
    case .output, .packages, .reports: throw EvaluationError("ctx.tree: the outputs of actions cannot be `inputs` of a tree")
    case .configuration, .sources, .closure, .written, .toolLink: break
    }
  }
  var hints: [TreeDescription.Hint] = []
  for hint in bound.present("hints") == nil ? [] : try bound.list("hints") {
    guard let pair = hint.asList, pair.count == 2, let pattern = pair[0].asString, let text = pair[1].asString else {
      throw EvaluationError("ctx.tree: `hints` is a list of pairs: a pattern and what to say where it matches the output")
    }
    _ = try compiledPattern(pattern)
    hints.append(TreeDescription.Hint(pattern: pattern, text: text))
  }
  return Value(TreeObject(TreeDescription(name: name, action: action, hints: hints, secret: plan.world.store.secret)))
}

/// The name of a named cache: a file name.
func cacheName(_ call: borrowing Call) throws -> String {
  let name = try call.bind(Signature("name")).string("name")
  guard !name.isEmpty, name.utf8.count <= 200, !name.hasPrefix("."),
    name.utf8.allSatisfy({ $0 > 32 && $0 != UInt8(ascii: "/") && $0 < 127 })
  else { throw EvaluationError("\(call.functionName): `\(name)` is no file name") }
  return name
}
