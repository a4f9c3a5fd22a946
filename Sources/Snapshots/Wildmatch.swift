// gitignore's wildcards over bytes.

/// `*`, `?`, `[…]`, `\` and, between slashes, `**`.
enum Wildmatch {
  /// - Parameter crossingSlashes: `*`, `?` and `[…]` match a slash too (patterns without a slash, matched against names).
  static func matches(_ pattern: UnsafeBufferPointer<UInt8>, _ text: UnsafeBufferPointer<UInt8>, crossingSlashes: Bool) -> Bool {
    var p = 0
    var t = 0
    // Where to go on after a mismatch: the latest `*` takes one byte more; if it may not, the latest `**` does. A star before the latest one
    // needs no second chance: the latest can take whatever the earlier one would have.
    var star: (pattern: Int, text: Int)?
    var doubleStar: (pattern: Int, text: Int, needsSlash: Bool)?
    while true {
      if p == pattern.count {
        if t == text.count { return true }
      } else if pattern[p] == UInt8(ascii: "*") {
        var end = p
        while end < pattern.count, pattern[end] == UInt8(ascii: "*") { end += 1 }
        let isDelimited = (p == 0 || pattern[p - 1] == UInt8(ascii: "/")) && (end == pattern.count || pattern[end] == UInt8(ascii: "/"))
        if crossingSlashes || end - p >= 2 && isDelimited {
          if end == pattern.count { return true }
          let needsSlash = !crossingSlashes
          p = needsSlash ? end + 1 : end  // `**/` also stands for no folder at all
          doubleStar = (p, t, needsSlash)
          star = nil
        } else {
          p = end
          star = (p, t)
        }
        continue
      } else if t < text.count {
        var next = p
        if matchesOne(pattern, &next, text[t], crossingSlashes: crossingSlashes) {
          p = next
          t += 1
          continue
        }
      }
      if let last = star, last.text < text.count, text[last.text] != UInt8(ascii: "/") {
        star = (last.pattern, last.text + 1)
        (p, t) = (last.pattern, last.text + 1)
        continue
      }
      guard var last = doubleStar else { return false }
      if last.needsSlash { while last.text < text.count, text[last.text] != UInt8(ascii: "/") { last.text += 1 } }
      guard last.text < text.count else { return false }
      last.text += 1
      doubleStar = last
      star = nil
      (p, t) = (last.pattern, last.text)
    }
  }

  /// One byte against the pattern's next element; moves `p` behind it on success.
  private static func matchesOne(_ pattern: UnsafeBufferPointer<UInt8>, _ p: inout Int, _ byte: UInt8, crossingSlashes: Bool) -> Bool {
    switch pattern[p] {
    case UInt8(ascii: "?"):
      p += 1
      return crossingSlashes || byte != UInt8(ascii: "/")
    case UInt8(ascii: "["):
      guard crossingSlashes || byte != UInt8(ascii: "/") else { return false }
      return matchesClass(pattern, &p, byte)
    case UInt8(ascii: "\\"):
      guard p + 1 < pattern.count, pattern[p + 1] == byte else { return false }
      p += 2
      return true
    case let literal:
      p += 1
      return literal == byte
    }
  }

  /// A class that is never closed matches nothing.
  private static func matchesClass(_ pattern: UnsafeBufferPointer<UInt8>, _ p: inout Int, _ byte: UInt8) -> Bool {
    var index = p + 1
    guard index < pattern.count else { return false }
    let isNegated = pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^")
    if isNegated { index += 1 }
    var isMatch = false
    var previous: UInt8?
    var isFirst = true
    while index < pattern.count {
      let element = pattern[index]
      if element == UInt8(ascii: "]"), !isFirst {
        p = index + 1
        return isMatch != isNegated
      }
      isFirst = false
      if element == UInt8(ascii: "-"), let low = previous, index + 1 < pattern.count, pattern[index + 1] != UInt8(ascii: "]") {
        index += 1
        if pattern[index] == UInt8(ascii: "\\") { index += 1 }
        guard index < pattern.count else { return false }
        if low <= byte, byte <= pattern[index] { isMatch = true }
        previous = nil
        index += 1
      } else if element == UInt8(ascii: "["), index + 1 < pattern.count, pattern[index + 1] == UInt8(ascii: ":"),
        let end = pattern[(index + 2)...].firstIndex(of: UInt8(ascii: "]"))
      {
        if end - 1 >= index + 2, pattern[end - 1] == UInt8(ascii: ":") {
          guard let named = matchesNamed(String(decoding: pattern[(index + 2)..<(end - 1)], as: UTF8.self), byte) else { return false }
          if named { isMatch = true }
          previous = nil
          index = end + 1
        } else {
          if byte == element { isMatch = true }  // `[` for itself: no class's name follows
          previous = element
          index += 1
        }
      } else {
        var literal = element
        if element == UInt8(ascii: "\\") {
          index += 1
          guard index < pattern.count else { return false }
          literal = pattern[index]
        }
        if byte == literal { isMatch = true }
        previous = literal
        index += 1
      }
    }
    return false
  }

  /// - Returns: nil for a name that is no POSIX class.
  private static func matchesNamed(_ name: String, _ byte: UInt8) -> Bool? {
    let isLower = (0x61...0x7A).contains(byte)
    let isUpper = (0x41...0x5A).contains(byte)
    let isDigit = (0x30...0x39).contains(byte)
    return switch name {
    case "alnum": isLower || isUpper || isDigit
    case "alpha": isLower || isUpper
    case "blank": byte == 0x20 || byte == 0x09
    case "cntrl": byte < 0x20 || byte == 0x7F
    case "digit": isDigit
    case "graph": (0x21...0x7E).contains(byte)
    case "lower": isLower
    case "print": (0x20...0x7E).contains(byte)
    case "punct": (0x21...0x7E).contains(byte) && !(isLower || isUpper || isDigit)
    case "space": byte == 0x20 || (0x09...0x0D).contains(byte)
    case "upper": isUpper
    case "xdigit": isDigit || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    default: nil
    }
  }
}
