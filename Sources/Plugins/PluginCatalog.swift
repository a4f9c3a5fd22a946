// Which backends there are, and which of them a repository enabled.

package import Diagnostics
package import Fingerprints
internal import ImportScanners
package import Options
internal import Starlark
package import Store
package import Targets

/// Every backend that the plugin files declare.
package struct PluginCatalog: Sendable {
  package let files: PluginFiles
  package let backends: [Backend]
  /// Plugin files that could not be evaluated: each disables its backends and nothing else.
  package let broken: [Diagnostic]
  /// The names of all backends, those that nobody asked for and that were not evaluated too.
  private let names: [String]
  private let loader: PluginLoader

  /// How many plugin files were evaluated so far, for declarations or for a function.
  package var evaluatedFileCount: Int { loader.evaluatedCount }

  /// What the entry files of some backends declare: from the store where all that made it is as it was, else by evaluating them.
  ///
  /// A broken plugin is not remembered, and neither is what stands beside it: it is told of in every run.
  /// - Parameter wanted: names or aliases: entry files of other backends are not evaluated.
  package init(_ files: PluginFiles, only wanted: [String], rememberedIn store: Store, engine: [Int64] = Memo.engineVersion) {
    let memo = DeclarationMemo(files, enabling: wanted, in: store, engine: engine)
    let loader = PluginLoader(files)
    if let known = memo.find(loader) {
      self.init(files, known.backends, names: known.names, loader)
      return
    }
    self.init(files, only: wanted)
    if broken.isEmpty { memo.keep(backends, names: names) }
  }

  /// Evaluates entry files: those with `plugin(` at the start of a line, tests left out.
  /// - Parameter wanted: names or aliases: entry files of other backends are not evaluated. nil for all.
  package init(_ files: PluginFiles, only wanted: [String]? = nil) {
    self.files = files
    let wanted = wanted.map { Set(["baji.core"] + $0) }
    let loader = PluginLoader(files)
    self.loader = loader
    var backends: [Backend] = []
    var broken: [Diagnostic] = []
    var names: [String] = []
    for file in files.files where file.path.hasSuffix(".star") && !file.path.hasSuffix("_test.star") {
      let bytes = file.bytes
      guard let start = PluginCatalog.entryMark(in: bytes) else { continue }
      if let wanted, let header = PluginCatalog.header(of: file, bytes, at: start), wanted.isDisjoint(with: [header.name] + header.aliases)
      {
        names.append(header.name)
        continue
      }
      do throws(Diagnostic) {
        let loaded = try loader.load(file.path)
        guard let header = loaded.header else { continue }
        if let known = backends.first(where: { $0.name == header.name }) {
          broken.append(Diagnostic(.error, "the plugin `\(header.name)` is declared in `\(known.file)` already", at: header.location))
          continue
        }
        backends.append(
          Backend(name: header.name, aliases: header.aliases, file: file.path, parts: loaded.parts))
      } catch {
        broken.append(error)
      }
    }
    self.backends = backends
    self.broken = broken
    self.names = names + backends.map(\.name)
  }

  private init(_ files: PluginFiles, _ backends: [Backend], names: [String], _ loader: PluginLoader) {
    self.files = files
    self.backends = backends
    broken = []
    self.names = names
    self.loader = loader
  }

  /// Where an entry file's `plugin(` stands; nil for a library.
  private static func entryMark(in bytes: [UInt8]) -> Int? {
    let mark = Array("plugin(".utf8)
    var lineStart = true
    for index in bytes.indices {
      if lineStart, bytes[index...].starts(with: mark) { return index }
      lineStart = bytes[index] == UInt8(ascii: "\n")
    }
    return nil
  }

  /// What the call of `plugin(…)` says, without evaluating the file around it; nil where only the whole file tells.
  private static func header(of file: PluginFiles.File, _ bytes: [UInt8], at start: Int) -> (name: String, aliases: [String])? {
    // The call ends where a line ends with `)` and all before it can be read.
    var end = start
    while end < bytes.count {
      guard let close = bytes[end...].firstIndex(of: UInt8(ascii: ")")) else { return nil }
      end = close + 1
      guard end == bytes.count || bytes[end] == UInt8(ascii: "\n") else { continue }
      let state = PluginFileState(file: file.path)
      let thread = EvaluationThread()
      thread.userData = state
      let predeclared = ["plugin": DeclarationBuiltins.header]
      if let program = try? Program.compile(
        source: Array(bytes[start..<end]), file: file.shownPath, dialect: .plugin, predeclared: Set(predeclared.keys)),
        (try? program.run(on: thread, predeclared: predeclared)) != nil, let header = state.header
      {
        return (header.name, header.aliases)
      }
    }
    return nil
  }

  package func backend(named name: String) -> Backend? {
    backends.first { $0.name == name } ?? backends.first { $0.aliases.contains(name) }
  }

  /// What `[GLOBAL] backend_packages` asks for, the core always first.
  /// - Returns: the enabled backends in the order asked, and the names for Pants' backends that Baji has no counterpart of.
  /// - Throws: for a name that nobody has (and is not one of Pants').
  package func enabled(_ names: [String]) throws(UserError) -> (backends: [Backend], missing: [String]) {
    var enabled: [Backend] = []
    var missing: [String] = []
    var errors: [Diagnostic] = []
    for name in ["baji.core"] + names {
      if let backend = backend(named: name) {
        if !enabled.contains(where: { $0.name == backend.name }) { enabled.append(backend) }
      } else if name.hasPrefix("pants.") || !name.hasPrefix("baji.") {
        // `pants.…`, and modules that the repository's own `pythonpath` offers to Pants.
        missing.append(name)
      } else {
        let brokenFile = broken.first { $0.location?.file.contains(name.split(separator: ".").last ?? "") == true }
        errors.append(
          brokenFile
            ?? Diagnostic(
              .error, "`[GLOBAL] backend_packages` names `\(name)`, which no plugin offers",
              hint: didYouMean(name, amongFew: self.names.sorted())))
      }
    }
    if !errors.isEmpty { throw UserError(errors) }
    return (enabled, missing)
  }
}

/// The enabled backends as one: what the rest of a run asks.
package struct EnabledPlugins: Sendable {
  package let backends: [Backend]
  package let files: PluginFiles
  package let registry: TypeRegistry
  package let scopes: [OptionScope]
  /// The core's and the plugins'.
  package let allScopes: [OptionScope]
  package let fileTools: [FileToolDeclaration]
  package let checkers: [CheckerDeclaration]
  package let testers: [TargetToolDeclaration]
  package let packagers: [TargetToolDeclaration]
  package let repls: [TargetToolDeclaration]
  package let exporters: [NamedToolDeclaration]
  package let lockfileGenerators: [NamedToolDeclaration]
  package let readings: [ReadingDeclaration]
  package let configurations: [ConfigurationDeclaration]
  package let runners: [TargetToolDeclaration]
  package let generators: [TargetToolDeclaration]
  package let publishers: [PublisherDeclaration]
  /// Whether the rules of who may depend on whom are checked.
  package var checksVisibility: Bool { backends.contains { $0.name == "baji.visibility" } }
  private let inference: [InferenceDeclaration]
  private let modules: [ModuleDeclaration]
  private let generation: [String: PluginFunction]
  private let tailors: [TailorDeclaration]
  private let implicitData: [ImplicitDataRule]
  private let foreignFolders: ForeignFolders
  private let implicitRoots: [ImplicitSourceRoots]

  package init(_ backends: [Backend], files: PluginFiles) throws(UserError) {
    self.backends = backends
    self.files = files
    var all = Declarations()
    var errors: [Diagnostic] = []
    var typeOwners: [String: String] = [:]
    var scopeOwners: [String: String] = [:]
    var seenFiles: Set<String> = []
    // A library that two backends load registers once.
    for backend in backends {
      for part in backend.parts where seenFiles.insert(part.file).inserted {
        all.append(part.declarations)
        for type in part.declarations.types {
          if let other = typeOwners.updateValue(backend.name, forKey: type.name) {
            errors.append(Diagnostic(.error, "the plugins `\(other)` and `\(backend.name)` both register the target type `\(type.name)`"))
          }
        }
        for scope in part.declarations.scopes {
          if let other = scopeOwners.updateValue(backend.name, forKey: scope.name) {
            errors.append(Diagnostic(.error, "the plugins `\(other)` and `\(backend.name)` both register the subsystem `\(scope.name)`"))
          }
        }
      }
    }
    if !errors.isEmpty { throw UserError(errors) }
    registry = TypeRegistry(types: all.types.map { EnabledPlugins.extended($0, by: all.extraFields) }, functions: all.functions)
    scopes = all.scopes
    allScopes = CoreOptions.all(addingRootPatterns: all.rootPatterns) + all.scopes
    inference = all.inference
    modules = all.modules
    generation = all.generation
    tailors = all.tailors
    implicitData = all.implicitData
    foreignFolders = all.foreignFolders
    implicitRoots = all.implicitRoots
    fileTools = all.fileTools
    checkers = all.checkers
    testers = all.testers
    packagers = all.packagers
    repls = all.repls
    exporters = all.exporters
    lockfileGenerators = all.lockfileGenerators
    readings = all.readings
    configurations = all.configurations
    runners = all.runners
    generators = all.generators
    publishers = all.publishers
  }

  /// A type with the fields that enabled backends add to it, or to what it generates.
  private static func extended(_ type: TargetType, by extras: [ExtraFields]) -> TargetType {
    extras.reduce(type) { type, extra in
      if extra.types.contains(type.name) { return type.adding(extra.fields) }
      if let generated = type.generates, extra.types.contains(generated) { return type.adding(extra.fields.map(\.copied)) }
      return type
    }
  }

  /// What plugins say about loading: generated targets, modules, imports. Asks `resolve.modules` for its settings.
  ///
  /// Types whose imports are files of one language share a rule: of several owners of a file, one of these types is meant.
  /// - Parameter store: keeps the settings; its secret is that of the fingerprint which stands for the behaviour of functions.
  package func loadRules(options: Options, store: Store) throws(UserError) -> LoadRules {
    let scopes = scopes
    var rules = LoadRules(options: { scopeText($0, scopes, options) })
    let pluginIdentity = identity(store.secret)
    let identity = "\(pluginIdentity)"
    for (name, function) in generation {
      rules.generation[name] = TargetGeneration(identity: identity) { try function.generated($0, $1, options) }
    }
    for tailor in tailors {
      var rule = ImplicitTargetRule(type: tailor.type, files: tailor.files, name: tailor.name, identity: identity)
      if let function = tailor.accepts { rule.accepts = { path, questions in try function.accepts(path, questions, options) } }
      rules.implicit.append(rule)
    }
    rules.implicitData = implicitData
    rules.foreignFolders = foreignFolders
    for declaration in modules {
      let names: ModuleProvision.Names
      switch declaration.names {
      case .fromPath(let pathNames): names = .fromPath(pathNames)
      case .listed(let function): names = .listed(identity: identity) { try function.listedModules($0, $1, options) }
      }
      rules.modules.append(ModuleProvision(space: declaration.space, types: declaration.types, names: names))
    }
    var byOwner: [(scanner: String, types: [String])] = []
    for declaration in inference {
      let scanner = declaration.scanner.flatMap { ImportScanner.named($0) }
      if declaration.scanner != nil, scanner == nil { continue }
      let resolving: InferenceRule.Resolving
      switch declaration.resolver {
      case .ownersOfFiles:
        if let index = byOwner.firstIndex(where: { $0.scanner == declaration.scanner }) {
          byOwner[index].types += declaration.types
        } else if let scanner {
          byOwner.append((scanner.name, declaration.types))
        }
        continue
      case .function(let function):
        resolving = .custom(identity: identity) { found, context in try resolveImport(function, found, context) }
      case .modules(let function):
        resolving = .modules(space: declaration.space, try settings(function, options, pluginIdentity, store))
      case .fields(let function):
        resolving = .fields(identity: identity, space: declaration.space) { try function.references($0, $1, options) }
      }
      rules.inference.append(InferenceRule(types: declaration.types, scanner: scanner, resolving: resolving))
    }
    for (name, types) in byOwner { rules.inference.append(InferenceRule(types: types, scanner: ImportScanner.named(name))) }
    return rules
  }

  /// The source roots that `[source]` says; where targets are implicit, and it says nothing, those that plain repositories have.
  package func sourceRoots(_ options: Options) throws(UserError) -> SourceRoots {
    guard options.bool(OptionScope.global, "implicit_targets"), !options.isSet("source", "root_patterns"),
      !options.isSet("source", "marker_filenames")
    else {
      return try SourceRoots(patterns: options.strings("source", "root_patterns"), markers: options.strings("source", "marker_filenames"))
    }
    return try implicitSourceRoots()
  }

  /// Those that repositories without BUILD files have by default.
  package func implicitSourceRoots() throws(UserError) -> SourceRoots {
    let usual = allScopes.first { $0.name == "source" }?.options.first { $0.name == "root_patterns" }?.defaultValue
    let patterns: [String] =
      if case .list(let items)? = usual { items.compactMap { if case .string(let text) = $0 { text } else { nil } } } else { [] }
    return try SourceRoots(
      patterns: patterns + implicitRoots.flatMap(\.patterns),
      markers: implicitRoots.flatMap(\.markers), packageFiles: implicitRoots.flatMap(\.packageFiles))
  }

  /// What a function of `resolve.modules` answers: the answer of an earlier run while the options that it read are what they were.
  private func settings(
    _ function: PluginFunction, _ options: Options, _ pluginIdentity: Fingerprint, _ store: Store
  ) throws(UserError) -> ModuleSettings {
    let memo = Memo("module settings", in: store) { writer in
      writer.write(pluginIdentity)
      writer.write(function.place.file)
      writer.write(function.place.number)
    }
    func answer(_ question: Question) -> Fingerprint? {
      guard case .named(kind: LoadQuestions.options, let scope) = question else { return nil }
      return scopeText(scope, scopes, options).map { store.secret.fingerprint(of: $0) } ?? .absent
    }
    if let bytes = memo.find(answer), let known = try? ModuleSettings(decoding: bytes) { return known }
    do {
      var read: Set<String> = []
      let settings = try function.moduleSettings(options) { read.insert($0) }
      let questions = read.sorted().map { Question.named(kind: LoadQuestions.options, $0) }
      store.put(batch: memo.entries(recording: settings.encoded, questions: questions, answer))
      return settings
    } catch let error as Diagnostic {
      throw UserError([error])
    } catch {
      throw UserError([Diagnostic(.error, "\(error)", at: function.location)])
    }
  }

  /// Of all files of the enabled backends.
  package func identity(_ secret: Secret) -> Fingerprint {
    secret.fingerprint { writer in
      for backend in backends {
        writer.write(backend.name)
        for path in backend.files { writer.write(files.file(path)?.fingerprint(secret) ?? .absent) }
      }
    }
  }

  /// The fingerprint of each file of the backend that registered something named `name`, for keys: its own files only.
  package func filesUsed(by function: PluginFunction, secret: Secret) -> [String: Fingerprint] {
    let entry = function.location.flatMap { files.file(shownAs: $0.file) }
    guard let entry, let backend = backends.first(where: { $0.files.contains(entry.path) }) else { return [:] }
    var used: [String: Fingerprint] = [:]
    for path in backend.files { if let file = files.file(path) { used[path] = file.fingerprint(secret) } }
    return used
  }
}

/// Asks a plugin's `resolve` function which targets an import stands for.
private func resolveImport(_ function: PluginFunction, _ found: ScannedImport, _ context: ResolutionContext) throws -> [Resolution] {
  let candidates = InferenceRule.candidates(for: found, in: context.file)
  let ctx = NamespaceObject(
    "ctx",
    [
      (
        "owner_of_file",
        .builtin("ctx.owner_of_file") { call in
          let path = try call.bind(Signature("path")).string("path")
          return context.owners(path).first.map { Value($0.description) } ?? .none
        }
      ),
      ("importer", Value(context.importer.description)),
      ("file", Value(context.file)),
    ])
  let thread = EvaluationThread()
  for candidate in candidates {
    let answer = try thread.call(function.value(), [Value(ctx), Value(candidate)], named: [])
    let addresses = answer.asString.map { [$0] } ?? answer.asStrings ?? []
    let owners = context.owners(candidate)
    let resolved = addresses.compactMap { text in owners.first { $0.description == text } }
    if !resolved.isEmpty { return resolved.map { .target($0) } }
  }
  return []
}
