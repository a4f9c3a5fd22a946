// A named section of the running executable: how files travel inside a one-file release.

internal import Glibc

/// Bytes that stay where they are for as long as the process lives: nobody copies them, and pages that nobody looks at are not read.
package struct StaticBytes: @unchecked Sendable {  // read-only, and never unmapped or freed
  private let base: UnsafeRawPointer?
  package let count: Int

  fileprivate init(_ base: UnsafeRawPointer?, count: Int) {
    self.base = base
    self.count = count
  }

  /// A copy that is never freed: for a few bytes.
  package init(copying bytes: [UInt8]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
    copy.copyBytes(from: bytes)
    self.init(copy.baseAddress, count: bytes.count)
  }

  /// The bytes in `range`; none where it reaches out of them.
  package subscript(range: Range<Int>) -> UnsafeRawBufferPointer {
    guard let base, range.lowerBound >= 0, range.upperBound <= count else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
  }
}

/// The bytes of a section of `/proc/self/exe` (ELF, 64 bits, little-endian), mapped; nil where there is none.
package func executableSection(named name: String) -> StaticBytes? {
  let descriptor = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  func bytes(at offset: UInt64, count: Int) -> [UInt8]? {
    guard count >= 0, count < 1 << 30, offset < 1 << 40 else { return nil }
    var buffer = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress! + done, count - done, off_t(offset) + done) }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { return nil }
      done += got
    }
    return buffer
  }
  func number(_ bytes: [UInt8], _ offset: Int, _ size: Int) -> UInt64 {
    bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
  // Offsets: the ELF-64 object file format, `Elf64_Ehdr` and `Elf64_Shdr`.
  guard let header = bytes(at: 0, count: 64), Array(header[0..<6]) == [0x7F, 0x45, 0x4C, 0x46, 2, 1] else { return nil }
  let entrySize = Int(number(header, 0x3A, 2))
  let count = Int(number(header, 0x3C, 2))
  let namesIndex = Int(number(header, 0x3E, 2))
  guard entrySize >= 64, namesIndex < count, let table = bytes(at: number(header, 0x28, 8), count: entrySize * count) else { return nil }
  func place(_ index: Int) -> (offset: UInt64, size: Int)? {
    guard let size = Int(exactly: number(table, index * entrySize + 0x20, 8)) else { return nil }
    return (number(table, index * entrySize + 0x18, 8), size)
  }
  guard let namesPlace = place(namesIndex), let names = bytes(at: namesPlace.offset, count: namesPlace.size) else { return nil }
  for index in 0..<count {
    let start = Int(number(table, index * entrySize, 4))
    guard start < names.count, let end = names[start...].firstIndex(of: 0) else { continue }
    if String(decoding: names[start..<end], as: UTF8.self) == name, let found = place(index) {
      return map(descriptor, found.offset, found.size)
    }
  }
  return nil
}

private func map(_ descriptor: Int32, _ offset: UInt64, _ size: Int) -> StaticBytes? {
  guard offset < 1 << 40, size > 0, size < 1 << 30 else { return nil }
  // A map begins at a page.
  let lead = Int(offset % UInt64(getpagesize()))
  let address = mmap(nil, lead + size, PROT_READ, MAP_PRIVATE, descriptor, off_t(offset) - off_t(lead))
  guard let address, address != MAP_FAILED else { return nil }
  return StaticBytes(UnsafeRawPointer(address) + lead, count: size)
}

/// The path of the running executable, links resolved.
package func executablePath() -> String? { try? Files.readLink("/proc/self/exe") }
