// A diagnostic as text: headline, `--> file:line:column`, the line, a caret.

extension Diagnostic {
  /// The lines to print, ending in a newline.
  ///
  ///     error: no target type `python_source_s`
  ///       --> helloworld/greet/BUILD:7:1
  ///       7 | python_source_s(
  ///         | ^^^^^^^^^^^^^^^ did you mean `python_sources`?
  package func rendered(color: Bool = false) -> String {
    let paint = { (text: String, code: String) in color ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
    let severityColor: String
    switch severity {
    case .error: severityColor = "1;31"
    case .warning: severityColor = "1;33"
    case .note: severityColor = "1;36"
    }
    var text = "\(paint("\(severity.rawValue):", severityColor)) \(message)\n"
    if let location {
      let line = location.position.line
      let column = Int(location.position.column)
      text += "  --> \(location.file):\(line):\(column)\n"
      if let sourceLine {
        let number = String(line)
        let gutter = String(repeating: " ", count: number.utf8.count)
        let shown = excerpt(of: sourceLine, column: column, length: Int(location.length))
        text += "  \(number) | \(shown.line)\n"
        let caret = shown.padding + paint(String(repeating: "^", count: shown.caretLength), severityColor)
        text += "  \(gutter) | \(caret)\(hint.map { " " + $0 } ?? "")\n"
      } else if let hint {
        text += "  \(hint)\n"
      }
    } else if let hint {
      text += "  \(hint)\n"
    }
    for note in notes { text += "  = note: \(note)\n" }
    if !callStack.isEmpty {
      text += "  call stack (outermost first):\n"
      for frame in callStack {
        let place = "\(frame.location.file):\(frame.location.position.line):\(frame.location.position.column)"
        text += "    \(place) in \(frame.function)\n"
      }
    }
    return text
  }

  /// The part of a line around a column that fits a terminal: at most 160 characters, tabs kept in the padding so that the caret stands right.
  private func excerpt(of line: String, column: Int, length: Int) -> (line: String, padding: String, caretLength: Int) {
    // What an editor does not show: a byte order mark, which columns do not count, and a carriage return.
    var bytes = Array(line.utf8)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    if bytes.last == 0x0D { bytes.removeLast() }
    let target = min(max(0, column - 1), bytes.count)
    let before = Array(String(decoding: bytes[..<target], as: UTF8.self))
    let after = Array(String(decoding: bytes[target...], as: UTF8.self))
    let start = before.count > 120 ? before.count - 100 : 0
    let shownBefore = before[start...]
    let shownAfter = after.prefix(160 - shownBefore.count)
    let underlined = String(decoding: bytes[target..<min(bytes.count, target + length)], as: UTF8.self).count
    let padding = String(shownBefore.map { $0 == "\t" ? "\t" : " " })
    let visible = { (part: ArraySlice<Character>) in
      String(
        part.map { character -> Character in
          character.unicodeScalars.first.map { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7F } == true ? "\u{FFFD}" : character
        })
    }
    return (visible(shownBefore) + visible(shownAfter), padding, max(1, min(underlined, shownAfter.count)))
  }
}
