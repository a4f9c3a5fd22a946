// TOML 1.0: the values, each with its place, so that a setting can tell where it came from.

/// A value and where it begins.
package struct TOMLValue: Hashable, Sendable {
  package indirect enum Kind: Hashable, Sendable {
    case string(String)
    case int(Int)
    case float(Double)
    case bool(Bool)
    /// A date, a time or both, as written.
    case dateTime(String)
    case array([TOMLValue])
    case table(TOMLTable)
  }

  package let kind: Kind
  package let position: TextPosition

  package init(_ kind: Kind, at position: TextPosition) {
    self.kind = kind
    self.position = position
  }

  /// `string`, `integer`, …: for messages.
  package var kindName: String {
    switch kind {
    case .string: "string"
    case .int: "integer"
    case .float: "float"
    case .bool: "boolean"
    case .dateTime: "date or time"
    case .array: "array"
    case .table: "table"
    }
  }
}

/// Names and values in the order of the text.
package struct TOMLTable: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    package let name: String
    /// Where the name stands: for a table, in its header.
    package let position: TextPosition
    package let value: TOMLValue

    package init(_ name: String, at position: TextPosition, _ value: TOMLValue) {
      self.name = name
      self.position = position
      self.value = value
    }
  }

  package let entries: [Entry]

  package init(_ entries: [Entry]) { self.entries = entries }

  package subscript(name: String) -> TOMLValue? { entries.first { $0.name == name }?.value }
}

/// Why a text is no TOML: every error that could be found without guessing, in the order of the text, at most ten.
package struct TOMLErrors: Error, Hashable, Sendable {
  package let errors: [FormatError]
}

package enum TOML {
  /// How deep arrays, inline tables and dotted names may nest.
  package static let depthLimit = 128

  /// The document's table. A byte order mark at its start is skipped.
  package static func parse(_ bytes: [UInt8]) throws(TOMLErrors) -> TOMLTable {
    var parser = TOMLParser(bytes)
    parser.document()
    if !parser.errors.isEmpty { throw TOMLErrors(errors: parser.errors) }
    return parser.root.frozen
  }

  package static func parse(_ text: String) throws(TOMLErrors) -> TOMLTable { try parse(Array(text.utf8)) }
}
