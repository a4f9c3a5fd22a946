// A large Python repository made for Pants, unmodified: github.com/lablup/backend.ai at one commit, with its own linter, tests and lockfiles.

import Foundation
import TestSupport
import Testing

private let commit = "104a7db81e87cc4538d45547008bfa7ee007a6c0"

/// The git directory of `$BAJI_CLONES/lablup+backend.ai`: of a clone, or bare.
private let clone: String? = {
  guard let folder = ProcessInfo.processInfo.environment["BAJI_CLONES"].map({ "\($0)/lablup+backend.ai" }) else { return nil }
  return ["\(folder)/.git", folder, "\(folder)/repo"].first { FileManager.default.fileExists(atPath: "\($0)/objects") }
}()

/// Where pyenv keeps the one version that the tests ask for; nil where it does not.
private let pyenv: String? = {
  let own = ProcessInfo.processInfo.environment
  return [own["PYENV_ROOT"], own["HOME"].map { "\($0)/.pyenv" }].compactMap { $0 }.first {
    FileManager.default.isExecutableFile(atPath: "\($0)/versions/3.11.7/bin/python3.11")
  }
}()

@Suite(
  .serialized, .needsBinary, .needs("git", "tar", "strace"),
  .enabled("BAJI_CLONES has no clone of lablup/backend.ai") { clone != nil },
  .enabled("pyenv has no 3.11.7") { pyenv != nil }, .enabled("strace is not permitted here") { Trace.isPermitted })
struct BackendAITests {
  /// Its locks were made for 3.11.6.
  private static let overrides = [
    "--python-interpreter-constraints=['CPython==3.11.7']", "--python-invalid-lockfile-behavior=ignore",
  ]
  private static let tests = ["test_json.py", "test_argparse.py", "test_msgpack.py", "test_typed_validators.py"].map {
    "tests/common/\($0)"
  }

  private let baji: Baji

  init() throws {
    var environment = PythonTools.environment
    environment["PYENV_ROOT"] = pyenv
    baji = try Baji(configured: false, environment: environment)
    let git = try #require(clone)
    let extracted = try baji.shell("git --git-dir=\"\(git)\" archive \(commit) | tar -x && git init -q .")
    try #require(extracted.status == 0, "\(extracted.text)")
  }

  /// With its own ruff, from its own lock and with its own settings.
  @Test func lintsAFolderAndThenStartsNothing() throws {
    let lint = BackendAITests.overrides + ["lint", "src/ai/backend/common::"]
    let first = try baji.start(lint).end(within: PythonTools.patience)
    #expect(first.status == 0, "\(first.text)")
    for tool in ["ruff-check", "ruff-format"] { #expect(first.output.contains("✓ \(tool): 39 files"), "\(first.text)") }
    let again = try Trace.run(baji, lint)
    #expect(again.ended.status == 0, "\(again.ended.text)")
    #expect(again.execs.map(\.program) == ["baji"])

    let file = "src/ai/backend/common/json.py"
    try baji.write([file: baji.read(file) + "import os\n"])
    let found = try baji.start(lint).end(within: PythonTools.patience)
    #expect(found.status == 1, "\(found.text)")
    #expect(found.output.contains("\(file):") && found.output.contains("F401"), "\(found.text)")
  }

  @Test func itsTestsPassAndThenNothingRuns() throws {
    let test = BackendAITests.overrides + ["test"] + BackendAITests.tests
    let first = try baji.start(test).end(within: PythonTools.patience)
    #expect(first.status == 0, "\(first.text)")
    #expect(first.output.contains("test: 4 passed (4 ran)"), "\(first.text)")
    let again = try Trace.run(baji, test)
    #expect(again.ended.output.contains("test: 4 passed (4 cached)"), "\(again.ended.text)")
    #expect(again.execs.map(\.program) == ["baji"])
  }

  @Test func aLockForAnotherInterpreterIsRefused() throws {
    let refused = try baji("--python-interpreter-constraints=['CPython==3.11.7']", "test", BackendAITests.tests[0])
    #expect(refused.status == 2, "\(refused.text)")
    #expect(refused.error.contains("made for interpreters CPython==3.11.6"), "\(refused.text)")
  }

  /// What Pants 2.17.1 writes into the wheel's METADATA, with a table of the configuration in the place of the repository's own plugin.
  @Test func metadataIsWhatPantsWrites() throws {
    let defaults = "\(Baji.checkout)/bench/peers/backend.ai.toml"
    let ended = try PythonTools.persistently {
      try baji.start(
        BackendAITests.overrides + [
          "--pants-config-files=\(defaults)", "package", "src/ai/backend/install:dist", "src/ai/backend/runner:dist",
        ]
      ).end(within: PythonTools.patience)
    }
    #expect(ended.status == 0, "\(ended.text)")
    let wheel = "dist/backend.ai_install-24.3.0a1-py3-none-any.whl"
    let shown = try baji.shell(
      "python3 -c \"import zipfile; print(zipfile.ZipFile('\(wheel)').read('backend.ai_install-24.3.0a1.dist-info/METADATA').decode())\"")
    #expect(
      shown.output.hasPrefix(
        """
        Metadata-Version: 2.1
        Name: backend.ai-install
        Version: 24.3.0a1
        Summary: Backend.AI Installer
        Home-page: https://github.com/lablup/backend.ai
        Author: Lablup Inc. and contributors
        License: MIT
        Project-URL: Documentation, https://docs.backend.ai/
        Project-URL: Source, https://github.com/lablup/backend.ai
        Classifier: Intended Audience :: Developers
        Classifier: Operating System :: MacOS :: MacOS X
        Classifier: Operating System :: POSIX :: Linux
        Classifier: Programming Language :: Python
        Classifier: Programming Language :: Python :: 3
        Classifier: Environment :: No Input/Output (Daemon)
        Classifier: Topic :: Scientific/Engineering
        Classifier: Topic :: Software Development
        Classifier: Development Status :: 3 - Alpha
        Classifier: Programming Language :: Python :: 3.11
        Classifier: License :: OSI Approved :: MIT License
        Requires-Python: >=3.11,<3.12
        Description-Content-Type: text/markdown
        Requires-Dist: aiofiles (~=0.8.0)
        Requires-Dist: aiohttp (~=3.9.1)
        Requires-Dist: aiotools (~=1.7.0)
        Requires-Dist: asyncpg (>=0.27.0)
        Requires-Dist: backend.ai-common (==24.03.0a1)
        Requires-Dist: backend.ai-plugin (==24.03.0a1)
        Requires-Dist: click (~=8.1.7)
        Requires-Dist: pydantic (~=2.4.2)
        Requires-Dist: python-dateutil (>=2.8)
        Requires-Dist: rich (~=13.6)
        Requires-Dist: textual (~=0.41)
        Requires-Dist: tomlkit (~=0.11.1)
        Requires-Dist: types-aiofiles
        Requires-Dist: types-python-dateutil

        Backend.AI Installer
        """), "\(shown.text)")
    for tags in ["manylinux2014_x86_64.macosx_11_0_x86_64", "manylinux2014_aarch64.macosx_11_0_arm64"] {
      #expect(baji.exists("dist/backend.ai_kernel_binary-24.3.0a1-py3-none-\(tags).whl"), "\(ended.text)")
    }
  }
}
