// The way of a load: BUILD files, targets, imports, edges; or the graph of the last run, where nothing changed.

package import Diagnostics
internal import Fingerprints
internal import ImportScanners
package import Snapshots
package import Store

package enum Workspace {
  /// The graph of a workspace.
  ///
  ///     snapshot ─▶ BUILD files ─▶ calls ─▶ drafts ─▶ imports ─▶ edges ─▶ graph
  ///                 (a memo per folder)             (a memo per content)  (two memos of it all)
  ///
  /// The graph is remembered under what its files hold, and under what was found in them: an edit that changes no import costs a scan of the
  /// files that were edited.
  ///
  /// - Parameters:
  ///   - registry: the target types and functions that plugins bring.
  ///   - rules: what plugins say about generated targets, modules and imports.
  /// - Throws: everything that is wrong in any BUILD file, together.
  package static func load(
    snapshot: Snapshot, store: Store, registry: TypeRegistry, rules: LoadRules = LoadRules(), options: LoadOptions = LoadOptions()
  ) throws(UserError) -> Graph {
    let (memo, byImports) = memos(snapshot, store, registry, rules, options)
    let answer: @Sendable (Question) -> Fingerprint? = { self.answer($0, snapshot, store, options, rules) }
    if let bytes = memo.find(answer), let tables = try? GraphTables(decoding: bytes, fileCount: snapshot.count) {
      return Graph(tables, store.secret.fingerprint(of: bytes), snapshot: snapshot, registry: registry, sourceRoots: options.sourceRoots)
    }
    if let (asked, bytes, place) = byImports.findTrace(answer), let tables = try? GraphTables(decoding: bytes, fileCount: snapshot.count) {
      store.put(batch: memo.entries(recording: bytes, at: place, questions: overContents(asked), answer))
      return Graph(tables, store.secret.fingerprint(of: bytes), snapshot: snapshot, registry: registry, sourceRoots: options.sourceRoots)
    }

    let loader = try BuildLoader(snapshot: snapshot, store: store, registry: registry, options: options)
    let directories = try snapshot.buildDirectories(options)
    let (calls, asked) = try loader.calls(of: directories)
    let sourceRoots = options.sourceRoots.roots(in: snapshot)
    var assembly = Assembly(
      snapshot: snapshot, registry: registry, options: options,
      generation: Generation(snapshot: snapshot, store: store, rules: rules, sourceRoots: sourceRoots, answer: answer))
    assembly.add(calls)
    assembly.addImplicit(rules, besides: directories)
    var edges = Edges(assembly.drafts, snapshot: snapshot, options: options, rules: rules, unread: assembly.unread)

    var read: Set<PathID> = []
    var failures: [Diagnostic] = []
    let (imports, scanned) = scan(edges.index, rules, snapshot, store, &failures)
    var resolution = ImportResolution(edges.ground(sourceRoots), rules: rules, tables: imports, unread: assembly.unread)
    var tables = edges.tables(&resolution, &assembly)
    read.formUnion(resolution.read)
    let check = VisibilityCheck(calls)
    tables.violations = edges.violations(tables, check, directories, resolution, &assembly)
    let errors = assembly.errors + edges.errors + resolution.errors + check.errors + failures
    if !errors.isEmpty { throw UserError(errors.sorted(by: isBefore)) }
    tables.warnings = (assembly.warnings + (assembly.strangeFieldsWarning.map { [$0] } ?? []) + edges.warnings + resolution.warnings)
      .sorted(by: isBefore)
    tables.unknownTypes = unknownTypes(edges.drafts, registry)

    // Paths that were asked for become ids: the listing is the first question.
    var questions: [Question] = [.listing]
    for question in Question.sorted(asked.union(assembly.asked).union(resolution.asked)) {
      switch question {
      case .content(let path): if let id = snapshot.id(ofPath: path) { read.formUnion([id, snapshot.regularFile(id) ?? id]) }
      case .environment, .named(kind: LoadQuestions.options, _): questions.append(question)
      // Whether something is there, the listing says.
      case .listing, .contents, .imports, .named: break
      }
    }
    for directory in directories { for file in directory.files { read.formUnion([file, snapshot.regularFile(file) ?? file]) } }
    questions.append(.contents(read.sorted()))
    for (scanner, files) in scanned.sorted(by: { precedes($0.key, $1.key) }) { questions.append(.imports(scanner: scanner, files)) }
    let bytes = tables.encoded()
    store.put(batch: memo.entries(recording: bytes, questions: overContents(questions), answer))
    if !scanned.isEmpty {
      store.put(
        batch: byImports.entries(recording: bytes, questions: questions) { question in
          // What was found just now need not be looked up again.
          guard case .imports(let name, let files) = question, let found = imports[name], scanned[name] == files,
            let scanner = scanner(name, rules)
          else { return answer(question) }
          return Inference(snapshot: snapshot, store: store).keepFingerprint(of: found, in: files, by: scanner)
        })
    }
    return Graph(tables, store.secret.fingerprint(of: bytes), snapshot: snapshot, registry: registry, sourceRoots: options.sourceRoots)
  }

  /// The memos of a graph: by what its files hold, and by what was found in them. The second is one listing's: ids of another would have the wrong
  /// files scanned.
  private static func memos(
    _ snapshot: Snapshot, _ store: Store, _ registry: TypeRegistry, _ rules: LoadRules, _ options: LoadOptions
  ) -> (byContents: Memo, byImports: Memo) {
    func memo(_ kind: String, _ more: (inout ByteWriter) -> Void = { _ in }) -> Memo {
      Memo(kind, in: store) { writer in
        writer.write(registry.fingerprint(with: store.secret))
        writer.write(rules)
        options.write(to: &writer)
        more(&writer)
      }
    }
    return (memo("graph"), memo("graph by imports") { $0.write(snapshot.listingFingerprint) })
  }

  /// The same questions, with the files' contents in the place of what scanners find in them.
  private static func overContents(_ questions: [Question]) -> [Question] {
    var others: [Question] = []
    var files: [PathID] = []
    for question in questions {
      switch question {
      case .contents(let ids), .imports(_, let ids): files += ids
      case .listing, .content, .environment, .named: others.append(question)
      }
    }
    return others + [.contents(files.ascending)]
  }

  /// The imports of all files that rules scan, by scanner: each file once a scanner; and which files these are.
  static func scan(
    _ index: DraftIndex, _ rules: LoadRules, _ snapshot: Snapshot, _ store: Store, _ failures: inout [Diagnostic]
  ) -> (tables: [String: ImportTable], files: [String: [PathID]]) {
    var tables: [String: ImportTable] = [:]
    var scanned: [String: [PathID]] = [:]
    let inference = Inference(snapshot: snapshot, store: store)
    for scanner in rules.inference.compactMap(\.scanner) where tables[scanner.name] == nil {
      let types = Set(rules.inference.filter { $0.scanner?.name == scanner.name }.flatMap(\.types))
      var files: [PathID] = []
      for id in index.ids(ofTypes: types) where !index[id].isGenerator {
        files += index[id].sources.filter { snapshot.regularFile($0) == $0 }
      }
      let sorted = files.ascending
      let (found, failed) = inference.imports(of: sorted, by: scanner)
      tables[scanner.name] = found
      scanned[scanner.name] = sorted
      failures += failed.map { Diagnostic(.error, $0.description) }
    }
    return (tables, scanned)
  }

  static func answer(
    _ question: Question, _ snapshot: Snapshot, _ store: Store, _ options: LoadOptions, _ rules: LoadRules
  ) -> Fingerprint? {
    switch question {
    case .listing: return snapshot.listingFingerprint
    case .environment(let name):
      guard let value = options.environment(name) else { return .absent }
      return store.secret.fingerprint(of: value)
    case .contents(let ids):
      guard ids.allSatisfy({ $0 >= 0 && $0 < snapshot.count }) else { return nil }
      var writer = ByteWriter(reserving: ids.count * 16)
      for result in snapshot.fingerprints(of: ids) {
        guard case .success(let fingerprint) = result else { return nil }
        writer.write(fingerprint)
      }
      return store.secret.fingerprint(of: writer.bytes)
    case .imports(let name, let ids):
      guard let scanner = scanner(name, rules), ids.allSatisfy({ $0 >= 0 && $0 < snapshot.count }) else { return nil }
      return Inference(snapshot: snapshot, store: store).fingerprint(ofImportsIn: ids, by: scanner)
    case .content(let path):
      guard let id = snapshot.id(ofPath: path), let file = snapshot.regularFile(id) else { return .absent }
      return try? snapshot.fingerprint(of: file)
    case .named(kind: LoadQuestions.options, let scope):
      return rules.options(scope).map { store.secret.fingerprint(of: $0) } ?? .absent
    case .named(kind: LoadQuestions.existence, let path):
      return store.secret.fingerprint { $0.write(snapshot.id(ofPath: path) != nil) }
    case .named: return nil
    }
  }

  private static func scanner(_ name: String, _ rules: LoadRules) -> ImportScanner? {
    rules.inference.lazy.compactMap(\.scanner).first { $0.name == name }
  }

  static func unknownTypes(_ drafts: [Draft], _ registry: TypeRegistry) -> [UnknownType] {
    var counts: [String: (count: Int, first: SourceLocation)] = [:]
    for draft in drafts where draft.isOpaque {
      let known = counts[draft.typeName]
      let isEarlier = known.map { isBefore(draft.place, $0.first) } ?? true
      counts[draft.typeName] = ((known?.count ?? 0) + 1, isEarlier ? draft.place : known?.first ?? draft.place)
    }
    let names = registry.types.keys.sorted(by: precedes)
    return counts.map { name, found in
      UnknownType(name: name, count: found.count, first: found.first, suggestion: nearestName(to: name, among: names))
    }.sorted { $0.count != $1.count ? $0.count > $1.count : precedes($0.name, $1.name) }
  }

  private static func isBefore(_ a: SourceLocation, _ b: SourceLocation) -> Bool {
    a.file != b.file ? precedes(a.file, b.file) : a.position < b.position
  }

  static func isBefore(_ a: Diagnostic, _ b: Diagnostic) -> Bool {
    guard let first = a.location, let second = b.location else { return a.location != nil && b.location == nil }
    return first != second ? isBefore(first, second) : precedes(a.message, b.message)
  }
}
