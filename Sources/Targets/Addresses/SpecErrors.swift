// The sentences for specs that select nothing.

package import Diagnostics

extension SpecErrors {
  /// For whoever typed the specs.
  package var userError: UserError { UserError(errors.map(\.diagnostic)) }
}

extension SpecError {
  package var diagnostic: Diagnostic {
    func guess(_ name: String?) -> String? { name.map { "did you mean `\($0)`?" } }
    switch self {
    case .malformed(let text, let malformed): return Diagnostic(.error, "`\(text)` selects nothing: \(malformed.reason)")
    case .noSuchDirectory(let path, let name):
      return Diagnostic(.error, "there is no folder `\(path)` in the workspace", hint: guess(name))
    case .noTargets(let directory):
      return Diagnostic(
        .error, "there are no targets in `\(directory.isEmpty ? "//" : directory)`",
        hint: "a BUILD file in it declares them; see `baji help targets`")
    case .noSuchTarget(let text, let directory, let name, let known):
      let shown = known.prefix(8).map { "`\($0)`" }.joined(separator: ", ")
      let place = directory.isEmpty ? "the root's BUILD file" : "`\(directory)`"
      return Diagnostic(
        .error, "there is no target `\(text)`", hint: guess(name),
        notes: known.isEmpty ? ["there are no targets in \(place)"] : ["\(place) has \(shown)\(known.count > 8 ? ", …" : "")"])
    case .noSuchFile(let path, let name):
      return Diagnostic(.error, "there is no file or folder `\(path)` in the workspace", hint: guess(name))
    case .unowned(let file):
      return Diagnostic(.error, "no target owns `\(file)`", hint: "list it in the `sources` of a target in a BUILD file")
    case .badGlob(let text, let reason): return Diagnostic(.error, "`\(text)` selects nothing: \(reason)")
    case .nothingMatches(let glob): return Diagnostic(.error, "no file matches `\(glob)`")
    }
  }
}
