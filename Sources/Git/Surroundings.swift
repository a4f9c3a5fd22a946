// What a CI system says, in its variables, about why it runs: the only place that knows their names.

internal import Formats
internal import Host

/// A run as its CI system describes it. What it does not say is nil.
struct Surroundings: Equatable, Sendable {
  /// For messages: "GitHub Actions"; nil outside of CI.
  var system: String?
  /// The branch that a pull request wants to be merged into.
  var targetBranch: String?
  /// The commit that a pull request is to be compared with, and the variable that says so.
  var targetCommit: Named?
  /// What a pull request proposes: its branch's last commit.
  var proposed: String?
  /// Whether HEAD is a commit that merges a pull request, made for this run; nil where the system does not say.
  var isMerge: Bool?
  /// The commit that a push moved its branch from.
  var pushedFrom: Named?
  /// The branch that is built.
  var branch: String?
  var defaultBranch: String?

  struct Named: Equatable, Sendable {
    let commit: String
    let source: String
  }

  /// - Parameters:
  ///   - environment: of the process that called Baji.
  ///   - read: the bytes of a file, where there is one: GitHub describes its event in one.
  init(_ environment: [String: String], read: (String) -> [UInt8]? = { try? Files.read($0) }) {
    func value(_ names: String...) -> String? {
      for name in names { if let text = environment[name], !text.isEmpty { return text } }
      return nil
    }
    /// Zeros stand for a branch that was not there before.
    func commit(_ name: String) -> Named? {
      value(name).flatMap { $0.allSatisfy { $0 == "0" } ? nil : Named(commit: $0, source: name) }
    }
    func branch(_ names: String...) -> String? {
      for name in names {
        guard let text = value(name), text != "false" else { continue }
        return text.hasPrefix("refs/heads/") ? String(text.dropFirst(11)) : text
      }
      return nil
    }
    if value("GITHUB_ACTIONS") == "true" {
      system = "GitHub Actions"
      targetBranch = branch("GITHUB_BASE_REF")
      if value("GITHUB_REF_TYPE") != "tag", targetBranch == nil { self.branch = branch("GITHUB_REF_NAME") }
      let event = value("GITHUB_EVENT_PATH").flatMap(read).flatMap { try? JSON.parse($0) }
      defaultBranch = Surroundings.text(event, ["repository", "default_branch"])
      func named(_ keys: String...) -> Named? {
        guard let text = Surroundings.text(event, keys), !text.isEmpty, !text.allSatisfy({ $0 == "0" }) else { return nil }
        return Named(commit: text, source: "the event's `\(keys.joined(separator: "."))`")
      }
      switch value("GITHUB_EVENT_NAME") ?? "" {
      case "push": pushedFrom = named("before")
      case "merge_group":
        targetCommit = named("merge_group", "base_sha")
        self.branch = nil
      case "pull_request", "pull_request_target", "pull_request_review":
        targetBranch = targetBranch ?? Surroundings.text(event, ["pull_request", "base", "ref"])
        proposed = named("pull_request", "head", "sha")?.commit
        self.branch = nil
      default: break
      }
    } else if value("GITLAB_CI") == "true" {
      system = "GitLab CI"
      targetBranch = branch("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
      targetCommit = commit("CI_MERGE_REQUEST_TARGET_BRANCH_SHA") ?? commit("CI_MERGE_REQUEST_DIFF_BASE_SHA")
      if let type = value("CI_MERGE_REQUEST_EVENT_TYPE") { isMerge = type != "detached" }
      if targetBranch == nil, targetCommit == nil {
        pushedFrom = commit("CI_COMMIT_BEFORE_SHA")
        self.branch = branch("CI_COMMIT_BRANCH")
      }
      defaultBranch = branch("CI_DEFAULT_BRANCH")
    } else if let found = Surroundings.others.first(where: { value($0.mark) != nil }) {
      system = found.name
      targetBranch = found.target.flatMap { branch($0) }
      proposed = found.proposed.flatMap { value($0) }
      if targetBranch == nil {
        self.branch = found.branch.flatMap { branch($0) }
        pushedFrom = found.before.flatMap { commit($0) }
      }
    } else if let text = value("CI"), text != "false", text != "0" {
      system = "CI"
    }
  }

  /// The text that names lead to in nested objects.
  private static func text(_ json: JSON?, _ names: [String]) -> String? {
    guard case .string(let text)? = names.reduce(json, { $0?[$1] }) else { return nil }
    return text
  }

  private struct Other {
    let name: String
    /// A variable that is set where the system runs.
    let mark: String
    var target: String?
    var branch: String?
    var before: String?
    var proposed: String?
  }

  /// The systems that say what they have to say in variables of one shape.
  private static let others = [
    Other(
      name: "Azure Pipelines", mark: "TF_BUILD", target: "SYSTEM_PULLREQUEST_TARGETBRANCH", branch: "BUILD_SOURCEBRANCH",
      proposed: "SYSTEM_PULLREQUEST_SOURCECOMMITID"),
    Other(
      name: "Bitbucket Pipelines", mark: "BITBUCKET_BUILD_NUMBER", target: "BITBUCKET_PR_DESTINATION_BRANCH", branch: "BITBUCKET_BRANCH"),
    Other(name: "Buildkite", mark: "BUILDKITE", target: "BUILDKITE_PULL_REQUEST_BASE_BRANCH", branch: "BUILDKITE_BRANCH"),
    Other(name: "Drone", mark: "DRONE", target: "DRONE_TARGET_BRANCH", branch: "DRONE_BRANCH", before: "DRONE_COMMIT_BEFORE"),
    Other(name: "Jenkins", mark: "JENKINS_URL", target: "CHANGE_TARGET", branch: "BRANCH_NAME"),
    Other(name: "CircleCI", mark: "CIRCLECI", branch: "CIRCLE_BRANCH"),
  ]
}
