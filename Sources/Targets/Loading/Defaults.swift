// `__defaults__`: what fields are when a call does not give them, handed down the folders.

internal import Diagnostics

/// Per target type the fields that `__defaults__` set, as one folder sees them.
struct FieldDefaults: Sendable {
  private(set) var byType: [String: [NamedValue]] = [:]

  /// - Parameter complain: told of unknown types and fields, unless the call ignores them.
  mutating func apply(_ call: DefaultsCall, _ registry: TypeRegistry, _ options: LoadOptions, complain: (Diagnostic) -> Void) {
    var changed: [String: [NamedValue]] = call.extends ? byType : [:]
    if !call.all.isEmpty {
      for (name, type) in registry.types {
        Self.merge(call.all.filter { type.field(named: $0.name) != nil }, into: &changed[name, default: []])
      }
    }
    for (types, fields) in call.byType {
      for name in types {
        guard let type = registry.type(named: name) else {
          if options.unknownTargets == .error, !call.ignoresUnknownTargets {
            let hint = didYouMean(name, among: registry.types.keys.sorted(by: precedes))
            complain(Diagnostic(.error, "no target type `\(name)`", at: call.place, hint: hint))
          }
          continue
        }
        var known: [NamedValue] = []
        for field in fields {
          if field.name == parametrizeKeyPrefix {
            known.append(field)
          } else if let found = type.field(named: field.name), found.name != "name" {
            known.append(NamedValue(name: found.name, value: field.value))
          } else if !call.ignoresUnknownFields {
            var diagnostic = unknownField(field.name, of: type, at: call.place)
            if options.unknownFields != .error, diagnostic.hint == nil { diagnostic.severity = .warning }
            complain(diagnostic)
          }
        }
        Self.merge(known, into: &changed[name, default: []])
      }
    }
    for (name, fields) in changed { byType[name] = fields.isEmpty ? nil : fields }
  }

  private static func merge(_ fields: [NamedValue], into all: inout [NamedValue]) {
    for field in fields {
      let group = Parameters.groupName(field)
      all.removeAll { group == nil ? $0.name == field.name : Parameters.groupName($0) == group }
      all.append(field)
    }
  }
}

func unknownField(_ name: String, of type: TargetType, at place: SourceLocation) -> Diagnostic {
  let hint = didYouMean(name, among: type.fields.map(\.name))
  return Diagnostic(
    .error, "`\(type.name)` has no field `\(name)`", at: place, hint: hint,
    notes: hint == nil ? ["its fields are " + type.fields.map { "`\($0.name)`" }.joined(separator: ", ")] : [])
}
