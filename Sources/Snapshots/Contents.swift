// Content on demand: each file is read at most once, in a way that cannot be fooled by a writer.

package import Fingerprints
internal import Glibc
internal import Host
internal import Synchronization

/// One file as it is now: what stands in its entry after it changed during the run.
package struct RenewedFile: Equatable, Sendable {
  package let fingerprint: Fingerprint
  package let isExecutable: Bool
  /// Bytes.
  package let size: Int64

  package init(fingerprint: Fingerprint, isExecutable: Bool, size: Int64) {
    self.fingerprint = fingerprint
    self.isExecutable = isExecutable
    self.size = size
  }
}

extension Snapshot {
  /// Of a file's bytes, or of a link's text. Read now if nobody asked before.
  /// - Throws: `.unreadable`, `.vanished`, `.unstable`.
  package func fingerprint(of id: PathID) throws(SnapshotError) -> Fingerprint {
    let known = contents.withLock { $0.fingerprints[Int(id)] }
    if known != .absent { return known }
    let reader = ContentReader(self)
    let reading = try reader.fingerprint(id)
    remember(id, reading)
    return reading.fingerprint
  }

  /// Of many files, in their order, without reading any: nil where a file's content is not known yet.
  package func knownFingerprints(of ids: [PathID]) -> [Fingerprint?] {
    contents.withLock { contents in
      ids.map { id in contents.fingerprints[Int(id)] == .absent ? nil : contents.fingerprints[Int(id)] }
    }
  }

  /// Of many files, in their order: those not known yet are read on all cores.
  package func fingerprints(of ids: [PathID]) -> [Result<Fingerprint, SnapshotError>] {
    let known = contents.withLock { contents in ids.map { contents.fingerprints[Int($0)] } }
    var results = known.map { Result<Fingerprint, SnapshotError>.success($0) }
    let unknown = known.indices.filter { known[$0] == .absent }
    if unknown.isEmpty { return results }
    let readings = UnsafeMutableBufferPointer<Result<Reading, SnapshotError>?>.allocate(capacity: unknown.count)
    readings.initialize(repeating: nil)
    defer {
      readings.deinitialize()
      readings.deallocate()
    }
    nonisolated(unsafe) let shared = readings  // each element is written by the one worker whose chunk holds it
    Workers.forEachChunk(of: unknown.count, chunk: 16, minimum: 8) { range in
      let reader = ContentReader(self)
      for index in range {
        do throws(SnapshotError) {
          shared[index] = .success(try reader.fingerprint(ids[unknown[index]]))
        } catch {
          shared[index] = .failure(error)
        }
      }
    }
    contents.withLock { contents in
      for (index, place) in unknown.enumerated() {
        switch readings[index] {
        case .success(let reading)?:
          contents.remember(ids[place], reading, listing)
          results[place] = .success(reading.fingerprint)
        case .failure(let error)?: results[place] = .failure(error)
        case nil: break
        }
      }
    }
    return results
  }

  /// The bytes as they are now, of a link its text, with their fingerprint, which is remembered.
  /// - Throws: `.unreadable`, `.vanished`, `.unstable`.
  package func read(_ id: PathID) throws(SnapshotError) -> (bytes: [UInt8], fingerprint: Fingerprint) {
    let (bytes, reading) = try ContentReader(self).bytes(id)
    remember(id, reading)
    return (bytes, reading.fingerprint)
  }

  /// Reads one file anew and puts what it is now into its entry, whatever was known: for a file that was seen to differ during the run.
  /// The listing (`isExecutable`, `size`, `kind`) stays as the walk saw it.
  @discardableResult
  package func refresh(_ id: PathID) throws(SnapshotError) -> RenewedFile {
    let reading = try ContentReader(self).fingerprint(id)
    remember(id, reading)
    return RenewedFile(fingerprint: reading.fingerprint, isExecutable: reading.status.isExecutable, size: reading.status.size)
  }

  /// How many files' fingerprints are known without a reading.
  package var knownFingerprintCount: Int { contents.withLock { $0.fingerprints.count { $0 != .absent } } }

  private func remember(_ id: PathID, _ reading: Reading) { contents.withLock { $0.remember(id, reading, listing) } }
}

/// What one consistent reading of a file gave.
struct Reading: Equatable {
  let fingerprint: Fingerprint
  let status: EntryStatus
}

extension Snapshot.Contents {
  mutating func remember(_ id: PathID, _ reading: Reading, _ listing: Listing) {
    let isKnown = fingerprints[Int(id)] == reading.fingerprint && (renewed[id] ?? listing.statuses[Int(id)]) == reading.status
    if isKnown { return }
    fingerprints[Int(id)] = reading.fingerprint
    renewed[id] = reading.status == listing.statuses[Int(id)] ? nil : reading.status
    isIndexStale = true
  }
}

/// Reads files one after another through one buffer.
final class ContentReader {
  private let snapshot: Snapshot
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 64)

  init(_ snapshot: Snapshot) { self.snapshot = snapshot }

  deinit { buffer.deallocate() }

  func fingerprint(_ id: PathID) throws(SnapshotError) -> Reading {
    if snapshot.kind(of: id) == .symbolicLink { return try link(id).1 }
    return try consistently(id) { (descriptor, size) throws(Errno) in
      // Most files are read in one piece, one byte more than expected so that their end is seen with it.
      if size < buffer.count {
        let count = try fill(descriptor)
        if count < buffer.count { return snapshot.secret.fingerprint(of: UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        return try stream(descriptor, after: count)
      }
      return try stream(descriptor, after: 0)
    }
  }

  func bytes(_ id: PathID) throws(SnapshotError) -> ([UInt8], Reading) {
    if snapshot.kind(of: id) == .symbolicLink { return try link(id) }
    var bytes: [UInt8] = []
    let reading = try consistently(id) { (descriptor, size) throws(Errno) in
      do throws(FileError) { bytes = try Files.read(descriptor, expecting: size, path: "") } catch { throw Errno(code: error.code) }
      return snapshot.secret.fingerprint(of: bytes)
    }
    return (bytes, reading)
  }

  private struct Errno: Error { let code: Int32 }

  /// Read, then fstat on one descriptor: the status must be the one that was seen before, by the walk or behind the reading before.
  private func consistently(
    _ id: PathID, _ read: (Int32, Int) throws(Errno) -> Fingerprint
  ) throws(SnapshotError) -> Reading {
    let path = snapshot.listing.filePath(id)
    var expected = snapshot.listing.statuses[Int(id)]
    for _ in 0..<6 {
      let descriptor = path.withUnsafeBytes { FilesAt.openFile(snapshot.directory.descriptor, cString($0)) }
      guard descriptor >= 0 else { throw failure(id, -descriptor) }
      defer { FilesAt.close(descriptor) }
      let fingerprint: Fingerprint
      do throws(Errno) { fingerprint = try read(descriptor, Int(expected.size)) } catch { throw failure(id, error.code) }
      var after = FileStatus(kind: .other, mode: 0, size: 0, modified: 0, changed: 0, inode: 0, device: 0)
      let failed = FilesAt.status(descriptor, &after)
      guard failed == 0 else { throw failure(id, failed) }
      guard after.kind == .regular, let status = EntryStatus(after) else { throw .vanished(path: snapshot.path(of: id)) }
      if status == expected { return Reading(fingerprint: fingerprint, status: status) }
      expected = status
    }
    throw .unstable(path: snapshot.path(of: id))
  }

  private func link(_ id: PathID) throws(SnapshotError) -> ([UInt8], Reading) {
    let path = snapshot.listing.filePath(id)
    let root = snapshot.directory.descriptor
    for _ in 0..<5 {
      var before = FileStatus(kind: .other, mode: 0, size: 0, modified: 0, changed: 0, inode: 0, device: 0)
      var after = before
      var failed = path.withUnsafeBytes { FilesAt.status(root, cString($0), &before) }
      guard failed == 0 else { throw failure(id, failed) }
      guard before.kind == .symbolicLink, let status = EntryStatus(before) else { throw .vanished(path: snapshot.path(of: id)) }
      let count = path.withUnsafeBytes { FilesAt.readLink(root, cString($0), into: buffer) }
      guard count >= 0 else { throw failure(id, Int32(-count)) }
      failed = path.withUnsafeBytes { FilesAt.status(root, cString($0), &after) }
      guard failed == 0 else { throw failure(id, failed) }
      if before == after {
        let text = Array(buffer[..<count])
        return (text, Reading(fingerprint: snapshot.secret.fingerprint(of: text), status: status))
      }
    }
    throw .unstable(path: snapshot.path(of: id))
  }

  private func failure(_ id: PathID, _ code: Int32) -> SnapshotError {
    let path = snapshot.path(of: id)
    return [ENOENT, ENOTDIR, ELOOP].contains(code) ? .vanished(path: path) : .unreadable(path: path, FileError("read", path, code: code))
  }

  /// Fills the buffer as far as the file goes. Returns the bytes read.
  private func fill(_ descriptor: Int32) throws(Errno) -> Int {
    var count = 0
    while count < buffer.count {
      let got = FilesAt.read(descriptor, into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
      if got < 0 { throw Errno(code: Int32(-got)) }
      if got == 0 { break }
      count += got
    }
    return count
  }

  /// The rest of a large file, piece by piece, behind the `count` bytes that are in the buffer.
  private func stream(_ descriptor: Int32, after count: Int) throws(Errno) -> Fingerprint {
    var fingerprinter = StreamingFingerprinter(snapshot.secret)
    var failed: Errno?
    fingerprinter.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    while true {
      do throws(Errno) {
        let count = try fill(descriptor)
        if count == 0 { break }
        fingerprinter.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      } catch {
        failed = error
        break
      }
    }
    let fingerprint = fingerprinter.finish()
    if let failed { throw failed }
    return fingerprint
  }
}
