// Declarations that are kept: nothing changed, no plugin file is evaluated; and whatever made them, a change of it is seen.

import Diagnostics
import Fingerprints
import Foundation
import Options
import Scheduling
import Starlark
import Store
import Targets
import TestSupport
import Testing

@testable import Plugins

@Suite struct DeclarationMemoTests {
  /// One registration of each kind, with a value for everything that a registration can be given.
  private static let everything = [
    "core/plugin.star": "plugin(name = 'baji.core', api = 1)",
    "all/plugin.star": """
    plugin(name = "all.of", api = 1, aliases = ["pants.all", "pants.of"])
    load("library.star", "other", "pick")
    opts = subsystem("all", doc = "All there is.", options = {
        "args": option.args(default = ["-a", "b c"], doc = "d"),
        "truth": option.bool(True, default_with_pants = False, advanced = True),
        "number": option.int(-7),
        "ratio": option.float(0.25),
        "text": option.string("é", doc = "a longer text than fifteen bytes"),
        "choice": option.string("x", choices = ["x", "y"]),
        "texts": option.string_list(["p", "q"]),
        "choices": option.string_list(["x"], choices = ["x", "y"]),
        "table": option.dict({"a": [1, {"b": None}], "c": 1.5}),
        "unset": option.string(),
        "allow_none": option.bool(False),
    })
    thing = target_type("thing", doc = "A thing.", fields = {
        "source": field.source("a.x", required = True, extensions = [".x"], doc = "s", aliases = ["src"]),
        "bool": field.bool(True),
        "int": field.int(3, min = -2),
        "float": field.float(0.5, quiet = True),
        "string": field.string("a:b", choices = ["a:b"], parts = ["one", "two"], owns = True),
        "list": field.string_list(["a", "b"], deprecated = "do not"),
        "either": field.string_or_list("x"),
        "map": field.string_dict({"k": "v"}),
        "dict": field.dict({1: [True, None, {"x": 2.5}]}),
        "any": field.any([1, "two"]),
        "dependencies": field.dependencies(),
        "needs": field.addresses(),
        "files": field.sources(["*.y", "!z.y"]),
    })
    target_generator("things", doc = "Things.", generates = thing, sources = ["*.x"], fields = {"own": field.bool()})
    def _made(ctx, target): return [{"name": "made", "fields": {"source": "a.x"}}]
    target_generator("made_things", generates = thing, generate = _made, moved = ["bool", "list"])
    extra_fields(["thing", "nobody"], {"skip_all": field.bool(False), "more": field.string()})
    buildfile_function("artifact", ["name", "version"])
    def _settings(ctx): return {"known": ["known"], "unowned": ctx.options(opts).choice == "x" and "warning" or "ignore"}
    infer_dependencies(thing, scan = scan.python, resolve = resolve.modules(_settings))
    infer_dependencies([thing, other], scan = scan.shell, resolve = resolve.owners_of_files)
    infer_dependencies(other, scan = scan.shell, resolve = lambda ctx, path: None)
    infer_dependencies(other, resolve = resolve.fields(lambda ctx, target: []))
    provides_modules(thing, module.from_path(extensions = [".x", ".y"], package_file = "__init__", stub_extensions = [".y"]))
    provides_modules([other], module.listed(lambda ctx, target: {"modules": ["m"]}))
    source_root_patterns(["lib", "src/*"])
    tailor(thing, files = ["*.x", "!y.x"], name = "own", accept = lambda ctx, path: True)
    tailor_data("things", name = "data", users = [thing], ignore = ["*.md"])
    implicit_source_roots(patterns = ["t"], markers = ["m.x"], package_files = ["p.x"])
    foreign_folders(names = ["vendor"], marks = ["v.x"])
    detect(["a.x", ("b.x", ["mark"])], options = lambda ctx: [])
    reads_files([thing, other], files = lambda ctx, target: [], parts = lambda ctx, path, text, targets: [])
    reads_files(thing, files = pick)
    configured_by(["all-lint"], [".all", "//all"])
    configured_by(["all-lint", "all-fmt"], pick)
    def _run(ctx, what, *more): return ctx.action(argv = ["true"])
    linter("all-lint", targets = ["thing"], options = opts, scope = "closure", run = _run, exit_codes = {"clean": [0, 3], "findings": [1, 2]},
        diagnostics = diagnostics.regex("(?<path>[^:]+):(?<line>[0-9]+)", ignore = "^note", stream = "both"), partition = pick,
        skip_fields = ["skip_a", "skip_b"])
    linter("gcc", targets = ["thing"], run = _run, diagnostics = diagnostics.gcc)
    formatter("all-fmt", build_files = True, run = _run)
    fixer("all-fix", targets = ["other"], run = _run)
    checker("all-check", targets = ["thing"], options = opts, run = _run, partition = pick, exit_codes = {"findings": [9]},
        diagnostics = diagnostics.regex("(?<path>.+)"))
    tester("all-test", targets = ["thing"], options = opts, run = _run, batch_key = pick, report = _run, allow_none = "allow_none",
        exit_codes = {"passed": [0, 4], "none": [5]})
    packager("all-package", targets = ["thing"], run = _run)
    publisher("all-publish", targets = ["thing"], files = ["*.x"], places = pick, look = _run, run = _run, needs = pick)
    runner("all-run", targets = ["thing"], run = _run)
    codegen("all-gen", targets = ["thing"], run = _run)
    repl("all-repl", targets = ["thing"], run = _run)
    exporter("all-export", names = pick, run = _run)
    lockfile_generator("all-lock", names = pick, path = pick, run = _run, pins = pick)
    """,
    "all/library.star": """
    other = target_type("other", fields = {})
    def pick(ctx, *what): return "picked"
    repl("library-repl", targets = ["other"], run = pick)
    """,
    "all/data.txt": "data",
    "else/plugin.star": "plugin(name = 'else.where', api = 1)\ntarget_type('elsewhere', fields = {})",
  ]

  private static let wanted = ["pants.all"]

  private func catalog(_ texts: [String: String], _ wanted: [String] = wanted, in store: Store) -> PluginCatalog {
    PluginCatalog(pluginFiles(texts), only: wanted, rememberedIn: store)
  }

  @Test func whatIsRememberedIsWhatWasDeclared() throws {
    try withPlanStore { store in
      let made = catalog(Self.everything, in: store)
      #expect(made.broken.map(told) == [])
      #expect(made.evaluatedFileCount == 3)
      let kept = catalog(Self.everything, in: store)
      #expect(kept.evaluatedFileCount == 0)
      #expect(kept.backends.map(description) == made.backends.map(description))
      #expect(kept.backend(named: "pants.of")?.name == "all.of")
      #expect(told { "\(try kept.enabled(["baji.elsewhere"]))" } == told { "\(try made.enabled(["baji.elsewhere"]))" })
    }
  }

  @Test func theShippedPluginsAreRememberedAsDeclared() throws {
    try withPlanStore { store in
      let files = try shippedFiles()
      let names = PluginCatalog(files).backends.map(\.name)
      let made = PluginCatalog(files, only: names, rememberedIn: store)
      #expect(made.broken.map(told) == [])
      let kept = PluginCatalog(files, only: names, rememberedIn: store)
      #expect(kept.evaluatedFileCount == 0)
      for (kept, made) in zip(kept.backends, made.backends) { #expect(description(kept) == description(made)) }
      let (first, second) = (try EnabledPlugins(made.backends, files: files), try EnabledPlugins(kept.backends, files: files))
      #expect(second.identity(store.secret) == first.identity(store.secret))
      #expect(second.registry.fingerprint(with: store.secret) == first.registry.fingerprint(with: store.secret))
      for (a, b) in zip(first.fileTools, second.fileTools) {
        #expect(second.filesUsed(by: b.run, secret: store.secret) == first.filesUsed(by: a.run, secret: store.secret))
      }
    }
  }

  /// A field that the coding does not know would be lost: who adds one adds it to `DeclarationWriter`, `DeclarationReader` and here.
  @Test func theCodingKnowsEveryField() throws {
    let catalog = PluginCatalog(pluginFiles(Self.everything), only: Self.wanted)
    var counts: [String: Int] = [:]
    func count(_ value: Any) {
      let mirror = Mirror(reflecting: value)
      if mirror.displayStyle == .struct { counts["\(type(of: value))"] = mirror.children.count }
      if value is PluginFunction || value is Pattern { return }
      for child in mirror.children { count(child.value) }
    }
    catalog.backends.forEach(count)
    let known = [
      "Backend": 4, "Part": 2, "Declarations": 25, "TargetType": 5, "Field": 14, "Entry": 2, "ExtraFields": 2, "BuildFunction": 2,
      "OptionScope": 3, "OptionDefinition": 8, "InferenceDeclaration": 4, "ModuleDeclaration": 3, "PathNames": 3,
      "FileToolDeclaration": 12, "CheckerDeclaration": 8, "TargetToolDeclaration": 4, "Testing": 6, "NamedToolDeclaration": 5,
      "PluginFunction": 3, "TailorDeclaration": 4, "ImplicitDataRule": 4, "ImplicitSourceRoots": 3, "ForeignFolders": 2,
      "DetectionDeclaration": 2, "Sign": 2, "ReadingDeclaration": 3,
      "ConfigurationDeclaration": 3, "PublisherDeclaration": 7,
    ]
    #expect(counts.filter { known[$0.key] != nil } == known)
  }

  private static let changes: [(what: String, change: @Sendable (inout [String: String], inout [String]) -> Void)] = [
    ("the entry file", { files, _ in files["all/plugin.star"]?.append("\nsubsystem('new', options = {})\n") }),
    ("a file behind load()", { files, _ in files["all/library.star"]?.append("\nsubsystem('new', options = {})\n") }),
    ("the text alone of a function behind load()", { files, _ in files["all/library.star"]?.replace("picked", with: "chosen") }),
    ("a data file", { files, _ in files["all/data.txt"] = "other" }),
    ("a new file", { files, _ in files["all/new.star"] = "" }),
    ("a file less", { files, _ in files["else/plugin.star"] = nil }),
    ("a file under another name", { files, _ in files["all/data2.txt"] = files.removeValue(forKey: "all/data.txt") }),
    ("one more enabled", { _, wanted in wanted.append("else.where") }),
    ("another enabled", { _, wanted in wanted = ["else.where"] }),
    ("none enabled", { _, wanted in wanted = [] }),
    ("the order of the enabled", { _, wanted in wanted = ["else.where", "pants.all"] }),
  ]

  @Test(arguments: changes.indices)
  func whateverMadeThemIsSeen(index: Int) throws {
    let (what, change) = Self.changes[index]
    try withPlanStore { store in
      _ = catalog(Self.everything, in: store)
      var (files, wanted) = (Self.everything, Self.wanted)
      change(&files, &wanted)
      let changed = catalog(files, wanted, in: store)
      #expect(changed.evaluatedFileCount > 0, "\(what)")
      let fresh = PluginCatalog(pluginFiles(files), only: wanted)
      #expect(changed.backends.map(description) == fresh.backends.map(description), "\(what)")
      // And back again: both are remembered.
      #expect(catalog(files, wanted, in: store).evaluatedFileCount == 0, "\(what)")
      #expect(catalog(Self.everything, in: store).evaluatedFileCount == 0, "\(what)")
    }
  }

  @Test func anotherExecutableEvaluatesAnew() throws {
    try withPlanStore { store in
      let files = pluginFiles(Self.everything)
      func evaluated(_ engine: [Int64]) -> Int {
        PluginCatalog(files, only: Self.wanted, rememberedIn: store, engine: engine).evaluatedFileCount
      }
      #expect(Memo.engineVersion.count == 2)
      // Another size, another time, and the first again.
      #expect([[100, 1], [100, 1], [101, 1], [100, 2], [100, 1], Memo.engineVersion].map(evaluated) == [3, 0, 3, 3, 0, 3])
    }
  }

  @Test func whereAFileIsShownIsPartOfIt() throws {
    try withPlanStore { store in
      let files = pluginFiles(Self.everything)
      _ = PluginCatalog(files, only: Self.wanted, rememberedIn: store)
      let elsewhere = PluginFiles(files.files.map { .init(path: $0.path, shownPath: "other/\($0.path)", bytes: $0.bytes) })
      let catalog = PluginCatalog(elsewhere, only: Self.wanted, rememberedIn: store)
      #expect(catalog.evaluatedFileCount == 3)
    }
  }

  @Test func aBrokenPluginIsToldOfInEveryRun() throws {
    try withPlanStore { store in
      var files = Self.everything
      files["else/plugin.star"]?.append("\noops\n")
      for _ in 0..<3 {
        let catalog = catalog(files, ["pants.all", "else.where"], in: store)
        #expect(catalog.broken.map(told) == ["plugins/else/plugin.star:3:1: `oops` is not defined"])
        #expect(catalog.backends.map(\.name).sorted() == ["all.of", "baji.core"])
      }
      #expect(catalog(Self.everything, ["pants.all", "else.where"], in: store).broken.isEmpty)
    }
  }

  @Test func withoutAStoreTheyAreMadeEachTime() {
    let store = Store.disabled()
    for _ in 0..<2 { #expect(catalog(Self.everything, in: store).evaluatedFileCount == 3) }
  }

  @Test func whatCannotBeReadIsMadeAnew() throws {
    try withPlanStore { store in
      let files = pluginFiles(Self.everything)
      let bytes = DeclarationWriter.bytes(of: PluginCatalog(files, only: Self.wanted).backends, names: ["x"])
      let loader = PluginLoader(files)
      #expect(throws: Never.self) { try DeclarationReader.read(bytes, loader: loader) }
      for length in stride(from: 0, to: bytes.count, by: 37) {
        #expect(throws: MalformedBytes.self) { try DeclarationReader.read(Array(bytes.prefix(length)), loader: loader) }
      }
      #expect(throws: MalformedBytes.self) { try DeclarationReader.read(bytes + [0], loader: loader) }
    }
  }

  @Test func aRememberedFunctionIsFoundWhenItIsCalled() throws {
    try withPlanStore { store in
      let made = catalog(Self.everything, in: store)
      let kept = catalog(Self.everything, in: store)
      let (first, second) = (try plugins(made, Self.wanted), try plugins(kept, Self.wanted))
      let library = try #require(second.repls.first { $0.name == "library-repl" })
      #expect(library.run.place == first.repls.first { $0.name == "library-repl" }?.run.place)
      #expect(repr(try library.run.value()).contains("pick"))
      // The library alone: nothing that it does not load.
      #expect(kept.evaluatedFileCount == 1)
      let lint = try #require(second.fileTools.first { $0.name == "all-lint" })
      let batch = FileTool.Batch(status: 1, standardOutput: Array("a:1".utf8), standardError: [], paths: ["a", "b"])
      #expect(lint.diagnostics.attribute(batch) == first.fileTools.first?.diagnostics.attribute(batch))
      _ = try lint.run.value()
      #expect(kept.evaluatedFileCount == 2)
    }
  }

  @Test func settingsOfModulesAreRememberedByTheOptionsTheyRead() throws {
    try withPlanStore { store in
      let folder = try TemporaryDirectory()
      func ask(_ arguments: [String]) throws -> (unowned: ModuleSettings.Unowned?, evaluated: Int) {
        let catalog = catalog(Self.everything, in: store)
        let plugins = try plugins(catalog, Self.wanted)
        let sources = try OptionSources.read(arguments: arguments, environment: [:], workingDirectory: folder.path, root: folder.path)
        let options = try sources.parse(scopes: plugins.allScopes, goals: []).options
        for rule in try plugins.loadRules(options: options, store: store).inference {
          if case .modules(_, let settings) = rule.resolving {
            #expect(settings.known == ["known"])
            return (settings.unowned, catalog.evaluatedFileCount)
          }
        }
        return (nil, catalog.evaluatedFileCount)
      }
      #expect(try ask([]) == (.warning, 3))
      #expect(try ask([]) == (.warning, 0))
      #expect(try ask(["--all-choice=y"]) == (.ignore, 2))
      #expect(try ask(["--all-choice=y"]) == (.ignore, 0))
      #expect(try ask(["--level=debug"]) == (.warning, 0))
    }
  }

  private func plugins(_ catalog: PluginCatalog, _ wanted: [String]) throws -> EnabledPlugins {
    try EnabledPlugins(catalog.enabled(wanted).backends, files: catalog.files)
  }

  /// Everything in it, functions by their places.
  private func description(_ backend: Backend) -> String {
    var text = ""
    func describe(_ value: Any, _ depth: Int) {
      if let function = value as? PluginFunction {
        text += "\(function.place) at \(String(describing: function.location))\n"
      } else if let pattern = value as? Pattern {
        text += "\(pattern.text)\n"
      } else {
        let mirror = Mirror(reflecting: value)
        text += "\(type(of: value))" + (mirror.children.isEmpty ? " \(value)\n" : "\n")
        var children = mirror.children.map { ($0.label ?? "", $0.value) }
        if mirror.displayStyle == .dictionary { children.sort { "\($0.1)" < "\($1.1)" } }
        for (label, child) in children {
          text += String(repeating: " ", count: depth) + label + ": "
          describe(child, depth + 1)
        }
      }
    }
    describe(backend, 0)
    return text
  }
}
