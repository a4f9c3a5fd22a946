// Ignore rules in gitignore's syntax: parsed once, asked for every name of a walk.

internal import Glibc

/// The rules of one source (a `.gitignore`, `.git/info/exclude`, options), below the folder they speak of, before those of `parent`.
/// Later rules win over earlier ones, a scope's over its parent's, as git has it.
final class IgnoreScope: Sendable {
  private let rules: [IgnoreRule]
  /// All patterns, one behind the other.
  private let patterns: [UInt8]
  /// Bytes of a path up to and with the slash behind the rules' folder; 0 if that is where paths begin.
  private let base: Int
  private let parent: IgnoreScope?

  /// - Returns: `parent` itself if `text` holds no rule.
  static func reading(_ text: [UInt8], base: Int, parent: IgnoreScope?) -> IgnoreScope? {
    var rules: [IgnoreRule] = []
    var patterns: [UInt8] = []
    var lines = text[...]
    if lines.starts(with: [0xEF, 0xBB, 0xBF]) { lines = lines.dropFirst(3) }
    for line in lines.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if let rule = IgnoreRule(line: line, into: &patterns) { rules.append(rule) }
    }
    return rules.isEmpty ? parent : IgnoreScope(rules: rules, patterns: patterns, base: base, parent: parent)
  }

  private init(rules: [IgnoreRule], patterns: [UInt8], base: Int, parent: IgnoreScope?) {
    self.rules = rules
    self.patterns = patterns
    self.base = base
    self.parent = parent
  }

  /// - Parameters:
  ///   - path: the whole path, from where paths begin.
  ///   - nameStart: where its last component begins.
  /// - Returns: true if ignored, false if a rule says that it is not, nil if no rule speaks of it.
  func decision(_ path: UnsafeBufferPointer<UInt8>, nameStart: Int, isDirectory: Bool) -> Bool? {
    let own = patterns.withUnsafeBufferPointer { patterns in
      rules.withUnsafeBufferPointer { rules -> Bool? in
        var index = rules.count - 1
        while index >= 0 {
          if rules[index].matches(path, base: base, nameStart: nameStart, isDirectory: isDirectory, patterns: patterns) {
            return !rules[index].isNegated
          }
          index -= 1
        }
        return nil
      }
    }
    return own ?? parent?.decision(path, nameStart: nameStart, isDirectory: isDirectory)
  }
}

/// One line of a gitignore file.
struct IgnoreRule {
  enum Form: UInt8 {
    /// The name is the pattern.
    case name
    /// The name ends with the pattern (`*.o`).
    case nameSuffix
    /// The name matches the pattern.
    case nameWildcard
    /// The path below the rules' folder matches: a literal beginning, then a pattern.
    case path
  }

  private let form: Form
  let isNegated: Bool
  private let isDirectoryOnly: Bool
  private let start: Int32
  private let count: Int32
  /// Of a path's pattern: bytes before the first special one.
  private let literalCount: Int32

  /// - Returns: nil for a blank line or a comment.
  init?(line: ArraySlice<UInt8>, into patterns: inout [UInt8]) {
    guard line.first != UInt8(ascii: "#") else { return nil }
    var pattern = Self.withoutTrailingSpaces(line)
    isNegated = pattern.first == UInt8(ascii: "!")
    if isNegated { pattern = pattern.dropFirst() }
    isDirectoryOnly = pattern.last == UInt8(ascii: "/")
    if isDirectoryOnly { pattern = pattern.dropLast() }
    guard !pattern.isEmpty else { return nil }

    let special: (UInt8) -> Bool = { $0 == 0x2A || $0 == 0x3F || $0 == 0x5B || $0 == 0x5C }  // * ? [ \
    if pattern.contains(UInt8(ascii: "/")) {
      form = .path
      if pattern.first == UInt8(ascii: "/") { pattern = pattern.dropFirst() }
    } else if !pattern.contains(where: special) {
      form = .name
    } else if pattern.first == 0x2A, !pattern.dropFirst().contains(where: special) {
      form = .nameSuffix
      pattern = pattern.dropFirst()
    } else {
      form = .nameWildcard
    }
    start = Int32(patterns.count)
    count = Int32(pattern.count)
    literalCount = Int32((pattern.firstIndex(where: special) ?? pattern.endIndex) - pattern.startIndex)
    patterns.append(contentsOf: pattern)
  }

  func matches(
    _ path: UnsafeBufferPointer<UInt8>, base: Int, nameStart: Int, isDirectory: Bool, patterns: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    if isDirectoryOnly && !isDirectory { return false }
    guard let text = path.baseAddress, let pattern = patterns.baseAddress.map({ $0 + Int(start) }) else { return false }
    let count = Int(count)
    switch form {
    case .name:
      return path.count - nameStart == count && text[nameStart] == pattern[0] && memcmp(text + nameStart, pattern, count) == 0
    case .nameSuffix:
      guard path.count - nameStart >= count else { return false }
      if count > 0, text[path.count - 1] != pattern[count - 1] { return false }
      return memcmp(text + path.count - count, pattern, count) == 0
    case .nameWildcard:
      return Wildmatch.matches(
        UnsafeBufferPointer(start: pattern, count: count),
        UnsafeBufferPointer(start: text + nameStart, count: path.count - nameStart), crossingSlashes: true)
    case .path:
      let literal = Int(literalCount)
      let rest = path.count - base - literal
      if literal > 0, path.count > base, text[base] != pattern[0] { return false }
      guard rest >= 0, memcmp(text + base, pattern, literal) == 0 else { return false }
      if literal == count { return rest == 0 }
      return Wildmatch.matches(
        UnsafeBufferPointer(start: pattern + literal, count: count - literal),
        UnsafeBufferPointer(start: text + base + literal, count: rest), crossingSlashes: false)
    }
  }

  /// Spaces at the end do not count unless a backslash is before them.
  private static func withoutTrailingSpaces(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var end = line.startIndex
    var index = line.startIndex
    while index < line.endIndex {
      switch line[index] {
      case UInt8(ascii: " "): index += 1
      case UInt8(ascii: "\\"):
        index = min(index + 2, line.endIndex)
        end = index
      default:
        index += 1
        end = index
      }
    }
    return line[..<end]
  }
}
