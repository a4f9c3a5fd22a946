// What the targets of one plugin provide: its index of modules, and how paths become names in it.

internal import Diagnostics
internal import Fingerprints
internal import Host
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
    let providers = ground.index.ids(ofTypes: types).filter { !ground.index[$0].isGenerator && !ground.index[$0].isOpaque }
    switch provision.names {
    case .fromPath(let names): addFiles(of: providers, names, ground)
    case .listed(_, let function):
      for id in providers { addListed(by: id, function, ground, &asked) }
    }
  }

  /// Adds what files are, told by their paths on all cores.
  private mutating func addFiles(of providers: [TargetID], _ names: PathNames, _ ground: ImportResolution.Ground) {
    enum Found: Sendable { case module(String, isStub: Bool, TargetID), rootless(String) }
    let chunk = 1024
    let found = Workers.mapChunks(of: providers.count, chunk: chunk, minimum: 2 * chunk) { range in
      var here: [Found] = []
      for id in providers[range] {
        for file in ground.index[id].sources {
          let path = ground.snapshot.path(of: file)
          guard let root = ground.sourceRoot(of: ground.snapshot.directory(of: file)) else {
            here.append(.rootless(path))
            continue
          }
          guard let module = names.module(at: Self.stripped(path, root)) else { continue }
          here.append(.module(module.name, isStub: module.isStub, id))
        }
      }
      return here
    }
    var rootless: [String] = []
    var partition: (name: String, number: Int)?
    for item in found.joined() {
      switch item {
      case .rootless(let path): rootless.append(path)
      case .module(let name, let isStub, let id):
        let own = settings.partition(of: ground.index[id])
        if partition?.name != own { partition = (own, index.number(adding: own, capacity: providers.count)) }
        if let partition { index.add(name, isStub: isStub, by: id, isFirstParty: true, in: partition.number) }
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

  /// Adds what a target says itself that it provides.
  private mutating func addListed(
    by id: TargetID, _ function: (LoadedTarget, LoadQuestions) throws -> ListedModules, _ ground: ImportResolution.Ground,
    _ asked: inout Set<Question>
  ) {
    let draft = ground.index[id]
    let partition = settings.partition(of: draft)
    let questions = LoadQuestions(ground.snapshot)
    defer { asked.formUnion(questions.asked) }
    do {
      let listed = try function(ground.loaded(draft), questions)
      for (modules, isStub) in [(listed.modules, false), (listed.stubs, true)] where !modules.isEmpty {
        let number = index.number(adding: partition)
        for module in Set(modules) { index.add(module, isStub: isStub, by: id, isFirstParty: false, in: number) }
      }
    } catch {
      let told = mistakes(of: error, of: draft.address, at: draft.place, isListed: true) { _ in [] }
      unread.append((partition, told))
      findings += told.map { TargetFinding(target: id, subject: .lists, diagnostic: $0) }
    }
  }

  mutating func note(_ list: UnreadList) { unread.append((settings.partition(of: list.product), list.mistakes)) }

  /// The module that a file is; nil where it is none, or in no source root.
  func module(at file: PathID, _ ground: ImportResolution.Ground) -> String? {
    guard let root = ground.sourceRoot(of: ground.snapshot.directory(of: file)) else { return nil }
    let path = Self.stripped(ground.snapshot.path(of: file), root)
    return pathNames.lazy.compactMap { $0.module(at: path)?.name }.first
  }

  /// The parts of a file's folder below its source root: what relative imports begin at.
  func folder(of file: PathID, _ ground: ImportResolution.Ground) -> [Substring] {
    let directory = ground.snapshot.directory(of: file)
    let path = ground.snapshot.path(ofDirectory: directory)
    return Self.stripped(path, ground.sourceRoot(of: directory) ?? "").split(separator: "/")
  }

  private static func stripped(_ path: String, _ root: String) -> String {
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
