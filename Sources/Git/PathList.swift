// A list of files that somebody else made: of another program's output, or by hand.

package enum PathList {
  /// The paths of a list: one a line or, where it holds a NUL, one between two NULs; from the workspace's root.
  ///
  /// `./x` and absolute paths below the root are taken as what they mean. Empty lines are passed over, and so are paths that lie outside.
  package static func paths(in bytes: [UInt8], root: String) -> [String] {
    let separator: UInt8 = bytes.contains(0) ? 0 : UInt8(ascii: "\n")
    var paths: Set<String> = []
    for record in bytes.split(separator: separator) {
      var text = String(decoding: record, as: UTF8.self)
      if separator != 0, text.hasSuffix("\r") { text.removeLast() }
      if text.hasPrefix("\(root)/") { text = String(text.dropFirst(root.utf8.count + 1)) }
      guard !text.hasPrefix("/") else { continue }
      var parts: [Substring] = []
      var isOutside = false
      for part in text.split(separator: "/") where part != "." {
        if part != ".." { parts.append(part) } else if parts.popLast() == nil { isOutside = true }
      }
      if !isOutside, !parts.isEmpty { paths.insert(parts.joined(separator: "/")) }
    }
    return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
