// Folders by descriptor: opened beneath a root, listed in bulk, their entries looked at without a path.

internal import CHost
internal import Glibc

/// An open folder; closed when the value ends. What is named relative to it is found even if the folder is moved.
package struct OpenDirectory: ~Copyable, Sendable {
  package let descriptor: Int32

  /// - Throws: the errno of `open(2)`.
  package init(_ path: String) throws(FileError) {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open folder", path, code: errno) }
  }

  deinit { close(descriptor) }
}

/// Calls on names relative to an open folder, for bulk passes: names are NUL-terminated bytes, failures are plain errnos.
/// No call follows a symbolic link at the end of the name.
package enum FilesAt {
  /// - Returns: a descriptor the caller closes, or a negative errno.
  package static func openDirectory(_ directory: Int32, _ name: UnsafePointer<CChar>) -> Int32 {
    let descriptor = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    return descriptor >= 0 ? descriptor : -errno
  }

  /// Never blocks: a fifo that took the file's place is opened and then seen to be none.
  /// - Returns: a descriptor the caller closes, or a negative errno.
  package static func openFile(_ directory: Int32, _ name: UnsafePointer<CChar>) -> Int32 {
    let descriptor = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    return descriptor >= 0 ? descriptor : -errno
  }

  package static func close(_ descriptor: Int32) { Glibc.close(descriptor) }

  /// - Returns: 0 with `status` set, or an errno.
  package static func status(_ directory: Int32, _ name: UnsafePointer<CChar>, _ status: inout FileStatus) -> Int32 {
    var s = stat()
    guard fstatat(directory, name, &s, AT_SYMLINK_NOFOLLOW) == 0 else { return errno }
    status = FileStatus(s)
    return 0
  }

  /// - Returns: 0 with `status` set, or an errno.
  package static func status(_ descriptor: Int32, _ status: inout FileStatus) -> Int32 {
    var s = stat()
    guard fstat(descriptor, &s) == 0 else { return errno }
    status = FileStatus(s)
    return 0
  }

  /// - Returns: bytes read, 0 at the end, or a negative errno.
  package static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      let got = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if got >= 0 { return got }
      if errno != EINTR { return -Int(errno) }
    }
  }

  /// - Returns: bytes of the link's text, or a negative errno. A text as long as the buffer may have been cut.
  package static func readLink(
    _ directory: Int32, _ name: UnsafePointer<CChar>, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    guard let base = buffer.baseAddress else { return 0 }
    let got = readlinkat(directory, name, base.assumingMemoryBound(to: CChar.self), buffer.count)
    return got >= 0 ? got : -Int(errno)
  }
}

/// Lists folders one after another through one buffer.
package final class DirectoryReader {
  /// What a folder says of an entry without a look at the entry itself.
  package enum EntryKind { case regular, directory, symbolicLink, other, unknown }

  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 8)

  package init() {}

  deinit { buffer.deallocate() }

  /// Calls `body` with each name (without its NUL, which follows it) but `.` and `..`, in the file system's order.
  /// The bytes are valid during the call only.
  /// - Returns: 0, or the errno that ended the listing early.
  package func forEachEntry(of descriptor: Int32, _ body: (UnsafeBufferPointer<UInt8>, EntryKind) -> Void) -> Int32 {
    guard let base = buffer.baseAddress else { return ENOMEM }
    while true {
      let got = baji_read_directory(descriptor, base, buffer.count)
      if got < 0 { return Int32(-got) }
      if got == 0 { return 0 }
      // struct linux_dirent64 { u64 ino; s64 off; u16 reclen; u8 type; char name[]; }
      var offset = 0
      while offset < got {
        let record = base + offset
        let length = Int(record.load(fromByteOffset: 16, as: UInt16.self))
        let name = (record + 19).assumingMemoryBound(to: UInt8.self)
        let count = strlen(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
        let isDot = name[0] == 0x2E && (count == 1 || count == 2 && name[1] == 0x2E)
        if !isDot { body(UnsafeBufferPointer(start: name, count: count), Self.kind(record.load(fromByteOffset: 18, as: UInt8.self))) }
        offset += length
      }
    }
  }

  /// `d_type` as `dirent.h` numbers it.
  private static func kind(_ type: UInt8) -> EntryKind {
    switch type {
    case 8: .regular
    case 4: .directory
    case 10: .symbolicLink
    case 0: .unknown
    default: .other
    }
  }
}

/// The clocks that file systems stamp files with.
package enum FileClock {
  /// Sets the file's times to now, as the file system understands it (creating it if need be), and returns its new mtime in nanoseconds since the epoch.
  package static func touch(_ path: String) throws(FileError) -> Int64 {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError("touch", path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard futimens(descriptor, nil) == 0, fstat(descriptor, &status) == 0 else { throw FileError("touch", path, code: errno) }
    return FileStatus(status).modified
  }

  /// The kernel's coarse clock, the one local file systems read; nanoseconds since the epoch.
  package static func coarseNow() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }
}
