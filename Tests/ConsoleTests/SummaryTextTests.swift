// Lines of results and summaries, as tables; progress without a terminal; a console with one.

import Events
import Foundation
import Glibc
import Host
import Testing

@testable import Console

@Suite struct SummaryTextTests {
  @Test(
    arguments: [
      (0, "0.00s"), (0.61, "0.61s"), (0.834, "0.83s"), (9.994, "9.99s"), (9.996, "10.0s"), (59.94, "59.9s"), (59.96, "1m 00s"),
      (125, "2m 05s"), (3725, "1h 02m"), (-1, "0.00s"), (.nan, "0.00s"),
    ] as [(Double, String)])
  func durations(_ seconds: Double, _ text: String) { #expect(SummaryText.duration(seconds) == text) }

  @Test func costsStandInOneColumn() {
    let lines = SummaryText.lines(
      [
        ResultLine(.good, "a/greeting_test.sh:tests", .seconds(0.61)), ResultLine(.good, "日本.sh", .cached),
        ResultLine(.bad, "x", .seconds(2), remark: "exit status 1", detail: "boom"),
        ResultLine(.good, "y", .seconds(1), attempts: 2),
      ], colors: false)
    #expect(
      lines == [
        "✓ a/greeting_test.sh:tests   0.61s", "✓ 日本.sh                    cached",
        "✗ x                          2.00s  exit status 1", "boom",
        "✓ y                          1.00s  flaky: passed at attempt 2",
      ])
  }

  @Test func theLastLineSaysWhy() {
    var summary = GoalSummary(
      goal: "test", counts: [.init(2, "passed"), .init(0, "failed")], isGood: true, ran: 1, cached: 1,
      reasons: [.file("helloworld/greet/greeting.sh")], seconds: 0.83)
    #expect(
      SummaryText.line(summary, colors: false) == "test: 2 passed (1 ran: helloworld/greet/greeting.sh changed; 1 cached) in 0.83s")
    summary.reasons = [.file("a"), .file("b"), .file("c"), .file("d"), .option("[x].args")]
    #expect(
      SummaryText.line(summary, colors: false) == "test: 2 passed (1 ran: a, b, c and 1 more, option [x].args changed; 1 cached) in 0.83s")
    summary = GoalSummary(goal: "lint", counts: [], isGood: true, ran: 0, cached: 0, seconds: 0)
    #expect(SummaryText.line(summary, colors: true) == "lint: \u{1B}[32mnothing to do\u{1B}[0m in 0.00s")
  }

  @Test(arguments: [("hello", 5, "hello"), ("hello", 4, "hel…"), ("日本語", 5, "日本…"), ("a\u{1B}[2J", 9, "a?[2J"), ("x", 0, "")])
  func cutting(_ text: String, _ width: Int, _ expected: String) { #expect(TextWidth.cut(text, to: width) == expected) }

  @Test func progressIsOneLinePerRunningAction() {
    var progress = Progress()
    progress.receive(.phase("loading"), at: 0)
    #expect(progress.lines(at: 0.1, width: 40, rows: 5) == [])
    #expect(progress.lines(at: 0.5, width: 40, rows: 5) == ["loading…"])
    for id in 0..<4 { progress.receive(.started(action: Int32(id), label: "action number \(id)"), at: 1) }
    #expect(progress.lines(at: 2.55, width: 20, rows: 2) == ["action numbe…  1.50s", "and 3 more"])
    for id in 0..<4 { progress.receive(.finished(action: Int32(id), label: "", how: .succeeded, seconds: 1), at: 3) }
    #expect(progress.isIdle)
  }

  @Test(
    arguments: [
      ([:], true, true, true), (["NO_COLOR": "1"], true, false, true), (["NO_COLOR": ""], true, true, true),
      (["CI": "true"], true, false, false), (["TERM": "dumb"], true, false, false), ([:], false, false, false),
    ] as [([String: String], Bool, Bool, Bool)])
  func styles(_ environment: [String: String], _ isTerminal: Bool, _ colors: Bool, _ animated: Bool) {
    let style = ConsoleStyle.choose(
      environment: environment, isOutputTerminal: isTerminal, isErrorTerminal: isTerminal, columns: 80)
    #expect(style.colorsOutput == colors)
    #expect(style.isAnimated == animated)
    let narrow = ConsoleStyle.choose(environment: [:], isOutputTerminal: true, isErrorTerminal: true, columns: 10, colors: false)
    #expect(!narrow.isAnimated && !narrow.colorsErrors)
  }

  @Test func plainConsolesSeparateStreamsAndKeepQuiet() throws {
    let (output, errors) = (Pipe(), Pipe())
    let console = Console(
      output: output.fileHandleForWriting.fileDescriptor, errors: errors.fileHandleForWriting.fileDescriptor, style: .plain)
    console.report(.planned(actions: 2))
    console.report(.finished(action: 0, label: "a", how: .cached, seconds: 1))
    console.report(.started(action: 1, label: "b"))
    console.report(.finished(action: 1, label: "b", how: .succeeded, seconds: 1))
    console.report(.warning("once"))
    console.report(.warning("once"))
    console.report(.answer("x"))
    console.finish()
    try output.fileHandleForWriting.close()
    try errors.fileHandleForWriting.close()
    #expect(String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) == "x\n")
    #expect(
      String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) == "[2/2] b done 1.00s\nwarning: once\n")
  }

  @Test func aTerminalShowsWhatRunsAndIsCleanAtTheEnd() throws {
    // `posix_openpt` and its kin are not in Glibc's overlay: the same by the kernel's own names (ioctl_tty(2)).
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var number: CUnsignedInt = 0
    var unlocked: CInt = 0
    let isOpen = master >= 0 && ioctl(master, 0x4004_5431, &unlocked) == 0 && ioctl(master, 0x8004_5430, &number) == 0
    try #require(isOpen)
    let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    try #require(slave >= 0)
    defer {
      close(slave)
      close(master)
    }
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
    let console = Console(output: slave, errors: slave, style: ConsoleStyle(isAnimated: true, width: 30))
    console.report(.started(action: 1, label: "a label that is much longer than the terminal"))
    var seen = ""
    func read() {
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = Glibc.read(master, &bytes, bytes.count)
      if count > 0 { seen += String(decoding: bytes[..<count], as: UTF8.self) }
    }
    for _ in 0..<500 where !seen.contains("a label") {
      usleep(20_000)
      read()
    }
    #expect(seen.contains("a label that is much …"))
    console.print("result")
    console.finish()
    read()
    let erased = try #require(seen.range(of: "\u{1B}[J", options: .backwards))
    #expect(seen[erased.upperBound...].hasPrefix("result") || seen.contains("\u{1B}[Jresult"))
    #expect(!seen[erased.upperBound...].contains("a label"))
  }
}
