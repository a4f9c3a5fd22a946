// From calls to targets: defaults, parameters, field checks, files, and what generators generate.

internal import Diagnostics
internal import Host
internal import Snapshots

/// Turns one load's calls into drafts; collects what is wrong on the way.
struct Assembly {
  let snapshot: Snapshot
  let registry: TypeRegistry
  let options: LoadOptions
  private(set) var drafts: [Draft] = []
  private(set) var errors: [Diagnostic] = []
  private var told: [Diagnostic] = []
  /// What BUILD files printed.
  private var printed: [Diagnostic] = []
  /// What is worth telling whoever works on a target, by its address.
  private(set) var findings: [(target: Address, diagnostic: Diagnostic)] = []
  /// What generators could not be asked.
  private(set) var unread: [UnreadList] = []
  /// What functions of plugins asked.
  private(set) var asked: Set<Question> = []
  /// `type.field` → where it is given, where that is no error.
  private var strangeFields: [String: Set<SourceLocation>] = [:]
  /// What overrides have made: of several variants of a generator, one whose parameter an override decides makes the same target.
  private var overridden: Set<Address> = []
  private let generation: Generation
  /// Of each folder with BUILD files, what `__defaults__` says there.
  private var defaults: [String: FieldDefaults] = [:]
  private var texts: [String: [UInt8]] = [:]
  /// By what was written: most targets of a type have its default.
  private var globs: [[String]: GlobSet] = [:]

  var warnings: [Diagnostic] { told + printed }

  init(snapshot: Snapshot, registry: TypeRegistry, options: LoadOptions, generation: Generation) {
    self.generation = generation
    self.snapshot = snapshot
    self.registry = registry
    self.options = options
  }

  /// - Parameter calls: of every folder that has BUILD files, parents before children.
  mutating func add(_ calls: [DirectoryCalls]) {
    let defaults = defaults(in: calls)
    let start = self
    // Folders know nothing of one another from here on.
    let chunk = max(64, calls.count / (8 * Workers.processorCount))
    let parts = Workers.mapChunks(of: calls.count, chunk: chunk, minimum: 2 * chunk) { range in
      var part = start
      part.forget()
      for index in range { part.add(calls[index], defaults[index]) }
      return part
    }
    for part in parts { take(part) }
  }

  /// What `__defaults__` say in each of these folders.
  private mutating func defaults(in calls: [DirectoryCalls]) -> [FieldDefaults] {
    var above: [(directory: String, defaults: FieldDefaults)] = []
    return calls.map { directory in
      while let last = above.last, !last.directory.isEmpty, directory.directory != last.directory,
        !directory.directory.hasPrefix(last.directory + "/")
      { above.removeLast() }
      var defaults = above.last?.defaults ?? FieldDefaults()
      var found: [Diagnostic] = []
      for call in directory.defaults {
        defaults.apply(call, registry, options) { found.append($0) }
      }
      for diagnostic in found { report(diagnostic) }
      above.append((directory.directory, defaults))
      self.defaults[directory.directory] = defaults
      return defaults
    }
  }

  /// Keeps what all share, and nothing that was made of calls.
  private mutating func forget() {
    drafts = []
    errors = []
    told = []
    printed = []
    findings = []
    unread = []
    asked = []
    strangeFields = [:]
    overridden = []
    defaults = [:]
    texts = [:]
  }

  /// Takes over what was made of other folders' calls.
  private mutating func take(_ part: Assembly) {
    drafts += part.drafts
    for error in part.errors where !errors.contains(error) { errors.append(error) }
    for warning in part.told where !told.contains(warning) { told.append(warning) }
    printed += part.printed
    findings += part.findings
    unread += part.unread
    asked.formUnion(part.asked)
    strangeFields.merge(part.strangeFields) { $0.union($1) }
    overridden.formUnion(part.overridden)
    texts.merge(part.texts) { known, _ in known }
  }

  private mutating func add(_ directory: DirectoryCalls, _ defaults: FieldDefaults) {
    printed += directory.notes
    var places: [String: SourceLocation] = [:]
    for call in directory.targets {
      guard let name = call.name ?? Address.defaultName(in: directory.directory) else {
        report(
          Diagnostic(.error, "a target of the root's BUILD file needs a name", at: call.place, hint: "write `\(call.type)(name = \"…\")`"))
        continue
      }
      if let first = places[name] {
        report(
          Diagnostic(
            .error, "two targets are called `\(Address(directory: directory.directory, name: name))`", at: call.place,
            hint: "give one of them another `name`",
            notes: ["the first is at \(first.file):\(first.position.line):\(first.position.column)"]))
        continue
      }
      places[name] = call.place
      guard let type = registry.type(named: call.type), !call.isOpaque else {
        let fields = Dictionary(call.fields.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        drafts.append(
          Draft(
            address: Address(directory: directory.directory, name: name), typeName: call.type, type: nil, fields: fields, place: call.place)
        )
        continue
      }
      let own = merged(call, type, defaults)
      let inherited = inherited(by: type, own, defaults)
      for variant in variants(own + inherited, type, call.place) {
        let address = Address(directory: directory.directory, name: name, parameters: variant.parameters)
        let isInherited = { (field: NamedValue) in inherited.contains { $0.name == field.name } }
        add(address, type, variant.fields.filter { !isInherited($0) }, inheriting: variant.fields.filter(isInherited), call.place)
      }
    }
  }

  /// Adds the targets of calls that stand in no BUILD file; `rank` is that of the rule that made them.
  mutating func add(implicit directory: DirectoryCalls, rank: Int) {
    var folder = directory.directory
    while defaults[folder] == nil, !folder.isEmpty { folder = parentDirectory(folder) }
    let first = drafts.count
    add(directory, defaults[folder] ?? FieldDefaults())
    for index in first..<drafts.count { drafts[index].implicitRank = rank }
  }

  mutating func note(asked questions: Set<Question>) { asked.formUnion(questions) }

  /// What `__defaults__` say of the type that a generator generates: only what the generator's call leaves open.
  private func inherited(by type: TargetType, _ own: [NamedValue], _ defaults: FieldDefaults) -> [NamedValue] {
    guard let generated = type.generates else { return [] }
    return (defaults.byType[generated] ?? []).filter { field in
      let group = Parameters.groupName(field)
      return !own.contains { group == nil ? $0.name == field.name && !$0.value.isNone : Parameters.groupName($0) == group }
    }
  }

  /// Defaults, then the call's own fields over them, by proper names.
  private mutating func merged(_ call: TargetCall, _ type: TargetType, _ defaults: FieldDefaults) -> [NamedValue] {
    var fields = defaults.byType[type.name] ?? []
    var weak = fields.filter { $0.name == parametrizeKeyPrefix }
    fields.removeAll { $0.name == parametrizeKeyPrefix }
    for given in call.fields {
      if given.name == parametrizeKeyPrefix {
        // A group of the call takes the place of the default of the same name.
        if let group = Parameters.groupName(given) { weak.removeAll { Parameters.groupName($0) == group } }
        fields.append(given)
        continue
      }
      guard let field = type.field(named: given.name) else {
        reportUnknownField(given.name, of: type, at: place(of: given.name, call.place))
        continue
      }
      if let deprecation = field.deprecation {
        told.append(Diagnostic(.warning, "`\(field.name)` of `\(type.name)`: \(deprecation)", at: place(of: given.name, call.place)))
      }
      fields.removeAll { $0.name == field.name }
      fields.append(NamedValue(name: field.name, value: given.value))
    }
    return fields + weak
  }

  /// One list of fields for each combination of what `parametrize` lists.
  private mutating func variants(_ fields: [NamedValue], _ type: TargetType, _ place: SourceLocation) -> [Variant] {
    if type.isGenerator {
      for field in fields where field.name != parametrizeKeyPrefix {
        guard case .structure("parametrize", _) = field.value, let own = type.field(named: field.name), !own.isMoved else { continue }
        report(
          Diagnostic(
            .error, "`\(field.name)` of `\(type.name)` cannot be parametrized: it belongs to the generator itself",
            at: self.place(of: field.name, place)))
      }
    }
    return expanded(fields, place: place)
  }

  private mutating func expanded(
    _ fields: [NamedValue], given: [Address.Parameter] = [], place: SourceLocation, at argument: String? = nil
  ) -> [Variant] {
    do throws(ParametrizeError) {
      return try Parameters.variants(of: fields, given: given)
    } catch {
      report(Diagnostic(.error, error.reason, at: (argument ?? error.field).map { self.place(of: $0, place) } ?? place))
      return []
    }
  }

  /// - Parameter inherited: defaults of what a generator generates.
  private mutating func add(
    _ address: Address, _ type: TargetType, _ given: [NamedValue], inheriting inherited: [NamedValue], _ place: SourceLocation
  ) {
    var fields: [String: FieldValue] = [:]
    for named in given where check(named, type, place) {
      if !named.value.isNone { fields[type.field(named: named.name)?.name ?? named.name] = named.value }
    }
    for field in type.fields where field.isRequired && !field.isMoved && fields[field.name] == nil {
      // Given, and found wrong: that has been told.
      if given.contains(where: { type.field(named: $0.name)?.name == field.name && !$0.value.isNone }) { continue }
      report(Diagnostic(.error, "`\(type.name)` needs the field `\(field.name)`", at: place, notes: [field.doc].filter { !$0.isEmpty }))
    }
    var draft = Draft(address: address, typeName: type.name, type: type, fields: fields, place: place)
    let generated = type.generates.flatMap { registry.type(named: $0) }
    guard let sourceField = type.sourceField else {
      guard let generated else { return drafts.append(draft) }
      draft.fields = own(fields, type)
      drafts.append(draft)
      return generate(generated, from: draft, fields, template(generated, draft, fields, inherited, place), place)
    }
    let isGiven = fields[sourceField.name] != nil
    let files = self.files(draft.value(sourceField.name), sourceField, isGiven: isGiven, of: address, type, place)
    guard let generated else {
      draft.sources = files
      drafts.append(draft)
      return
    }
    draft.fields = own(fields, type)
    if !type.generatesByFile { draft.sources = files }
    drafts.append(draft)
    let template = template(generated, draft, fields, inherited, place)
    if type.generatesByFile {
      generate(generated, for: files, from: draft, template, place)
    } else {
      generate(generated, from: draft, fields, template, place)
    }
  }

  /// The fields that a generator keeps for itself.
  private func own(_ fields: [String: FieldValue], _ type: TargetType) -> [String: FieldValue] {
    fields.filter { type.field(named: $0.key)?.isMoved != true }
  }

  /// - Returns: whether the field is one of the type's and the value fits.
  private mutating func check(_ named: NamedValue, _ type: TargetType, _ place: SourceLocation) -> Bool {
    guard let field = type.field(named: named.name) else {
      reportUnknownField(named.name, of: type, at: self.place(of: named.name, place))
      return false
    }
    guard let mismatch = field.kind.mismatch(named.value) else { return true }
    let hint: String?
    if case .string(let choices) = field.kind, let text = named.value.string {
      hint = nearestName(to: text, among: choices).map { "did you mean \"\($0)\"?" }
    } else {
      hint = nil
    }
    report(Diagnostic(.error, "`\(field.name)` of `\(type.name)` \(mismatch)", at: self.place(of: named.name, place), hint: hint))
    return false
  }

  // MARK: Files

  private mutating func files(
    _ value: FieldValue, _ field: Field, isGiven: Bool, of address: Address, _ type: TargetType, _ place: SourceLocation
  ) -> [PathID] {
    let directory = address.directory
    let patterns = value.strings
    guard !patterns.isEmpty, let folder = snapshot.directoryID(ofPath: directory) else { return [] }
    // Finding the place reads the BUILD file: only for who is told something.
    func at() -> SourceLocation { isGiven ? self.place(of: field.name, place) : place }
    var files: [PathID] = []
    if field.kind == .source {
      let path = normalized(patterns[0]).map { joined(directory, $0) }
      guard let path, !patterns[0].contains("..") else {
        report(Diagnostic(.error, "`\(patterns[0])` leaves the folder of its BUILD file", at: at()))
        return []
      }
      if let id = snapshot.id(ofPath: path) { files = [id] } else { noteUnmatched("there is no file `\(path)`", address, at(), near: path) }
    } else {
      do throws(GlobError) {
        let globs: GlobSet
        if let known = self.globs[patterns] {
          globs = known
        } else {
          globs = try GlobSet(patterns)
          self.globs[patterns] = globs
        }
        let matches = snapshot.match(globs, in: folder)
        files = matches.files
        if isGiven {
          for pattern in matches.unmatchedPatterns {
            let path = joined(directory, pattern)
            noteUnmatched("no file matches `\(path)`", address, at(), near: path, hasOthers: !files.isEmpty)
          }
        } else if files.isEmpty {
          let patterns = patterns.filter { !$0.hasPrefix("!") }
          let listed = patterns.prefix(4).map { "`\($0)`" }.joined(separator: ", ") + (patterns.count > 4 ? ", …" : "")
          noteUnmatched("`\(type.name)` finds no file: \(listed) match nothing here", address, at(), near: directory)
        }
      } catch {
        report(Diagnostic(.error, "`\(field.name)` of `\(type.name)`: \(error)", at: at()))
      }
    }
    if !field.expectedExtensions.isEmpty {
      for file in files {
        let path = snapshot.path(of: file)
        if field.expectedExtensions.contains(where: { path.hasSuffix($0) }) { continue }
        let wanted = field.expectedExtensions.map { "`\($0)`" }.joined(separator: " or ")
        report(Diagnostic(.error, "`\(type.name)` takes files that end in \(wanted), not `\(path)`", at: at()))
      }
    }
    if let count = field.expectedCount, !count.contains(files.count) {
      let wanted = count.lowerBound == count.upperBound ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
      report(Diagnostic(.error, "`\(type.name)` takes \(wanted) files, and has \(files.count)", at: at()))
    }
    return files
  }

  /// What matches nothing is no error of the load: only of a command that works on the target.
  /// - Parameter hasOthers: whether other patterns found files: then it is no error.
  private mutating func noteUnmatched(
    _ message: String, _ address: Address, _ place: SourceLocation, near path: String, hasOthers: Bool = false
  ) {
    if options.unmatchedGlobs == .ignore { return }
    var hint: String?
    if let folder = snapshot.directoryID(ofPath: parentDirectory(path)) {
      hint = didYouMean(lastPart(of: path), among: snapshot.files(in: folder).map { snapshot.name(of: $0) })
    }
    let severity: Diagnostic.Severity = options.unmatchedGlobs == .error && !hasOthers ? .error : .warning
    findings.append((address, placed(Diagnostic(severity, message, at: place, hint: hint))))
  }

  // MARK: Generators

  private mutating func generate(
    _ type: TargetType, for files: [PathID], from generator: Draft, _ template: [String: FieldValue], _ place: SourceLocation
  ) {
    let directory = generator.address.directory
    let prefix = directory.isEmpty ? 0 : directory.utf8.count + 1
    let paths = files.map { String(snapshot.path(of: $0).utf8.dropFirst(prefix)) ?? "" }
    let overrides = self.overrides(generator.value("overrides"), type, place, of: "the target's sources") { pattern throws(GlobError) in
      let globs = try GlobSet([pattern])
      return paths.filter { globs.matches($0) }
    } nearest: {
      nearestName(to: $0, among: paths)
    }
    for (file, path) in zip(files, paths) {
      for (parameters, ownFields) in overriding(template, with: overrides[path], type, generator, place) {
        var fields = ownFields
        if let source = type.fields.first(where: { $0.kind == .source }) {
          fields[source.name] = .string(path)
          if !source.expectedExtensions.isEmpty, !source.expectedExtensions.contains(where: { path.hasSuffix($0) }) { continue }
        }
        let address = Address(directory: directory, name: generator.address.name, generated: .file(path), parameters: parameters)
        if overrides[path] != nil, !overridden.insert(address).inserted { continue }
        drafts.append(
          Draft(
            address: address, typeName: type.name, type: type, fields: fields, sources: [file], place: place, generator: generator.address))
      }
    }
  }

  /// The fields of one generated target, or of several where its overrides are parametrized.
  private mutating func overriding(
    _ template: [String: FieldValue], with overrides: [NamedValue]?, _ type: TargetType, _ generator: Draft, _ place: SourceLocation
  ) -> [(parameters: [Address.Parameter], fields: [String: FieldValue])] {
    guard let overrides else { return [(generator.address.parameters, template)] }
    let at = self.place(of: "overrides", place)
    return expanded(overrides, given: generator.address.parameters, place: place, at: "overrides").map { variant in
      var fields = template
      for named in variant.fields where check(named, type, at) {
        fields[type.field(named: named.name)?.name ?? named.name] = named.value.isNone ? nil : named.value
      }
      return (variant.parameters, fields)
    }
  }

  /// The fields that each generated target begins with.
  /// - Parameter inherited: what `__defaults__` say of the generated type.
  private mutating func template(
    _ type: TargetType, _ generator: Draft, _ given: [String: FieldValue], _ inherited: [NamedValue], _ place: SourceLocation
  ) -> [String: FieldValue] {
    var template = given.filter { entry in
      guard type.field(named: entry.key) != nil, let own = generator.type?.field(named: entry.key) else { return false }
      return own.isMoved || own.isCopied || TargetType.commonFields.contains { $0.name == entry.key }
    }
    template["name"] = nil
    for named in inherited where check(named, type, place) && template[named.name] == nil {
      template[named.name] = named.value.isNone ? nil : named.value
    }
    // A generator may have another default than what it generates (`__defaults__` aside): the generator's counts.
    for field in generator.type?.fields ?? [] where field.isMoved && template[field.name] == nil && !field.defaultValue.isNone {
      if type.field(named: field.name)?.defaultValue != field.defaultValue { template[field.name] = field.defaultValue }
    }
    return template
  }

  /// What a function of the plugin says that a generator makes.
  private mutating func generate(
    _ type: TargetType, from generator: Draft, _ given: [String: FieldValue], _ template: [String: FieldValue], _ place: SourceLocation
  ) {
    let made: [GeneratedTarget]
    do {
      let seen = LoadedTarget(generator, snapshot, generation.sourceRoots)
      made = try generation.targets(seen, given, &asked)
    } catch {
      let mistakes = mistakes(of: error, of: generator.address, at: place) { text($0) }
      unread.append(
        UnreadList(
          generator: generator.address,
          product: Draft(address: generator.address, typeName: type.name, type: type, fields: template, place: place),
          mistakes: mistakes.map { placed($0) }))
      return
    }
    var byName: [String: String] = [:]
    for target in made { for name in [target.name] + target.otherNames { byName[name] = byName[name] ?? target.name } }
    let overrides = self.overrides(generator.value("overrides"), type, place, of: "what the target generates") { name in
      byName[name].map { [$0] } ?? []
    } nearest: {
      nearestName(to: $0, among: made.map(\.name))
    }
    var names: Set<String> = []
    for target in made {
      guard names.insert(target.name).inserted else {
        let address = Address(
          directory: generator.address.directory, name: generator.address.name, generated: .named(target.name),
          parameters: generator.address.parameters)
        report(Diagnostic(.error, "`\(generator.address)` generates `\(address)` twice", at: place))
        continue
      }
      var base = template
      for entry in target.fields {
        let named = NamedValue(name: entry.key.string ?? "", value: entry.value)
        if check(named, type, place) { base[type.field(named: named.name)?.name ?? named.name] = named.value.isNone ? nil : named.value }
      }
      for (parameters, fields) in overriding(base, with: overrides[target.name], type, generator, place) {
        let address = Address(
          directory: generator.address.directory, name: generator.address.name, generated: .named(target.name), parameters: parameters)
        if overrides[target.name] != nil, !overridden.insert(address).inserted { continue }
        for field in type.fields where field.isRequired && fields[field.name] == nil {
          report(Diagnostic(.error, "`\(address)` is generated without `\(field.name)`, which `\(type.name)` needs", at: place))
        }
        drafts.append(
          Draft(address: address, typeName: type.name, type: type, fields: fields, place: place, generator: generator.address))
      }
    }
  }

  /// By path or name, the fields that overrides give it.
  /// - Parameters:
  ///   - what: what keys may mean, for the message.
  ///   - matching: what a key means.
  ///   - nearest: what somebody may have meant by a key that means nothing.
  private mutating func overrides(
    _ value: FieldValue, _ type: TargetType, _ place: SourceLocation, of what: String, matching: (String) throws(GlobError) -> [String],
    nearest: (String) -> String?
  ) -> [String: [NamedValue]] {
    guard let entries = value.entries else { return [:] }
    var result: [String: [NamedValue]] = [:]
    let at = self.place(of: "overrides", place)
    for entry in entries {
      var fields: [NamedValue] = []
      // A dict of a group alone is that group.
      if case .structure("parametrize", _) = entry.value { fields.append(NamedValue(name: parametrizeKeyPrefix, value: entry.value)) }
      for item in entry.value.entries ?? [] {
        let key = item.key.string ?? ""
        if key.hasPrefix(parametrizeKeyPrefix) {
          fields.append(NamedValue(name: parametrizeKeyPrefix, value: item.value))
        } else if key == "name" {
          report(Diagnostic(.error, "`overrides` cannot change a generated target's name", at: at))
        } else if let field = type.field(named: key) {
          fields.append(NamedValue(name: field.name, value: item.value))
        } else {
          reportUnknownField(key, of: type, at: at)
        }
      }
      for pattern in entry.key.strings {
        let meant: [String]
        do throws(GlobError) {
          meant = try matching(pattern)
        } catch {
          report(Diagnostic(.error, "`overrides`: \(error)", at: at))
          continue
        }
        if meant.isEmpty {
          report(
            Diagnostic(
              .error, "`overrides` names `\(pattern)`, which is none of \(what)", at: at,
              hint: nearest(pattern).map { "did you mean `\($0)`?" }))
        }
        for path in meant {
          for field in fields {
            let isGroup = field.name == parametrizeKeyPrefix
            if !isGroup, let other = result[path]?.first(where: { $0.name == field.name }) {
              if other != field { report(Diagnostic(.error, "`overrides` gives `\(path)` the field `\(field.name)` twice", at: at)) }
              continue
            }
            result[path, default: []].append(field)
          }
        }
      }
    }
    return result
  }

  // MARK: Fields that nobody knows

  private mutating func reportUnknownField(_ name: String, of type: TargetType, at place: SourceLocation) {
    let diagnostic = unknownField(name, of: type, at: place)
    guard options.unknownFields != .error, diagnostic.hint == nil else { return report(diagnostic) }
    if strangeFields["\(type.name).\(name)"]?.insert(place) == nil { strangeFields["\(type.name).\(name)"] = [place] }
  }

  /// One warning for all fields that were left out.
  var strangeFieldsWarning: Diagnostic? {
    if strangeFields.isEmpty { return nil }
    let count = strangeFields.values.reduce(0) { $0 + $1.count }
    return Diagnostic(
      .warning, "\(count) field\(count == 1 ? " that no enabled plugin knows is" : "s that no enabled plugin knows are") left out",
      notes: strangeFields.sorted { precedes($0.key, $1.key) }.map { name, places in
        let first = places.min { ($0.file, $0.position) < ($1.file, $1.position) }
        return "\(name): \(places.count)" + (first.map { " (first at \($0.file):\($0.position.line))" } ?? "")
      })
  }

  // MARK: Places

  private mutating func placed(_ diagnostic: Diagnostic) -> Diagnostic {
    var diagnostic = diagnostic
    if diagnostic.sourceLine == nil, let location = diagnostic.location {
      diagnostic.sourceLine = sourceLine(Int(location.position.line), of: text(location.file))
    }
    return diagnostic
  }

  mutating func report(_ diagnostic: Diagnostic) {
    let diagnostic = placed(diagnostic)
    if diagnostic.severity == .error {
      if !errors.contains(diagnostic) { errors.append(diagnostic) }
    } else if !told.contains(diagnostic) {
      told.append(diagnostic)
    }
  }

  /// Of an argument, where the call gives it itself; else of the call.
  mutating func place(of argument: String, _ call: SourceLocation) -> SourceLocation {
    argumentPlace(of: argument, in: call, text(call.file)) ?? call
  }

  mutating func text(_ file: String) -> [UInt8] {
    if let known = texts[file] { return known }
    let bytes = snapshot.id(ofPath: file).flatMap { snapshot.regularFile($0) }.flatMap { try? snapshot.read($0).bytes } ?? []
    texts[file] = bytes
    return bytes
  }
}
