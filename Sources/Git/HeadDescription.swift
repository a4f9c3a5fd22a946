// The commit that is checked out, told by the nearest tag before it: where versions come from.

/// `HEAD` as `git describe` tells it.
package struct HeadDescription: Equatable, Sendable {
  /// The nearest tag that fits the pattern; nil where none is reachable.
  package var tag: String?
  /// Commits since that tag.
  package var distance: Int
  /// In full.
  package var commit: String
  /// Whether files that git knows differ from the commit.
  package var isModified: Bool

  package init(tag: String?, distance: Int, commit: String, isModified: Bool) {
    self.tag = tag
    self.distance = distance
    self.commit = commit
    self.isModified = isModified
  }
}

extension Repository {
  /// Where `HEAD` stands.
  /// - Parameter pattern: of the tags that count, as `git describe --match` takes it.
  package func describeHead(tags pattern: String) throws(GitError) -> HeadDescription {
    guard let commit = try commit("HEAD") else { throw .noCommits }
    let text = try git.answer(["describe", "--tags", "--long", "--always", "--abbrev=40", "--dirty", "--match", pattern]).text
    let isModified = text.hasSuffix("-dirty")
    // `TAG-DISTANCE-gCOMMIT`, and without a tag the commit alone.
    let parts = (isModified ? text.dropLast("-dirty".count) : text[...]).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 3, let distance = Int(parts[parts.count - 2]), parts[parts.count - 1].hasPrefix("g") else {
      return HeadDescription(tag: nil, distance: 0, commit: commit, isModified: isModified)
    }
    return HeadDescription(tag: parts.dropLast(2).joined(separator: "-"), distance: distance, commit: commit, isModified: isModified)
  }
}
