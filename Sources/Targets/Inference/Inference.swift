// The imports of every source that some rule scans, remembered by content.

internal import Diagnostics
internal import Fingerprints
internal import Host
internal import ImportScanners
internal import Snapshots
internal import Store

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
    let packs = store.get(.memo, keys: keys).map { bytes in bytes.flatMap { try? ImportPack(decoding: $0) } ?? ImportPack() }
    var failures: [SnapshotError] = []
    var known: [(file: PathID, content: Fingerprint)] = []
    var unknown: [PathID] = []
    for (file, content) in zip(files, snapshot.knownFingerprints(of: files)) {
      if let content, packs[pack(of: content, packCount)].contains(content) {
        known.append((file, content))
      } else {
        unknown.append(file)
      }
    }
    var table = ImportTable(fileCount: snapshot.count)
    // What is new to each pack.
    var added = [[(file: PathID, content: Fingerprint)]](repeating: [], count: packCount)
    for chunk in scan(unknown, scanner, besides: packs) {
      let names = chunk.names.texts.map { table.id(of: $0) }
      var items = chunk.items[...]
      for found in chunk.files {
        guard let count = found.count else {
          known.append((found.file, found.content))
          continue
        }
        table.add(
          found.file, found.content, isBlank: found.isBlank,
          items.prefix(count).lazy.map { InternedImport(name: names[Int($0.name)], line: $0.line, traits: $0.traits) })
        items = items.dropFirst(count)
        added[pack(of: found.content, packCount)].append((found.file, found.content))
      }
      failures += chunk.failures
    }
    keep(added, table, packs, keys)

    let names = known.isEmpty ? [] : packs.map { pack in pack.names.map { table.id(of: $0) } }
    for (file, content) in known {
      let index = pack(of: content, packCount)
      guard let entry = packs[index][content] else { continue }
      table.add(
        file, content, isBlank: entry.isBlank,
        entry.imports.lazy.map { InternedImport(name: names[index][Int($0.name)], line: $0.line, traits: $0.traits) })
    }
    return (table, failures)
  }

  private func pack(of content: Fingerprint, _ count: Int) -> Int { Int(content.low % UInt64(count)) }

  /// Puts what was found into the packs, each of which is written anew.
  private func keep(
    _ added: [[(file: PathID, content: Fingerprint)]], _ table: ImportTable, _ packs: [ImportPack], _ keys: [Fingerprint]
  ) {
    let changed = added.indices.filter { !added[$0].isEmpty }
    let names = table.names
    let entries = Workers.mapChunks(of: changed.count, chunk: 1, minimum: 2) { range in
      changed[range].map { number in
        var pack = packs[number]
        // By the table's number of a name, the pack's; -1 for one that the pack has not met.
        var numbers = [Int32](repeating: -1, count: names.count)
        for (file, content) in added[number] {
          let imports = table.imports(of: file).map { item in
            let place = Int(item.name)
            if numbers[place] < 0 { numbers[place] = pack.id(of: names[place]) }
            return InternedImport(name: numbers[place], line: item.line, traits: item.traits)
          }
          pack.add(content, isBlank: table.isBlank(file) ?? true, imports)
        }
        return Store.Entry(.memo, keys[number], pack.encoded())
      }
    }
    if !entries.isEmpty { store.put(batch: Array(entries.joined())) }
  }

  static func found(in bytes: [UInt8], _ scanner: ImportScanner) -> (isBlank: Bool, imports: [ScannedImport]) {
    let isBlank = !bytes.contains { $0 > UInt8(ascii: " ") }
    return (isBlank, isBlank ? [] : scanner.scan(bytes))
  }

  /// What one worker found in neighbouring files: their imports one behind the other, with names numbered among themselves.
  private struct ScannedFiles: Sendable {
    var names = Interner()
    var items: [InternedImport] = []
    /// In their order; `count` is that of imports, nil where it was known already what such a content imports.
    var files: [(file: PathID, content: Fingerprint, isBlank: Bool, count: Int?)] = []
    var failures: [SnapshotError] = []
  }

  /// Reads each file once, and scans it if nobody has scanned the same content.
  private func scan(_ files: [PathID], _ scanner: ImportScanner, besides packs: [ImportPack]) -> [ScannedFiles] {
    Workers.mapChunks(of: files.count, chunk: 64, minimum: 32) { range in
      var found = ScannedFiles()
      for file in files[range] {
        do throws(SnapshotError) {
          let (bytes, content) = try snapshot.read(file)
          if packs[pack(of: content, packs.count)].contains(content) {
            found.files.append((file, content, false, nil))
            continue
          }
          let (isBlank, imports) = Inference.found(in: bytes, scanner)
          for item in imports { found.items.append(InternedImport(item, name: found.names.id(of: item.name))) }
          found.files.append((file, content, isBlank, imports.count))
        } catch {
          found.failures.append(error)
        }
      }
      return found
    }
  }
}
