// What can go wrong when git is asked, as facts; the sentences are made in one place.

package enum GitError: Error, Equatable, Sendable {
  case noProgram
  case noRepository(folder: String)
  case bareRepository(folder: String)
  /// Git refuses a repository that belongs to somebody else.
  case untrusted(folder: String)
  case noCommits
  case unknownRevision(String, isShallow: Bool, suggestion: String?)
  /// `a..b` where one commit is wanted.
  case rangeInsteadOfRevision(String)
  case badRange(String)
  case noCommonAncestor(String, isShallow: Bool)
  /// The base that the CI system names is not among the commits that are here.
  case absentBase(String, source: String, isShallow: Bool)
  /// The branch that a pull request goes to is not here.
  case absentTarget(String, isShallow: Bool)
  /// The commit before `HEAD` is cut off.
  case absentParent(isMerge: Bool)
  /// No branch by which `auto` could tell.
  case noDefaultBranch(tried: [String])
  case failed(command: String, said: String)
  case cancelled

  package var message: String {
    switch self {
    case .noProgram: "there is no program `git` on the PATH"
    case .noRepository(let folder): "`\(folder)` is in no git repository"
    case .bareRepository(let folder): "`\(folder)` is a bare git repository: it has no files that could have changed"
    case .untrusted(let folder): "git does not trust the repository of `\(folder)`: it belongs to another user"
    case .noCommits: "the git repository has no commit yet"
    case .unknownRevision(let text, _, _): "git knows no commit `\(text)`"
    case .rangeInsteadOfRevision(let text): "`\(text)` is a range; `--changed-since` takes one commit, branch or tag"
    case .badRange(let text): "`\(text)` is no commit and no range of commits"
    case .noCommonAncestor(let text, _): "`\(text)` and HEAD have no common ancestor here"
    case .absentBase(let commit, let source, _): "the commit \(commit.prefix(12)), which \(source) names as the base, is not in this clone"
    case .absentTarget(let branch, _): "the branch `\(branch)`, which the pull request goes to, is not in this clone"
    case .absentParent(let isMerge): "the \(isMerge ? "first parent of the merge commit HEAD" : "commit before HEAD") is not in this clone"
    case .noDefaultBranch: "no branch was found that HEAD could be compared with"
    case .failed(let command, let said): "`git \(command)` failed: \(said)"
    case .cancelled: "interrupted"
    }
  }

  /// What to do about it.
  package var hint: String? {
    switch self {
    case .noProgram: "install git, or name the files with `--changed-files-from`"
    case .noRepository: "what has changed is asked of git: run `git init` and commit, or name the files with `--changed-files-from`"
    case .bareRepository: "check a branch out: `git worktree add FOLDER BRANCH`"
    case .untrusted(let folder): "if you trust it: `git config --global --add safe.directory \(folder)`"
    case .noCommits: "commit something first, or name the files with `--changed-files-from`"
    case .unknownRevision(let text, let isShallow, let suggestion):
      suggestion.map { "did you mean `\($0)`?" } ?? (isShallow ? GitError.deepen : "fetch it: `git fetch origin \(text)`")
    case .rangeInsteadOfRevision(let text): "for what a range changed: `--changed-diffspec=\(text)`"
    case .badRange: "write `A..B`, `A...B`, or one commit"
    case .noCommonAncestor(_, let isShallow): isShallow ? GitError.deepen : "name a commit that HEAD descends from"
    case .absentBase(let commit, _, _):
      "fetch it: `git fetch --depth=1 origin \(commit)`; or check out with the whole history (`fetch-depth: 0`, `GIT_DEPTH: 0`)"
    case .absentTarget(let branch, _):
      "fetch it: `git fetch origin \(branch):refs/remotes/origin/\(branch)`; or check out with the whole history (`fetch-depth: 0`, `GIT_DEPTH: 0`)"
    case .absentParent: "check out one commit more (`fetch-depth: 2`, `GIT_DEPTH: 2`, `git fetch --deepen=1`)"
    case .noDefaultBranch(let tried): "looked for \(tried.joined(separator: ", ")); name the base: `--changed-since=REF`"
    case .failed, .cancelled: nil
    }
  }

  private static let deepen =
    "this clone is shallow: fetch the history (`git fetch --unshallow`; in CI `fetch-depth: 0`, `GIT_DEPTH: 0`)"
}
