// A Python repository made for Pants, unmodified: github.com/pantsbuild/example-python at one commit, with its own tools and lockfile.

import Foundation
import TestSupport
import Testing

private let commit = "98ffe0cd62e975ff6122106174652db2a2fb74a5"

/// `$BAJI_CLONES/pantsbuild+example-python`: a clone, or its git directory alone.
private let clone: String? = {
  guard let folder = ProcessInfo.processInfo.environment["BAJI_CLONES"].map({ "\($0)/pantsbuild+example-python" }) else { return nil }
  return ["\(folder)/.git", folder].first { FileManager.default.fileExists(atPath: "\($0)/objects") }
}()

@Suite(
  .serialized, .needsBinary, .needs("git", "tar", "strace"),
  .enabled("BAJI_CLONES has no clone of pantsbuild/example-python") { clone != nil },
  .enabled("no Python with pip to be found") { PythonTools.areThere },
  .enabled("strace is not permitted here") { Trace.isPermitted })
struct ExamplePythonTests {
  private static let everything = ["lint", "check", "test", "::"]

  /// A store in which the tools are installed and everything has been done once.
  private static let warm: Result<(baji: Baji, first: Ended), any Error> = Result {
    let baji = try checkedOut()
    atexit { if let warm = try? ExamplePythonTests.warm.get() { try? FileManager.default.removeItem(atPath: warm.baji.place.path) } }
    return (baji, try PythonTools.persistently { try baji.start(everything).end(within: PythonTools.patience) })
  }

  private static func checkedOut(store: Baji? = nil) throws -> Baji {
    let baji = try Baji(configured: false, store: store, environment: PythonTools.environment)
    let git = try #require(clone)
    let extracted = try baji.shell("git --git-dir=\"\(git)\" archive \(commit) | tar -x && git init -q .")
    try #require(extracted.status == 0, "\(extracted.text)")
    return baji
  }

  private let baji: Baji

  init() throws { baji = try ExamplePythonTests.checkedOut(store: ExamplePythonTests.warm.get().baji) }

  /// Everything again, and what it started.
  private func again(status: Int32 = 0) throws -> Trace {
    let trace = try Trace.run(baji, ExamplePythonTests.everything)
    #expect(trace.ended.status == status, "\(trace.ended.text)")
    return trace
  }

  @Test func theFirstRunIsGreenAndTheSecondIsOneProcess() throws {
    let first = try ExamplePythonTests.warm.get().first
    #expect(first.status == 0, "\(first.text)")
    for tool in ["black", "docformatter", "flake8", "isort"] { #expect(first.output.contains("✓ \(tool)"), "\(first.text)") }
    #expect(first.output.contains("test: 2 passed (2 ran)"), "\(first.text)")
    #expect(first.output.contains("check: "), "\(first.text)")
    #expect(try again().execs.map(\.program) == ["baji"])
  }

  /// Both tests reach the translator: its own, and the greeter's through greeting.py. Each linter sees the one file again.
  @Test(arguments: ["\n\ndef added() -> int:\n    return 1\n", "\n\n# A comment.\n"])
  func anEditOfTheTranslator(_ addition: String) throws {
    try baji.write(["helloworld/translator/translator.py": baji.read("helloworld/translator/translator.py") + addition])
    let trace = try again()
    #expect(trace.ended.output.contains("2 ran: helloworld/translator/translator.py changed"), "\(trace.ended.text)")
    #expect(trace.ended.output.contains("test: 2 passed"), "\(trace.ended.text)")
    for tool in ["black", "docformatter", "flake8", "isort"] {
      #expect(
        trace.ended.output.split(separator: "\n").contains { $0.contains("✓ \(tool)") && $0.contains("1 ran") }, "\(trace.ended.text)")
    }
    #expect(try again().execs.map(\.program) == ["baji"])
  }

  /// One test uses setuptools, the other does not: it alone is stale.
  @Test func aChangedPinInTheLock() throws {
    let lock = try baji.read("python-default.lock")
    let hash = try #require(lock.range(of: "\"project_name\": \"setuptools\"", options: .backwards))
    let artifacts = try #require(lock.range(of: "\"artifacts\": [", options: .backwards, range: lock.startIndex..<hash.lowerBound))
    // Its source archive is taken out of the lock: another set of hashes, the same wheel.
    let second = try #require(lock.range(of: "},\n            {", range: artifacts.upperBound..<hash.lowerBound))
    let end = try #require(lock.range(of: "}\n          ],", range: second.upperBound..<hash.lowerBound))
    try baji.write(["python-default.lock": String(lock[..<second.lowerBound]) + "}\n          ]," + String(lock[end.upperBound...])])
    let trace = try again()
    #expect(trace.ended.output.contains("test: 2 passed (1 ran"), "\(trace.ended.text)")
    #expect(trace.ended.output.contains("✓ helloworld/translator/translator_test.py:tests"), "\(trace.ended.text)")
    let translator = trace.ended.output.split(separator: "\n").first { $0.contains("translator_test.py") }
    #expect(translator?.hasSuffix("cached") == true, "\(trace.ended.text)")
  }

  @Test func anotherOptionOfOneLinter() throws {
    let trace = try Trace.run(baji, ["--flake8-args=--max-complexity=50"] + ExamplePythonTests.everything)
    #expect(trace.ended.status == 0, "\(trace.ended.text)")
    #expect(trace.ended.output.contains("option [flake8].args changed"), "\(trace.ended.text)")
    #expect(trace.ended.output.contains("test: 2 passed (2 cached)"), "\(trace.ended.text)")
    #expect(Set(trace.children.map { $0.arguments.joined(separator: " ") }.filter { $0.contains("black") }).isEmpty)
  }

  /// The program starts by itself; a second run is one process, and gives back what was deleted.
  @Test func packagesAProgramAndRunsIt() throws {
    let goal = ["package", "helloworld:pex_binary"]
    let first = try PythonTools.persistently { try baji.start(goal).end(within: PythonTools.patience) }
    #expect(first.status == 0, "\(first.text)")
    let program = "dist/helloworld/pex_binary.pex"
    #expect(first.output.contains("→ \(program)"), "\(first.text)")
    let interpreters = "PATH=\"$(echo \"${PYENV_ROOT:-$PYENV_HOME}\"/versions/3.9.*/bin):$PATH\""
    let started = try baji.shell(
      "cd / && \(interpreters) PEX_ROOT=\"$HOME/pex\" \"$OLDPWD/\(program)\"",
      environment: ["PYENV_HOME": "\(NSHomeDirectory())/.pyenv"])
    #expect(started.status == 0 && started.output.contains("pantsbuild!"), "\(started.text)")
    let bytes = try baji.bytes(program)
    try baji.remove("dist")
    let second = try Trace.run(baji, goal)
    #expect(second.execs.map(\.program) == ["baji"], "\(second.ended.text)")
    #expect(try baji.bytes(program) == bytes)
    let run = try baji.start(["run", "helloworld:pex_binary"]).end(within: PythonTools.patience)
    #expect(run.status == 0 && run.output.contains("pantsbuild!"), "\(run.text)")
  }

  @Test func formattersMendAndLintersFind() throws {
    let file = "helloworld/greet/greeting.py"
    try baji.write([file: baji.read(file) + "import os\nx = [ 1,2 ]\n"])
    let lint = try baji.start(["lint", "::"]).end(within: PythonTools.patience)
    #expect(lint.status == 1, "\(lint.text)")
    #expect(lint.output.contains("F401 'os' imported but unused"), "\(lint.text)")
    for tool in ["black", "flake8", "isort"] { #expect(lint.output.contains("✗ \(tool)"), "\(lint.text)") }
    let fmt = try baji.start(["fmt", "::"]).end(within: PythonTools.patience)
    #expect(fmt.status == 0, "\(fmt.text)")
    #expect(try baji.read(file).contains("x = [1, 2]"))
  }

  @Test func blackFormatsBuildFilesToo() throws {
    try baji.edit("helloworld/BUILD", "    name=\"lib\",", "    name = 'lib',")
    let lint = try baji.start(["lint", "helloworld:"]).end(within: PythonTools.patience)
    #expect(lint.status == 1, "\(lint.text)")
    let fmt = try baji.start(["fmt", "helloworld:"]).end(within: PythonTools.patience)
    #expect(fmt.status == 0, "\(fmt.text)")
    #expect(try baji.read("helloworld/BUILD").contains("    name=\"lib\","))
  }

  @Test func aTypeErrorIsFound() throws {
    let file = "helloworld/greet/greeting.py"
    try baji.write([file: baji.read(file) + "\n\nx: int = \"a\"\n"])
    let check = try baji.start(["check", "::"]).end(within: PythonTools.patience)
    #expect(check.status == 1, "\(check.text)")
    #expect(check.output.contains("helloworld/greet/greeting.py:33:10: error: Incompatible types in assignment"), "\(check.text)")
  }

  @Test func passesArgumentsToTheTestRunner() throws {
    let test = try baji.start(["test", "--output=all", "helloworld/translator:tests", "--", "-k", "unknown_phrase"]).end(
      within: PythonTools.patience)
    #expect(test.status == 0, "\(test.text)")
    #expect(test.output.contains("1 passed, 2 deselected"), "\(test.text)")
    let debug = try baji.start(["test", "--debug", "helloworld/translator:tests"]).end(within: PythonTools.patience)
    #expect(debug.status == 0, "\(debug.text)")
    #expect(debug.output.contains("3 passed"), "\(debug.text)")
    let forced = try baji.start(["test", "--force", "::"]).end(within: PythonTools.patience)
    #expect(forced.output.contains("2 passed (2 ran"), "\(forced.text)")
  }

  @Test func coverageIsReported() throws {
    let test = try baji.start(["test", "--use-coverage", "::"]).end(within: PythonTools.patience)
    #expect(test.status == 0, "\(test.text)")
    #expect(test.output.contains("helloworld/translator/translator.py"), "\(test.text)")
    #expect(test.output.contains("TOTAL"), "\(test.text)")
  }

  @Test func distributionsAreNamedAndRestored() throws {
    let names = ["helloworld.translator-0.0.1-py3-none-any.whl", "helloworld.translator-0.0.1.tar.gz"]
    let first = try PythonTools.persistently {
      try baji.start(["package", "helloworld/translator:dist"]).end(within: PythonTools.patience)
    }
    #expect(first.status == 0, "\(first.text)")
    for name in names { #expect(baji.exists("dist/\(name)"), "\(first.text)") }
    try baji.remove("dist")
    let again = try Trace.run(baji, ["package", "helloworld/translator:dist"])
    #expect(again.execs.map(\.program) == ["baji"])
    for name in names { #expect(baji.exists("dist/\(name)"), "\(again.ended.text)") }
  }

  @Test func runsAFile() throws {
    let run = try baji.start(["run", "helloworld/main.py"]).end(within: PythonTools.patience)
    #expect(run.status == 0, "\(run.text)")
    #expect(run.output.lowercased().contains("pantsbuild!"), "\(run.text)")
  }
}
