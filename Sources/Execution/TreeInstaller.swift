// Putting an action's trees and caches in place before it starts: each tree is built at most once, and tried at most once a run.

internal import Events
internal import Fingerprints
internal import Host
internal import Store
internal import Synchronization

final class TreeInstaller: Sendable {
  private let store: Store
  private let report: @Sendable (Event) -> Void
  private let clock = MonotonicClock()
  private let counter = Atomic<Int32>(0)
  /// Trees that could not be built in this run: who wants one later is told so at once, without the output again.
  private let failures = Mutex<[Fingerprint: String]>([:])

  /// Lines of an installer's output that are shown, at most: the last ones.
  private static let shownLines = 60

  init(store: Store, report: @escaping @Sendable (Event) -> Void) {
    self.store = store
    self.report = report
  }

  /// Runs an installation as any other action.
  typealias Run = (_ installation: PreparedAction, _ renew: ([String: Fingerprint]) -> Void) -> ActionResult

  /// Waits where another thread or process builds the same tree.
  /// - Returns: the tools at the paths where they now are.
  func place(_ tools: [Tool], cancellation: Cancellation, run: Run) throws(LocalRunner.Refusal) -> [Tool] {
    var placed = tools
    for (index, tool) in tools.enumerated() {
      switch tool.kind {
      case .program:
        // Looked for here, as whoever starts it may be another program that would not say so.
        if !Files.exists(tool.path) {
          throw LocalRunner.Refusal(
            .notStarted("`\(tool.name)` was at `\(tool.path)` when this run was planned, and is not there any more"))
        }
      case .treeRoot: break
      case .tree(let build): placed[index] = tool.at(try path(of: build, cancellation, run))
      case .cache:
        do throws(FileError) {
          placed[index] = tool.at(try store.cache(tool.name))
        } catch {
          throw LocalRunner.Refusal(.notStarted("the cache `\(tool.name)` cannot be made: \(error)"))
        }
      }
    }
    return placed
  }

  private func path(of build: TreeBuild, _ cancellation: Cancellation, _ run: Run) throws(LocalRunner.Refusal) -> String {
    do {
      return try store.tree(
        recipe: build.recipe, name: "installing \(build.name)", isCancelled: { cancellation.isCancelled },
        waiting: { [report] holder in report(.note("waiting for another run (\(holder))")) },
        build: { path in try fill(path, build, cancellation, run) })
    } catch let refusal as LocalRunner.Refusal {
      throw refusal
    } catch is Store.WaitCancelled {
      throw LocalRunner.Refusal(.cancelled)
    } catch {
      throw LocalRunner.Refusal(.notStarted("the folder of `\(build.name)` cannot be made: \(error)"))
    }
  }

  private func fill(_ path: String, _ build: TreeBuild, _ cancellation: Cancellation, _ run: Run) throws(LocalRunner.Refusal) {
    if cancellation.isCancelled { throw LocalRunner.Refusal(.cancelled) }
    if let sentence = failures.withLock({ $0[build.recipe] }) { throw LocalRunner.Refusal(.notStarted(sentence)) }
    var action = build.action
    action.tools = action.tools.map { $0.kind == .treeRoot ? $0.at(path) : $0 }
    let files: [InputFile]
    do { files = try action.expandedInputs { _ in [] } } catch {
      throw LocalRunner.Refusal(.notStarted("`\(build.name)` cannot be installed: \(error)"))
    }
    // An installer of a run that was killed may be at work here yet: what it wrote meanwhile goes.
    if Leftovers.end(of: Environment.actionVariable, at: path) > 0 {
      do throws(FileError) {
        try Files.removeTree(path)
        try Files.createDirectory(path, mode: 0o755)
      } catch {
        throw LocalRunner.Refusal(.notStarted("`\(build.name)` cannot be installed: \(error)"))
      }
    }
    let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
    let start = clock.now
    report(.installing(number, name: build.name))
    var renewed: [String] = []
    let result = run(PreparedAction(action, id: -1, files: files)) { renewed += $0.keys }
    let isDone = result.ending == .exited(0) && renewed.isEmpty
    report(
      .installed(
        number, name: build.name, how: isDone ? .succeeded : result.ending == .cancelled ? .cancelled : .failed,
        seconds: (clock.now - start).inSeconds))
    if isDone { return }
    throw LocalRunner.Refusal(failure(of: build, result, renewed: renewed.sorted()))
  }

  private func failure(of build: TreeBuild, _ result: ActionResult, renewed: [String]) -> ActionResult {
    let why: String
    switch result.ending {
    case .cancelled: return ActionResult(ending: .cancelled)
    case .inputsChanged(let paths): return ActionResult(ending: .inputsChanged(paths))
    case _ where !renewed.isEmpty: return ActionResult(ending: .inputsChanged(renewed))
    case .notStarted(let sentence): why = sentence
    case .exited(let status): why = "the installer ended with status \(status)"
    case .signalled(let signal): why = "the installer was killed by signal \(signal)"
    case .timedOut(let seconds): why = "the installer did not end in \(Int(seconds)) seconds"
    case .missingOutputs(let paths), .missingInputs(let paths): why = "\(paths.joined(separator: ", ")) is missing"
    }
    let output = [result.standardOutput, result.standardError].map(text).filter { !$0.isEmpty }.joined(separator: "\n")
    // What did not even start, as another tree could not be installed, has said what to do.
    var hint: String?
    if case .notStarted = result.ending {} else { hint = build.hint(output) }
    let sentence = "`\(build.name)` could not be installed: \(why)\(hint.map { " (\($0))" } ?? "")"
    failures.withLock { $0[build.recipe] = sentence }
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
    let shown = (lines.count > TreeInstaller.shownLines ? ["…"] : []) + lines.suffix(TreeInstaller.shownLines)
    var failure = ActionResult(ending: .notStarted(sentence), standardError: .inline(Array(shown.joined(separator: "\n").utf8)))
    failure.keptSandbox = result.keptSandbox
    return failure
  }

  private func text(of output: CapturedOutput) -> String {
    let bytes: [UInt8] =
      switch output {
      case .inline(let bytes): bytes
      case .blob(let fingerprint, _, _): store.blob(fingerprint) ?? []
      }
    var text = String(decoding: bytes, as: UTF8.self)
    while text.last?.isNewline == true { text.removeLast() }
    return text
  }
}
