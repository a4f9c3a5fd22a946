// SHA-256: the name of bytes for the world outside, where a fingerprint means nothing.

internal import CSHA256

/// SHA-256 of bytes that come in pieces. Every other name of bytes in the engine is a `Fingerprint`, which is quicker and keyed.
package struct SHA256: Sendable {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  /// What does not fill a block yet: fewer than 64 bytes.
  private var rest: [UInt8] = []
  /// Bytes taken so far.
  private var count: UInt64 = 0

  package init() {}

  package mutating func update(_ bytes: some Sequence<UInt8>) {
    let taken: Void? = bytes.withContiguousStorageIfAvailable { take(UnsafeRawBufferPointer($0)) }
    if taken == nil { Array(bytes).withUnsafeBytes { take($0) } }
  }

  private mutating func take(_ bytes: UnsafeRawBufferPointer) {
    count &+= UInt64(bytes.count)
    var start = 0
    if !rest.isEmpty {
      start = min(64 - rest.count, bytes.count)
      rest.append(contentsOf: bytes[..<start])
      guard rest.count == 64 else { return }
      compress(rest[...])
      rest.removeAll(keepingCapacity: true)
    }
    let whole = (bytes.count - start) / 64
    if whole > 0, let base = bytes.baseAddress {
      baji_sha256_blocks(&state, base.advanced(by: start).assumingMemoryBound(to: UInt8.self), whole)
    }
    rest.append(contentsOf: bytes[(start + 64 * whole)...])
  }

  private mutating func compress(_ blocks: ArraySlice<UInt8>) {
    blocks.withUnsafeBufferPointer { buffer in
      if let base = buffer.baseAddress { baji_sha256_blocks(&state, base, buffer.count / 64) }
    }
  }

  /// The digest of what was taken so far: 32 bytes.
  package var digest: [UInt8] {
    var last = self
    var end = rest + [0x80]
    end += [UInt8](repeating: 0, count: (120 - end.count) % 64)
    end += (0..<8).map { UInt8(truncatingIfNeeded: (count &* 8) >> UInt64(56 - 8 * $0)) }
    last.compress(end[...])
    return last.state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
  }

  /// The digest as 64 lowercase hexadecimal digits.
  package var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The digest of `bytes` as 64 lowercase hexadecimal digits.
  package static func hex(of bytes: some Sequence<UInt8>) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.hex
  }
}
