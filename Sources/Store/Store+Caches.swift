// Named caches: folders that tools keep for themselves between runs. In no key, never checked; collected by their last use, as trees are.

internal import CHost
package import Host
internal import Synchronization

extension Store {
  /// Where the cache of that name is once it was asked for.
  package func cachePath(_ name: String) -> String {
    if let parts = live, parts.isWriting.load(ordering: .relaxed) { return "\(folder)/caches/\(name)" }
    return "\(volatile.folder() ?? "/tmp/baji-run")/caches/\(name)"
  }

  /// The folder, made where it is missing. Its last use is now.
  /// - Parameter name: a file name.
  package func cache(_ name: String) throws(FileError) -> String {
    let path = cachePath(name)
    try Files.createDirectories(path)
    _ = baji_touch(path)
    return path
  }

  func forEachCache(_ body: (_ path: String, _ size: Int64, _ lastUse: Int64) -> Void) {
    for name in (try? Files.names(in: "\(folder)/caches")) ?? [] {
      let path = "\(folder)/caches/\(name)"
      guard let status = try? Files.status(path) else { continue }
      body(path, Store.size(of: path), status.modified / 1_000_000_000)
    }
  }

  private static func size(of path: String) -> Int64 {
    guard let status = try? Files.status(path) else { return 0 }
    guard status.kind == .directory else { return status.size }
    return ((try? Files.names(in: path)) ?? []).reduce(0) { $0 + size(of: "\(path)/\($1)") }
  }
}
