// Tools over the same files one after another: each is given what those before it made of them.

package import Execution
internal import Fingerprints

/// The formatters of a run, or one linter: a chain of one. A value for the coordinating thread; `start` it, then hand it every
/// finished action, until `isDone`.
package struct FileToolChain: Sendable {
  /// Per tool that is done, what became of each of its files, in their order.
  package private(set) var results: [[FileResult]] = []
  private let tools: [FileTool]
  private var current: FileToolRun?
  /// What the tools so far have made of a file.
  private var contents: [String: InputFile] = [:]

  package init(_ tools: [FileTool]) { self.tools = tools }

  package var isDone: Bool { results.count == tools.count }

  /// Looks up the first tool's verdicts and appends what must run.
  package mutating func start(in plan: inout Plan, _ scheduler: Scheduler) { advance(in: &plan, scheduler) }

  /// - Returns: whether `id` was one of its actions.
  package mutating func finished(_ id: ActionID, _ outcome: Outcome, in plan: inout Plan, _ scheduler: Scheduler) -> Bool {
    guard current?.finished(id, outcome, in: &plan, scheduler) == true else { return false }
    advance(in: &plan, scheduler)
    return true
  }

  private mutating func advance(in plan: inout Plan, _ scheduler: Scheduler) {
    while true {
      if var run = current {
        guard run.isDone else { return }
        run.keepPacks(scheduler)
        let done = run.results
        results.append(done)
        for result in done {
          if case .verdict(.formatted(let fingerprint, let isExecutable), _) = result.how {
            contents[result.path] = InputFile(path: result.path, isExecutable: isExecutable, fingerprint: fingerprint, source: .blob)
          }
        }
        current = nil
      }
      guard results.count < tools.count else { return }
      var tool = tools[results.count]
      if !contents.isEmpty {
        tool.files = tool.files.map { file in
          guard let content = contents[file.path] else { return file }
          return FileTool.File(content, scope: file.scope, extraInputs: file.extraInputs, set: file.set)
        }
      }
      var run = FileToolRun(tool)
      run.start(in: &plan, scheduler)
      current = run
    }
  }
}
