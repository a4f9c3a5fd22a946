// What is kept of actions between runs, and how it is written: results, aliases of keys, histories.

internal import Execution
internal import Fingerprints

/// A value of the table `actions`.
enum ActionRecord: Equatable {
  /// Under an exact key.
  case result(ActionResult, attempts: Int)
  /// Under a key over symbolic sets: the exact key it stood for.
  case alias(Fingerprint)

  /// Raised when the encoding changes: older records are misses. (That of the result itself has a number of its own.)
  private static let version: UInt8 = 2

  var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 64)
    writer.write(ActionRecord.version)
    switch self {
    case .alias(let key):
      writer.write(0 as UInt8)
      writer.write(key)
    case .result(var result, let attempts):
      result.keptSandbox = nil  // of that run alone
      writer.write(1 as UInt8)
      writer.write(attempts)
      result.write(to: &writer)
    }
    return writer.bytes
  }

  /// - Returns: nil for bytes that this version did not write: a miss.
  init?(_ bytes: UnsafeRawBufferPointer) {
    var reader = ByteReader(Array(bytes))
    do throws(MalformedBytes) {
      guard try reader.readByte() == ActionRecord.version else { return nil }
      switch try reader.readByte() {
      case 0: self = .alias(try reader.readFingerprint())
      case 1:
        let attempts = try reader.readInt()
        let result = try ActionResult(from: &reader)
        guard case .exited = result.ending else { return nil }  // no other is ever kept
        self = .result(result, attempts: attempts)
      default: return nil
      }
    } catch {
      return nil
    }
    guard reader.isAtEnd else { return nil }
  }
}

/// A value of the table `history`: the last time a subject was done.
struct History: Equatable {
  /// The exact key, which is also the root of its manifest; absent where none was made.
  var key: Fingerprint
  /// Of its last run.
  var seconds: Double
  var wasSuccess: Bool

  static func key(of subject: String, _ secret: Secret) -> Fingerprint {
    secret.fingerprint(encoding: {
      $0.write("action")
      $0.write(subject)
    })
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 25)
    writer.write(key)
    writer.write(seconds)
    writer.write(wasSuccess)
    return writer.bytes
  }

  init(key: Fingerprint, seconds: Double, wasSuccess: Bool) {
    self.key = key
    self.seconds = seconds
    self.wasSuccess = wasSuccess
  }

  init?(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    guard let key = try? reader.readFingerprint(), let seconds = try? reader.readDouble(), let wasSuccess = try? reader.readBool(),
      reader.isAtEnd
    else { return nil }
    self.init(key: key, seconds: seconds, wasSuccess: wasSuccess)
  }
}
