// What is kept of actions between runs, and how it is written: results, aliases of keys, histories.

internal import Execution
internal import Fingerprints

/// A value of the table `actions`.
enum ActionRecord: Equatable {
  /// Under an exact key.
  case result(ActionResult, attempts: Int)
  /// Under a key over symbolic sets: the exact key it stood for.
  case alias(Fingerprint)

  /// Raised when the encoding changes: older records are misses.
  private static let version: UInt8 = 1

  var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 64)
    writer.write(ActionRecord.version)
    switch self {
    case .alias(let key):
      writer.write(0 as UInt8)
      writer.write(key)
    case .result(let result, let attempts):
      guard case .exited(let status) = result.ending else { return [] }
      writer.write(1 as UInt8)
      writer.write(status)
      writer.write(attempts)
      writer.write(result.standardOutput)
      writer.write(result.standardError)
      writer.write(result.outputs) {
        $0.write($1.output)
        $0.write($1.path)
        $0.write($1.isExecutable)
        $0.write($1.fingerprint)
        $0.write($1.isLink)
      }
      for value in [result.usage.wall, result.usage.user, result.usage.system] { writer.write(value) }
      writer.write(Int(result.usage.peakMemory))
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
        var result = ActionResult(ending: .exited(try reader.readInt32()))
        let attempts = try reader.readInt()
        result.standardOutput = try reader.readCaptured()
        result.standardError = try reader.readCaptured()
        result.outputs = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
          ProducedFile(
            output: try reader.readString(), path: try reader.readString(), isExecutable: try reader.readBool(),
            fingerprint: try reader.readFingerprint(), isLink: try reader.readBool())
        }
        result.usage.wall = try reader.readDouble()
        result.usage.user = try reader.readDouble()
        result.usage.system = try reader.readDouble()
        result.usage.peakMemory = Int64(try reader.readInt())
        self = .result(result, attempts: attempts)
      default: return nil
      }
    } catch {
      return nil
    }
    guard reader.isAtEnd else { return nil }
  }
}

extension ByteWriter {
  fileprivate mutating func write(_ output: CapturedOutput) {
    switch output {
    case .inline(let bytes):
      write(false)
      write(bytes)
    case .blob(let fingerprint, let size, let omitted):
      write(true)
      write(fingerprint)
      write(size)
      write(omitted)
    }
  }
}

extension ByteReader {
  fileprivate mutating func readCaptured() throws(MalformedBytes) -> CapturedOutput {
    guard try readBool() else { return .inline(try readBytes()) }
    return .blob(try readFingerprint(), size: try readInt(), omitted: try readInt())
  }
}

extension ActionResult {
  /// Every blob without which this result is of no use.
  var blobs: [Fingerprint] {
    var blobs = outputs.map(\.fingerprint)
    for case .blob(let fingerprint, _, _) in [standardOutput, standardError] { blobs.append(fingerprint) }
    return blobs
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
