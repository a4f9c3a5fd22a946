// What a program of the machine is: the fingerprint of its content, remembered by the file's stat.

internal import Fingerprints
internal import Host
internal import Store
internal import Synchronization

/// Identities of programs: of the real file's content; of a script, its interpreter's too.
final class ProgramIdentities: Sendable {
  private let store: Store
  private let known = Mutex<[String: Fingerprint]>([:])

  init(_ store: Store) { self.store = store }

  /// All that a look at a file tells of it. What is written within the clock's grain could be written again unseen.
  static func stamp(_ status: FileStatus, _ secret: Secret) -> (stamp: Fingerprint, isSettled: Bool) {
    let stamp = secret.fingerprint { writer in
      for number in [status.size, status.modified, status.changed, Int64(bitPattern: status.inode), Int64(bitPattern: status.device)] {
        writer.write(Int(number))
      }
      writer.write(Int(status.mode))
    }
    return (stamp, WallClock.now - max(status.modified, status.changed) > 1_000_000_000)
  }

  /// - Parameter path: without symbolic links.
  func identity(of path: String) throws -> Fingerprint { try identity(of: path, depth: 0) }

  private func identity(of path: String, depth: Int) throws -> Fingerprint {
    if let known = known.withLock({ $0[path] }) { return known }
    let status = try Files.targetStatus(path)
    let key = store.secret.fingerprint { writer in
      writer.write("tool identity 1")
      writer.write(path)
    }
    let stamp = ProgramIdentities.stamp(status, store.secret).stamp
    var content: Fingerprint?
    var interpreter: String?
    if let bytes = store.get(.memo, key: key) {
      var reader = ByteReader(bytes)
      if let kept = try? reader.readFingerprint(), kept == stamp {
        content = try? reader.readFingerprint()
        interpreter = try? reader.readString()
      }
    }
    if content == nil || interpreter == nil {
      let bytes = try Files.read(path)
      let fresh = store.secret.fingerprint(of: bytes)
      let named = depth < 4 ? ProgramIdentities.interpreter(of: bytes) ?? "" : ""
      if try Files.targetStatus(path) == status, ProgramIdentities.stamp(status, store.secret).isSettled {
        var writer = ByteWriter()
        writer.write(stamp)
        writer.write(fresh)
        writer.write(named)
        store.put(.memo, key: key, writer.bytes)
      }
      (content, interpreter) = (fresh, named)
    }
    guard let content, let interpreter else { return .absent }
    var result = content
    if !interpreter.isEmpty, let real = try? Files.realPath(interpreter) {
      let below = try identity(of: real, depth: depth + 1)
      result = store.secret.fingerprint { writer in
        writer.write(content)
        writer.write(below)
      }
    }
    let identity = result
    known.withLock { $0[path] = identity }
    return identity
  }

  /// The program that a `#!` line names; for `/usr/bin/env` itself, env: what it finds depends on the action's PATH.
  static func interpreter(of bytes: [UInt8]) -> String? {
    guard bytes.starts(with: Array("#!".utf8)) else { return nil }
    let line = bytes.prefix(256).prefix { $0 != UInt8(ascii: "\n") }.dropFirst(2)
    return String(decoding: line, as: UTF8.self).split(separator: " ").first.map(String.init)
  }
}
