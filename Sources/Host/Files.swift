// Files by path: the calls that everything above uses instead of the C library.

internal import CHost
internal import Glibc

/// A system call on a file failed.
package struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  package let operation: String
  package let path: String
  /// The errno.
  package let code: Int32

  package init(_ operation: String, _ path: String, code: Int32) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  package var isMissing: Bool { code == ENOENT || code == ENOTDIR }
  package var isFull: Bool { code == ENOSPC || code == EDQUOT }
  package var isReadOnly: Bool { code == EROFS || code == EACCES || code == EPERM }
  package var description: String { "cannot \(operation) `\(path)`: \(systemMessage(code))" }
}

/// The C library's sentence for an errno.
package func systemMessage(_ code: Int32) -> String {
  guard let text = strerror(code) else { return "error \(code)" }
  return String(cString: text)
}

/// What `lstat` says of a file: enough to know that it has not changed since.
package struct FileStatus: Equatable, Sendable {
  package enum Kind: UInt8, Sendable { case regular, directory, symbolicLink, other }

  package let kind: Kind
  /// Permission bits only (`st_mode & 07777`).
  package let mode: UInt32
  /// Bytes.
  package let size: Int64
  /// Nanoseconds since the epoch.
  package let modified: Int64
  /// Nanoseconds since the epoch; the kernel alone sets it.
  package let changed: Int64
  package let inode: UInt64
  package let device: UInt64

  package init(kind: Kind, mode: UInt32, size: Int64, modified: Int64, changed: Int64, inode: UInt64, device: UInt64) {
    self.kind = kind
    self.mode = mode
    self.size = size
    self.modified = modified
    self.changed = changed
    self.inode = inode
    self.device = device
  }

  package var isExecutable: Bool { mode & 0o100 != 0 }

  init(_ s: stat) {
    let kind: Kind
    switch s.st_mode & S_IFMT {
    case S_IFREG: kind = .regular
    case S_IFDIR: kind = .directory
    case S_IFLNK: kind = .symbolicLink
    default: kind = .other
    }
    self.init(
      kind: kind, mode: s.st_mode & 0o7777, size: Int64(s.st_size),
      modified: Int64(s.st_mtim.tv_sec) * 1_000_000_000 + Int64(s.st_mtim.tv_nsec),
      changed: Int64(s.st_ctim.tv_sec) * 1_000_000_000 + Int64(s.st_ctim.tv_nsec),
      inode: UInt64(s.st_ino), device: UInt64(s.st_dev))
  }
}

/// Calls that name files by path. Each is one or a few system calls, retried on EINTR; none changes the process's state.
package enum Files {
  /// Without following a symbolic link at the path's end.
  package static func status(_ path: String) throws(FileError) -> FileStatus {
    var s = stat()
    guard lstat(path, &s) == 0 else { throw FileError("look at", path, code: errno) }
    return FileStatus(s)
  }

  /// Following symbolic links.
  package static func targetStatus(_ path: String) throws(FileError) -> FileStatus {
    var s = stat()
    guard stat(path, &s) == 0 else { throw FileError("look at", path, code: errno) }
    return FileStatus(s)
  }

  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether the caller may execute a file (or enter a folder).
  package static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

  /// The whole file.
  package static func read(_ path: String) throws(FileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("read", path, code: errno) }
    defer { close(descriptor) }
    var s = stat()
    guard fstat(descriptor, &s) == 0 else { throw FileError("read", path, code: errno) }
    if s.st_mode & S_IFMT == S_IFDIR { throw FileError("read", path, code: EISDIR) }
    return try read(descriptor, expecting: max(0, Int(s.st_size)), path: path)
  }

  /// What is left of an open file, however long it proves to be.
  package static func read(_ descriptor: Int32, expecting size: Int, path: String) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: size + 1)  // one more, so that the end is seen without a second round
    var count = 0
    while true {
      if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: max(65536, bytes.count))) }
      let start = count
      let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + start, $0.count - start) }
      if got < 0 {
        if errno == EINTR { continue }
        throw FileError("read", path, code: errno)
      }
      count += got
      // There was room for more: the end, unless the file has grown since its size was taken.
      if got == 0 || (got > 0 && count == size) { break }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// Writes a file in place (created with `mode`, truncated if it is there).
  package static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw FileError("write", path, code: errno) }
    var failure = writeAll(bytes, to: descriptor)
    if close(descriptor) != 0, failure == 0 { failure = errno }
    if failure != 0 { throw FileError("write", path, code: failure) }
  }

  /// Writes to a temporary name beside `path`, then renames: a reader sees the old bytes or the new, never a part.
  /// - Parameter sync: `fsync` before the rename, so that the same holds after a power loss.
  package static func writeAtomically(
    _ bytes: [UInt8], to path: String, mode: UInt32 = 0o644, sync: Bool = false
  ) throws(FileError) {
    let temporary = "\(path).\(getpid()).\(randomName(8)).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw FileError("write", path, code: errno) }
    var failure = writeAll(bytes, to: descriptor)
    if failure == 0, fchmod(descriptor, mode) != 0 { failure = errno }
    if failure == 0, sync, fsync(descriptor) != 0 { failure = errno }
    if close(descriptor) != 0, failure == 0 { failure = errno }
    faultPoint("file.before-rename")
    if failure == 0, Glibc.rename(temporary, path) != 0 { failure = errno }
    faultPoint("file.after-rename")
    if failure != 0 {
      unlink(temporary)
      throw FileError("write", path, code: failure)
    }
  }

  /// All bytes to an open descriptor. 0, or the errno.
  package static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { writeAll($0, to: descriptor) }
  }

  package static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var offset = 0
    while offset < bytes.count {
      let wrote = Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
      if wrote < 0 {
        if errno == EINTR { continue }
        return errno
      }
      offset += wrote
    }
    return 0
  }

  package static func rename(_ from: String, _ to: String) throws(FileError) {
    guard Glibc.rename(from, to) == 0 else { throw FileError("rename", from, code: errno) }
  }

  package static func remove(_ path: String) throws(FileError) {
    guard unlink(path) == 0 else { throw FileError("remove", path, code: errno) }
  }

  /// An empty one only.
  package static func removeDirectory(_ path: String) throws(FileError) {
    guard rmdir(path) == 0 else { throw FileError("remove folder", path, code: errno) }
  }

  package static func createDirectory(_ path: String, mode: UInt32 = 0o755) throws(FileError) {
    guard mkdir(path, mode) == 0 || errno == EEXIST && isDirectory(path) else { throw FileError("create folder", path, code: errno) }
  }

  /// `mkdir -p`.
  package static func createDirectories(_ path: String, mode: UInt32 = 0o755) throws(FileError) {
    if isDirectory(path) { return }
    if let parent = parent(of: path), parent != path { try createDirectories(parent, mode: mode) }
    try createDirectory(path, mode: mode)
  }

  package static func isDirectory(_ path: String) -> Bool {
    var s = stat()
    return stat(path, &s) == 0 && s.st_mode & S_IFMT == S_IFDIR
  }

  package static func createSymbolicLink(_ path: String, to target: String) throws(FileError) {
    guard symlink(target, path) == 0 else { throw FileError("link", path, code: errno) }
  }

  /// The text of a symbolic link.
  package static func readLink(_ path: String) throws(FileError) -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { readlink(path, $0.baseAddress!, $0.count) }
    guard count >= 0 else { throw FileError("read link", path, code: errno) }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  /// The absolute path without links, `.` and `..`.
  package static func realPath(_ path: String) throws(FileError) -> String {
    guard let resolved = realpath(path, nil) else { throw FileError("resolve", path, code: errno) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  package static func setMode(_ path: String, _ mode: UInt32) throws(FileError) {
    guard chmod(path, mode) == 0 else { throw FileError("change the mode of", path, code: errno) }
  }

  /// Names in a folder, sorted by bytes, without `.` and `..`. Names that are not UTF-8 are left out.
  package static func names(in path: String) throws(FileError) -> [String] {
    guard let stream = opendir(path) else { throw FileError("list", path, code: errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
      }
      if let name, name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Removes a file, a link, or a folder with all that is in it; what is gone already is no error.
  /// Folders that forbid it are made writable first. Never follows a symbolic link.
  package static func removeTree(_ path: String) throws(FileError) {
    var s = stat()
    guard lstat(path, &s) == 0 else {
      if errno == ENOENT { return }
      throw FileError("remove", path, code: errno)
    }
    guard s.st_mode & S_IFMT == S_IFDIR else {
      if unlink(path) == 0 || errno == ENOENT { return }
      throw FileError("remove", path, code: errno)
    }
    if s.st_mode & 0o700 != 0o700 { chmod(path, 0o700) }
    // Names as bytes: a folder to remove may hold names that are not UTF-8.
    guard let stream = opendir(path) else {
      if errno == ENOENT { return }
      throw FileError("remove", path, code: errno)
    }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let (isDot, failure) = withUnsafePointer(to: &entry.pointee.d_name) { pointer -> (Bool, Int32) in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { name in
          if strcmp(name, ".") == 0 || strcmp(name, "..") == 0 { return (true, 0) }
          return (false, unlinkat(dirfd(stream), name, 0) == 0 ? 0 : errno)
        }
      }
      if isDot || failure == 0 || failure == ENOENT { continue }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if failure == EISDIR || failure == EPERM {
        try removeTree("\(path)/\(name)")
      } else {
        throw FileError("remove", "\(path)/\(name)", code: failure)
      }
    }
    if rmdir(path) != 0, errno != ENOENT { throw FileError("remove", path, code: errno) }
  }

  /// The path without its last component; nil for a single relative name, `/` for what lies in the root.
  package static func parent(of path: String) -> String? {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// A name of lowercase letters and digits nobody can guess.
  package static func randomName(_ length: Int) -> String {
    let letters = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    return String(decoding: randomBytes(length).map { letters[Int($0 & 31)] }, as: UTF8.self)
  }

  /// From the kernel's generator.
  package static func randomBytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let failure = bytes.withUnsafeMutableBytes { baji_random($0.baseAddress, $0.count) }
    precondition(failure == 0, "getrandom(2) failed: \(systemMessage(failure))")  // only on kernels before 3.17
    return bytes
  }
}
