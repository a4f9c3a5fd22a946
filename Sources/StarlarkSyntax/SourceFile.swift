// The bytes of one file and where its lines begin.

package import Diagnostics

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

  package init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  /// The place of a byte offset. Linear in the offset: for messages, not for hot paths.
  package func position(of offset: UInt32) -> SourcePosition {
    var line: Int32 = 1
    var lineStart = 0
    let limit = min(Int(offset), bytes.count)
    for i in 0..<limit where bytes[i] == UInt8(ascii: "\n") {
      line += 1
      lineStart = i + 1
    }
    return SourcePosition(line: line, column: Int32(truncatingIfNeeded: limit - lineStart + 1))
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
