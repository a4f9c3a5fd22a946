// A target on its way into the graph.

internal import Diagnostics
internal import Snapshots

/// A target whose fields are checked and whose files are known, but whose addresses are not looked up yet.
struct Draft: Sendable {
  let address: Address
  let typeName: String
  /// nil for an opaque target.
  let type: TargetType?
  /// By the fields' proper names.
  var fields: [String: FieldValue]
  var sources: [PathID] = []
  let place: SourceLocation
  /// Of its generator.
  var generator: Address?
  /// Of a target that stands in no BUILD file: the number of the rule that it comes from.
  var implicitRank: Int?

  var isGenerator: Bool { type?.isGenerator ?? false }

  func value(_ name: String) -> FieldValue {
    if let given = fields[name], !given.isNone { return given }
    return type?.field(named: name)?.defaultValue ?? .none
  }
}
