// From BUILD files to their calls: preludes, loads, and one evaluation per folder, on all cores, remembered by what each asked.

internal import Diagnostics
internal import Fingerprints
internal import Host
internal import Snapshots
internal import Starlark
internal import Store
internal import Synchronization

/// What evaluations of one load share. Thread-safe.
final class BuildLoader: Sendable {
  let snapshot: Snapshot
  let store: Store
  let registry: TypeRegistry
  let options: LoadOptions
  /// What every BUILD file sees, preludes excepted.
  private let names: [String: FrozenValue]
  private let preludes: Preludes
  /// Both together.
  private let predeclared: Predeclared
  private let modules = Mutex<[String: LoadedModule]>([:])

  private struct Preludes: Sendable {
    var names: [String: FrozenValue] = [:]
    /// Of the names that preludes give.
    var namesFingerprint = Fingerprint.absent
    /// What their evaluation asked.
    var questions: Set<Question> = []
  }

  /// What a file may name, and those names alone: made once for all files.
  private struct Predeclared: Sendable {
    let values: [String: FrozenValue]
    let names: Set<String>

    init(_ values: [String: FrozenValue]) {
      self.values = values
      names = Set(values.keys)
    }
  }

  private struct LoadedModule: Sendable {
    let module: FrozenModule
    let questions: Set<Question>
  }

  /// Evaluates the preludes.
  init(snapshot: Snapshot, store: Store, registry: TypeRegistry, options: LoadOptions) throws(UserError) {
    self.snapshot = snapshot
    self.store = store
    self.registry = registry
    self.options = options
    names = BuildNames.all(for: registry)
    let globs = try snapshot.globs(options.preludeGlobs, option: "[GLOBAL].build_file_prelude_globs")
    var made = Preludes()
    var errors: [Diagnostic] = []
    let files = options.preludeGlobs.isEmpty ? [] : snapshot.match(globs, in: 0).files
    let evaluation = BuildEvaluation(snapshot: snapshot, options: options, modules: { _, _ in nil })
    for file in files {
      let path = snapshot.path(of: file)
      do throws(UserError) {
        let module = try Self.run(path, evaluation, snapshot, options, Predeclared(names.merging(made.names) { $1 }), registry)
        for name in module.names { if let value = module.global(named: name) { made.names[name] = FrozenValue(freezing: value) } }
      } catch {
        errors += error.diagnostics
      }
    }
    if !errors.isEmpty { throw UserError(errors) }
    made.questions = evaluation.questions
    let listed = made.names.keys.sorted(by: precedes)
    made.namesFingerprint = store.secret.fingerprint { $0.write(listed) }
    preludes = made
    predeclared = Predeclared(names.merging(made.names) { $1 })
  }

  // MARK: Folders

  /// The calls of every folder, in the folders' order, and everything that was asked to learn them.
  /// - Throws: every error of every BUILD file.
  func calls(of directories: [BuildDirectory]) throws(UserError) -> (calls: [DirectoryCalls], questions: Set<Question>) {
    let (calls, questions, errors, _) = survey(directories)
    if !errors.isEmpty { throw UserError(errors) }
    return (calls, questions)
  }

  /// As `calls(of:)`, of the folders whose BUILD files are sound; with every error of the others, and their paths.
  func survey(
    _ directories: [BuildDirectory]
  ) -> (calls: [DirectoryCalls], questions: Set<Question>, errors: [Diagnostic], broken: Set<String>) {
    let types = registry.fingerprint(with: store.secret)
    let keys = directories.map { directory in
      Memo.key("build-calls", in: store) { writer in
        writer.write(directory.path)
        writer.write(directory.files.map { snapshot.name(of: $0) })
        writer.write(types)
        options.write(to: &writer)
      }
    }
    let known = store.get(.memo, keys: keys)
    // Those of other folders are read when they are evaluated.
    _ = snapshot.fingerprints(of: zip(directories, known).flatMap { $1 == nil ? [] : $0.files })

    struct Outcome: Sendable {
      var calls: DirectoryCalls?
      var questions: [Question] = []
      var errors: [Diagnostic] = []
      var entries: [Store.Entry] = []
    }
    let outcomes = Mutex([Outcome](repeating: Outcome(), count: directories.count))
    Workers.forEachChunk(of: directories.count, chunk: 4, minimum: 16) { range in
      for index in range {
        var outcome = Outcome()
        let memo = Memo(key: keys[index], in: store)
        if let bytes = known[index], let value = memo.find(in: bytes, answer), let kept = try? KeptCalls(decoding: value) {
          outcome.calls = kept.calls
          outcome.questions = kept.questions
        } else {
          do throws(UserError) {
            let (calls, questions, refusals) = try evaluate(directories[index])
            outcome.calls = calls
            outcome.errors = refusals
            outcome.questions = questions
            if refusals.isEmpty {
              let kept = KeptCalls(calls: calls, questions: questions).encoded()
              outcome.entries = memo.entries(recording: kept, questions: questions, over: known[index] ?? [], answer)
            }
          } catch {
            outcome.errors = error.diagnostics
          }
        }
        outcomes.withLock { $0[index] = outcome }
      }
    }
    let all = outcomes.withLock { $0 }
    let broken = zip(directories, all).filter { !$0.1.errors.isEmpty }.map(\.0.path)
    let entries = all.flatMap(\.entries)
    if !entries.isEmpty { store.put(batch: entries) }
    // The graph rests on every prelude, and on everything that any folder asked.
    let questions = all.reduce(into: preludes.questions) { $0.formUnion($1.questions) }
    return (all.compactMap(\.calls), questions, all.flatMap(\.errors), Set(broken))
  }

  /// What a question is answered now.
  func answer(_ question: Question) -> Fingerprint? {
    switch question {
    case .content(let path):
      if let content = options.earlier?.content(of: path) { return content.fingerprint(store.secret) }
      guard let id = snapshot.id(ofPath: path), let file = snapshot.regularFile(id) else { return .absent }
      do throws(SnapshotError) { return try snapshot.fingerprint(of: file) } catch { return nil }
    case .environment(let name):
      guard let value = options.environment(name) else { return .absent }
      return store.secret.fingerprint(of: value)
    case .named(kind: "prelude-names", _): return preludes.namesFingerprint
    case .listing: return snapshot.listingFingerprint
    case .contents, .imports, .named: return nil
    }
  }

  /// - Returns: also what is wrong with single calls, where the others can be understood all the same.
  private func evaluate(_ directory: BuildDirectory) throws(UserError) -> (DirectoryCalls, [Question], refusals: [Diagnostic]) {
    let evaluation = BuildEvaluation(
      snapshot: snapshot, options: options, directory: directory.path, modules: { try self.module($0, for: $1) })
    evaluation.ask(.named(kind: "prelude-names", ""))
    var errors: [Diagnostic] = []
    for file in directory.files {
      let path = snapshot.path(of: file)
      evaluation.ask(.content(path))
      if options.earlier?.content(of: path) == .absent { continue }
      do throws(UserError) {
        let program = try Self.compile(path, snapshot, options, predeclared, registry, isBuildFile: true)
        if program.freeNames.contains(where: { preludes.names[$0] != nil }) {
          for question in preludes.questions { evaluation.ask(question) }
        }
        _ = try Self.run(program, evaluation, predeclared)
      } catch {
        errors += error.diagnostics
      }
    }
    let refusals = evaluation.refusals.map { placed($0) }
    if !errors.isEmpty { throw UserError(refusals + errors) }
    return (evaluation.result, Question.sorted(evaluation.questions), refusals)
  }

  /// With the line its place names.
  private func placed(_ diagnostic: Diagnostic) -> Diagnostic {
    guard diagnostic.sourceLine == nil, let place = diagnostic.location,
      let file = snapshot.id(ofPath: place.file).flatMap({ snapshot.regularFile($0) })
    else { return diagnostic }
    var diagnostic = diagnostic
    diagnostic.sourceLine = (try? snapshot.read(file)).flatMap { sourceLine(Int(place.position.line), of: $0.bytes) }
    return diagnostic
  }

  // MARK: Modules

  /// What `load(…)` in the file of an evaluation stands for; each module is run once.
  private func module(_ path: String, for evaluation: BuildEvaluation) throws -> FrozenModule {
    if let known = modules.withLock({ $0[path] }) {
      for question in known.questions { evaluation.ask(question) }
      return known.module
    }
    if evaluation.loading.contains(path) {
      throw EvaluationError("`\(path)` loads itself: \((evaluation.loading + [path]).joined(separator: " → "))")
    }
    let inner = BuildEvaluation(
      snapshot: snapshot, options: options, directory: parentDirectory(path), modules: { try self.module($0, for: $1) })
    inner.loading = evaluation.loading + [path]
    let module = try Self.run(path, inner, snapshot, options, Predeclared(names), registry)
    modules.withLock { $0[path] = LoadedModule(module: module, questions: inner.questions) }
    for question in inner.questions { evaluation.ask(question) }
    return module
  }

  /// Runs a prelude or loaded module, and freezes it.
  private static func run(
    _ path: String, _ evaluation: BuildEvaluation, _ snapshot: Snapshot, _ options: LoadOptions, _ names: Predeclared,
    _ registry: TypeRegistry
  ) throws(UserError) -> FrozenModule {
    evaluation.ask(.content(path))
    let program = try compile(path, snapshot, options, names, registry, isBuildFile: false)
    return try run(program, evaluation, names).freeze()
  }

  private static func run(_ program: Starlark.Program, _ evaluation: BuildEvaluation, _ names: Predeclared) throws(UserError)
    -> Module
  {
    let thread = EvaluationThread()
    evaluation.file = program.file
    thread.userData = evaluation
    thread.print = { text, place in evaluation.note(text, at: place) }
    thread.load = { name, _ in try evaluation.load(name) }
    var values: [String: Value] = [:]
    for name in program.freeNames { values[name] = names.values[name]?.value }
    do throws(Diagnostic) { return try program.run(on: thread, predeclared: values) } catch { throw UserError([error]) }
  }

  private static func read(_ path: String, _ snapshot: Snapshot, _ options: LoadOptions) throws(UserError) -> [UInt8] {
    if case .bytes(let bytes)? = options.earlier?.content(of: path) { return bytes }
    guard let id = snapshot.id(ofPath: path), let file = snapshot.regularFile(id) else { throw UserError("there is no file `\(path)`") }
    do throws(SnapshotError) { return try snapshot.read(file).bytes } catch { throw UserError(error.description) }
  }

  private static func compile(
    _ path: String, _ snapshot: Snapshot, _ options: LoadOptions, _ names: Predeclared, _ registry: TypeRegistry,
    isBuildFile: Bool
  ) throws(UserError) -> Starlark.Program {
    let bytes = try read(path, snapshot, options)
    // Names nobody defined: in a BUILD file each is told at once; in a macro only if it is really called.
    var errors: [Diagnostic] = []
    let policy = UnresolvedPolicy.predeclare { name, place, isCalled in
      if options.unknownTargets == .error, isBuildFile {
        guard isCalled else { return nil }
        errors.append(
          Diagnostic(
            .error, "no target type `\(name)`", at: place, sourceLine: sourceLine(Int(place.position.line), of: bytes),
            hint: didYouMean(name, among: registry.types.keys.sorted(by: precedes) + names.names.sorted(by: precedes))))
      }
      return Value(UnknownName(name, isRefused: options.unknownTargets == .error))
    }
    let program: Starlark.Program
    do throws(UserError) {
      program = try Starlark.Program.compile(
        source: bytes, file: path, dialect: .buildFile, predeclared: names.names, unresolved: policy)
    } catch {
      throw UserError(errors + error.diagnostics)
    }
    if !errors.isEmpty { throw UserError(errors) }
    return program
  }
}

/// A folder's calls, and what was asked to learn them, as they are kept.
private struct KeptCalls {
  let calls: DirectoryCalls
  let questions: [Question]

  init(calls: DirectoryCalls, questions: [Question]) {
    self.calls = calls
    self.questions = questions
  }

  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.write(questions) { $0.write($1) }
    writer.write(calls.encoded())
    return writer.bytes
  }

  init(decoding bytes: [UInt8]) throws(MalformedBytes) {
    var reader = ByteReader(bytes)
    questions = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readQuestion() }
    calls = try DirectoryCalls(decoding: try reader.readBytes())
  }
}

extension Question {
  /// By what is written of each.
  static func sorted(_ questions: Set<Question>) -> [Question] {
    var named = questions.map { question in
      var writer = ByteWriter()
      writer.write(question)
      return (bytes: writer.bytes, question: question)
    }
    named.sort { a, b in
      a.bytes.withUnsafeBufferPointer { a in b.bytes.withUnsafeBufferPointer { b in a.lexicographicallyPrecedes(b) } }
    }
    return named.map(\.question)
  }
}
