// The globs of visibility rules: anchored at one of four places, and always at the end of what they match.

/// `*` is anything but a slash, `**` anything; what is written matches to the end of the text.
struct VisibilityGlob: Hashable, Sendable {
  private enum Piece: Hashable, Sendable {
    case byte(UInt8)
    /// `*`
    case segment
    /// `**`
    case anything
    /// `/**`: nothing, or a slash and anything.
    case below
    /// `**/`, and the beginning of a floating glob: a slash or none, at the border of a word.
    case border
  }

  let written: String
  private let pieces: [Piece]

  /// - Parameter snapsToNames: a glob that begins with a letter or digit begins where a word of the text does.
  init(_ written: String, snapsToNames: Bool = false) {
    self.written = written
    let bytes = Array(written.utf8)
    var pieces: [Piece] = []
    var index = 0
    func next(_ text: String) -> Bool { bytes[index...].starts(with: text.utf8) }
    while index < bytes.count {
      if next("/**") {
        pieces.append(.below)
        index += 3
      } else if next("**/") {
        pieces.append(.border)
        index += 3
      } else if next("**") {
        pieces.append(.anything)
        index += 2
      } else if next("*") {
        pieces.append(.segment)
        index += 1
      } else {
        pieces.append(.byte(bytes[index]))
        index += 1
      }
    }
    if snapsToNames, let first = written.unicodeScalars.first, first.properties.isAlphabetic || first.properties.numericType != nil {
      pieces.insert(.border, at: 0)
    }
    self.pieces = pieces
  }

  /// - Parameter floating: whether it may begin anywhere in the text.
  func matches(_ text: String, floating: Bool = false) -> Bool {
    let bytes = Array(text.utf8)
    // Most texts differ where the glob is still plain.
    var rest = pieces[...]
    var start = 0
    while !floating, case .byte(let wanted)? = rest.first {
      guard start < bytes.count, bytes[start] == wanted else { return false }
      rest = rest.dropFirst()
      start += 1
    }
    // All positions that the pieces so far can end at: no pattern makes this slower than length × pieces.
    var ends = [Bool](repeating: floating, count: bytes.count + 1)
    ends[start] = true
    var reached = ends
    for piece in rest {
      switch piece {
      case .byte(let wanted):
        reached[0] = false
        for index in bytes.indices { reached[index + 1] = ends[index] && bytes[index] == wanted }
      case .segment:
        for index in 0...bytes.count {
          reached[index] = ends[index] || index > 0 && reached[index - 1] && bytes[index - 1] != UInt8(ascii: "/")
        }
      case .anything:
        for index in 0...bytes.count { reached[index] = ends[index] || index > 0 && reached[index - 1] }
      case .below:
        var isInside = false
        for index in 0...bytes.count {
          if index > 0, ends[index - 1], bytes[index - 1] == UInt8(ascii: "/") { isInside = true }
          reached[index] = ends[index] || isInside
        }
      case .border:
        for index in 0...bytes.count {
          let isBehindSlash = index > 0 && ends[index - 1] && bytes[index - 1] == UInt8(ascii: "/")
          reached[index] = (ends[index] || isBehindSlash) && VisibilityGlob.isBorder(index, bytes)
        }
      }
      swap(&ends, &reached)
    }
    return ends[bytes.count]
  }

  /// Whether a word begins or ends at an index.
  private static func isBorder(_ index: Int, _ bytes: [UInt8]) -> Bool {
    func isWord(_ index: Int) -> Bool {
      guard bytes.indices.contains(index) else { return false }
      switch bytes[index] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "_"), 0x80...:
        return true
      default: return false
      }
    }
    return isWord(index - 1) != isWord(index)
  }
}

/// A glob over paths, with the place it is counted from.
struct VisibilityPathGlob: Hashable, Sendable {
  private enum Anchor: Hashable, Sendable {
    /// `//x`: the workspace's root, and `/x`: the folder of the BUILD file with the rule, put in front.
    case root
    /// `./x`, `../x`: so many folders above the one that the rule is applied for.
    case applied(up: Int)
    /// `x`
    case floating
  }

  private let anchor: Anchor
  private let glob: VisibilityGlob
  let written: String

  /// - Parameter folder: of the BUILD file with the rule.
  /// - Throws: a reason, where it leaves the workspace.
  init(_ written: String, in folder: String) throws(VisibilityRuleError) {
    self.written = written
    func withoutMarks(_ path: String) -> String { String(path.drop { $0 == "." || $0 == "/" }) }
    if written.hasPrefix("/") {
      let path = written.hasPrefix("//") ? String(written.dropFirst(2)) : joined(folder, String(written.drop { $0 == "/" }))
      guard let clean = normalized(path) else { throw VisibilityRuleError("`\(written)` leaves the workspace") }
      anchor = .root
      glob = VisibilityGlob(withoutMarks(clean))
    } else if written.hasPrefix("."), ["", "/"].contains(String(written.drop { $0 == "." }.prefix(1))) {
      var up = 0
      var parts: [Substring] = []
      for part in written.split(separator: "/") where part != "." {
        if part != ".." { parts.append(part) } else if parts.popLast() == nil { up += 1 }
      }
      anchor = .applied(up: up)
      glob = VisibilityGlob(withoutMarks(parts.joined(separator: "/")))
    } else {
      guard let clean = normalized(written) else { throw VisibilityRuleError("`\(written)` leaves the workspace") }
      anchor = .floating
      glob = VisibilityGlob(clean, snapsToNames: true)
    }
  }

  /// - Parameter folder: of the target that the rules are applied for.
  func matches(_ path: String, appliedIn folder: String) -> Bool {
    func unmarked(_ path: String) -> String { String(path.drop { $0 == "." }) }
    switch anchor {
    case .root: return glob.matches(unmarked(path))
    case .floating: return glob.matches(unmarked(path), floating: true)
    case .applied(let up):
      var base = folder
      for _ in 0..<up { base = parentDirectory(base) }
      if base.isEmpty { return glob.matches(unmarked(path)) }
      if path == base { return glob.matches("") }
      guard path.hasPrefix(base + "/") else { return false }
      return glob.matches(unmarked(String(path.dropFirst(base.count + 1))))
    }
  }
}
