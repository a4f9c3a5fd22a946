// Sets of files, and the fingerprints that stand for them in keys.

package import Fingerprints

/// Some of a snapshot's files: ascending ids, each once. The ids mean nothing to another snapshot.
package struct FileSet: Hashable, Sendable {
  package let ids: [PathID]

  /// - Parameter ids: in any order, repeats allowed.
  package init(_ ids: [PathID]) {
    var unique: [PathID] = []
    unique.reserveCapacity(ids.count)
    for id in ids.sorted() where unique.last != id { unique.append(id) }
    self.ids = unique
  }

  package func union(_ other: FileSet) -> FileSet { FileSet(ids + other.ids) }
}

extension Snapshot {
  /// Of the paths, kinds, executable bits and content of the files; equal sets of files have equal fingerprints, whatever else is listed.
  /// - Throws: the first file's error that cannot be read.
  package func fingerprint(of set: FileSet) throws(SnapshotError) -> Fingerprint {
    var writer = ByteWriter(reserving: set.ids.count * 64)
    writer.write(UInt64(set.ids.count))
    for (id, result) in zip(set.ids, fingerprints(of: set.ids)) {
      writeListed(id, to: &writer)
      writer.write(try result.get())
    }
    return secret.fingerprint(of: writer.bytes)
  }

  /// Of the paths, kinds and executable bits only: nothing is read.
  package func namesFingerprint(of set: FileSet) -> Fingerprint {
    secret.fingerprint { writer in
      writer.write(UInt64(set.ids.count))
      for id in set.ids { writeListed(id, to: &writer) }
    }
  }

  private func writeListed(_ id: PathID, to writer: inout ByteWriter) {
    writer.append(raw: listing.filePath(id))  // ends with its NUL
    writer.write(listing.statuses[Int(id)].mark)
  }
}
