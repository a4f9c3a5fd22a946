// The Python example, as a user walks through it: real interpreters, real tools from the package index, real tests.

import Foundation
import TestSupport
import Testing

@Suite(
  .serialized, .needsBinary, .needs("strace", "shellcheck"), .enabled("no Python with pip to be found") { PythonTools.areThere },
  .enabled("strace is not permitted here") { Trace.isPermitted })
struct HelloWorldTests {
  /// A store in which the tools are installed and everything of the example has been done.
  private static let warm: Result<(baji: Baji, first: Ended), any Error> = Result {
    let baji = try Baji.example("helloworld", environment: PythonTools.environment)
    // The store outlives every test of this suite, and must not outlive the process.
    atexit { if let warm = try? HelloWorldTests.warm.get() { try? FileManager.default.removeItem(atPath: warm.baji.place.path) } }
    return (baji, try PythonTools.persistently { try baji("lint", "check", "test", "::", timeout: PythonTools.patience) })
  }

  private let baji: Baji

  init() throws {
    baji = try Baji.example("helloworld", store: HelloWorldTests.warm.get().baji, environment: PythonTools.environment)
  }

  @Test func everythingIsDoneOnceAndThenKnown() throws {
    let first = try HelloWorldTests.warm.get().first
    #expect(first.status == 0, "\(first.text)")
    #expect(first.output.contains("test: 3 passed (3 ran)"), "\(first.text)")
    let second = try Trace.run(baji, ["lint", "check", "test", "::"])
    #expect(second.ended.status == 0, "\(second.ended.text)")
    #expect(second.ended.output.contains("test: 3 passed (3 cached)"), "\(second.ended.text)")
    #expect(second.execs.map(\.program) == ["baji"], "\(second.execs)")
  }

  @Test func dependenciesAreReadFromTheImports() throws {
    let main = try baji("dependencies", "src/greeter/main.py")
    #expect(main.output == "//:requirements#tabulate\n//:requirements#types-tabulate\nsrc/greeter/greeting.py\n", "\(main.text)")
    let greeting = try baji("dependencies", "src/greeter/greeting.py")
    #expect(greeting.output == "src/greeter:greetings\nsrc/words/names.py\n", "\(greeting.text)")
    #expect(try baji("dependencies", "src/words/letters.py").output == "src/greeter/greeting.py\n")
  }

  @Test func anEditRunsWhatImportsIt() throws {
    try baji.edit("src/words/letters.py", "A letter to somebody.", "A letter to anybody.")
    let again = try baji("lint", "check", "test", "::", timeout: PythonTools.patience)
    #expect(again.status == 0, "\(again.text)")
    #expect(again.output.contains("test: 3 passed (1 ran: src/words/letters.py changed; 2 cached)"), "\(again.text)")
    #expect(again.output.contains("ran: src/words/letters.py changed"), "\(again.text)")
  }

  @Test func theResourceIsPartOfTheClosure() throws {
    try baji.edit("src/greeter/data/greetings.json", "Hallo", "Guten Tag")
    let again = try baji("test", "::", timeout: PythonTools.patience)
    #expect(again.status == 1, "\(again.text)")
    #expect(again.output.contains("2 passed, 1 failed"), "\(again.text)")
    #expect(again.output.contains("Guten Tag, Ada!"), "what the test runner says is shown: \(again.text)")
  }

  @Test func theSwitchedOnMistakeIsFound() throws {
    try baji.edit("src/words/BUILD", "\"skip_mypy\": True", "\"skip_mypy\": False")
    let check = try baji("check", "::", timeout: PythonTools.patience)
    #expect(check.status == 1, "\(check.text)")
    #expect(check.output.contains("src/words/mistake.py:8"), "\(check.text)")
    #expect(check.output.contains("Incompatible return value type"), "\(check.text)")
    let again = try Trace.run(baji, ["check", "::"])
    #expect(again.ended.status == 1, "findings are kept, and shown again")
    #expect(again.ended.output.contains("src/words/mistake.py:8"), "\(again.ended.text)")
    #expect(again.execs.map(\.program) == ["baji"])
  }

  @Test func formattersMendWhatLintShows() throws {
    try baji.edit("src/words/names.py", "    return \" \".join(", "    return ' '.join(  ")
    let lint = try baji("lint", "src/words:", timeout: PythonTools.patience)
    #expect(lint.status == 1, "\(lint.text)")
    #expect(lint.output.contains("names.py"), "\(lint.text)")
    let fmt = try baji("fmt", "src/words:", timeout: PythonTools.patience)
    #expect(fmt.status == 0, "\(fmt.text)")
    #expect(try baji.read("src/words/names.py").contains("    return \" \".join("))
    #expect(try baji("lint", "src/words:", timeout: PythonTools.patience).status == 0)
  }

  @Test func runsAFileWithArguments() throws {
    let run = try baji("run", "src/greeter/main.py", "--", "grace hopper", timeout: PythonTools.patience)
    #expect(run.status == 0, "\(run.text)")
    #expect(run.output.contains("Hallo, Grace Hopper!"), "\(run.text)")
  }

  @Test func argumentsGoThroughToTheTestRunner() throws {
    let test = try baji("test", "src/greeter:tests", "--", "-k", "english", timeout: PythonTools.patience)
    #expect(test.status == 0, "\(test.text)")
    let verbose = try baji("test", "--output=all", "src/greeter:tests", "--", "-k", "english", "-v", timeout: PythonTools.patience)
    #expect(verbose.output.contains("1 passed, 3 deselected"), "\(verbose.text)")
  }

  @Test func coverageIsMergedOverTests() throws {
    let test = try baji("test", "--use-coverage", "::", timeout: PythonTools.patience)
    #expect(test.status == 0, "\(test.text)")
    #expect(test.output.contains("src/words/names.py"), "\(test.text)")
    #expect(test.output.contains("TOTAL"), "\(test.text)")
  }
}

/// What tests need to use real Python: an interpreter with pip, and the tester's own way to the package index.
enum PythonTools {
  /// Tools are downloaded and installed the first time.
  static let patience = Duration.seconds(900)

  /// The tester's PATH (interpreters) and the settings by which pip and uv reach their index; their caches are shared by all tests.
  static let environment: [String: String] = {
    let own = ProcessInfo.processInfo.environment
    let wanted = { (name: String) in
      let upper = name.uppercased()
      return ["PATH", "PYENV_ROOT"].contains(name) || upper.hasPrefix("PIP_") || upper.hasPrefix("UV_") || upper.hasPrefix("SSL_CERT_")
        || upper.hasSuffix("_PROXY")
    }
    var kept = own.filter { wanted($0.key) }
    let caches = "\(FileManager.default.temporaryDirectory.path)/baji-tests-\(getuid())"
    kept["UV_CACHE_DIR"] = own["UV_CACHE_DIR"] ?? "\(caches)/uv"
    kept["PIP_CACHE_DIR"] = own["PIP_CACHE_DIR"] ?? "\(caches)/pip"
    return kept
  }()

  /// Runs what installs tools, and once again where the machine failed it (status 3): an index may be away for a moment.
  static func persistently(_ run: () throws -> Ended) throws -> Ended {
    let first = try run()
    return first.status == 3 ? try run() : first
  }

  static let areThere: Bool = {
    guard let baji = try? Baji(configured: false) else { return false }
    return (try? baji.shell("python3 -m pip --version", environment: environment))?.status == 0
  }()
}
