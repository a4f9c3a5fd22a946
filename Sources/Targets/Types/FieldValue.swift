// What a field of a target holds: a plain value, free of the interpreter that made it.

package import Fingerprints

/// The value of a field, as a BUILD file's evaluation left it. Tuples are lists.
package enum FieldValue: Hashable, Sendable {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case list([FieldValue])
  /// In the order of the BUILD file; keys are distinct.
  case dict([Entry])
  /// What a BUILD function such as `http_source(…)` returned: its name and its arguments. Positional ones are named `0`, `1`, ….
  case structure(String, [Entry])

  package struct Entry: Hashable, Sendable {
    package let key: FieldValue
    package let value: FieldValue

    package init(_ key: FieldValue, _ value: FieldValue) {
      self.key = key
      self.value = value
    }
  }

  /// Nested deeper than this is refused by the reader and by the loader.
  package static let depthLimit = 100

  package static func strings(_ values: [String]) -> FieldValue { .list(values.map(FieldValue.string)) }

  package var isNone: Bool { self == .none }
  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var int: Int? { if case .int(let value) = self { value } else { nil } }
  package var list: [FieldValue]? { if case .list(let values) = self { values } else { nil } }
  package var entries: [Entry]? { if case .dict(let entries) = self { entries } else { nil } }

  /// The strings of a list, or a string alone; other elements are left out. Empty for anything else.
  package var strings: [String] {
    switch self {
    case .list(let values): values.compactMap(\.string)
    case .string(let value): [value]
    default: []
    }
  }

  /// The value under `key` of a dict or structure.
  package subscript(key: String) -> FieldValue? {
    switch self {
    case .dict(let entries), .structure(_, let entries): entries.last { $0.key == .string(key) }?.value
    default: nil
    }
  }

  /// For "takes a list of strings, not …".
  package var kindName: String {
    switch self {
    case .none: "None"
    case .bool: "a bool"
    case .int: "an int"
    case .float: "a float"
    case .string: "a string"
    case .list: "a list"
    case .dict: "a dict"
    case .structure(let name, _): "`\(name)(…)`"
    }
  }
}

extension ByteWriter {
  package mutating func write(_ value: FieldValue) {
    switch value {
    case .none: write(UInt8(0))
    case .bool(let value): write(UInt8(value ? 2 : 1))
    case .int(let value):
      write(UInt8(3))
      write(value)
    case .float(let value):
      write(UInt8(4))
      write(value)
    case .string(let value):
      write(UInt8(5))
      write(value)
    case .list(let values):
      write(UInt8(6))
      write(values) { $0.write($1) }
    case .dict(let entries):
      write(UInt8(7))
      write(entries)
    case .structure(let name, let entries):
      write(UInt8(8))
      write(name)
      write(entries)
    }
  }

  private mutating func write(_ entries: [FieldValue.Entry]) {
    write(entries) { writer, entry in
      writer.write(entry.key)
      writer.write(entry.value)
    }
  }
}

extension ByteReader {
  /// Passes over a field's value if it is a text, without making it.
  /// - Returns: whether it was one; else nothing was read.
  mutating func skipText() throws(MalformedBytes) -> Bool {
    var ahead = self
    guard try ahead.readByte() == 5 else { return false }
    _ = try ahead.readSlice()
    self = ahead
    return true
  }

  package mutating func readFieldValue(depth: Int = 0) throws(MalformedBytes) -> FieldValue {
    guard depth <= FieldValue.depthLimit else { throw MalformedBytes() }
    switch try readByte() {
    case 0: return .none
    case 1: return .bool(false)
    case 2: return .bool(true)
    case 3: return .int(try readInt())
    case 4: return .float(try readDouble())
    case 5: return .string(try readString())
    case 6:
      return .list(
        try readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readFieldValue(depth: depth + 1) })
    case 7: return .dict(try readEntries(depth: depth))
    case 8:
      let name = try readString()
      return .structure(name, try readEntries(depth: depth))
    default: throw MalformedBytes()
    }
  }

  private mutating func readEntries(depth: Int) throws(MalformedBytes) -> [FieldValue.Entry] {
    try readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let key = try reader.readFieldValue(depth: depth + 1)
      return FieldValue.Entry(key, try reader.readFieldValue(depth: depth + 1))
    }
  }
}
