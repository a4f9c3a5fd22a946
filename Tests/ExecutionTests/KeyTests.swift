// The key and its manifest: every kind of ingredient changes both, and the manifest says which.

import Execution
import Fingerprints
import Testing

let secret = Secret([UInt8](repeating: 7, count: Secret.size))!  // 192 bytes by construction

func fingerprint(_ text: String) -> Fingerprint { secret.fingerprint(of: text) }

func seal(_ ingredients: [Ingredient], base: SealedKey? = nil) -> SealedKey {
  var builder = KeyBuilder(secret, base: base)
  builder.add(ingredients)
  return builder.seal()
}

/// One of each kind: as it was, and as it is after a change. A new case does not compile until it has its mutation.
private func mutation(of kind: Ingredient.Kind) -> (old: Ingredient, new: Ingredient) {
  switch kind {
  case .engine: (.engine("1"), .engine("2"))
  case .platform: (.platform("linux-x86_64"), .platform("linux-arm64"))
  case .plugin: (.plugin(name: "p.star", fingerprint("a")), .plugin(name: "p.star", fingerprint("b")))
  case .tool: (.tool(name: "t", fingerprint("a"), version: "1"), .tool(name: "t", fingerprint("b"), version: "2"))
  case .option: (.option(name: "[t].args", value: ""), .option(name: "[t].args", value: "-x"))
  case .argument: (.argument(index: 1, value: "-a"), .argument(index: 1, value: "-b"))
  case .environment: (.environment(name: "CI", value: "0"), .environment(name: "CI", value: "1"))
  case .input:
    (.input(path: "a.x", isExecutable: false, fingerprint("a")), .input(path: "a.x", isExecutable: true, fingerprint("a")))
  case .inputSet: (.inputSet(name: "closure of a.x", fingerprint("a")), .inputSet(name: "closure of a.x", fingerprint("b")))
  case .output:
    (.output(name: "o", path: "out", kind: 0, isOptional: false), .output(name: "o", path: "out", kind: 0, isOptional: true))
  case .standardInput: (.standardInput(fingerprint("a")), .standardInput(fingerprint("b")))
  case .workingDirectory: (.workingDirectory(""), .workingDirectory("sub"))
  case .sandbox: (.sandbox(level: 0, network: false), .sandbox(level: 0, network: true))
  case .resultStatuses: (.resultStatuses([0]), .resultStatuses([0, 1]))
  case .runNumber: (.runNumber(1), .runNumber(2))
  case .inputLink: (.inputLink(path: "link", fingerprint("a")), .inputLink(path: "link", fingerprint("b")))
  case .inputTimes: (.inputTimes(1), .inputTimes(2))
  }
}

@Suite struct KeyTests {
  @Test(arguments: Ingredient.Kind.allCases)
  func everyIngredientChangesTheKeyAndIsNamed(kind: Ingredient.Kind) throws {
    let all = Ingredient.Kind.allCases.map { mutation(of: $0).old }
    let (old, new) = mutation(of: kind)
    #expect(old.kind == kind && new.kind == kind)
    let before = seal(all)
    let after = seal(all.map { $0 == old ? new : $0 })
    #expect(before.key != after.key)
    let change = try #require(after.manifest.difference(from: before.manifest).first)
    #expect(after.manifest.difference(from: before.manifest).count == 1)
    #expect(change.kind == (kind == .inputLink ? .input : kind))
    #expect(change.how == .changed)
    #expect(kind == .argument ? change.name == "-b" : change.name == new.name)

    let without = seal(all.filter { $0 != old })
    #expect(without.key != before.key)
    #expect(without.manifest.difference(from: before.manifest).map(\.how) == [.removed])
    #expect(before.manifest.difference(from: without.manifest).map(\.how) == [.added])
  }

  @Test(arguments: Ingredient.Kind.allCases)
  func everyIngredientIsReadBack(kind: Ingredient.Kind) {
    let sealed = seal([mutation(of: kind).new])
    #expect(sealed.manifest.ingredients == [mutation(of: kind).new])
  }

  @Test func orderAndRepetitionDoNotMatter() {
    let all = Ingredient.Kind.allCases.map { mutation(of: $0).old }
    #expect(seal(all).key == seal(all.reversed() + all).key)
    let twoValues: [Ingredient] = [.option(name: "o", value: "b"), .option(name: "o", value: "a")]
    #expect(seal(twoValues).key == seal(twoValues.reversed()).key)
    #expect(seal(twoValues).key != seal([twoValues[0]]).key)
  }

  @Test func argumentsKeepTheirOrderBeyondNine() {
    let arguments = (0..<12).map { Ingredient.argument(index: $0, value: "a\($0)") }
    #expect(seal(arguments).manifest.ingredients == arguments)
  }

  @Test func namesThatDifferInNormalFormOnlyAreTwo() {
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
    let both = seal([composed, decomposed].map { .input(path: $0, isExecutable: false, fingerprint("x")) })
    let one = seal([.input(path: composed, isExecutable: false, fingerprint("x"))])
    #expect(both.key != one.key)
    #expect(both.manifest.difference(from: one.manifest).map(\.how) == [.added])
  }

  @Test func aKeyWithABaseNamesEverything() {
    let base = seal([.engine("1"), .option(name: "[t].args", value: "-x")])
    let key = seal([.input(path: "a", isExecutable: false, fingerprint("a"))], base: base)
    let other = seal([.input(path: "b", isExecutable: false, fingerprint("a"))], base: base)
    #expect(key.key != other.key)
    #expect(key.manifest.ingredients.map(\.kind) == [.engine, .option, .input])
    let rebased = seal([.input(path: "a", isExecutable: false, fingerprint("a"))], base: seal([.engine("2")]))
    #expect(Set(rebased.manifest.difference(from: key.manifest).map(\.kind)) == [.engine, .option])
  }

  @Test func theKeyAloneIsTheSealedKey() {
    var builder = KeyBuilder(secret, base: seal([.engine("1")]))
    builder.add(.input(path: "a", isExecutable: false, fingerprint("a")))
    #expect(builder.key() == builder.seal().key)
  }

  @Test func equalFoldersAreSharedRecords() throws {
    func inputs(changing changed: String) -> [Ingredient] {
      (0..<20).flatMap { folder in
        (0..<10).map { file in
          let path = "src/d\(folder)/f\(file).x"
          return Ingredient.input(path: path, isExecutable: false, fingerprint(path == changed ? "new" : path))
        }
      }
    }
    let (old, new) = (seal(inputs(changing: "")), seal(inputs(changing: "src/d3/f4.x")))
    let own = Set(new.manifest.records.keys).subtracting(old.manifest.records.keys)
    #expect(own.count == 3)  // the root, the section, one folder
    #expect(new.manifest.difference(from: old.manifest) == [Change(.input, .changed, "src/d3/f4.x")])

    let read = Manifest(root: new.key) { new.manifest.records[$0] }
    #expect(read == new.manifest)
    #expect(Manifest(root: new.key) { old.manifest.records[$0] } == nil)
    var writer = ByteWriter()
    new.manifest.write(to: &writer)
    var reader = ByteReader(writer.bytes)
    #expect(try Manifest(from: &reader, secret: secret) == new.manifest)
    #expect(reader.isAtEnd)
  }

  @Test func extendedKeysAreTheBuiltOnes() {
    let base = seal([.engine("1")])
    var extended = ExtendedKeys(secret, base: base)
    let file = Ingredient.input(path: "a.x", isExecutable: false, fingerprint("a"))
    let link = Ingredient.inputLink(path: "a.x", fingerprint("a"))
    let scope = Ingredient.inputSet(name: "scope", fingerprint("s"))
    for (input, other) in [(file, nil), (file, scope), (link, scope), (link, nil), (file, file), (file, link)] {
      #expect(extended.key(input, other) == seal([input] + (other.map { [$0] } ?? []), base: base).key)
    }
  }
}

@Suite struct ActionKeyTests {
  private let context = KeyContext(secret: secret, engine: "1", platform: "linux-x86_64")

  private var action: Action {
    var action = Action(subject: "lint a", label: "lint a", argv: [.tool(0), "--jobs", .cpus, .joined(["--root=", .sandboxRoot]), "a.x"])
    action.tools = [Tool(name: "linter", path: "/usr/bin/linter", identity: fingerprint("linter"), version: "1.0")]
    return action
  }

  /// Every field of an action with changes to it: those that must change the key, and those that must not. A new field fails
  /// `everyFieldIsListed` until it stands here.
  private static let fields: [String: (counts: [@Sendable (inout Action) -> Void], doesNot: [@Sendable (inout Action) -> Void])] = [
    "subject": ([], [{ $0.subject = "other" }]),
    "label": ([], [{ $0.label = "other" }]),
    "argv": ([{ $0.argv.append("-x") }, { $0.argv[4] = "b.x" }, { $0.argv[2] = "{cpus}" }], []),
    "inputs": ([{ $0.inputs = [.file(InputFile(path: "c.x", isExecutable: false, fingerprint: fingerprint("c"), source: .blob))] }], []),
    "outputs": ([{ $0.outputs = [DeclaredOutput(name: "o", path: "out")] }], []),
    "environment": (
      [
        { $0.environment = ["A": "b"] }, { $0.environment = ["PATH": "/bin"] }, { $0.environment = ["A": .tool(0)] },
        { $0.environment = ["A": .joined([.tool(0), "/lib"])] }, { $0.environment = ["A": .sandboxRoot] },
        {
          $0.environment = ["A": .tool(1)]
          $0.tools.append(Tool(name: "cached", path: "/cached", identity: .absent, kind: .cache))
        },
      ], []
    ),
    "inputTimes": ([{ $0.inputTimes = .content }], []),
    "passthrough": ([], [{ $0.passthrough = ["HTTP_PROXY": "x"] }]),
    "secrets": ([], [{ $0.secrets = ["TOKEN": "x"] }]),
    "workingDirectory": ([{ $0.workingDirectory = "sub" }], []),
    "standardInput": ([{ $0.standardInput = [1] }, { $0.standardInput = [] }], []),
    "timeout": ([], [{ $0.timeout = 3 }]),
    // What a masked address in an argument stands for: the mask is in the key.
    "credentials": ([], [{ $0.credentials = ["https://***@index.example/": "https://name:word@index.example/"] }]),
    "cpus": ([], [{ $0.cpus = 4 }]),
    "memory": ([], [{ $0.memory = 1 << 30 }]),
    "network": ([{ $0.network = true }], []),
    "level": ([{ $0.level = .none }], []),
    "resultStatuses": ([{ $0.resultStatuses = [0, 1] }], []),
    // Which of the results is a success, and which are kept, is judged anew when a result is found.
    "successStatuses": ([], [{ $0.successStatuses = [] }]),
    "keepsFailures": ([], [{ $0.keepsFailures = false }]),
    "collectsFailures": ([], [{ $0.collectsFailures = true }]),
    "cache": ([], [{ $0.cache = .writeOnly }]),
    "tools": (
      [
        { $0.tools = [Tool(name: "linter", path: "/usr/bin/linter", identity: fingerprint("other"), version: "1.0")] },
        { $0.tools = [Tool(name: "other", path: "/usr/bin/linter", identity: fingerprint("linter"), version: "1.0")] },
      ],
      // What lies in a cache is in no key, nor is a cache that no argument names.
      [
        { $0.tools.append(Tool(name: "cached", path: "/cached", identity: .absent, kind: .cache)) },
        { $0.tools = [Tool(name: "linter", path: "/opt/linter", identity: fingerprint("linter"), version: "1.0")] },
      ]
    ),
    "options": ([{ $0.options = ["[linter].args": ""] }], []),
    "plugins": ([{ $0.plugins = ["p.star": fingerprint("p")] }], []),
    "runNumber": ([{ $0.runNumber = 1 }], []),
  ]

  @Test func everyFieldIsListed() {
    let names = Mirror(reflecting: action).children.compactMap(\.label)
    #expect(Set(names) == Set(Self.fields.keys))
    for (name, changes) in Self.fields { #expect(changes.counts.count + changes.doesNot.count > 0, "\(name) has no change") }
  }

  /// By both keys: the one the look-up begins with, and the one the result is kept under.
  @Test(arguments: [1, 2]) func aFieldChangesTheKeyOrDoesNot(level: Int) throws {
    func key(_ change: (inout Action) -> Void) throws -> Fingerprint {
      var action = action
      change(&action)
      guard level == 2 else { return action.firstLevelKey(context) { _ in [] }.key }
      return action.secondLevelKey(context, files: try action.expandedInputs { _ in [] }).key
    }
    var keys: Set<Fingerprint> = [try key { _ in }]
    let plain = try key { _ in }
    for (name, changes) in Self.fields {
      for change in changes.counts { #expect(keys.insert(try key(change)).inserted, "\(name) does not count") }
      for change in changes.doesNot { #expect(try key(change) == plain, "\(name) counts") }
    }
  }

  @Test func keysMadeOneAfterAnotherAreTheSealedOnes() {
    let changes: [(inout Action) -> Void] = [
      { _ in }, { _ in }, { $0.argv.append("-x") }, { $0.environment = ["A": "b"] }, { $0.environment = ["A": "c", "B": "d"] },
      { $0.workingDirectory = "sub" }, { $0.standardInput = [1] }, { $0.network = true }, { $0.level = .none },
      { $0.resultStatuses = [0, 1] }, { $0.runNumber = 1 }, { $0.inputTimes = .content },
      { $0.environment = ["A": .tool(0)] }, { $0.options = ["[linter].b": "1", "[linter].a": "2"] },
      { $0.plugins = ["q.star": fingerprint("q"), "p.star": fingerprint("p")] },
      { $0.outputs = [DeclaredOutput(name: "o", path: "out")] },
      { $0.tools = [Tool(name: "linter", path: "/usr/bin/linter", identity: fingerprint("other"))] },
      { $0.inputs = [.set(InputSet(name: "closure", fingerprint: fingerprint("deep")) { [] })] },
    ]
    var maker = FirstLevelKeys(context)
    for change in changes + changes.reversed() {
      var changed = action
      change(&changed)
      #expect(maker.key(of: changed) { _ in [] } == changed.firstLevelKey(context) { _ in [] }.key)
    }
  }

  @Test func twoToolsOfOneNameAreToldApart() {
    func key(_ first: Int) -> Fingerprint {
      var action = Action(subject: "s", label: "s", argv: [.tool(first), .tool(1 - first)])
      action.tools = ["a", "b"].map { Tool(name: "t", path: "/\($0)", identity: fingerprint($0)) }
      return action.secondLevelKey(context, files: []).key
    }
    #expect(key(0) != key(1))
  }

  @Test func setsAreNamedFirstAndListedSecond() throws {
    var action = action
    let file = InputFile(path: "b.x", isExecutable: false, fingerprint: fingerprint("b"), source: .workspace("b.x"))
    action.inputs = [
      .set(InputSet(name: "closure of a.x", fingerprint: fingerprint("deep")) { [file] }),
      .file(file),
      .output(of: 3, name: "gen", under: "gen"),
    ]
    let produced = [
      ProducedFile(output: "gen", path: "x", isExecutable: true, fingerprint: fingerprint("x")),
      ProducedFile(output: "gen", path: "l", isExecutable: false, fingerprint: fingerprint("x"), isLink: true),
      ProducedFile(output: "log", path: "y", isExecutable: true, fingerprint: fingerprint("y")),
    ]
    let first = action.firstLevelKey(context) { $0 == 3 ? produced : [] }
    #expect(first.manifest.ingredients.contains(.inputSet(name: "closure of a.x", fingerprint("deep"))))
    let files = try action.expandedInputs { $0 == 3 ? produced : [] }
    #expect(files.map(\.path) == ["b.x", "gen/l", "gen/x"])
    #expect(files.map(\.ingredient.kind) == [.input, .inputLink, .input])
    let second = action.secondLevelKey(context, files: files)
    #expect(!second.manifest.ingredients.contains { $0.kind == .inputSet })
    #expect(second.manifest.ingredients.contains(file.ingredient))

    action.inputs.append(.file(InputFile(path: "b.x", isExecutable: true, fingerprint: fingerprint("b"), source: .workspace("b.x"))))
    #expect(throws: ConflictingInputs(path: "b.x")) { try action.expandedInputs { _ in [] } }
  }
}
