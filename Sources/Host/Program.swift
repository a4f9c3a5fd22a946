// Finding a program by its name, as a shell would.

internal import Glibc

package enum Program {
  /// A name with a `/` as it is; another looked up in the absolute folders of `search` (`:` between them).
  /// - Throws: a `SpawnError` that names the program where no folder has it.
  package static func path(of name: String, searching search: String) throws(SpawnError) -> String {
    if name.utf8.contains(UInt8(ascii: "/")) { return name }
    guard !name.isEmpty else { throw SpawnError(stage: .program, path: name, code: ENOENT) }
    var failure = ENOENT
    for folder in search.split(separator: ":") where folder.hasPrefix("/") {
      let path = "\(folder)/\(name)"
      guard let status = try? Files.targetStatus(path), status.kind == .regular else { continue }
      if access(path, X_OK) == 0 { return path }
      failure = EACCES
    }
    throw SpawnError(stage: .program, path: name, code: failure)
  }
}
