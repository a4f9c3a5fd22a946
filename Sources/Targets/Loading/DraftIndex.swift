// The drafts of one load in the order of their addresses, and where each is found: by its address, by its file, by its generator.

internal import Snapshots

/// Drafts by id. Everything is looked up in arrays: of a hundred thousand targets none has a place of its own in a hash table.
struct DraftIndex: Sendable {
  /// Sorted by address: a target's id is its place here.
  let drafts: [Draft]
  /// By target its generator, -1 where it has none.
  private let generators: [TargetID]
  /// By target, what it generates; ascending.
  private let products: Adjacency
  /// By folder of BUILD files, the targets whose addresses lie there.
  private let folders: [String: Range<Int>]
  /// By file, the targets that own it; ascending.
  private let files: Adjacency
  /// By type, ascending.
  private let types: [String: [TargetID]]

  /// - Parameter fileCount: of the snapshot that the drafts' sources belong to.
  init(_ unsorted: [Draft], fileCount: Int) {
    let drafts = DraftIndex.sorted(unsorted)
    self.drafts = drafts
    var folders: [String: Range<Int>] = [:]
    for run in DraftIndex.runs(of: drafts) { folders[drafts[run.lowerBound].address.directory] = run }
    self.folders = folders
    generators = DraftIndex.generators(of: drafts, folders)
    var generatorOf = Adjacency()
    for generator in generators { generatorOf.append(CollectionOfOne(generator).prefix(generator < 0 ? 0 : 1)) }
    products = generatorOf.reversed(count: drafts.count)
    var sources = Adjacency()
    for draft in drafts { sources.append(draft.ownSources) }
    files = sources.reversed(count: fileCount)
    var types: [String: [TargetID]] = [:]
    for (number, draft) in drafts.enumerated() { types[draft.typeName, default: []].append(TargetID(number)) }
    self.types = types
  }

  var count: Int { drafts.count }

  subscript(id: TargetID) -> Draft { drafts[Int(id)] }

  /// An address as it is printed.
  func printed(_ id: TargetID) -> String { self[id].address.description }

  func id(of address: Address) -> TargetID? { folders[address.directory].flatMap { DraftIndex.place(of: address, in: drafts, $0) } }

  func owners(of file: PathID) -> ArraySlice<TargetID> { files[file] }

  func generator(of id: TargetID) -> TargetID? { generators[Int(id)] < 0 ? nil : generators[Int(id)] }

  /// The targets of some types, ascending.
  func ids(ofTypes names: some Sequence<String>) -> [TargetID] { Set(names).flatMap { types[$0] ?? [] }.sorted() }

  /// What a target generates, ascending.
  func products(of id: TargetID) -> ArraySlice<TargetID> { products[id] }

  // MARK: Building

  /// By address. A folder's drafts come from the loading in one piece, and folders in the order of their paths: mostly each piece is sorted for itself.
  private static func sorted(_ drafts: [Draft]) -> [Draft] {
    let addresses = drafts.map(\.address)
    var order = Array(drafts.indices)
    let runs = runs(of: drafts)
    let isInOrder = zip(runs, runs.dropFirst()).allSatisfy {
      pathPrecedes(addresses[$0.lowerBound].directory, addresses[$1.lowerBound].directory)
    }
    if isInOrder {
      for run in runs { order[run].sort { addresses[$0] < addresses[$1] } }
    } else {
      order.sort { addresses[$0] < addresses[$1] }
    }
    return order.map { drafts[$0] }
  }

  /// The longest pieces whose drafts lie in one folder.
  private static func runs(of drafts: [Draft]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var start = 0
    for index in drafts.indices.dropFirst() where drafts[index].address.directory != drafts[start].address.directory {
      runs.append(start..<index)
      start = index
    }
    if start < drafts.count { runs.append(start..<drafts.count) }
    return runs
  }

  /// The last of those with this address.
  private static func place(of address: Address, in drafts: [Draft], _ run: Range<Int>) -> TargetID? {
    var (low, high) = (run.lowerBound, run.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if address < drafts[middle].address { high = middle } else { low = middle + 1 }
    }
    return low > run.lowerBound && drafts[low - 1].address == address ? TargetID(low - 1) : nil
  }

  private static func generators(of drafts: [Draft], _ folders: [String: Range<Int>]) -> [TargetID] {
    // A folder has few generators, and each makes many targets.
    var recent: [(address: Address, id: TargetID)] = []
    return drafts.map { draft in
      guard let generator = draft.generator else { return -1 }
      if let known = recent.first(where: { $0.address == generator }) { return known.id }
      if recent.first?.address.directory != generator.directory { recent = [] }
      let id = folders[generator.directory].flatMap { place(of: generator, in: drafts, $0) } ?? -1
      recent.append((generator, id))
      return id
    }
  }
}
