// A workspace in a temporary folder, loaded as a run would load it, with a few types such as plugins bring.

import Diagnostics
import Fingerprints
import ImportScanners
import Snapshots
import Store
import Targets
import TestSupport

struct Fixture {
  let folder: TemporaryDirectory
  let store: Store
  var options = LoadOptions()

  static let resource = TargetType("resource", fields: [Field("source", .source, isRequired: true), Field("dependencies", .dependencies)])
  static let script = TargetType(
    "script",
    fields: [
      Field("source", .source, isRequired: true, expectedExtensions: [".sh"]), Field("dependencies", .dependencies),
      Field("skip", .bool, defaultValue: .bool(false)), Field("level", .string(choices: ["low", "high"])),
      Field("timeout", .int(minimum: 1)), Field("env", .stringMap),
    ])
  static let registry = TypeRegistry(
    types: [
      resource, script,
      TargetType("resources", generating: resource, sources: [], sourcesAreRequired: true),
      TargetType("scripts", generating: script, sources: ["*.sh", "!*_test.sh"]),
      TargetType("group", fields: [Field("dependencies", .dependencies)]),
      TargetType("bundle", fields: [Field("packages", .addresses), Field("dependencies", .dependencies)]),
    ], functions: [BuildFunction("license", parameters: ["kind"])])
  static var rules: [InferenceRule] { ImportScanner.named("shell").map { [InferenceRule(types: ["script"], scanner: $0)] } ?? [] }

  /// - Parameter isRemembering: with a store on disk, in the same temporary folder as the workspace.
  init(_ files: [String: String], isRemembering: Bool = false) throws {
    folder = try TemporaryDirectory(named: "targets")
    try folder.write(Dictionary(uniqueKeysWithValues: files.map { ("ws/\($0)", $1) }))
    store = isRemembering ? Store.openOrDisabled(at: "\(folder.path)/store", report: { _ in }) : Store.disabled()
    options.unknownTargets = .error
  }

  func write(_ files: [String: String]) throws {
    try folder.write(Dictionary(uniqueKeysWithValues: files.map { ("ws/\($0)", $1) }))
  }

  func snapshot(_ store: Store) throws -> Snapshot { try Snapshot.take(root: "\(folder.path)/ws", secret: store.secret) }

  func load(with other: Store? = nil) throws -> Graph {
    let store = other ?? self.store
    return try Workspace.load(
      snapshot: try snapshot(store), store: store, registry: Fixture.registry, rules: LoadRules(inference: Fixture.rules), options: options)
  }

  /// The errors of a load, one line each; empty where there are none.
  func errors() -> [String] {
    do {
      let graph = try load()
      return lines(graph.findings(of: graph.ids))
    } catch let error as UserError {
      return lines(error.diagnostics)
    } catch { return ["\(error)"] }
  }

  private func lines(_ diagnostics: [Diagnostic]) -> [String] {
    diagnostics.map { diagnostic in
      let place = diagnostic.location.map { "\($0.file):\($0.position.line):\($0.position.column): " } ?? ""
      return place + diagnostic.message + (diagnostic.hint.map { " – \($0)" } ?? "")
    }
  }
}

extension Graph {
  /// The id of a printed address; -1 where there is none.
  func id(_ text: String) -> TargetID { ids.first { address(of: $0).description == text } ?? -1 }

  func printed(_ ids: some Sequence<TargetID>) -> [String] { ids.map { address(of: $0).description } }

  /// Everything a graph says, as lines: two graphs are the same if these are.
  func described() -> [String] {
    ids.map { id in
      let fields = fields(of: id).map { "\($0.name)=\($0.value)" }.joined(separator: " ")
      let sources = sources(of: id).map { snapshot.path(of: $0) }
      let excludes = printed(transitiveExcludes(of: id))
      return "\(address(of: id)) \(typeName(of: id)) \(isOpaque(id)) \(generator(of: id).map { address(of: $0).description } ?? "-") "
        + "\(fields) \(sources) \(printed(rawDependencies(of: id))) !!\(excludes) \(tags(of: id))"
    } + warnings.map(\.message) + unknownTypes.map { "\($0.name) \($0.count)" }
  }
}
