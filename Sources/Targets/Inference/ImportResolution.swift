// From what sources import to the targets that are meant: providers of modules, files of folders above, what fields name.

internal import Diagnostics
internal import Fingerprints
internal import Host
internal import ImportScanners
internal import Snapshots

/// What one target's own `dependencies` say: it decides between several owners of one import.
struct WrittenDependencies: Sendable {
  var included: Set<TargetID> = []
  var ignored: Set<TargetID> = []
  /// What `!!` names: also ignored.
  var excluded: Set<TargetID> = []
  var referenced: Set<TargetID> = []
}

/// Infers the edges of targets. A value: each worker infers with a copy of its own.
struct ImportResolution: Sendable {
  /// The targets as far as they are known.
  struct Ground: Sendable {
    let snapshot: Snapshot
    let index: DraftIndex
    /// By folder, the nearest source root; -1 for none.
    let sourceRoots: [DirectoryID]
  }

  /// A rule that matches imports with modules, with all that it takes: one reference for each target, not a copy of it all.
  private final class ModuleMatching: Sendable {
    let number: Int
    let settings: ModuleSettings
    let space: ModuleSpace
    let table: ImportTable

    init(number: Int, settings: ModuleSettings, space: ModuleSpace, table: ImportTable) {
      self.number = number
      self.settings = settings
      self.space = space
      self.table = table
    }
  }

  /// What a rule does with targets of its types.
  private enum Matching: Sendable {
    case modules(ModuleMatching)
    case fields(space: String, @Sendable (LoadedTarget, LoadQuestions) throws -> [FieldReference])
    case files(InferenceRule)
  }

  let ground: Ground
  private let rules: [InferenceRule]
  let tables: [String: ImportTable]
  private let spaces: [String: ModuleSpace]
  /// By type, in the order of the rules.
  private let matchings: [String: [Matching]]
  /// By rule and partition: a number among `known`.
  private var views: [View: Int] = [:]
  /// Of such a view, what the names of imports stand for, by their number; nil for what nobody has asked for yet.
  private var known: [[ModuleProviders?]] = []
  /// The same for names that a file's folder was put before.
  private var knownRelative: [View: [String: ModuleProviders]] = [:]
  /// Files named like an ancestor in a folder and above it, by rule and folder.
  private var ancestorFiles: [AncestorKey: [PathID]] = [:]

  /// By the type of who asks, the members of groups.
  private var groups: [String: [String: [GroupMember]]] = [:]

  /// What is worth telling of a target, or wrong with it.
  private(set) var findings: [TargetFinding] = []
  var errors: [Diagnostic] = []
  var warnings: [Diagnostic] = []
  /// Files read to see whether they hold anything.
  private(set) var read: Set<PathID> = []
  /// What functions asked.
  private(set) var asked: Set<Question> = []

  /// What a target's fields name as part of a group.
  private struct GroupMember {
    let draft: Draft
    let space: String
    let reference: FieldReference
  }

  /// A rule's view of one partition.
  private struct View: Hashable {
    let rule: Int
    let partition: Int
  }

  private struct AncestorKey: Hashable {
    let rule: Int
    /// Its place among the rule's ancestors.
    let ancestors: Int
    let directory: DirectoryID
  }

  init(_ ground: Ground, rules: LoadRules, tables: [String: ImportTable], unread: [UnreadList] = []) {
    self.ground = ground
    self.rules = rules.inference
    self.tables = tables
    var spaces: [String: ModuleSpace] = [:]
    for provision in rules.modules { spaces[provision.space] = spaces[provision.space] ?? ModuleSpace(provision.space, rules.inference) }
    for provision in rules.modules {
      spaces[provision.space]?.add(provision, ground, &asked)
      for list in unread where provision.types.contains(list.product.typeName) { spaces[provision.space]?.note(list) }
    }
    findings = spaces.sorted { precedes($0.key, $1.key) }.flatMap(\.value.findings)
    self.spaces = spaces
    var matchings: [String: [Matching]] = [:]
    for (number, rule) in rules.inference.enumerated() {
      let matching: Matching
      switch rule.resolving {
      case .modules(let name, let settings):
        guard let space = spaces[name], let table = tables[rule.scanner?.name ?? ""] else { continue }
        matching = .modules(ModuleMatching(number: number, settings: settings, space: space, table: table))
      case .fields(_, let space, let function): matching = .fields(space: space, function)
      case .ownersOfFiles, .custom: matching = .files(rule)
      }
      for type in Set(rule.types) { matchings[type, default: []].append(matching) }
    }
    self.matchings = matchings
    for name in spaces.keys.sorted(by: precedes) { warnings += spaces[name]?.warnings ?? [] }
  }

  /// First parts of the modules that the workspace itself provides, sorted.
  var topLevelModules: [String] {
    spaces.values.reduce(into: Set<String>()) { $0.formUnion($1.index.topLevelNames) }.sorted(by: precedes)
  }

  /// What the rules infer for every target, on all cores; each list ascends.
  /// - Parameter written: by target.
  mutating func edges(_ written: [WrittenDependencies]) -> [[TargetID]] {
    // Each chunk remembers answers for itself: few chunks, but enough to keep every core busy.
    let chunk = max(512, written.count / (8 * Workers.processorCount))
    let start = self
    let outcomes = Workers.mapChunks(of: written.count, chunk: chunk, minimum: 2048) { range in
      var resolution = start
      resolution.forgetFindings()
      let edges = range.map { resolution.edges(of: TargetID($0), written[$0]).sorted() }
      return (edges: edges, resolution: resolution)
    }
    var all: [[TargetID]] = []
    all.reserveCapacity(written.count)
    for outcome in outcomes {
      all += outcome.edges
      findings += outcome.resolution.findings
      for error in outcome.resolution.errors where !errors.contains(error) { errors.append(error) }
      warnings += outcome.resolution.warnings
      read.formUnion(outcome.resolution.read)
      asked.formUnion(outcome.resolution.asked)
    }
    return all
  }

  private mutating func forgetFindings() {
    findings = []
    errors = []
    warnings = []
    read = []
    asked = []
  }

  /// What the rules infer for a target.
  private mutating func edges(of id: TargetID, _ written: WrittenDependencies) -> Set<TargetID> {
    let draft = ground.index[id]
    if draft.isGenerator || draft.isOpaque { return [] }
    guard let matchings = matchings[draft.typeName] else { return [] }
    var edges: Set<TargetID> = []
    let importer = Importer(id: id, draft: draft, written: written)
    for matching in matchings {
      switch matching {
      case .modules(let matching): resolveModules(importer, matching, into: &edges)
      case .fields(let space, let function): resolveFields(importer, space, function, into: &edges)
      case .files(let rule): resolveFiles(importer, rule, into: &edges)
      }
    }
    return edges
  }

  /// A target, and what it says of its dependencies itself.
  struct Importer {
    let id: TargetID
    let draft: Draft
    let written: WrittenDependencies
  }

  // MARK: Modules

  private mutating func resolveModules(_ importer: Importer, _ matching: ModuleMatching, into edges: inout Set<TargetID>) {
    let (space, table, settings) = (matching.space, matching.table, matching.settings)
    let partitionName = settings.partition(of: importer.draft)
    let view = space.index.number(of: partitionName).map { View(rule: matching.number, partition: $0) }
    for file in importer.draft.sources {
      let found = distinctImports(of: file, table, settings)
      if !found.isEmpty {
        let path = ground.snapshot.path(of: file)
        var unowned: [(name: String, line: Int32)] = []
        for item in found {
          let name = table.names[Int(item.name)]
          if item.kind == .asset {
            resolveAsset(name, item, importer, path, settings, into: &edges)
            continue
          }
          var absolute: String?
          if name.utf8.first == UInt8(ascii: ".") { absolute = ModuleIndex.absolute(name, from: space.folder(of: file, ground)) }
          let providers = view.map { self.providers(of: absolute, or: item.name, matching, $0) } ?? ModuleProviders()
          let isSettled = choose(
            providers, importer, settings, into: &edges,
            what: { ("`\(absolute ?? name)`", SourceLocation(file: path, position: SourcePosition(line: item.line, column: 1))) })
          if !isSettled, providers.isEmpty, !item.isWeak, settings.unowned != .ignore || !space.unread.isEmpty,
            !settings.allowsUnowned(absolute ?? name)
          {
            unowned.append((absolute ?? name, item.line))
          }
        }
        note(unowned, importer, path, space, partitionName, settings)
      }
      resolveAncestors(of: file, importer, matching, partitionName, into: &edges)
    }
  }

  /// The imports that settings let count, each name once: weak only where it always is.
  private func distinctImports(of file: PathID, _ table: ImportTable, _ settings: ModuleSettings) -> [InternedImport] {
    var result: [InternedImport] = []
    let imports = table.imports(of: file)
    // Few are compared with one another; many are looked up.
    var seen: [Int32: Int] = [:]
    let areFew = imports.count <= 16
    for item in imports {
      switch item.kind {
      case .module: if !settings.imports { continue }
      case .string:
        guard settings.imports, let minimum = settings.minimumDots else { continue }
        let text = table.names[Int(item.name)]
        if text.utf8.count(where: { $0 == UInt8(ascii: ".") }) < minimum { continue }
        if settings.ignoredTextPatterns.contains(where: { $0.matches(text) }) { continue }
      case .asset:
        guard let assets = settings.assets else { continue }
        if table.names[Int(item.name)].utf8.count(where: { $0 == UInt8(ascii: "/") }) < assets.minimumSlashes { continue }
      case .path, nil: continue
      }
      if let index = areFew ? result.firstIndex(where: { $0.name == item.name }) : seen[item.name] {
        if result[index].isWeak, !item.isWeak { result[index] = item }
      } else {
        if !areFew { seen[item.name] = result.count }
        result.append(item)
      }
    }
    return result
  }

  /// - Parameters:
  ///   - absolute: the module, where it is not the name as it is written.
  ///   - number: of the name.
  private mutating func providers(
    of absolute: String?, or number: Int32, _ matching: ModuleMatching, _ view: View
  ) -> ModuleProviders {
    if let absolute {
      if let known = knownRelative[view]?[absolute] { return known }
      let found = matching.space.index.providers(of: absolute, in: view.partition)
      knownRelative[view, default: [:]][absolute] = found
      return found
    }
    let place: Int
    if let known = views[view] {
      place = known
    } else {
      place = known.count
      views[view] = place
      known.append([ModuleProviders?](repeating: nil, count: matching.table.names.count))
    }
    if let known = known[place][Int(number)] { return known }
    let found = matching.space.index.providers(of: matching.table.names[Int(number)], in: view.partition)
    known[place][Int(number)] = found
    return found
  }

  /// Adds the targets that are meant.
  ///
  /// Several providers of one kind are several too many, unless the place of the importer, its `!`, or its own `dependencies` decide.
  /// - Parameters:
  ///   - mustBeAbove: only providers whose BUILD file lies in the importer's folder or above it can be meant.
  ///   - what: what is meant, and where, for messages.
  /// - Returns: whether something was found, or said.
  private mutating func choose(
    _ providers: ModuleProviders, _ importer: Importer, _ settings: ModuleSettings, mustBeAbove: Bool = false,
    into edges: inout Set<TargetID>,
    what: () -> (text: String, place: SourceLocation)
  ) -> Bool {
    var providers = providers
    if providers.isAmbiguous { preferWritten(&providers, importer) }
    if settings.ambiguity == .bySourceRoot, providers.isAmbiguous, let near = sourceRoot(ofFolder: importer.draft.address.directory) {
      providers.implementations = nearest(providers.implementations, to: near)
      providers.stubs = nearest(providers.stubs, to: near)
    }
    if !providers.isAmbiguous {
      edges.formUnion(providers.all)
      return !providers.isEmpty
    }
    let (all, written) = (providers.all, importer.written)
    func names(_ list: Set<TargetID>, _ id: TargetID) -> Bool {
      list.contains(id) || ground.index.generator(of: id).map(list.contains) ?? false
    }
    if all.contains(where: { names(written.included, $0) }) { return true }
    let directory = importer.draft.address.directory
    let remaining = all.filter { id in
      let folder = ground.index[id].address.directory
      return !names(written.ignored, id) && (!mustBeAbove || folder.isEmpty || directory == folder || directory.hasPrefix(folder + "/"))
    }
    if remaining.count == 1 {
      edges.formUnion(remaining)
      return true
    }
    if remaining.isEmpty { return false }
    findings.append(
      TargetFinding(
        target: importer.id,
        diagnostic: Diagnostic(
          settings.unowned == .error ? .error : .warning, "\(what().text) has several providers, so that it gives no dependency",
          at: what().place,
          hint: "name one in `dependencies` of `\(ground.index.printed(importer.id))`, or leave out the others with `!`",
          notes: ["they are " + remaining.map { "`\(ground.index.printed($0))`" }.joined(separator: ", ")])))
    return true
  }

  /// Targets that stand in BUILD files before those that stand in none; of the latter that are no files, the nearest alone: several lists of
  /// what comes from elsewhere say the same.
  private func preferWritten(_ providers: inout ModuleProviders, _ importer: Importer) {
    func preferred(_ ids: [TargetID]) -> [TargetID] {
      let ranks = ids.map { ground.index[$0].implicitRank }
      guard ids.count > 1, ranks.contains(where: { $0 != nil }) else { return ids }
      let written = zip(ids, ranks).filter { $0.1 == nil }.map(\.0)
      if !written.isEmpty { return written }
      let areFiles = ids.contains { if case .named = ground.index[$0].address.generated { false } else { true } }
      if areFiles { return ids }
      let near = nearest(ids, to: importer.draft.address.directory)
      return near.min { a, b in
        let (first, second) = (ground.index[a], ground.index[b])
        return (first.implicitRank ?? -1, Int(a)) < (second.implicitRank ?? -1, Int(b))
      }.map { [$0] } ?? []
    }
    providers.implementations = preferred(providers.implementations)
    providers.stubs = preferred(providers.stubs)
  }

  /// Those whose BUILD file's folder shares the longest path with `folder`.
  private func nearest(_ targets: [TargetID], to folder: String) -> [TargetID] {
    if targets.count < 2 { return targets }
    let wanted = folder.split(separator: "/")
    let shared = targets.map { id in
      zip(wanted, ground.index[id].address.directory.split(separator: "/")).prefix { $0 == $1 }.count
    }
    let best = shared.max() ?? 0
    return zip(targets, shared).filter { $0.1 == best }.map(\.0)
  }

  /// nil for none.
  private func sourceRoot(ofFolder path: String) -> String? {
    ground.snapshot.directoryID(ofPath: path).flatMap { ground.sourceRoot(of: $0) }
  }

  private mutating func note(
    _ unowned: [(name: String, line: Int32)], _ importer: Importer, _ path: String, _ space: ModuleSpace, _ partition: String,
    _ settings: ModuleSettings
  ) {
    guard let first = unowned.first else { return }
    // What cannot be read may provide it.
    let mistakes = space.unread.filter { $0.partition == partition }.flatMap(\.mistakes)
    if !mistakes.isEmpty {
      findings += mistakes.map { TargetFinding(target: importer.id, diagnostic: $0) }
      return
    }
    if settings.unowned == .ignore { return }
    let listed = unowned.sorted { precedes($0.name, $1.name) }.map { "`\($0.name)` (line \($0.line))" }.joined(separator: ", ")
    var notes: [String] = []
    if let field = settings.partition?.field {
      for (name, _) in unowned {
        for (number, other) in space.index.names.enumerated() where other != partition {
          let found = space.index.providers(of: name, in: number).all
          if found.isEmpty { continue }
          let owners = found.map { "`\(ground.index.printed($0))`" }.joined(separator: ", ")
          notes.append("`\(name)` is provided by \(owners), whose `\(field)` is `\(other)`, not `\(partition)`")
        }
      }
    }
    findings.append(
      TargetFinding(
        target: importer.id,
        diagnostic: Diagnostic(
          settings.unowned == .error ? .error : .warning, "`\(path)` imports what no target provides: \(listed)",
          at: SourceLocation(file: path, position: SourcePosition(line: first.line, column: 1)), hint: settings.unownedHint, notes: notes)))
  }

  /// Where a source of a target imports what another one provides; nil where none does.
  mutating func importPlace(from id: TargetID, to dependency: TargetID) -> SourceLocation? {
    let draft = ground.index[id]
    let importer = Importer(id: id, draft: draft, written: WrittenDependencies())
    for case .modules(let matching) in matchings[draft.typeName] ?? [] {
      let (space, table, settings) = (matching.space, matching.table, matching.settings)
      guard let partition = space.index.number(of: settings.partition(of: draft)) else { continue }
      for file in draft.sources {
        let path = ground.snapshot.path(of: file)
        for item in distinctImports(of: file, table, settings) where item.kind != .asset {
          let written = table.names[Int(item.name)]
          let absolute = written.utf8.first == UInt8(ascii: ".") ? ModuleIndex.absolute(written, from: space.folder(of: file, ground)) : nil
          let found = providers(of: absolute, or: item.name, matching, View(rule: matching.number, partition: partition))
          var edges: Set<TargetID> = []
          let place = SourceLocation(file: path, position: SourcePosition(line: item.line, column: 1))
          _ = choose(found, importer, settings, into: &edges, what: { (written, place) })
          if edges.contains(dependency) { return place }
        }
      }
    }
    return nil
  }

  // MARK: Assets

  private mutating func resolveAsset(
    _ name: String, _ item: InternedImport, _ importer: Importer, _ path: String, _ settings: ModuleSettings,
    into edges: inout Set<TargetID>
  ) {
    guard let assets = settings.assets else { return }
    var found: Set<TargetID> = []
    for (path, types) in [(joined(parentDirectory(path), name), assets.besideTypes), (name, assets.rootTypes)] {
      guard let file = ground.snapshot.id(ofPath: path) else { continue }
      found.formUnion(ground.index.owners(of: file).filter { types.contains(ground.index[$0].typeName) })
    }
    _ = choose(
      ModuleProviders(implementations: found.sorted()), importer, settings, into: &edges,
      what: { ("the file `\(name)`", SourceLocation(file: path, position: SourcePosition(line: item.line, column: 1))) })
  }

  // MARK: Files of folders above

  private mutating func resolveAncestors(
    of file: PathID, _ importer: Importer, _ matching: ModuleMatching, _ partition: String, into edges: inout Set<TargetID>
  ) {
    let settings = matching.settings
    for (number, ancestors) in settings.ancestors.enumerated()
    where ancestors.importers.isEmpty || ancestors.importers.contains(importer.draft.typeName) {
      let key = AncestorKey(rule: matching.number, ancestors: number, directory: ground.snapshot.directory(of: file))
      for above in files(key, ancestors, matching.table) where above != file {
        for owner in ground.index.owners(of: above) {
          let draft = ground.index[owner]
          if matching.space.ownTypes.contains(draft.typeName), settings.partition(of: draft) == partition { edges.insert(owner) }
        }
      }
    }
  }

  private mutating func files(_ key: AncestorKey, _ ancestors: ModuleSettings.Ancestors, _ table: ImportTable) -> [PathID] {
    if let known = ancestorFiles[key] { return known }
    let directory = key.directory
    var files =
      ground.snapshot.parent(ofDirectory: directory).map {
        self.files(AncestorKey(rule: key.rule, ancestors: key.ancestors, directory: $0), ancestors, table)
      } ?? []
    for name in ancestors.names {
      guard let file = ground.snapshot.id(ofName: name, in: directory) else { continue }
      if ancestors.onlyWithContent, isBlank(file, table) { continue }
      files.append(file)
    }
    ancestorFiles[key] = files
    return files
  }

  private mutating func isBlank(_ file: PathID, _ table: ImportTable) -> Bool {
    if let known = table.isBlank(file) { return known }
    guard let regular = ground.snapshot.regularFile(file) else { return true }
    read.formUnion([file, regular])
    guard let bytes = try? ground.snapshot.read(regular).bytes else { return true }
    return !bytes.contains { $0 > UInt8(ascii: " ") }
  }

  // MARK: Fields

  private mutating func resolveFields(
    _ importer: Importer, _ spaceName: String, _ function: (LoadedTarget, LoadQuestions) throws -> [FieldReference],
    into edges: inout Set<TargetID>
  ) {
    let questions = LoadQuestions(ground.snapshot)
    defer { asked.formUnion(questions.asked) }
    let references: [FieldReference]
    do {
      references = try function(ground.loaded(importer.draft), questions)
    } catch {
      errors.append(diagnostic(of: error, at: importer.draft.place))
      return
    }
    for reference in references { resolve(reference, importer, spaceName, from: importer.draft, into: &edges) }
  }

  /// - Parameter draft: the target that names it: of what a group has, one of its members.
  private mutating func resolve(
    _ reference: FieldReference, _ importer: Importer, _ spaceName: String, from draft: Draft, into edges: inout Set<TargetID>
  ) {
    let space = spaces[spaceName]
    let settings = space?.settings ?? ModuleSettings()
    switch reference {
    case .member(_, let reference): resolve(reference, importer, spaceName, from: draft, into: &edges)
    case .group(let name):
      for member in members(of: name, for: importer.draft.typeName) {
        resolve(member.reference, importer, member.space, from: member.draft, into: &edges)
      }
    case .address(let text):
      guard let input = try? AddressInput(parsing: text, in: draft.address.directory),
        let address = input.address(isFile: ground.snapshot.id(ofPath: input.path) != nil), let id = ground.index.id(of: address)
      else {
        findings.append(
          TargetFinding(
            target: importer.id, diagnostic: Diagnostic(.error, "there is no target `\(text)`", at: importer.draft.place)))
        return
      }
      edges.insert(id)
    case .module(let module):
      guard let space, let partition = space.index.number(of: settings.partition(of: importer.draft)) else { return }
      _ = choose(
        space.index.providers(of: module, in: partition), importer, settings, into: &edges,
        what: { ("`\(module)`", importer.draft.place) })
    case .file(let path):
      guard let file = normalized(path).flatMap({ ground.snapshot.id(ofPath: $0) }) else {
        findings.append(
          TargetFinding(
            target: importer.id, diagnostic: Diagnostic(.error, "there is no file `\(path)`", at: importer.draft.place)))
        return
      }
      guard let space else { return }
      let partitionName = settings.partition(of: importer.draft)
      var providers = ModuleProviders()
      if let module = space.module(at: file, ground), let partition = space.index.number(of: partitionName) {
        providers = space.index.providers(of: module, in: partition)
      } else {
        providers.implementations = ground.index.owners(of: file).filter { settings.partition(of: ground.index[$0]) == partitionName }
      }
      _ = choose(
        providers, importer, settings, mustBeAbove: true, into: &edges, what: { ("`\(path)`", importer.draft.place) })
    }
  }

  /// What targets of other types name as members of a group. Their functions are asked once.
  private mutating func members(of group: String, for type: String) -> [GroupMember] {
    if let known = groups[type] { return known[group] ?? [] }
    var found: [String: [GroupMember]] = [:]
    for draft in ground.index.drafts where !draft.isGenerator && draft.typeName != type {
      for rule in rules where rule.types.contains(draft.typeName) {
        guard case .fields(_, let space, let function) = rule.resolving else { continue }
        let questions = LoadQuestions(ground.snapshot)
        // What is wrong with it is told of that target itself.
        for case .member(let group, let reference) in (try? function(ground.loaded(draft), questions)) ?? [] {
          found[group, default: []].append(GroupMember(draft: draft, space: space, reference: reference))
        }
        asked.formUnion(questions.asked)
      }
    }
    groups[type] = found
    return found[group] ?? []
  }
}
