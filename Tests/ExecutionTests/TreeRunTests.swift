// Trees and caches as actions use them: named by what goes into them, built when the first action needs them, never half.

import Dispatch
import Events
import Execution
import Fingerprints
import Glibc
import Host
import Store
import Synchronization
import TestSupport
import Testing

/// A lab with a store on disk.
private struct TreeLab: Sendable {
  let folder: TemporaryDirectory
  let store: Store
  let events = Events()
  let runner: LocalRunner

  final class Events: Sendable {
    private let all = Mutex<[Event]>([])
    func add(_ event: Event) { all.withLock { $0.append(event) } }
    var names: [String] {
      all.withLock {
        $0.compactMap { event in
          switch event {
          case .installing(_, let name): "installing \(name)"
          case .installed(_, let name, let how, _): "\(name) \(how)"
          default: nil
          }
        }
      }
    }
  }

  init(_ folder: TemporaryDirectory? = nil) throws {
    let folder = try folder ?? TemporaryDirectory()
    self.folder = folder
    store = try Store.open(at: "\(folder.path)/v1", mapSize: 64 << 20) { Issue.record("\($0)") }
    var settings = LocalRunner.Settings(workspace: folder.path)
    settings.grace = .milliseconds(300)
    settings.report = { [events] in events.add($0) }
    let sandboxes = "\(folder.path)/sandboxes"
    runner = LocalRunner(settings, store: store) { SandboxPlaces(memory: [], disk: [sandboxes]) }
  }

  /// A tree that a script builds; `$ROOT` is its folder.
  func tree(
    _ name: String, _ script: String, uses: [Tool] = [], change: (inout Action) -> Void = { _ in },
    platform: String = "here", hint: @escaping @Sendable (String) -> String? = { _ in nil }
  ) -> Tool {
    var action = Action(subject: "", label: "", argv: ["/bin/sh", "-e", "-c", .text(script), "sh"])
    action.tools = [.treeRoot] + uses
    action.environment["ROOT"] = .tool(0)
    for index in uses.indices { action.environment["USED\(index)"] = .tool(index + 1) }
    change(&action)
    return Tool(TreeBuild(name: name, action: action, store: store, platform: platform, hint: hint), in: store)
  }

  func run(_ tools: [Tool], _ argv: Argument..., cancellation: Cancellation = Cancellation()) -> ActionResult {
    var action = Action(subject: "s", label: "s", argv: argv)
    action.tools = tools
    return runner.run(PreparedAction(action, id: 0, files: []), cancellation: cancellation, renew: { _ in })
  }

  func text(_ output: CapturedOutput) -> String {
    if case .inline(let bytes) = output { String(decoding: bytes, as: UTF8.self) } else { "" }
  }

  /// What is left of trees, locks and records aside.
  var trees: [String] {
    ((try? Files.names(in: "\(store.folder)/trees")) ?? []).filter { !$0.hasSuffix(".lock") && !$0.hasSuffix(".complete") }
  }
}

private let program = "mkdir $ROOT/bin; printf '#!/bin/sh\\necho made \"$@\"\\n' > $ROOT/bin/made; chmod +x $ROOT/bin/made"

@Suite struct TreeRunTests {
  /// What a killed run's installer has left writes no more where the tree is made anew; what belongs to a living run stays.
  @Test(arguments: [false, true]) func whatAKilledRunLeftWritesNoMore(ownerLives: Bool) throws {
    let lab = try TreeLab()
    let tree = lab.tree("tool", program)
    let owner = ownerLives ? getpid() : 4_000_000  // above what Linux gives out
    let script = "while :; do mkdir -p \"$1/bin\"; echo left > \"$1/bin/left\"; echo $$ > \"$2\"; sleep 0.01; done"
    let file = "\(lab.folder.path)/pid"
    var number: pid_t = 0
    let words = ["/bin/sh", "-c", script, "sh", tree.path, file]
    let settings = ["BAJI_ACTION=\(owner)-abcdefgh.1", "PATH=/usr/bin:/bin"]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = settings.map { strdup($0) } + [nil]
    defer { for pointer in arguments + variables { free(pointer) } }
    #expect(posix_spawn(&number, "/bin/sh", nil, nil, &arguments, &variables) == 0)
    defer {
      kill(number, SIGKILL)
      waitpid(number, nil, 0)
    }
    while (try? Files.read(file))?.isEmpty != false { usleep(5_000) }

    let result = lab.run([tree], .joined([.tool(0), .text("/bin/made")]), "it")
    if ownerLives {
      #expect(ProcessAlive.check(number), "a living run's own")
    } else {
      #expect(lab.text(result.standardOutput) == "made it\n", "\(result.ending) \(lab.text(result.standardError))")
      #expect(!ProcessAlive.check(number))
      #expect(try Files.names(in: "\(tree.path)/bin") == ["made"])
    }
  }

  @Test func aTreeIsBuiltForTheFirstActionAndThenUsed() throws {
    let lab = try TreeLab()
    let tree = lab.tree("made 1", program)
    #expect(lab.trees == [])
    for argument in ["a", "b"] {
      let result = lab.run([tree], .joined([.tool(0), "/bin/made"]), .text(argument))
      #expect(result.ending == .exited(0))
      #expect(lab.text(result.standardOutput) == "made \(argument)\n")
    }
    #expect(lab.events.names == ["installing made 1", "made 1 succeeded"])
    #expect(tree.path == "\(lab.store.folder)/trees/\(tree.identity)")
    lab.store.close()

    let later = try TreeLab(lab.folder)
    #expect(later.run([later.tree("made 1", program)], .joined([.tool(0), "/bin/made"])).ending == .exited(0))
    #expect(later.events.names == [])
    later.store.close()
  }

  @Test func aTreeMayUseAnother() throws {
    let lab = try TreeLab()
    let first = lab.tree("first", program)
    let second = lab.tree("second", "$USED0/bin/made of first > $ROOT/text", uses: [first])
    let result = lab.run([second], "/bin/cat", .joined([.tool(0), "/text"]))
    #expect(lab.text(result.standardOutput) == "made of first\n")
    #expect(lab.events.names == ["installing second", "installing first", "first succeeded", "second succeeded"])
  }

  /// Whatever goes into a tree names it; whatever only describes it does not.
  @Test func everyIngredientOfARecipeCounts() throws {
    let lab = try TreeLab()
    let secret = lab.store.secret
    func recipe(_ name: String = "t", _ script: String = "true", platform: String = "here", change: (inout Action) -> Void = { _ in })
      -> Fingerprint
    { lab.tree(name, script, change: change, platform: platform).identity }
    func program(_ path: String, _ content: String) -> Tool { Tool(name: "p", path: path, identity: secret.fingerprint(of: content)) }
    func lock(_ text: String) -> Input {
      .file(InputFile(path: "lock", isExecutable: false, fingerprint: secret.fingerprint(of: text), source: .bytes(Array(text.utf8))))
    }
    var recipes: Set<Fingerprint> = [recipe()]
    let counting: [(inout Action) -> Void] = [
      { $0.argv.append("-x") }, { $0.inputs = [lock("a")] }, { $0.inputs = [lock("b")] }, { $0.environment["A"] = "b" },
      { $0.network = true }, { $0.workingDirectory = "d" }, { $0.standardInput = [1] }, { $0.tools.append(program("/p", "a")) },
      { $0.tools.append(program("/p", "b")) }, { $0.tools.append(program("/q", "a")) }, { $0.inputTimes = .content },
    ]
    for (index, change) in counting.enumerated() {
      #expect(recipes.insert(recipe(change: change)).inserted, "change \(index) does not count")
    }
    #expect(recipes.insert(recipe(platform: "there")).inserted)
    #expect(recipes.insert(recipe("t", "false")).inserted)
    let passing: [(inout Action) -> Void] = [
      { $0.passthrough = ["HTTP_PROXY": "x"] }, { $0.secrets = ["TOKEN": "x"] }, { $0.timeout = 3 }, { $0.cpus = 4 },
      { $0.options = ["[t].version": "1"] }, { $0.plugins = ["p.star": secret.fingerprint(of: "p")] },
    ]
    for (index, change) in passing.enumerated() { #expect(recipe(change: change) == recipe(), "change \(index) counts") }
    #expect(recipe("another name") == recipe())
    let elsewhere = try TreeLab()
    try Files.write(try Files.read("\(lab.store.folder)/secret"), to: "\(elsewhere.folder.path)/secret")
    #expect(lab.store.folder != elsewhere.store.folder)
    #expect(elsewhere.tree("t", "true").identity != recipe())
  }

  @Test func aTreeIsInTheKeyByItsRecipeAndNotByItsPath() throws {
    let lab = try TreeLab()
    let context = KeyContext(secret: lab.store.secret, engine: "1", platform: "here")
    func key(_ tool: Tool) -> Fingerprint {
      var action = Action(subject: "s", label: "s", argv: [.joined([.tool(0), "/bin/x"])])
      action.tools = [tool]
      return action.firstLevelKey(context) { _ in [] }.key
    }
    let tree = lab.tree("t", "true")
    #expect(key(tree) != key(lab.tree("t", "false")))
    #expect(key(tree) == key(Tool(name: "t", path: "/elsewhere", identity: tree.identity, kind: tree.kind)))
  }

  @Test func aFailureIsToldOnceWithItsOutputAndLeavesNothing() throws {
    let lab = try TreeLab()
    let tree = lab.tree(
      "bad 1", "touch $ROOT/half; echo one; echo 'no network' >&2; exit 7",
      hint: { $0.contains("no network") ? "is the proxy set?" : nil })
    let first = lab.run([tree], "/bin/true")
    #expect(first.ending == .notStarted("`bad 1` could not be installed: the installer ended with status 7 (is the proxy set?)"))
    #expect(lab.text(first.standardError) == "one\nno network")
    #expect(lab.trees == [])
    let second = lab.run([tree], "/bin/true")
    #expect(second.ending == first.ending)
    #expect(lab.text(second.standardError) == "")
    #expect(lab.events.names == ["installing bad 1", "bad 1 failed"])
    // Who needs it to build another tree fails for the same reason.
    #expect(lab.run([lab.tree("above", "true", uses: [tree])], "/bin/true").ending != .exited(0))
  }

  @Test func anInterruptionEndsTheInstallationAndLeavesNothing() throws {
    let lab = try TreeLab()
    let cancellation = Cancellation()
    let tree = lab.tree("slow", "touch $ROOT/half; sleep 600")
    DispatchQueue.global().async {
      while lab.events.names.isEmpty { usleep(10_000) }
      usleep(100_000)
      cancellation.cancel()
    }
    // A second one waits for the same tree and gives up too.
    #expect(endings(of: 2) { lab.run([tree], "/bin/true", cancellation: cancellation) } == [.cancelled, .cancelled])
    #expect(lab.trees == [])
  }

  /// Of so many calls at once.
  private func endings(of count: Int, _ body: @escaping @Sendable () -> ActionResult) -> [ActionResult.Ending] {
    let endings = Mutexed()
    for _ in 0..<count {
      DispatchQueue.global().async {
        let ending = body().ending
        endings.all.withLock { $0.append(ending) }
      }
    }
    while endings.all.withLock({ $0.count < count }) { usleep(10_000) }
    return endings.all.withLock { $0 }
  }

  private final class Mutexed: Sendable { let all = Mutex<[ActionResult.Ending]>([]) }

  @Test func manyThreadsShareOneInstallation() throws {
    let lab = try TreeLab()
    let tree = lab.tree("shared", "sleep 0.3; " + program)
    let all = endings(of: 6) { lab.run([tree], .joined([.tool(0), "/bin/made"])) }
    #expect(all == Array(repeating: .exited(0), count: 6))
    #expect(lab.events.names == ["installing shared", "shared succeeded"])
  }

  @Test func aChangedInputIsNotInstalledUnderTheOldName() throws {
    let lab = try TreeLab()
    try lab.folder.write(["lock": "new"])
    let file = InputFile(
      path: "lock", isExecutable: false, fingerprint: lab.store.secret.fingerprint(of: "old"), source: .workspace("lock"))
    let tree = lab.tree("t", "cat lock > $ROOT/lock", change: { $0.inputs = [.file(file)] })
    #expect(lab.run([tree], "/bin/true").ending == .inputsChanged(["lock"]))
    #expect(lab.trees == [])
  }

  @Test func aProgramThatIsGoneIsToldBeforeAnythingStarts() throws {
    let lab = try TreeLab()
    let gone = Tool(name: "tool-1", path: "\(lab.folder.path)/tool-1", identity: .absent)
    let expected = "`tool-1` was at `\(lab.folder.path)/tool-1` when this run was planned, and is not there any more"
    #expect(lab.run([gone], .tool(0)).ending == .notStarted(expected))
    // As well where it is to install something.
    #expect(
      lab.run([lab.tree("t", "true", uses: [gone])], "/bin/true").ending == .notStarted("`t` could not be installed: \(expected)"))
  }

  @Test func aCacheOutlivesRunsAndIsCollectedByItsLastUse() throws {
    let lab = try TreeLab()
    let script = "echo x >> $0/log; wc -l < $0/log"
    let counts = (0..<2).map { _ in
      let result = lab.run([Tool(cache: "tool-1", in: lab.store)], "/bin/sh", "-c", .text(script), .tool(0))
      return lab.text(result.standardOutput).filter { !$0.isWhitespace }
    }
    #expect(counts == ["1", "2"])
    #expect(try Files.names(in: "\(lab.store.folder)/caches") == ["tool-1"])
    lab.store.close()
  }

  @Test func timesFollowTheContentWhereThatIsAskedFor() throws {
    let lab = try TreeLab()
    func time(_ content: String, _ times: InputTimes) throws -> String {
      let bytes = Array(content.utf8)
      var action = Action(subject: "s", label: "s", argv: ["/usr/bin/stat", "-c", "%Y", "f"])
      action.inputTimes = times
      let file = InputFile(path: "f", isExecutable: false, fingerprint: lab.store.secret.fingerprint(of: bytes), source: .bytes(bytes))
      return lab.text(
        lab.runner.run(PreparedAction(action, id: 0, files: [file]), cancellation: Cancellation(), renew: { _ in }).standardOutput)
    }
    #expect(try time("a", .fixed) == "315532800\n")
    #expect(try time("a", .fixed) == time("b", .fixed))
    #expect(try time("a", .content) == time("a", .content))
    #expect(try time("a", .content) != time("b", .content))
    #expect(try Int(time("a", .content).dropLast()) ?? 0 >= 315_532_800)
  }

  @Test(arguments: [
    ("https://user:pa%40ssword@host/simple", ["user:pa%40ssword", "user:pa@ssword", "pa%40ssword", "pa@ssword"]),
    ("https://token1234@host https://host/a@b", ["token1234"]), ("user:password@host", []), ("http://a:b@h", []), ("", []),
  ])
  func passwordsInVariablesAreMasked(value: String, expected: [String]) throws {
    let lab = try TreeLab()
    var action = Action(subject: "s", label: "s", argv: ["/bin/sh", "-c", "for word in $WORDS; do echo \"[$word]\"; done"])
    action.passthrough = ["INDEX": value]
    action.environment = ["WORDS": .text(expected.joined(separator: " "))]
    let result = lab.runner.run(PreparedAction(action, id: 0, files: []), cancellation: Cancellation(), renew: { _ in })
    #expect(lab.text(result.standardOutput) == String(repeating: "[***]\n", count: expected.count))
  }
}

private enum ProcessAlive {
  /// Whether a child of ours still runs.
  static func check(_ number: pid_t) -> Bool {
    var status: Int32 = 0
    return waitpid(number, &status, WNOHANG) == 0
  }
}
