// Processes that hide from the one that started them are gone when the run ends, however it ends.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.needsBinary, .needs("bash", "setsid", "sleep")) struct OrphanTests {
  /// Forks twice, each time into a session of its own, ignores whatever can be ignored, and stays. `$MARKER` is in the environment of
  /// each of its processes and in no other's.
  private static let stubborn = """
    trap "" TERM INT HUP
    setsid bash -c 'trap "" TERM INT HUP; (setsid bash -c "trap \\"\\" TERM INT HUP; while :; do sleep 1000; done" >/dev/null 2>&1 </dev/null &)
      while :; do sleep 1000; done' &
    while :; do sleep 1000; done
    """

  private let baji: Baji
  private let marker = "orphan-\(UUID().uuidString)"

  init() throws { baji = try Baji() }

  /// A workspace of one test that runs `command` with the marker in its environment.
  private func write(_ command: String, timeout: Int = 300) throws {
    try baji.write([
      "baji.toml": "[GLOBAL]\nbackend_packages = [\"baji.shell\"]\n",
      "stay.sh": "\(command)\n",
      "BUILD": """
      shell_sources(name = "sh")
      test_shell_command(
          name = "stay", command = "MARKER=\(marker) exec bash stay.sh", tools = ["bash", "setsid", "sleep"],
          execution_dependencies = [":sh"], timeout = \(timeout),
      )
      """,
    ])
  }

  /// The numbers of all processes whose environment or arguments hold the marker. One that has ended has neither.
  private var marked: [pid_t] {
    let wanted = Data("MARKER=\(marker)".utf8)
    let numbers = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
    return numbers.filter { number in
      ["environ", "cmdline"].contains { bytes(of: "/proc/\(number)/\($0)").range(of: wanted) != nil }
    }
  }

  /// Files of /proc have no size.
  private func bytes(of path: String) -> Data {
    guard let handle = FileHandle(forReadingAtPath: path) else { return Data() }
    return (try? handle.readToEnd()) ?? Data()
  }

  private func describe(_ processes: [pid_t]) -> String {
    processes.map { String(decoding: bytes(of: "/proc/\($0)/stat"), as: UTF8.self) }.joined()
  }

  /// Waits for the whole family: the test, its child, its child's child, each with a `sleep` below it.
  private func waitForFamily(of run: Running) throws {
    try #require(eventually { marked.count >= 6 }, "\(describe(marked))\(run.errorSoFar)")
  }

  private func expectNobody() {
    let left = marked
    #expect(left == [], "\(describe(left))")
    for process in left { kill(process, SIGKILL) }
  }

  @Test func areGoneAfterATimeout() throws {
    try write(OrphanTests.stubborn, timeout: 4)
    let run = try baji.start(["test", "::"])
    defer { run.sendToGroup(SIGKILL) }
    try waitForFamily(of: run)
    let ended = try run.end()
    expectNobody()
    #expect(ended.status == 1, "\(ended.text)")
    #expect(ended.text.contains("timed out") || ended.text.contains("timeout"), "\(ended.text)")
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func areGoneAfterASignal(signal: Int32) throws {
    try write(OrphanTests.stubborn)
    let run = try baji.start(["test", "::"])
    defer { run.sendToGroup(SIGKILL) }
    try waitForFamily(of: run)
    run.send(signal)
    let ended = try run.end()
    expectNobody()
    #expect(ended.status == 130, "\(ended.text)")
    #expect(ended.text.contains("1 cancelled"), "\(ended.text)")
  }

  /// As a terminal sends it: to the whole foreground group. A program may not take that as its own failure, and be kept.
  @Test func areGoneAfterCtrlCOfATerminal() throws {
    try write(OrphanTests.stubborn)
    let run = try baji.start(["test", "::"])
    defer { run.sendToGroup(SIGKILL) }
    try waitForFamily(of: run)
    run.sendToGroup(SIGINT)
    #expect(try run.end().status == 130)
    expectNobody()
  }

  @Test func aTestThatLeavesAProcessBehindPassesWithoutIt() throws {
    try write("setsid bash -c 'trap \"\" TERM; while :; do sleep 1000; done' >/dev/null 2>&1 </dev/null & exit 0")
    let ended = try baji("test", "::")
    expectNobody()
    #expect(ended.status == 0, "\(ended.text)")
  }

  @Test func aSecondSignalEndsTheRunAtOnce() throws {
    try write("trap '' TERM INT HUP\nwhile :; do sleep 1000; done")
    let run = try baji.start(["test", "::"])
    defer { run.sendToGroup(SIGKILL) }
    try #require(eventually { marked.count >= 2 }, "\(run.errorSoFar)")
    run.send(SIGINT)
    usleep(200_000)
    run.send(SIGINT)
    #expect(try run.end(within: .seconds(30)).status == 130)
    #expect(eventually { marked.isEmpty || !marked.contains { isBash($0) } })
    for process in marked { kill(process, SIGKILL) }
  }

  private func isBash(_ process: pid_t) -> Bool {
    String(decoding: bytes(of: "/proc/\(process)/comm"), as: UTF8.self).hasPrefix("bash")
  }

  /// Nobody can tidy up after `kill -9`; the kernel ends the direct children, and the next run removes what lies around.
  @Test func directChildrenDieWithTheRun() throws {
    try write("exec sleep 1000")
    let run = try baji.start(["test", "::"])
    defer { run.sendToGroup(SIGKILL) }
    try #require(eventually { !marked.isEmpty }, "\(run.errorSoFar)")
    let places = Set(marked.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0)/cwd") })
    run.send(SIGKILL)
    #expect(try run.end().status == 128 + SIGKILL)
    #expect(eventually { marked.isEmpty }, "\(describe(marked))")
    for process in marked { kill(process, SIGKILL) }

    try write("exit 0")
    #expect(try baji("test", "::").status == 0)
    for place in places { #expect(!FileManager.default.fileExists(atPath: place), "\(place) is still there") }
  }
}
