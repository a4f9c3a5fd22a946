// Copying a file whose original may change at any moment.

internal import CHost
internal import Glibc
internal import Synchronization

/// Copies regular files, sharing their content (reflink) where the file system offers it. One at a time; reuse it for many.
package struct FileCopier: ~Copyable {
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)

  package init() {}

  deinit { buffer.deallocate() }

  package struct Copied: Sendable {
    /// The original as it was before the first byte was read; also after the last, unless `wasTouched`.
    package let original: FileStatus
    /// The original changed meanwhile: the copy may hold neither what was nor what is.
    package let wasTouched: Bool
  }

  /// - Parameters:
  ///   - to: must not exist.
  ///   - modified: the copy's mtime, in seconds since the epoch.
  ///   - bytes: lent every byte of the *copy*, in order.
  /// - Throws: also for what is no regular file (ELOOP for a symbolic link).
  package borrowing func copy(
    _ from: String, to: String, mode: UInt32, modified: Int64, bytes: (UnsafeRawBufferPointer) -> Void
  ) throws(FileError) -> Copied {
    let source = try open(from)
    defer { close(source) }
    let before = try status(source, from)
    let target = Glibc.open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard target >= 0 else { throw FileError("write", to, code: errno) }
    defer { close(target) }
    if Cloning.isWorthTrying(size: before.size), Cloning.worked(baji_clone_file(source, target)) {
      try read(target, to, each: bytes)
    } else {
      var failure: Int32 = 0
      try read(source, from) { piece in
        bytes(piece)
        if failure == 0 { failure = Files.writeAll(piece, to: target) }
      }
      if failure != 0 { throw FileError("write", to, code: failure) }
    }
    let after = try status(source, from)
    try Files.finish(target, to, mode: mode, modified: modified)
    return Copied(original: before, wasTouched: before != after)
  }

  /// Lends every byte of a regular file, in order.
  package borrowing func read(_ path: String, bytes: (UnsafeRawBufferPointer) -> Void) throws(FileError) -> Copied {
    let source = try open(path)
    defer { close(source) }
    let before = try status(source, path)
    try read(source, path, each: bytes)
    return Copied(original: before, wasTouched: before != (try status(source, path)))
  }

  private func open(_ path: String) throws(FileError) -> Int32 {
    // Not blocking: where a file was replaced by a FIFO, opening it would wait for ever.
    let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("read", path, code: errno) }
    return descriptor
  }

  private func status(_ descriptor: Int32, _ path: String) throws(FileError) -> FileStatus {
    var s = stat()
    guard fstat(descriptor, &s) == 0 else { throw FileError("look at", path, code: errno) }
    guard s.st_mode & S_IFMT == S_IFREG else { throw FileError("read", path, code: s.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL) }
    return FileStatus(s)
  }

  private borrowing func read(
    _ descriptor: Int32, _ path: String, each: (UnsafeRawBufferPointer) -> Void
  ) throws(FileError) {
    while true {
      let got = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if got < 0 {
        if errno == EINTR { continue }
        throw FileError("read", path, code: errno)
      }
      if got == 0 { return }
      each(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
    }
  }
}

extension Files {
  /// Sets mode and mtime (seconds since the epoch) of a file that is open for writing.
  static func finish(_ descriptor: Int32, _ path: String, mode: UInt32, modified: Int64) throws(FileError) {
    guard fchmod(descriptor, mode) == 0 else { throw FileError("change the mode of", path, code: errno) }
    let time = timespec(tv_sec: Int(modified), tv_nsec: 0)
    var times = (time, time)
    let failed = withUnsafePointer(to: &times) {
      $0.withMemoryRebound(to: timespec.self, capacity: 2) { futimens(descriptor, $0) } != 0
    }
    if failed { throw FileError("change the time of", path, code: errno) }
  }

  /// Sets the mtime (seconds since the epoch) of what is at `path`, be it a symbolic link.
  package static func setModified(_ path: String, _ modified: Int64) throws(FileError) {
    let time = timespec(tv_sec: Int(modified), tv_nsec: 0)
    var times = (time, time)
    let failed = withUnsafePointer(to: &times) {
      $0.withMemoryRebound(to: timespec.self, capacity: 2) { utimensat(AT_FDCWD, path, $0, AT_SYMLINK_NOFOLLOW) } != 0
    }
    if failed { throw FileError("change the time of", path, code: errno) }
  }

  /// Names in a folder, sorted by bytes, and how many were left out because they are not UTF-8.
  package static func namesAndOthers(in path: String) throws(FileError) -> (names: [String], others: Int) {
    guard let stream = opendir(path) else { throw FileError("list", path, code: errno) }
    defer { closedir(stream) }
    var names: [String] = []
    var others = 0
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
      }
      guard let name else {
        others += 1
        continue
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return (names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, others)
  }
}

/// Whether FICLONE is worth a system call: asked once too often where it is never offered.
private enum Cloning {
  private static let refusals = Atomic<Int>(0)

  /// Below 16 KiB a plain copy is as fast.
  static func isWorthTrying(size: Int64) -> Bool { size >= 16 << 10 && refusals.load(ordering: .relaxed) < 8 }

  static func worked(_ failure: Int32) -> Bool {
    if failure != 0 { refusals.wrappingAdd(1, ordering: .relaxed) } else { refusals.store(0, ordering: .relaxed) }
    return failure == 0
  }
}
