// Shell patterns over single names: `*`, `?`, `[…]`. For names of programs, folders and variables; paths of the workspace have globs of their own.

/// A pattern that a whole name matches or does not. A leading `.` is nothing special.
package struct NamePattern: Sendable, Hashable {
  private enum Piece: Sendable, Hashable {
    case any
    case one
    case byte(UInt8)
    case set(isNegated: Bool, ranges: [ClosedRange<UInt8>])
  }

  private let pieces: [Piece]

  package static func isGlob(_ text: String) -> Bool {
    text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
  }

  /// A `[` without its `]` stands for itself.
  package init(_ text: String) {
    var pieces: [Piece] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "*"): if pieces.last != .any { pieces.append(.any) }
      case UInt8(ascii: "?"): pieces.append(.one)
      case UInt8(ascii: "["):
        if let (set, after) = NamePattern.set(rest) {
          pieces.append(set)
          rest = after
        } else {
          pieces.append(.byte(byte))
        }
      default: pieces.append(.byte(byte))
      }
    }
    self.pieces = pieces
  }

  private static func set(_ text: ArraySlice<UInt8>) -> (Piece, ArraySlice<UInt8>)? {
    var rest = text
    let isNegated = rest.first == UInt8(ascii: "!") || rest.first == UInt8(ascii: "^")
    if isNegated { rest = rest.dropFirst() }
    var ranges: [ClosedRange<UInt8>] = []
    while let low = rest.popFirst() {
      if low == UInt8(ascii: "]"), !ranges.isEmpty { return (.set(isNegated: isNegated, ranges: ranges), rest) }
      if rest.first == UInt8(ascii: "-"), let high = rest.dropFirst().first, high != UInt8(ascii: "]") {
        if low <= high { ranges.append(low...high) }
        rest = rest.dropFirst(2)
      } else {
        ranges.append(low...low)
      }
    }
    return nil
  }

  package func matches(_ name: String) -> Bool {
    let name = Array(name.utf8)
    var (piece, byte) = (0, 0)
    // The latest `*`, and what it has taken so far: an earlier one needs no second chance.
    var star: (piece: Int, byte: Int)?
    while byte < name.count || piece < pieces.count {
      if piece < pieces.count {
        if pieces[piece] == .any {
          star = (piece, byte)
          piece += 1
          continue
        }
        if byte < name.count, matches(pieces[piece], name[byte]) {
          piece += 1
          byte += 1
          continue
        }
      }
      guard let last = star, last.byte < name.count else { return false }
      star = (last.piece, last.byte + 1)
      (piece, byte) = (last.piece + 1, last.byte + 1)
    }
    return true
  }

  private func matches(_ piece: Piece, _ byte: UInt8) -> Bool {
    switch piece {
    case .any, .one: true
    case .byte(let wanted): wanted == byte
    case .set(let isNegated, let ranges): ranges.contains { $0.contains(byte) } != isNegated
    }
  }
}
