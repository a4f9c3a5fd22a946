// A workspace, a store and a runner for tests with real processes.

import Execution
import Fingerprints
import Glibc
import Host
import Store
import TestSupport
import Testing

struct Lab {
  let folder: TemporaryDirectory
  let store = Store.disabled()
  var settings: LocalRunner.Settings
  var workspace: String { settings.workspace }
  var sandboxes: String { "\(folder.path)/sandboxes" }

  init(_ files: [String: String] = [:]) throws {
    folder = try TemporaryDirectory()
    try folder.write(["work/.keep": ""])
    try folder.write(Dictionary(uniqueKeysWithValues: files.map { ("work/\($0.key)", $0.value) }))
    settings = LocalRunner.Settings(workspace: "\(folder.path)/work")
    settings.grace = .milliseconds(300)
  }

  var runner: LocalRunner {
    let sandboxes = sandboxes
    return LocalRunner(settings, store: store) { SandboxPlaces(memory: [], disk: [sandboxes]) }
  }

  /// An action of the shell, which every machine has.
  func script(_ text: String, _ arguments: String...) -> Action {
    Action(subject: "test", label: "test", argv: ["/bin/sh", "-c", .text(text), "sh"] + arguments.map { .text($0) })
  }

  /// As the snapshot would list it.
  func input(_ path: String, as sandboxPath: String? = nil) throws -> InputFile {
    let bytes = try Files.read("\(workspace)/\(path)")
    return InputFile(
      path: sandboxPath ?? path, isExecutable: try Files.status("\(workspace)/\(path)").isExecutable,
      fingerprint: store.secret.fingerprint(of: bytes), source: .workspace(path))
  }

  func run(
    _ action: Action, _ files: [InputFile] = [], cancellation: Cancellation = Cancellation(),
    renew: ([String: Fingerprint]) -> Void = { _ in Issue.record("renewed without a reason") }
  ) -> ActionResult {
    runner.run(PreparedAction(action, id: 0, files: files), cancellation: cancellation, renew: renew)
  }

  func bytes(_ output: CapturedOutput) throws -> [UInt8] {
    switch output {
    case .inline(let bytes): bytes
    case .blob(let fingerprint, _, _): try #require(store.blob(fingerprint))
    }
  }

  func text(_ output: CapturedOutput) throws -> String { String(decoding: try bytes(output), as: UTF8.self) }

  /// Waits for a file that a process is to write, and reads a number from it.
  func number(in file: String) throws -> Int32 {
    let clock = MonotonicClock()
    let end = clock.now + .seconds(60)
    while clock.now < end {
      if let bytes = try? Files.read(file), bytes.last == UInt8(ascii: "\n"),
        let number = Int32(String(decoding: bytes.dropLast(), as: UTF8.self))
      {
        return number
      }
      usleep(10_000)
    }
    throw Timeout()
  }

  struct Timeout: Error {}
}
