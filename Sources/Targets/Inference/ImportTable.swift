// The imports of many files with each name kept once: what scanning ends in, and how it is kept between runs.

internal import Fingerprints
internal import ImportScanners
internal import Snapshots

/// One import, its name as an index.
struct InternedImport: Equatable, Sendable {
  let name: Int32
  let line: Int32
  /// The kind, the base and whether it is weak, each in bits of its own.
  let traits: Int32

  init(name: Int32, line: Int32, traits: Int32) {
    self.name = name
    self.line = line
    self.traits = traits
  }

  init(_ found: ScannedImport, name: Int32) {
    self.name = name
    line = found.line
    traits = Int32(found.kind.rawValue) | Int32(found.base.rawValue) << 8 | (found.isWeak ? 1 << 16 : 0)
  }

  var kind: ScannedImport.Kind? { ScannedImport.Kind(rawValue: UInt8(truncatingIfNeeded: traits)) }
  var isWeak: Bool { traits & 1 << 16 != 0 }

  private var base: ScannedImport.Base? { ScannedImport.Base(rawValue: UInt8(truncatingIfNeeded: traits >> 8)) }

  /// Whether its bits mean something.
  var isSound: Bool { kind != nil && base != nil }

  func scanned(_ names: [String]) -> ScannedImport? {
    guard let kind, let base else { return nil }
    return ScannedImport(name: names[Int(name)], line: line, base: base, kind: kind, isWeak: isWeak)
  }
}

/// Texts with dense numbers.
struct Interner: Sendable {
  private(set) var texts: [String] = []
  private var ids: [String: Int32] = [:]

  mutating func id(of text: String) -> Int32 {
    let next = Int32(texts.count)
    let id = Interner.number(&ids[text, default: next])
    if id == next { texts.append(text) }
    return id
  }

  private static func number(_ place: inout Int32) -> Int32 { place }
}

/// The imports of the files that one scanner read.
struct ImportTable: Sendable {
  private var interner = Interner()
  private var items: [InternedImport] = []
  /// By file its row, -1 where it was not read.
  private var rows: [Int32]
  /// By row, where its imports begin in `items`; one more than there are rows.
  private var starts: [Int32] = [0]
  /// By row.
  private var blanks: [Bool] = []
  /// By row, what was scanned.
  private var contents: [Fingerprint] = []

  /// - Parameter fileCount: of the snapshot.
  init(fileCount: Int) { rows = [Int32](repeating: -1, count: fileCount) }

  var names: [String] { interner.texts }

  func imports(of file: PathID) -> ArraySlice<InternedImport> {
    guard let row = row(of: file) else { return [] }
    return items[Int(starts[row])..<Int(starts[row + 1])]
  }

  /// What was scanned, whatever the file holds now; absent for a file that was not.
  func content(of file: PathID) -> Fingerprint { row(of: file).map { contents[$0] } ?? .absent }

  /// nil for a file that was not scanned.
  func isBlank(_ file: PathID) -> Bool? { row(of: file).map { blanks[$0] } }

  private func row(of file: PathID) -> Int? {
    guard rows.indices.contains(Int(file)), rows[Int(file)] >= 0 else { return nil }
    return Int(rows[Int(file)])
  }

  /// For each of these files, of all that was found in it, lines included.
  func fingerprints(of files: [PathID], _ secret: Secret) -> [Fingerprint] {
    let names = interner.texts.map { secret.fingerprint(of: $0) }
    var writer = ByteWriter(reserving: 1024)
    return files.map { file in
      writer.removeAll()
      writer.write(isBlank(file)) { $0.write($1) }
      let found = imports(of: file)
      writer.write(UInt64(found.count))
      for item in found {
        writer.write(names[Int(item.name)])
        writer.write(item.line)
        writer.write(item.traits)
      }
      return secret.fingerprint(of: writer.bytes)
    }
  }

  mutating func add(_ file: PathID, _ content: Fingerprint, isBlank: Bool, _ imports: some Sequence<InternedImport>) {
    guard rows.indices.contains(Int(file)) else { return }
    rows[Int(file)] = Int32(blanks.count)
    blanks.append(isBlank)
    contents.append(content)
    items.append(contentsOf: imports)
    starts.append(Int32(items.count))
  }

  mutating func id(of name: String) -> Int32 { interner.id(of: name) }
}

/// Imports by content, as they are kept: columns, and each name once.
struct ImportPack: Sendable {
  /// Contents a pack keeps, newest last: so that changing between branches scans nothing.
  static let capacity = 4 * Inference.packSize

  private struct Entry {
    let range: Range<Int>
    let isBlank: Bool
  }

  private var interner = Interner()
  /// Those of all contents, in their order.
  private var items: [InternedImport] = []
  private var entries: [Fingerprint: Entry] = [:]
  private var order: [Fingerprint] = []

  init() {}

  var names: [String] { interner.texts }

  subscript(content: Fingerprint) -> (isBlank: Bool, imports: ArraySlice<InternedImport>)? {
    entries[content].map { ($0.isBlank, items[$0.range]) }
  }

  func contains(_ content: Fingerprint) -> Bool { entries[content] != nil }

  mutating func id(of name: String) -> Int32 { interner.id(of: name) }

  /// - Parameter imports: with this pack's numbers of names.
  mutating func add(_ content: Fingerprint, isBlank: Bool, _ imports: some Sequence<InternedImport>) {
    if entries[content] != nil { return }
    let start = items.count
    items.append(contentsOf: imports)
    entries[content] = Entry(range: start..<items.count, isBlank: isBlank)
    order.append(content)
  }

  func encoded() -> [UInt8] {
    let kept = order.suffix(ImportPack.capacity)
    var names = interner
    // With contents their names go.
    if kept.count < order.count { names = Interner() }
    var blanks: [Int32] = []
    var counts: [Int32] = []
    var columns: [Int32] = []
    columns.reserveCapacity(items.count * 3)
    for content in kept {
      guard let entry = entries[content] else { continue }
      blanks.append(entry.isBlank ? 1 : 0)
      counts.append(Int32(entry.range.count))
      for found in items[entry.range] {
        columns.append(kept.count < order.count ? names.id(of: interner.texts[Int(found.name)]) : found.name)
        columns.append(found.line)
        columns.append(found.traits)
      }
    }
    var writer = ByteWriter(reserving: kept.count * 24 + columns.count * 4)
    writer.write(names.texts)
    writer.write(Array(kept)) { $0.write($1) }
    for column in [blanks, counts, columns] { writer.write(packed: column) }
    return writer.bytes
  }

  init(decoding bytes: [UInt8]) throws(MalformedBytes) {
    var reader = ByteReader(bytes)
    for text in try reader.readStrings() { _ = interner.id(of: text) }
    order = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readFingerprint() }
    let blanks = try reader.readPacked()
    let counts = try reader.readPacked()
    let columns = try reader.readPacked()
    guard blanks.count == order.count, counts.count == order.count, columns.count % 3 == 0 else { throw MalformedBytes() }
    entries.reserveCapacity(order.count)
    items.reserveCapacity(columns.count / 3)
    let names = Int32(interner.texts.count)
    for item in stride(from: 0, to: columns.count, by: 3) {
      let found = InternedImport(name: columns[item], line: columns[item + 1], traits: columns[item + 2])
      guard (0..<names).contains(found.name), found.isSound else { throw MalformedBytes() }
      items.append(found)
    }
    var next = 0
    for (index, content) in order.enumerated() {
      guard let count = Int(exactly: counts[index]), count >= 0, count <= items.count - next else { throw MalformedBytes() }
      entries[content] = Entry(range: next..<next + count, isBlank: blanks[index] != 0)
      next += count
    }
  }
}
