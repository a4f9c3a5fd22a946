// Globs of BUILD files and specs: compiled once, matched over the listing's bytes.

internal import Glibc

/// Patterns in Pants' sense, relative to some folder. A path belongs to the set if some pattern matches it and no pattern behind a `!` does;
/// the order of patterns says nothing.
///
/// `*` stands for any characters but `/`, leading dots included, `?` for one of them, `[a-z]` and `[!a-z]` for one out of a set; `**` as a whole
/// component stands for any number of folders, at the end for all files below. There is no escape: `[*]` is a star.
package struct GlobSet: Sendable {
  let includes: [GlobPattern]
  let excludes: [GlobPattern]

  /// - Throws: `GlobError` with the pattern as it was written.
  package init(_ patterns: [String]) throws(GlobError) {
    var includes: [GlobPattern] = []
    var excludes: [GlobPattern] = []
    for pattern in patterns {
      if pattern.utf8.first == UInt8(ascii: "!") {
        excludes.append(try GlobPattern(pattern.dropFirst(), written: pattern))
      } else {
        includes.append(try GlobPattern(pattern[...], written: pattern))
      }
    }
    self.includes = includes
    self.excludes = excludes
  }

  /// The pattern that a file's name alone fits.
  package static func literal(_ name: String) -> String {
    let escaped = String(name.flatMap { "*?[".contains($0) ? "[\($0)]" : String($0) })
    // A leading `!` would take away; a set that begins with it would be negated.
    return escaped.hasPrefix("!") ? "[\"!]" + escaped.dropFirst() : escaped
  }

  /// Whether a path, relative to the folder that the patterns are relative to, belongs to the set.
  package func matches(_ path: String) -> Bool {
    let components = Array(path.utf8).split(separator: UInt8(ascii: "/"))
    return includes.contains { $0.matches(components[...]) } && !excludes.contains { $0.matches(components[...]) }
  }
}

/// A pattern that cannot be one.
package enum GlobError: Error, Equatable, Sendable, CustomStringConvertible {
  case empty(String)
  /// Absolute, or with `..` in it.
  case leavesDirectory(String)
  /// `**` is part of a component.
  case joinedDoubleStar(String)
  /// `[` without its `]`.
  case openClass(String)

  package var description: String {
    switch self {
    case .empty(let pattern): "The glob `\(pattern)` names nothing."
    case .leavesDirectory(let pattern): "The glob `\(pattern)` leaves its folder. Globs are relative to the folder they are written in."
    case .joinedDoubleStar(let pattern): "In the glob `\(pattern)`, `**` must stand alone between slashes."
    case .openClass(let pattern): "In the glob `\(pattern)`, a `[` is never closed. For the character itself write `[[]`."
    }
  }
}

struct GlobPattern: Sendable {
  enum Component: Sendable, Equatable {
    case literal([UInt8])
    case wildcard([Element])
    /// `**`
    case anyDirectories
  }

  enum Element: Sendable, Equatable {
    case bytes([UInt8])
    case anyScalar
    case anyBytes
    case oneOf([ClosedRange<UInt32>], isNegated: Bool)
  }

  /// As it was written, the `!` included.
  let text: String
  /// The last one is never `anyDirectories`.
  let components: [Component]

  init(_ pattern: Substring, written text: String) throws(GlobError) {
    guard pattern.utf8.first != UInt8(ascii: "/") else { throw .leavesDirectory(text) }
    var components: [Component] = []
    for part in pattern.split(separator: "/") where part != "." {
      if part == ".." { throw .leavesDirectory(text) }
      if part == "**" {
        if components.last != .anyDirectories { components.append(.anyDirectories) }
      } else {
        components.append(try Self.component(part, text))
      }
    }
    if components.last == .anyDirectories { components.append(.wildcard([.anyBytes])) }
    guard !components.isEmpty else { throw .empty(text) }
    self.text = text
    self.components = components
  }

  private static func component(_ part: Substring, _ text: String) throws(GlobError) -> Component {
    var elements: [Element] = []
    var literal: [UInt8] = []
    func flush() {
      if !literal.isEmpty { elements.append(.bytes(literal)) }
      literal = []
    }
    var scalars = part.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      switch scalar {
      case "*":
        flush()
        if elements.last == .anyBytes { throw .joinedDoubleStar(text) }
        elements.append(.anyBytes)
      case "?":
        flush()
        elements.append(.anyScalar)
      case "[":
        flush()
        elements.append(try oneOf(&scalars, text))
      default: literal.append(contentsOf: String(scalar).utf8)
      }
    }
    if elements.isEmpty { return .literal(literal) }
    flush()
    return .wildcard(elements)
  }

  /// What follows a `[`, with its `]`; a `]` right at the start, or behind the `!`, is one of the set.
  private static func oneOf(_ scalars: inout Substring.UnicodeScalarView.SubSequence, _ text: String) throws(GlobError) -> Element {
    let isNegated = scalars.first == "!"
    if isNegated { scalars.removeFirst() }
    var ranges: [ClosedRange<UInt32>] = []
    var isFirst = true
    while let scalar = scalars.popFirst() {
      if scalar == "]", !isFirst { return .oneOf(ranges, isNegated: isNegated) }
      isFirst = false
      var rest = scalars
      if rest.popFirst() == "-", let end = rest.popFirst(), end != "]" {
        scalars = rest
        if scalar.value <= end.value { ranges.append(scalar.value...end.value) }
      } else {
        ranges.append(scalar.value...scalar.value)
      }
    }
    throw .openClass(text)
  }

  func matches(_ path: ArraySlice<ArraySlice<UInt8>>) -> Bool { Self.matches(components[...], path) }

  private static func matches(_ components: ArraySlice<Component>, _ path: ArraySlice<ArraySlice<UInt8>>) -> Bool {
    var components = components
    var path = path
    // Where to go on after a mismatch: the latest `**` takes one folder more.
    var retry: (components: ArraySlice<Component>, path: ArraySlice<ArraySlice<UInt8>>)?
    while true {
      if components.first == .anyDirectories {
        components.removeFirst()
        retry = (components, path)
        continue
      }
      if let component = components.first, let name = path.first {
        if component.matches(name) {
          components.removeFirst()
          path.removeFirst()
          continue
        }
      } else if components.isEmpty, path.isEmpty {
        return true
      }
      guard let last = retry, !last.path.isEmpty else { return false }
      components = last.components
      path = last.path.dropFirst()
      retry = (components, path)
    }
  }
}

extension GlobPattern.Component {
  func matches(_ name: ArraySlice<UInt8>) -> Bool {
    switch self {
    case .literal(let bytes): name.elementsEqual(bytes)
    case .wildcard(let elements):
      name.withUnsafeBufferPointer { name in elements.withUnsafeBufferPointer { Self.matches($0, name) } }
    case .anyDirectories: true
    }
  }

  private static func matches(_ elements: UnsafeBufferPointer<GlobPattern.Element>, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
    var e = 0
    var t = 0
    var star: (element: Int, text: Int)?
    // The commonest form, `*.ext`, without a second look.
    if elements.count == 2, elements[0] == .anyBytes, case .bytes(let suffix) = elements[1] {
      return name.count >= suffix.count && name[(name.count - suffix.count)...].elementsEqual(suffix)
    }
    while true {
      if e == elements.count {
        if t == name.count { return true }
      } else {
        switch elements[e] {
        case .anyBytes:
          e += 1
          star = (e, t)
          continue
        case .bytes(let bytes):
          if name.count - t >= bytes.count, name[t..<t + bytes.count].elementsEqual(bytes) {
            t += bytes.count
            e += 1
            continue
          }
        case .anyScalar:
          if t < name.count {
            t += scalar(name, t).count
            e += 1
            continue
          }
        case .oneOf(let ranges, let isNegated):
          if t < name.count {
            let next = scalar(name, t)
            if ranges.contains(where: { $0.contains(next.value) }) != isNegated {
              t += next.count
              e += 1
              continue
            }
          }
        }
      }
      guard let last = star, last.text < name.count else { return false }
      let next = last.text + scalar(name, last.text).count
      star = (last.element, next)
      (e, t) = (last.element, next)
    }
  }

  /// The scalar that begins at `index` of a name that is UTF-8.
  private static func scalar(_ name: UnsafeBufferPointer<UInt8>, _ index: Int) -> (value: UInt32, count: Int) {
    let first = UInt32(name[index])
    let count = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard index + count <= name.count, count > 1 else { return (first, 1) }
    var value = first & (0x7F >> UInt32(count))
    for next in 1..<count { value = value << 6 | UInt32(name[index + next] & 0x3F) }
    return (value, count)
  }
}
