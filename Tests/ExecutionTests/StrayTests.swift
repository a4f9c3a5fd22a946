// Timeouts and cancellations leave no process behind, however it hides.

import Execution
import Glibc
import Host
import TestSupport
import Testing

/// Writes its number to the file `$1`, ignores TERM, and stays for ever.
private let stubborn = "trap '' TERM HUP INT; echo $$ > \"$1\"; while :; do sleep 1000; done"

@Suite struct StrayTests {
  /// How a process gets out of its parent's sight.
  static let escapes = [
    "sh -c \"$S\" sh \"$1\" &",
    "(setsid sh -c \"$S\" sh \"$1\" &)",
    "(setsid sh -c '(setsid sh -c \"$S\" sh \"$1\" >/dev/null 2>&1 </dev/null &)' sh \"$1\" &)",
    "(cd / && setsid sh -c \"$S\" sh \"$1\" &)",
    "(setsid env -i sh -c \"$S\" sh \"$1\" &)",
  ]

  /// What /proc says of a process that should be gone; nil if it is.
  private func traces(of process: Int32) -> String? {
    guard kill(process, 0) == 0 else { return nil }
    return ["stat", "environ"].map { name in
      String(decoding: (try? Files.read("/proc/\(process)/\(name)")) ?? [], as: UTF8.self).split(separator: "\0").joined(separator: " ")
    }.joined(separator: "; ")
  }

  @Test(arguments: escapes)
  func areGoneAfterATimeout(escape: String) throws {
    let lab = try Lab()
    let file = "\(lab.folder.path)/pid"
    var action = lab.script(
      "trap '' TERM; S=\"$2\"; export S; \(escape)\nuntil test -s \"$1\"; do sleep 0.05; done; while :; do sleep 1000; done", file, stubborn
    )
    action.timeout = 3
    guard case .timedOut(let seconds) = lab.run(action).ending else {
      Issue.record("did not time out")
      return
    }
    #expect(seconds >= 3)
    let process = try lab.number(in: file)
    #expect(traces(of: process) == nil)
    #expect(try Files.names(in: lab.sandboxes) == [])
  }

  @Test(arguments: escapes)
  func areGoneAfterACancellation(escape: String) throws {
    let lab = try Lab()
    let file = "\(lab.folder.path)/pid"
    let action = lab.script("S=\"$2\"; export S; \(escape)\nwhile :; do sleep 1000; done", file, stubborn)
    let cancellation = Cancellation()
    let canceller = Thread {
      _ = try? lab.number(in: file)
      cancellation.cancel()
    }
    #expect(lab.run(action, cancellation: cancellation).ending == .cancelled)
    canceller?.join()
    #expect(traces(of: try lab.number(in: file)) == nil)
  }

  @Test(arguments: escapes)
  func areGoneWhenTheirActionEnds(escape: String) throws {
    let lab = try Lab()
    let file = "\(lab.folder.path)/pid"
    let action = lab.script("S=\"$2\"; export S; \(escape)\nuntil test -s \"$1\"; do sleep 0.05; done; echo done", file, stubborn)
    let result = lab.run(action)
    #expect(result.ending == .exited(0))
    #expect(try lab.text(result.standardOutput) == "done\n")
    #expect(traces(of: try lab.number(in: file)) == nil)
  }

  @Test func aProcessThatObeysMayEndWell() throws {
    let lab = try Lab()
    var action = lab.script("trap 'echo goodbye; exit 0' TERM; while :; do sleep 0.05; done")
    action.timeout = 1
    let result = lab.run(action)
    guard case .timedOut = result.ending else {
      Issue.record("did not time out")
      return
    }
    #expect(try lab.text(result.standardOutput) == "goodbye\n")
  }

  @Test func nothingStartsAfterACancellation() throws {
    let lab = try Lab()
    let cancellation = Cancellation()
    cancellation.cancel()
    #expect(lab.run(lab.script("exit 0"), cancellation: cancellation).ending == .cancelled)
    #expect(!Files.exists(lab.sandboxes))
  }

  @Test func manyAtOnceEndEachWithItsOwnOutput() throws {
    let lab = try Lab()
    let runner = lab.runner
    Workers.forEachChunk(of: 60, chunk: 1, minimum: 2) { range in
      for number in range {
        let result = runner.run(
          PreparedAction(lab.script("echo $1; sleep 0.01; exit $1", "\(number)"), id: Int32(number), files: []),
          cancellation: Cancellation()
        ) { _ in }
        #expect(result.ending == .exited(Int32(number)))
        #expect(result.standardOutput == .inline(Array("\(number)\n".utf8)))
      }
    }
    #expect(try Files.names(in: lab.sandboxes) == [])
  }
}
