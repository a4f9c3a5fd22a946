// A tree back as the very source it came from, and the comments tools need to keep.

extension Tree {
  /// The tokens' texts and what lies between them (spaces, comments, line ends), in order. Their concatenation is the file.
  package var pieces: [(token: Token?, text: [UInt8])] {
    var result: [(token: Token?, text: [UInt8])] = []
    var position = 0
    for token in tokens where token.end > token.start {
      if Int(token.start) > position { result.append((nil, Array(source.bytes[position..<Int(token.start)]))) }
      result.append((token, Array(source.bytes[Int(token.start)..<Int(token.end)])))
      position = Int(token.end)
    }
    if position < source.bytes.count { result.append((nil, Array(source.bytes[position...]))) }
    return result
  }

  /// The source, byte for byte.
  package var printed: [UInt8] { pieces.flatMap(\.text) }

  /// The comments between tokens, without their line ends, in order.
  package var comments: [ByteRange] {
    var result: [ByteRange] = []
    var position = 0
    let ends = tokens.filter { $0.end > $0.start }.map { (Int($0.start), Int($0.end)) } + [(source.bytes.count, source.bytes.count)]
    for (start, end) in ends {
      var i = position
      while i < start {
        guard source.bytes[i] == UInt8(ascii: "#") else {
          i += 1
          continue
        }
        let first = i
        while i < start, source.bytes[i] != 10, source.bytes[i] != 13 { i += 1 }
        result.append(ByteRange(start: UInt32(truncatingIfNeeded: first), end: UInt32(truncatingIfNeeded: i)))
      }
      position = end
    }
    return result
  }
}
