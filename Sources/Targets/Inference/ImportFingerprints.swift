// What scanners find in files as one fingerprint a file, remembered by content: an edit costs the scan of what was edited.

internal import Fingerprints
internal import ImportScanners
internal import Snapshots
internal import Store

extension Inference {
  /// More files than this that nobody knows yet are scanned on all cores, and what is found in them is kept.
  private static let mostScannedHere = 32

  /// Of all that a scanner finds in these files, lines included.
  /// - Returns: nil where a file cannot be read.
  func fingerprint(ofImportsIn files: [PathID], by scanner: ImportScanner) -> Fingerprint? {
    var contents: [Fingerprint] = []
    contents.reserveCapacity(files.count)
    for result in snapshot.fingerprints(of: files) {
      guard case .success(let content) = result else { return nil }
      contents.append(content)
    }
    let packs = store.get(.memo, keys: keys(for: files, scanner)).map { $0.flatMap { try? FindingsPack(decoding: $0) } ?? FindingsPack() }
    var found: [Fingerprint] = []
    found.reserveCapacity(files.count)
    var unknown: [Int] = []
    for (place, content) in contents.enumerated() {
      let known = packs[place / Inference.packSize].found(in: content, at: place % Inference.packSize)
      if known == nil { unknown.append(place) }
      found.append(known ?? .absent)
    }
    if unknown.isEmpty { return store.secret.fingerprint { $0.write(packed: found) } }
    if unknown.count > Inference.mostScannedHere {
      let (table, failures) = imports(of: files, by: scanner)
      return failures.isEmpty ? keepFingerprint(of: table, in: files, by: scanner) : nil
    }
    var table = ImportTable(fileCount: snapshot.count)
    for place in unknown {
      guard let (bytes, content) = try? snapshot.read(files[place]) else { return nil }
      let (isBlank, imports) = Inference.found(in: bytes, scanner)
      table.add(files[place], content, isBlank: isBlank, imports.map { InternedImport($0, name: table.id(of: $0.name)) })
      contents[place] = content
    }
    for (place, fingerprint) in zip(unknown, table.fingerprints(of: unknown.map { files[$0] }, store.secret)) { found[place] = fingerprint }
    return keep(found, of: contents, changed: Set(unknown.map { $0 / Inference.packSize }), keys(for: files, scanner))
  }

  /// As `fingerprint(ofImportsIn:by:)`, for files whose imports are in the table.
  func keepFingerprint(of table: ImportTable, in files: [PathID], by scanner: ImportScanner) -> Fingerprint {
    let contents = files.map { table.content(of: $0) }
    let keys = keys(for: files, scanner)
    return keep(table.fingerprints(of: files, store.secret), of: contents, changed: Set(keys.indices), keys)
  }

  private func keep(_ found: [Fingerprint], of contents: [Fingerprint], changed: Set<Int>, _ keys: [Fingerprint]) -> Fingerprint {
    store.put(
      batch: changed.sorted().map { number in
        let range = (number * Inference.packSize)..<min((number + 1) * Inference.packSize, found.count)
        return Store.Entry(.memo, keys[number], FindingsPack(Array(contents[range]), Array(found[range])).bytes)
      })
    return store.secret.fingerprint { $0.write(packed: found) }
  }

  private func keys(for files: [PathID], _ scanner: ImportScanner) -> [Fingerprint] {
    (0..<(files.count + Inference.packSize - 1) / Inference.packSize).map { number in
      Memo.key("what imports are found", in: store) { writer in
        writer.write(scanner.name)
        writer.write(scanner.version)
        writer.write(number)
      }
    }
  }
}

/// What was found in some contents, in the order of the files that had them.
private struct FindingsPack {
  private let contents: [Fingerprint]
  private let found: [Fingerprint]

  init(_ contents: [Fingerprint] = [], _ found: [Fingerprint] = []) {
    self.contents = contents
    self.found = found
  }

  /// - Returns: nil where another content was there.
  func found(in content: Fingerprint, at place: Int) -> Fingerprint? {
    contents.indices.contains(place) && contents[place] == content && content != .absent ? found[place] : nil
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(reserving: contents.count * 32 + 16)
    writer.write(packed: contents)
    writer.write(packed: found)
    return writer.bytes
  }

  init(decoding bytes: [UInt8]) throws(MalformedBytes) {
    var reader = ByteReader(bytes)
    contents = try reader.readPackedFingerprints()
    found = try reader.readPackedFingerprints()
    guard reader.isAtEnd, found.count == contents.count else { throw MalformedBytes() }
  }
}
