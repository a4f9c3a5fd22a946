// What a run used: gathered in memory, written in one batch at its end, and only where the last use is over a day old.

internal import Fingerprints
internal import Synchronization

/// Entries of the database that this run read and whose own time stamp is over a day old. (A younger stamp is a use by itself.)
///
/// Kept as packed values in `uses`, one for each set of entries: a run that used just what another did within the day writes nothing.
final class UseLog: Sendable {
  /// Seconds after which a use is written again.
  static let renewal: Int64 = 86_400

  struct Use: Hashable, Comparable {
    let table: UInt8
    let key: Fingerprint

    static func < (a: Use, b: Use) -> Bool { a.table != b.table ? a.table < b.table : a.key < b.key }
  }

  private let used = Mutex<[Use]>([])

  func note(_ table: Store.Table, _ key: Fingerprint) { used.withLock { $0.append(Use(table: table.rawValue, key: key)) } }

  /// The entry to write for this run; nil where there is nothing new to say.
  func entry(_ environment: Environment, _ secret: Secret, now: Int64) -> Store.Entry? {
    let used = Set(used.withLock { $0 }).sorted()
    if used.isEmpty { return nil }
    let name = secret.fingerprint(of: Self.packed(used))
    let remaining = environment.read { snapshot -> [Use]? in
      if let (_, written) = snapshot.value(.uses, name, secret), Int64(written) > now - Self.renewal { return [] }
      var known: Set<Use> = []
      _ = snapshot.forEach(.uses) { key, _, written in
        guard Int64(written) > now - Self.renewal, let (bytes, _) = snapshot.value(.uses, key, secret) else { return }
        Self.forEach(in: bytes) { known.insert($0) }
      }
      return used.filter { !known.contains($0) }
    }
    guard let remaining, !remaining.isEmpty else { return nil }
    return Store.Entry(.uses, name, Self.packed(remaining))
  }

  static func packed(_ uses: [Use]) -> [UInt8] {
    var writer = ByteWriter(reserving: uses.count * 17)
    for use in uses {
      writer.write(use.table)
      writer.write(use.key)
    }
    return writer.bytes
  }

  static func forEach(in bytes: UnsafeRawBufferPointer, _ body: (Use) -> Void) {
    var reader = ByteReader(Array(bytes))
    while !reader.isAtEnd, let table = try? reader.readByte(), let key = try? reader.readFingerprint() { body(Use(table: table, key: key)) }
  }
}
