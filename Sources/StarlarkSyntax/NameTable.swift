// Interning of identifiers while scanning: equal names get equal numbers.

/// The distinct names of a file, numbered from 0 in order of first use; keywords come first.
package struct NameTable: Sendable {
  private var bytes: [UInt8] = []
  private var ranges: [ByteRange] = []
  private var hashes: [UInt32] = []
  private var slots: [Int32]

  /// Holds the keywords; every file's table starts as a copy.
  static let keywords: NameTable = {
    var table = NameTable()
    for text in keywordTexts {
      let bytes = Array("\(text)".utf8)
      _ = table.intern(bytes.span, from: 0, to: bytes.count)
    }
    return table
  }()

  private init() { slots = [Int32](repeating: -1, count: 256) }

  package var count: Int { ranges.count }

  /// The text of a name.
  package func text(_ name: Int32) -> String {
    let range = ranges[Int(name)]
    return String(decoding: bytes[Int(range.start)..<Int(range.end)], as: UTF8.self)
  }

  mutating func intern(_ text: borrowing Span<UInt8>, from start: Int, to end: Int) -> Int32 {
    var hash: UInt32 = 2_166_136_261
    for i in start..<end { hash = (hash ^ UInt32(text[i])) &* 16_777_619 }
    let mask = slots.count - 1
    var slot = Int(hash ^ hash >> 15) & mask
    while true {
      let candidate = slots[slot]
      if candidate < 0 { break }
      if hashes[Int(candidate)] == hash, matches(Int(candidate), text, start, end) { return candidate }
      slot = (slot + 1) & mask
    }
    let name = Int32(truncatingIfNeeded: ranges.count)
    let first = UInt32(truncatingIfNeeded: bytes.count)
    for i in start..<end { bytes.append(text[i]) }
    ranges.append(ByteRange(start: first, end: UInt32(truncatingIfNeeded: bytes.count)))
    hashes.append(hash)
    slots[slot] = name
    if ranges.count * 2 > slots.count { grow() }
    return name
  }

  private func matches(_ candidate: Int, _ text: borrowing Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    let range = ranges[candidate]
    guard Int(range.end - range.start) == end - start else { return false }
    let offset = Int(range.start)
    for i in 0..<(end - start) where bytes[offset + i] != text[start + i] { return false }
    return true
  }

  private mutating func grow() {
    let mask = slots.count * 4 - 1
    slots = [Int32](repeating: -1, count: mask + 1)
    for i in hashes.indices {
      var slot = Int(hashes[i] ^ hashes[i] >> 15) & mask
      while slots[slot] >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(truncatingIfNeeded: i)
    }
  }
}
