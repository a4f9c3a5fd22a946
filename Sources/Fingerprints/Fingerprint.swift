// The local name of bytes: XXH3-128 under the store's secret.

internal import CXXHash

/// XXH3-128 of some bytes under a store's secret. Equal fingerprints stand for equal bytes, on this machine only.
package struct Fingerprint: Hashable, Sendable, Comparable, BitwiseCopyable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Stands for "absent": no content has it but with probability 2⁻¹²⁸.
  package static let absent = Fingerprint(high: 0, low: 0)

  package static func < (a: Fingerprint, b: Fingerprint) -> Bool { (a.high, a.low) < (b.high, b.low) }

  /// 32 lowercase hexadecimal digits.
  package var description: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: 32) { buffer in
      for (offset, word) in [(0, high), (16, low)] {
        for i in 0..<16 { buffer[offset + i] = digits[Int((word >> UInt64(60 - 4 * i)) & 15)] }
      }
      return 32
    }
  }

  /// Reads what `description` wrote; nil for anything else.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 32 else { return nil }
    var words: [UInt64] = [0, 0]
    for (index, byte) in bytes.enumerated() {
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x61...0x66: digit = byte - 0x61 + 10
      default: return nil
      }
      words[index / 16] = words[index / 16] << 4 | UInt64(digit)
    }
    self.init(high: words[0], low: words[1])
  }
}

/// 192 random bytes that key every fingerprint of one store, so that nobody can prepare a collision offline.
package final class Secret: Sendable {
  package static let size = 192
  package let bytes: [UInt8]

  /// - Returns: nil unless there are exactly 192 bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Secret.size else { return nil }
    self.bytes = bytes
  }

  /// The fingerprint of `bytes` under this secret.
  package func fingerprint(of bytes: UnsafeRawBufferPointer) -> Fingerprint {
    let hash = self.bytes.withUnsafeBytes { baji_xxh3_128(bytes.baseAddress, bytes.count, $0.baseAddress, $0.count) }
    return Fingerprint(high: hash.high, low: hash.low)
  }

  package func fingerprint(of bytes: [UInt8]) -> Fingerprint { bytes.withUnsafeBytes { fingerprint(of: $0) } }

  package func fingerprint(of text: String) -> Fingerprint {
    var text = text
    return text.withUTF8 { fingerprint(of: UnsafeRawBufferPointer($0)) }
  }

  /// The fingerprint of what `encode` writes.
  package func fingerprint(encoding encode: (inout ByteWriter) -> Void) -> Fingerprint {
    var writer = ByteWriter(reserving: 224)  // most keys, in one piece
    encode(&writer)
    return fingerprint(of: writer.bytes)
  }
}

/// Fingerprints bytes that arrive in pieces; the result is the same as of all of them at once.
package struct StreamingFingerprinter: ~Copyable {
  private let state: UnsafeMutableRawPointer
  private let secret: Secret  // XXH3 keeps a pointer into the secret, so it must outlive the state
  private let pinned: UnsafeMutableRawBufferPointer

  package init(_ secret: Secret) {
    self.secret = secret
    pinned = UnsafeMutableRawBufferPointer.allocate(byteCount: secret.bytes.count, alignment: 64)
    pinned.copyBytes(from: secret.bytes)
    guard let state = baji_xxh3_128_new(pinned.baseAddress, pinned.count) else { preconditionFailure("out of memory") }
    self.state = state
  }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    baji_xxh3_128_update(state, bytes.baseAddress, bytes.count)
  }

  package consuming func finish() -> Fingerprint {
    let hash = baji_xxh3_128_finish(state)
    pinned.deallocate()
    return Fingerprint(high: hash.high, low: hash.low)
  }
}
