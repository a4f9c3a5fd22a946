// From the drafts' addresses and imports to edges, and all of it into tables.

internal import Diagnostics
internal import Fingerprints
internal import Snapshots

/// Resolves what drafts name, once all of them are known.
struct Edges {
  let snapshot: Snapshot
  let options: LoadOptions
  /// All targets, by id.
  let index: DraftIndex
  /// Unparametrized address → its variants.
  private let variants: [Address: [TargetID]]
  private let opaque: [String: [TargetID]]
  /// Folders whose targets are not known, since their BUILD files are wrong: what names one of them is not told on top of that.
  private let broken: Set<String>
  private(set) var errors: [Diagnostic] = []
  private(set) var warnings: [Diagnostic] = []
  /// Dependencies that name nothing, where that is no error of the load.
  private(set) var findings: [TargetFinding] = []

  /// What a field stands for where a target leaves it open: of fields that keep worlds of requirements apart.
  private let fieldDefaults: [String: FieldValue]

  private let rules: LoadRules
  /// By generator, why nobody knows what it generates.
  private let unread: [Address: [Diagnostic]]
  /// By type, its fields that hold addresses.
  private var linkFields: [String: [Field]] = [:]

  var drafts: [Draft] { index.drafts }

  init(
    _ drafts: [Draft], snapshot: Snapshot, options: LoadOptions, rules: LoadRules = LoadRules(), broken: Set<String> = [],
    unread: [UnreadList] = []
  ) {
    self.snapshot = snapshot
    self.rules = rules
    self.unread = Dictionary(unread.map { ($0.generator, $0.mistakes) }, uniquingKeysWith: { $0 + $1 })
    self.broken = broken
    self.options = options
    index = DraftIndex(drafts, fileCount: snapshot.count)
    var fieldDefaults: [String: FieldValue] = [:]
    for rule in rules.inference {
      if case .modules(_, let settings) = rule.resolving, let partition = settings.partition {
        fieldDefaults[partition.field] = .string(partition.defaultValue)
      }
    }
    self.fieldDefaults = fieldDefaults
    var variants: [Address: [TargetID]] = [:]
    var opaque: [String: [TargetID]] = [:]
    for (number, draft) in index.drafts.enumerated() {
      if draft.isOpaque { opaque[draft.address.directory, default: []].append(TargetID(number)) }
      let parameters = draft.address.parameters
      if parameters.isEmpty { continue }
      let plain = Address(directory: draft.address.directory, name: draft.address.name, generated: draft.address.generated)
      variants[plain, default: []].append(TargetID(number))
    }
    self.variants = variants
    self.opaque = opaque
  }

  // MARK: Tables

  /// What inference may know of the targets.
  func ground(_ sourceRoots: [DirectoryID]) -> ImportResolution.Ground {
    ImportResolution.Ground(snapshot: snapshot, index: index, sourceRoots: sourceRoots)
  }

  mutating func tables(_ resolution: inout ImportResolution, _ assembly: inout Assembly) -> GraphTables {
    var tables = GraphTables()
    var texts = Interner()
    let written = index.drafts.enumerated().map { self.written(TargetID($0.offset), $0.element, &assembly) }
    let inferred = resolution.edges(written)
    var companions = Companions(rules, snapshot)
    var fields = ByteWriter()
    // Neighbours mostly lie in one folder, and come from one BUILD file.
    var directory = RepeatedText()
    var placeFile = RepeatedText()
    for (number, draft) in index.drafts.enumerated() {
      let id = TargetID(number)
      let address = draft.address
      tables.directories.append(directory.id(of: address.directory, in: &texts))
      tables.names.append(texts.id(of: address.name))
      switch address.generated {
      case nil: tables.generated.append(-1)
      case .file(let path): tables.generated.append(2 * texts.id(of: path))
      case .named(let name): tables.generated.append(2 * texts.id(of: name) + 1)
      }
      let parameters = address.parameters
      tables.parameters.append(parameters.isEmpty ? -1 : texts.id(of: parameters.map { "\($0.key)=\($0.value)" }.joined(separator: ",")))
      tables.types.append(texts.id(of: draft.typeName))
      tables.flags.append((draft.isOpaque ? 1 : 0) | (draft.isGenerator ? 2 : 0))
      tables.generators.append(index.generator(of: id) ?? -1)
      let place = draft.place
      tables.placeFiles.append(placeFile.id(of: place.file, in: &texts))
      tables.placeLines.append(place.position.line)
      tables.placeColumns.append(place.position.column)
      fields.write(draft.fields)
      tables.fieldStarts.append(Int32(fields.bytes.count))
      let sources = draft.ownSources
      tables.sources.append(sources)
      tables.companions.append(companions.files(of: sources, draft.typeName))

      let written = written[number]
      if draft.isGenerator {
        tables.dependencies.append(index.products(of: id))
      } else if written.included.isEmpty && written.ignored.isEmpty {
        tables.dependencies.append(inferred[number].lazy.filter { $0 != id })
      } else {
        tables.dependencies.append(written.included.union(inferred[number]).subtracting(written.ignored).subtracting([id]).sorted())
      }
      tables.references.append(written.referenced.isEmpty ? [] : written.referenced.subtracting([id]).sorted())
      for excluded in written.excluded.sorted() { tables.transitiveExcludes += [id, excluded] }
    }
    tables.strings = texts.texts
    tables.fieldBytes = fields.bytes
    for (address, diagnostic) in assembly.findings {
      if let id = index.id(of: address) { tables.findings.append(TargetFinding(target: id, subject: .sources, diagnostic: diagnostic)) }
    }
    for (address, mistakes) in unread.sorted(by: { $0.key < $1.key }) {
      if let id = index.id(of: address) { findings += mistakes.map { TargetFinding(target: id, subject: .lists, diagnostic: $0) } }
    }
    var placed: [Diagnostic: Diagnostic] = [:]
    for finding in resolution.findings where finding.subject == .lists {
      placed[finding.diagnostic] = assembly.atItsText(finding.diagnostic)
    }
    tables.findings += findings
    tables.findings += resolution.findings.map { finding in
      TargetFinding(target: finding.target, subject: finding.subject, diagnostic: placed[finding.diagnostic] ?? finding.diagnostic)
    }
    tables.topLevelModules = resolution.topLevelModules
    return tables
  }

  /// Edges that rules forbid or warn of, each at its place: where a dependency is written, or imported.
  /// - Parameter directories: those that have BUILD files.
  func violations(
    _ tables: GraphTables, _ check: VisibilityCheck, _ directories: [BuildDirectory], _ resolution: ImportResolution,
    _ assembly: inout Assembly
  ) -> [Violation] {
    if check.isEmpty { return [] }
    var resolution = resolution
    return check.violations(
      index, folders: Set(directories.map(\.path)),
      edges: { id in Set(tables.dependencies[id]).union(tables.references[id]).sorted() },
      line: { text, call in
        let lines = assembly.text(call.file).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let number = (Int(call.position.line)...max(Int(call.position.line), lines.count)).first { number in
          number <= lines.count && lines[number - 1].firstRange(of: Array(text.utf8)) != nil
        }
        return number.map { SourceLocation(file: call.file, position: SourcePosition(line: Int32($0), column: 1)) } ?? call
      },
      place: { origin, dependency in
        let draft = index[origin]
        return resolution.importPlace(from: origin, to: dependency) ?? assembly.place(of: "dependencies", draft.place)
      })
  }

  // MARK: Written addresses

  private mutating func written(_ id: TargetID, _ draft: Draft, _ assembly: inout Assembly) -> WrittenDependencies {
    var written = WrittenDependencies()
    guard let type = draft.type else {
      for text in draft.fields["dependencies"]?.strings ?? [] where !text.hasPrefix("!") {
        if case .found(let found) = resolve(text, for: draft) { written.included.formUnion(found) }
      }
      return written
    }
    if linkFields[draft.typeName] == nil {
      linkFields[draft.typeName] = type.fields.filter { field in
        (field.kind == .dependencies || field.kind == .addresses) && !(type.isGenerator && field.isMoved)
      }
    }
    let given = draft.fields
    for field in linkFields[draft.typeName] ?? [] {
      let value = given[field.name].flatMap { $0.isNone ? nil : $0 } ?? field.defaultValue
      if value.isNone { continue }
      for text in value.strings {
        var body = text
        if text.hasPrefix("!") { body = String(text.dropFirst(text.hasPrefix("!!") ? 2 : 1)) }
        switch resolve(body, for: draft) {
        case .unread(let mistakes):
          if body == text { findings += mistakes.map { TargetFinding(target: id, diagnostic: $0) } }
        case .found(let found):
          if body == text {
            for other in found { findings += (unread[index[other].address] ?? []).map { TargetFinding(target: id, diagnostic: $0) } }
          }
          if field.kind == .addresses {
            written.referenced.formUnion(found)
          } else if body == text {
            written.included.formUnion(found)
          } else {
            written.ignored.formUnion(found)
            if text.hasPrefix("!!") { written.excluded.formUnion(found) }
          }
        case .nothing(var diagnostic):
          let place = assembly.place(of: field.name, draft.place)
          diagnostic.location = place
          diagnostic.sourceLine = sourceLine(Int(place.position.line), of: assembly.text(place.file))
          // One call's text may stand in many generated targets.
          if body != text {
            diagnostic.severity = .warning
            if !warnings.contains(diagnostic) { warnings.append(diagnostic) }
          } else if options.unknownDependencies != .error {
            findings.append(TargetFinding(target: id, diagnostic: diagnostic))
          } else if !errors.contains(diagnostic) {
            errors.append(diagnostic)
          }
        }
      }
    }
    return written
  }

  private enum Lookup {
    case found([TargetID])
    case nothing(Diagnostic)
    /// What would be generated is not known.
    case unread([Diagnostic])
  }

  private func resolve(_ text: String, for draft: Draft) -> Lookup {
    let input: AddressInput
    do throws(AddressInput.Malformed) { input = try AddressInput(parsing: text, in: draft.address.directory) } catch {
      return .nothing(Diagnostic(.error, "`\(text)` is not an address: \(error.reason)"))
    }
    let file = snapshot.directoryID(ofPath: input.path) == nil ? snapshot.id(ofPath: input.path) : nil
    let address = input.address(isFile: file != nil)
    if let address {
      switch lookUp(address, for: draft) {
      case .found(let found): return .found(found)
      case .nothing(let diagnostic): return .nothing(diagnostic)
      case .unread(let mistakes): return .unread(mistakes)
      case nil: break
      }
    }
    if let file, input.target == nil {
      let owners = index.owners(of: file)
      if !owners.isEmpty { return .found(Array(owners)) }
      var folder = parentDirectory(input.path)
      while true {
        if let found = opaque[folder] { return .found(found) }
        if broken.contains(folder) { return .found([]) }
        if folder.isEmpty { break }
        folder = parentDirectory(folder)
      }
      return .nothing(Diagnostic(.error, "no target owns `\(input.path)`", hint: "list it in some target's `sources`"))
    }
    let directory = address?.directory ?? input.path
    if broken.contains(directory) { return .found([]) }
    if let found = opaque[directory] {
      let named = found.filter { index[$0].address.name == address?.name }
      return .found(named.isEmpty ? found : named)
    }
    if snapshot.directoryID(ofPath: directory) == nil {
      return .nothing(Diagnostic(.error, "there is no folder or file `\(input.path)` for the dependency `\(text)`"))
    }
    let known = drafts.filter { $0.address.directory == directory && $0.generator == nil }.map(\.address.name)
    let near = address.flatMap { nearestName(to: $0.name, among: known) }
    let shown = known.prefix(8).map { "`\($0)`" }.joined(separator: ", ")
    let there = directory.isEmpty ? "the root's BUILD file" : "`\(directory)`"
    return .nothing(
      Diagnostic(
        .error, "there is no target `\(address?.description ?? text)`",
        hint: near.map { "did you mean `\(directory == draft.address.directory ? "" : directory.isEmpty ? "//" : directory):\($0)`?" },
        notes: [known.isEmpty ? "there are no targets in \(there)" : "\(there) has \(shown)\(known.count > 8 ? ", …" : "")"]))
  }

  /// The target of an address; nil where there is none.
  ///
  /// What is said to be generated by a target that generates nothing is that target. Of a parametrized target that is named without
  /// all of its parameters, the variant is meant whose fields are those of whoever names it.
  private func lookUp(_ address: Address, for draft: Draft) -> Lookup? {
    if let id = index.id(of: address) { return .found([id]) }
    if address.generated != nil {
      let plain = Address(directory: address.directory, name: address.name, parameters: address.parameters)
      if let id = index.id(of: plain), !index[id].isGenerator { return .found([id]) }
    }
    if address.generated != nil, !unread.isEmpty {
      let generator = Address(directory: address.directory, name: address.name, parameters: address.parameters)
      if let mistakes = unread[generator] { return .unread(mistakes) }
    }
    let plain = Address(directory: address.directory, name: address.name, generated: address.generated)
    let candidates = (variants[plain] ?? []).filter { Set(address.parameters).isSubset(of: index[$0].address.parameters) }
    if candidates.isEmpty { return nil }
    let named = Set(address.parameters.map(\.key))
    let fitting = candidates.filter { candidate in
      let other = index[candidate]
      // A generator has given its fields to what it generates.
      let holder = index.products(of: candidate).first.map { index[$0] } ?? other
      return other.address.parameters.allSatisfy { parameter in
        if named.contains(parameter.key) || holder.type?.field(named: parameter.key) == nil { return true }
        guard draft.type?.field(named: parameter.key) != nil else { return false }
        return value(of: parameter.key, holder) == value(of: parameter.key, draft)
      }
    }
    let group = draft.address.parameters.first { $0.key == "parametrize" }
    let sameGroup = fitting.first { id in index[id].address.parameters.first { $0.key == "parametrize" } == group }
    let sameParameters = fitting.first { Set(index[$0].address.parameters) == Set(draft.address.parameters) }
    if let chosen = sameParameters ?? sameGroup ?? fitting.first { return .found([chosen]) }
    let listed = candidates.prefix(8).map { "`\(index.printed($0))`" }.joined(separator: ", ") + (candidates.count > 8 ? ", …" : "")
    return .nothing(
      Diagnostic(
        .error, "`\(address)` is several targets, none of which is like `\(draft.address)`", hint: "name one of them with its parameters",
        notes: ["they are \(listed)"]))
  }

  /// A field's value, or what stands for it where it is open.
  private func value(of field: String, _ draft: Draft) -> FieldValue {
    let own = draft.value(field)
    return own.isNone ? fieldDefaults[field] ?? .none : own
  }
}

/// The number of a text that is mostly the one before.
private struct RepeatedText {
  private var last: (text: String, id: Int32)?

  mutating func id(of text: String, in texts: inout Interner) -> Int32 {
    if let last, last.text == text { return last.id }
    let id = texts.id(of: text)
    last = (text, id)
    return id
  }
}

extension ByteWriter {
  /// One target's fields, by name.
  fileprivate mutating func write(_ fields: [String: FieldValue]) {
    for (name, value) in fields.count < 2 ? Array(fields) : fields.sorted(by: { precedes($0.key, $1.key) }) {
      write(name)
      write(value)
    }
  }
}
