// Random repositories of two languages, and random edits of them, as data: a failing sequence can be shortened and printed.

import Foundation
import Glibc
import TestSupport

/// What lies at a path.
enum RandomEntry: Equatable {
  case text(String, isExecutable: Bool = false)
  case link(String)
}

/// One change of a repository. Each can be applied to any state: what is not there is not removed.
enum RandomEdit: CustomStringConvertible {
  case write(String, RandomEntry)
  case remove(String)
  case rename(String, String)
  case mode(String, isExecutable: Bool)

  var description: String {
    switch self {
    case .write(let path, .text(let text, let isExecutable)): "write \(path)\(isExecutable ? " (executable)" : "") \(text.debugDescription)"
    case .write(let path, .link(let target)): "link \(path) → \(target)"
    case .remove(let path): "remove \(path)"
    case .rename(let old, let new): "rename \(old) → \(new)"
    case .mode(let path, let isExecutable): "chmod \(isExecutable ? "+x" : "-x") \(path)"
    }
  }
}

/// A repository as it should be on disk.
struct RandomRepository {
  private(set) var files: [String: RandomEntry] = [:]

  /// Changes the files and what is on disk under `root`.
  mutating func apply(_ edit: RandomEdit, under root: String) throws {
    switch edit {
    case .write(let path, let entry):
      try clear(path, under: root)
      files[path] = entry
      let full = "\(root)/\(path)"
      try FileManager.default.createDirectory(atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      switch entry {
      case .text(let text, let isExecutable):
        try Data(text.utf8).write(to: URL(filePath: full))
        chmod(full, isExecutable ? 0o755 : 0o644)
      case .link(let target): try FileManager.default.createSymbolicLink(atPath: full, withDestinationPath: target)
      }
    case .remove(let path):
      guard files.removeValue(forKey: path) != nil else { return }
      unlink("\(root)/\(path)")
    case .rename(let old, let new):
      guard old != new, files[old] != nil else { return }
      try clear(new, under: root)
      guard let entry = files.removeValue(forKey: old) else { return }
      files[new] = entry
      let full = "\(root)/\(new)"
      try FileManager.default.createDirectory(atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      rename("\(root)/\(old)", full)
    case .mode(let path, let isExecutable):
      guard case .text(let text, _)? = files[path] else { return }
      files[path] = .text(text, isExecutable: isExecutable)
      chmod("\(root)/\(path)", isExecutable ? 0o755 : 0o644)
    }
  }

  /// Makes room for a file: what lies there, below it, or in the place of a folder above it goes.
  private mutating func clear(_ path: String, under root: String) throws {
    for other in files.keys where other == path || other.hasPrefix(path + "/") || path.hasPrefix(other + "/") {
      files[other] = nil
      unlink("\(root)/\(other)")
    }
    var status = stat()
    if lstat("\(root)/\(path)", &status) == 0 { try FileManager.default.removeItem(atPath: "\(root)/\(path)") }
  }

  // MARK: - What there may be

  static let directories = ["", "src/app", "src/app/sub", "src/lib", "tests", "scripts"]

  /// The edits that make a repository to begin with.
  static func beginning(_ random: inout Seeded) -> [RandomEdit] {
    var edits: [RandomEdit] = [
      .write("baji.toml", .text(configuration(&random))), .write("requirements.txt", .text(requirements(&random))),
    ]
    for directory in directories {
      for _ in 0..<3 { edits.append(source(in: directory, &random)) }
      if random.chance(60) { edits.append(.write(joined(directory, "BUILD"), .text(buildFile(directory, &random)))) }
    }
    return edits
  }

  /// A next edit, likely one that changes something.
  func edit(_ random: inout Seeded) -> RandomEdit {
    let directory = random.pick(RandomRepository.directories)
    let paths = files.keys.sorted()
    let sources = paths.filter { $0.hasSuffix(".py") || $0.hasSuffix(".sh") }
    let some = sources.isEmpty ? "src/app/m0.py" : random.pick(sources)
    switch random.next() % 100 {
    case 0..<18: return RandomRepository.source(in: directory, &random)
    case 18..<33: return .write(some, .text(RandomRepository.content(of: some, &random), isExecutable: random.chance(20)))
    case 33..<40:
      guard case .text(let text, let isExecutable)? = files[some] else { return .remove(some) }
      return .write(some, .text(text + "# \(random.next() % 1000)\n", isExecutable: isExecutable))
    case 40..<50: return .remove(paths.isEmpty || random.chance(70) ? some : random.pick(paths.filter { $0 != "baji.toml" }))
    case 50..<57: return .rename(some, RandomRepository.path(in: directory, &random))
    case 57..<75: return .write(RandomRepository.joined(directory, "BUILD"), .text(RandomRepository.buildFile(directory, &random)))
    case 75..<78: return .remove(RandomRepository.joined(directory, "BUILD"))
    case 78..<82: return .write("requirements.txt", .text(RandomRepository.requirements(&random)))
    case 82..<85: return .write("default.lock", .text(RandomRepository.lock(&random)))
    case 85..<91: return .write("baji.toml", .text(RandomRepository.configuration(&random)))
    case 91..<93:
      let name = random.pick([".flake8", "setup.cfg", "src/.isort.cfg", "mypy.ini", "pytest.ini", ".shellcheckrc", ".gitignore"])
      let text = random.pick(["", "[flake8]\nmax-line-length = 9\n", "[isort]\n", "[mypy]\n", "src/lib/\n", "*.sh\n"])
      return random.chance(30) ? .remove(name) : .write(name, .text(text))
    case 93..<96: return .mode(some, isExecutable: random.chance(50))
    case 96..<98:
      return .write(
        RandomRepository.path(in: directory, &random), .link(random.pick(["m0.py", "../lib/m1.py", "nowhere.py", ".", "/etc/hostname"])))
    default: return .write(random.pick(["src/linked", "tests/data"]), .link(random.pick(["../src/lib", "lib", "..", "app"])))
    }
  }

  /// Edits after which a repository can be loaded, whatever is wrong with it.
  func mending(_ random: inout Seeded) -> [RandomEdit] {
    var edits: [RandomEdit] = [.remove(".gitignore")]
    for path in files.keys.sorted() {
      if case .link = files[path] { edits.append(.remove(path)) }
      if path == "BUILD" || path.hasSuffix("/BUILD") {
        edits.append(.write(path, .text(RandomRepository.buildFile(String(path.dropLast(6)), isSound: true, &random))))
      }
    }
    return edits + [
      .write("baji.toml", .text(RandomRepository.configuration(&random))),
      .write("requirements.txt", .text(RandomRepository.requirements(&random))),
      .write("default.lock", .text(RandomRepository.lock(&random))),
    ]
  }

  static func joined(_ directory: String, _ name: String) -> String { directory.isEmpty ? name : "\(directory)/\(name)" }

  private static func path(in directory: String, _ random: inout Seeded) -> String {
    let names = [
      "m0.py", "m1.py", "m2.py", "__init__.py", "conftest.py", "test_m0.py", "test_m1.py", "m1.pyi", "s0.sh", "s1.sh", "s0_test.sh",
      "d.json",
    ]
    return joined(directory, random.pick(names))
  }

  private static func source(in directory: String, _ random: inout Seeded) -> RandomEdit {
    let path = path(in: directory, &random)
    return .write(path, .text(content(of: path, &random), isExecutable: path.hasSuffix(".sh") && random.chance(50)))
  }

  private static func content(of path: String, _ random: inout Seeded) -> String {
    if path.hasSuffix(".sh") {
      return random.pick([
        "", "echo\n", ". ./s0.sh\n", ". scripts/s1.sh\n", "# shunit2\n. ./shunit2\n", "source \"$(dirname \"$0\")/s1.sh\"\n",
      ])
    }
    var text = ""
    for _ in 0..<(random.next() % 4) {
      text += random.pick([
        "import app.m0\n", "from app import m1\n", "from lib import m0, m2\n", "from . import m2\n", "from ..lib import m1\n",
        "import requests\n",
        "import yaml\n", "import nothing\n", "try:\n    import lib.m1\nexcept ImportError:\n    pass\n", "import os\n",
        "from app.sub.m0 import x\n",
        "import m0\n", "x = 'data/d.json'\n", "from lib.m2 import x  # baji: no-infer-dep\n",
      ])
    }
    return text
  }

  /// - Parameter isSound: nothing that the rest of the repository may make wrong.
  private static func buildFile(_ directory: String, isSound: Bool = false, _ random: inout Seeded) -> String {
    let isSound = random.chance(60) || isSound
    let name = directory.isEmpty ? "root" : "own"
    var lines: [String] = []
    if random.chance(20) { lines.append("__defaults__({python_source: {\"tags\": [\"t\(random.next() % 2)\"]}})") }
    if random.chance(70) {
      let sound = [
        "", "", ", tags=[\"x\"]", ", skip_flake8=True", ", interpreter_constraints=[\">=3.9\"]", ", sources=[\"m*.py\", \"!m1.py\"]",
      ]
      let bold = [
        ", overrides={\"m0.py\": {\"tags\": [\"o\"]}}", ", dependencies=[\"src/lib:own\"]", ", dependencies=[\"!src/lib/m0.py:own\"]",
        ", resolve=parametrize(\"python-default\", \"other\")",
      ]
      let extra = random.pick(isSound ? sound : sound + bold)
      lines.append("python_sources(name=\"\(name)\"\(extra))")
    }
    if random.chance(50) {
      let extra = random.pick([
        "", ", timeout=\(1 + random.next() % 3)", ", extra_env_vars=[\"A=\(random.next() % 2)\"]", ", batch_compatibility_tag=\"b\"",
      ])
      lines.append("python_tests(name=\"tests\"\(extra))")
    }
    if random.chance(30) { lines.append("python_test_utils(name=\"test_utils\")") }
    if random.chance(30) { lines.append("shell_sources(name=\"sh\"\(random.chance(30) ? ", skip_shellcheck=True" : ""))") }
    if random.chance(20) { lines.append("resources(name=\"data\", sources=[\"*.json\"])") }
    if directory.isEmpty, random.chance(60) { lines.append("python_requirements(name=\"reqs\")") }
    if !isSound, random.chance(10) { lines.append("python_sourcs()") }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func requirements(_ random: inout Seeded) -> String {
    var text = ""
    for name in ["requests", "PyYAML", "pytest"] where random.chance(75) {
      text += name + random.pick(["", "==1.0", ">=1", "==2.0"]) + "\n"
    }
    return text
  }

  private static func lock(_ random: inout Seeded) -> String {
    var text = ""
    for name in ["requests", "pyyaml", "pytest", "urllib3"] where random.chance(90) {
      let digit = random.next() % 3
      text += "\(name)==\(random.pick(["1.0", "2.0"])) --hash=sha256:\(String(repeating: "\(digit)", count: 64))\n    # via -r in\n"
    }
    return text
  }

  private static func configuration(_ random: inout Seeded) -> String {
    var text = """
      [GLOBAL]
      backend_packages = ["baji.python", "baji.python.flake8", "baji.python.isort", "baji.python.mypy", "baji.shell", "baji.shell.shellcheck"]
      implicit_targets = \(random.chance(60))
      unmatched_build_file_globs = "\(random.pick(["ignore", "warn"]))"
      [python-bootstrap]
      search_path = ["/usr/bin"]

      """
    text += "[python]\ninterpreter_constraints = [\"\(random.pick([">=3.8", "==3.9.*", ">=3.10"]))\"]\n"
    if random.chance(40) {
      text += "enable_resolves = true\nresolves = {python-default = \"default.lock\", other = \"default.lock\"}\n"
      text += "invalid_lockfile_behavior = \"ignore\"\n"
    }
    if random.chance(40) {
      text += "[python-infer]\n"
      text += random.pick([
        "init_files = \"always\"\n", "conftests = false\n", "assets = true\n", "ambiguity_resolution = \"by_source_root\"\n",
        "imports = false\n",
      ])
    }
    if random.chance(30) { text += "[source]\nroot_patterns = \(random.pick(["[\"src\", \"/\"]", "[\"/\"]", "[\"/src\", \"/tests\"]"]))\n" }
    if random.chance(30) { text += "[flake8]\nargs = [\"--max-line-length=\(80 + random.next() % 3)\"]\n" }
    if random.chance(15) { text += "[shellcheck]\nskip = \(random.chance(50))\n" }
    return text
  }
}
