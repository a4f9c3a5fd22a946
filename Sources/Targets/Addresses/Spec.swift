// What of the workspace a command is about: the specs of the command line.

/// One spec, parsed; nothing of it has been looked up yet.
package enum Spec: Hashable, Sendable {
  /// `dir:name`, `dir/f.sh:name`, `dir:gen#generated`, `…@k=v`.
  case address(AddressInput)
  /// `path` without a colon or a wildcard: a file's owners, or the targets that live in a folder, generators left out.
  case path(String)
  /// `dir:`: all targets that live in a folder.
  case directory(String)
  /// `dir::`: all targets that live in a folder or below.
  case subtree(String)
  /// A path with wildcards: the owners of the files it matches.
  case glob(String)

  /// - Parameter text: without the `-` of an exclusion.
  package init(parsing text: String) throws(AddressInput.Malformed) {
    func clean(_ path: Substring) throws(AddressInput.Malformed) -> String {
      let inside = path.hasPrefix("//") ? path.dropFirst(2) : path
      if inside.hasPrefix("/") { throw .absolutePath }
      guard let path = normalized(String(inside)) else { throw .leavesWorkspace }
      return path
    }
    guard !text.isEmpty else { throw .empty }
    if text.hasSuffix("::") {
      self = .subtree(try clean(text.dropLast(2)))
    } else if text.hasSuffix(":") {
      self = .directory(try clean(text.dropLast()))
    } else if text.contains(where: { $0 == ":" || $0 == "#" }) || text.contains("@") && text.contains("=") {
      self = .address(try AddressInput(parsing: text))
    } else if text.contains(where: { $0 == "*" || $0 == "?" || $0 == "[" }) {
      self = .glob(try clean(text[...]))
    } else {
      self = .path(try clean(text[...]))
    }
  }
}

/// All specs of a command: what is wanted, and what is left out of it.
package struct Specs: Hashable, Sendable {
  package var includes: [(text: String, spec: Spec)] { written.filter { !$0.isExclusion }.map { ($0.text, $0.spec) } }
  package var excludes: [(text: String, spec: Spec)] { written.filter(\.isExclusion).map { ($0.text, $0.spec) } }
  private let written: [Written]

  private struct Written: Hashable, Sendable {
    let text: String
    let spec: Spec
    let isExclusion: Bool
  }

  /// No spec at all: nothing is selected.
  package var isEmpty: Bool { written.isEmpty }

  /// - Parameter texts: as on the command line; a leading `-` leaves out.
  /// - Throws: every spec that is none.
  package init(parsing texts: [String]) throws(SpecErrors) {
    var written: [Written] = []
    var errors: [SpecError] = []
    for text in texts {
      let isExclusion = text.hasPrefix("-")
      let body = isExclusion ? String(text.dropFirst()) : text
      do throws(AddressInput.Malformed) {
        written.append(Written(text: body, spec: try Spec(parsing: body), isExclusion: isExclusion))
      } catch {
        errors.append(.malformed(body, error))
      }
    }
    if !errors.isEmpty { throw SpecErrors(errors: errors) }
    self.written = written
  }
}

/// Why a spec selects nothing.
package enum SpecError: Error, Equatable, Sendable {
  case malformed(String, AddressInput.Malformed)
  case noSuchDirectory(String, didYouMean: String?)
  case noTargets(inDirectory: String)
  case noSuchTarget(String, inDirectory: String, didYouMean: String?, known: [String])
  case noSuchFile(String, didYouMean: String?)
  case unowned(file: String)
  case badGlob(String, reason: String)
  case nothingMatches(glob: String)
}

extension SpecError {
  /// Whether it is about files and folders: nothing is there, or none that a target owns; a name that is wrong is another matter.
  package var isUnmatched: Bool {
    switch self {
    case .noSuchDirectory, .noTargets, .noSuchFile, .unowned, .nothingMatches: true
    case .malformed, .noSuchTarget, .badGlob: false
    }
  }
}

/// Every spec that selects nothing.
package struct SpecErrors: Error, Equatable, Sendable {
  package let errors: [SpecError]
}
