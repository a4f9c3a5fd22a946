// A small workspace with everything in it that is written somewhere, what each step of a session on it gives, and the state before each step.

import Foundation
import Glibc
import TestSupport
import Testing

/// Made once: it is what a run with an empty store gives that every run after a crash is compared with.
final class CrashLab: Sendable {
  static let shared: Result<CrashLab, any Error> = Result {
    let lab = try CrashLab()
    // It outlives every test, and must not outlive the process.
    atexit { if let lab = try? CrashLab.shared.get() { try? FileManager.default.removeItem(atPath: lab.baji.place.path) } }
    return lab
  }

  static let faultsBinary: String? = ProcessInfo.processInfo.environment["BAJI_FAULTS_BINARY"].flatMap { access($0, X_OK) == 0 ? $0 : nil }

  static let everything = ["lint", "test", "package", "::"]
  /// Every goal that writes. `lint` first finds something, so that findings are kept too.
  static let session: [[String]] = [
    ["lint", "::"], ["fmt", "::"], ["lint", "test", "::"], ["package", "::"], everything, ["cache", "verify"],
    ["--cache-max-size=1KiB", "cache", "gc"], everything, ["cache", "clear"], everything,
  ]

  /// Points that are killed at in every step that passes them, not in the first one alone.
  static func isWorthEveryStep(_ point: String) -> Bool { point.hasPrefix("store.commit.after") || point.hasPrefix("index.before-rename") }

  private static let files: [String: String] = [
    "baji.toml": """
    [GLOBAL]
    backend_packages = ["baji.shell", "baji.shell.shellcheck", "baji.shell.shfmt"]
    """,
    ".editorconfig": "root = true\n[*.sh]\nindent_style = space\nindent_size = 2\n",
    "BUILD": """
    shell_sources(name = "sh")
    shunit2_tests(name = "tests", shell = "bash")
    shell_command(
        name = "numbers", command = "i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i + 1)); done > numbers.txt", output_files = ["numbers.txt"],
    )
    files(name = "plain", sources = ["*.sh"])
    archive(name = "small", format = "tar.gz", files = [":plain"])
    archive(name = "large", format = "tar", files = [":plain", ":numbers"])
    """,
    "a.sh": "#!/usr/bin/env bash\na() {\n      echo \"$1\"\n}\n",
    "b.sh": "#!/usr/bin/env bash\n. ./a.sh\nb() {\n      a \"$1$1\"\n}\n",
    "c.sh": "#!/usr/bin/env bash\necho $1\n",
    "b_test.sh": "#!/usr/bin/env bash\n. ./b.sh\n\ntest_b() {\n  assertEquals xx \"$(b x)\"\n}\n\n# shellcheck disable=SC1091\n. shunit2\n",
  ]

  let baji: Baji
  /// The exit code of each step of the session.
  let statuses: [Int32]
  /// What ``everything`` says on formatted sources, and lays into dist/.
  let outcome: [String]
  let reference: [String: Data]
  /// How long ``everything`` takes with an empty store.
  let seconds: Double
  private let formatted: [String: Data]

  private init() throws {
    let baji = try Baji(CrashLab.files)
    self.baji = baji
    // The session, with the state before each step put aside, and the last one behind it.
    var statuses: [Int32] = []
    for (index, step) in CrashLab.session.enumerated() {
      try CrashLab.copy(baji, to: index)
      statuses.append(try baji.start(step).end().status)
    }
    self.statuses = statuses
    try CrashLab.copy(baji, to: CrashLab.session.count)
    formatted = try CrashLab.contents(of: baji.workspace).filter { !$0.key.hasPrefix("dist/") && !$0.key.hasPrefix(".baji/") }
    // What an empty store gives.
    try FileManager.default.removeItem(atPath: baji.cache)
    try FileManager.default.removeItem(atPath: baji.path("dist"))
    try FileManager.default.createDirectory(atPath: baji.cache, withIntermediateDirectories: true)
    let start = ContinuousClock.now
    let ended = try baji.start(CrashLab.everything).end()
    seconds = (ContinuousClock.now - start) / .seconds(1)
    outcome = CrashLab.outcome(ended)
    reference = try CrashLab.contents(of: baji.path("dist"))
    try #require(statuses == [1, 0, 1, 0, 1, 0, 0, 1, 0, 1], "\(statuses)\n\(ended.text)")
    try #require(reference.count == 2, "\(reference.keys)")
  }

  // MARK: running

  /// A step of the session, by the binary with fault points.
  func run(_ step: [String], faults: [String: String]) throws -> Ended {
    try baji.start(program: [try #require(CrashLab.faultsBinary)] + step, environment: faults).end()
  }

  /// What a run found, without how long it took and what of it was known.
  static func outcome(_ ended: Ended) -> [String] {
    let lines = ended.output.split(separator: "\n").map { line in
      String(line).replacing(#/( \(.*\))? in [0-9.]+s$/#, with: "")
        .replacing(#/ +([0-9]+ ran, [0-9]+ cached|cached|ran|[0-9.]+s)(?=$|  )/#, with: "")
    }
    return lines + ["exit \(ended.status)"]
  }

  // MARK: states

  private static func copy(_ baji: Baji, to index: Int) throws {
    let place = "\(baji.place.path)/state-\(index)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    try shell(baji, "cp -a -- \"$0\" \"$1\" \"$2/\"", baji.workspace, baji.cache, place)
  }

  /// The workspace and the store as they were before a step; both at their old places, since the index knows its workspace by path.
  func restore(before index: Int) throws {
    let state = "\(baji.place.path)/state-\(index)"
    let script = """
      rm -rf -- "$0" "$1" && cp -a -- "$2/$(basename "$0")" "$0" && cp -a -- "$2/$(basename "$1")" "$1"
      """
    try CrashLab.shell(baji, script, baji.workspace, baji.cache, state)
  }

  private static func shell(_ baji: Baji, _ script: String, _ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", script] + arguments
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  /// Every regular file below a folder, by path from there.
  private static func contents(of folder: String) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for case let name as String in FileManager.default.enumerator(atPath: folder) ?? FileManager.DirectoryEnumerator() {
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isDirectory), !isDirectory.boolValue else { continue }
      found[name] = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
    }
    return found
  }

  func dist() throws -> [String: Data] { try CrashLab.contents(of: baji.path("dist")) }

  /// Files of the store.
  func files(of part: String) throws -> [String] {
    let names = try CrashLab.contents(of: baji.cache).keys.sorted()
    let wanted = names.filter { part == "data.mdb" ? $0.hasSuffix("lmdb/data.mdb") : $0.contains(part == "blob" ? "/blobs/" : "/index/") }
    return wanted.map { "\(baji.cache)/\($0)" }
  }

  // MARK: what must hold

  /// No file of the workspace or of dist/ is other than before the step or after it, and there is no other file.
  func expectNothingPartial(_ place: String) {
    do {
      for (name, bytes) in try CrashLab.contents(of: baji.workspace) where !name.hasPrefix(".baji/") {
        if name.hasPrefix("dist/") {
          let isWhole = reference[String(name.dropFirst(5))] == bytes || isOfUnformatted(name)
          #expect(isWhole, "\(place): \(name) holds \(bytes.count) bytes that nobody asked for")
        } else {
          let isWhole = formatted[name] == bytes || CrashLab.files[name].map { Data($0.utf8) } == bytes
          #expect(isWhole, "\(place): \(name) holds \(bytes.count) bytes that nobody wrote")
        }
      }
    } catch { Issue.record("\(place): \(error)") }
  }

  /// An archive that was made before `fmt`: only where the sources are not formatted.
  private func isOfUnformatted(_ name: String) -> Bool {
    reference[String(name.dropFirst(5))] != nil && (try? Data(contentsOf: URL(filePath: baji.path("a.sh")))) != formatted["a.sh"]
  }

  /// After what happened, all goes on as if the store had been empty.
  func expectRecovery(rerunning index: Int? = nil, _ place: String, warns: Bool = false) throws {
    if let index {
      let again = try baji.start(CrashLab.session[index]).end()
      #expect(again.status == statuses[index], "\(place): \(CrashLab.session[index]): \(again.text)")
      expectQuiet(again, place)
    }
    let fmt = try baji("fmt", "::")
    #expect(fmt.status == 0, "\(place): \(fmt.text)")
    if !warns { expectQuiet(fmt, place) }
    // Damage may be found only by the first of them to write: the second then heals.
    let rounds = warns ? 3 : 2
    for round in 1...rounds {
      let ended = try baji.start(CrashLab.everything).end()
      #expect(CrashLab.outcome(ended) == outcome, "\(place), round \(round): \(ended.error)")
      #expect(try dist() == reference, "\(place), round \(round): dist/ differs")
      if round == rounds || !warns { expectQuiet(ended, place) }
      if round == rounds { #expect(!ended.output.contains(" ran"), "\(place): nothing was kept: \(ended.output)") }
    }
    let sources = try CrashLab.contents(of: baji.workspace).filter { !$0.key.hasPrefix("dist/") && !$0.key.hasPrefix(".baji/") }
    #expect(sources == formatted, "\(place): the sources differ")
  }

  private func expectQuiet(_ ended: Ended, _ place: String) {
    let said = ended.error.split(separator: "\n").filter { !$0.hasPrefix("[") }
    #expect(said == [], "\(place)")
  }
}
