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

  func scanned(_ names: [String]) -> ScannedImport? {
    guard let kind, let base = ScannedImport.Base(rawValue: UInt8(truncatingIfNeeded: traits >> 8)) else { return nil }
    return ScannedImport(name: names[Int(name)], line: line, base: base, kind: kind, isWeak: isWeak)
  }
}

/// Texts with dense numbers.
struct Interner: Sendable {
  private(set) var texts: [String] = []
  private var ids: [String: Int32] = [:]

  mutating func id(of text: String) -> Int32 {
    if let known = ids[text] { return known }
    let id = Int32(texts.count)
    texts.append(text)
    ids[text] = id
    return id
  }
}

/// The imports of the files that one scanner read.
struct ImportTable: Sendable {
  private(set) var interner = Interner()
  private var items: [InternedImport] = []
  /// By file: where its imports stand in `items`, whether it holds anything but blanks, and what was scanned.
  private var files: [PathID: (range: Range<Int>, isBlank: Bool, content: Fingerprint)] = [:]

  var names: [String] { interner.texts }

  func imports(of file: PathID) -> ArraySlice<InternedImport> { files[file].map { items[$0.range] } ?? [] }

  /// What was scanned, whatever the file holds now; absent for a file that was not.
  func content(of file: PathID) -> Fingerprint { files[file]?.content ?? .absent }

  /// nil for a file that was not scanned.
  func isBlank(_ file: PathID) -> Bool? { files[file]?.isBlank }

  /// For each of these files, of all that was found in it, lines included.
  func fingerprints(of files: [PathID], _ secret: Secret) -> [Fingerprint] {
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

  mutating func reserve(_ count: Int) { files.reserveCapacity(count) }

  mutating func add(_ file: PathID, _ content: Fingerprint, isBlank: Bool, _ imports: some Sequence<InternedImport>) {
    let start = items.count
    items += imports
    files[file] = (start..<items.count, isBlank, content)
  }

  mutating func id(of name: String) -> Int32 { interner.id(of: name) }
}

/// Imports by content, as they are kept: columns, and each name once.
struct ImportPack: Sendable {
  /// Contents a pack keeps, newest last: so that changing between branches scans nothing.
  static let capacity = 4 * Inference.packSize

  private var interner = Interner()
  private var entries: [Fingerprint: (isBlank: Bool, imports: [InternedImport])] = [:]
  private var order: [Fingerprint] = []
  private(set) var isChanged = false

  init() {}

  var names: [String] { interner.texts }

  subscript(content: Fingerprint) -> (isBlank: Bool, imports: [InternedImport])? { entries[content] }

  mutating func add(_ content: Fingerprint, isBlank: Bool, _ found: [ScannedImport]) {
    let imports = found.map { InternedImport($0, name: interner.id(of: $0.name)) }
    if entries.updateValue((isBlank, imports), forKey: content) == nil { order.append(content) }
    isChanged = true
  }

  func encoded() -> [UInt8] {
    let kept = order.suffix(ImportPack.capacity)
    var names = Interner()
    var blanks: [Int32] = []
    var counts: [Int32] = []
    var items: [Int32] = []
    for content in kept {
      guard let entry = entries[content] else { continue }
      blanks.append(entry.isBlank ? 1 : 0)
      counts.append(Int32(entry.imports.count))
      for found in entry.imports { items += [names.id(of: interner.texts[Int(found.name)]), found.line, found.traits] }
    }
    var writer = ByteWriter(reserving: kept.count * 24 + items.count * 4)
    writer.write(names.texts)
    writer.write(Array(kept)) { $0.write($1) }
    for column in [blanks, counts, items] { writer.write(packed: column) }
    return writer.bytes
  }

  init(decoding bytes: [UInt8]) throws(MalformedBytes) {
    var reader = ByteReader(bytes)
    for text in try reader.readStrings() { _ = interner.id(of: text) }
    order = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readFingerprint() }
    let blanks = try reader.readPacked()
    let counts = try reader.readPacked()
    let items = try reader.readPacked()
    guard blanks.count == order.count, counts.count == order.count, items.count % 3 == 0 else { throw MalformedBytes() }
    entries.reserveCapacity(order.count)
    var next = 0
    let names = Int32(interner.texts.count)
    for (index, content) in order.enumerated() {
      guard let count = Int(exactly: counts[index]), count >= 0, count <= (items.count - next) / 3 else { throw MalformedBytes() }
      var imports: [InternedImport] = []
      imports.reserveCapacity(count)
      for item in stride(from: next, to: next + 3 * count, by: 3) {
        let found = InternedImport(name: items[item], line: items[item + 1], traits: items[item + 2])
        guard (0..<names).contains(found.name), found.scanned(interner.texts) != nil else { throw MalformedBytes() }
        imports.append(found)
      }
      next += 3 * count
      entries[content] = (blanks[index] != 0, imports)
    }
  }
}
