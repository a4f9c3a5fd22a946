// What the BUILD files of one folder said: calls as values, before defaults, checks and globs.

internal import Diagnostics
internal import Fingerprints

/// One target declared by a call in a BUILD file (or by a macro that it called).
struct TargetCall: Equatable, Sendable {
  let type: String
  /// As given; nil where the call leaves it to the folder's name.
  let name: String?
  /// In the call's order, `name` left out.
  let fields: [NamedValue]
  let place: SourceLocation
  /// Whether nobody registered the type.
  let isOpaque: Bool
}

struct NamedValue: Equatable, Sendable {
  let name: String
  let value: FieldValue
}

/// One call of `__defaults__`.
struct DefaultsCall: Equatable, Sendable {
  /// (names of types, fields), as the positional dicts have them.
  let byType: [(types: [String], fields: [NamedValue])]
  let all: [NamedValue]
  let extends: Bool
  let ignoresUnknownFields: Bool
  let ignoresUnknownTargets: Bool
  let place: SourceLocation

  static func == (a: DefaultsCall, b: DefaultsCall) -> Bool {
    a.all == b.all && a.extends == b.extends && a.ignoresUnknownFields == b.ignoresUnknownFields
      && a.ignoresUnknownTargets == b.ignoresUnknownTargets && a.place == b.place
      && a.byType.elementsEqual(b.byType) { $0.types == $1.types && $0.fields == $1.fields }
  }
}

/// All calls of a folder's BUILD files, in order.
struct DirectoryCalls: Equatable, Sendable {
  /// From the root.
  let directory: String
  var targets: [TargetCall] = []
  var defaults: [DefaultsCall] = []
  var visibility: [VisibilityCall] = []
  /// Lines printed, as notes.
  var notes: [Diagnostic] = []

  init(directory: String) { self.directory = directory }

  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.write(directory)
    writer.write(targets) { writer, call in
      writer.write(call.type)
      writer.write(call.name) { $0.write($1) }
      writer.write(call.fields) { $0.write($1) }
      writer.write(call.place)
      writer.write(call.isOpaque)
    }
    writer.write(defaults) { writer, call in
      writer.write(call.byType) { writer, entry in
        writer.write(entry.types)
        writer.write(entry.fields) { $0.write($1) }
      }
      writer.write(call.all) { $0.write($1) }
      writer.write(call.extends)
      writer.write(call.ignoresUnknownFields)
      writer.write(call.ignoresUnknownTargets)
      writer.write(call.place)
    }
    writer.write(visibility) { $0.write($1) }
    writer.write(notes) { $0.write($1) }
    return writer.bytes
  }

  init(decoding bytes: [UInt8]) throws(MalformedBytes) {
    var reader = ByteReader(bytes)
    directory = try reader.readString()
    targets = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let type = try reader.readString()
      let name = try reader.readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readString() }
      let fields = try reader.readNamedValues()
      let place = try reader.readLocation()
      return TargetCall(type: type, name: name, fields: fields, place: place, isOpaque: try reader.readBool())
    }
    defaults = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let byType = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) -> (types: [String], fields: [NamedValue]) in
        let types = try reader.readStrings()
        return (types, try reader.readNamedValues())
      }
      let all = try reader.readNamedValues()
      let extends = try reader.readBool()
      let ignoresUnknownFields = try reader.readBool()
      let ignoresUnknownTargets = try reader.readBool()
      return DefaultsCall(
        byType: byType, all: all, extends: extends, ignoresUnknownFields: ignoresUnknownFields,
        ignoresUnknownTargets: ignoresUnknownTargets, place: try reader.readLocation())
    }
    visibility = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readVisibilityCall() }
    notes = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readDiagnostic() }
    guard reader.isAtEnd else { throw MalformedBytes() }
  }
}

extension ByteWriter {
  mutating func write(_ named: NamedValue) {
    write(named.name)
    write(named.value)
  }
}

extension ByteReader {
  fileprivate mutating func readNamedValues() throws(MalformedBytes) -> [NamedValue] {
    try readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let name = try reader.readString()
      return NamedValue(name: name, value: try reader.readFieldValue())
    }
  }
}
