// Everything beside the target types that plugins say about loading: how targets are generated, what they provide, what they import.

internal import Diagnostics
internal import Fingerprints
package import Snapshots

/// What plugins say about loading a workspace. Functions of plugins are asked while the graph is made, and never when it is remembered.
package struct LoadRules: Sendable {
  /// How imports become edges.
  package var inference: [InferenceRule]
  /// Which importable names targets provide.
  package var modules: [ModuleProvision]
  /// By the name of a generator's type: what its targets generate.
  package var generation: [String: TargetGeneration]
  /// Which targets would be written for files, first the strongest; and where no file is a source.
  package var implicit: [ImplicitTargetRule] = []
  package var implicitData: [ImplicitDataRule] = []
  package var foreignFolders = ForeignFolders()
  /// All values of an option scope as one text: the answer to a function's question for it. nil for a scope that nobody declared.
  package var options: @Sendable (_ scope: String) -> String?

  package init(
    inference: [InferenceRule] = [], modules: [ModuleProvision] = [], generation: [String: TargetGeneration] = [:],
    options: @escaping @Sendable (String) -> String? = { _ in nil }
  ) {
    self.inference = inference
    self.modules = modules
    self.generation = generation
    self.options = options
  }
}

/// How targets of a generator's type generate others: by a function of the plugin instead of one per file.
package struct TargetGeneration: Sendable {
  /// Changes with the function's behaviour.
  package let identity: String
  package let generate: @Sendable (LoadedTarget, LoadQuestions) throws -> [GeneratedTarget]

  package init(identity: String, generate: @escaping @Sendable (LoadedTarget, LoadQuestions) throws -> [GeneratedTarget]) {
    self.identity = identity
    self.generate = generate
  }
}

/// One target as a generator's function describes it: its address is `dir:generator#name`.
package struct GeneratedTarget: Hashable, Sendable {
  package let name: String
  /// Other names by which the generator's `overrides` may mean it.
  package let otherNames: [String]
  package let fields: [FieldValue.Entry]

  package init(name: String, otherNames: [String] = [], fields: [FieldValue.Entry]) {
    self.name = name
    self.otherNames = otherNames
    self.fields = fields
  }
}

/// A target as the functions of plugins see it while the graph is made: without its dependencies.
package struct LoadedTarget: Sendable {
  package let address: Address
  package let type: TargetType
  /// By their proper names, without defaults.
  package let given: [String: FieldValue]
  /// Workspace paths of its own files.
  package let paths: [String]
  /// Of its first file, else of its BUILD file's folder; empty for the workspace's root, nil for none.
  package let sourceRoot: String?

  package init(address: Address, type: TargetType, given: [String: FieldValue], paths: [String], sourceRoot: String?) {
    self.address = address
    self.type = type
    self.given = given
    self.paths = paths
    self.sourceRoot = sourceRoot
  }

  /// A field's value, or its default; nil where the type has no such field.
  package func field(_ name: String) -> FieldValue? {
    guard let field = type.field(named: name) else { return nil }
    if let value = given[field.name], !value.isNone { return value }
    return field.defaultValue
  }

  /// Everything a function can learn of it.
  func write(to writer: inout ByteWriter) {
    writer.write(address)
    writer.write(type.name)
    writer.write(given.sorted { precedes($0.key, $1.key) }) { writer, entry in
      writer.write(entry.key)
      writer.write(entry.value)
    }
    writer.write(paths)
    writer.write(sourceRoot) { $0.write($1) }
  }
}

/// What a function of a plugin may ask while the graph is made, and what it asked. For one thread.
package final class LoadQuestions {
  private let snapshot: Snapshot
  private let earlier: EarlierContents?
  private(set) var asked: Set<Question> = []

  package init(_ snapshot: Snapshot, earlier: EarlierContents? = nil) {
    self.snapshot = snapshot
    self.earlier = earlier
  }

  /// The bytes of a file of the workspace; nil where there is none.
  package func read(_ path: String) throws -> [UInt8]? {
    asked.insert(.content(path))
    if let content = earlier?.content(of: path) { return content.bytes }
    guard let id = snapshot.id(ofPath: path), let file = snapshot.regularFile(id) else { return nil }
    return try snapshot.read(file).bytes
  }

  /// Whether the workspace has a file at a path.
  package func exists(_ path: String) -> Bool {
    asked.insert(.named(kind: LoadQuestions.existence, path))
    if let content = earlier?.content(of: path) { return content.bytes != nil }
    return snapshot.id(ofPath: path) != nil
  }

  /// The options of a scope were read.
  package func noteOptions(of scope: String) { asked.insert(.named(kind: LoadQuestions.options, scope)) }

  static let existence = "exists"
  package static let options = "options"
}

extension ByteWriter {
  /// What is part of the graph's key before any question is asked.
  mutating func write(_ rules: LoadRules) {
    write(rules.inference) { $0.write($1) }
    write(rules.modules) { $0.write($1) }
    write(rules.generation.sorted { precedes($0.key, $1.key) }) { writer, entry in
      writer.write(entry.key)
      writer.write(entry.value.identity)
    }
    write(rules.implicit) { $0.write($1) }
    write(rules.implicitData) { $0.write($1) }
    write(rules.foreignFolders)
  }
}
