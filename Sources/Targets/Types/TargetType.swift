// A kind of target that BUILD files can declare.

package import Fingerprints

/// A kind of target: its name, its documentation and its fields.
package struct TargetType: Hashable, Sendable {
  package let name: String
  package let doc: String
  /// `name`, `description` and `tags` first, then the type's own in the order it gave them.
  package private(set) var fields: [Field]
  /// For a generator: the type of what it makes.
  package let generates: String?
  /// Whether a generator makes one target for each file of its `sources`; else a function of its plugin says what it makes.
  package let generatesByFile: Bool

  package static let commonFields = [
    Field("name", .string(), doc: "The target's name; by default that of its directory."),
    Field("description", .string(), doc: "What the target is, for people."),
    Field("tags", .tags, doc: "Words to select targets by: `--tag=…`."),
  ]

  package init(_ name: String, doc: String = "", fields: [Field]) {
    self.name = name
    self.doc = doc
    self.fields = TargetType.withCommon(fields)
    generates = nil
    generatesByFile = false
  }

  /// A type whose targets stand for one target of type `generated` per file of `sources`.
  ///
  /// Its fields are `sources`, `overrides`, `fields`, and every field of `generated` but `source`: those belong to the generated targets.
  /// `description` and `tags` are kept by the generator and copied.
  package init(
    _ name: String, generating generated: TargetType, doc: String = "", sources: [String], sourcesAreRequired: Bool = false,
    fields: [Field] = []
  ) {
    self.name = name
    self.doc = doc
    let source = generated.fields.first { $0.kind == .source }
    var all = [
      Field(
        "sources", .sources, isRequired: sourcesAreRequired, defaultValue: sources.isEmpty ? .none : .strings(sources),
        doc: "Files and globs, relative to the BUILD file; `!` before one takes away.",
        expectedExtensions: source?.expectedExtensions ?? []),
      Field(
        "overrides", .overrides,
        doc: "Fields for some of the generated targets: `{\"f.sh\": {…}, (\"g.sh\", \"h.sh\"): {…}}`."),
    ]
    all += fields
    let taken = Set(all.map(\.name) + TargetType.commonFields.map(\.name))
    all += generated.fields.filter { $0.kind != .source && !taken.contains($0.name) }.map(\.moved)
    self.fields = TargetType.withCommon(all)
    generates = generated.name
    generatesByFile = true
  }

  /// A type whose targets stand for what a function of the plugin makes of them.
  ///
  /// Its fields are its own, `overrides` (by the names of what is generated), and those of `generated` that belong to the generated targets.
  /// `description` and `tags` are kept by the generator and copied.
  /// - Parameters:
  ///   - moved: the names of those fields; nil for all that are not required.
  package init(_ name: String, generatingByFunction generated: TargetType, doc: String = "", fields: [Field], moved: [String]? = nil) {
    self.name = name
    self.doc = doc
    var all = fields
    if !all.contains(where: { $0.name == "overrides" }) {
      all.append(
        Field("overrides", .overrides, doc: "Fields for some of the generated targets: `{\"name\": {…}, (\"other\", \"third\"): {…}}`."))
    }
    let taken = Set(all.map(\.name) + TargetType.commonFields.map(\.name))
    all += generated.fields.filter { field in
      !taken.contains(field.name)
        && (moved.map { $0.contains(field.name) } ?? (!field.isRequired && field.kind != .source && field.kind != .sources))
    }.map(\.moved)
    self.fields = TargetType.withCommon(all)
    generates = generated.name
    generatesByFile = false
  }

  /// A type as it was once made, with all its fields.
  package init(remembered name: String, doc: String, allFields: [Field], generates: String?, generatesByFile: Bool) {
    self.name = name
    self.doc = doc
    fields = allFields
    self.generates = generates
    self.generatesByFile = generatesByFile
  }

  package var isGenerator: Bool { generates != nil }

  /// The same type with more fields; those whose names it has already are left out.
  package func adding(_ more: [Field]) -> TargetType {
    var type = self
    type.fields += more.filter { field(named: $0.name) == nil }
    return type
  }

  /// The field that a call names `name`, by its name or an alias.
  package func field(named name: String) -> Field? {
    fields.first { $0.name == name } ?? fields.first { $0.aliases.contains(name) }
  }

  /// Of the field that a call names `name`; nil where there is none.
  func defaultValue(of name: String) -> FieldValue? {
    // Without a copy of the whole field: this is asked for every target.
    for index in fields.indices where fields[index].name == name { return fields[index].defaultValue }
    return field(named: name)?.defaultValue
  }

  /// The field that holds the target's files: of kind `source` or `sources`.
  package var sourceField: Field? { fields.first { $0.kind == .source || $0.kind == .sources } }

  private static func withCommon(_ fields: [Field]) -> [Field] {
    let own = Set(fields.map(\.name))
    return commonFields.filter { !own.contains($0.name) } + fields
  }
}

extension ByteWriter {
  package mutating func write(_ type: TargetType) {
    write(type.name)
    write(type.fields) { $0.write($1) }
    write(type.generates) { $0.write($1) }
    write(type.generatesByFile)
  }
}
