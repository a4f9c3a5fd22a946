// `ctx.describe_head`: which commit is checked out, asked of git once a run for each pattern of tags.

internal import Git
package import Host
internal import Starlark
internal import Synchronization

/// What git says of the commit that is checked out. Nothing of it is remembered over runs.
package final class Revisions: Sendable {
  private let root: String
  private let environment: [String: String]
  private let workingDirectory: String
  private let cancellation: Cancellation
  private let known = Mutex<[String: Result<HeadDescription, GitError>]>([:])

  /// - Parameters:
  ///   - root: the workspace's, absolute.
  ///   - environment: of the process that called Baji.
  ///   - workingDirectory: where it called.
  package init(root: String, environment: [String: String], workingDirectory: String, cancellation: Cancellation) {
    self.root = root
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.cancellation = cancellation
  }

  /// Whether anything rests on git's answers.
  package var wereAsked: Bool { known.withLock { !$0.isEmpty } }

  func describeHead(tags pattern: String) throws(GitError) -> HeadDescription {
    try known.withLock { known in
      if let result = known[pattern] { return result }
      let result = Result { () throws(GitError) in
        try Repository(root: root, environment: environment, workingDirectory: workingDirectory, cancellation: cancellation)
          .describeHead(tags: pattern)
      }
      known[pattern] = result
      return result
    }.get()
  }
}

/// `ctx.describe_head(tags)`: a struct with `tag` (None where none is reachable), `distance`, `commit` and `modified`. The plan is made anew in every run.
func describeHead(_ plan: PlanCall, _ call: borrowing Call) throws -> Value {
  let pattern = try call.bind(Signature("tags")).string("tags")
  guard !pattern.isEmpty, !pattern.utf8.contains(0) else { throw EvaluationError("ctx.describe_head: `tags` is a pattern, such as `v*`") }
  plan.trace.isComplete = false
  guard let revisions = plan.world.revisions else {
    throw EvaluationError("git is asked for the version, but there is no repository here", isRefusal: true)
  }
  let head: HeadDescription
  do throws(GitError) {
    head = try revisions.describeHead(tags: pattern)
  } catch {
    var hint: String?
    if case .untrusted = error { hint = error.hint }
    throw EvaluationError("git is asked for the version, but \(error.message)", hint: hint, isRefusal: true)
  }
  return Value(
    struct: [
      ("tag", head.tag.map { Value($0) } ?? .none), ("distance", .int(head.distance)), ("commit", Value(head.commit)),
      ("modified", .bool(head.isModified)),
    ])
}
