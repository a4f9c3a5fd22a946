// Distributions and a real package index: pypiserver on the loopback address, twine, pip, and servers that behave badly.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.serialized, .needsBinary, .enabled("no Python with pip to be found") { PythonTools.areThere })
struct PackageIndexTests {
  // MARK: - The index

  /// Where pypiserver is installed, once for all tests.
  private static let pypiserver: Result<TemporaryDirectory, any Error> = Result {
    let place = try TemporaryDirectory(named: "baji-pypiserver")
    atexit { if let place = try? PackageIndexTests.pypiserver.get() { try? FileManager.default.removeItem(atPath: place.path) } }
    let baji = try Baji(configured: false, environment: PythonTools.environment)
    let ended = try baji.shell(
      "python3 -m pip install --quiet --target '\(place.path)' pypiserver passlib legacy-cgi", timeout: PythonTools.patience)
    try #require(ended.status == 0, "\(ended.text)")
    return place
  }

  /// pypiserver, but for what the file `mode` says of uploads: `hang`, `after` (take it, and then hang), `close`; a second word names those that
  /// are meant, `all` means every request.
  private static let server = #"""
    import io, pathlib, socketserver, sys, time, wsgiref.simple_server
    import pypiserver
    from passlib.apache import HtpasswdFile

    folder = pathlib.Path(sys.argv[1])
    files = folder / "files"
    files.mkdir(exist_ok=True)
    users = HtpasswdFile(str(folder / "htpasswd"), new=True)
    users.set_password("me", "geheimwort")
    users.set_password("you", "anderes-wort")
    users.save()
    real = pypiserver.app(
        roots=[files], password_file=str(folder / "htpasswd"), authenticate=["update", "list", "download"] if sys.argv[3] == "private" else ["update"], hash_algo=None if sys.argv[2] == "off" else sys.argv[2]
    )

    def app(environ, start):
        mode = (folder / "mode").read_text().split() if (folder / "mode").exists() else []
        if mode and (environ["REQUEST_METHOD"] == "POST" or "all" in mode):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            if len(mode) < 2 or mode[1] == "all" or mode[1].encode() in body:
                if mode[0] == "echo":
                    start("403 geheimwort " + environ.get("HTTP_AUTHORIZATION", ""), [("Content-Length", "0")])
                    return [b""]
                if mode[0] == "after":
                    b"".join(real(environ, lambda *_: None))
                (folder / "reached").write_text("")
                while mode[0] != "close" and (folder / "mode").exists():
                    time.sleep(0.05)
                raise ConnectionError
        return real(environ, start)

    class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
        daemon_threads = True

    class Handler(wsgiref.simple_server.WSGIRequestHandler):
        def log_message(self, *_):
            pass

    server = wsgiref.simple_server.make_server("127.0.0.1", 0, app, Server, Handler)
    (folder / "new").write_text(str(server.server_port))
    (folder / "new").rename(folder / "port")
    server.serve_forever()
    """#

  /// A workspace with two distributions, `second` needing `first`, and an index that runs while `body` does.
  private func withIndex(
    hash: String = "sha256", access: String = "public", _ body: (Baji, Index) throws -> Void
  ) throws {
    let python = try Self.pypiserver.get()
    let baji = try Baji(
      [
        "baji.toml": Self.configuration, "BUILD": Self.build(), "tools/plugins/hand/plugin.star": Self.packager, "server.txt": Self.server,
      ], store: Self.warm.get(), environment: PythonTools.environment.merging(["NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"]) { $1 })
    let folder = "\(baji.place.path)/index"
    mkdir(folder, 0o700)
    let server = try baji.start(
      program: ["/bin/sh", "-c", "exec python3 -B server.txt '\(folder)' \(hash) \(access)"], environment: ["PYTHONPATH": python.path])
    defer {
      server.send(SIGKILL)
      _ = try? server.end()
    }
    let index = Index(folder: folder)
    try #require(eventually(within: .seconds(60)) { index.port != nil }, "\(server.errorSoFar)")
    try baji.write([".pypirc": index.credentials("geheimwort")])
    try body(baji, index)
  }

  private struct Index {
    let folder: String

    var port: String? { try? String(contentsOfFile: "\(folder)/port", encoding: .utf8) }
    var url: String { "http://127.0.0.1:\(port ?? "0")/" }
    var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/files")) ?? []).sorted() }
    var isReached: Bool { access("\(folder)/reached", F_OK) == 0 }

    func credentials(_ password: String) -> String {
      "[distutils]\nindex-servers = local\n[local]\nrepository = \(url)\nusername = me\npassword = \(password)\n"
    }

    func behave(_ mode: String?) throws {
      try? FileManager.default.removeItem(atPath: "\(folder)/reached")
      if let mode {
        try mode.write(toFile: "\(folder)/mode", atomically: true, encoding: .utf8)
      } else {
        try FileManager.default.removeItem(atPath: "\(folder)/mode")
      }
    }
  }

  /// A store in which twine is installed.
  private static let warm: Result<Baji, any Error> = Result {
    let baji = try Baji(
      [
        "baji.toml": configuration, "BUILD": build(), "tools/plugins/hand/plugin.star": packager,
        ".pypirc": "[local]\nrepository = http://127.0.0.1:9/\n",
      ],
      environment: PythonTools.environment.merging(["NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"]) { $1 })
    atexit { if let warm = try? PackageIndexTests.warm.get() { try? FileManager.default.removeItem(atPath: warm.place.path) } }
    var ended = try baji("publish", "::", timeout: PythonTools.patience)
    // An index may be away for a moment.
    if ended.text.contains("could not be installed") { ended = try baji("publish", "::", timeout: PythonTools.patience) }
    try #require(ended.status == 3 && ended.output.contains("Connection refused"), "\(ended.text)")
    return baji
  }

  private static let configuration = """
    [GLOBAL]
    plugin_paths = ["tools/plugins"]
    backend_packages = ["hand", "baji.python", "baji.python.publish"]
    [python]
    interpreter_constraints = ["CPython>=3.9,<3.14"]

    """

  private static func build(first: String = "1.0", text: String = "x = 1", to place: String = "@local") -> String {
    """
    python_distribution(name = "second", dependencies = [":first"], provides = python_artifact(name = "second", version = "1.0"), repositories = ["\(place)"])
    python_distribution(name = "first", provides = python_artifact(name = "first", version = "\(first)", text = "\(text)"), repositories = ["\(place)"])
    python_distribution(name = "third", provides = python_artifact(name = "third", version = "1.0"), repositories = ["\(place)"], skip_twine = True)

    """
  }

  /// Wheels made by hand: what is in them is the test's own.
  private static let packager = #"""
    plugin(name = "hand", api = 1)
    python = tool.system("python3")
    _MAKE = """
    import sys, zipfile
    name, version, text, out = sys.argv[1:]
    info = "%s-%s.dist-info/" % (name, version)
    with zipfile.ZipFile(out, "w") as wheel:
        for path, content in [
            (name + ".py", text + "\\n"),
            (info + "METADATA", "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n" % (name, version)),
            (info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: hand\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"),
            (info + "RECORD", "%s.py,,\\n%sMETADATA,,\\n%sWHEEL,,\\n%sRECORD,,\\n" % (name, info, info, info)),
        ]:
            wheel.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), content)
    """

    def _package(ctx, target):
        artifact = target.field("provides")
        out = "%s-%s-py3-none-any.whl" % (artifact.name, artifact.version)
        return ctx.action(argv = [ctx.tool(python), "-c", _MAKE, artifact.name, artifact.version, getattr(artifact, "text", ""), out], outputs = {"wheel": out})

    packager("hand", targets = ["python_distribution"], run = _package)
    """#

  // MARK: - Tests

  @Test(.needs("gpg")) func uploadsSkipsRefusesAndIsInstalledFrom() throws {
    try withIndex { baji, index in
      let keys = "/tmp/baji-gpg-\(getpid())-\(UUID().uuidString.prefix(6))"
      mkdir(keys, 0o700)
      defer {
        _ = try? baji.shell("gpgconf --kill all", environment: ["GNUPGHOME": keys])
        try? FileManager.default.removeItem(atPath: keys)
      }
      try #require(
        try baji.shell("gpg --batch --passphrase '' --quick-gen-key one@example.org ed25519 sign never", environment: ["GNUPGHOME": keys])
          .status == 0)
      let ended = try baji("publish", "--sign=gpg", "--output=report.json", "::", environment: ["GNUPGHOME": keys])
      #expect(ended.status == 0, "\(ended.text)")
      #expect(ended.output.contains("✓ first-1.0-py3-none-any.whl published to @local."), "\(ended.text)")
      #expect(ended.output.contains("- third skipped (by `skip_twine` on //:third)."))
      #expect(index.files == ["first", "second"].flatMap { ["\($0)-1.0-py3-none-any.whl", "\($0)-1.0-py3-none-any.whl.asc"] })
      let verified = try baji.shell(
        "gpg --verify ../index/files/first-1.0-py3-none-any.whl.asc ../index/files/first-1.0-py3-none-any.whl",
        environment: ["GNUPGHOME": keys])
      #expect(verified.status == 0, "\(verified.text)")
      #expect(try baji.read("report.json").contains("\"repository\": \"@local\""))

      let again = try baji("publish", "::")
      #expect(again.status == 0 && again.output.contains("publish: 2 already there, 1 skipped"), "\(again.text)")
      let installed = try baji.shell(
        "python3 -m pip install --quiet --no-deps --target installed --index-url \(index.url)simple/ first second && PYTHONPATH=installed python3 -c 'import first, second; print(first.x)'",
        timeout: PythonTools.patience)
      #expect(installed.status == 0 && installed.output.hasSuffix("1\n"), "\(installed.text)")

      try baji.write(["BUILD": Self.build(text: "x = 2")])
      let conflict = try baji("publish", "::")
      #expect(conflict.status == 1 && conflict.output.contains("there is another file of this name (sha256 "), "\(conflict.text)")
      try baji.write(["BUILD": Self.build(first: "1.1", text: "x = 2")])
      #expect(try baji("publish", "::").output.contains("publish: 1 published, 1 already there"))
    }
  }

  /// Indexes tell digests of several kinds, or none at all.
  @Test(arguments: ["md5", "off"]) func digestsOfTheIndex(_ hash: String) throws {
    try withIndex(hash: hash, access: "private") { baji, index in
      #expect(try baji("publish", ":first").status == 0)
      #expect(try baji("publish", ":first").output.contains("publish: 1 already there"))
      try baji.write(["BUILD": Self.build(text: "x = 2")])
      let conflict = try baji("publish", ":first")
      #expect(conflict.status == 1 && conflict.output.contains("there is another file of this name"), "\(conflict.text)")
      try baji.write(["BUILD": Self.build(to: index.url.replacingOccurrences(of: "//", with: "//you:anderes-wort@"))])
      let address = try baji("publish", "::")
      #expect(address.status == 0 && address.output.contains("published to http://***@127.0.0.1:"), "\(address.text)")
      #expect(!address.text.contains("anderes-wort"))
    }
  }

  @Test func killedInTheMiddleAndResumed() throws {
    try withIndex { baji, index in
      for (round, mode) in ["hang", "after"].enumerated() {
        try baji.write([
          "BUILD": Self.build(first: "2.\(round)").replacingOccurrences(of: "version = \"1.0\"", with: "version = \"2.\(round)\"")
        ])
        try index.behave("\(mode) second")
        let running = try baji.start(["publish", "::"])
        #expect(eventually(within: .seconds(60)) { index.isReached })
        running.send(SIGKILL)
        let ended = try running.end()
        #expect(ended.output.contains("✓ first-2.\(round)-py3-none-any.whl published"), "\(ended.text)")
        #expect(try baji.read(".baji/publish.json").contains("\"begun\""))
        try index.behave(nil)
        let resumed = try baji("publish", "--resume", "--output=report.json", "::")
        #expect(resumed.status == 0, "\(resumed.text)")
        let counts = mode == "hang" ? "1 published, 1 published earlier" : "2 published earlier"
        #expect(resumed.output.contains("publish: \(counts), 1 skipped"), "\(resumed.text)")
        #expect(index.files.contains("second-2.\(round)-py3-none-any.whl"))
        #expect(!baji.exists(".baji/publish.json"))
      }
    }
  }

  @Test func credentialsAreLookedForAndNeverShown() throws {
    try withIndex { baji, index in
      try baji.write([".pypirc": index.credentials("falschwort")])
      let wrong = try baji("publish", "::")
      #expect(wrong.status == 1 && wrong.output.contains("TWINE_PASSWORD_<NAME>"), "\(wrong.text)")
      #expect(wrong.output.contains("- second-1.0-py3-none-any.whl not published to @local."), "\(wrong.text)")
      #expect(!wrong.text.contains("falschwort"))
      #expect(index.files == [])
      try index.behave("echo")
      let echoed = try baji("publish", ":first", environment: ["TWINE_PASSWORD_LOCAL": "geheimwort", "TWINE_PASSWORD": "wrong-one"])
      #expect(echoed.status == 1 && echoed.output.contains("***"), "\(echoed.text)")
      #expect(!echoed.text.contains("geheimwort") && !echoed.text.contains("bWU6Z2VoZWltd29ydA"), "\(echoed.text)")
      try index.behave(nil)
      let right = try baji(
        "publish", "::", environment: ["TWINE_USERNAME_LOCAL": "me", "TWINE_PASSWORD_LOCAL": "geheimwort", "TWINE_PASSWORD": "wrong-one"])
      #expect(right.status == 0, "\(right.text)")
      try baji.remove(".pypirc")
      let kept = try baji.shell("grep -rlaE 'geheimwort|falschwort' $XDG_CACHE_HOME . --exclude=server.txt; test $? = 1")
      #expect(kept.status == 0, "\(kept.text)")
      let none = try baji("publish", "::")
      #expect(none.status == 2 && none.output.contains("no section `[local]` for the repository `@local`"), "\(none.text)")
    }
  }

  /// What is built is the plugin's own; who uploads is known to a keyring.
  @Test func distributionsGoInTheOrderOfWhatTheyOwn() throws {
    try withIndex { baji, index in
      func distribution(_ name: String) -> String {
        """
        python_sources(name = "lib")
        python_distribution(name = "dist", dependencies = [":lib"], provides = python_artifact(name = "\(name)", version = "1"), repositories = ["\(index.url)"])

        """
      }
      try baji.write([
        "baji.toml": Self.configuration.replacingOccurrences(of: "\"hand\", ", with: "") + "[source]\nroot_patterns = [\"/\"]\n",
        "BUILD": "",
        "app/BUILD": distribution("an-app"), "core/BUILD": distribution("its-core"), "app/__init__.py": "", "core/__init__.py": "",
        "app/main.py": "import core.words\n\nprint(core.words.WORD)\n", "core/words.py": "WORD = \"said\"\n",
        "keys/hand_keyring.py": """
        from keyring.backend import KeyringBackend
        from keyring.credentials import SimpleCredential


        class Keyring(KeyringBackend):
            priority = 9

            def get_password(self, service, username):
                return "geheimwort"

            def get_credential(self, service, username):
                return SimpleCredential("me", "geheimwort")

            def set_password(self, service, username, password):
                pass

        """,
        "settings/python_keyring/keyringrc.cfg":
          "[backend]\ndefault-keyring=hand_keyring.Keyring\nkeyring-path=\(baji.path("keys"))\n",
      ])
      let ended = try baji("publish", "::", environment: ["XDG_CONFIG_HOME": baji.path("settings")], timeout: PythonTools.patience)
      #expect(ended.status == 0, "\(ended.text)")
      let published = ended.output.matches(of: /✓ (\S+) published/).map { String($0.1) }
      #expect(published == ["its_core-1-py3-none-any.whl", "its_core-1.tar.gz", "an_app-1-py3-none-any.whl", "an_app-1.tar.gz"])
      #expect(!ended.text.contains("geheimwort"))
      let installed = try baji.shell(
        "cd ../home && python3 -m pip install --quiet --target installed --index-url \(index.url)simple/ an-app && PYTHONPATH=installed python3 -m app.main",
        timeout: PythonTools.patience)
      #expect(installed.status == 0 && installed.output.hasSuffix("said\n"), "\(installed.text)")
    }
  }

  @Test func anIndexThatIsSilentOrBreaksOff() throws {
    try withIndex { baji, index in
      try index.behave("close")
      let broken = try baji("publish", "::")
      #expect(broken.status == 3, "\(broken.text)")
      #expect(broken.output.contains("@local did not answer, or broke off") || broken.output.contains("500"), "\(broken.text)")
      #expect(broken.output.contains("- second-1.0-py3-none-any.whl not published"), "\(broken.text)")
      #expect(!broken.output.contains("Traceback"), "\(broken.text)")
      try index.behave("hang all")
      let silent = try baji("publish", "--timeout=5", "::")
      #expect(silent.status == 3 && silent.output.contains("@local did not answer within 5s"), "\(silent.text)")
      #expect(index.files == [])
    }
  }
}
