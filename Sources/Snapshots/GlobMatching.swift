// Globs against a snapshot: only folders that a pattern can reach are looked at.

/// What a set of globs found in a folder.
package struct GlobMatches: Equatable, Sendable {
  /// Ascending, each once; symbolic links among them.
  package var files: [PathID]
  /// The including patterns that matched nothing, exclusions aside, as they were written.
  package var unmatchedPatterns: [String]
}

extension Snapshot {
  /// The files below `directory` that belong to `globs`, whose patterns are relative to it.
  package func match(_ globs: GlobSet, in directory: DirectoryID) -> GlobMatches {
    var found: [PathID] = []
    var unmatched: [String] = []
    for pattern in globs.includes {
      let before = found.count
      collect(pattern.components[...], directory, &found)
      if found.count == before { unmatched.append(pattern.text) }
    }
    found = found.ascending
    if !globs.excludes.isEmpty, !found.isEmpty {
      var excluded: [PathID] = []
      for pattern in globs.excludes { collect(pattern.components[...], directory, &excluded) }
      found = subtracting(excluded.ascending, from: found)
    }
    return GlobMatches(files: found, unmatchedPatterns: unmatched)
  }

  /// Appends what the pattern matches; a file may come more than once if there are several `**`.
  private func collect(_ pattern: ArraySlice<GlobPattern.Component>, _ directory: DirectoryID, _ found: inout [PathID]) {
    guard let component = pattern.first else { return }
    let rest = pattern.dropFirst()
    guard !rest.isEmpty else {
      collect(component, in: listing.files(in: directory), of: directory, &found)
      return
    }
    switch component {
    case .literal(let name):
      if let child = listing.child(named: name[...], of: directory) { collect(rest, child, &found) }
    case .wildcard:
      for child in listing.children(of: directory) where component.matches(listing.directoryName(child)) { collect(rest, child, &found) }
    case .anyDirectories:
      if rest.count == 1, let last = rest.first, case .wildcard = last {
        collect(last, in: listing.files(under: directory), of: nil, &found)
      } else {
        for folder in directories(under: directory) { collect(rest, folder, &found) }
      }
    }
  }

  /// - Parameter directory: the folder whose files are all of `files`; nil if they are of several.
  private func collect(
    _ component: GlobPattern.Component, in files: Range<PathID>, of directory: DirectoryID?, _ found: inout [PathID]
  ) {
    switch component {
    case .wildcard([.anyBytes]): found.append(contentsOf: files)
    case .literal(let name):
      if let directory, let file = listing.file(named: name[...], in: directory) { found.append(file) }
    case .wildcard, .anyDirectories:
      for file in files where component.matches(listing.fileName(file)) { found.append(file) }
    }
  }

  private func subtracting(_ excluded: [PathID], from ids: [PathID]) -> [PathID] {
    var next = 0
    return ids.filter { id in
      while next < excluded.count, excluded[next] < id { next += 1 }
      return next == excluded.count || excluded[next] != id
    }
  }
}

extension [PathID] {
  /// Sorted, each once; at no cost where they are.
  package var ascending: [PathID] {
    if zip(self, dropFirst()).allSatisfy({ $0 < $1 }) { return self }
    var unique: [PathID] = []
    unique.reserveCapacity(count)
    for id in sorted() where unique.last != id { unique.append(id) }
    return unique
  }
}
