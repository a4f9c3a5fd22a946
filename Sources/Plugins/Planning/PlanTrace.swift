// What a plan function asked of the world, with the answers it was given: a kept plan is believed only while the answers stay the same.

internal import Fingerprints
internal import Targets

/// What a plan function asked beyond its own target.
struct PlanTrace {
  struct Setting: Hashable {
    let scope: String
    let name: String
  }

  /// The targets that the addresses in a field named.
  struct Reference: Hashable {
    let target: Address
    let field: String
  }

  /// A question about the closures of targets, or about all targets.
  struct Query: Hashable {
    enum Roots: Hashable {
      /// All targets that are planned.
      case planned
      /// Some of them, by their places.
      case some([Int32])
      case listed([Address])
    }

    let kind: ClosureQueries.Kind
    let roots: Roots
  }

  /// Options by their text for keys.
  var options: [Setting: String] = [:]
  /// Variables of the environment; nil for one that is not set.
  var environment: [String: String?] = [:]
  /// Files of the workspace by content.
  var files: [String: Fingerprint] = [:]
  /// Whether the workspace has a file of that path.
  var presence: [String: Bool] = [:]
  /// Data files of plugins by content.
  var pluginFiles: [String: Fingerprint] = [:]
  var references: [Reference: Fingerprint] = [:]
  var queries: [Query: Fingerprint] = [:]
  /// Programs of the machine that were looked for.
  var searches: [ProgramSearch: Fingerprint] = [:]
  /// What shared functions asked on this plan's behalf, each by itself.
  var parts: [Fingerprint: SharedTrace] = [:]
  /// False once something was asked that is not recorded: the plan is then made anew each time.
  var isComplete = true

  /// Adds the answers that a shared function and those it called rest on.
  mutating func add(_ shared: [SharedTrace]) {
    for part in shared {
      parts[part.fingerprint] = part
      if !part.trace.isComplete { isComplete = false }
    }
  }

  /// What every plan that read it read, shared functions' readings included.
  var readings: PlanReadings { parts.values.reduce(PlanReadings().adding(self)) { $0.adding($1.trace) } }

  /// What speaks of the planned targets, and what any plan may have asked: the options, the environment, the machine's programs. The second is
  /// the same for most plans of a plugin; nil where there is none of it.
  var divided: (own: PlanTrace, common: PlanTrace?) {
    var (own, common) = (self, PlanTrace())
    (own.parts, own.options, own.environment, own.presence, own.pluginFiles, own.searches) = ([:], [:], [:], [:], [:], [:])
    (common.options, common.environment, common.presence) = (options, environment, presence)
    (common.pluginFiles, common.searches) = (pluginFiles, searches)
    let isAnything = !options.isEmpty || !environment.isEmpty || !presence.isEmpty || !pluginFiles.isEmpty || !searches.isEmpty
    return (own, isAnything ? common : nil)
  }
}

/// A trace that many plans rest on, of a shared function say: written once a pack, asked once a run.
final class SharedTrace: Sendable {
  /// Of the bytes: equal ones stand for equal questions and answers.
  let fingerprint: Fingerprint
  let bytes: [UInt8]
  /// Its own; those of the functions it called stand beside it.
  let trace: PlanTrace

  init(_ trace: PlanTrace, secret: Secret) {
    var own = trace
    own.parts = [:]
    var writer = ByteWriter()
    writer.write(own)
    bytes = writer.bytes
    fingerprint = secret.fingerprint(of: bytes)
    self.trace = own
  }

  init(decoding bytes: [UInt8], fingerprint: Fingerprint) throws(MalformedBytes) {
    var reader = ByteReader(bytes)
    trace = try reader.readPlanTrace()
    guard reader.isAtEnd else { throw MalformedBytes() }
    self.bytes = bytes
    self.fingerprint = fingerprint
  }
}

// MARK: - Coding

extension ByteWriter {
  /// All but the parts.
  mutating func write(_ trace: PlanTrace) {
    write(trace.options.sorted { ($0.key.scope, $0.key.name) < ($1.key.scope, $1.key.name) }) { writer, option in
      writer.write(option.key.scope)
      writer.write(option.key.name)
      writer.write(option.value)
    }
    write(trace.environment.sorted { $0.key < $1.key }) { writer, variable in
      writer.write(variable.key)
      writer.write(variable.value) { $0.write($1) }
    }
    for files in [trace.files, trace.pluginFiles] {
      write(files.sorted { $0.key < $1.key }) { writer, file in
        writer.write(file.key)
        writer.write(file.value)
      }
    }
    write(trace.presence.sorted { $0.key < $1.key }) { writer, file in
      writer.write(file.key)
      writer.write(file.value)
    }
    let references = trace.references.map { ($0.key.target, $0.key.field, $0.value) }
    write(references.sorted { ($0.0, $0.1) < ($1.0, $1.1) }) { writer, reference in
      writer.write(reference.0)
      writer.write(reference.1)
      writer.write(reference.2)
    }
    let queries = trace.queries.map { query, answer in
      var writer = ByteWriter()
      writer.write(query.kind)
      switch query.roots {
      case .planned: writer.write(UInt8(0))
      case .some(let places):
        writer.write(UInt8(1))
        writer.write(places) { $0.write($1) }
      case .listed(let addresses):
        writer.write(UInt8(2))
        writer.write(addresses) { $0.write($1) }
      }
      writer.write(answer)
      return writer.bytes
    }
    write(queries.sorted { $0.lexicographicallyPrecedes($1) }) { $0.append(raw: $1[...]) }
    let searches = trace.searches.map { search, answer in
      var writer = ByteWriter()
      writer.write(search.names)
      writer.write(search.folders)
      writer.write(search.probe)
      writer.write(answer)
      return writer.bytes
    }
    write(searches.sorted { $0.lexicographicallyPrecedes($1) }) { $0.append(raw: $1[...]) }
  }
}

extension ByteReader {
  mutating func readPlanTrace() throws(MalformedBytes) -> PlanTrace {
    var trace = PlanTrace()
    for _ in 0..<(try readCount()) {
      let setting = PlanTrace.Setting(scope: try readString(), name: try readString())
      trace.options[setting] = try readString()
    }
    for _ in 0..<(try readCount()) {
      let name = try readString()
      let value = try readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readString() }
      trace.environment.updateValue(value, forKey: name)
    }
    for _ in 0..<(try readCount()) {
      let path = try readString()
      trace.files[path] = try readFingerprint()
    }
    for _ in 0..<(try readCount()) {
      let path = try readString()
      trace.pluginFiles[path] = try readFingerprint()
    }
    for _ in 0..<(try readCount()) {
      let path = try readString()
      trace.presence[path] = try readBool()
    }
    for _ in 0..<(try readCount()) {
      let reference = PlanTrace.Reference(target: try readAddress(), field: try readString())
      trace.references[reference] = try readFingerprint()
    }
    for _ in 0..<(try readCount()) {
      let kind = try readClosureQueryKind()
      let roots: PlanTrace.Query.Roots
      switch try readByte() {
      case 0: roots = .planned
      case 1: roots = .some(try readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readInt32() })
      case 2: roots = .listed(try readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readAddress() })
      default: throw MalformedBytes()
      }
      trace.queries[PlanTrace.Query(kind: kind, roots: roots)] = try readFingerprint()
    }
    for _ in 0..<(try readCount()) {
      let search = ProgramSearch(names: try readStrings(), folders: try readStrings(), probe: try readStrings())
      trace.searches[search] = try readFingerprint()
    }
    return trace
  }

  /// A number of things of at least a byte each.
  mutating func readCount() throws(MalformedBytes) -> Int {
    guard let count = Int(exactly: try readUInt64()), count <= remaining else { throw MalformedBytes() }
    return count
  }
}
