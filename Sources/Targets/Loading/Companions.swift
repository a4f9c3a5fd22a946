// Files that are laid out with a target's sources, whoever owns them: what makes modules of the folders that the sources lie in.

internal import Snapshots

/// Finds them by name, in the folder of each source and in all above it.
struct Companions {
  private struct Place: Hashable {
    let rule: Int
    let directory: DirectoryID
  }

  private let rules: [ModuleSettings.Companions]
  private let snapshot: Snapshot
  private var known: [Place: [PathID]] = [:]

  init(_ rules: LoadRules, _ snapshot: Snapshot) {
    var found: [ModuleSettings.Companions] = []
    for rule in rules.inference {
      guard case .modules(_, let settings) = rule.resolving else { continue }
      for companions in settings.companions where !found.contains(companions) { found.append(companions) }
    }
    self.rules = found
    self.snapshot = snapshot
  }

  /// What is laid out with these sources of a target, without them; ascending.
  mutating func files(of sources: [PathID], _ type: String) -> [PathID] {
    if sources.isEmpty { return [] }
    var files: Set<PathID> = []
    for (index, rule) in rules.enumerated() where rule.types.contains(type) {
      for source in sources { files.formUnion(self.files(Place(rule: index, directory: snapshot.directory(of: source)))) }
    }
    return files.subtracting(sources).sorted()
  }

  private mutating func files(_ place: Place) -> [PathID] {
    if let files = known[place] { return files }
    var files = snapshot.parent(ofDirectory: place.directory).map { self.files(Place(rule: place.rule, directory: $0)) } ?? []
    files += rules[place.rule].names.compactMap { snapshot.id(ofName: $0, in: place.directory) }
    known[place] = files
    return files
  }
}
