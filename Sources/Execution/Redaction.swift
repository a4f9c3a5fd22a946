// Replacing texts in a stream that arrives in pieces: the sandbox's path by a placeholder, secrets by `***`.

internal import Host

/// What is replaced by what. At one place the longest wins.
struct Redaction: Sendable {
  let texts: [(text: [UInt8], replacement: [UInt8])]

  /// - Parameters:
  ///   - paths: path → what stands for it.
  ///   - secrets: values; empty ones are passed over, and of those with several lines each longer line counts as well.
  init(paths: [String: String], secrets: some Sequence<String>) {
    var replacements: [[UInt8]: [UInt8]] = [:]
    for (path, replacement) in paths { replacements[Array(path.utf8)] = Array(replacement.utf8) }
    for secret in secrets {
      replacements[Array(secret.utf8)] = Array("***".utf8)
      let lines = secret.split(separator: "\n")
      // Shorter lines (`}`, `-----`) are in every text.
      for line in lines where lines.count > 1 && line.utf8.count >= 8 { replacements[Array(line.utf8)] = Array("***".utf8) }
    }
    replacements[[]] = nil
    texts = replacements.map { (text: $0.key, replacement: $0.value) }.sorted { $0.text.count > $1.text.count }
  }

  /// The parts of URLs among these values that only their owner should know: `user:password` or a token before the `@`, and the password alone.
  static func credentials(in values: some Sequence<String>) -> [String] {
    var found: [String] = []
    for value in values {
      var rest = value[...]
      while let scheme = rest.firstRange(of: "://") {
        rest = rest[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && !$0.isWhitespace && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { continue }
        let owner = authority[..<at]
        let password = owner.firstIndex(of: ":").map { owner[owner.index(after: $0)...] }
        // Short ones are in every text.
        for secret in [owner, password].compactMap({ $0 }) where secret.utf8.count >= 4 {
          found.append(String(secret))
          let decoded = percentDecoded(secret)
          if decoded != secret { found.append(decoded) }
        }
      }
    }
    return found
  }

  private static func percentDecoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == UInt8(ascii: "%"), digits.count == 2, let decoded = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) {
        bytes.append(decoded)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The whole of `bytes` with everything replaced.
  func applied(to bytes: [UInt8]) -> [UInt8] {
    var stream = RedactedStream(self)
    var result: [UInt8] = []
    bytes.withUnsafeBytes { stream.take($0) { result.append(contentsOf: $0) } }
    stream.finish { result.append(contentsOf: $0) }
    return result
  }
}

/// One stream; holds back as many bytes as the beginning of a text to replace may need.
struct RedactedStream: Sendable {
  private let redaction: Redaction
  private let longest: Int
  private var held: [UInt8] = []

  init(_ redaction: Redaction) {
    self.redaction = redaction
    longest = redaction.texts.first?.text.count ?? 0
  }

  mutating func take(_ bytes: UnsafeRawBufferPointer, _ emit: (UnsafeRawBufferPointer) -> Void) {
    if longest == 0 { return emit(bytes) }
    held.append(contentsOf: bytes)
    // A text that begins before this offset is here completely.
    let used = replace(beginningBefore: held.count - longest + 1, emit)
    held.removeFirst(used)
  }

  mutating func finish(_ emit: (UnsafeRawBufferPointer) -> Void) {
    _ = replace(beginningBefore: held.count, emit)
    held = []
  }

  /// - Returns: how many of the held bytes are dealt with.
  private func replace(beginningBefore end: Int, _ emit: (UnsafeRawBufferPointer) -> Void) -> Int {
    guard end > 0 else { return 0 }
    return held.withUnsafeBytes { held in
      var position = 0
      // Where each text is found next; looked for again only when that lies behind us.
      var next = [Int](repeating: -1, count: redaction.texts.count)
      while position < end {
        var best: (offset: Int, index: Int)?
        for (index, entry) in redaction.texts.enumerated() {
          if next[index] < position {
            let rest = UnsafeRawBufferPointer(rebasing: held[position...])
            next[index] = firstOffset(of: entry.text, in: rest).map { $0 + position } ?? Int.max
          }
          // Longest first: of two at one offset, the first found stays.
          if next[index] < end, next[index] < best?.offset ?? Int.max { best = (next[index], index) }
        }
        guard let (offset, index) = best else { break }
        if offset > position { emit(UnsafeRawBufferPointer(rebasing: held[position..<offset])) }
        redaction.texts[index].replacement.withUnsafeBytes { emit($0) }
        position = offset + redaction.texts[index].text.count
      }
      if position < end {
        emit(UnsafeRawBufferPointer(rebasing: held[position..<end]))
        position = end
      }
      return position
    }
  }
}
