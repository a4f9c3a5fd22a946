// What planning may look at: the graph, the options, the environment Baji was called in. Nothing else reaches a plugin.

package import Execution
internal import Fingerprints
package import Options
package import Snapshots
package import Store
package import Targets
internal import Diagnostics
internal import Starlark

/// The inputs of planning, fixed for a run.
package struct PlanWorld: Sendable {
  package let graph: Graph
  package let closures: Closures
  package let options: Options
  package let store: Store
  /// Of the process that called Baji.
  package let environment: [String: String]
  /// Names whose values must not reach a key.
  package let secretNames: Set<String>
  /// `linux-x86_64`.
  package let platform: String
  package let plugins: EnabledPlugins
  /// Finds programs of the machine; nil where there are none to be found.
  let programs: ProgramSearcher?
  /// Knows which commit is checked out; nil where nobody may ask.
  let revisions: Revisions?
  /// Tells people what a plan function found odd, once a run.
  let warn: @Sendable (String) -> Void
  let closureQueries: ClosureQueries

  package init(
    graph: Graph, closures: Closures, options: Options, store: Store, environment: [String: String], secretNames: Set<String>,
    platform: String, plugins: EnabledPlugins, programs: ProgramSearcher? = nil, revisions: Revisions? = nil,
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.graph = graph
    self.closures = closures
    self.options = options
    self.store = store
    self.environment = environment
    self.secretNames = secretNames
    self.platform = platform
    self.plugins = plugins
    self.programs = programs
    self.revisions = revisions
    self.warn = warn
    closureQueries = ClosureQueries(graph: graph, closures: closures, secret: store.secret)
  }

  /// A file of the workspace as an input at its own path. A link comes with what it points to; what leads back to itself comes once.
  package func inputFiles(_ id: PathID) throws -> [InputFile] {
    var followed: Set<PathID> = []
    return try inputFiles(id, &followed)
  }

  /// - Parameter followed: links that are laid out already with what they lead to.
  private func inputFiles(_ id: PathID, _ followed: inout Set<PathID>) throws -> [InputFile] {
    let snapshot = graph.snapshot
    let path = snapshot.path(of: id)
    let fingerprint = try snapshot.fingerprint(of: id)
    guard snapshot.kind(of: id) == .symbolicLink else {
      return [InputFile(path: path, isExecutable: snapshot.isExecutable(id), fingerprint: fingerprint, source: .workspace(path))]
    }
    guard followed.insert(id).inserted else { return [] }
    let (destination, passed, passesFolders) = try snapshot.follow(id)
    // Links to folders are folders here, so that the text would lead nowhere.
    if passesFolders, case .file(let target) = destination {
      return [
        InputFile(
          path: path, isExecutable: snapshot.isExecutable(target), fingerprint: try snapshot.fingerprint(of: target),
          source: .workspace(snapshot.path(of: target)))
      ]
    }
    let links = try ([id] + passed).map { link in
      InputFile(
        path: snapshot.path(of: link), isExecutable: false, fingerprint: try snapshot.fingerprint(of: link),
        source: .link(String(decoding: try snapshot.read(link).bytes, as: UTF8.self)))
    }
    switch destination {
    case .file(let target): return links + (try inputFiles(target, &followed))
    case .directory(let folder): return links + (try snapshot.files(under: folder).flatMap { try inputFiles($0, &followed) })
    case .unlisted(let target):
      throw UserError(
        "`\(path)` is a link to `\(target)`, which is ignored and so not part of the workspace",
        hint: "un-ignore it, or leave the link out of the target")
    }
  }

  /// The input files of several targets' own sources.
  package func sourceFiles(_ ids: [TargetID]) throws -> [InputFile] {
    try ids.flatMap { id in try graph.sources(of: id).flatMap { try inputFiles($0) } }
  }

  /// The input files of the closure of several targets, with what is laid out with them.
  func closureFiles(_ ids: [TargetID]) throws -> [InputFile] {
    try closures.files(of: closures.closure(of: ids)).ids.flatMap { try inputFiles($0) }
  }

  /// The ids of addresses, generators replaced by what they generate.
  func targets(_ addresses: [Address]) -> [TargetID] { graph.expandingGenerators(addresses.compactMap { graph.id(of: $0) }) }

  func fingerprint(ofClosure id: TargetID) -> Fingerprint { closures.deepFingerprint(of: id) }

  /// Stands for the closure of several targets.
  func fingerprint(ofClosure ids: [TargetID]) -> Fingerprint {
    if ids.count == 1 { return fingerprint(ofClosure: ids[0]) }
    return store.secret.fingerprint { writer in writer.write(ids) { writer, id in writer.write(closures.deepFingerprint(of: id)) } }
  }

  /// Paths that an input puts into a sandbox, as far as planning can know them: of commands, their declared outputs.
  func paths(of input: SymbolicInput) throws -> [String] {
    switch input {
    case .sources(let addresses), .closure(let addresses):
      var ids = targets(addresses)
      if case .closure = input { ids = graph.closure(of: ids) }
      var companions: Set<PathID> = []
      let paths = try ids.flatMap { id -> [String] in
        if plugins.generators.contains(where: { $0.targetTypes.contains(graph.typeName(of: id)) }) {
          return try Planner(self).describe(id, by: plugins.generators).actions.last?.knownOutputs ?? []
        }
        if case .closure = input { companions.formUnion(graph.companions(of: id)) }
        return graph.sources(of: id).map { graph.snapshot.path(of: $0) }
      }
      return paths + Set(companions.map { graph.snapshot.path(of: $0) }).subtracting(paths).sorted()
    case .packages(let addresses):
      return try targets(addresses).flatMap { id in
        try Planner(self).describe(id, by: plugins.packagers).actions.last?.knownOutputs ?? []
      }
    case .written(let path, _, _), .toolLink(_, let path): return [path]
    case .batch, .batchClosure, .configuration, .output, .reports: return []
    }
  }

  /// Configuration files of these names in the folder `directory` and all above it, nearest first.
  func configurationFiles(_ names: [String], in directory: DirectoryID) -> [PathID] {
    var found: [PathID] = []
    var folder: DirectoryID? = directory
    while let current = folder {
      for name in names { if let id = graph.snapshot.id(ofName: name, in: current) { found.append(id) } }
      folder = graph.snapshot.parent(ofDirectory: current)
    }
    return found
  }
}
