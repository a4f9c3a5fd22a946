// `--changed-since` and its like: what a command is about, told by git in place of specs.

internal import Diagnostics
internal import Events
internal import Git
internal import Host
internal import Options
internal import Scheduling
internal import Snapshots
internal import Targets

/// The files that have changed, asked for once a run, and the targets that they select.
final class ChangeSelection {
  private enum Question {
    case since(String)
    case diffspec(String)
    case list(String)
  }

  private unowned let session: Session
  private let question: Question
  private let reach: ChangeReach
  private var answer: Answer?

  private struct Answer {
    let changes: [Change]
    /// For "nothing changed …": "since 1a2b3c4d5e6f".
    let since: String
    /// Where earlier contents are to be had, and of which commit; nil for lists of files.
    var earlier: (repository: Repository, commit: String)?

    var paths: [String] { changes.map(\.path) }
  }

  /// nil where the options ask for nothing.
  init?(_ session: Session) {
    func text(_ name: String) -> String? { session.options.string("changed", name).flatMap { $0.isEmpty ? nil : $0 } }
    if let text = text("since") {
      question = .since(text)
    } else if let text = text("diffspec") {
      question = .diffspec(text)
    } else if let text = text("files_from") {
      question = .list(text)
    } else {
      return nil
    }
    self.session = session
    reach = session.options.string("changed", "dependents").flatMap(ChangeReach.init) ?? .none
  }

  /// The selected targets, generators included, sorted.
  /// - Parameter tools: those whose configuration counts.
  func targets(in graph: Graph, judgedBy tools: [JudgingTool]) throws -> [TargetID] {
    let answer = try changed()
    if answer.changes.isEmpty { return [] }
    let earlier = session.options.string("changed", "precision") == "content" ? answer.earlier.map { Earlier($0, answer.changes) } : nil
    let effects = ChangeEffects(session, graph, answer.changes, earlier)
    var selected = graph.reached(by: try effects.targets(), reach)
    // A tool that judges otherwise changes no target, so that no dependents follow.
    if earlier != nil { selected = try Set(selected).union(effects.judged(by: tools)).sorted() }
    return selected
  }

  /// The BUILD files among the changed files.
  func buildFiles(in graph: Graph, _ options: LoadOptions) throws -> [PathID] {
    let changed = Set(try changed().paths)
    let all = try graph.buildFiles(selectedBy: Specs(parsing: ["::"]), options)
    return all.filter { changed.contains(graph.snapshot.path(of: $0)) }
  }

  /// "nothing changed since …", or how many files did.
  func summary() throws -> String {
    let answer = try changed()
    let count = answer.changes.count
    return count == 0 ? "nothing changed \(answer.since)" : "\(count) file\(count == 1 ? "" : "s") changed \(answer.since)"
  }

  private func changed() throws -> Answer {
    if let answer { return answer }
    try refuseMixtures()
    let made: Answer
    do {
      made = try ask()
    } catch let error as GitError {
      guard error != .cancelled else { return Answer(changes: [], since: "before the run was interrupted") }
      throw UserError(error.message, hint: error.hint)
    }
    answer = made
    return made
  }

  private func ask() throws -> Answer {
    switch question {
    case .list(let file):
      let bytes: [UInt8]
      do throws(FileError) {
        bytes = file == "-" ? try Files.read(0, expecting: 0, path: "standard input") : try Files.read(session.absolute(file))
      } catch {
        throw UserError("\(error)", hint: "`--changed-files-from` names it")
      }
      let paths = PathList.paths(in: bytes, root: session.root)
      return Answer(changes: paths.map { Change($0, .modified) }, since: "by `--changed-files-from`")
    case .diffspec(let text):
      let repository = try repository()
      return Answer(
        changes: try repository.changes(in: text), since: "in \(text)", earlier: (repository, try repository.ends(of: text).old))
    case .since(let name):
      let repository = try repository()
      let isAutomatic = name == "auto"
      let base = isAutomatic ? try repository.automaticBase(environment: session.environment) : try repository.base(since: name)
      if isAutomatic { session.report(.note("changed since \(base.commit.prefix(12)): \(base.reason)")) }
      return Answer(
        changes: try repository.changes(since: base.commit), since: "since \(base.commit.prefix(12))", earlier: (repository, base.commit))
    }
  }

  private func repository() throws -> Repository {
    try Repository(
      root: session.root, environment: session.environment, workingDirectory: session.callersFolder,
      cancellation: session.scheduler.cancellation)
  }

  private func refuseMixtures() throws {
    let names = ["since", "diffspec", "files_from"].filter { session.options.string("changed", $0)?.isEmpty == false }
      .map { "--changed-\($0 == "files_from" ? "files-from" : $0)" }
    if names.count > 1 {
      throw UserError("`\(names[0])` and `\(names[1])` were given together", hint: "each of them says what is selected: leave one out")
    }
    if let spec = session.command.specs.first, let name = names.first {
      throw UserError(
        "`\(name)` and the spec `\(spec)` were given together",
        hint: "`\(name)` selects in place of specs; `--tag` and `--filter-…` leave out what you do not want")
    }
  }
}
