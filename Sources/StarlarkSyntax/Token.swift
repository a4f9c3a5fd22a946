// What the scanner makes of bytes: plain sixteen-byte tokens.

/// One token. Its text is a range of the file; nothing is copied.
package struct Token: Sendable {
  package let kind: TokenKind
  /// For strings: `StringFlags`. Else 0.
  package let flags: UInt8
  package let start: UInt32
  package let end: UInt32
  /// For names and keywords the interned name, else 0.
  package let name: Int32

  package var range: ByteRange { ByteRange(start: start, end: end) }
}

/// How a string literal is written.
package struct StringFlags: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let raw = StringFlags(rawValue: 1)
  package static let bytes = StringFlags(rawValue: 2)
  package static let formatted = StringFlags(rawValue: 4)
  package static let triple = StringFlags(rawValue: 8)
  /// It holds a backslash or a carriage return, so its value is not its text.
  package static let escaped = StringFlags(rawValue: 16)
}

package enum TokenKind: UInt8, Sendable {
  case end, newline, indent, dedent, name, integer, float, string

  // Keywords, in the order of `keywordTexts`.
  case and, `assert`, `break`, `continue`, `def`, `elif`, `else`, `for`, `if`, `in`, lambda, load, not, or, pass, raise, `return`
  case `true`, `false`, none
  // Words that are refused with a hint.
  case `as`, async, await, `class`, del, except, finally, from, global, `import`, `is`, nonlocal, `try`, `while`, with, yield

  case plus, minus, star, slash, doubleSlash, percent, doubleStar, ampersand, bar, caret, tilde, shiftLeft, shiftRight
  case equal, notEqual, less, lessEqual, greater, greaterEqual
  case assign, plusAssign, minusAssign, starAssign, slashAssign, doubleSlashAssign, percentAssign, ampersandAssign, barAssign, caretAssign
  case shiftLeftAssign, shiftRightAssign
  case leftParenthesis, rightParenthesis, leftBracket, rightBracket, leftBrace, rightBrace
  case dot, comma, colon, semicolon, arrow, walrus

  static let firstKeyword = TokenKind.and.rawValue

  var isKeyword: Bool { rawValue >= Self.firstKeyword && rawValue <= TokenKind.yield.rawValue }
}

/// The keywords' texts from `TokenKind.and` on; a name table begins with them, so a name's number tells whether it is one.
let keywordTexts: [StaticString] = [
  "and", "assert", "break", "continue", "def", "elif", "else", "for", "if", "in", "lambda", "load", "not", "or", "pass", "raise", "return",
  "True", "False", "None",
  "as", "async", "await", "class", "del", "except", "finally", "from", "global", "import", "is", "nonlocal", "try", "while", "with",
  "yield",
]
