// One fingerprint for all that a run can learn of the workspace: equal ones mean that nothing in it has changed.

package import Fingerprints
internal import Synchronization

extension Snapshot {
  /// Of every path, kind and executable bit, and of every file: of its content where a run ever asked for that, else of its status.
  ///
  /// So a file that was touched and holds what it held changes nothing, and a file that nobody reads is not read for this: it counts as changed
  /// where it might be. What was known of a file that may have changed is found out anew.
  /// - Returns: nil where that cannot be said: a file cannot be read, was written since the pass, or is so young that a change could go unseen.
  package func digest() -> Fingerprint? {
    let outdated = contents.withLock { $0.outdated }
    for result in fingerprints(of: outdated) { if case .failure = result { return nil } }
    let listing = listingFingerprint
    let bytes = contents.withLock { contents -> [UInt8]? in
      guard contents.renewed.isEmpty else { return nil }
      var unread: [PathID] = []
      for (index, fingerprint) in contents.fingerprints.enumerated() where fingerprint == .absent { unread.append(PathID(index)) }
      if unread.contains(where: { self.listing.statuses[Int($0)].isRacy(at: passTime) }) { return nil }
      var bytes = contents.fingerprints.withUnsafeBytes { Array($0) }
      // No padding: the layout is the index file's.
      for id in unread { withUnsafeBytes(of: self.listing.statuses[Int(id)]) { bytes.append(contentsOf: $0) } }
      return bytes
    }
    guard let bytes else { return nil }
    return secret.fingerprint { writer in
      writer.write("workspace")
      writer.write(listing)
      writer.write(UInt64(count))
      writer.append(raw: bytes)
    }
  }

  /// Whether every answer about a file's content was true from the pass until now, as far as that can be told: no file was seen to change, and none
  /// is so young that a change could go unseen.
  package var wasStill: Bool {
    contents.withLock { $0.renewed.isEmpty } && !listing.statuses.contains { $0.isRacy(at: passTime) }
  }
}
