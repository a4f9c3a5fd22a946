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

  /// Files per pack.
  static let packSize = 1024

  /// The imports of some files.
  /// - Returns: what was found; and what could not be read.
  func imports(of files: [PathID], by scanner: ImportScanner) -> (found: ImportTable, failures: [SnapshotError]) {
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
    var packs = store.get(.memo, keys: keys).map { bytes in bytes.flatMap { try? ImportPack(decoding: $0) } ?? ImportPack() }
    var failures: [SnapshotError] = []
    var contents: [(file: PathID, content: Fingerprint)] = []
    contents.reserveCapacity(files.count)
    var unknown: [PathID] = []
    for (file, content) in zip(files, snapshot.knownFingerprints(of: files)) {
      if let content, packs[pack(of: content, packCount)][content] != nil {
        contents.append((file, content))
      } else {
        unknown.append(file)
      }
    }
    for (file, result) in zip(unknown, scan(unknown, scanner, besides: packs)) {
      switch result {
      case .success(let scanned)?:
        if let found = scanned.found {
          packs[pack(of: scanned.content, packCount)].add(scanned.content, isBlank: found.isBlank, found.imports)
        }
        contents.append((file, scanned.content))
      case .failure(let error)?: failures.append(error)
      case nil: break
      }
    }
    store.put(batch: packs.indices.filter { packs[$0].isChanged }.map { Store.Entry(.memo, keys[$0], packs[$0].encoded()) })

    var table = ImportTable()
    table.reserve(contents.count)
    let names = packs.map { pack in pack.names.map { table.id(of: $0) } }
    for (file, content) in contents {
      let index = pack(of: content, packCount)
      guard let entry = packs[index][content] else { continue }
      table.add(
        file, content, isBlank: entry.isBlank,
        entry.imports.lazy.map { InternedImport(name: names[index][Int($0.name)], line: $0.line, traits: $0.traits) })
    }
    return (table, failures)
  }

  private func pack(of content: Fingerprint, _ count: Int) -> Int { Int(content.low % UInt64(count)) }

  static func found(in bytes: [UInt8], _ scanner: ImportScanner) -> (isBlank: Bool, imports: [ScannedImport]) {
    let isBlank = !bytes.contains { $0 > UInt8(ascii: " ") }
    return (isBlank, isBlank ? [] : scanner.scan(bytes))
  }

  private struct Scanned: Sendable {
    let content: Fingerprint
    /// nil where it was known already what such a content imports.
    var found: (isBlank: Bool, imports: [ScannedImport])?
  }

  /// Reads each file once, and scans it if nobody has scanned the same content.
  private func scan(_ files: [PathID], _ scanner: ImportScanner, besides packs: [ImportPack]) -> [Result<Scanned, SnapshotError>?] {
    if files.isEmpty { return [] }
    let scanned = Mutex([Result<Scanned, SnapshotError>?](repeating: nil, count: files.count))
    Workers.forEachChunk(of: files.count, chunk: 16, minimum: 32) { range in
      for index in range {
        let result: Result<Scanned, SnapshotError>
        do throws(SnapshotError) {
          let (bytes, content) = try snapshot.read(files[index])
          var scanned = Scanned(content: content)
          if packs[pack(of: content, packs.count)][content] == nil {
            scanned.found = Inference.found(in: bytes, scanner)
          }
          result = .success(scanned)
        } catch {
          result = .failure(error)
        }
        scanned.withLock { $0[index] = result }
      }
    }
    return scanned.withLock { $0 }
  }
}
