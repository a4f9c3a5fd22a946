// From changed files to targets: who owns them, who is declared by them, who depends on those.

internal import Diagnostics
internal import Snapshots

/// How far a change reaches.
package enum ChangeReach: String, Sendable, CaseIterable { case none, direct, transitive }

/// The targets that changed files touch.
package struct ChangedTargets: Sendable {
  /// What changed itself.
  package var owners: Set<TargetID> = []
  /// What depends on a changed file that no target stands for: where owners' dependents count, they are the nearest of them.
  package var readers: Set<TargetID> = []
  /// Generators that are in no answer, as they would stand for all that they generate; but where they are owners themselves.
  package var aliases: Set<TargetID> = []

  package init() {}
}

extension Graph {
  /// What files touch, whatever changed in them: as Pants counts it.
  ///
  /// - A file that is there: the targets that own it. A file that a generator reads to know what to generate: all of that, as readers.
  /// - A BUILD file: all targets that it declares, those that are generated in place of their generators.
  /// - A file that is not there, or that no glob may see: the targets, generators included, whose patterns would match it.
  ///
  /// - Parameters:
  ///   - paths: from the workspace's root.
  ///   - byDeclaration: false where what BUILD files declare, and what generators read, is looked at elsewhere.
  package func touched(by paths: [String], byDeclaration: Bool = true) -> ChangedTargets {
    var found = ChangedTargets()
    var gone: [String] = []
    let declared = paths.isEmpty || !byDeclaration ? [:] : Dictionary(grouping: ids.filter { !isGenerator($0) }) { place(of: $0).file }
    for path in paths {
      guard let file = snapshot.id(ofPath: path) else {
        gone.append(path)
        continue
      }
      found.owners.formUnion(declared[path] ?? [])
      for owner in owners(of: file) {
        if isGenerator(owner) {
          guard byDeclaration else { continue }
          found.readers.formUnion(generated(by: owner))
          found.aliases.insert(owner)
        } else {
          found.owners.insert(owner)
        }
      }
    }
    if !gone.isEmpty { found.owners.formUnion(wouldOwn(gone)) }
    return found
  }

  /// The targets whose patterns match files that are not there.
  private func wouldOwn(_ paths: [String]) -> Set<TargetID> {
    var folders: Set<String> = []
    for path in paths {
      var folder = path
      while !folder.isEmpty {
        folder = parentDirectory(folder)
        guard folders.insert(folder).inserted else { break }
      }
    }
    var found: Set<TargetID> = []
    for id in ids where generator(of: id) == nil && folders.contains(directory(of: id)) {
      guard let type = type(of: id), let field = type.sourceField else { continue }
      let patterns = self.field(field.name, of: id).strings
      guard !patterns.isEmpty, let globs = try? GlobSet(patterns) else { continue }
      let directory = directory(of: id)
      let prefix = directory.isEmpty ? "" : directory + "/"
      if paths.contains(where: { $0.hasPrefix(prefix) && globs.matches(String($0.dropFirst(prefix.count))) }) { found.insert(id) }
    }
    return found
  }

  /// The changed targets, and as many of their dependents as is asked for: owners ∪ (dependents − generators of generated owners). Sorted.
  ///
  /// By raw edges. A generator depends on what it generates, and so does whoever names it: as an alias of one changed target it would bring
  /// all others; it stays where it has changed itself, as when a file of its patterns is gone.
  package func reached(by changed: ChangedTargets, _ reach: ChangeReach) -> [TargetID] {
    let roots = changed.owners
    if reach == .none { return roots.sorted() }
    var dependents = changed.readers
    switch reach {
    case .none: break
    case .direct: for id in roots { dependents.formUnion(self.dependents(of: id)) }
    case .transitive: dependents.formUnion(transitiveDependents(of: roots.union(changed.readers)))
    }
    dependents.subtract(roots.compactMap { generator(of: $0) })
    dependents.subtract(changed.aliases)
    return roots.union(dependents).sorted()
  }
}
