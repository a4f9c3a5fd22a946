// `auto`: for each situation of a checkout, the base and the reason that is told.

@testable import Git
import Host
import TestSupport
import Testing

@Suite struct AutomaticBaseTests {
  /// A situation: how the checkout came to be, and what the CI system says.
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    /// Makes `repo` out of `../far`, where main has the commits m1, m2, and m3 behind the branch `feature` (f1, f2) that left it at m2.
    let lines: String
    var variables: [String: String] = [:]
    /// GitHub's description of its event; `<NAME>` stands for the commit that a tag names.
    var event: String?
    /// A tag of `../far`, or any name that `repo` knows.
    let base: String
    let reason: String
    var testDescription: String { name }
  }

  static let far = """
    git init -q ../far; cd ../far
    commit m1; git tag m1; commit m2; git tag m2
    git checkout -qb feature; commit f1; git tag f1; commit f2; git tag f2
    git checkout -q main; commit m3; git tag m3
    git checkout -q -b made; git merge -q --no-ff -m pr feature; git tag pr; git update-ref refs/pull/7/merge made
    git checkout -q main; git branch -qD made
    git config uploadpack.allowAnySHA1InWant true
    cd ../repo
    """
  private static let clone = "git clone -q ../far ."
  private static let pull = "git init -q .; git remote add origin file://$PWD/../far; git fetch -q --no-tags"
  private static let github = ["GITHUB_ACTIONS": "true", "CI": "true"]
  private static let gitlab = ["GITLAB_CI": "true", "CI": "true", "CI_DEFAULT_BRANCH": "main"]

  static let cases = [
    // Pull requests
    Case(
      name: "GitHub, pull request, depth 2",
      lines: "\(pull) --depth=2 origin +refs/pull/7/merge:refs/remotes/pull/7/merge; git checkout -q refs/remotes/pull/7/merge",
      variables: github.merging(["GITHUB_EVENT_NAME": "pull_request", "GITHUB_BASE_REF": "main", "GITHUB_REF": "refs/pull/7/merge"]) { $1 },
      base: "m3", reason: "the first parent of the pull request's merge commit (GitHub Actions)"),
    Case(
      name: "GitHub, pull request, with its event", lines: "\(clone); git checkout -q pr",
      variables: github.merging(["GITHUB_EVENT_NAME": "pull_request", "GITHUB_BASE_REF": "main"]) { $1 },
      event: #"{"pull_request": {"head": {"sha": "<f2>"}, "base": {"ref": "main", "sha": "<m2>"}}}"#,
      base: "m3", reason: "the first parent of the pull request's merge commit (GitHub Actions)"),
    Case(
      name: "GitHub, pull request, the branch itself checked out", lines: "\(clone); git checkout -q f2",
      variables: github.merging(["GITHUB_EVENT_NAME": "pull_request", "GITHUB_BASE_REF": "main"]) { $1 },
      base: "m2", reason: "the merge base with origin/main (GitHub Actions)"),
    Case(
      name: "GitHub, pull request, a branch that ends in a merge of main",
      lines: "\(clone); git checkout -q f2; git merge -q --no-ff -m catch-up m3",
      variables: github.merging(["GITHUB_EVENT_NAME": "pull_request", "GITHUB_BASE_REF": "main"]) { $1 },
      base: "m3", reason: "the merge base with origin/main (GitHub Actions)"),
    Case(
      name: "GitHub, merge queue", lines: "\(clone); git checkout -q -b gh-readonly-queue/main/pr-7 pr",
      variables: github.merging(["GITHUB_EVENT_NAME": "merge_group"]) { $1 }, event: #"{"merge_group": {"base_sha": "<m3>"}}"#,
      base: "m3", reason: "the first parent of the pull request's merge commit (GitHub Actions)"),
    Case(
      name: "GitLab, merged results, depth 2", lines: "\(pull) --depth=2 origin refs/pull/7/merge; git checkout -q FETCH_HEAD",
      variables: gitlab.merging([
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_MERGE_REQUEST_EVENT_TYPE": "merged_result",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": "<m2>",
      ]) { $1 },
      base: "m3", reason: "the first parent of the pull request's merge commit (GitLab CI)"),
    Case(
      name: "GitLab, merge request, base fetched alone",
      lines: "\(pull) --depth=1 origin feature; git checkout -q FETCH_HEAD; git fetch -q --depth=1 origin <m2>",
      variables: gitlab.merging([
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_MERGE_REQUEST_EVENT_TYPE": "detached", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "<m2>",
      ]) { $1 },
      base: "<m2>", reason: "CI_MERGE_REQUEST_DIFF_BASE_SHA (GitLab CI)"),
    Case(
      name: "GitLab, merge request, a branch that ends in a merge of main",
      lines: "\(clone); git checkout -q f2; git merge -q --no-ff -m catch-up m3",
      variables: gitlab.merging(["CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_MERGE_REQUEST_EVENT_TYPE": "detached"]) { $1 },
      base: "m3", reason: "the merge base with origin/main (GitLab CI)"),
    Case(
      name: "Jenkins, pull request merged on the agent", lines: "\(clone); git checkout -q m3; git merge -q --no-ff -m pr f2",
      variables: ["JENKINS_URL": "x", "CHANGE_TARGET": "main", "BRANCH_NAME": "PR-7"],
      base: "m3", reason: "the first parent of the pull request's merge commit (Jenkins)"),
    Case(
      name: "Azure, pull request", lines: "\(clone); git checkout -q pr",
      variables: ["TF_BUILD": "True", "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main", "SYSTEM_PULLREQUEST_SOURCECOMMITID": "<f2>"],
      base: "m3", reason: "the first parent of the pull request's merge commit (Azure Pipelines)"),
    Case(
      name: "no variables, a merge commit checked out, depth 2",
      lines: "\(pull) --depth=2 origin refs/pull/7/merge; git checkout -q FETCH_HEAD",
      base: "m3", reason: "the first parent of the merge commit HEAD"),
    // Pushes
    Case(
      name: "GitHub, push", lines: "\(clone)",
      variables: github.merging(["GITHUB_EVENT_NAME": "push", "GITHUB_REF_NAME": "main"]) { $1 },
      event: #"{"before": "<m1>", "after": "<m3>", "repository": {"default_branch": "main"}}"#,
      base: "m1", reason: "where the branch was before the push (GitHub Actions)"),
    Case(
      name: "GitHub, push, depth 2", lines: "git clone -q --depth=2 --no-tags file://$PWD/../far .",
      variables: github.merging(["GITHUB_EVENT_NAME": "push", "GITHUB_REF_NAME": "main"]) { $1 }, event: #"{"before": "<m2>"}"#,
      base: "HEAD~1", reason: "where the branch was before the push (GitHub Actions)"),
    Case(
      name: "GitHub, a new branch pushed", lines: "\(clone); git checkout -q feature",
      variables: github.merging(["GITHUB_EVENT_NAME": "push", "GITHUB_REF_NAME": "feature"]) { $1 },
      event: #"{"before": "0000000000000000000000000000000000000000"}"#, base: "m2",
      reason: "the merge base with origin/main (GitHub Actions)"),
    Case(
      name: "GitLab, push", lines: "\(clone); git checkout -q m3",
      variables: gitlab.merging(["CI_COMMIT_BEFORE_SHA": "<m2>", "CI_COMMIT_BRANCH": "main"]) { $1 },
      base: "m2", reason: "where the branch was before the push (GitLab CI)"),
    Case(
      name: "GitLab, a new branch pushed", lines: "\(clone); git checkout -q f2",
      variables: gitlab.merging(["CI_COMMIT_BEFORE_SHA": "0000000000000000000000000000000000000000", "CI_COMMIT_BRANCH": "feature"]) { $1 },
      base: "m2", reason: "the merge base with origin/main (GitLab CI)"),
    Case(
      name: "some CI system, default branch", lines: "\(clone)", variables: ["CI": "true"], base: "m2",
      reason: "the commit before HEAD: HEAD is on the branch main that others start from (CI)"),
    Case(
      name: "some CI system, default branch that ends in a merge",
      lines:
        "\(clone); git merge -q --no-ff -m merged f2; git push -q origin main:main 2>/dev/null || git update-ref refs/remotes/origin/main HEAD",
      variables: ["CI": "1"], base: "m3", reason: "the first parent of the merge commit HEAD (CI)"),
    // At a desk
    Case(name: "a feature branch", lines: "\(clone); git checkout -q feature", base: "m2", reason: "the merge base with origin/main"),
    Case(
      name: "a feature branch that has been pushed, and ends in a merge of main",
      lines: "\(clone); git checkout -q feature; git merge -q --no-ff -m c m3",
      base: "m3", reason: "the merge base with origin/main"),
    Case(
      name: "a local branch without remotes", lines: "git init -q .; commit a; git checkout -qb mine; commit b", base: "main",
      reason: "the merge base with main"),
    Case(
      name: "master", lines: "git init -q -b master .; commit a; git checkout -qb mine; commit b", base: "master",
      reason: "the merge base with master"),
    Case(
      name: "another default branch",
      lines:
        "git clone -q ../far . ; git branch -qm main trunk; git push -q origin trunk; git remote set-head origin trunk; git checkout -qb mine; commit b",
      base: "origin/trunk", reason: "the merge base with origin/trunk"),
    Case(
      name: "a fork, behind its upstream", lines: "\(clone); git remote rename origin upstream; git checkout -q feature", base: "m2",
      reason: "the merge base with upstream/main"),
    Case(
      name: "only its own upstream",
      lines:
        "\(clone); git checkout -q -b work f1; git push -q -u origin work; git branch -qD main; git update-ref -d refs/remotes/origin/main; git symbolic-ref -d refs/remotes/origin/HEAD; commit x",
      base: "f1", reason: "the merge base with the branch's upstream"),
    Case(
      name: "the default branch, with a commit that is not pushed", lines: "\(clone); commit x", base: "m3",
      reason: "the merge base with origin/main"),
    Case(
      name: "the default branch as it was pushed", lines: "\(clone)", base: "m3",
      reason: "HEAD, which is origin/main: what is not committed yet"),
    // Release branches
    Case(
      name: "a release branch", lines: "\(clone); git checkout -q -b release/1.2 m1; commit r1; git push -q origin release/1.2; commit r2",
      base: "HEAD~1", reason: "the merge base with origin/release/1.2"),
    Case(
      name: "a branch that left a release branch",
      lines: "\(clone); git checkout -q -b release/1.2 m1; commit r1; git push -q origin release/1.2; git checkout -qb fix; commit x",
      base: "HEAD~1", reason: "the merge base with origin/release/1.2"),
    Case(
      name: "a push to a release branch", lines: "\(clone); git checkout -q -b 1.2.x m1; commit r1; git push -q origin 1.2.x",
      variables: ["CI": "true"], base: "m1", reason: "the commit before HEAD: HEAD is on the branch 1.2.x that others start from (CI)"),
    Case(
      name: "a pull request into a release branch",
      lines: "\(clone); git push -q origin m2:refs/heads/release-2; git fetch -q; git checkout -q f2",
      variables: github.merging(["GITHUB_EVENT_NAME": "pull_request", "GITHUB_BASE_REF": "release-2"]) { $1 },
      base: "m2", reason: "the merge base with origin/release-2 (GitHub Actions)"),
    Case(
      name: "the first commit of all", lines: "git init -q .; commit a", base: "HEAD",
      reason: "HEAD, the first commit: what is not committed yet"),
  ]

  /// Tags as commits, in texts.
  private func filled(_ text: String, _ repository: GitRepository) throws -> String {
    var text = text
    for tag in ["m1", "m2", "m3", "f1", "f2", "pr"] where text.contains("<\(tag)>") {
      let commit = try repository.shell("git rev-parse '\(tag)^{commit}'", in: "../far").filter { $0 != "\n" }
      text = text.split(separator: "<\(tag)>", omittingEmptySubsequences: false).joined(separator: commit)
    }
    return text
  }

  private func base(_ example: Case) throws -> (base: Base, wanted: String) {
    let repository = try GitRepository(AutomaticBaseTests.far)
    try repository.shell(filled(example.lines, repository))
    var environment = repository.environment
    for (name, value) in example.variables { environment[name] = try filled(value, repository) }
    if let event = example.event {
      let file = "\(repository.place.path)/event.json"
      try Files.write(Array(filled(event, repository).utf8), to: file)
      environment["GITHUB_EVENT_PATH"] = file
    }
    let git = try Repository(root: repository.path, environment: environment)
    let found = try git.automaticBase(environment: environment)
    let name = try filled(example.base, repository)
    let isTag = ["m1", "m2", "m3", "f1", "f2"].contains(name)
    let wanted = try repository.shell("git rev-parse '\(name)^{commit}'", in: isTag ? "../far" : ".").filter { $0 != "\n" }
    return (found, wanted)
  }

  @Test(arguments: cases)
  func baseAndReason(_ example: Case) throws {
    let (found, wanted) = try base(example)
    #expect(found.commit == wanted)
    #expect(found.reason == example.reason)
  }

  /// Where the base is not there, a nearer one would leave changes out.
  @Test(arguments: [
    ("git clone -q --depth=1 file://$PWD/../far .", ["GITHUB_EVENT_NAME": "push"], #"{"before": "<m1>"}"#, "git fetch --depth=1 origin"),
    (
      "git init -q .; git fetch -q --depth=1 ../far refs/pull/7/merge; git checkout -q FETCH_HEAD",
      ["GITHUB_EVENT_NAME": "pull_request", "GITHUB_BASE_REF": "main"], "{}", "fetch-depth: 2"
    ),
    (
      "git init -q .; git fetch -q --depth=1 file://$PWD/../far feature; git checkout -q FETCH_HEAD",
      ["GITHUB_EVENT_NAME": "pull_request", "GITHUB_BASE_REF": "main"], "{}", "git fetch origin main"
    ),
    (
      "git clone -q --depth=1 --no-single-branch file://$PWD/../far .; git checkout -q feature",
      ["GITHUB_EVENT_NAME": "pull_request", "GITHUB_BASE_REF": "main"], "{}", "--unshallow"
    ),
    ("git clone -q --depth=1 file://$PWD/../far .", ["GITHUB_EVENT_NAME": "schedule", "GITHUB_REF_NAME": "main"], "{}", "fetch-depth: 2"),
  ])
  func anAbsentBaseIsAnError(lines: String, variables: [String: String], event: String, hint: String) throws {
    let example = Case(
      name: "", lines: lines, variables: AutomaticBaseTests.github.merging(variables) { $1 }, event: event, base: "HEAD", reason: "")
    do {
      let found = try base(example).base
      Issue.record("\(found)")
    } catch let error as GitError {
      #expect(error.hint?.contains(hint) == true, "\(error)")
    }
  }

  @Test func noBranchToCompareWith() throws {
    let repository = try GitRepository("git init -q -b only .; commit a")
    let git = try Repository(root: repository.path, environment: repository.environment)
    #expect(throws: GitError.self) { try git.automaticBase(environment: repository.environment) }
  }

  @Test(arguments: [
    ("release/1.2", true), ("release-1", true), ("releases/2024", true), ("stable", true), ("1.2.x", true), ("v3", true), ("v1.0", true),
    ("2.17", true),
    ("main", false), ("feature/release", false), ("1234-fix", false), ("1234", false), ("v", false), ("vim", false), ("released", false),
  ])
  func namesOfReleaseBranches(name: String, isRelease: Bool) { #expect(Repository.isRelease(name) == isRelease) }
}
