// `publish` with a publisher that is a shell script and places that are folders: order, conflicts, failures, resuming, reports, signatures.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.needsBinary) struct PublishTests {
  /// `box` targets are packed into one file each. A place is a folder; files in it named after a box say how its upload goes.
  private static let plugin = #"""
    plugin(name = "boxes", api = 1)

    sh = tool.system("sh")
    box = target_type("box", doc = "d", fields = {
        "text": field.string("text"),
        "version": field.string("1"),
        "to": field.string_list(),
        "fails": field.bool(False),
        "dependencies": field.dependencies(),
        "after": field.addresses(),
    })

    def _pack(ctx, target):
        name = "%s-%s.box" % (target.name, target.field("version"))
        script = "exit 4" if target.field("fails") else "printf %s \"$1\" > \"$2\""
        return ctx.action(argv = [ctx.tool(sh), "-c", script, "sh", target.field("text"), name], outputs = {"box": name})

    packager("pack", targets = ["box"], run = _pack)

    def _places(ctx, target):
        places = target.field("to") or []
        return {"name": target.name, "places": places, "skipped": None if places else "(no `to` specified for %s)" % target.address}

    _LOOK = """
    place=$1; shift
    test ! -e "$place/deaf" || exit 3
    test ! -e "$place/locked" || { echo "not with $TOKEN"; exit 1; }
    comma=; printf '{"files": {'
    for file in "$@"; do
      name=${file##*/}; state=absent
      if test -e "$place/secretive"; then state=unknown
      elif test -e "$place/$name"; then if cmp -s "$file" "$place/$name"; then state=same; else state=different; fi; fi
      printf '%s"%s": {"state": "%s"}' "$comma" "$name" "$state"; comma=,
    done
    echo '}}'
    """

    def _look(ctx, target, place, files):
        return ctx.action(argv = [ctx.tool(sh), "-c", _LOOK, "sh", place] + [file.path for file in files], secret_env = ["TOKEN"], env_passthrough = ["PATH"])

    _PUT = """
    place=$1 file=$2 signature=$3
    name=${file##*/}
    how=$(cat "$place/how-${name%%-*}" 2>/dev/null)
    echo "$name $place" >> "$BAJI_WORKSPACE/../log"
    case $how in
      refuse) echo "no, $TOKEN"; exit 1 ;;
      break) exit 3 ;;
      hang) echo > "$place/reached"; sleep 600 ;;
    esac
    cp "$file" "$place/$name" || exit 1
    test -z "$signature" || cp "$signature" "$place/"
    case $how in late) exit 3 ;; late-hang) echo > "$place/reached"; sleep 600 ;; esac
    """

    def _put(ctx, target, place, file):
        return ctx.action(argv = [ctx.tool(sh), "-c", _PUT, "sh", place, file.path, file.signature or ""], secret_env = ["TOKEN"], env_passthrough = ["PATH"])

    publisher("post", targets = ["box"], files = ["*.box"], places = _places, look = _look, run = _put, needs = lambda ctx, target: ctx.targets(target, "after"))
    """#

  /// A workspace with places `one` and `two` beside it. `%` in the BUILD file stands for the folder above.
  private func workspace(_ build: String, _ environment: [String: String] = [:]) throws -> Baji {
    let baji = try Baji(
      [
        "baji.toml": "[GLOBAL]\nplugin_paths = [\"tools/plugins\"]\nbackend_packages = [\"boxes\"]\n",
        "tools/plugins/boxes/plugin.star": Self.plugin,
      ], environment: environment)
    for place in ["one", "two"] {
      try FileManager.default.createDirectory(atPath: "\(baji.place.path)/\(place)", withIntermediateDirectories: true)
    }
    try self.build(build, baji)
    return baji
  }

  private func build(_ text: String, _ baji: Baji) throws {
    try baji.write(["BUILD": text.replacingOccurrences(of: "%", with: baji.place.path)])
  }

  private func tell(_ baji: Baji, _ file: String, _ text: String?) throws {
    let path = "\(baji.place.path)/\(file)"
    if let text {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    } else {
      try? FileManager.default.removeItem(atPath: path)
    }
  }

  private func isThere(_ baji: Baji, _ file: String) -> Bool { access("\(baji.place.path)/\(file)", F_OK) == 0 }

  /// What was uploaded, or tried, in its order.
  private func log(_ baji: Baji) -> [String] {
    ((try? String(contentsOfFile: "\(baji.place.path)/log", encoding: .utf8)) ?? "").split(separator: "\n").map { line in
      line.replacingOccurrences(of: "\(baji.place.path)/", with: "").replacingOccurrences(of: ".box", with: "")
    }
  }

  private static let chain = """
    box(name = "a", dependencies = [":b"], to = ["%/one"])
    box(name = "b", dependencies = [":c"], to = ["%/one", "%/two"])
    box(name = "c", to = ["%/one"])
    box(name = "d", to = ["%/one"], after = [":a"])
    box(name = "none")
    """

  @Test func whatOthersNeedGoesFirstAndNothingGoesTwice() throws {
    let baji = try workspace(Self.chain)
    let dry = try baji("publish", "--dry-run", "::")
    #expect(dry.status == 0, "\(dry.text)")
    #expect(dry.output.contains("~ b-1.box would be published to \(baji.place.path)/two."), "\(dry.text)")
    #expect(log(baji) == [] && !baji.exists(".baji/publish.json"))
    let ended = try baji("publish", "--output=out/report.json", "::")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(log(baji) == ["c-1 one", "b-1 one", "b-1 two", "a-1 one", "d-1 one"])
    #expect(ended.output.contains("✓ a-1.box published to \(baji.place.path)/one."), "\(ended.text)")
    #expect(ended.output.contains("- none skipped (no `to` specified for //:none)."))
    #expect(ended.output.contains("publish: 5 published, 1 skipped in"))
    #expect(!baji.exists(".baji/publish.json"), "nothing is left to do")
    let report = try #require(try JSONSerialization.jsonObject(with: baji.bytes("out/report.json")) as? [[String: Any]])
    #expect(report.count == 6)
    let first = try #require(report.first { $0["target"] as? String == "//:c" })
    #expect(first["published"] as? Bool == true && first["names"] as? [String] == ["c-1.box"] && first["exit_code"] as? Int == 0)
    #expect(first["status"] as? String == "published to \(baji.place.path)/one" && first["publisher"] as? String == "post")
    let file = try #require((first["files"] as? [[String: Any]])?.first)
    #expect(file["sha256"] as? String == "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1", "of `text`")
    let left = try #require(report.first { $0["target"] as? String == "//:none" })
    #expect(left["published"] as? Bool == false && left["status"] as? String == "skipped (no `to` specified for //:none)")

    let again = try baji("publish", "::")
    #expect(again.status == 0 && again.output.contains("publish: 5 already there, 1 skipped in"), "\(again.text)")
    #expect(log(baji).count == 5)
    // Packages are kept, publishing is not.
    try tell(baji, "one/c-1.box", nil)
    #expect(try baji("publish", "::").output.contains("publish: 1 published, 4 already there"))
    #expect(log(baji).last == "c-1 one")
  }

  @Test func anotherFileOfTheSameNameStopsAll() throws {
    let baji = try workspace(Self.chain)
    try tell(baji, "one/b-1.box", "other")
    for arguments in [["publish", "::"], ["publish", "--dry-run", "::"]] {
      let ended = try baji.start(arguments).end()
      #expect(ended.status == 1, "\(ended.text)")
      #expect(
        ended.output.contains("✗ b-1.box failed for \(baji.place.path)/one.") && ended.output.contains("never replaced"), "\(ended.text)")
      #expect(log(baji) == [])
    }
    #expect(try baji("publish", "::").output.contains("publish: 1 skipped, 1 in conflict, 4 not published in"))
  }

  @Test func onesRefusalHoldsUpWhatNeedsIt() throws {
    let baji = try workspace(Self.chain, ["TOKEN": "s3cr3t-token"])
    try tell(baji, "one/how-b", "refuse")
    let ended = try baji("publish", "--output=report.json", "::")
    #expect(ended.status == 1, "\(ended.text)")
    #expect(log(baji) == ["c-1 one", "b-1 one", "b-1 two"])
    #expect(ended.output.contains("✗ b-1.box failed for \(baji.place.path)/one.") && ended.output.contains("no, ***"), "\(ended.text)")
    #expect(ended.output.contains("- a-1.box not published to \(baji.place.path)/one.") && ended.output.contains("it needs `//:b`"))
    #expect(ended.output.contains("publish: 2 published, 1 skipped, 1 failed, 2 not published in"), "\(ended.text)")
    #expect(try baji.read("report.json").contains("\"state\": \"not-published\""))
    #expect(try !baji.shell("grep -r s3cr3t-token . ../cache; test $? = 1").text.contains("s3cr3t"))
    try tell(baji, "one/how-b", nil)
    let note = try baji("publish", "--dry-run", "--resume", "::")
    #expect(note.status == 0 && note.output.contains("~ a-1.box would be"), "\(note.text)")
    let resumed = try baji("publish", "--resume", "::")
    #expect(resumed.status == 0, "\(resumed.text)")
    #expect(resumed.output.contains("publish: 3 published, 2 published earlier"), "\(resumed.text)")
    #expect(log(baji) == ["c-1 one", "b-1 one", "b-1 two", "b-1 one", "a-1 one", "d-1 one"])
  }

  @Test func aPlaceThatBreaksOffIsAskedWhatItHas() throws {
    let baji = try workspace(
      "box(name = \"a\", to = [\"%/one\"])\nbox(name = \"b\", to = [\"%/one\"])\nbox(name = \"c\", to = [\"%/one\", \"%/two\"])\n")
    try tell(baji, "one/how-a", "late")
    try tell(baji, "one/how-b", "break")
    let ended = try baji("publish", "::")
    #expect(ended.status == 3, "\(ended.text)")
    #expect(
      ended.output.contains("✓ a-1.box published to \(baji.place.path)/one.") && ended.output.contains("though the upload ended otherwise"))
    #expect(ended.output.contains("✗ b-1.box failed for") && ended.output.contains("did not answer, or broke off"), "\(ended.text)")
    #expect(ended.output.contains("- c-1.box not published to \(baji.place.path)/one."), "what is silent is not asked again")
    #expect(log(baji) == ["a-1 one", "b-1 one", "c-1 two"])
    try tell(baji, "one/deaf", "")
    let deaf = try baji("publish", "::")
    #expect(deaf.status == 3 && deaf.output.contains("did not answer"), "\(deaf.text)")
    #expect(log(baji).count == 3, "asked before the first upload")
    try tell(baji, "one/deaf", nil)
    try tell(baji, "one/locked", "")
    let locked = try baji("publish", "::", environment: ["TOKEN": "s3cr3t-token"])
    #expect(locked.status == 1 && locked.output.contains("not with ***"), "\(locked.text)")
  }

  @Test func aPlaceThatTakesTooLong() throws {
    let baji = try workspace("box(name = \"a\", to = [\"%/one\"])\n")
    try tell(baji, "one/how-a", "hang")
    let ended = try baji("publish", "--timeout=3", "::")
    #expect(ended.status == 3, "\(ended.text)")
    #expect(ended.output.contains("did not answer within 3s (`[publish] timeout`)"), "\(ended.text)")
    #expect(ended.output.contains("publish: 1 failed in"))
  }

  /// Killed or interrupted while a file is on its way: what is there is found out, by the journal where the place does not tell.
  @Test(arguments: [("hang", SIGKILL, false), ("late-hang", SIGKILL, false), ("hang", SIGINT, false), ("late-hang", SIGKILL, true)])
  func anInterruptedRunIsResumed(_ how: String, _ signal: Int32, _ isSecretive: Bool) throws {
    let baji = try workspace(
      "box(name = \"a\", to = [\"%/one\"])\nbox(name = \"b\", to = [\"%/one\"])\nbox(name = \"c\", to = [\"%/one\"])\n")
    if isSecretive { try tell(baji, "one/secretive", "") }
    try tell(baji, "one/how-b", how)
    let running = try baji.start(["publish", "--output=report.json", "::"])
    #expect(eventually { isThere(baji, "one/reached") })
    running.send(signal)
    let ended = try running.end(within: .seconds(60))
    #expect(ended.status == (signal == SIGINT ? 130 : 128 + SIGKILL), "\(ended.text)")
    #expect(ended.output.contains("✓ a-1.box published to"), "told as it happens: \(ended.text)")
    if signal == SIGINT {
      #expect(
        ended.output.contains("✗ b-1.box perhaps published to") && ended.output.contains("- c-1.box not published to"), "\(ended.text)")
      #expect(try baji.read("report.json").contains("\"state\": \"unknown\""))
    }
    try tell(baji, "one/how-b", nil)
    if isSecretive {
      // What was published, or perhaps was, is not published with another content.
      try build(
        "box(name = \"a\", to = [\"%/one\"], text = \"new\")\nbox(name = \"b\", to = [\"%/one\"])\nbox(name = \"c\", to = [\"%/one\"])\n",
        baji)
      let other = try baji("publish", "--resume", "::")
      #expect(other.status == 1 && other.output.contains("the interrupted run published another content"), "\(other.text)")
      #expect(baji.exists(".baji/publish.json"))
      try build("box(name = \"a\", to = [\"%/one\"])\nbox(name = \"b\", to = [\"%/one\"])\nbox(name = \"c\", to = [\"%/one\"])\n", baji)
    }
    let resumed = try baji("publish", "--resume", "::")
    #expect(resumed.status == 0, "\(resumed.text)")
    #expect(!baji.exists(".baji/publish.json"))
    let again = how == "hang" || isSecretive
    #expect(log(baji) == ["a-1 one", "b-1 one"] + (again ? ["b-1 one"] : []) + ["c-1 one"])
    #expect(resumed.output.contains("publish: \(again ? 2 : 1) published, \(again ? 1 : 2) published earlier"), "\(resumed.text)")
    #expect(try baji("publish", "--resume", "::").error.contains("nothing to resume"))
  }

  @Test func withoutResumeItSaysThatThereIsSomethingToResume() throws {
    let baji = try workspace("box(name = \"a\", to = [\"%/one\"])\nbox(name = \"b\", to = [\"%/one\"])\n")
    try tell(baji, "one/how-b", "refuse")
    #expect(try baji("publish", "::").status == 1)
    let one = try baji("publish", ":a", "--resume")
    #expect(one.error.contains("is not selected now: b-1.box"), "\(one.text)")
    try tell(baji, "one/how-b", "refuse")
    #expect(try baji("publish", "::").status == 1)
    #expect(try baji("publish", "--output=x.json", "::").error.contains("`--publish-resume` goes on with it"))
    try baji.write([".baji/publish.json": "{}"])
    let broken = try baji("publish", "::")
    #expect(broken.status == 2 && broken.error.contains("is not the journal of a publishing run"), "\(broken.text)")
  }

  @Test func whatIsNotBuiltStopsAll() throws {
    let baji = try workspace("box(name = \"a\", to = [\"%/one\"])\nbox(name = \"b\", to = [\"%/one\"], fails = True)\n")
    let ended = try baji("publish", "--output=report.json", "::")
    #expect(ended.status == 1, "\(ended.text)")
    #expect(ended.output.contains("✗ //:b") && ended.output.contains("not published, as `//:b` was not built"), "\(ended.text)")
    #expect(log(baji) == [])
    #expect(try baji.read("report.json") == "[]")
    let none = try baji("publish", "--tag=none", "::")
    #expect(none.status == 0 && none.output.contains("publish: nothing to do"), "\(none.text)")
    try build("box(name = \"a\", to = [\"%/one\"])\nbox(name = \"x\", version = \"2\", to = [\"%/one\"])\n", baji)
    #expect(try baji("publish", "::").status == 0)
  }

  @Test func aPasswordInAnAddressIsForItsProcessAlone() throws {
    let baji = try workspace("box(name = \"a\", to = [\"https://me:geheimwort@host.invalid/x\"])\n")
    let ended = try baji("publish", "--output=report.json", "::")
    #expect(ended.status != 0)
    #expect(ended.output.contains("a-1.box failed for https://***@host.invalid/x."), "\(ended.text)")
    #expect(!ended.text.contains("geheimwort"))
    #expect(try String(contentsOfFile: "\(baji.place.path)/log", encoding: .utf8).contains("https://me:geheimwort@host.invalid/x"), "whole")
    #expect(try baji.read("report.json").contains("https://***@host.invalid/x"))
    #expect(try !baji.read(".baji/publish.json").contains("geheimwort"))
  }

  // MARK: - Signatures

  @Test(.needs("gpg")) func gpgSignsAndIsVerified() throws {
    let baji = try workspace(
      "box(name = \"a\", to = [\"%/one\", \"%/two\"])\n", ["GNUPGHOME": "/tmp/baji-gpg-\(getpid())-\(UUID().uuidString.prefix(6))"])
    let folder = try #require(baji.environment["GNUPGHOME"])
    mkdir(folder, 0o700)
    defer {
      _ = try? baji.shell("gpgconf --kill all")
      try? FileManager.default.removeItem(atPath: folder)
    }
    let without = try baji("publish", "--sign=gpg", "::")
    #expect(without.status == 2 && without.error.contains("gpg has no secret key that it would use by default"), "\(without.text)")
    #expect(log(baji) == [] && !baji.exists("dist"), "known before anything is built")
    let key = try baji.shell("gpg --batch --passphrase '' --quick-gen-key 'Some One <one@example.org>' ed25519 sign never")
    try #require(key.status == 0, "\(key.text)")
    let wrong = try baji("publish", "--sign=gpg", "--sign-key=two@example.org", "::")
    #expect(wrong.status == 2 && wrong.error.contains("no secret key `two@example.org`"), "\(wrong.text)")
    let ended = try baji("publish", "--sign=gpg", "--sign-key=one@example.org", "--output=report.json", "::")
    #expect(ended.status == 0, "\(ended.text)")
    for place in ["dist", "../one", "../two"] {
      let verified = try baji.shell("gpg --verify \(place)/a-1.box.asc \(place)/a-1.box")
      #expect(verified.status == 0 && verified.error.contains("Good signature"), "\(verified.text)")
    }
    #expect(try baji.read("report.json").contains("\"signature\": \"a-1.box.asc\""))
    try tell(baji, "one/a-1.box", nil)
    try tell(baji, "one/a-1.box.asc", nil)
    #expect(try baji("publish", "--sign=gpg", "--no-publish-upload-signatures", "::").status == 0)
    #expect(isThere(baji, "one/a-1.box") && !isThere(baji, "one/a-1.box.asc"))
  }

  @Test(.needs("minisign")) func minisignSignsAndIsVerified() throws {
    let baji = try workspace("box(name = \"a\", to = [\"%/one\"])\n")
    let without = try baji("publish", "--sign=minisign", "::")
    #expect(
      without.status == 2 && without.error.contains("no secret key of minisign at `\(baji.home)/.minisign/minisign.key`"), "\(without.text)"
    )
    let made = try baji.shell("minisign -G -W -p ../key.pub -s ../key.key")
    try #require(made.status == 0, "\(made.text)")
    let ended = try baji("publish", "--sign=minisign", "--sign-key=../key.key", "::")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(try baji.shell("minisign -V -m dist/a-1.box -p ../key.pub").status == 0)
    #expect(isThere(baji, "one/a-1.box") && !isThere(baji, "one/a-1.box.minisig"), "it lies beside, in dist")
    // A public key that is not the secret key's.
    try tell(baji, "one/a-1.box", nil)
    #expect(try baji.shell("minisign -G -W -p ../other.pub -s ../other.key").status == 0)
    let other = try baji("publish", "--sign=minisign", "--sign-key=../key.key", "--sign-public-key=../other.pub", "::")
    #expect(other.status == 1 && other.output.contains("its signature was made and does not verify"), "\(other.text)")
    #expect(!isThere(baji, "one/a-1.box"))
  }
}
