// How many columns a text takes on a terminal, and cutting it to fit.

enum TextWidth {
  /// Columns of `text`; controls count none.
  static func columns(of text: String) -> Int {
    isPlain(text) ? text.utf8.count : text.reduce(0) { $0 + columns(of: $1) }
  }

  /// ASCII without controls: a column for each byte.
  private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { 0x20 <= $0 && $0 < 0x7F } }

  /// `text` without controls, in at most `width` columns; what is cut is shown by `…`.
  static func cut(_ text: String, to width: Int) -> String {
    let text = visible(text)
    if columns(of: text) <= width { return text }
    guard width > 0 else { return "" }
    var kept = ""
    var used = 0
    for character in text {
      let next = columns(of: character)
      if used + next > width - 1 { break }
      kept.append(character)
      used += next
    }
    return kept + "…"
  }

  /// Controls (escapes, newlines) as `?`, so that a name cannot steer the terminal.
  static func visible(_ text: String) -> String {
    guard !isPlain(text), text.unicodeScalars.contains(where: isControl) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "?" : $0 }))
  }

  static func pad(_ text: String, to width: Int) -> String { text + String(repeating: " ", count: max(0, width - columns(of: text))) }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
      || (0x2066...0x2069).contains(scalar.value)
  }

  /// Two for the wide blocks of East Asian scripts and for emoji (Unicode's UAX #11, by block).
  private static func columns(of character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first, !isControl(scalar) else { return 0 }
    if scalar.properties.isEmojiPresentation { return 2 }
    switch scalar.value {
    case 0x300...0x36F, 0x200B...0x200F, 0xFE00...0xFE0F: return 0
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
