// The property: after any edit the answer with all that is remembered is the answer from an empty store.

import Diagnostics
import Execution
import Fingerprints
import Foundation
import Options
import Scheduling
import Snapshots
import Store
import TestSupport
import Targets
import Testing

@testable import Plugins

/// One workspace on disk, a store that lives as long as it, and answers about it.
private final class Bench {
  let folder: TemporaryDirectory
  var repository = RandomRepository()
  private let store: Store
  /// The shipped plugins, and what they declare: evaluating them is most of what an answer costs.
  private let plugins: PluginCatalog

  var root: String { "\(folder.path)/workspace" }

  init(_ plugins: PluginCatalog) throws {
    folder = try TemporaryDirectory(named: "random-edits")
    self.plugins = plugins
    try FileManager.default.createDirectory(atPath: "\(folder.path)/workspace", withIntermediateDirectories: true)
    store = try Store.open(at: "\(folder.path)/store", mapSize: 256 << 20) { Issue.record("\($0)") }
  }

  deinit { store.close() }

  func apply(_ edit: RandomEdit) throws { try repository.apply(edit, under: root) }

  /// What a run says that goes on from what earlier ones left.
  /// - Parameter turn: which goal is planned, modulo their number; nil for all.
  func remembered(_ turn: Int? = nil) -> [String] {
    let lines = answer(store, indexFile: store.indexFile(for: root), turn)
    store.flush()
    return lines
  }

  /// What a run says that knows nothing. The secret is the same, so that keys can be compared.
  func fresh(_ turn: Int? = nil) throws -> [String] {
    let path = "\(folder.path)/fresh"
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: "\(folder.path)/store/secret", toPath: "\(path)/secret")
    let empty = try Store.open(at: path, mapSize: 64 << 20) { Issue.record("\($0)") }
    defer { empty.close() }
    return answer(empty, indexFile: nil, turn)
  }

  /// Targets, edges, fields, and everything that goals plan; or what is wrong.
  private func answer(_ store: Store, indexFile: String?, _ turn: Int?) -> [String] {
    do {
      let sources = try OptionSources.read(arguments: [], environment: [:], workingDirectory: root, root: root)
      let backends = sources.bootstrap().strings("GLOBAL", "backend_packages")
      // Declarations that are remembered are looked at now and then.
      let isRemembering = indexFile != nil && (turn ?? 0) % 8 == 0
      let catalog = isRemembering ? PluginCatalog(plugins.files, only: backends, rememberedIn: store) : plugins
      let plugins = try EnabledPlugins(catalog.enabled(backends).backends, files: catalog.files)
      let options = try sources.parse(scopes: plugins.allScopes, goals: []).options
      let snapshot = try Snapshot.take(root: root, secret: store.secret, indexFile: indexFile)
      defer { try? snapshot.saveIndex() }
      var load = LoadOptions()
      load.sourceRoots = try plugins.sourceRoots(options)
      load.implicitTargets = options.bool("GLOBAL", "implicit_targets")
      load.unmatchedGlobs = LoadOptions.Strictness(rawValue: options.string("GLOBAL", "unmatched_build_file_globs") ?? "") ?? .warn
      let graph = try Workspace.load(
        snapshot: snapshot, store: store, registry: plugins.registry,
        rules: plugins.loadRules(options: options, store: store), options: load)
      return try described(graph) + planned(graph, options, plugins, store, turn)
    } catch { return [told { throw error }] }
  }

  private func described(_ graph: Graph) throws -> [String] {
    func printed(_ ids: some Sequence<TargetID>) -> [String] { ids.map { graph.address(of: $0).description } }
    let targets = try graph.ids.map { id -> String in
      let fields = graph.fields(of: id).map { "\($0.name)=\($0.value)" }.joined(separator: " ")
      let sources = try graph.sources(of: id).map { file -> String in
        let regular = graph.snapshot.kind(of: file) == .regular ? try graph.snapshot.fingerprint(of: file).description : "link"
        return "\(graph.snapshot.path(of: file)) \(graph.snapshot.isExecutable(file)) \(regular)"
      }
      return "\(graph.address(of: id)) \(graph.typeName(of: id)) \(fields) \(sources) → \(printed(graph.dependencies(of: id)))"
        + " ← \(printed(graph.dependents(of: id))) !!\(printed(graph.transitiveExcludes(of: id)))"
    }
    return targets + graph.warnings.map { "warning: \(told($0))" } + graph.findings(of: graph.ids).map { "finding: \(told($0))" }
  }

  private func planned(
    _ graph: Graph, _ options: Options, _ plugins: EnabledPlugins, _ store: Store, _ turn: Int?
  ) throws -> [String] {
    let world = PlanWorld(
      graph: graph, closures: try Closures(of: graph, secret: store.secret), options: options, store: store, environment: ["HOME": "/home"],
      secretNames: [], platform: "here", plugins: plugins, programs: ProgramSearcher(Bench.programs, store: store))
    let ids = graph.expandingGenerators(graph.ids)
    var lines: [String] = []
    let count = plugins.fileTools.count + plugins.checkers.count + 1
    var number = 0
    func goal(_ name: String, _ plan: (Planner) throws -> [FileTool]) {
      defer { number += 1 }
      if let turn, turn % count != number { return }
      let planner = Planner(world)
      lines.append(
        told {
          let tools = try plan(planner)
          let actions = try planner.plan.actions.map { try text($0.action) } + tools.map(text)
          return "\(name):\n" + actions.sorted().joined(separator: "\n")
        })
      planner.keepPlans()
    }
    for declaration in plugins.fileTools {
      if let scope = declaration.optionScope, options.bool(scope, "skip") { continue }
      goal("lint \(declaration.name)") { try $0.fileTools(declaration, goal: "lint", targets: ids, buildFiles: [], batchSize: 128) }
    }
    for declaration in plugins.checkers {
      goal("check \(declaration.name)") { planner in
        _ = try planner.checks(declaration, targets: ids)
        return []
      }
    }
    goal("test") { planner in
      for batch in try planner.testBatches(ids, size: 128) { _ = try planner.test(batch, timeout: nil) { _ in } }
      return []
    }
    return lines
  }

  /// Everything that enters an action's key.
  private func text(_ action: Action) throws -> String {
    let inputs = try action.expandedInputs { _ in [] }.map { "\($0.path) \($0.fingerprint) \($0.isExecutable)" }
    let environment = action.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let options = action.options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let plugins = action.plugins.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return "\(action.subject) \(action.label) \(action.argv) \(try action.tools.map(text)) \(inputs) \(action.outputs) \(environment) "
      + "\(action.timeout ?? 0) \(action.standardInput ?? []) \(options) \(plugins)"
  }

  /// A tree is at home in its store, and its recipe says so: here it is what it is made of.
  private func text(_ tool: Tool) throws -> String {
    switch tool.kind {
    case .tree(let build): "tree \(tool.name) \(try text(build.action).hashValue)"
    case .cache: "cache \(tool.name)"
    case .program, .treeRoot: "\(tool.name) \(tool.path) \(tool.identity)"
    }
  }

  private func text(_ tool: FileTool) throws -> String {
    let files = try tool.files.map { file -> String in
      var one = Action(subject: "", label: "", argv: [])
      one.inputs = tool.extraInputs(of: file)
      return "\(file.path) \(file.input.fingerprint) \(file.input.isExecutable) \(file.scope) \(try text(one))"
    }
    return "\(tool.subject) \(try text(tool.template))\n" + files.joined(separator: "\n")
  }

  private static let programs: [(path: String, info: String)] = ["3.9.18", "3.11.7"].map { version in
    let minor = version.split(separator: ".").prefix(2).joined(separator: ".")
    let markers =
      "\"implementation_name\": \"cpython\", \"implementation_version\": \"\(version)\", \"os_name\": \"posix\", \"platform_machine\": \"x86_64\", "
      + "\"platform_python_implementation\": \"CPython\", \"platform_system\": \"Linux\", \"python_full_version\": \"\(version)\", "
      + "\"python_version\": \"\(minor)\", \"sys_platform\": \"linux\""
    return (
      "/usr/bin/python\(minor)",
      "{\"implementation\": \"CPython\", \"version\": \"\(version)\", \"executable\": \"/usr/bin/python\(minor)\", \"pip\": true, \"markers\": {\(markers)}}"
    )
  }
}

@Suite struct RandomEditsTests {
  private static let stepsOfOne = 25
  private static let plugins = Result { try PluginCatalog(shippedFiles()) }

  /// `BAJI_PROPERTY_STEPS` edits, 300 if it is not set, 25 of each repository; `BAJI_PROPERTY_SEED` is the first repository's number.
  private static let seeds: Range<Int> = {
    let environment = ProcessInfo.processInfo.environment
    let first = Int(environment["BAJI_PROPERTY_SEED"] ?? "") ?? 0
    let steps = Int(environment["BAJI_PROPERTY_STEPS"] ?? "") ?? 300
    return first..<(first + max(1, steps / stepsOfOne))
  }()

  @Test(arguments: seeds) func theAnswerWithMemoryIsTheAnswerFromNothing(_ seed: Int) throws {
    let plugins = try Self.plugins.get()
    guard let edits = try failure(seed, plugins) else { return }
    let short = try shortened(edits) { try difference($0, plugins) != nil }
    Issue.record(
      """
      seed \(seed): what is remembered gives another answer after
      \(short.map { "  \($0)" }.joined(separator: "\n"))
      \(try difference(short, plugins) ?? "(gone when it was tried again)")
      """)
  }

  @Test func failuresAreShortened() {
    for (count, needed) in [(60, [7]), (60, [3, 41, 59]), (25, [0, 1, 2]), (1, [0])] {
      #expect(shortened(Array(0..<count)) { $0.filter(needed.contains) == needed } == needed)
    }
    // What cannot be seen again stays whole.
    #expect(shortened([1, 2, 3]) { _ in false } == [1, 2, 3])
  }

  /// The edits of a seed up to the first that shows a difference; nil for none.
  private func failure(_ seed: Int, _ plugins: PluginCatalog) throws -> [RandomEdit]? {
    var random = Seeded(seed)
    let bench = try Bench(plugins)
    var edits = RandomRepository.beginning(&random)
    for edit in edits { try bench.apply(edit) }
    var answers = 0
    var errors = 0
    defer { #expect(answers > Self.stepsOfOne / 3, "seed \(seed): most answers were errors") }
    for turn in 0...Self.stepsOfOne {
      let fresh = try bench.fresh(turn)
      if bench.remembered(turn) != fresh { return edits }
      (answers, errors) = fresh.count > 1 ? (answers + 1, 0) : (answers, errors + 1)
      // That it cannot be loaded is worth an answer or two.
      if errors > 1 {
        for edit in bench.repository.mending(&random) {
          edits.append(edit)
          try bench.apply(edit)
        }
        continue
      }
      for _ in 0..<(random.chance(20) ? 3 : 1) {
        let edit = bench.repository.edit(&random)
        edits.append(edit)
        try bench.apply(edit)
      }
    }
    return nil
  }

  /// The first line in which the answers differ after these edits, each looked at; nil for none.
  private func difference(_ edits: [RandomEdit], _ plugins: PluginCatalog) throws -> String? {
    let bench = try Bench(plugins)
    var remembered: [String] = []
    for edit in edits {
      try bench.apply(edit)
      remembered = bench.remembered()
    }
    let fresh = try bench.fresh()
    if remembered == fresh { return nil }
    let index = zip(remembered, fresh).prefix { $0 == $1 }.count
    return
      "remembered: \(index < remembered.count ? remembered[index] : "(nothing)")\nfrom nothing: \(index < fresh.count ? fresh[index] : "(nothing)")"
  }

  /// The same failure with fewer edits: halves, quarters and so on are left out as long as a difference stays.
  private func shortened<Edit>(_ edits: [Edit], while fails: ([Edit]) throws -> Bool) rethrows -> [Edit] {
    var best = edits
    guard try fails(best) else { return best }
    var size = best.count / 2
    var tries = 0
    while size > 0, tries < 200 {
      var start = 0
      while start < best.count, tries < 200 {
        var fewer = best
        fewer.removeSubrange(start..<min(start + size, fewer.count))
        tries += 1
        if !fewer.isEmpty, try fails(fewer) { best = fewer } else { start += size }
      }
      size /= 2
    }
    return best
  }
}
