// Messages that begin with the place they are about, as functions of plugins give them: `path:line: …`, `path:line:column: …`.

/// A message apart from its place.
package struct PlacedMessage: Equatable, Sendable {
  package let path: String
  package let position: SourcePosition
  package let message: String

  /// - Returns: nil for a text that names no place, or says nothing of it.
  package init?(_ text: String) {
    let head = text.prefix { $0 != " " }
    guard head.last == ":", head.utf8.count < text.utf8.count else { return nil }
    var parts = head.dropLast().split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 2, let last = Int32(parts.removeLast()), last > 0 else { return nil }
    var (line, column) = (last, Int32(1))
    if parts.count >= 2, let number = parts.last.flatMap({ Int32($0) }), number > 0 {
      (line, column) = (number, last)
      parts.removeLast()
    }
    path = parts.joined(separator: ":")
    guard !path.isEmpty else { return nil }
    position = SourcePosition(line: line, column: column)
    message = String(text[head.endIndex...].drop { $0 == " " })
  }
}

/// The text of a line, counted from 1, without its newline; nil where there is none.
package func sourceLine(_ line: Int, of bytes: [UInt8]) -> String? {
  let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: max(0, line), omittingEmptySubsequences: false)
  return line >= 1 && line <= lines.count ? String(decoding: lines[line - 1], as: UTF8.self) : nil
}
