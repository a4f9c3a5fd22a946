// All targets of the workspace and the edges between them: what every goal asks.

package import Diagnostics
package import Fingerprints
package import Snapshots
internal import Synchronization

/// A target, dense from 0, in the order of the addresses.
package typealias TargetID = Int32

/// A target type that nobody registered, whose targets are kept as opaque.
package struct UnknownType: Hashable, Sendable {
  package let name: String
  /// Calls of it.
  package let count: Int
  package let first: SourceLocation
  package let suggestion: String?
}

/// All targets of a workspace, as of one snapshot. Ids given to a method must be this graph's.
package final class Graph: Sendable {
  package let snapshot: Snapshot
  package let registry: TypeRegistry
  let tables: GraphTables
  private let derived = Mutex(Derived())

  /// What follows from the tables and is made when first asked for.
  private struct Derived: Sendable {
    var rawEdges: Adjacency?
    var dependents: Adjacency?
    var expanded: Adjacency?
    var expandedDependents: Adjacency?
    var owners: Adjacency?
    var secondaryOwners: [PathID: [TargetID]]?
    var excludes: [TargetID: [TargetID]]?
    var sourceRoots: [DirectoryID]?
    var findingPlaces: [TargetID: [Int]]?
  }

  private let sourceRootRules: SourceRoots
  /// Of all that the graph says of its targets, its own numbers of files and targets included: with the same listing, registry and options two
  /// graphs of one fingerprint answer every question alike.
  package let fingerprint: Fingerprint

  /// - Parameter fingerprint: of the encoded tables.
  init(_ tables: GraphTables, _ fingerprint: Fingerprint, snapshot: Snapshot, registry: TypeRegistry, sourceRoots: SourceRoots) {
    sourceRootRules = sourceRoots
    self.fingerprint = fingerprint
    self.tables = tables
    self.snapshot = snapshot
    self.registry = registry
  }

  // MARK: Targets

  package var count: Int { tables.count }
  package var ids: Range<TargetID> { 0..<TargetID(count) }

  package func address(of id: TargetID) -> Address {
    let index = Int(id)
    let generated = tables.generated[index]
    let parameters = tables.parameters[index]
    let text = generated < 0 ? "" : tables.strings[Int(generated / 2)]
    return Address(
      directory: tables.strings[Int(tables.directories[index])], name: tables.strings[Int(tables.names[index])],
      generated: generated < 0 ? nil : generated % 2 == 0 ? .file(text) : .named(text),
      parameters: parameters < 0 ? [] : Address.Parameter.list(tables.strings[Int(parameters)]))
  }

  /// Of the BUILD file that made the target, relative to the root.
  package func directory(of id: TargetID) -> String { tables.strings[Int(tables.directories[Int(id)])] }

  package func id(of address: Address) -> TargetID? {
    var low: TargetID = 0
    var high = TargetID(count)
    while low < high {
      let middle = low + (high - low) / 2
      let found = self.address(of: middle)
      if found == address { return middle }
      if found < address { low = middle + 1 } else { high = middle }
    }
    return nil
  }

  package func typeName(of id: TargetID) -> String { tables.strings[Int(tables.types[Int(id)])] }

  /// nil for an opaque target.
  package func type(of id: TargetID) -> TargetType? { isOpaque(id) ? nil : registry.type(named: typeName(of: id)) }

  /// Whether the target's type is not registered: only its name, tags and dependencies mean something.
  package func isOpaque(_ id: TargetID) -> Bool { tables.flags[Int(id)] & 1 != 0 }

  package func isGenerator(_ id: TargetID) -> Bool { tables.flags[Int(id)] & 2 != 0 }

  /// The target that generated this one.
  package func generator(of id: TargetID) -> TargetID? {
    let generator = tables.generators[Int(id)]
    return generator < 0 ? nil : generator
  }

  /// What a generator generated, by address; empty for others.
  package func generated(by id: TargetID) -> ArraySlice<TargetID> { isGenerator(id) ? tables.dependencies[id] : [] }

  /// `ids` with each generator replaced by what it generated, sorted, each once.
  package func expandingGenerators(_ ids: some Sequence<TargetID>) -> [TargetID] {
    var result: [TargetID] = []
    result.reserveCapacity(ids.underestimatedCount)
    for id in ids { if isGenerator(id) { result += generated(by: id) } else { result.append(id) } }
    if zip(result, result.dropFirst()).allSatisfy({ $0 < $1 }) { return result }
    result.sort()
    var unique: [TargetID] = []
    unique.reserveCapacity(result.count)
    for id in result where unique.last != id { unique.append(id) }
    return unique
  }

  /// Where the call that made the target stands.
  package func place(of id: TargetID) -> SourceLocation {
    let index = Int(id)
    return SourceLocation(
      file: tables.strings[Int(tables.placeFiles[index])],
      position: SourcePosition(line: tables.placeLines[index], column: tables.placeColumns[index]))
  }

  // MARK: Fields

  /// The fields the target was given, without defaults, sorted by name.
  package func givenFields(of id: TargetID) -> [(name: String, value: FieldValue)] {
    let bytes = tables.fieldBytes[Int(tables.fieldStarts[Int(id)])..<Int(tables.fieldStarts[Int(id) + 1])]
    var reader = ByteReader(bytes)
    var fields: [(String, FieldValue)] = []
    while !reader.isAtEnd {
      guard let name = try? reader.readString(), let value = try? reader.readFieldValue() else { break }
      fields.append((name, value))
    }
    return fields
  }

  /// The value of a field: what the target was given, else the type's default; `.none` where the type has no such field.
  package func field(_ name: String, of id: TargetID) -> FieldValue {
    let given = givenField(name, of: id) ?? .none
    return given.isNone ? type(of: id)?.field(named: name)?.defaultValue ?? .none : given
  }

  private func givenField(_ wanted: String, of id: TargetID) -> FieldValue? {
    let bytes = tables.fieldBytes[Int(tables.fieldStarts[Int(id)])..<Int(tables.fieldStarts[Int(id) + 1])]
    var reader = ByteReader(bytes)
    while !reader.isAtEnd {
      guard let name = try? reader.readSlice() else { return nil }
      let isWanted = name.elementsEqual(wanted.utf8)
      if !isWanted, (try? reader.skipText()) == true { continue }
      guard let value = try? reader.readFieldValue() else { return nil }
      if isWanted { return value }
    }
    return nil
  }

  /// Those of some targets whose type is one of these, in their order.
  package func filter(_ ids: [TargetID], ofTypes types: [String]) -> [TargetID] {
    let wanted = Set(types)
    // By text: whether it is a type that is wanted; nil until one is met.
    var known = [Bool?](repeating: nil, count: tables.strings.count)
    return ids.filter { id in
      let type = Int(tables.types[Int(id)])
      if let isWanted = known[type] { return isWanted }
      let isWanted = wanted.contains(tables.strings[type])
      known[type] = isWanted
      return isWanted
    }
  }

  /// Whether there is a target of one of these types.
  package func hasTargets(ofTypes types: Set<String>) -> Bool {
    if types.isEmpty { return false }
    var isSeen = [Bool](repeating: false, count: tables.strings.count)
    for type in tables.types where !isSeen[Int(type)] {
      if types.contains(tables.strings[Int(type)]) { return true }
      isSeen[Int(type)] = true
    }
    return false
  }

  /// Those of some targets for which none of these fields is true, in their order.
  package func filter(_ ids: [TargetID], withoutTrue fields: [String]) -> [TargetID] {
    if fields.isEmpty { return ids }
    // By type: whether a target that was not given one of them may have it.
    var known: [Int32: Bool] = [:]
    return ids.filter { id in
      let type = tables.types[Int(id)]
      let isDefault: Bool
      if let seen = known[type] {
        isDefault = seen
      } else {
        isDefault = fields.contains { self.type(of: id)?.field(named: $0)?.defaultValue.bool == true }
        if !isOpaque(id) { known[type] = isDefault }
      }
      return isDefault || hasGivenField(of: id, among: fields) ? !fields.contains { field($0, of: id).bool == true } : true
    }
  }

  private func hasGivenField(of id: TargetID, among wanted: [String]) -> Bool {
    let bytes = tables.fieldBytes[Int(tables.fieldStarts[Int(id)])..<Int(tables.fieldStarts[Int(id) + 1])]
    var reader = ByteReader(bytes)
    while !reader.isAtEnd {
      guard let name = try? reader.readSlice() else { return false }
      if wanted.contains(where: { name.elementsEqual($0.utf8) }) { return true }
      if (try? reader.skipText()) == true { continue }
      guard (try? reader.readFieldValue()) != nil else { return false }
    }
    return false
  }

  /// Every field of the target, defaults included, sorted by name. A generator's moved fields are not its own and are left out.
  package func fields(of id: TargetID) -> [(name: String, value: FieldValue)] {
    let given = givenFields(of: id)
    guard let type = type(of: id) else { return given }
    var values = Dictionary(given.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    for field in type.fields where !field.isMoved && field.name != "name" {
      if values[field.name]?.isNone ?? true { values[field.name] = field.defaultValue }
    }
    return values.map { ($0.key, $0.value) }.sorted { precedes($0.0, $1.0) }
  }

  package func tags(of id: TargetID) -> [String] { field("tags", of: id).strings }

  /// Everything that can be learnt of a target by itself: its address, type, fields as they were given, its files' paths and source root.
  package func writeFacts(of id: TargetID, to writer: inout ByteWriter) {
    let index = Int(id)
    writer.write(address(of: id))
    writer.write(typeName(of: id))
    writer.write(sourceRoot(ofTarget: id)) { $0.write($1) }
    writer.write(tables.flags[index])
    let fields = tables.fieldBytes[Int(tables.fieldStarts[index])..<Int(tables.fieldStarts[index + 1])]
    writer.write(UInt64(fields.count))
    fields.withUnsafeBytes { writer.append(raw: $0) }
    let files = sources(of: id)
    writer.write(UInt64(files.count))
    for file in files { snapshot.writePath(of: file, to: &writer) }
  }

  // MARK: Files

  /// The target's own files, ascending. A generator has none: its targets have them.
  package func sources(of id: TargetID) -> ArraySlice<PathID> { tables.sources[id] }

  /// Files that are laid out with the target's own wherever a closure holds it, whoever owns them; ascending.
  package func companions(of id: TargetID) -> ArraySlice<PathID> { tables.companions[id] }

  /// The targets that own a file, by address; generators are not among them.
  package func owners(of file: PathID) -> ArraySlice<TargetID> { owners[file] }

  private var owners: Adjacency {
    derived.withLock { derived in
      if let owners = derived.owners { return owners }
      let owners = tables.sources.reversed(count: snapshot.count)
      derived.owners = owners
      return owners
    }
  }

  /// By file, the targets that name it in a field made for that.
  var secondaryOwners: [PathID: [TargetID]] {
    if let known = derived.withLock({ $0.secondaryOwners }) { return known }
    var naming: [String: String] = [:]
    for type in registry.types.values {
      if let field = type.fields.first(where: \.ownsFile), !type.isGenerator { naming[type.name] = field.name }
    }
    var found: [PathID: [TargetID]] = [:]
    if !naming.isEmpty {
      for id in ids {
        guard let field = naming[typeName(of: id)], let text = self.field(field, of: id).string else { continue }
        let path = normalized(joined(directory(of: id), String(text.prefix { $0 != ":" })))
        if let file = path.flatMap({ snapshot.id(ofPath: $0) }) { found[file, default: []].append(id) }
      }
    }
    derived.withLock { $0.secondaryOwners = found }
    return found
  }

  /// What is worth telling whoever works on some targets, each once: sources that are not there, imports that nobody provides or that
  /// several do. A generator's findings are those of what it generated too. Errors stop a command, warnings do not.
  /// - Parameters:
  ///   - withImports: also what is to be said about imports; else about sources only.
  ///   - types: the target types whose missing sources are errors where the configuration says so; they are warnings for others.
  ///     nil for all. A generator counts as what it generates.
  package func findings(
    of ids: some Sequence<TargetID>, withImports: Bool = true, strictAbout types: Set<String>? = nil
  ) -> [Diagnostic] {
    if tables.findings.isEmpty { return [] }
    let places = findingPlaces
    var wanted: Set<Int> = []
    for id in ids {
      wanted.formUnion(places[id] ?? [])
      if let generator = generator(of: id) { wanted.formUnion(places[generator] ?? []) }
    }
    var found: [Diagnostic] = []
    var told: Set<Diagnostic> = []
    for place in wanted.sorted() {
      let finding = tables.findings[place]
      if !withImports, finding.subject == .imports { continue }
      var diagnostic = finding.diagnostic
      let made = type(of: finding.target)?.generates ?? typeName(of: finding.target)
      // Who works on other types needs none of it; who does through what imports it, is told of the import.
      let needsNone = !withImports || types.map { !$0.isEmpty && !$0.contains(made) } ?? false
      if finding.subject == .lists, needsNone { diagnostic.severity = .warning }
      if let types, finding.subject == .sources, !types.contains(made) { diagnostic.severity = .warning }
      if told.insert(diagnostic).inserted { found.append(diagnostic) }
    }
    return found
  }

  /// Of edges that begin at the targets, those that rules in BUILD files forbid or warn of, by address.
  package func violations(of ids: some Sequence<TargetID>) -> [Violation] {
    if tables.violations.isEmpty { return [] }
    let wanted = Set(ids)
    return tables.violations.filter { wanted.contains($0.origin) }
  }

  /// Whether any edge breaks a rule.
  package var hasViolations: Bool { !tables.violations.isEmpty }

  /// By target, the places of its findings.
  private var findingPlaces: [TargetID: [Int]] {
    derived.withLock { derived in
      if let places = derived.findingPlaces { return places }
      var places: [TargetID: [Int]] = [:]
      for (place, finding) in tables.findings.enumerated() { places[finding.target, default: []].append(place) }
      derived.findingPlaces = places
      return places
    }
  }

  /// Whether anything is worth telling of any target.
  package var hasFindings: Bool { !tables.findings.isEmpty }

  // MARK: Modules

  /// The nearest source root of a folder, by path; empty for the workspace's root, nil for none.
  package func sourceRoot(of directory: DirectoryID) -> String? {
    let root = sourceRoots[Int(directory)]
    return root < 0 ? nil : snapshot.path(ofDirectory: root)
  }

  /// The source root that a file lies in; empty for the workspace's root, nil for none.
  package func sourceRoot(ofFile file: PathID) -> String? { sourceRoot(of: snapshot.directory(of: file)) }

  /// Of the target's first file, else of its BUILD file's folder; empty for the workspace's root, nil for none.
  package func sourceRoot(ofTarget id: TargetID) -> String? {
    if let file = sources(of: id).first { return sourceRoot(ofFile: file) }
    return snapshot.directoryID(ofPath: directory(of: id)).flatMap { sourceRoot(of: $0) }
  }

  /// By folder, the nearest source root; -1 for none.
  private var sourceRoots: [DirectoryID] {
    derived.withLock { derived in
      if let roots = derived.sourceRoots { return roots }
      let roots = sourceRootRules.roots(in: snapshot)
      derived.sourceRoots = roots
      return roots
    }
  }

  /// First parts of the modules that the workspace itself provides, sorted.
  package var firstPartyModules: [String] { tables.topLevelModules }

  // MARK: Edges

  /// The edges as they were written and inferred: a generator stands for itself, and depends on what it generates. Sorted.
  package func rawDependencies(of id: TargetID) -> [TargetID] {
    let references = tables.references[id]
    return references.isEmpty ? Array(tables.dependencies[id]) : Set(tables.dependencies[id]).union(references).sorted()
  }

  /// The raw edges that closures follow: those from fields of kind `addresses` are left out.
  package var closureEdges: Adjacency { tables.dependencies }

  /// What the addresses in a field stand for, in the field's order: of a field of kind `addresses`, say. Names of nothing are left out:
  /// the load has reported them.
  package func targets(named texts: [String], in id: TargetID) -> [TargetID] {
    let directory = address(of: id).directory
    return texts.flatMap { text -> [TargetID] in
      guard let input = try? AddressInput(parsing: text, in: directory) else { return [] }
      return (try? resolve(input, text: text)) ?? []
    }
  }

  /// As `dependencies` and `peek` show them: a generator is replaced by what it generated. Sorted by address.
  package func dependencies(of id: TargetID) -> [TargetID] { expandingGenerators(rawDependencies(of: id)) }

  /// Whose raw dependencies hold the target, sorted by address.
  package func dependents(of id: TargetID) -> ArraySlice<TargetID> { rawDependents[id] }

  /// All raw edges, those from fields of kind `addresses` too.
  private var rawEdges: Adjacency {
    if tables.references.items.isEmpty { return tables.dependencies }
    return kept(\.rawEdges) { Adjacency(ids.map { rawDependencies(of: $0) }) }
  }

  private var rawDependents: Adjacency { kept(\.dependents) { rawEdges.reversed(count: count) } }

  /// By target what `dependencies(of:)` answers, for all targets at once.
  package var expandedEdges: Adjacency {
    kept(\.expanded) {
      let raw = rawEdges
      var lists = Adjacency()
      for id in ids {
        let list = raw[id]
        guard list.contains(where: isGenerator) else {
          lists.append(list)
          continue
        }
        var below = list.flatMap { isGenerator($0) ? Array(generated(by: $0)) : [$0] }.sorted()
        below.removeRepeats()
        lists.append(below)
      }
      return lists
    }
  }

  /// The same edges turned round.
  package var expandedDependents: Adjacency { kept(\.expandedDependents) { expandedEdges.reversed(count: count) } }

  /// What was made before, else what is made now: without the lock held, since one may need another.
  private func kept(_ place: any WritableKeyPath<Derived, Adjacency?> & Sendable, _ make: () -> Adjacency) -> Adjacency {
    if let known = derived.withLock({ $0[keyPath: place] }) { return known }
    let made = make()
    derived.withLock { $0[keyPath: place] = made }
    return made
  }

  /// What the target's `!!` name, generators expanded; empty for most.
  package func transitiveExcludes(of id: TargetID) -> [TargetID] {
    let all = derived.withLock { derived in
      if let excludes = derived.excludes { return excludes }
      var excludes: [TargetID: [TargetID]] = [:]
      for index in stride(from: 0, to: tables.transitiveExcludes.count, by: 2) {
        excludes[tables.transitiveExcludes[index], default: []].append(tables.transitiveExcludes[index + 1])
      }
      derived.excludes = excludes
      return excludes
    }
    return all[id].map { expandingGenerators($0) } ?? []
  }

  /// All that the targets depend on, directly or not, generators replaced, sorted. A root is in it only if something leads back to it;
  /// what a root generates is.
  ///
  /// Whatever a `!!` of a root or of anything reached names is left out; what only it leads to stays.
  /// - Parameter followingReferences: also through fields of kind `addresses`, as who asks for dependencies wants it and closures do not.
  package func transitiveDependencies(of roots: some Sequence<TargetID>, followingReferences: Bool = false) -> [TargetID] {
    let roots = Array(roots)
    let edges = followingReferences ? rawEdges : tables.dependencies
    let visited = reached(from: roots, by: edges).filter { !isGenerator($0) }
    var excluded: Set<TargetID> = []
    if !tables.transitiveExcludes.isEmpty {
      for id in roots { excluded.formUnion(transitiveExcludes(of: id)) }
      for id in visited { excluded.formUnion(transitiveExcludes(of: id)) }
    }
    return excluded.isEmpty ? visited : visited.filter { !excluded.contains($0) }
  }

  /// The targets (generators replaced) and all they depend on, sorted.
  package func closure(of roots: some Sequence<TargetID>) -> [TargetID] {
    let roots = expandingGenerators(roots)
    return Set(roots).union(transitiveDependencies(of: roots)).sorted()
  }

  /// All that depends on the targets, directly or not, by raw edges, sorted; the roots are never in it.
  package func transitiveDependents(of roots: some Sequence<TargetID>) -> [TargetID] {
    let roots = Array(roots)
    let own = Set(roots)
    return reached(from: roots, by: rawDependents).filter { !own.contains($0) }
  }

  /// Ids that an edge from a root or a reached id leads to, sorted.
  private func reached(from roots: [TargetID], by edges: Adjacency) -> [TargetID] {
    var isReached = [Bool](repeating: false, count: count)
    var waiting = roots
    while let id = waiting.popLast() {
      for next in edges[id] where !isReached[Int(next)] {
        isReached[Int(next)] = true
        waiting.append(next)
      }
    }
    return ids.filter { isReached[Int($0)] }
  }

  // MARK: What the load noticed

  /// Ambiguous owners, deprecated fields, in the order of their places.
  package var warnings: [Diagnostic] { tables.warnings }

  /// Target types that nobody registered, most used first.
  package var unknownTypes: [UnknownType] { tables.unknownTypes }

  /// The one warning about unknown types; nil where there are none.
  package var unknownTypesWarning: Diagnostic? {
    guard let first = unknownTypes.first else { return nil }
    let calls = unknownTypes.reduce(0) { $0 + $1.count }
    let types = unknownTypes.count == 1 ? "the type `\(first.name)`" : "\(unknownTypes.count) types"
    let listed = 5
    var notes = unknownTypes.prefix(listed).map { unknown in
      let place = "\(unknown.first.file):\(unknown.first.position.line)"
      let guess = unknown.suggestion.map { "; did you mean `\($0)`?" } ?? ""
      return "\(unknown.name): \(unknown.count) (first at \(place))\(guess)"
    }
    if unknownTypes.count > listed {
      let rest = unknownTypes.dropFirst(listed)
      notes.append("and \(rest.count) more types with \(rest.reduce(0) { $0 + $1.count }) targets")
    }
    return Diagnostic(
      .warning, "\(calls) \(calls == 1 ? "target is" : "targets are") of \(types) that no enabled plugin knows, kept as opaque",
      hint:
        "enable the backend that defines \(unknownTypes.count == 1 ? "it" : "them"), or set `[GLOBAL].unknown_targets = \"error\"` to refuse them",
      notes: notes)
  }
}

extension Address.Parameter {
  /// What `k=v,…` lists.
  static func list(_ text: String) -> [Address.Parameter] {
    text.split(separator: ",").map { item in
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return Address.Parameter(key: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
    }
  }
}

extension [Int32] {
  /// Of a sorted list.
  fileprivate mutating func removeRepeats() {
    var kept = 0
    for item in self where kept == 0 || self[kept - 1] != item {
      self[kept] = item
      kept += 1
    }
    removeLast(count - kept)
  }
}
