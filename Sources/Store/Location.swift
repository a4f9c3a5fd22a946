// Where the store lies, and whether LMDB may be used there.

internal import CHost
internal import Glibc
internal import Host

extension Store {
  /// The folder of the store: `option` (`[GLOBAL] local_store_dir`) with `v1` under it, else `$XDG_CACHE_HOME/baji/v1`, else `$HOME/.cache/baji/v1`.
  /// - Throws: `.noHome` where none of them says a place. Relative values are not taken (the XDG specification says so too).
  package static func location(environment: [String: String], option: String? = nil) throws(StoreError) -> String {
    if let option, option != "" { return "\(trimmed(option))/v1" }
    if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return "\(trimmed(cache))/baji/v1" }
    guard let home = environment["HOME"], home.hasPrefix("/") else { throw .noHome }
    return "\(trimmed(home))/.cache/baji/v1"
  }

  private static func trimmed(_ path: String) -> String {
    var path = path[...]
    while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
    return path == "/" ? "" : String(path)
  }

  /// The kind of network file system that `path` (or its nearest ancestor that exists) lies on; nil for a local one.
  /// There `mmap` and locks of several machines do not agree, which LMDB's documentation excludes.
  static func networkFileSystem(of path: String) -> String? {
    var place = path
    while !Files.exists(place), let parent = Files.parent(of: place), parent != place { place = parent }
    // Magic numbers of statfs(2), from its manual page and `linux/magic.h`.
    return switch baji_file_system_type(place) {
    case 0x6969: "NFS"
    case 0x517B, 0xFE53_4D42, 0xFF53_4D42: "SMB"
    case 0x6573_5546: "FUSE"
    case 0x0102_1997: "9P"
    case 0x00C3_6400: "Ceph"
    case 0x5346_414F, 0x6B41_4653: "AFS"
    case 0x0BD0_0BD0: "Lustre"
    case 0x4750_4653: "GPFS"
    case 0x7375_7245: "Coda"
    default: nil
    }
  }

  /// A folder for the store of a user whose own lies on a network file system: `/var/tmp/baji-<uid>/v1`.
  /// - Returns: nil where somebody else owns that name, or it is no local folder either.
  static func localFallback() -> String? {
    let parent = "/var/tmp/baji-\(getuid())"
    mkdir(parent, 0o700)
    var s = stat()
    guard lstat(parent, &s) == 0, s.st_mode & S_IFMT == S_IFDIR, s.st_uid == getuid(), s.st_mode & 0o077 == 0 else { return nil }
    return networkFileSystem(of: parent) == nil ? "\(parent)/v1" : nil
  }
}
