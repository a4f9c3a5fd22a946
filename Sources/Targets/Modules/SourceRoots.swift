// Which folders are the roots that importable names are counted from: `[source]` in the configuration.

package import Diagnostics
internal import Fingerprints
package import Snapshots

/// The folders that are source roots: those a pattern fits, and those that hold a marker file.
///
/// A pattern fits the end of a folder's path, part by part; one that begins with `/` fits the whole path, and `/` alone the workspace's root.
/// `*` stands for any characters of one part. A folder below the root that holds a package file is a root for no pattern and no marker but a pattern
/// that fits the whole path.
package struct SourceRoots: Hashable, Sendable {
  struct Pattern: Hashable, Sendable {
    let isAnchored: Bool
    /// The last parts of a path; empty for the root.
    let parts: [String]
  }

  fileprivate let patterns: [Pattern]
  fileprivate let markers: [String]
  fileprivate let packageFiles: [String]

  /// The workspace's root alone.
  package static let usual = SourceRoots(checked: [Pattern(isAnchored: true, parts: [])], [])

  private init(checked patterns: [Pattern], _ markers: [String], packageFiles: [String] = []) {
    self.patterns = patterns
    self.markers = markers
    self.packageFiles = packageFiles
  }

  /// - Parameter packageFiles: names of files that make a folder a part of what is imported, rather than a root.
  /// - Throws: for a pattern with `..`, and for a marker that is no plain file name.
  package init(patterns: [String], markers: [String], packageFiles: [String] = []) throws(UserError) {
    var errors: [Diagnostic] = []
    var made: [Pattern] = []
    for text in patterns {
      let parts = text.split(separator: "/").filter { $0 != "." }.map(String.init)
      if parts.contains("..") {
        errors.append(
          Diagnostic(.error, "`[source].root_patterns` holds `\(text)`: a source root lies in the workspace, `..` cannot be part of it"))
      } else if parts.isEmpty, text.isEmpty {
        errors.append(Diagnostic(.error, "`[source].root_patterns` holds an empty pattern", hint: "the workspace's root is `/`"))
      } else {
        made.append(Pattern(isAnchored: text.hasPrefix("/") || parts.isEmpty, parts: parts.map { $0 == "**" ? "*" : $0 }))
      }
    }
    for marker in markers where marker.isEmpty || marker.contains(where: { "/*!".contains($0) }) {
      errors.append(Diagnostic(.error, "`[source].marker_filenames` holds `\(marker)`, which is no plain file name"))
    }
    if !errors.isEmpty { throw UserError(errors) }
    self.init(checked: made, markers, packageFiles: packageFiles)
  }

  /// The nearest source root of every folder, from itself upwards, by the snapshot's ids; -1 where there is none.
  package func roots(in snapshot: Snapshot) -> [DirectoryID] {
    var roots = [DirectoryID](repeating: -1, count: snapshot.directoryCount)
    let compiled = patterns.map { pattern in
      (pattern, pattern.parts.map { part in part.contains { "*?[".contains($0) } ? try? GlobSet([part]) : nil })
    }
    // Parents come before their children.
    for id in snapshot.directories(under: 0) {
      let path = snapshot.path(ofDirectory: id).split(separator: "/")
      let isPackage = id != 0 && packageFiles.contains { snapshot.id(ofName: $0, in: id) != nil }
      if compiled.contains(where: { (!isPackage || $0.0.isAnchored) && SourceRoots.fits($0.0, $0.1, path) })
        || !isPackage && markers.contains(where: { snapshot.id(ofName: $0, in: id) != nil })
      {
        roots[Int(id)] = id
      } else if let parent = snapshot.parent(ofDirectory: id) {
        roots[Int(id)] = roots[Int(parent)]
      }
    }
    return roots
  }

  private static func fits(_ pattern: Pattern, _ globs: [GlobSet?], _ path: [Substring]) -> Bool {
    let count = pattern.parts.count
    var parts = Array(zip(pattern.parts, globs))[...]
    if pattern.isAnchored {
      guard path.count == count else { return false }
    } else if path.count == count - 1 {
      // The root counts as a part of its own, which only a bare `*` fits.
      guard parts.first?.0 == "*" else { return false }
      parts = parts.dropFirst()
    } else if path.count < count {
      return false
    }
    return zip(path.suffix(parts.count), parts).allSatisfy { part, wanted in wanted.1?.matches(String(part)) ?? (part == wanted.0) }
  }
}

extension ByteWriter {
  mutating func write(_ roots: SourceRoots) {
    write(roots.patterns) { writer, pattern in
      writer.write(pattern.isAnchored)
      writer.write(pattern.parts)
    }
    write(roots.markers)
    write(roots.packageFiles)
  }
}
