// Where packages come from: an in-toto statement with SLSA provenance for what one target builds, the same on every machine.

internal import Diagnostics
internal import Execution
internal import Fingerprints
internal import Formats
internal import Host
internal import Scheduling
internal import Store
internal import Targets

/// A package that was built: its path under the dist folder, and its SHA-256 as 64 hexadecimal digits.
struct PackageDigest: Comparable {
  let path: String
  let sha256: String

  static func < (a: PackageDigest, b: PackageDigest) -> Bool { a.path.utf8.lexicographicallyPrecedes(b.path.utf8) }

  /// The lines of `SHA256SUMS`, as sha256sum writes and checks them.
  static func lines(_ digests: [PackageDigest]) -> String {
    digests.sorted().map { digest in
      // A name that would break the line is escaped, and its line begins with a backslash.
      let name = digest.path.reduce(into: "") { text, character in
        switch character {
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        default: text.append(character)
        }
      }
      return "\(name == digest.path ? "" : "\\")\(digest.sha256)  \(name)\n"
    }.joined()
  }
}

/// Makes statements. Digests are worked out once, however many packages share an input.
struct ProvenanceWriter {
  private let session: Session
  private var contents: [Fingerprint: String] = [:]
  private var recipes: [Fingerprint: String] = [:]

  init(_ session: Session) { self.session = session }

  /// SHA-256 of a produced file (of a link: of its text).
  mutating func digest(of file: ProducedFile) throws -> String {
    try digest(ofBlob: file.fingerprint, file.path)
  }

  /// The statement about one target's packages, as the bytes of its file.
  /// - Parameter outputs: those of the actions that it needs.
  mutating func statement(
    about packages: [PackageDigest], from target: String, by action: Action, outputs: (ActionID) -> [ProducedFile]
  ) throws -> [UInt8] {
    var dependencies: [Dependency] = []
    for file in try action.expandedInputs(produced: outputs) { dependencies.append(try input(file, under: "")) }
    try addTools(of: action, to: &dependencies)
    let context = session.scheduler.context
    let definition = JSON.object([
      .init("buildType", .string("urn:baji:action:1")),
      .init(
        "externalParameters",
        .object([.init("goal", .string("package")), .init("target", .string(target)), .init("options", texts(action.options))])),
      .init(
        "internalParameters",
        .object([
          .init("command", .array(action.portableArguments.map { .string(withoutPlaces($0)) })),
          .init("environment", texts(Environment.constants.merging(action.portableEnvironment) { $1 })),
          .init("platform", .string(context.platform)),
          .init("plugins", .array(action.plugins.keys.sorted().map { .string($0) })),
        ])),
      .init("resolvedDependencies", .array(Set(dependencies).sorted().map(\.json))),
    ])
    let statement = JSON.object([
      .init("_type", .string("https://in-toto.io/Statement/v1")),
      .init("subject", .array(packages.sorted().map { Dependency($0.path, $0.sha256).json })),
      .init("predicateType", .string("https://slsa.dev/provenance/v1")),
      .init(
        "predicate",
        .object([
          .init("buildDefinition", definition),
          .init(
            "runDetails",
            .object([
              .init(
                "builder", .object([.init("id", .string("urn:baji")), .init("version", .object([.init("baji", .string(context.engine))]))])),
              .init("metadata", .object(metadata(definition))),
            ])),
        ])),
    ])
    return JSONWriter.indented(statement, asciiOnly: false) + [UInt8(ascii: "\n")]
  }

  /// The action's key for the world: a digest of its definition. A time only where one is given from outside.
  private func metadata(_ definition: JSON) -> [JSON.Member] {
    var members: [JSON.Member] = [.init("invocationId", .string("sha256:\(SHA256.hex(of: JSONWriter.compact(definition)))"))]
    if let seconds = session.environment["SOURCE_DATE_EPOCH"].flatMap({ Int64($0) }), let time = timestamp(seconds) {
      members += [.init("startedOn", .string(time)), .init("finishedOn", .string(time))]
    }
    return members
  }

  // MARK: - Inputs and tools

  private struct Dependency: Hashable, Comparable {
    let name: String
    let sha256: String
    let version: String

    init(_ name: String, _ sha256: String, version: String = "") {
      self.name = name
      self.sha256 = sha256
      self.version = version
    }

    static func < (a: Dependency, b: Dependency) -> Bool {
      a.name == b.name ? a.sha256 < b.sha256 : a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
    }

    var json: JSON {
      var members: [JSON.Member] = [.init("name", .string(name)), .init("digest", .object([.init("sha256", .string(sha256))]))]
      if !version.isEmpty { members.append(.init("annotations", .object([.init("version", .string(version))]))) }
      return .object(members)
    }
  }

  private mutating func input(_ file: InputFile, under tree: String) throws -> Dependency {
    let name = tree.isEmpty ? file.path : "\(tree)/\(file.path)"
    switch file.source {
    case .bytes(let bytes): return Dependency(name, SHA256.hex(of: bytes))
    case .blob, .blobLink: return Dependency(name, try digest(ofBlob: file.fingerprint, file.path))
    case .link(let program): return Dependency(name, try digest(ofProgram: program, file.fingerprint))
    case .workspace(let path):
      if let known = contents[file.fingerprint] { return Dependency(name, known) }
      let bytes: [UInt8]
      do { bytes = try Files.read("\(session.root)/\(path)") } catch { throw changed(path) }
      guard session.store.secret.fingerprint(of: bytes) == file.fingerprint else { throw changed(path) }
      let digest = SHA256.hex(of: bytes)
      contents[file.fingerprint] = digest
      return Dependency(name, digest)
    }
  }

  /// Programs by their content, trees by their recipe and by what the recipe is made of.
  private mutating func addTools(of action: Action, to dependencies: inout [Dependency]) throws {
    for tool in action.tools {
      switch tool.kind {
      case .program:
        dependencies.append(Dependency("tool:\(tool.name)", try digest(ofProgram: tool.path, tool.identity), version: tool.version))
      case .tree(let build):
        dependencies.append(Dependency("tree:\(build.name)", try digest(of: build, adding: &dependencies)))
      case .cache, .treeRoot: break
      }
    }
  }

  private mutating func digest(of build: TreeBuild, adding dependencies: inout [Dependency]) throws -> String {
    var parts: [Dependency] = []
    for file in try build.action.expandedInputs(produced: { _ in [] }) { parts.append(try input(file, under: "tree:\(build.name)")) }
    try addTools(of: build.action, to: &parts)
    dependencies += parts
    if let known = recipes[build.recipe] { return known }
    let recipe = JSON.object([
      .init("command", .array(build.action.portableArguments.map { .string(withoutPlaces($0)) })),
      .init("environment", texts(build.action.portableEnvironment)),
      .init("parts", .array(Set(parts).sorted().map(\.json))),
    ])
    let digest = SHA256.hex(of: JSONWriter.compact(recipe))
    recipes[build.recipe] = digest
    return digest
  }

  private mutating func digest(ofProgram path: String, _ identity: Fingerprint) throws -> String {
    if let known = contents[identity] { return known }
    do {
      let digest = SHA256.hex(of: try Files.read(path))
      contents[identity] = digest
      return digest
    } catch {
      throw MachineError("\(error)", hint: "the provenance of packages names the programs that built them")
    }
  }

  private mutating func digest(ofBlob fingerprint: Fingerprint, _ path: String) throws -> String {
    if let known = contents[fingerprint] { return known }
    guard let bytes = session.store.blob(fingerprint) else { throw session.lost(path) }
    let digest = SHA256.hex(of: bytes)
    contents[fingerprint] = digest
    return digest
  }

  private func changed(_ path: String) -> UserError {
    UserError("`\(path)` has changed since it was built from", hint: "run the same command again")
  }

  // MARK: - Texts

  private func texts(_ values: [String: String]) -> JSON {
    .object(values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { .init($0.key, .string(withoutPlaces($0.value))) })
  }

  /// A text in which this machine's folders have names.
  private func withoutPlaces(_ text: String) -> String {
    var text = text
    for (place, name) in [(session.root, "{workspace}"), (session.store.folder, "{store}"), (session.environment["HOME"] ?? "", "{home}")]
    where place.utf8.count > 1 {
      var result = ""
      var rest = text[...]
      while let range = rest.firstRange(of: place) {
        result += rest[..<range.lowerBound] + name
        rest = rest[range.upperBound...]
      }
      text = result + rest
    }
    return text
  }
}

/// Seconds since 1970 as RFC 3339 writes them, in UTC; nil outside of the years 1970 to 9999.
func timestamp(_ seconds: Int64) -> String? {
  guard (0..<253_402_300_800).contains(seconds) else { return nil }
  // The civil calendar from days, in eras of 400 years that begin in March.
  let days = seconds / 86_400 + 719_468
  let era = days / 146_097
  let day = days % 146_097
  let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
  let dayOfYear = day - (365 * year + year / 4 - year / 100)
  let shifted = (5 * dayOfYear + 2) / 153
  let month = shifted < 10 ? shifted + 3 : shifted - 9
  func padded(_ value: Int64, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
  }
  let date = [padded(year + era * 400 + (month <= 2 ? 1 : 0), 4), padded(month, 2), padded(dayOfYear - (153 * shifted + 2) / 5 + 1, 2)]
  let time = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map { padded($0, 2) }
  return "\(date.joined(separator: "-"))T\(time.joined(separator: ":"))Z"
}
