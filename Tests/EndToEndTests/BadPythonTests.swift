// What a Python repository in disorder gets: a message that says what, where and what to do, the right exit code, and nothing kept that should not be.

import Foundation
import TestSupport
import Testing

@Suite(.serialized, .needsBinary, .needs("strace"), .enabled("no Python with pip to be found") { PythonTools.areThere })
struct BadPythonTests {
  /// A store in which the tools of tests are installed.
  static let warm: Result<Baji, any Error> = Result {
    let baji = try Baji(files(), environment: PythonTools.environment)
    // The store outlives every test of this suite, and must not outlive the process.
    atexit { if let warm = try? BadPythonTests.warm.get() { try? FileManager.default.removeItem(atPath: warm.place.path) } }
    let ended = try baji("test", "::", timeout: PythonTools.patience)
    try #require(ended.status == 0, "\(ended.text)")
    return baji
  }

  static let configuration = """
    [GLOBAL]
    backend_packages = ["baji.python", "baji.python.pyupgrade"]
    [python]
    interpreter_constraints = ["CPython>=3.9,<3.14"]
    enable_resolves = true
    default_resolve = "main"
    [python.resolves]
    main = "main.lock"

    """

  static let lock = """
    tabulate==0.9.0 \\
        --hash=sha256:0095b12bf5966de529c0feb1fa08671671b3368eec77d7ef7ab114be2c068b3c \\
        --hash=sha256:024ca478df22e9340661486f85298cff5f6dcdba14f3813e8830015b9ed1948f

    """

  static func files(_ test: String = "def test_a():\n    pass\n") -> [String: String] {
    [
      "baji.toml": configuration, "main.lock": lock, "requirements.txt": "tabulate==0.9.0\n",
      "BUILD":
        "python_requirements(name = \"requirements\")\npython_sources(name = \"lib\")\npython_tests(name = \"tests\", timeout = 60)\n",
      "lib.py": "import tabulate\n", "a_test.py": test,
    ]
  }

  /// Addresses at which nobody listens.
  private static let nowhere = ["PIP_INDEX_URL": "http://127.0.0.1:9/simple/", "UV_INDEX_URL": "http://127.0.0.1:9/simple/"]

  /// A repository in the warm store, with other files.
  private func baji(_ changes: [String: String] = [:]) throws -> Baji {
    let made = try Baji(
      BadPythonTests.files().merging(changes) { $1 }, store: BadPythonTests.warm.get(), environment: PythonTools.environment)
    return made
  }

  private func test(_ changes: [String: String], environment: [String: String] = [:]) throws -> Ended {
    try baji(changes)("test", "::", environment: environment, timeout: PythonTools.patience)
  }

  private func check(_ ended: Ended, status: Int32, _ parts: [String], file: SourceLocation = #_sourceLocation) {
    #expect(ended.status == status, "\(ended.text.suffix(4000))", sourceLocation: file)
    for part in parts { #expect(ended.text.contains(part), "wanted `\(part)` in:\n\(ended.text.suffix(4000))", sourceLocation: file) }
    #expect(
      !ended.text.contains(".star:"), "the plugin's own code tells the user nothing:\n\(ended.text.suffix(4000))", sourceLocation: file)
    #expect(!ended.text.contains("BUG"), sourceLocation: file)
  }

  // MARK: - Locks, resolves, constraints: nothing is started

  /// Files, and what is said about them.
  private static let wrong: [([String: String], [String])] = [
    (
      ["a_test.py": "import lib\n", "requirements.txt": "tabulate>=1\n"],
      [
        "main.lock of the resolve `main` does not match", "holds tabulate 0.9.0, and `tabulate>=1` is asked for",
        "baji generate-lockfiles --resolve=main",
      ]
    ),
    (
      ["a_test.py": "import lib\n", "main.lock": "attrs==23.1.0\n"],
      ["does not hold `tabulate==0.9.0`", "baji generate-lockfiles --resolve=main"]
    ),
    (["a_test.py": "import lib\n", "main.lock": "tabulate>=1\n"], ["`tabulate>=1` is not pinned", "--> main.lock:1:1"]),
    (["a_test.py": "import lib\n", "main.lock": "\ntabulate==1 --hash=sha256:12\n"], ["is no hash", "--> main.lock:2:1"]),
    (["a_test.py": "import lib\n", "main.lock": "{\"a\": "], ["main.lock: this is no lock"]),
    (["a_test.py": "import lib\n", "main.lock": "version = 1\n[[package]\n"], ["--> main.lock:2:1"]),
    (
      ["a_test.py": "import lib\n", "baji.toml": configuration.replacingOccurrences(of: "main.lock", with: "none.lock")],
      ["the lock `none.lock` of the resolve `main` does not exist", "baji generate-lockfiles --resolve=main"]
    ),
    (
      ["baji.toml": configuration.replacingOccurrences(of: "default_resolve = \"main\"", with: "default_resolve = \"other\"")],
      ["[python] default_resolve names the resolve `other`", "[python] resolves has `main`"]
    ),
    (
      ["BUILD": "python_tests(name = \"tests\", resolve = \"nope\")\n"],
      ["`resolve` of //a_test.py:tests names the resolve `nope`", "[python] resolves has `main`"]
    ),
    (
      [
        "baji.toml": configuration + "other = \"main.lock\"\n",
        "BUILD":
          "python_sources(name = \"lib\")\npython_tests(name = \"tests\", resolve = \"other\", dependencies = [\"//lib.py:lib\"])\n",
      ],
      ["//a_test.py:tests is of the resolve `other`, and //lib.py:lib, which it needs, of `main`", "parametrize"]
    ),
    (
      ["baji.toml": configuration.replacingOccurrences(of: "CPython>=3.9,<3.14", with: "CPython~~3")],
      ["`CPython~~3` is no interpreter constraint", "CPython==3.11.*"]
    ),
    (
      ["baji.toml": configuration.replacingOccurrences(of: "CPython>=3.9,<3.14", with: "CPython==3.99.*")],
      ["no interpreter satisfies CPython==3.99.*", "found: \n    CPython 3.", "looked in: ", "[python-bootstrap] search_path"]
    ),
    (
      ["baji.toml": configuration.replacingOccurrences(of: "CPython>=3.9,<3.14", with: "PyPy==3.9.*")],
      ["no interpreter satisfies PyPy==3.9.*", "found: \n    CPython 3."]
    ),
    (
      ["baji.toml": configuration.replacingOccurrences(of: "enable_resolves = true", with: "enable_resolves = \"please\"")],
      ["`[python] enable_resolves` takes `true` or `false`", "--> baji.toml:5:"]
    ),
  ]

  @Test(arguments: wrong.indices) func whatDoesNotFitIsToldBeforeAnythingRuns(_ index: Int) throws {
    let (changes, parts) = BadPythonTests.wrong[index]
    let baji = try baji(changes)
    let ended = try baji("test", "::")
    check(ended, status: 2, parts)
    #expect(!ended.error.contains("installing"), "\(ended.text)")
    let again = try baji("test", "::")
    #expect(again.status == 2 && again.error == ended.error, "said again as before: \(again.text)")
  }

  @Test func graphGoalsNeedNeitherInterpreterNorLock() throws {
    let baji = try baji([
      "baji.toml": BadPythonTests.configuration.replacingOccurrences(of: "CPython>=3.9,<3.14", with: "CPython==3.99.*")
        .replacingOccurrences(of: "main.lock", with: "none.lock")
    ])
    #expect(try baji("list", "::").output.contains("//lib.py:lib\n"))
    let dependencies = try baji("dependencies", "lib.py")
    #expect(dependencies.status == 0 && dependencies.output == "//:requirements#tabulate\n", "\(dependencies.text)")
  }

  @Test func anEmptyRepositoryHasNothingToDo() throws {
    let baji = try Baji(["baji.toml": BadPythonTests.configuration], environment: PythonTools.environment)
    let ended = try baji("lint", "test", "::")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains("test: nothing to do"), "\(ended.text)")
  }

  // MARK: - Installing

  @Test func aDistributionThatIsGone() throws {
    let baji = try baji([
      "a_test.py": "import lib\n", "requirements.txt": "tabulate==0.9.99\n",
      "main.lock": BadPythonTests.lock.replacingOccurrences(of: "0.9.0 ", with: "0.9.99 "),
    ])
    let ended = try baji("test", "::", timeout: PythonTools.patience)
    check(
      ended, status: 3,
      ["`requirements of main` could not be installed", "tabulate==0.9.99", "the index does not have what the lock names"])
    #expect(try baji("test", "::", timeout: PythonTools.patience).status == 3, "nothing of it was kept")
  }

  @Test func aWrongHash() throws {
    let baji = try baji([
      "a_test.py": "import lib\ndef test_a(): pass\n",
      "main.lock": BadPythonTests.lock.replacingOccurrences(of: ":024ca", with: ":124ca").replacingOccurrences(
        of: ":0095b", with: ":1095b"),
    ])
    let ended = try baji("test", "::", timeout: PythonTools.patience)
    check(
      ended, status: 3, ["`requirements of main` could not be installed", "Hash mismatch for `tabulate==0.9.0`", "generate the lock again"])
    try baji.write(["main.lock": BadPythonTests.lock])
    let mended = try baji("test", "::", timeout: PythonTools.patience)
    #expect(mended.status == 0, "\(mended.text)")
  }

  @Test func oneWithoutAHashTakesNothingFromTheOthers() throws {
    let lock = BadPythonTests.lock.replacingOccurrences(of: ":024ca", with: ":124ca").replacingOccurrences(of: ":0095b", with: ":1095b")
    let baji = try baji([
      "a_test.py": "import colorama, lib\ndef test_a(): pass\n", "requirements.txt": "tabulate==0.9.0\ncolorama==0.4.6\n",
      "main.lock": lock + "colorama==0.4.6\n",
    ])
    let ended = try baji("test", "::", timeout: PythonTools.patience)
    check(ended, status: 3, ["`requirements of main` could not be installed", "Hash mismatch for `tabulate==0.9.0`"])
    try baji.write(["main.lock": BadPythonTests.lock + "colorama==0.4.6\n"])
    let mended = try PythonTools.persistently { try baji("test", "::", timeout: PythonTools.patience) }
    #expect(mended.status == 0, "\(mended.text)")
  }

  @Test func aVariableInAnAddressIsKeptNowhere() throws {
    let baji = try baji(["server.txt": BadPythonTests.wheelServer, "a_test.py": "import foo\ndef test_a():\n    assert foo.VALUE == 7\n"])
    let server = try baji.start(program: ["/bin/sh", "-c", "exec python3 -u server.txt"])
    defer {
      server.send(SIGKILL)
      _ = try? server.end()
    }
    #expect(eventually { server.outputSoFar.hasSuffix("\n") })
    let lines = server.outputSoFar.split(separator: "\n")
    let address = "http://me:${TOKEN}@127.0.0.1:\(lines.first ?? "0")/foo-1.0-py3-none-any.whl"
    try baji.write(["requirements.txt": "foo @ \(address)\n", "main.lock": "foo @ \(address) --hash=sha256:\(lines.last ?? "")\n"])
    let own = ["UV_CACHE_DIR": "\(baji.home)/uv", "PIP_CACHE_DIR": "\(baji.home)/pip"]
    #expect(try baji("peek", ":requirements#foo").output.contains("${TOKEN}"))
    let unset = try baji("test", "::", environment: own, timeout: PythonTools.patience)
    check(unset, status: 3, ["TOKEN: is not set, and the address of a requirement names it"])
    let set = try baji("test", "::", environment: own.merging(["TOKEN": "tell-nobody-4712"]) { $1 }, timeout: PythonTools.patience)
    #expect(set.status == 0, "\(set.text)")
    #expect(!set.text.contains("tell-nobody"))
    let found = try baji.shell("grep -rla tell-nobody \"$XDG_CACHE_HOME\" dist .baji 2>/dev/null")
    #expect(found.output == "", "kept in \(found.output)")
    #expect(try baji("test", "::", environment: own).output.contains("1 passed (1 cached)"), "the value is in no key")
  }

  /// Serves one wheel to whoever has the password; its lines are the port and the wheel's hash.
  private static let wheelServer = """
    import base64, hashlib, http.server, io, zipfile
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        info = "foo-1.0.dist-info/"
        wheel.writestr("foo/__init__.py", "VALUE = 7\\n")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: foo\\nVersion: 1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "".join(name + ",,\\n" for name in ["foo/__init__.py", info + "METADATA", info + "WHEEL", info + "RECORD"]))
    content = buffer.getvalue()
    wanted = "Basic " + base64.b64encode(b"me:tell-nobody-4712").decode()
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            known = self.headers.get("Authorization") == wanted
            self.send_response(200 if known else 401)
            if not known:
                self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.send_header("Content-Length", str(len(content) if known else 0))
            self.end_headers()
            if known and self.command == "GET":
                self.wfile.write(content)
        do_HEAD = do_GET
        def log_message(self, *ignored): pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print("%d\\n%s" % (server.server_port, hashlib.sha256(content).hexdigest()), flush=True)
    server.serve_forever()

    """

  @Test func noNetwork() throws {
    let changes = ["a_test.py": "import lib\ndef test_a(): pass\n"]
    let cold = try Baji(BadPythonTests.files().merging(changes) { $1 }, environment: PythonTools.environment)
    let away = BadPythonTests.nowhere.merging(["UV_CACHE_DIR": "\(cold.home)/uv", "PIP_CACHE_DIR": "\(cold.home)/pip", "PIP_RETRIES": "1"])
    { $1 }
    let ended = try cold("test", "::", environment: away, timeout: PythonTools.patience)
    check(ended, status: 3, ["`uv` could not be installed", "the index cannot be reached", "[python-repos] indexes"])
    #expect(ended.text.components(separatedBy: "(the index cannot be reached").count == 2, "once: \(ended.text)")
    // What is installed stays usable.
    let warm = try baji()
    #expect(try warm("test", "::", environment: away, timeout: PythonTools.patience).status == 0)
  }

  @Test func anIndexThatAsksForAPassword() throws {
    let baji = try baji(["server.txt": BadPythonTests.server])
    let server = try baji.start(program: ["/bin/sh", "-c", "exec python3 -u server.txt"])
    defer {
      server.send(SIGKILL)
      _ = try? server.end()
    }
    #expect(eventually { server.outputSoFar.hasSuffix("\n") })
    let port = server.outputSoFar.split(separator: "\n").first ?? "0"
    let address = "http://somebody:tell-nobody-4711@127.0.0.1:\(port)/simple/"
    let own = ["UV_CACHE_DIR": "\(baji.home)/uv", "PIP_CACHE_DIR": "\(baji.home)/pip"]

    // From the environment: not in the key, so the tools that are there are used, and the one that is not is asked for.
    let variable = try baji(
      "lint", "lib.py", environment: own.merging(["PIP_INDEX_URL": address, "UV_DEFAULT_INDEX": address]) { $1 },
      timeout: PythonTools.patience)
    check(variable, status: 3, ["`pyupgrade` could not be installed", "the index asks for a name and a password"])
    // From the configuration: another index, so all is installed anew.
    try baji.write(["baji.toml": BadPythonTests.configuration + "[python-repos]\nindexes = [\"\(address)\"]\n"])
    let configured = try baji("lint", "lib.py", environment: own, timeout: PythonTools.patience)
    check(
      configured, status: 3, ["`uv` could not be installed", "401 Client Error", "the index asks for a name and a password", "~/.netrc"])
    let help = try baji("help", "python-repos")
    #expect(help.output.contains("http://***@127.0.0.1:\(port)/simple/"), "\(help.text)")

    #expect(
      server.errorSoFar.components(separatedBy: "c29tZWJvZHk6dGVsbC1ub2JvZHktNDcxMQ==").count > 2, "both reached it: \(server.errorSoFar)")
    for ended in [variable, configured, help] { #expect(!ended.text.contains("tell-nobody"), "\(ended.text)") }
    let found = try baji.shell("grep -rla tell-nobody \"$XDG_CACHE_HOME\" dist .baji 2>/dev/null")
    #expect(found.output == "", "kept in \(found.output)")
  }

  /// Wants a password whatever it is given; the port is its first line, each request's credentials a line of its errors.
  private static let server = """
    import http.server, sys
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            print(self.headers.get("Authorization"), file=sys.stderr, flush=True)
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        do_HEAD = do_GET
        def log_message(self, *ignored): pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()

    """

  @Test func interruptedWhileToolsAreInstalled() throws {
    let baji = try Baji(BadPythonTests.files(), environment: PythonTools.environment)
    let running = try baji.start(["test", "::"])
    #expect(eventually(within: .seconds(60)) { running.errorSoFar.contains("installing") })
    running.sendToGroup(SIGINT)
    let ended = try running.end(within: .seconds(60))
    #expect(ended.status == 130, "\(ended.text)")
    #expect(try baji("list", "::").status == 0)
    let trees = try baji.shell("ls \"$XDG_CACHE_HOME\"/baji/v1/trees | grep -v lock")
    #expect(trees.output == "", "nothing half-made is left: \(trees.output)")
  }

  // MARK: - Tests

  @Test(arguments: [
    ("x = 1\n", "no tests found"),
    ("import os\ndef test_a():\n    os.kill(os.getpid(), 9)\n", "killed by signal 9"),
    ("import ctypes\ndef test_a():\n    ctypes.string_at(0)\n", "killed by signal 11"),
    ("import os\ndef test_a():\n    os._exit(0)\n", "did not leave its outputs: __junit__.xml"),
    ("def test_a(:\n    pass\n", "SyntaxError"),
    ("import nothing_of_the_kind\n", "No module named 'nothing_of_the_kind'"),
  ]) func aTestThatIsNone(text: String, expected: String) throws {
    let baji = try baji(["a_test.py": text])
    let ended = try baji("test", "::", timeout: PythonTools.patience)
    #expect(ended.status == 1, "\(ended.text)")
    #expect(ended.output.contains(expected), "\(ended.text)")
    let again = try baji("test", "::", timeout: PythonTools.patience)
    #expect(again.status == 1 && again.output.contains("1 failed (1 ran"), "nothing was kept: \(again.text)")
  }

  @Test func aTestThatHangs() throws {
    let test =
      "import signal, subprocess, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ndef test_a():\n    print('begun')\n    time.sleep(1000)\n"
    let baji = try baji(["a_test.py": test, "BUILD": "python_tests(name = \"tests\", timeout = 2)\n"])
    let ended = try baji("test", "::", timeout: PythonTools.patience)
    check(ended, status: 1, ["timed out after 2s", "`timeout`", "test: 1 failed"])
  }

  @Test func aTestThatSaysTooMuch() throws {
    let test =
      "import os\ndef test_a(capfd):\n    with capfd.disabled():\n        for _ in range(200):\n            os.write(1, b'y' * 1048576)\n"
    let ended = try self.test(["a_test.py": test])
    #expect(ended.status == 0, "\(ended.text.suffix(2000))")
    #expect(ended.outputBytes.count < 10_000)
    // Of what failed the beginning and the end are shown, and where the rest is.
    let failed = try self.test([
      "a_test.py": test.replacingOccurrences(of: "        for", with: "        os.write(1, b'the first line')\n        for")
        + "            os.write(1, b'\\n')\n        os.write(1, b'the last line')\n    assert False, 'after all'\n"
    ])
    #expect(failed.status == 1, "\(failed.text.suffix(2000))")
    #expect(failed.outputBytes.count < 600_000, "\(failed.outputBytes.count) bytes")
    for part in [
      "the first line", "the last line", "AssertionError: after all", "left out here; the first and the last of it, 64.0 MiB in all, in /",
    ] {
      #expect(failed.output.contains(part), "wanted `\(part)` in: …\(failed.output.suffix(2000))")
    }
  }

  @Test func aConftestThatFails() throws {
    let baji = try baji([
      "conftest.py": "raise RuntimeError('not today')\n",
      "BUILD": "python_tests(name = \"tests\")\npython_test_utils(name = \"utilities\")\n",
    ])
    let ended = try baji("test", "::", timeout: PythonTools.patience)
    check(ended, status: 1, ["ImportError while loading conftest", "conftest.py:1:", "RuntimeError: not today"])
    try baji.write(["conftest.py": "\n"])
    #expect(try baji("test", "::", timeout: PythonTools.patience).status == 0)
  }

  @Test func sourcesThatAreNoTextOrNoPython() throws {
    for bytes in [Data([0x23, 0xFF, 0xFE, 0x0A, 0x58, 0x3D, 0x22, 0xE9, 0x22, 0x0A]), Data("def f(:\n    import tabulate\n".utf8)] {
      let baji = try baji(["a_test.py": "import lib\ndef test_a(): pass\n"])
      try bytes.write(to: URL(filePath: baji.path("lib.py")))
      #expect(try baji("dependencies", "lib.py").status == 0)
      #expect(try baji("dependencies", "a_test.py").output == "//lib.py:lib\n")
      let ended = try baji("test", "::", timeout: PythonTools.patience)
      check(ended, status: 1, ["lib.py\", line", "SyntaxError"])
    }
  }

  @Test func namesWithSpaces() throws {
    let baji = try Baji(
      BadPythonTests.files().merging(["a b/BUILD": "python_tests(name = \"tests\")\n", "a b/c d_test.py": "def test_a(): pass\n"]) { $1 },
      named: "a workspace", store: BadPythonTests.warm.get(), environment: PythonTools.environment)
    let ended = try baji("test", "a b::", timeout: PythonTools.patience)
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains("✓ a b/c d_test.py:tests"), "\(ended.text)")
  }

  @Test func anInterpreterThatIsGone() throws {
    let baji = try baji()
    // A program that is a link to an interpreter is found, probed, and then taken away.
    let folder = baji.path("interpreters")
    try baji.write([
      "baji.toml": BadPythonTests.configuration + "[python-bootstrap]\nsearch_path = [\"\(folder)\", \"<PATH>\"]\n",
      "interpreters/python3": "#!/bin/sh\nexec /usr/bin/env python3 \"$@\"\n",
    ])
    #expect(try baji("test", "::", timeout: PythonTools.patience).status == 0)
    try baji.remove("interpreters/python3")
    try baji.write(["a_test.py": "def test_b():\n    pass\n"])
    let ended = try baji("test", "::", timeout: PythonTools.patience)
    #expect(ended.status == 0, "another one that fits is taken: \(ended.text)")
    try baji.edit("baji.toml", ", \"<PATH>\"", "")
    let none = try baji("test", "::", timeout: PythonTools.patience)
    check(none, status: 2, ["no interpreter satisfies", "found: none", "looked in: \(folder)"])
  }

  @Test func anInterpreterThatGoesWhileTheRunGoesOn() throws {
    let baji = try baji()
    // Answers the probe, and is taken away by the first who works with it.
    try baji.write([
      "baji.toml": BadPythonTests.configuration + "[python-bootstrap]\nsearch_path = [\"\(baji.path("interpreters"))\"]\n",
      "interpreters/python3":
        "#!/bin/sh\ncase \"$*\" in *importlib.util*) ;; *) rm -f \"$0\" ;; esac\nexec /usr/bin/env python3 \"$@\"\n",
    ])
    let ended = try baji("test", "::", timeout: PythonTools.patience)
    check(
      ended, status: 3, ["`python3` was at `\(baji.path("interpreters/python3"))` when this run was planned, and is not there any more"])
    check(try baji("test", "::"), status: 2, ["no interpreter satisfies", "found: none"])
  }

  @Test func aShimMeansTheInterpreterThatAnswered() throws {
    let baji = try baji()
    let start = try baji.shell("python3 -c 'import os, sys; print(os.path.realpath(sys.executable))'").output
    try baji.write([
      "baji.toml": BadPythonTests.configuration + "[python-bootstrap]\nsearch_path = [\"\(baji.path("manager/shims"))\"]\n",
      "manager/version": start, "manager/shims/python3": "#!/bin/sh\nexec \"$(cat \"$(dirname \"$0\")/../version\")\" \"$@\"\n",
    ])
    let first = try baji("test", "::", timeout: PythonTools.patience)
    #expect(first.status == 0, "\(first.text)")
    // Another version is chosen for the whole machine, and something is to be installed.
    try baji.write(["manager/version": "/bin/false\n", "a_test.py": "import lib\n\ndef test_a():\n    pass\n"])
    let second = try PythonTools.persistently { try baji("test", "::", timeout: PythonTools.patience) }
    #expect(second.status == 0, "\(second.text)")
  }
}
