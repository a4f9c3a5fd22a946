// A runner that starts no process: it computes outputs from inputs and remembers what it was asked to run.

import Execution
import Fingerprints
import Host
import Scheduling
import Store
import Synchronization
import TestSupport

/// Runs each action as a function of its argv's first text and its files.
final class FakeRunner: ActionRunner {
  typealias Body = @Sendable (PreparedAction, Store) -> ActionResult

  private let ran = Mutex<[String]>([])
  private let store: Store
  private let body: Body

  init(_ store: Store, _ body: @escaping Body = FakeRunner.concatenate) {
    self.store = store
    self.body = body
  }

  func run(_ prepared: PreparedAction, cancellation: Cancellation, renew: ([String: Fingerprint]) -> Void) -> ActionResult {
    ran.withLock { $0.append(prepared.action.label) }
    if cancellation.isCancelled { return ActionResult(ending: .cancelled) }
    return body(prepared, store)
  }

  /// Labels of what ran since the last call.
  func takeRan() -> [String] {
    ran.withLock { ran in
      defer { ran = [] }
      return ran
    }
  }

  /// Every declared output holds the label and all input fingerprints.
  static let concatenate: Body = { prepared, store in
    let text = prepared.files.map { "\($0.path)=\($0.fingerprint)" }.joined(separator: "\n")
    let blob = store.putBlob(Array(text.utf8))
    return ActionResult(
      ending: .exited(0),
      outputs: prepared.action.outputs.map { ProducedFile(output: $0.name, path: $0.path, isExecutable: false, fingerprint: blob) },
      usage: ResourceUsage(wall: 0.5))
  }

  static func ending(_ ending: ActionResult.Ending) -> Body { { _, _ in ActionResult(ending: ending) } }
}

/// A store in a folder of its own, with what a scheduler needs.
struct Bench {
  let folder: TemporaryDirectory
  let store: Store
  let context: KeyContext

  init() throws {
    folder = try TemporaryDirectory()
    store = try Store.open(at: "\(folder.path)/store") { _ in }
    context = KeyContext(secret: store.secret, engine: "test", platform: "test")
  }

  func scheduler(_ runner: any ActionRunner, cpus: Int = 2, cancellation: Cancellation = Cancellation()) -> Scheduler {
    Scheduler(store: store, runner: runner, context: context, slots: Slots(cpus: cpus), cancellation: cancellation)
  }

  func file(_ path: String, _ text: String) -> InputFile {
    let bytes = Array(text.utf8)
    return InputFile(path: path, isExecutable: false, fingerprint: store.secret.fingerprint(of: bytes), source: .bytes(bytes))
  }

  func action(_ name: String, _ inputs: [Input] = []) -> Action {
    var action = Action(subject: "test \(name)", label: name, argv: [.text(name)])
    action.inputs = inputs
    action.outputs = [DeclaredOutput(name: "out", path: "\(name).out")]
    return action
  }
}
