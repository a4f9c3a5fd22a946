// Bytes too many for memory: a file without a name, written and read by offset.

internal import CHost
internal import Glibc

/// A file that is gone with this value: it never has a name.
package struct SpillFile: ~Copyable {
  private let descriptor: Int32

  /// - Parameter folder: on the file system that is to hold it.
  package init(in folder: String) throws(FileError) {
    let path = "\(folder)/.\(Files.randomName(16))"
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError("write", path, code: errno) }
    unlink(path)
  }

  deinit { close(descriptor) }

  /// - Returns: whether all of it was written; false on a full disk.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    var done = 0
    while done < bytes.count {
      let wrote = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
      if wrote < 0 {
        if errno == EINTR { continue }
        return false
      }
      done += wrote
    }
    return true
  }

  /// - Returns: fewer bytes than asked for where the file is shorter.
  package func read(_ count: Int, at offset: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: max(0, count)) { buffer, filled in
      filled = 0
      while filled < count {
        let got = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
        if got < 0, errno == EINTR { continue }
        if got <= 0 { return }
        filled += got
      }
    }
  }

  /// A path by which this process can open it as long as this value lives.
  package var path: String { "/proc/self/fd/\(descriptor)" }
}

/// Where `needle` is first found in `bytes`; nil if it is not. Never found when empty.
package func firstOffset(of needle: [UInt8], in bytes: UnsafeRawBufferPointer) -> Int? {
  guard !needle.isEmpty, bytes.count >= needle.count else { return nil }
  let offset = needle.withUnsafeBytes { baji_find(bytes.baseAddress, bytes.count, $0.baseAddress, $0.count) }
  return offset < 0 ? nil : offset
}
