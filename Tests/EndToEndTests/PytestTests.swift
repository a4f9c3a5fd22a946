// Real tests under the real runner: several processes, batches, shares, attempts, slots; verdicts, JUnit files and coverage of each.

import Foundation
import TestSupport
import Testing

@Suite(.serialized, .needsBinary, .enabled("no Python with pip to be found") { PythonTools.areThere })
struct PytestTests {
  /// A repository in the store in which the tools are installed.
  private func baji(_ build: String, _ files: [String: String], _ configuration: String = "") throws -> Baji {
    var all = [
      "baji.toml": BadPythonTests.configuration + configuration, "main.lock": BadPythonTests.lock, "BUILD": build,
      "calc.py": "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n\n\ndef mul(a, b):\n    return a * b\n",
    ]
    all.merge(files) { $1 }
    return try Baji(all, store: BadPythonTests.warm.get(), environment: PythonTools.environment)
  }

  private static let threeFiles = [
    "add_test.py": "import os\nfrom calc import add\n\ndef test_add():\n    print('process', os.getpid())\n    assert add(1, 2) == 3\n",
    "sub_test.py": "import os\nfrom calc import sub\n\ndef test_sub():\n    print('process', os.getpid())\n    assert sub(1, 2) == -1\n",
    "mul_test.py": "import os\nfrom calc import mul\n\ndef test_mul():\n    print('process', os.getpid())\n    assert mul(1, 2) == 2\n",
  ]

  /// How many lines of each file the JSON report calls covered.
  private func covered(_ baji: Baji) throws -> [String: Int] {
    let bytes = try baji.bytes("dist/coverage/python/coverage.json")
    let report = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    let files = try #require(report["files"] as? [String: [String: Any]])
    return files.compactMapValues { ($0["summary"] as? [String: Any])?["covered_lines"] as? Int }
  }

  /// The names of the tests in the JUnit files of the last run, sorted.
  private func reported(_ baji: Baji) throws -> [String] {
    let folder = baji.path("dist/test/reports")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".xml") }
    let texts = try files.map { try baji.read("dist/test/reports/\($0)") }
    try FileManager.default.removeItem(atPath: folder)
    return texts.flatMap { text in text.matches(of: /<testcase classname="[^"]*" name="([^"]*)"/).map { String($0.1) } }.sorted()
  }

  private let coverage = ["--report", "--use-coverage", "--coverage-py-report=json"]

  private func test(_ baji: Baji, _ arguments: [String], _ rest: [String] = []) throws -> Ended {
    try baji.start(["test"] + arguments + ["::"] + rest).end(within: PythonTools.patience)
  }

  /// What a test starts with an environment of its own may write bytecode: none of it into the folder that all runs share.
  @Test func anInterpreterWithoutOurVariablesWritesNothingIntoTheEnvironment() throws {
    let test = """
      import os, subprocess, sys

      def entries():
          return sorted(os.path.join(above, name) for above, _, names in os.walk(sys.prefix) for name in names)

      def test_it():
          before = entries()
          assert any("_virtualenv" in name and name.endswith(".pyc") for name in before)
          subprocess.run([sys.executable, "-c", "import pytest, tabulate"], env={}, check=False)
          assert entries() == before

      """
    let baji = try baji(
      "python_requirements(name='r', source='requirements.txt')\npython_tests(name='t')\n",
      ["a_test.py": test, "requirements.txt": "tabulate==0.9.0\n"])
    let ended = try self.test(baji, [])
    #expect(ended.status == 0, "\(ended.text)")
  }

  @Test func theTestsOfAFileRunInSeveralProcesses() throws {
    let test =
      "import os, pytest\nfrom calc import mul\n\n@pytest.mark.parametrize('n', [1, 2, 3, 4])\ndef test_mul(n):\n"
      + "    print('worker', os.environ['PYTEST_XDIST_WORKER'])\n    assert mul(n, 1) == n\n"
    let baji = try baji(
      "python_sources(name = \"lib\")\n"
        + "python_tests(name = \"tests\", overrides = {\"mul_test.py\": {\"xdist_concurrency\": 2}, \"one_test.py\": {\"xdist_concurrency\": 0}})\n",
      ["mul_test.py": test, "one_test.py": "import os\n\ndef test_one():\n    assert 'PYTEST_XDIST_WORKER' not in os.environ\n"],
      "[pytest]\nxdist_enabled = true\n")
    let ended = try self.test(baji, coverage + ["--output=all"], ["--", "-rA"])
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains("[4 items]") && ended.output.contains("worker gw0"), "\(ended.text)")
    #expect(try reported(baji) == ["test_mul[1]", "test_mul[2]", "test_mul[3]", "test_mul[4]", "test_one"])
    #expect(try covered(baji) == ["calc.py": 4, "mul_test.py": 6, "one_test.py": 3])
    let again = try self.test(baji, coverage, ["--", "-rA"])
    #expect(again.output.contains("test: 2 passed (2 cached)"), "\(again.text)")
    // A failure in one of the processes is the file's.
    try baji.edit("calc.py", "a * b", "a * b if a < 3 else 0")
    let failed = try self.test(baji, coverage)
    #expect(failed.status == 1 && failed.output.contains("2 failed, 2 passed"), "\(failed.text)")
    #expect(failed.output.contains("test: 1 passed, 1 failed"), "\(failed.text)")
    #expect(try reported(baji).count == 5)
  }

  @Test func testsOfOneTagShareAProcess() throws {
    let baji = try baji(
      "python_sources(name = \"lib\")\npython_tests(name = \"tests\", batch_compatibility_tag = \"calc\")\n", PytestTests.threeFiles)
    let ended = try test(baji, coverage + ["--output=all"], ["--", "-rP"])
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains("✓ //add_test.py:tests and 2 other files"), "\(ended.text)")
    #expect(ended.output.contains("test: 3 passed (1 ran"), "\(ended.text)")
    let processes = ended.output.split(separator: "\n").filter { $0.hasPrefix("process ") }
    #expect(processes.count == 3 && Set(processes).count == 1, "\(ended.text)")
    #expect(try reported(baji) == ["test_add", "test_mul", "test_sub"])
    #expect(try covered(baji) == ["add_test.py": 5, "calc.py": 6, "mul_test.py": 5, "sub_test.py": 5])

    try baji.edit("sub_test.py", "== -1", "== 1")
    let failed = try test(baji, coverage)
    #expect(failed.status == 1 && failed.output.contains("1 failed, 2 passed"), "\(failed.text)")
    #expect(failed.output.contains("FAILED sub_test.py::test_sub"), "\(failed.text)")
    #expect(failed.output.contains("test: 3 failed (1 ran"), "the batch is one verdict: \(failed.text)")
    #expect(try reported(baji) == ["test_add", "test_mul", "test_sub"])
    #expect(try covered(baji)["calc.py"] == 6, "what failed was measured, too")
  }

  @Test func everyTestIsInOneShareWithItsReports() throws {
    let baji = try baji("python_sources(name = \"lib\")\npython_tests(name = \"tests\")\n", PytestTests.threeFiles)
    var seen: [String] = []
    for index in 0..<2 {
      let ended = try test(baji, coverage + ["--shard=\(index)/2"])
      #expect(ended.status == 0, "\(ended.text)")
      let names = try reported(baji)
      let measured = try covered(baji)
      #expect(measured.keys.sorted() == (names.map { "\($0.dropFirst(5))_test.py" } + ["calc.py"]).sorted(), "\(ended.text)")
      #expect(measured["calc.py"] == 3 + names.count)
      seen += names
    }
    #expect(seen.sorted() == ["test_add", "test_mul", "test_sub"])
    let all = try test(baji, coverage)
    #expect(all.output.contains("test: 3 passed (3 cached)"), "\(all.text)")
    #expect(try covered(baji)["calc.py"] == 6)
  }

  @Test func aTestThatPassesAtTheSecondAttemptIsFlaky() throws {
    let baji = try baji("python_sources(name = \"lib\")\npython_tests(name = \"tests\")\n", [:])
    let mark = "\(baji.place.path)/mark"
    try baji.write([
      "a_test.py": "import os\nfrom calc import add, sub\n\ndef test_a():\n    if not os.path.exists('\(mark)'):\n"
        + "        open('\(mark)', 'w').close()\n        assert sub(1, 1) == 1\n    assert add(1, 1) == 2\n"
    ])
    let ended = try test(baji, coverage + ["--attempts=3"])
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains("flaky: passed at attempt 2") && ended.output.contains("test: 1 passed, 1 flaky"), "\(ended.text)")
    #expect(try baji.read("dist/test/reports/a_test.py.tests.xml").contains("failures=\"0\""), "the report is the last attempt's")
    #expect(try covered(baji) == ["a_test.py": 5, "calc.py": 4], "and so is the coverage")
    try baji.write(["a_test.py": "def test_a():\n    assert False\n"])
    let failed = try test(baji, ["--attempts=2"])
    #expect(failed.status == 1 && failed.output.contains("test: 1 failed (1 ran"), "\(failed.text)")
    #expect(!failed.output.contains("flaky"), "\(failed.text)")
  }

  @Test func testsKnowTheirSlot() throws {
    let baji = try baji("python_tests(name = \"tests\")\n", [:], "[pytest]\nexecution_slot_var = \"SLOT\"\n")
    // Each waits a while for the other: where two run at once, their slots differ.
    let names = ["one", "two"]
    for (own, other) in zip(names, names.reversed()) {
      try baji.write([
        "\(own)_test.py": "import os, time\n\ndef test_slot():\n    folder = '\(baji.place.path)/'\n    slot = os.environ['SLOT']\n"
          + "    with open(folder + '\(own)', 'w') as file:\n        file.write(slot)\n    deadline = time.time() + 10\n"
          + "    while time.time() < deadline and not os.path.exists(folder + '\(other)'):\n        time.sleep(0.05)\n"
          + "    time.sleep(0.2)\n    os.rename(folder + '\(own)', folder + '\(own).seen')\n"
      ])
    }
    let ended = try test(baji, [])
    #expect(ended.status == 0, "\(ended.text)")
    let slots = try baji.shell("cat ../one.seen; echo; cat ../two.seen").output.split(separator: "\n").compactMap { Int($0) }
    #expect(slots.count == 2 && slots.allSatisfy { (0..<ProcessInfo.processInfo.activeProcessorCount).contains($0) }, "\(slots)")
    if ProcessInfo.processInfo.activeProcessorCount > 1 { #expect(Set(slots).count == 2, "\(slots)") }
    // The slot is in no key.
    #expect(try test(baji, []).output.contains("2 passed (2 cached)"))
  }
}
