// The imports of every source that some rule scans, remembered by content.

internal import Diagnostics
internal import Fingerprints
internal import Host
internal import ImportScanners
internal import Snapshots
internal import Store
internal import Synchronization

/// Scans sources, each content once per scanner; what was found is kept in packs of about a thousand files.
struct Inference {
  let snapshot: Snapshot
  let store: Store

  /// Files per pack; a pack keeps up to four times as many contents, so that changing between branches scans nothing.
  static let packSize = 1024

  /// The imports of some files.
  /// - Returns: by file; and what could not be read.
  func imports(of files: [PathID], by scanner: ImportScanner) -> (found: [PathID: [ScannedImport]], failures: [SnapshotError]) {
    var packCount = 1
    while packCount * Self.packSize < files.count { packCount *= 2 }
    let keys = (0..<packCount).map { pack in
      Memo.key("imports", in: store) { writer in
        writer.write(scanner.name)
        writer.write(scanner.version)
        writer.write(packCount)
        writer.write(pack)
      }
    }
    var packs = store.get(.memo, keys: keys).map { bytes in bytes.flatMap { try? Pack(decoding: $0) } ?? Pack() }
    var found: [PathID: [ScannedImport]] = [:]
    var failures: [SnapshotError] = []
    var unknown: [(file: PathID, fingerprint: Fingerprint)] = []
    for (file, result) in zip(files, snapshot.fingerprints(of: files)) {
      switch result {
      case .success(let fingerprint):
        if let known = packs[Int(fingerprint.low % UInt64(packCount))].imports[fingerprint] {
          found[file] = known
        } else {
          unknown.append((file, fingerprint))
        }
      case .failure(let error): failures.append(error)
      }
    }
    if unknown.isEmpty { return (found, failures) }
    let scanned = Mutex([Result<(Fingerprint, [ScannedImport]), SnapshotError>?](repeating: nil, count: unknown.count))
    let wanted = unknown.map(\.file)
    Workers.forEachChunk(of: wanted.count, chunk: 16, minimum: 32) { range in
      for index in range {
        let result: Result<(Fingerprint, [ScannedImport]), SnapshotError>
        do throws(SnapshotError) {
          let (bytes, fingerprint) = try snapshot.read(wanted[index])
          result = .success((fingerprint, scanner.scan(bytes)))
        } catch {
          result = .failure(error)
        }
        scanned.withLock { $0[index] = result }
      }
    }
    var changed: Set<Int> = []
    for (file, result) in zip(wanted, scanned.withLock { $0 }) {
      switch result {
      case .success(let (fingerprint, imports))?:
        found[file] = imports
        let pack = Int(fingerprint.low % UInt64(packCount))
        packs[pack].add(fingerprint, imports)
        changed.insert(pack)
      case .failure(let error)?: failures.append(error)
      case nil: break
      }
    }
    store.put(batch: changed.sorted().map { Store.Entry(.memo, keys[$0], packs[$0].encoded()) })
    return (found, failures)
  }

  /// Imports by content, newest last.
  private struct Pack {
    private(set) var imports: [Fingerprint: [ScannedImport]] = [:]
    private var order: [Fingerprint] = []

    init() {}

    mutating func add(_ fingerprint: Fingerprint, _ found: [ScannedImport]) {
      if imports.updateValue(found, forKey: fingerprint) == nil { order.append(fingerprint) }
    }

    func encoded() -> [UInt8] {
      var writer = ByteWriter()
      writer.write(Array(order.suffix(4 * Inference.packSize))) { writer, fingerprint in
        writer.write(fingerprint)
        writer.write(imports[fingerprint] ?? []) { writer, found in
          writer.write(found.name)
          writer.write(found.line)
          writer.write(found.base.rawValue)
          writer.write(found.kind.rawValue)
          writer.write(found.isWeak)
        }
      }
      return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(MalformedBytes) {
      var reader = ByteReader(bytes)
      let entries = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
        let fingerprint = try reader.readFingerprint()
        let found = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
          let name = try reader.readString()
          let line = try reader.readInt32()
          let (base, kind) = (ScannedImport.Base(rawValue: try reader.readByte()), ScannedImport.Kind(rawValue: try reader.readByte()))
          guard let base, let kind else { throw MalformedBytes() }
          return ScannedImport(name: name, line: line, base: base, kind: kind, isWeak: try reader.readBool())
        }
        return (fingerprint, found)
      }
      for (fingerprint, found) in entries { add(fingerprint, found) }
    }
  }
}
