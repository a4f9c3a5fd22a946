// What the targets of one plugin provide: its index of modules, and how paths become names in it.

internal import Diagnostics
internal import Fingerprints
internal import Snapshots

/// The modules of one space.
struct ModuleSpace: Sendable {
  /// Of the first rule that matches imports with this space's modules.
  let settings: ModuleSettings
  private(set) var index = ModuleIndex()
  /// Types whose modules are told by paths: the workspace's own.
  private(set) var ownTypes: Set<String> = []
  private var pathNames: [PathNames] = []
  private(set) var warnings: [Diagnostic] = []
  /// What would provide modules of a partition, and cannot be read.
  private(set) var unread: [(partition: String, mistakes: [Diagnostic])] = []
  /// The same, of targets that say themselves what they provide.
  private(set) var findings: [TargetFinding] = []

  init(_ name: String, _ rules: [InferenceRule]) {
    settings =
      rules.lazy.compactMap { rule in
        if case .modules(name, let settings) = rule.resolving { settings } else { nil }
      }.first ?? ModuleSettings()
  }

  /// Adds what targets provide, asking functions.
  mutating func add(
    _ provision: ModuleProvision, _ ground: ImportResolution.Ground, _ asked: inout Set<Question>
  ) {
    let types = Set(provision.types)
    if case .fromPath(let names) = provision.names {
      ownTypes.formUnion(types)
      pathNames.append(names)
    }
    var rootless: [String] = []
    for (index, draft) in ground.drafts.enumerated() where types.contains(draft.typeName) && !draft.isGenerator && draft.type != nil {
      let id = TargetID(index)
      let partition = settings.partition(of: draft)
      switch provision.names {
      case .fromPath(let names):
        for file in draft.sources {
          let path = ground.snapshot.path(of: file)
          guard let root = ground.sourceRoot(of: ground.snapshot.directory(of: file)) else {
            rootless.append(path)
            continue
          }
          if let module = names.module(at: stripped(path, root)) {
            self.index.add(module.name, isStub: module.isStub, by: id, isFirstParty: true, in: partition)
          }
        }
      case .listed(_, let function):
        let questions = LoadQuestions(ground.snapshot)
        do {
          let listed = try function(ground.loaded(draft), questions)
          for module in Set(listed.modules) { self.index.add(module, isStub: false, by: id, isFirstParty: false, in: partition) }
          for module in Set(listed.stubs) { self.index.add(module, isStub: true, by: id, isFirstParty: false, in: partition) }
        } catch {
          let told = mistakes(of: error, of: draft.address, at: draft.place, isListed: true) { _ in [] }
          unread.append((partition, told))
          findings += told.map { TargetFinding(target: id, subject: .lists, diagnostic: $0) }
        }
        asked.formUnion(questions.asked)
      }
    }
    if let first = rootless.min(by: precedes) {
      let more = rootless.count > 1 ? " and \(rootless.count - 1) more" : ""
      warnings.append(
        Diagnostic(
          .warning, "no source root holds `\(first)`\(more), so that nobody can import it",
          hint: "add a pattern to `[source].root_patterns` (`/` is the workspace's root)"))
    }
  }

  mutating func note(_ list: UnreadList) { unread.append((settings.partition(of: list.product), list.mistakes)) }

  /// The module that a file is; nil where it is none, or in no source root.
  func module(at file: PathID, _ ground: ImportResolution.Ground) -> String? {
    guard let root = ground.sourceRoot(of: ground.snapshot.directory(of: file)) else { return nil }
    let path = stripped(ground.snapshot.path(of: file), root)
    return pathNames.lazy.compactMap { $0.module(at: path)?.name }.first
  }

  /// The parts of a file's folder below its source root: what relative imports begin at.
  func folder(of file: PathID, _ ground: ImportResolution.Ground) -> [Substring] {
    let directory = ground.snapshot.directory(of: file)
    let path = ground.snapshot.path(ofDirectory: directory)
    return stripped(path, ground.sourceRoot(of: directory) ?? "").split(separator: "/")
  }

  private func stripped(_ path: String, _ root: String) -> String {
    root.isEmpty ? path : String(path.utf8.dropFirst(min(path.utf8.count, root.utf8.count + 1))) ?? path
  }
}

extension ModuleSettings {
  /// Whether nothing is wrong where nobody provides a module.
  func allowsUnowned(_ module: String) -> Bool {
    let first = module.firstIndex(of: ".").map { String(module[..<$0]) } ?? module
    return known.contains(first) || ignored.contains { module == $0 || module.hasPrefix($0 + ".") }
  }
}
