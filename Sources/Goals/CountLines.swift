// `count-loc`: scc over the selected files, in a sandbox that holds nothing else.

internal import Diagnostics
internal import Events
internal import Execution
internal import Fingerprints
internal import Options
internal import Plugins
internal import Scheduling
internal import Snapshots
internal import Targets

func countLines(_ session: Session) throws -> Int32 {
  let graph = try session.graph()
  let snapshot = graph.snapshot
  let files = try session.selectedFiles(in: graph).filter { snapshot.kind(of: $0) == .regular }
  if files.isEmpty {
    session.report(.note("no file was named: nothing to count"))
    return 0
  }
  let program = SystemProgram(
    name: "scc", version: "", install: "see https://github.com/boyter/scc", searchPath: [])
  let set = FileSet(files)
  let arguments = session.options.strings("scc", "args") + (session.command.passthrough ?? [])
  let label = "scc over \(files.count) file\(files.count == 1 ? "" : "s")"
  var action = Action(subject: "count-loc", label: label, argv: [.tool(0)] + arguments.map { .text($0) })
  action.tools = [try session.program(program)]
  action.inputs = [
    .set(
      InputSet(name: "the selected files", fingerprint: try snapshot.fingerprint(of: set)) {
        try set.ids.map { id in
          InputFile(
            path: snapshot.path(of: id), isExecutable: snapshot.isExecutable(id), fingerprint: try snapshot.fingerprint(of: id),
            source: .workspace(snapshot.path(of: id)))
        }
      })
  ]
  var plan = Plan()
  plan.append(action)
  let outcomes = session.scheduler.run(plan)
  guard let outcome = outcomes.first, outcome.isSuccess, let result = outcome.result else {
    session.report(.results(outcomes.map { session.line(label, $0, showsOutput: true) }))
    return outcomes.exitCode
  }
  session.report(.output(action: 0, bytes: Array(session.text(of: result.standardOutput).utf8)))
  return 0
}

extension Session {
  /// The files that the command is about: those of the selected targets, and those that specs of paths name, owned or not; without
  /// what an exclusion names, and without those of targets that a filter leaves out.
  func selectedFiles(in graph: Graph) throws -> [PathID] {
    let specs: Specs
    do throws(SpecErrors) { specs = try Specs(parsing: command.specs) } catch { throw error.userError }
    func own(_ ids: [TargetID]) -> Set<PathID> { Set(graph.expandingGenerators(ids).flatMap { graph.sources(of: $0) }) }
    toleratesUnowned = true
    defer { toleratesUnowned = false }
    let selected = try selected(withImports: false)
    var files = own(selected)
    if command.specs.isEmpty { return files.sorted() }
    let named = Set(specs.includes.flatMap { graph.files(named: $0.spec) })
    let excluded = Set(specs.excludes.flatMap { graph.files(named: $0.spec) })
    // A target that was named and is not selected was left out by a filter or an exclusion: so are its files.
    files.formUnion(named)
    let unfiltered = (try? graph.select(specs) { _ in true }) ?? selected
    files.subtract(own(Array(Set(unfiltered).subtracting(selected))).subtracting(own(selected)))
    return files.subtracting(excluded).sorted()
  }
}

extension Graph {
  /// The files that a spec names as paths; of an address none.
  fileprivate func files(named spec: Spec) -> [PathID] {
    switch spec {
    case .address: return []
    case .path(let path):
      if let directory = snapshot.directoryID(ofPath: path) { return Array(snapshot.files(in: directory)) }
      return snapshot.id(ofPath: path).map { [$0] } ?? []
    case .directory(let path): return snapshot.directoryID(ofPath: path).map { Array(snapshot.files(in: $0)) } ?? []
    case .subtree(let path): return snapshot.directoryID(ofPath: path).map { Array(snapshot.files(under: $0)) } ?? []
    case .glob(let pattern): return (try? GlobSet([pattern])).map { snapshot.match($0, in: 0).files } ?? []
    }
  }
}
