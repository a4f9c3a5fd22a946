// Actions as real processes: how they end, what they see, what they leave.

import Execution
import Fingerprints
import Glibc
import Host
import Store
import TestSupport
import Testing

@Suite struct LocalRunnerTests {
  @Test(arguments: [
    ("exit 0", ActionResult.Ending.exited(0)), ("exit 7", .exited(7)), ("kill -SEGV $$", .signalled(SIGSEGV)),
    ("kill -KILL $$", .signalled(SIGKILL)),
  ])
  func saysHowItEnded(script: String, ending: ActionResult.Ending) throws {
    let lab = try Lab()
    #expect(lab.run(lab.script(script)).ending == ending)
    #expect(try Files.names(in: lab.sandboxes) == [])
  }

  @Test func capturesBothStreamsAndBytesThatAreNoText() throws {
    let lab = try Lab()
    let result = lab.run(lab.script("printf 'out\\377\\000'; echo error >&2"))
    #expect(result.standardOutput == .inline([0x6F, 0x75, 0x74, 0xFF, 0x00]))
    #expect(result.standardError == .inline(Array("error\n".utf8)))
    #expect(result.usage.wall > 0 && result.usage.peakMemory > 0)
  }

  @Test func seesExactlyTheDeclaredEnvironment() throws {
    let lab = try Lab()
    var action = Action(subject: "env", label: "env", argv: ["env"])
    action.environment = ["DECLARED": "a b\nc", "LANG": "C"]
    action.passthrough = ["PROXY": "p"]
    action.secrets = ["TOKEN": "hunter2hunter2"]
    let result = lab.run(action)
    let lines = try lab.text(result.standardOutput).split(separator: "\n").filter { !$0.hasPrefix("BAJI_ACTION=") }.sorted()
    #expect(
      lines == [
        "DECLARED=a b", "HOME={sandbox}/../home", "LANG=C", "PATH=/usr/bin:/bin", "PROXY=p", "SOURCE_DATE_EPOCH=315532800",
        "TMPDIR={sandbox}/../tmp", "TOKEN=***", "TZ=UTC", "c",
      ])
  }

  @Test func insideTheSandboxIsWhatWasDeclaredAndNothingElse() throws {
    let lab = try Lab(["src/a b\n.txt": "one", "src/run": "#!/bin/sh\necho ran", "secret.txt": "x"])
    let blob = lab.store.putBlob(Array("blob".utf8))
    var action = lab.script(
      "umask; printf '%s;' * ../*; cat 'a b\n.txt' ../gen/bytes ../gen/blob ../link; ./run; stat -c '%a %Y' run 'a b\n.txt' ../gen/blob; "
        + "test -w \"$HOME\" && test -w \"$TMPDIR\" && echo writable; pwd")
    action.workingDirectory = "src"
    let result = lab.run(
      action,
      [
        InputFile(path: "gen/blob", isExecutable: false, fingerprint: blob, source: .blob),
        InputFile(
          path: "gen/bytes", isExecutable: false, fingerprint: lab.store.secret.fingerprint(of: "bytes"),
          source: .bytes(Array("bytes".utf8))),
        InputFile(path: "link", isExecutable: false, fingerprint: lab.store.secret.fingerprint(of: "gen/blob"), source: .link("gen/blob")),
        try lab.input("src/a b\n.txt"), try lab.input("src/run"),
      ])
    #expect(try lab.text(result.standardError) == "")
    #expect(
      try lab.text(result.standardOutput)
        == "0022\na b\n.txt;run;../gen;../link;../src;onebytesblobblobran\n755 315532800\n644 315532800\n644 315532800\nwritable\n{sandbox}/src\n"
    )
  }

  @Test func readsItsStandardInput() throws {
    let lab = try Lab()
    var action = lab.script("wc -c")
    action.standardInput = [UInt8](repeating: 65, count: 3_000_000)
    #expect(try lab.text(lab.run(action).standardOutput) == "3000000\n")
    action = lab.script("read -r line; echo \"$line\"; exec 0<&-; exit 3")  // does not want the rest
    action.standardInput = Array("first\n".utf8) + [UInt8](repeating: 65, count: 3_000_000)
    let result = lab.run(action)
    #expect(result.ending == .exited(3))
    #expect(try lab.text(result.standardOutput) == "first\n")
    #expect(try lab.text(lab.run(lab.script("wc -c")).standardOutput) == "0\n")
  }

  @Test func twoHundredMegabytesOfOutputAreBounded() throws {
    let lab = try Lab()
    let result = lab.run(lab.script("echo begin; head -c 200000000 /dev/zero; echo end; head -c 30000 /dev/zero >&2"))
    #expect(result.ending == .exited(0))
    guard case .blob(let fingerprint, let size, let omitted) = result.standardOutput else {
      Issue.record("expected a blob")
      return
    }
    #expect(size < (64 << 20) + 100)
    #expect(omitted == 200_000_010 - (64 << 20))
    let kept = try #require(lab.store.blob(fingerprint))
    #expect(kept.starts(with: "begin\n".utf8) && kept.suffix(4).elementsEqual("end\n".utf8))
    #expect(try lab.bytes(result.standardError).count == 30_000)
  }

  @Test func secretsAreMaskedWhereverTheyAreWritten() throws {
    let lab = try Lab()
    var action = lab.script("printf 'swor'; sleep 0.2; printf 'dfish!\\n'; echo \"x${S}y\" >&2; pwd")
    action.secrets = ["S": "swordfish"]
    let result = lab.run(action)
    #expect(try lab.text(result.standardOutput) == "***!\n{sandbox}\n")
    #expect(try lab.text(result.standardError) == "x***y\n")
  }

  @Test func takesItsOutputs() throws {
    let lab = try Lab()
    var action = lab.script(
      "echo one > out/one; mkdir -p dist/sub; echo two > dist/sub/two; chmod +x dist/sub/two; ln -s sub/two dist/link; mkdir empty; "
        + "printf x > \"$(printf 'dist/bad\\377')\"")
    action.outputs = [
      DeclaredOutput(name: "one", path: "out/one"), DeclaredOutput(name: "dist", path: "dist", kind: .directory),
      DeclaredOutput(name: "empty", path: "empty", kind: .directory), DeclaredOutput(name: "maybe", path: "maybe", isOptional: true),
    ]
    let result = lab.run(action)
    #expect(result.ending == .exited(0))
    #expect(result.outputs.map(\.path) == ["out/one", "dist/link", "dist/sub/two"])
    #expect(result.outputs.map(\.isExecutable) == [false, false, true])
    #expect(result.outputs.map(\.isLink) == [false, true, false])
    #expect(lab.store.blob(result.outputs[2].fingerprint) == Array("two\n".utf8))
    #expect(lab.store.blob(result.outputs[1].fingerprint) == Array("sub/two".utf8))
    #expect(try lab.text(result.standardError).contains("not UTF-8"))
  }

  @Test func missingOutputsAreNamed() throws {
    let lab = try Lab()
    var action = lab.script("mkdir folder; exit $1", "0")
    action.outputs = [DeclaredOutput(name: "a", path: "none/a"), DeclaredOutput(name: "b", path: "folder")]
    #expect(lab.run(action).ending == .missingOutputs(["none/a", "folder"]))
    action.argv[4] = "4"  // no result: nobody asks for outputs
    #expect(lab.run(action).ending == .exited(4))
  }

  @Test func whatCannotBeStartedSaysWhy() throws {
    let lab = try Lab(["plain": "text", "bad": "#!/no/such/interpreter\n"])
    func sentence(_ program: Argument, directory: String = "") throws -> String {
      var action = Action(subject: "s", label: "s", argv: [program])
      action.workingDirectory = directory
      guard case .notStarted(let sentence) = lab.run(action).ending else { return "started" }
      return sentence
    }
    let workspace = lab.workspace
    #expect(try sentence("no-such-program") == "cannot run `no-such-program`: no such program")
    #expect(try sentence("/no/such") == "cannot run `/no/such`: no such program")
    #expect(try sentence(.text("\(workspace)/plain")) == "cannot run `\(workspace)/plain`: it is not executable")
    #expect(try sentence(.text("\(workspace)/bad")).contains("the interpreter named in its first line does not exist"))
    #expect(try sentence("/bin/true", directory: "../..") == "the working directory `../..` is not inside the sandbox")
    #expect(try sentence(.text("/bin/e\0cho")).contains("Invalid argument"))
    #expect(try Files.names(in: lab.sandboxes) == [])
  }

  @Test func missingBlobsAreNamed() throws {
    let lab = try Lab()
    let file = InputFile(path: "gen/x", isExecutable: false, fingerprint: Fingerprint(high: 1, low: 1), source: .blob)
    #expect(lab.run(lab.script("exit 0"), [file]).ending == .missingInputs(["gen/x"]))
  }

  @Test func pathsThatLeaveTheSandboxAreRefused() throws {
    let lab = try Lab()
    for path in ["../x", "/etc/x", "a//b", "./a", ""] {
      let file = InputFile(path: path, isExecutable: false, fingerprint: fingerprint(""), source: .bytes([]))
      guard case .notStarted = lab.run(lab.script("exit 0"), [file]).ending else {
        Issue.record("\(path) was laid")
        continue
      }
    }
  }

  @Test func withoutASandboxItRunsInTheWorkspace() throws {
    let lab = try Lab(["sub/a.txt": "old"])
    var action = lab.script("pwd; cat a.txt; echo made > made")
    action.level = .none
    action.workingDirectory = "sub"
    action.outputs = [DeclaredOutput(name: "made", path: "sub/made")]
    let result = lab.run(action, [try lab.input("sub/a.txt")])
    #expect(result.ending == .exited(0))
    #expect(try lab.text(result.standardOutput) == "{sandbox}/sub\nold")
    #expect(result.outputs.map(\.path) == ["sub/made"])

    action = lab.script("echo more >> sub/a.txt")
    action.level = .none
    #expect(lab.run(action, [try lab.input("sub/a.txt")]).ending == .inputsChanged(["sub/a.txt"]))
    action.cache = .never
    #expect(lab.run(action, [try lab.input("sub/a.txt")]).ending == .exited(0))
  }

  @Test func argumentsAreMadeFromTheirPieces() throws {
    let lab = try Lab()
    var action = Action(
      subject: "s", label: "s", argv: [.tool(0), "%s|", .cpus, .joined(["--root=", .sandboxRoot, "/x"]), "a b", "it's", "new\nline"])
    action.tools = [Tool(name: "printf", path: "/usr/bin/printf", identity: fingerprint("printf"))]
    let result = lab.runner.run(PreparedAction(action, id: 0, files: [], cpus: 3), cancellation: Cancellation()) { _ in }
    #expect(try lab.text(result.standardOutput) == "3|--root={sandbox}/x|a b|it's|new\nline|")
  }

  @Test func aKeptSandboxRunsAgainByHand() throws {
    var lab = try Lab(["data.txt": "data\n"])
    lab.settings.keepSandboxes = .onFailure
    var action = lab.script("cat data.txt; cat; echo \"$1 $GREETING ${TOKEN:-none}\"; exit 3", "it's a b")
    action.environment = ["GREETING": "hello 'you'"]
    action.secrets = ["TOKEN": "swordfish"]
    action.passthrough = ["INDEX": "https://me:swordfish@host/", "PROXY": "http://host:80"]
    action.standardInput = Array("input\n".utf8)
    action.resultStatuses = [0, 3]
    let result = lab.run(action, [try lab.input("data.txt")])
    let kept = try #require(result.keptSandbox)
    #expect(!String(decoding: try Files.read("\(kept)/__run.sh"), as: UTF8.self).contains("swordfish"))
    let again = lab.run(Action(subject: "again", label: "again", argv: [.text("\(kept)/__run.sh")]))
    #expect(again.ending == .exited(3))
    #expect(try lab.text(result.standardOutput) == "data\ninput\nit's a b hello 'you' ***\n")
    #expect(try lab.text(again.standardOutput) == "data\ninput\nit's a b hello 'you' none\n")
    #expect(lab.run(lab.script("exit 0")).keptSandbox == nil)
    // A later run clears away what dead runs left, and only that.
    _ = lab.run(lab.script("exit 0"))
    #expect(Files.exists("\(kept)/tree/data.txt"))
  }
}

@Suite struct ChangingInputTests {
  @Test func aFileThatChangedSinceTheSnapshotRenewsTheKey() throws {
    let lab = try Lab(["a.txt": "old", "b.txt": "same"])
    let files = [try lab.input("a.txt"), try lab.input("b.txt")]
    try lab.folder.write(["work/a.txt": "new"])
    var renewed: [[String: Fingerprint]] = []
    let result = lab.run(lab.script("cat a.txt b.txt"), files) { renewed.append($0) }
    #expect(try lab.text(result.standardOutput) == "newsame")
    #expect(renewed == [["a.txt": lab.store.secret.fingerprint(of: "new")]])
  }

  @Test func aFileThatChangesAgainIsCopiedAgain() throws {
    let lab = try Lab(["a.txt": "old"])
    let files = [try lab.input("a.txt")]
    try lab.folder.write(["work/a.txt": "new"])
    var count = 0
    let result = lab.run(lab.script("cat a.txt"), files) { _ in
      count += 1
      if count == 1 { try? Files.write(Array("newest".utf8), to: "\(lab.workspace)/a.txt") }
    }
    #expect(try lab.text(result.standardOutput) == "newest")
    #expect(count == 2)
  }

  @Test func aFileThatNeverRestsEndsTheAction() throws {
    let lab = try Lab(["a.txt": "old"])
    let files = [try lab.input("a.txt")]
    try lab.folder.write(["work/a.txt": "0"])
    var count = 0
    let result = lab.run(lab.script("cat a.txt"), files) { _ in
      count += 1
      try? Files.write([UInt8](repeating: 65, count: count), to: "\(lab.workspace)/a.txt")
    }
    #expect(result.ending == .inputsChanged(["a.txt"]))
    #expect(count == 3)
  }

  @Test func aFileThatIsGoneEndsTheAction() throws {
    let lab = try Lab(["a.txt": "old"])
    let files = [try lab.input("a.txt")]
    try Files.remove("\(lab.workspace)/a.txt")
    #expect(lab.run(lab.script("exit 0"), files).ending == .inputsChanged(["a.txt"]))
    try Files.createDirectory("\(lab.workspace)/a.txt")
    #expect(lab.run(lab.script("exit 0"), files).ending == .inputsChanged(["a.txt"]))
  }

  @Test func aToolThatWritesToItsInputsHarmsNobody() throws {
    let lab = try Lab(["a.txt": "mine"])
    let blob = lab.store.putBlob(Array("blob".utf8))
    let file = InputFile(path: "b.txt", isExecutable: false, fingerprint: blob, source: .blob)
    #expect(lab.run(lab.script("echo x > a.txt; echo x > b.txt"), [try lab.input("a.txt"), file]).ending == .exited(0))
    #expect(try lab.folder.read("work/a.txt") == "mine")
    #expect(lab.store.blob(blob) == Array("blob".utf8))
  }
}
