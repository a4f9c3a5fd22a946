// A key's ingredients by name, as a tree of records: equal parts of two keys are one record, and `why` compares only what differs.

package import Fingerprints

/// The records below one key. A record is a sequence of references to other records (tag 0, fingerprint) and of ingredients.
package struct Manifest: Sendable, Equatable {
  /// The action's key.
  package let root: Fingerprint
  /// Each under the fingerprint of its bytes, the root among them: what is put into the store, most of it there already.
  package let records: [Fingerprint: [UInt8]]

  init(root: Fingerprint, records: [Fingerprint: [UInt8]]) {
    self.root = root
    self.records = records
  }

  /// Reads a manifest back, record by record.
  /// - Returns: nil if a record is gone or malformed: nothing can then be said of that key.
  package init?(root: Fingerprint, fetch: (Fingerprint) -> [UInt8]?) {
    var records: [Fingerprint: [UInt8]] = [:]
    var pending = [root]
    while let next = pending.popLast() {
      if records[next] != nil { continue }
      guard let bytes = fetch(next) else { return nil }
      do throws(MalformedBytes) {
        try Manifest.forEach(of: bytes, reference: { pending.append($0) }, ingredient: { _ in })
      } catch {
        return nil
      }
      records[next] = bytes
    }
    self.init(root: root, records: records)
  }

  /// All in one, for where a tree is of no use.
  package func write(to writer: inout ByteWriter) {
    writer.write(root)
    writer.write(records.sorted { $0.key < $1.key }.map(\.value)) { $0.write($1) }
  }

  /// - Parameter secret: that of the store which the manifest was written for: records are found by fingerprint again.
  package init(from reader: inout ByteReader, secret: Secret) throws(MalformedBytes) {
    let root = try reader.readFingerprint()
    let bytes = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readBytes() }
    let found = Dictionary(bytes.map { (secret.fingerprint(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
    guard let manifest = Manifest(root: root, fetch: { found[$0] }) else { throw MalformedBytes() }
    self = manifest
  }

  /// All ingredients, in the canonical order of each section.
  package var ingredients: [Ingredient] { ingredients(without: []) }

  /// What is different now, by name, sorted by kind and name.
  package func difference(from old: Manifest) -> [Change] {
    if root == old.root { return [] }
    let shared = Set(records.keys).intersection(old.records.keys)
    return changes(from: old.ingredients(without: shared), to: ingredients(without: shared))
  }

  private func ingredients(without shared: Set<Fingerprint>) -> [Ingredient] {
    var found: [Ingredient] = []
    var pending = [root]  // a record never holds both kinds in an order that matters
    while let next = pending.popLast() {
      guard !shared.contains(next), let bytes = records[next] else { continue }
      var references: [Fingerprint] = []
      // Malformed records cannot be in here: both initialisers have read them all.
      try? Manifest.forEach(of: bytes, reference: { references.append($0) }, ingredient: { found.append($0) })
      pending.append(contentsOf: references.reversed())
    }
    return found
  }

  static func writeReference(_ fingerprint: Fingerprint, to writer: inout ByteWriter) {
    writer.write(0 as UInt8)
    writer.write(fingerprint)
  }

  private static func forEach(
    of bytes: [UInt8], reference: (Fingerprint) -> Void, ingredient: (Ingredient) -> Void
  ) throws(MalformedBytes) {
    var reader = ByteReader(bytes)
    while !reader.isAtEnd {
      let tag = try reader.readByte()
      if tag == 0 {
        reference(try reader.readFingerprint())
      } else {
        ingredient(try Ingredient(tag: tag, from: &reader))
      }
    }
  }
}

/// One difference between two manifests.
package struct Change: Sendable, Hashable {
  package enum How: UInt8, Sendable { case changed, added, removed }

  package let kind: Ingredient.Kind
  package let how: How
  /// A path, `[shfmt].args`, a variable, a tool; of arguments, those that differ now.
  package let name: String
  /// What it was and is, where that can be said in words.
  package let old: String?
  package let new: String?

  package init(_ kind: Ingredient.Kind, _ how: How, _ name: String, old: String? = nil, new: String? = nil) {
    self.kind = kind
    self.how = how
    self.name = name
    self.old = old
    self.new = new
  }
}

private func changes(from old: [Ingredient], to new: [Ingredient]) -> [Change] {
  struct Name: Hashable {
    let kind: Ingredient.Kind
    let name: [UInt8]  // bytes: two paths may differ in Unicode's normal form only
  }
  func byName(_ ingredients: [Ingredient]) -> [Name: [Ingredient]] {
    // A file that became a link is one change.
    Dictionary(grouping: ingredients) { Name(kind: $0.kind == .inputLink ? .input : $0.kind, name: Array($0.name.utf8)) }
  }
  let before = byName(old.filter { $0.kind != .argument })
  let after = byName(new.filter { $0.kind != .argument })
  var changes: [Change] = []
  for (name, ingredients) in after {
    let text = String(decoding: name.name, as: UTF8.self)
    if let was = before[name] {
      if Set(was) == Set(ingredients) { continue }
      changes.append(Change(name.kind, .changed, text, old: words(was), new: words(ingredients)))
    } else {
      changes.append(Change(name.kind, .added, text, new: words(ingredients)))
    }
  }
  for (name, ingredients) in before where after[name] == nil {
    changes.append(Change(name.kind, .removed, String(decoding: name.name, as: UTF8.self), old: words(ingredients)))
  }
  if let change = argumentChange(from: old, to: new) { changes.append(change) }
  return changes.sorted {
    $0.kind != $1.kind ? $0.kind.rawValue < $1.kind.rawValue : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
  }
}

private func words(_ ingredients: [Ingredient]) -> String? {
  let texts = ingredients.compactMap(\.text)
  return texts.isEmpty ? nil : texts.joined(separator: ", ")
}

/// One change for the whole command line: what lies between the equal beginning and the equal end.
private func argumentChange(from old: [Ingredient], to new: [Ingredient]) -> Change? {
  func values(_ ingredients: [Ingredient]) -> ArraySlice<String> {
    ingredients.compactMap { if case .argument(_, let value) = $0 { value } else { nil } }[...]
  }
  var (before, after) = (values(old), values(new))
  while let a = before.first, let b = after.first, a == b {
    before.removeFirst()
    after.removeFirst()
  }
  while let a = before.last, let b = after.last, a == b {
    before.removeLast()
    after.removeLast()
  }
  if before.isEmpty && after.isEmpty { return nil }
  let (was, now) = (before.joined(separator: " "), after.joined(separator: " "))
  let how: Change.How = before.isEmpty ? .added : after.isEmpty ? .removed : .changed
  return Change(.argument, how, after.isEmpty ? was : now, old: before.isEmpty ? nil : was, new: after.isEmpty ? nil : now)
}
