// What the file system under a path offers.

internal import CHost
internal import Glibc

package struct Volume: Sendable, Equatable {
  /// Bytes that this user may still write.
  package let free: Int64
  package let allowsExecution: Bool

  /// Of the file system that holds `path`, which must exist.
  package init(at path: String) throws(FileError) {
    var free: UInt64 = 0
    var forbids: Int32 = 0
    let failure = baji_volume(path, &free, &forbids)
    if failure != 0 { throw FileError("look at the file system of", path, code: failure) }
    self.free = Int64(clamping: free)
    allowsExecution = forbids == 0
  }
}

extension Files {
  /// Whether `path` is a folder (no link) of this user's own that nobody else can write into.
  package static func isPrivateDirectory(_ path: String) -> Bool {
    var s = stat()
    return lstat(path, &s) == 0 && s.st_mode & S_IFMT == S_IFDIR && s.st_uid == geteuid() && s.st_mode & 0o022 == 0
  }

  package static var userID: UInt32 { geteuid() }
}
