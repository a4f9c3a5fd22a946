// What of the configuration decides how BUILD files are found and read.

package import Fingerprints

/// How BUILD files are found and read.
package struct LoadOptions: Sendable {
  package enum Strictness: String, Sendable, CaseIterable { case ignore, warn, error }

  /// Globs that a BUILD file's name matches.
  package var buildPatterns: [String] = ["BUILD", "BUILD.*"]
  /// Globs over workspace paths, as in `.gitignore`: BUILD files that do not count.
  package var buildIgnore: [String] = []
  /// Globs over workspace paths: files whose public names every BUILD file sees.
  package var preludeGlobs: [String] = []
  /// What to do about a target type that nobody registered: `.warn` keeps its targets as opaque, `.error` refuses them.
  package var unknownTargets: Strictness = .error
  /// What to do about a `sources` pattern that matches no file, and a `source` that is not there.
  package var unmatchedGlobs: Strictness = .warn
  /// What to do about a dependency that names nothing: `.error` refuses the load, `.warn` only commands that ask for that target's
  /// dependencies.
  package var unknownDependencies: Strictness = .error
  /// What to do about a field that its target's type does not have: `.warn` leaves it out, as one that a plugin which is not here may have
  /// brought, unless a field of nearly that name exists.
  package var unknownFields: Strictness = .error
  /// Whether the rules of who may depend on whom are read and checked.
  package var checksVisibility = false
  /// Which folders importable names are counted from.
  package var sourceRoots = SourceRoots.usual
  /// Whether files that no target owns have the targets that would be written for them.
  package var implicitTargets = false
  /// What `env(NAME)` reads; each name asked for becomes part of the memo.
  package var environment: @Sendable (_ name: String) -> String? = { _ in nil }
  /// Names that `env()` refuses: values that must not reach a key or a log.
  package var secretEnvironment: Set<String> = []

  /// What some files held at another time, in place of what they hold now. In no key: answers to questions are made from it.
  package var earlier: EarlierContents?

  package init() {}

  /// Of everything but the environment, whose values are asked for one by one.
  package func write(to writer: inout ByteWriter) {
    writer.write(buildPatterns)
    writer.write(buildIgnore)
    writer.write(preludeGlobs)
    writer.write(unknownTargets.rawValue)
    writer.write(unmatchedGlobs.rawValue)
    writer.write(unknownDependencies.rawValue)
    writer.write(unknownFields.rawValue)
    writer.write(checksVisibility)
    writer.write(sourceRoots)
    writer.write(implicitTargets)
    writer.write(secretEnvironment.sorted(by: precedes))
  }
}
