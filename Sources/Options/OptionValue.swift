// The value of an option, whatever its type.

internal import Formats

/// A value as `OptionType` describes it. Dictionaries keep the order in which their names were first given.
package enum OptionValue: Hashable, Sendable {
  /// Nobody gave a value, and there is no default.
  case unset
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case list([OptionValue])
  case dictionary([Entry])

  /// One name of a dictionary, and its value.
  package struct Entry: Hashable, Sendable {
    package let name: String
    package let value: OptionValue

    package init(_ name: String, _ value: OptionValue) {
      self.name = name
      self.value = value
    }
  }

  package static func strings(_ items: [String]) -> OptionValue { .list(items.map { .string($0) }) }

  /// Compact JSON with sorted names: equal exactly when the values are. Fit for keys.
  package var canonicalText: String { String(decoding: JSONWriter.compact(json(sorted: true)), as: UTF8.self) }

  /// For people: as JSON, on one line, with spaces.
  package var shown: String {
    switch self {
    case .unset: return "(not set)"
    case .list(let items): return "[\(items.map(\.shown).joined(separator: ", "))]"
    case .dictionary(let entries):
      return "{\(entries.map { "\(OptionValue.string($0.name).shown): \($0.value.shown)" }.joined(separator: ", "))}"
    case .bool, .int, .float, .string: return String(decoding: JSONWriter.compact(json(sorted: false)), as: UTF8.self)
    }
  }

  /// With names in their own order.
  var json: JSON { json(sorted: false) }

  private func json(sorted: Bool) -> JSON {
    switch self {
    case .unset: return .null
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .float(let value): return .double(value)
    case .string(let value): return .string(value)
    case .list(let items): return .array(items.map { $0.json(sorted: sorted) })
    case .dictionary(let entries):
      let ordered = sorted ? entries.sorted { $0.name < $1.name } : entries
      return .object(ordered.map { JSON.Member($0.name, $0.value.json(sorted: sorted)) })
    }
  }
}

extension OptionValue {
  init(_ json: JSON) {
    switch json {
    case .null: self = .unset
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .double(let value): self = .float(value)
    case .string(let value): self = .string(value)
    case .array(let items): self = .list(items.map { OptionValue($0) })
    case .object(let members): self = .dictionary(members.map { Entry($0.name, OptionValue($0.value)) })
    }
  }

  init(_ toml: TOMLValue) {
    switch toml.kind {
    case .string(let text), .dateTime(let text): self = .string(text)
    case .int(let value): self = .int(value)
    case .float(let value): self = .float(value)
    case .bool(let value): self = .bool(value)
    case .array(let items): self = .list(items.map { OptionValue($0) })
    case .table(let table): self = .dictionary(table.entries.map { Entry($0.name, OptionValue($0.value)) })
    }
  }
}
