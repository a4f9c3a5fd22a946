// How verdicts and their histories are written.

internal import Execution
internal import Fingerprints

extension Verdict {
  /// Raised when the encoding changes: older verdicts are misses.
  private static let version: UInt8 = 1

  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.write(Verdict.version)
    switch self {
    case .clean: writer.write(0 as UInt8)
    case .findings(let said):
      writer.write(1 as UInt8)
      writer.write(said.path)
      writer.write(said.text)
      writer.write(said.findings) {
        $0.write($1.path)
        $0.write($1.line)
        $0.write($1.column)
        $0.write($1.severity)
        $0.write($1.code)
        $0.write($1.message)
      }
    case .formatted(let content, let isExecutable):
      writer.write(2 as UInt8)
      writer.write(content)
      writer.write(isExecutable)
    }
    return writer.bytes
  }

  /// - Returns: nil for bytes that this version did not write.
  init?(_ bytes: UnsafeRawBufferPointer) {
    // Nearly all of them.
    if bytes.count == 2, bytes[0] == Verdict.version, bytes[1] == 0 {
      self = .clean
      return
    }
    var reader = ByteReader(Array(bytes))
    do throws(MalformedBytes) {
      guard try reader.readByte() == Verdict.version else { return nil }
      switch try reader.readByte() {
      case 0: self = .clean
      case 1:
        let (path, text) = (try reader.readString(), try reader.readString())
        let findings = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
          Finding(
            path: try reader.readString(), line: try reader.readInt32(), column: try reader.readInt32(),
            severity: try reader.readString(), code: try reader.readString(), message: try reader.readString())
        }
        self = .findings(FileFindings(path: path, text: text, findings: findings))
      case 2: self = .formatted(try reader.readFingerprint(), isExecutable: try reader.readBool())
      default: return nil
      }
    } catch {
      return nil
    }
    guard reader.isAtEnd else { return nil }
  }
}

/// What the last verdict of a tool on a file was made of.
struct VerdictHistory: Equatable {
  /// The key over all that the tool's verdicts have in common, which is also the root of its manifest.
  let base: Fingerprint
  let content: Fingerprint
  let isExecutable: Bool
  let scope: Fingerprint
  /// The root of a manifest of the scope's files; absent where the scope has none.
  let scopeManifest: Fingerprint

  static func key(_ subject: String, _ path: String, _ secret: Secret) -> Fingerprint {
    secret.fingerprint(encoding: {
      $0.write("verdict")
      $0.write(subject)
      $0.write(path)
    })
  }

  init(of file: FileTool.File, base: Fingerprint, scopeManifest: Fingerprint) {
    self.base = base
    self.scopeManifest = scopeManifest
    content = file.input.fingerprint
    isExecutable = file.input.isExecutable
    scope = file.scope
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 65)
    writer.write(base)
    writer.write(content)
    writer.write(isExecutable)
    writer.write(scope)
    writer.write(scopeManifest)
    return writer.bytes
  }

  init?(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    guard let base = try? reader.readFingerprint(), let content = try? reader.readFingerprint(), let mode = try? reader.readBool(),
      let scope = try? reader.readFingerprint(), let scopeManifest = try? reader.readFingerprint(), reader.isAtEnd
    else { return nil }
    self.base = base
    self.content = content
    isExecutable = mode
    self.scope = scope
    self.scopeManifest = scopeManifest
  }
}
