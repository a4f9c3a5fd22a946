// What publishers say: where a target's packages go, what is there already, and how a file gets there.

internal import Diagnostics
package import Execution
internal import Starlark
package import Targets

/// Where the packages of one target go.
package struct PublishOffer: Sendable {
  /// What people know the package as, before it is built.
  package let name: String
  /// As the target has them: addresses, or names that the publisher's own configuration knows.
  package let places: [String]
  /// Why it goes nowhere: `(by …)`.
  package let skipped: String?
}

/// A file that `package` built, as publishers see it.
package struct PublishedFile: Sendable {
  /// Under the dist folder, and in the sandbox of whoever uploads it.
  package let path: String
  /// 64 lower-case hexadecimal digits.
  package let sha256: String
  /// In bytes.
  package let size: Int
  /// Where its signature lies in the sandbox; nil for none that goes along.
  package let signature: String?

  package init(path: String, sha256: String, size: Int, signature: String? = nil) {
    self.path = path
    self.sha256 = sha256
    self.size = size
    self.signature = signature
  }

  /// Without its folder.
  package var name: String { path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path }

  fileprivate var value: Value {
    Value(struct: [
      ("name", Value(name)), ("path", Value(path)), ("sha256", Value(sha256)), ("size", Value(size)),
      ("signature", signature.map { Value($0) } ?? Value.none),
    ])
  }
}

extension Planner {
  /// The publishers that take a target, each with what it offers.
  package func publishers(of id: TargetID) throws -> [(publisher: PublisherDeclaration, offer: PublishOffer)] {
    let type = world.graph.typeName(of: id)
    return try world.plugins.publishers.filter { $0.targetTypes.contains(type) }.map { ($0, try offer(of: $0, id)) }
  }

  private func offer(of publisher: PublisherDeclaration, _ id: TargetID) throws -> PublishOffer {
    let value = try answer(of: publisher.places, id, publisher.name)
    let entries = Dictionary(
      (value.asDictEntries ?? []).compactMap { key, value in key.asString.map { ($0, value) } }, uniquingKeysWith: { $1 })
    guard let name = entries["name"]?.asString, let places = entries["places"]?.asStrings else {
      throw UserError([
        Diagnostic(
          .error,
          "`places` of the plugin's `\(publisher.name)` returns a dict with \"name\", \"places\" and perhaps \"skipped\", not \(repr(value))",
          at: publisher.places.location)
      ])
    }
    return PublishOffer(name: name, places: places, skipped: entries["skipped"]?.asString)
  }

  /// The targets whose packages a publisher wants published before those of `id`.
  package func needs(of publisher: PublisherDeclaration, _ id: TargetID) throws -> [TargetID] {
    guard let function = publisher.needs else { return [] }
    let value = try answer(of: function, id, publisher.name)
    let targets = (value.asList ?? []).compactMap { ($0.asHost as? TargetObject)?.id }
    guard let list = value.asList, targets.count == list.count else {
      throw UserError([
        Diagnostic(
          .error, "`needs` of the plugin's `\(publisher.name)` returns a list of targets, not \(repr(value))", at: function.location)
      ])
    }
    return targets
  }

  private func answer(of function: PluginFunction, _ id: TargetID, _ name: String) throws -> Value {
    try invoke(
      function, PlanCall(world: world, targets: [id], role: .targets, shared: sharedResults), [Value(TargetObject(id, world.graph))],
      what: "\(name) of `\(world.graph.address(of: id))`")
  }

  /// The action that prints what a place has of these files, as JSON; nil where the publisher cannot tell. What it needs becomes part of the plan.
  package func look(_ publisher: PublisherDeclaration, _ id: TargetID, place: String, _ files: [PublishedFile]) throws -> Action? {
    guard let function = publisher.look else { return nil }
    return try action(function, publisher, id, [Value(place), Value(tuple: files.map(\.value))], goal: "look")
  }

  /// The action that uploads one file. What it needs becomes part of the plan.
  package func upload(_ publisher: PublisherDeclaration, _ id: TargetID, place: String, _ file: PublishedFile) throws -> Action {
    try action(publisher.run, publisher, id, [Value(place), file.value], goal: "publish")
  }

  private func action(
    _ function: PluginFunction, _ publisher: PublisherDeclaration, _ id: TargetID, _ arguments: [Value], goal: String
  ) throws -> Action {
    let description = try remembered(nil, [id], by: function, publisher.name, shownAddress(of: [id])) { [world] _ in
      [Value(TargetObject(id, world.graph))] + arguments
    }
    var action = try loose(description, goal: goal, targets: [id])
    // What a place has, and what becomes of an upload, is never what it was.
    action.cache = .never
    action.network = true
    return action
  }
}
