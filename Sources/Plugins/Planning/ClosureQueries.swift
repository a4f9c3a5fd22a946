// Questions about closures – which targets of a type, which values of a field, which source roots – answered for all targets in one pass.

internal import Fingerprints
internal import Synchronization
internal import Targets

/// Answers what closures hold, without walking each.
///
/// A kind of question is answered for every component of the condensed graph at once: what a component holds is its own and what its
/// dependencies hold, as bit sets that equal components share. Where a `!!` is reached, and where there would be too many different sets,
/// the closure is walked.
final class ClosureQueries: Sendable {
  enum Kind: Hashable, Sendable {
    /// Targets of these types, by address.
    case targets([String])
    /// Distinct values of a field, `None` left out.
    case values(String)
    /// Distinct source roots of the files; `""` is the workspace's root.
    case sourceRoots
    /// Every target of these types in the workspace, whatever is asked about.
    case allTargets([String])
    /// The targets themselves.
    case themselves
    /// Topmost names of the modules that the workspace provides, whatever is asked about.
    case firstParty
    /// What addresses name that are written somewhere, whatever is asked about; those that name nothing are left out.
    case named([String])
    /// What the targets themselves depend on, generators replaced by what they generate.
    case dependencies
  }

  enum Item: Hashable, Sendable {
    case target(TargetID)
    case value(FieldValue)
  }

  private let graph: Graph
  private let closures: Closures
  private let secret: Secret
  private let state = Mutex(State())

  private struct State {
    var tables: [Kind: Table] = [:]
    /// By component: whether a `!!` is among what it reaches; nil until asked.
    var excluding: [Bool]?
    var all: [Kind: [TargetID]] = [:]
  }

  /// One kind of question, answered for every component.
  private struct Table {
    /// In the order of answers; a bit each.
    let items: [Item]
    /// By target that is no generator: its own items.
    let own: [TargetID: [Int32]]
    /// By component: which of `sets`; nil where closures are walked.
    let places: [Int32]?
    let sets: [[UInt64]]
    /// Of the answers that `sets` are, as far as they were asked.
    var fingerprints: [Int32: Fingerprint] = [:]
  }

  /// Words of bit sets that one kind of question may take: 64 MiB.
  private static let mostWords = 8 << 20

  init(graph: Graph, closures: Closures, secret: Secret) {
    self.graph = graph
    self.closures = closures
    self.secret = secret
  }

  /// The answer about the closures of `roots` together, in order, each item once.
  func items(_ kind: Kind, of roots: [TargetID]) -> [Item] {
    state.withLock { state in
      if case .allTargets(let types) = kind { return all(types, kind, &state).map { .target($0) } }
      if case .themselves = kind { return roots.map { .target($0) } }
      if case .firstParty = kind { return modules }
      if case .named(let addresses) = kind { return named(addresses).map { .target($0) } }
      if case .dependencies = kind { return dependencies(of: roots).map { .target($0) } }
      return find(kind, roots, &state)
    }
  }

  /// Stands for the answer and for everything that a plan function can learn from it.
  func fingerprint(_ kind: Kind, of roots: [TargetID]) -> Fingerprint {
    state.withLock { state in
      if case .allTargets(let types) = kind { return fingerprint(of: all(types, kind, &state).map { .target($0) }) }
      if case .themselves = kind { return fingerprint(of: roots.map { .target($0) }) }
      if case .firstParty = kind { return fingerprint(of: modules) }
      if case .named(let addresses) = kind { return fingerprint(of: named(addresses).map { .target($0) }) }
      if case .dependencies = kind { return fingerprint(of: dependencies(of: roots).map { .target($0) }) }
      if roots.count == 1, let place = place(kind, roots[0], &state) {
        if let known = state.tables[kind]?.fingerprints[place] { return known }
        let made = fingerprint(of: find(kind, roots, &state))
        state.tables[kind]?.fingerprints[place] = made
        return made
      }
      return fingerprint(of: find(kind, roots, &state))
    }
  }

  // MARK: - Answers

  private var modules: [Item] { graph.firstPartyModules.map { .value(.string($0)) } }

  private func named(_ addresses: [String]) -> [TargetID] {
    var found: Set<TargetID> = []
    for text in addresses { found.formUnion((try? graph.targets(named: text)) ?? []) }
    return found.sorted()
  }

  private func dependencies(of roots: [TargetID]) -> [TargetID] {
    let edges = graph.closureEdges
    return Set(graph.expandingGenerators(graph.expandingGenerators(roots).flatMap { edges[$0] })).sorted()
  }

  private func all(_ types: [String], _ kind: Kind, _ state: inout State) -> [TargetID] {
    if let known = state.all[kind] { return known }
    let wanted = Set(types)
    let found = graph.ids.filter { !graph.isGenerator($0) && wanted.contains(graph.typeName(of: $0)) }
    state.all[kind] = found
    return found
  }

  private func find(_ kind: Kind, _ roots: [TargetID], _ state: inout State) -> [Item] {
    let roots = graph.expandingGenerators(roots)
    prepare(kind, &state)
    guard let table = state.tables[kind] else { return [] }
    let excluding = excluding(&state)
    guard let places = table.places, !roots.contains(where: { excluding[Int(closures.component[Int($0)])] }) else {
      var bits: Set<Int32> = []
      for id in graph.closure(of: roots) { bits.formUnion(table.own[id] ?? []) }
      return bits.sorted().map { table.items[Int($0)] }
    }
    var words: [UInt64] = []
    var seen: Set<Int32> = []
    for id in roots {
      let place = places[Int(closures.component[Int(id)])]
      guard seen.insert(place).inserted else { continue }
      unite(&words, table.sets[Int(place)])
    }
    var items: [Item] = []
    for (index, word) in words.enumerated() where word != 0 {
      for bit in 0..<64 where word & (1 << UInt64(bit)) != 0 { items.append(table.items[index * 64 + bit]) }
    }
    return items
  }

  /// The set that answers for one target; nil where its closure is walked.
  private func place(_ kind: Kind, _ root: TargetID, _ state: inout State) -> Int32? {
    if graph.isGenerator(root) { return nil }
    prepare(kind, &state)
    let component = Int(closures.component[Int(root)])
    guard let places = state.tables[kind]?.places, !excluding(&state)[component] else { return nil }
    return places[component]
  }

  private func fingerprint(of items: [Item]) -> Fingerprint {
    secret.fingerprint { writer in
      writer.write(UInt64(items.count))
      for item in items {
        switch item {
        case .target(let id): graph.writeFacts(of: id, to: &writer)
        case .value(let value): writer.write(value)
        }
      }
    }
  }

  // MARK: - Tables

  private func prepare(_ kind: Kind, _ state: inout State) {
    if state.tables[kind] == nil { state.tables[kind] = table(kind) }
  }

  private func table(_ kind: Kind) -> Table {
    var items: [Item] = []
    var own: [TargetID: [Int32]] = [:]
    switch kind {
    case .targets(let types):
      let wanted = Set(types)
      for id in graph.ids where !graph.isGenerator(id) && wanted.contains(graph.typeName(of: id)) {
        own[id] = [Int32(items.count)]
        items.append(.target(id))
      }
    case .values(let name):
      var values: [TargetID: [FieldValue]] = [:]
      for id in graph.ids where !graph.isGenerator(id) {
        let value = graph.field(name, of: id)
        if !value.isNone { values[id] = [value] }
      }
      (items, own) = ClosureQueries.ordered(values)
    case .sourceRoots:
      var values: [TargetID: [FieldValue]] = [:]
      for id in graph.ids where !graph.isGenerator(id) {
        let roots = Set(graph.sources(of: id).compactMap { graph.sourceRoot(ofFile: $0) })
        if !roots.isEmpty { values[id] = roots.map { .string($0) } }
      }
      (items, own) = ClosureQueries.ordered(values)
    case .allTargets, .themselves, .firstParty, .named, .dependencies: break
    }
    let (places, sets) = propagated(own, width: (items.count + 63) / 64)
    return Table(items: items, own: own, places: places, sets: sets)
  }

  /// Values as items: texts in their order, everything else by its encoding.
  private static func ordered(_ values: [TargetID: [FieldValue]]) -> (items: [Item], own: [TargetID: [Int32]]) {
    func encoded(_ value: FieldValue) -> [UInt8] {
      if let text = value.string { return [0] + Array(text.utf8) }
      var writer = ByteWriter()
      writer.write(UInt8(1))
      writer.write(value)
      return writer.bytes
    }
    let distinct = Set(values.values.joined()).map { ($0, encoded($0)) }.sorted { $0.1.lexicographicallyPrecedes($1.1) }.map(\.0)
    let places = Dictionary(distinct.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
    return (distinct.map { .value($0) }, values.mapValues { $0.compactMap { places[$0] } })
  }

  /// What each component holds, from those it depends on: components are numbered dependencies first.
  private func propagated(_ own: [TargetID: [Int32]], width: Int) -> (places: [Int32]?, sets: [[UInt64]]) {
    var ownBits: [Int32: [UInt64]] = [:]
    for (id, bits) in own {
      var words = ownBits[closures.component[Int(id)]] ?? [UInt64](repeating: 0, count: width)
      for bit in bits { words[Int(bit) / 64] |= 1 << UInt64(bit % 64) }
      ownBits[closures.component[Int(id)]] = words
    }
    let members = Adjacency(closures.component.map { [$0] }).reversed(count: closures.componentCount)
    let edges = graph.closureEdges
    var places = [Int32](repeating: 0, count: closures.componentCount)
    var sets: [[UInt64]] = [[]]
    var known: [[UInt64]: Int32] = [[]: 0]
    var words = 0
    for current in 0..<Int32(closures.componentCount) {
      var below: Set<Int32> = []
      for target in members[current] {
        for dependency in edges[target] where closures.component[Int(dependency)] != current {
          below.insert(places[Int(closures.component[Int(dependency)])])
        }
      }
      below.remove(0)
      let mine = ownBits[current]
      if mine == nil, below.count <= 1 {
        places[Int(current)] = below.first ?? 0
        continue
      }
      var union = mine ?? []
      for place in below { unite(&union, sets[Int(place)]) }
      if let place = known[union] {
        places[Int(current)] = place
        continue
      }
      words += width
      if words > ClosureQueries.mostWords { return (nil, []) }
      let place = Int32(sets.count)
      sets.append(union)
      known[union] = place
      places[Int(current)] = place
    }
    return (places, sets)
  }

  private func excluding(_ state: inout State) -> [Bool] {
    if let known = state.excluding { return known }
    var reaches = [Bool](repeating: false, count: closures.componentCount)
    var isAny = false
    for id in graph.ids where !graph.transitiveExcludes(of: id).isEmpty {
      reaches[Int(closures.component[Int(id)])] = true
      isAny = true
    }
    if isAny {
      let members = Adjacency(closures.component.map { [$0] }).reversed(count: closures.componentCount)
      for current in 0..<Int32(closures.componentCount) where !reaches[Int(current)] {
        reaches[Int(current)] = members[current].contains { target in
          graph.closureEdges[target].contains { reaches[Int(closures.component[Int($0)])] }
        }
      }
    }
    state.excluding = reaches
    return reaches
  }
}

private func unite(_ words: inout [UInt64], _ other: [UInt64]) {
  if words.count < other.count { words += [UInt64](repeating: 0, count: other.count - words.count) }
  for index in other.indices { words[index] |= other[index] }
}

// MARK: - Coding

extension ByteWriter {
  mutating func write(_ kind: ClosureQueries.Kind) {
    switch kind {
    case .targets(let types):
      write(UInt8(0))
      write(types)
    case .values(let field):
      write(UInt8(1))
      write(field)
    case .sourceRoots: write(UInt8(2))
    case .allTargets(let types):
      write(UInt8(3))
      write(types)
    case .themselves: write(UInt8(4))
    case .firstParty: write(UInt8(5))
    case .named(let addresses):
      write(UInt8(6))
      write(addresses)
    case .dependencies: write(UInt8(7))
    }
  }
}

extension ByteReader {
  mutating func readClosureQueryKind() throws(MalformedBytes) -> ClosureQueries.Kind {
    switch try readByte() {
    case 0: return .targets(try readStrings())
    case 1: return .values(try readString())
    case 2: return .sourceRoots
    case 3: return .allTargets(try readStrings())
    case 4: return .themselves
    case 5: return .firstParty
    case 6: return .named(try readStrings())
    case 7: return .dependencies
    default: throw MalformedBytes()
    }
  }
}
