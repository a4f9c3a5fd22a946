// What changed files change: the targets they touch or, where contents of both times are known, those that what changed in them concerns.

internal import Diagnostics
internal import Git
internal import Options
internal import Plugins
internal import Snapshots
internal import Synchronization
internal import Targets

/// A tool whose verdict a goal asks for, and the types of targets that it judges.
package struct JudgingTool: Sendable {
  let name: String
  let types: [String]

  init(_ name: String, _ types: [String]) {
    self.name = name
    self.types = types
  }
}

/// Contents that changed files had at the base, asked of git when somebody wants one, each once.
final class Earlier: Sendable {
  private let repository: Repository
  private let commit: String
  private let kinds: [String: Change.Kind]
  private let known = Mutex<[String: EarlierContents.Content]>([:])
  private let failure = Mutex(false)

  init(_ source: (repository: Repository, commit: String), _ changes: [Change]) {
    (repository, commit) = source
    kinds = Dictionary(changes.map { ($0.path, $0.kind) }, uniquingKeysWith: { first, _ in first })
  }

  /// Whether a content could not be had, as in a clone without it: what was made of the others is worth nothing.
  var hasFailed: Bool { failure.withLock { $0 } }

  /// nil for a file that has not changed.
  func content(of path: String) -> EarlierContents.Content? {
    guard let kind = kinds[path] else { return nil }
    if kind == .added { return .absent }
    return known.withLock { known in
      if let content = known[path] { return content }
      let bytes = (try? repository.content(of: path, at: commit)) ?? nil
      if bytes == nil { failure.withLock { $0 = true } }
      let content = bytes.map { EarlierContents.Content.bytes($0) } ?? .absent
      known[path] = content
      return content
    }
  }
}

struct ChangeEffects {
  private let session: Session
  private let graph: Graph
  private let changes: [Change]
  /// nil where a changed file counts whatever changed in it.
  private let earlier: Earlier?

  init(_ session: Session, _ graph: Graph, _ changes: [Change], _ earlier: Earlier?) {
    self.session = session
    self.graph = graph
    self.changes = changes
    self.earlier = earlier
  }

  private var paths: [String] { changes.map(\.path) }

  /// The targets that have changed, and those that rest on changed files of nobody's.
  func targets() throws -> ChangedTargets {
    var changed = try byDeclaration() ?? graph.touched(by: paths)
    try addReaders(to: &changed)
    return changed
  }

  /// Owners of changed files and what is declared otherwise than before; nil where that cannot be told.
  private func byDeclaration() throws -> ChangedTargets? {
    guard let earlier else { return nil }
    let declared = Workspace.declarationChanges(
      since: EarlierContents { earlier.content(of: $0) }, in: graph, store: session.store, rules: try session.loadRules(),
      options: session.loadOptions)
    guard let declared, !earlier.hasFailed else { return nil }
    var changed = graph.touched(by: paths, byDeclaration: false)
    changed.owners.formUnion(declared)
    // A BUILD file that is gone declares nothing to compare with; its folder, and with defaults all below, may have been another.
    let patterns = try GlobSet(session.loadOptions.buildPatterns)
    for change in changes where change.kind == .deleted {
      let name = change.path.split(separator: "/").last.map(String.init) ?? ""
      guard patterns.matches(name) else { continue }
      let folder = String(change.path.dropLast(name.count + (name.count < change.path.count ? 1 : 0)))
      let bytes = earlier.content(of: change.path)?.bytes ?? []
      let hadDefaults = String(decoding: bytes, as: UTF8.self).contains("__defaults__")
      for id in graph.ids where !graph.isGenerator(id) {
        let own = graph.directory(of: id)
        if own == folder || hadDefaults && (folder.isEmpty || own.hasPrefix(folder + "/")) { changed.owners.insert(id) }
      }
    }
    return changed
  }

  // MARK: Files that targets rest on

  private func addReaders(to changed: inout ChangedTargets) throws {
    let paths = Set(paths)
    for declaration in session.plugins.readings {
      var readers: [String: [TargetID]] = [:]
      for id in graph.ids where declaration.types.contains(graph.typeName(of: id)) {
        guard let target = graph.loadedTarget(id) else { continue }
        for path in try ask({ try declaration.files.filesRead(by: target, graph.snapshot, session.options) }) where paths.contains(path) {
          readers[path, default: []].append(id)
        }
      }
      for (path, ids) in readers {
        if earlier == nil {
          changed.readers.formUnion(ids)
        } else {
          changed.owners.formUnion(concerned(ids, by: path, declaration) ?? ids)
        }
      }
    }
  }

  /// Those of some targets for which a file says something else than before; nil where that cannot be told.
  private func concerned(_ ids: [TargetID], by path: String, _ declaration: ReadingDeclaration) -> [TargetID]? {
    guard let parts = declaration.parts, let before = earlier?.content(of: path)?.bytes, let file = graph.snapshot.id(ofPath: path),
      let now = try? graph.snapshot.read(file).bytes
    else { return nil }
    let targets = ids.compactMap { graph.loadedTarget($0) }
    // A text that cannot be read now is told by whoever needs it.
    guard targets.count == ids.count,
      let old = try? parts.parts(of: String(decoding: before, as: UTF8.self), path, concerning: targets, session.options),
      let new = try? parts.parts(of: String(decoding: now, as: UTF8.self), path, concerning: targets, session.options)
    else { return nil }
    return zip(ids, zip(old, new)).filter { $0.1.0 != $0.1.1 }.map(\.0)
  }

  // MARK: Tools' configuration

  /// What tools judge whose configuration has changed.
  func judged(by tools: [JudgingTool]) throws -> Set<TargetID> {
    var selected: Set<TargetID> = []
    for declaration in session.plugins.configurations {
      let types = Set(tools.filter { declaration.tools.contains($0.name) }.flatMap(\.types))
      if types.isEmpty { continue }
      var files = Set(declaration.names)
      if let function = declaration.function {
        files.formUnion(try ask { try function.configurationFiles(graph.snapshot, session.options) })
      }
      for folder in paths.compactMap({ folder(configuredBy: $0, files) }) {
        for id in graph.ids where types.contains(graph.typeName(of: id)) {
          guard let source = graph.sources(of: id).first else { continue }
          if folder.isEmpty || graph.snapshot.path(of: source).hasPrefix(folder + "/") { selected.insert(id) }
        }
      }
    }
    return selected
  }

  /// The folder whose files a changed file configures; empty for the root, nil for none.
  private func folder(configuredBy path: String, _ files: Set<String>) -> String? {
    if files.contains("//\(path)") { return "" }
    let parts = path.split(separator: "/")
    guard let name = parts.last, files.contains(String(name)) else { return nil }
    return parts.dropLast().joined(separator: "/")
  }

  private func ask<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as Diagnostic { throw UserError([error]) }
  }
}
