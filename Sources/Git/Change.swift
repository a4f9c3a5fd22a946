// A file that is not what it was.

/// One file that differs between a base and now.
package struct Change: Hashable, Sendable {
  package enum Kind: Sendable {
    case added, modified, deleted
    /// A file became a symbolic link, or the other way round.
    case retyped
  }

  /// From the workspace's root. Names that are not UTF-8 are mended, as in the snapshot that leaves them out.
  package let path: String
  package let kind: Kind

  package init(_ path: String, _ kind: Kind) {
    self.path = path
    self.kind = kind
  }
}

/// A commit to compare with, and why this one.
package struct Base: Equatable, Sendable {
  /// In full.
  package let commit: String
  /// For people: "the merge base with origin/main".
  package let reason: String

  package init(commit: String, reason: String) {
    self.commit = commit
    self.reason = reason
  }
}
