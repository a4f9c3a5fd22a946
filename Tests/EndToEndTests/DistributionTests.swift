// Distributions as they are built: installed and run, the same to the byte in another folder, rebuilt only where something changed, and what is said when they cannot be.

import Foundation
import TestSupport
import Testing

@Suite(.serialized, .needsBinary, .needs("cc"), .enabled("no Python with pip to be found") { PythonTools.areThere })
struct DistributionTests {
  private static let configuration = """
    [GLOBAL]
    backend_packages = ["baji.python"]
    [source]
    root_patterns = ["/"]
    [python]
    interpreter_constraints = ["CPython>=3.9,<3.14"]
    [python.distribution-defaults]
    author = "The Project"
    version_file = "VERSION"
    urls = { Source = "https://example.org/source" }

    """

  private static let files = [
    "baji.toml": configuration, "VERSION": "1.2\n", "README.md": "# Words\n",
    "base/BUILD":
      "python_sources(name = \"lib\")\nresources(name = \"data\", sources = [\"*.txt\"])\n"
      + "python_distribution(name = \"dist\", dependencies = [\":lib\", \":data\"], provides = python_artifact(name = \"base-lib\"))\n",
    "base/core.py": "import pkgutil\n\ndef greet():\n    return pkgutil.get_data('base', 'greeting.txt').decode()\n",
    "base/__init__.py": "", "base/greeting.txt": "hello",
    "app/BUILD":
      "python_sources(name = \"lib\")\npython_distribution(name = \"dist\", provides = setup_py(name = \"app\"), long_description_path = \"README.md\",\n"
      + "    entry_points = {\"console_scripts\": {\"say-hello\": \"app.main:main\"}})\n",
    "app/main.py": "from base.core import greet\n\ndef main():\n    print(greet())\n",
    // What a compiler would make, without one.
    "native/BUILD":
      "python_sources(name = \"lib\", sources = [\"setup.py\", \"native/*.py\"])\n"
      + "python_distribution(name = \"dist\", dependencies = [\":lib\"], generate_setup = False, native = True, provides = python_artifact(name = \"native\"))\n",
    "native/setup.py":
      "from setuptools import Distribution, setup\n\nclass Native(Distribution):\n    def has_ext_modules(self):\n        return True\n\n"
      + "setup(name='native', version='3', packages=['native'], distclass=Native)\n",
    "native/native/__init__.py": "",
  ]

  /// A store in which the build backend is installed and everything has been built once.
  private static let warm: Result<(baji: Baji, first: Ended), any Error> = Result {
    let baji = try Baji(files, environment: PythonTools.environment)
    atexit { if let warm = try? DistributionTests.warm.get() { try? FileManager.default.removeItem(atPath: warm.baji.place.path) } }
    return (baji, try PythonTools.persistently { try baji.start(["package", "::"]).end(within: PythonTools.patience) })
  }

  private func baji(_ changes: [String: String] = [:], named name: String = "workspace") throws -> Baji {
    try Baji(
      DistributionTests.files.merging(changes) { $1 }, named: name, store: DistributionTests.warm.get().baji,
      environment: PythonTools.environment)
  }

  private func package(_ baji: Baji, _ specs: String...) throws -> Ended {
    try baji.start(["package"] + (specs.isEmpty ? ["::"] : specs)).end(within: PythonTools.patience)
  }

  private func artifacts(_ baji: Baji) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: baji.path("dist")).sorted()
  }

  @Test func wheelsAreInstalledAndRun() throws {
    let (baji, first) = try DistributionTests.warm.get()
    #expect(first.status == 0, "\(first.text)")
    let made = try artifacts(baji)
    for name in ["app-1.2-py3-none-any.whl", "app-1.2.tar.gz", "base_lib-1.2-py3-none-any.whl", "base_lib-1.2.tar.gz", "native-3.tar.gz"] {
      #expect(made.contains(name), "\(made)")
    }
    let ended = try baji.shell(
      "python3 -m venv ../env && ../env/bin/pip -q install --no-index --find-links dist app && ../env/bin/say-hello",
      timeout: PythonTools.patience)
    #expect(ended.output.hasSuffix("hello\n"), "\(ended.text)")
    let shown = try baji.shell(
      "python3 -c \"import zipfile; print(zipfile.ZipFile('dist/app-1.2-py3-none-any.whl').read('app-1.2.dist-info/METADATA').decode())\"")
    for line in ["Author: The Project", "Project-URL: Source, https://example.org/source", "Requires-Dist: base-lib==1.2", "# Words"] {
      #expect(shown.output.contains(line), "\(shown.text)")
    }
  }

  /// One for each interpreter, and each file's name says what `Tag:` in it says.
  @Test func nativeWheelsAreTaggedAsTheyAreNamed() throws {
    let baji = try DistributionTests.warm.get().baji
    let wheels = try artifacts(baji).filter { $0.hasPrefix("native-3-cp3") && $0.hasSuffix(".whl") }
    #expect(!wheels.isEmpty)
    for wheel in wheels {
      let shown = try baji.shell(
        "python3 -c \"import zipfile; print(zipfile.ZipFile('dist/\(wheel)').read('native-3.dist-info/WHEEL').decode())\"")
      #expect(shown.output.contains("Tag: \(wheel.dropFirst("native-3-".count).dropLast(".whl".count))\n"), "\(shown.text)")
    }
    let unannounced = try self.baji([
      "native/BUILD": DistributionTests.files["native/BUILD"].map { $0.replacingOccurrences(of: "native = True, ", with: "") } ?? ""
    ])
    let refused = try package(unannounced, "native:dist")
    #expect(refused.status == 1, "\(refused.text)")
    #expect(refused.text.contains("say `native = True`"), "\(refused.text)")
  }

  /// Another folder, and another key: nothing is taken from the store.
  @Test func theSameBytesInAnotherFolder() throws {
    let first = try DistributionTests.warm.get().baji
    let again = { (build: String?) in (build ?? "").replacingOccurrences(of: "provides = ", with: "env_vars = [\"UNUSED=1\"], provides = ")
    }
    let files = DistributionTests.files
    let other = try baji(
      ["base/BUILD": again(files["base/BUILD"]), "app/BUILD": again(files["app/BUILD"]), "native/BUILD": again(files["native/BUILD"])],
      named: "elsewhere/further down")
    let ended = try package(other)
    #expect(ended.output.contains("package: 3 built (3 ran"), "\(ended.text)")
    #expect(try artifacts(other) == artifacts(first))
    for name in try artifacts(first) { #expect(try other.bytes("dist/\(name)") == first.bytes("dist/\(name)"), "\(name)") }
  }

  @Test func anEditRebuildsWhatHoldsIt() throws {
    let baji = try baji()
    #expect(try package(baji).output.contains("package: 3 built (3 cached)"))
    try baji.edit("app/main.py", "print(greet())", "print(greet() + '!')")
    let edited = try package(baji)
    #expect(edited.output.contains("package: 3 built (1 ran: app/main.py changed; 2 cached)"), "\(edited.text)")
    try baji.write(["VERSION": "1.3"])
    let renewed = try package(baji)
    #expect(
      renewed.output.contains("app-1.3-py3-none-any.whl") && renewed.output.contains("base_lib-1.3-py3-none-any.whl"), "\(renewed.text)")
  }

  @Test func versionsComeFromTags() throws {
    let configuration = DistributionTests.configuration.replacingOccurrences(
      of: "version_file = \"VERSION\"", with: "version_tags = \"v*\"")
    let baji = try baji(["baji.toml": configuration, ".gitignore": "/dist/\n"])
    func git(_ lines: String) throws {
      let ended = try baji.shell(
        "export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org; set -e; \(lines)")
      #expect(ended.status == 0, "\(ended.text)")
    }
    func refused(_ text: String) throws {
      let ended = try package(baji, "base:dist")
      #expect(ended.status == 2 && ended.text.contains(text), "\(ended.text)")
    }
    func built(_ pattern: String) throws {
      let ended = try package(baji, "base:dist")
      let isNamed = try ended.output.contains(Regex(pattern))
      #expect(ended.status == 0 && isNamed, "\(ended.text)")
    }
    try refused("is in no git repository")
    try git("git init -q -b main . && git add -A && git commit -qm first")
    try refused("no tag `v*` is before the commit")
    try git("git tag v2.0")
    try built(#"dist/base_lib-2\.0-py3-none-any\.whl"#)
    try git("echo more >>README.md")
    try built(#"dist/base_lib-2\.1\.dev0\+g[0-9a-f]{9}\.modified-py3-none-any\.whl"#)
    try git("git commit -qam second")
    try built(#"dist/base_lib-2\.1\.dev1\+g[0-9a-f]{9}-py3-none-any\.whl"#)
    try git("git tag v2.1rc1")
    try built(#"dist/base_lib-2\.1rc1-py3-none-any\.whl"#)
    try git("git tag -d v2.1rc1 && git tag vNext")
    try refused("the tag `vNext` names no version")
  }

  @Test func aBuildThatFailsShowsItsLog() throws {
    let setup =
      "from setuptools import Extension, setup\n\nsetup(name='native', version='3', packages=['native'], ext_modules=[Extension('native.fast', ['native/fast.c'])])\n"
    let baji = try baji([
      "native/setup.py": setup, "native/native/fast.c": "#error broken on purpose\n",
      "native/BUILD":
        (DistributionTests.files["native/BUILD"] ?? "").replacingOccurrences(of: "[\":lib\"]", with: "[\":lib\", \":c\"]")
        + "resources(name = \"c\", sources = [\"native/*.c\"])\n",
    ])
    let ended = try package(baji, "native:dist")
    #expect(ended.status == 1, "\(ended.text)")
    #expect(ended.text.contains("broken on purpose"), "\(ended.text)")
    #expect(ended.text.contains("could not build it"), "\(ended.text)")
    #expect(!ended.text.contains("Traceback"), "\(ended.text)")
    #expect(!baji.exists("dist"))
  }

  @Test func anEntryPointWhoseFunctionIsNotThere() throws {
    let baji = try baji(["app/main.py": "from base.core import greet\n"])
    let ended = try package(baji, "app:dist")
    #expect(ended.status == 1, "\(ended.text)")
    #expect(ended.text.contains("the entry point `say-hello = app.main:main` names nothing: app/main.py has no `main`"), "\(ended.text)")
  }

  @Test func archivesHoldDistributions() throws {
    let baji = try baji(["BUILD": "archive(name = \"all\", format = \"tar\", packages = [\"app:dist\", \"base:dist\"])\n"])
    let ended = try package(baji, "//:all")
    #expect(ended.status == 0, "\(ended.text)")
    let listed = try baji.shell("tar tf dist/all.tar")
    #expect(
      listed.output == "app-1.2-py3-none-any.whl\napp-1.2.tar.gz\nbase_lib-1.2-py3-none-any.whl\nbase_lib-1.2.tar.gz\n", "\(listed.text)")
  }

  @Test func twoDistributionsOfOneName() throws {
    let baji = try baji([
      "app/BUILD": (DistributionTests.files["app/BUILD"] ?? "").replacingOccurrences(of: "\"app\"", with: "\"base-lib\"")
    ])
    let ended = try package(baji)
    #expect(ended.status == 2, "\(ended.text)")
    #expect(ended.text.contains("`app:dist` and `base:dist` both made `base_lib-1.2-py3-none-any.whl`"), "\(ended.text)")
    #expect(!baji.exists("dist"))
  }
}
