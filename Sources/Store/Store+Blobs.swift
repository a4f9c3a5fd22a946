// Blobs: bytes by their own fingerprint, checked at every read, wherever they lie.

package import Fingerprints
package import Host
internal import Glibc
internal import Synchronization

extension Store {
  /// Keeps `bytes` and names them. Never fails for want of a disk: then they are kept for this run.
  package func putBlob(_ bytes: [UInt8]) -> Fingerprint {
    let fingerprint = secret.fingerprint(of: bytes)
    guard let parts = live, parts.isWriting.load(ordering: .relaxed) else {
      volatile.put(fingerprint, bytes)
      return fingerprint
    }
    if bytes.count > Store.largestInlineBlob {
      do throws(FileError) {
        try parts.files.put(fingerprint, bytes)
      } catch {
        stopWriting(parts, "\(error)")
        volatile.put(fingerprint, bytes)
      }
    } else if withReader({ $0.withBytes(.blobs, fingerprint) { _ in true } }) != true {
      if parts.writer.put([.put(Entry(.blobs, fingerprint, bytes), written: timestamp())]) {
        parts.hasWritten.store(true, ordering: .relaxed)
      } else {
        volatile.put(fingerprint, bytes)
      }
    }
    return fingerprint
  }

  /// Keeps the content of the regular file at `path`, in one pass over it.
  /// - Returns: its name and its size in bytes.
  package func putBlob(file path: String) throws(FileError) -> (fingerprint: Fingerprint, size: Int) {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw FileError("read", path, code: errno) }
    defer { Glibc.close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError("read", path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError("read", path, code: EISDIR) }
    if Int(status.st_size) > Store.largestInlineBlob, let parts = live, parts.isWriting.load(ordering: .relaxed) {
      do throws(FileError) {
        return try parts.files.put(from: descriptor, path: path)
      } catch {
        if error.path == path { throw error }
        stopWriting(parts, "\(error)")
        lseek(descriptor, 0, SEEK_SET)
      }
    }
    let bytes = try Files.read(descriptor, expecting: Int(status.st_size), path: path)
    return (putBlob(bytes), bytes.count)
  }

  /// The bytes of a blob, checked; nil where it is missing or damaged (and then it is removed).
  package func blob(_ fingerprint: Fingerprint) -> [UInt8]? {
    if let bytes = get(.blobs, key: fingerprint) { return bytes }
    if let parts = live {
      var bytes: [UInt8] = []
      let isSound = parts.files.read(fingerprint) { chunk in
        bytes.append(contentsOf: chunk)
        return true
      }
      if isSound { return bytes }
    }
    return volatile.get(fingerprint)
  }

  /// The beginning and the end of a blob, each of at most `limit` bytes, without the whole of it in memory; what lies between is left out, and a
  /// blob of at most twice the limit is all in `beginning`. nil where it is missing or damaged.
  package func ends(of fingerprint: Fingerprint, limit: Int) -> (beginning: [UInt8], end: [UInt8], size: Int)? {
    guard let parts = live, parts.files.contains(fingerprint) else {
      return blob(fingerprint).map { bytes in
        bytes.count <= 2 * limit ? (bytes, [], bytes.count) : (Array(bytes.prefix(limit)), Array(bytes.suffix(limit)), bytes.count)
      }
    }
    var beginning: [UInt8] = []
    var end: [UInt8] = []
    var size = 0
    let isSound = parts.files.read(fingerprint) { chunk in
      size += chunk.count
      let room = min(chunk.count, limit - beginning.count)
      beginning.append(contentsOf: chunk.prefix(room))
      end.append(contentsOf: chunk.dropFirst(room).suffix(limit))
      if end.count > limit { end.removeFirst(end.count - limit) }
      return true
    }
    return isSound ? (beginning, end, size) : nil
  }

  /// The file that holds a blob and nothing else; nil for one that lies in the database or is kept for this run only.
  package func path(of fingerprint: Fingerprint) -> String? {
    guard let files = live?.files, files.contains(fingerprint) else { return nil }
    return files.path(fingerprint)
  }

  /// Whether a blob is there, without a look at its bytes.
  package func hasBlob(_ fingerprint: Fingerprint) -> Bool { missingBlobs(among: [fingerprint]).isEmpty }

  /// Those of `fingerprints` that are not here, looked up in one pass without a look at their bytes.
  package func missingBlobs(among fingerprints: [Fingerprint]) -> [Fingerprint] {
    let files = live?.files
    return withReader { reader in
      fingerprints.filter { !reader.contains(.blobs, $0) && files?.contains($0) != true && !volatile.contains($0) }
    }
  }

  /// Writes a blob to `path`, which must not exist, with mode 0755 or 0644.
  /// - Returns: false where the blob is missing or damaged; then there is no file at `path`.
  /// - Throws: where `path` cannot be written.
  package func materialize(_ fingerprint: Fingerprint, to path: String, executable: Bool) throws(FileError) -> Bool {
    let mode: mode_t = executable ? 0o755 : 0o644
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw FileError("write", path, code: errno) }
    var isThere = false
    var failure: Int32 = fchmod(descriptor, mode) == 0 ? 0 : errno  // whatever the umask
    if failure == 0 {
      if let inline = withReader({ $0.withBytes(.blobs, fingerprint) { Files.writeAll($0, to: descriptor) } }) {
        isThere = true
        failure = inline
      } else if let parts = live, parts.files.contains(fingerprint) {
        isThere = parts.files.read(fingerprint) { chunk in
          failure = Files.writeAll(chunk, to: descriptor)
          return failure == 0
        }
      }
      if failure == 0, !isThere, let bytes = volatile.get(fingerprint) {
        isThere = true
        ftruncate(descriptor, 0)
        lseek(descriptor, 0, SEEK_SET)
        failure = Files.writeAll(bytes, to: descriptor)
      }
    }
    if Glibc.close(descriptor) != 0, failure == 0 { failure = errno }
    if failure != 0 || !isThere { unlink(path) }
    if failure != 0 { throw FileError("write", path, code: failure) }
    return isThere
  }
}
