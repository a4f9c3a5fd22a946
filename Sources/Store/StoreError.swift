// Why the store cannot be used, each with its sentence.

package import Host

package enum StoreError: Error, Equatable, Sendable {
  /// Neither `XDG_CACHE_HOME` nor `HOME` is set, and no folder is configured.
  case noHome
  case file(FileError)
  /// LMDB's own error code while doing something (`open`, `read`, `commit`).
  case database(operation: String, code: Int32, message: String)
  /// The environment is broken, and another process has it open, so that it cannot be put aside.
  case brokenAndInUse(String)
  /// Another process holds the environment exclusively, to put it aside or to clear it.
  case locked(String)
  case networkFileSystem(path: String, kind: String)
}

extension StoreError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noHome:
      "HOME is not set, so there is no place for the store. Set HOME, XDG_CACHE_HOME or [GLOBAL] local_store_dir."
    case .file(let error): error.description
    case .database(let operation, _, let message): "cannot \(operation) the store's database: \(message)"
    case .brokenAndInUse(let path): "the database in `\(path)` is damaged and another run has it open; it is replaced once that has ended"
    case .locked(let path): "`\(path)` is locked by another process"
    case .networkFileSystem(let path, let kind): "`\(path)` lies on a network file system (\(kind))"
    }
  }
}
