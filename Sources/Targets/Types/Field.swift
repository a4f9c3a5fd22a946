// What a field of a target type takes.

package import Fingerprints

/// The shape of a field's value.
package enum FieldKind: Hashable, Sendable {
  case bool
  case int(minimum: Int? = nil)
  case float
  /// - choices: the only values allowed; empty for any string.
  case string(choices: [String] = [])
  case stringList
  case stringOrStringList
  /// A dict from string to string.
  case stringMap
  /// A dict of anything.
  case dict
  case any
  /// Addresses, `!` and `!!` before them.
  case dependencies
  /// Addresses that are edges of the graph too, but only for whoever asks for dependencies and dependents:
  /// what depends on the target does not reach them through it.
  case addresses
  /// One path relative to the BUILD file, or what a BUILD function such as `http_source` returned.
  case source
  /// Paths and globs relative to the BUILD file; `!` before one takes away. An empty list is allowed only where the field is not required.
  case sources
  /// A dict from a path or glob, or a tuple of them, to a dict of fields.
  case overrides
  case tags
}

/// A field of a target type: its name, what it takes, and what it is when the call does not give it.
package struct Field: Hashable, Sendable {
  package let name: String
  /// Other names the call may use for it.
  package let aliases: [String]
  package let kind: FieldKind
  package let isRequired: Bool
  /// What it is when the call does not give it, or gives `None`.
  package let defaultValue: FieldValue
  package let doc: String
  /// For `source` and `sources`: what a file's name must end with, dot included; empty for anything.
  package let expectedExtensions: [String]
  /// For `sources`: how many files there may be; nil for any number.
  package let expectedCount: ClosedRange<Int>?
  /// On a generator: belongs to the targets it generates and not to the generator itself.
  package let isMoved: Bool
  /// On a generator: belongs to it and to the targets it generates.
  package let isCopied: Bool
  /// What to say when the field is used; nil for a field in good standing.
  package let deprecation: String?
  /// For `string`: `peek` shows the parts between colons as an object with these names, missing ones as null. Empty for a
  /// plain text.
  package let parts: [String]
  /// Whether `peek` leaves it out while it has its default.
  package let isQuiet: Bool
  /// For `string`: whether the target is a secondary owner of the file that the text, up to a colon, names from the BUILD file's folder.
  package let ownsFile: Bool

  package init(
    _ name: String, _ kind: FieldKind, isRequired: Bool = false, defaultValue: FieldValue = .none, doc: String = "",
    aliases: [String] = [], expectedExtensions: [String] = [], expectedCount: ClosedRange<Int>? = nil, isMoved: Bool = false,
    isCopied: Bool = false, deprecation: String? = nil, parts: [String] = [], isQuiet: Bool = false, ownsFile: Bool = false
  ) {
    self.name = name
    self.aliases = aliases
    self.kind = kind
    self.isRequired = isRequired
    self.defaultValue = defaultValue
    self.doc = doc
    self.expectedExtensions = expectedExtensions
    self.expectedCount = expectedCount
    self.isMoved = isMoved
    self.isCopied = isCopied
    self.deprecation = deprecation
    self.parts = parts
    self.isQuiet = isQuiet
    self.ownsFile = ownsFile
  }

  /// The same field as a generator has it for what it generates.
  package var moved: Field { field(isMoved: true, isCopied: false) }

  /// The same field as a generator has it for itself and for what it generates.
  package var copied: Field { field(isMoved: false, isCopied: true) }

  /// The same field as the type has it that is generated.
  package var own: Field { isMoved || isCopied ? field(isMoved: false, isCopied: false) : self }

  private func field(isMoved: Bool, isCopied: Bool) -> Field {
    Field(
      name, kind, isRequired: isRequired, defaultValue: defaultValue, doc: doc, aliases: aliases,
      expectedExtensions: expectedExtensions, expectedCount: expectedCount, isMoved: isMoved, isCopied: isCopied, deprecation: deprecation,
      parts: parts, isQuiet: isQuiet, ownsFile: ownsFile)
  }
}

extension FieldKind {
  /// For "takes …, not a string".
  package var expectation: String {
    switch self {
    case .bool: "True or False"
    case .int(let minimum): minimum.map { "an int of at least \($0)" } ?? "an int"
    case .float: "a float"
    case .string(let choices):
      choices.isEmpty ? "a string" : "one of " + choices.map { "\"\($0)\"" }.joined(separator: ", ")
    case .stringList, .tags: "a list of strings"
    case .stringOrStringList: "a string or a list of strings"
    case .stringMap: "a dict from string to string"
    case .dict: "a dict"
    case .any: "any value"
    case .dependencies, .addresses: "a list of addresses"
    case .source: "a path (a string)"
    case .sources: "a list of paths and globs (strings)"
    case .overrides: "a dict from a path or a tuple of paths to a dict of fields"
    }
  }

  /// Why `value` does not fit; nil where it does. `None` always fits: it means "not given".
  package func mismatch(_ value: FieldValue) -> String? {
    let fits: Bool
    switch (self, value) {
    case (_, .none), (.any, _): fits = true
    case (.bool, .bool), (.float, .float), (.float, .int): fits = true
    case (.int(let minimum), .int(let number)): fits = minimum.map { number >= $0 } ?? true
    case (.string(let choices), .string(let text)): fits = choices.isEmpty || choices.contains(text)
    case (.stringList, .list(let items)), (.tags, .list(let items)), (.dependencies, .list(let items)), (.addresses, .list(let items)),
      (.sources, .list(let items)),
      (.stringOrStringList, .list(let items)):
      if let index = items.firstIndex(where: { $0.string == nil }) {
        return "takes \(expectation); its element \(index) is \(items[index].kindName)"
      }
      fits = true
    case (.stringOrStringList, .string), (.source, .string), (.source, .structure): fits = true
    case (.stringMap, .dict(let entries)):
      if let bad = entries.first(where: { $0.key.string == nil || $0.value.string == nil }) {
        let wrong = bad.key.string == nil ? bad.key : bad.value
        return "takes \(expectation); it holds \(wrong.kindName)"
      }
      fits = true
    case (.dict, .dict): fits = true
    case (.overrides, .dict(let entries)):
      for entry in entries {
        let keyFits = entry.key.string != nil || (entry.key.list.map { $0.allSatisfy { $0.string != nil } } ?? false)
        if case .structure("parametrize", _) = entry.value, keyFits { continue }
        if !keyFits || entry.value.entries == nil { return "takes \(expectation)" }
        if entry.value.entries?.contains(where: { $0.key.string == nil }) == true { return "takes \(expectation)" }
      }
      fits = true
    default: fits = false
    }
    if fits { return nil }
    switch value {
    case .string(let text): return "takes \(expectation), not \"\(text)\""
    case .int(let number): return "takes \(expectation), not \(number)"
    case .bool(let flag): return "takes \(expectation), not \(flag ? "True" : "False")"
    default: return "takes \(expectation), not \(value.kindName)"
    }
  }
}

extension ByteWriter {
  package mutating func write(_ field: Field) {
    write(field.name)
    write(field.aliases)
    write(field.kind)
    write(field.isRequired)
    write(field.defaultValue)
    write(field.expectedExtensions)
    write(field.expectedCount) { writer, range in
      writer.write(range.lowerBound)
      writer.write(range.upperBound)
    }
    write(field.isMoved)
    write(field.isCopied)
    write(field.deprecation) { $0.write($1) }
  }

  private mutating func write(_ kind: FieldKind) {
    let tag: UInt8
    switch kind {
    case .bool: tag = 0
    case .int: tag = 1
    case .float: tag = 2
    case .string: tag = 3
    case .stringList: tag = 4
    case .stringOrStringList: tag = 5
    case .stringMap: tag = 6
    case .dict: tag = 7
    case .any: tag = 8
    case .dependencies: tag = 9
    case .source: tag = 10
    case .sources: tag = 11
    case .overrides: tag = 12
    case .tags: tag = 13
    case .addresses: tag = 14
    }
    write(tag)
    if case .int(let minimum) = kind { write(minimum) { $0.write($1) } }
    if case .string(let choices) = kind { write(choices) }
  }
}
