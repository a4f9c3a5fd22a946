// A target on its way into the graph.

internal import Diagnostics
internal import Snapshots

/// A target whose fields are checked and whose files are known, but whose addresses are not looked up yet.
///
/// A load copies each of its drafts many times, so a copy is one reference; the few changes that are made to one make it anew.
struct Draft: Sendable {
  private struct Facts: Sendable {
    let address: Address
    let typeName: String
    let type: TargetType?
    var fields: [String: FieldValue]
    var sources: [PathID]
    let place: SourceLocation
    let generator: Address?
    var implicitRank: Int?
    let isGenerator: Bool
    /// Whether its files are those of the targets it generates.
    let passesItsSourcesOn: Bool
  }

  private final class Box: Sendable {
    let facts: Facts

    init(_ facts: Facts) { self.facts = facts }
  }

  private var box: Box

  init(
    address: Address, typeName: String, type: TargetType?, fields: [String: FieldValue], sources: [PathID] = [], place: SourceLocation,
    generator: Address? = nil
  ) {
    box = Box(
      Facts(
        address: address, typeName: typeName, type: type, fields: fields, sources: sources, place: place, generator: generator,
        isGenerator: type?.isGenerator ?? false, passesItsSourcesOn: type.map { $0.isGenerator && $0.generatesByFile } ?? false))
  }

  private mutating func change(_ body: (inout Facts) -> Void) {
    var facts = box.facts
    body(&facts)
    box = Box(facts)
  }

  var address: Address { box.facts.address }
  var typeName: String { box.facts.typeName }
  /// nil for an opaque target.
  var type: TargetType? { box.facts.type }

  /// By the fields' proper names.
  var fields: [String: FieldValue] {
    get { box.facts.fields }
    set { change { $0.fields = newValue } }
  }

  var sources: [PathID] {
    get { box.facts.sources }
    set { change { $0.sources = newValue } }
  }

  var place: SourceLocation { box.facts.place }
  /// Of its generator.
  var generator: Address? { box.facts.generator }

  /// Of a target that stands in no BUILD file: the number of the rule that it comes from.
  var implicitRank: Int? {
    get { box.facts.implicitRank }
    set { change { $0.implicitRank = newValue } }
  }

  var isGenerator: Bool { box.facts.isGenerator }
  var isOpaque: Bool { box.facts.type == nil }
  /// The files that it owns: none where what it generates owns them.
  var ownSources: [PathID] { box.facts.passesItsSourcesOn ? [] : box.facts.sources }

  func value(_ name: String) -> FieldValue {
    if let given = box.facts.fields[name], !given.isNone { return given }
    return box.facts.type?.defaultValue(of: name) ?? .none
  }
}
