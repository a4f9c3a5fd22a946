// The bytes of one file and where its lines begin.

package import Diagnostics
internal import Synchronization

/// A range of bytes of a file.
package struct ByteRange: Hashable, Sendable {
  package let start: UInt32
  package let end: UInt32

  package init(start: UInt32, end: UInt32) {
    self.start = start
    self.end = end
  }
}

/// A file's path and bytes; offsets become places here.
package final class SourceFile: Sendable {
  /// Relative to the workspace's root where it lies in it.
  package let path: String
  package let bytes: [UInt8]
  /// Offsets at which lines begin, once somebody has asked for a place.
  private let lineStarts = Mutex<[UInt32]?>(nil)

  package init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  /// The place of a byte offset; behind the end, of the end.
  package func position(of offset: UInt32) -> SourcePosition {
    let end = min(offset, UInt32(clamping: bytes.count))
    return lineStarts.withLock { known in
      if known == nil { known = SourceFile.lineStarts(in: bytes) }
      let starts = known ?? [0]
      let limit = max(end, starts[0])
      // The last line that begins at or before the offset.
      var low = 0
      var high = starts.count
      while high - low > 1 {
        let middle = (low + high) / 2
        if starts[middle] <= limit { low = middle } else { high = middle }
      }
      return SourcePosition(line: Int32(low + 1), column: Int32(truncatingIfNeeded: limit - starts[low] + 1))
    }
  }

  private static func lineStarts(in bytes: [UInt8]) -> [UInt32] {
    // Columns of the first line do not count a byte order mark.
    var starts: [UInt32] = [bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0]
    bytes.withUnsafeBufferPointer { bytes in
      for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") { starts.append(UInt32(truncatingIfNeeded: index + 1)) }
    }
    return starts
  }

  /// The place of a range, its length cut at the end of its first line.
  package func location(of range: ByteRange) -> SourceLocation {
    let start = min(Int(range.start), bytes.count)
    var end = start
    while end < min(Int(range.end), bytes.count), bytes[end] != UInt8(ascii: "\n") { end += 1 }
    return SourceLocation(file: path, position: position(of: range.start), length: Int32(truncatingIfNeeded: max(1, end - start)))
  }

  /// The text of the line that holds an offset, without its newline.
  package func line(at offset: UInt32) -> String {
    var start = min(Int(offset), bytes.count)
    while start > 0, bytes[start - 1] != UInt8(ascii: "\n") { start -= 1 }
    var end = start
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n"), bytes[end] != UInt8(ascii: "\r") { end += 1 }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// An error at a range, with its source line.
  package func diagnostic(_ message: String, at range: ByteRange, hint: String? = nil) -> Diagnostic {
    Diagnostic(.error, message, at: location(of: range), sourceLine: line(at: range.start), hint: hint)
  }
}
