// What a snapshot leaves out.

/// The settings of a walk.
package struct SnapshotOptions: Equatable, Sendable {
  /// gitignore's syntax, relative to the root; they win over every `.gitignore`, so that `!name` brings back what one leaves out.
  package var ignorePatterns: [String]
  package var useGitignore: Bool
  /// A folder below the root that holds a file of one of these names is left out whole (a virtual environment, a nested workspace).
  package var prunedMarkers: [String]

  package init(ignorePatterns: [String] = [], useGitignore: Bool = true, prunedMarkers: [String] = []) {
    self.ignorePatterns = ignorePatterns
    self.useGitignore = useGitignore
    self.prunedMarkers = prunedMarkers
  }
}
