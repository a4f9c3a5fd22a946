// Fingerprints: keyed, the same in pieces as at once, and an encoding that cannot be ambiguous.

import Fingerprints
import Testing

@Suite struct FingerprintTests {
  let secret = Secret((0..<192).map { UInt8($0) })!

  @Test(arguments: [0, 1, 16, 17, 128, 129, 240, 241, 1024, 100_000])
  func piecesGiveTheSameAsTheWhole(length: Int) {
    let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var streaming = StreamingFingerprinter(secret)
    for start in stride(from: 0, to: length, by: 777) {
      bytes[start..<min(length, start + 777)].withUnsafeBytes { streaming.update($0) }
    }
    #expect(streaming.finish() == secret.fingerprint(of: bytes))
  }

  @Test func anotherSecretGivesAnotherFingerprint() {
    let other = Secret((0..<192).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) })!
    #expect(secret.fingerprint(of: "x") != other.fingerprint(of: "x"))
    #expect(secret.fingerprint(of: [UInt8](repeating: 7, count: 5000)) != other.fingerprint(of: [UInt8](repeating: 7, count: 5000)))
  }

  @Test func textFormRoundTrips() {
    let fingerprint = secret.fingerprint(of: "x")
    #expect(Fingerprint(fingerprint.description) == fingerprint)
    #expect(Fingerprint("12") == nil)
    #expect(Fingerprint(String(repeating: "g", count: 32)) == nil)
  }

  @Test func differentSequencesDiffer() {
    let a = secret.fingerprint {
      $0.write("ab"); $0.write("c")
    }
    let b = secret.fingerprint {
      $0.write("a"); $0.write("bc")
    }
    #expect(a != b)
  }

  @Test(arguments: [0, 1, -1, 63, 64, -65, Int.max, Int.min])
  func integersRoundTrip(value: Int) throws {
    var writer = ByteWriter()
    writer.write(value)
    var reader = ByteReader(writer.bytes)
    #expect(try reader.readInt() == value)
    #expect(reader.isAtEnd)
  }

  @Test func wrongBytesThrowAndNeverTrap() {
    for length in 0..<40 {
      for fill: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
        var reader = ByteReader([UInt8](repeating: fill, count: length))
        _ = try? reader.readStrings()
        _ = try? reader.readFingerprint()
        _ = try? reader.readInt32()
        _ = try? reader.readOptional { (r: inout ByteReader) throws(MalformedBytes) in try r.readBytes() }
      }
    }
  }
}
