// A place in a text, and what is wrong there: shared by every format.

/// Line and column from 1; the column counts bytes.
package struct TextPosition: Hashable, Sendable, Comparable {
  package let line: Int32
  package let column: Int32

  package init(line: Int32, column: Int32) {
    self.line = line
    self.column = column
  }

  package static func < (a: TextPosition, b: TextPosition) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// A text is not what its format asks for.
package struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
  package let position: TextPosition
  /// Without a full stop at its end.
  package let message: String

  package init(_ message: String, at position: TextPosition) {
    self.message = message
    self.position = position
  }

  /// `line:column: message`.
  package var description: String { "\(position.line):\(position.column): \(message)" }
}

extension Array where Element == UInt8 {
  /// The byte at `index`; 0 past the end. No format here allows a 0 outside of an error.
  func byte(_ index: Int) -> UInt8 { index < count ? self[index] : 0 }

  /// Line and column of the byte at `offset`.
  func position(_ offset: Int) -> TextPosition {
    var line: Int32 = 1
    var start = 0
    for index in 0..<Swift.min(offset, count) where self[index] == UInt8(ascii: "\n") {
      line += 1
      start = index + 1
    }
    return TextPosition(line: line, column: Int32(clamping: offset - start + 1))
  }
}
