// The key of an action and its manifest, made by one function over the ingredients, so that they cannot disagree.

package import Fingerprints

/// A key together with the records it names. The key *is* the fingerprint of the manifest's root record.
package struct SealedKey: Sendable, Equatable {
  package let key: Fingerprint
  package let manifest: Manifest
}

/// Collects ingredients, in any order, each once or more often, and gives their key.
///
/// The root record names up to three sections (settings that many actions share, the command, the inputs; many inputs are
/// split further, one record a folder), and before them the `base`: a key that many others extend, such as all that the
/// verdicts of one linter have in common. A key with a base costs about a microsecond.
package struct KeyBuilder: Sendable {
  private let secret: Secret
  private let base: SealedKey?
  /// The section of settings, where it is known already and `settings` stays empty.
  private let settingsSection: Fingerprint?
  private var settings: [Ingredient] = []
  private var command: [Ingredient] = []
  private var inputs: [Ingredient] = []

  /// More inputs than this are split into a record per folder.
  private static let inlineInputs = 32

  package init(_ secret: Secret, base: SealedKey? = nil) {
    self.secret = secret
    self.base = base
    settingsSection = nil
  }

  /// - Parameter settings: what `section(of:_:)` gave for all settings of the action. Only for `key()`: a manifest would lack them.
  init(_ secret: Secret, settings: Fingerprint) {
    self.secret = secret
    base = nil
    settingsSection = settings
  }

  /// The record of settings alone, as the key of an action refers to it.
  static func section(of settings: [Ingredient], _ secret: Secret) -> Fingerprint {
    KeyBuilder(secret).write(canonical(settings)) { _, _ in }
  }

  package mutating func add(_ ingredient: Ingredient) {
    switch ingredient.kind {
    case .engine, .platform, .plugin, .tool, .option, .environment, .sandbox, .resultStatuses, .inputTimes: settings.append(ingredient)
    case .argument, .output, .standardInput, .workingDirectory, .runNumber: command.append(ingredient)
    case .input, .inputSet, .inputLink: inputs.append(ingredient)
    }
  }

  package mutating func add(_ ingredients: some Sequence<Ingredient>) { for ingredient in ingredients { add(ingredient) } }

  /// The key and what `why` compares.
  package func seal() -> SealedKey {
    var records = base?.manifest.records ?? [:]
    let root = key { records[$0] = $1 }
    return SealedKey(key: root, manifest: Manifest(root: root, records: records))
  }

  /// The key alone, where nobody will ask for the manifest: the same one that `seal` gives.
  package func key() -> Fingerprint { key { _, _ in } }

  private func key(record: (Fingerprint, [UInt8]) -> Void) -> Fingerprint {
    var root = ByteWriter(reserving: 80)
    if let base { Manifest.writeReference(base.key, to: &root) }
    if let settingsSection { Manifest.writeReference(settingsSection, to: &root) }
    for section in [settings, command, inputs] where !section.isEmpty {
      Manifest.writeReference(write(canonical(section), record: record), to: &root)
    }
    return keep(root.bytes, record)
  }

  private func write(_ ingredients: [Ingredient], record: (Fingerprint, [UInt8]) -> Void) -> Fingerprint {
    var writer = ByteWriter(reserving: min(ingredients.count, KeyBuilder.inlineInputs) * 48)
    guard ingredients.count > KeyBuilder.inlineInputs, ingredients[0].kind == .input else {
      for ingredient in ingredients { ingredient.write(to: &writer) }
      return keep(writer.bytes, record)
    }
    // Sorted by path, the files of one folder need not be neighbours (`a/b.x` < `a/b/c` < `a/c`): a folder may have several
    // records, cut wherever the folder changes. Equal neighbourhoods still give equal records.
    var chunk = ByteWriter()
    var folder: Substring.UTF8View?
    for ingredient in ingredients {
      let next = folderName(ingredient.name)
      if let previous = folder, !previous.elementsEqual(next) {
        Manifest.writeReference(keep(chunk.bytes, record), to: &writer)
        chunk = ByteWriter()
      }
      folder = next
      ingredient.write(to: &chunk)
    }
    Manifest.writeReference(keep(chunk.bytes, record), to: &writer)
    return keep(writer.bytes, record)
  }

  private func keep(_ bytes: [UInt8], _ record: (Fingerprint, [UInt8]) -> Void) -> Fingerprint {
    let fingerprint = secret.fingerprint(of: bytes)
    record(fingerprint, bytes)
    return fingerprint
  }
}

/// Keys that extend one base by an input or two each: those that a `KeyBuilder` with that base gives, in memory that is used again.
package struct ExtendedKeys {
  private let secret: Secret
  private let base: SealedKey
  private var section = ByteWriter(reserving: 160)
  private var root = ByteWriter(reserving: 80)

  package init(_ secret: Secret, base: SealedKey) {
    self.secret = secret
    self.base = base
  }

  /// - Parameter input: of the kinds for inputs, as `other` is.
  package mutating func key(_ input: Ingredient, _ other: Ingredient? = nil) -> Fingerprint {
    if let other, !precedes(input, other) {
      var builder = KeyBuilder(secret, base: base)
      builder.add(input)
      builder.add(other)
      return builder.key()
    }
    section.removeAll()
    input.write(to: &section)
    other?.write(to: &section)
    root.removeAll()
    Manifest.writeReference(base.key, to: &root)
    Manifest.writeReference(secret.fingerprint(of: section.bytes), to: &root)
    return secret.fingerprint(of: root.bytes)
  }
}

/// By kind, then by name's bytes (arguments by index); of equal ones, one.
private func canonical(_ ingredients: [Ingredient]) -> [Ingredient] {
  if ingredients.count == 1 { return ingredients }
  var isSorted = true
  for index in 1..<ingredients.count where !precedes(ingredients[index - 1], ingredients[index]) {
    isSorted = false
    break
  }
  if isSorted { return ingredients }
  var unique: [Ingredient] = []
  var last: [UInt8] = []
  for ingredient in ingredients.sorted(by: precedes) {
    var writer = ByteWriter()
    ingredient.write(to: &writer)
    if writer.bytes != last { unique.append(ingredient) }
    last = writer.bytes
  }
  return unique
}

/// A strict total order of different ingredients; none of equal ones.
private func precedes(_ a: Ingredient, _ b: Ingredient) -> Bool {
  if a.kind != b.kind { return a.kind.rawValue < b.kind.rawValue }
  if case .argument(let i, _) = a, case .argument(let j, _) = b, i != j { return i < j }
  let (first, second) = (a.name.utf8, b.name.utf8)
  if first.lexicographicallyPrecedes(second) { return true }
  if second.lexicographicallyPrecedes(first) { return false }
  // The same name twice: order by what is written, so that the order of adding does not matter.
  var (x, y) = (ByteWriter(), ByteWriter())
  a.write(to: &x)
  b.write(to: &y)
  return x.bytes.lexicographicallyPrecedes(y.bytes)
}

private func folderName(_ path: String) -> Substring.UTF8View {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return Substring().utf8 }
  return path[..<slash].utf8
}
