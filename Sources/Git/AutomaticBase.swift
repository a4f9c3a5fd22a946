// `--changed-since=auto`: the commit that what is here now should be compared with, from what the CI system and the branches say.

internal import Host

extension Repository {
  /// The base that fits the situation.
  ///
  ///     pull request, HEAD a merge commit made for it    its first parent
  ///     pull request, HEAD the branch itself             merge base with the branch it goes to
  ///     push                                             where the branch was before
  ///     branch                                           nearest merge base with the default branch or a release branch
  ///     default or release branch                        where it was last pushed; in CI, where that is HEAD, the commit before HEAD
  ///
  /// A commit that is needed and not here is an error: a nearer one would select too little.
  package func automaticBase(environment: [String: String]) throws(GitError) -> Base {
    try automaticBase(Surroundings(environment))
  }

  func automaticBase(_ surroundings: Surroundings) throws(GitError) -> Base {
    guard let head = try commit("HEAD") else { throw .noCommits }
    let parents = try parents(of: head)
    let system = surroundings.system.map { " (\($0))" } ?? ""

    if surroundings.targetBranch != nil || surroundings.targetCommit != nil {
      let targets = surroundings.targetBranch.map { name in ["origin/\(name)", "upstream/\(name)", name] } ?? []
      if try isMerge(parents, into: targets, surroundings) {
        guard let first = try commit("HEAD^1") else { throw .absentParent(isMerge: true) }
        return Base(commit: first, reason: "the first parent of the pull request's merge commit\(system)")
      }
      return try baseOfPullRequest(surroundings, targets, system)
    }
    if let before = surroundings.pushedFrom {
      if let commit = try commit(before.commit) { return Base(commit: commit, reason: "where the branch was before the push\(system)") }
      throw .absentBase(before.commit, source: before.source, isShallow: isShallow)
    }

    var branch = surroundings.branch
    if branch == nil { branch = try currentBranch() }
    var isLongLived = false
    if let branch { isLongLived = try self.isLongLived(branch, surroundings) }
    if branch == nil || isLongLived && surroundings.system != nil, try isMerge(parents, into: longLivedBranches(surroundings), surroundings)
    {
      guard let first = try commit("HEAD^1") else { throw .absentParent(isMerge: true) }
      return Base(commit: first, reason: "the first parent of the merge commit HEAD\(system)")
    }
    if let branch, isLongLived { return try baseOfLongLivedBranch(branch, head, parents, surroundings, system) }
    return try baseOfBranch(branch, head, parents, surroundings, system)
  }

  /// Whether HEAD merges something into a branch, and is no branch into which that one was merged to catch up: the parents' order tells them apart.
  private func isMerge(_ parents: [String], into targets: [String], _ surroundings: Surroundings) throws(GitError) -> Bool {
    guard parents.count == 2, surroundings.isMerge != false else { return false }
    if let proposed = surroundings.proposed { return parents[1] == proposed }
    if surroundings.isMerge == true { return true }
    var knowsTarget = false
    for target in targets {
      guard try commit(target) != nil, try commit(parents[0]) != nil else { continue }
      if try git.ask(["merge-base", "--is-ancestor", parents[0], target]).status == 0 { return true }
      knowsTarget = true
    }
    return !knowsTarget
  }

  private func baseOfPullRequest(_ surroundings: Surroundings, _ targets: [String], _ system: String) throws(GitError) -> Base {
    for candidate in targets {
      guard let commit = try commit(candidate) else { continue }
      if let base = try mergeBase(commit) { return Base(commit: base, reason: "the merge base with \(candidate)\(system)") }
      if surroundings.targetCommit == nil { throw .noCommonAncestor(candidate, isShallow: isShallow) }
    }
    if let target = surroundings.targetCommit {
      guard let commit = try commit(target.commit) else { throw .absentBase(target.commit, source: target.source, isShallow: isShallow) }
      // Without the history between, the two trees are compared: more than the request changed, never less.
      let base = try mergeBase(commit)
      return Base(
        commit: base ?? commit,
        reason: base == nil || base == commit ? "\(target.source)\(system)" : "the merge base with \(target.source)\(system)")
    }
    throw .absentTarget(surroundings.targetBranch ?? "", isShallow: isShallow)
  }

  /// A branch that others start from is compared with what of it is public; in CI that is all of it, and the last commit counts.
  private func baseOfLongLivedBranch(
    _ branch: String, _ head: String, _ parents: [String], _ surroundings: Surroundings, _ system: String
  ) throws(GitError) -> Base {
    for candidate in ["origin/\(branch)", "upstream/\(branch)"] {
      guard let commit = try commit(candidate), let base = try mergeBase(commit) else { continue }
      if base != head { return Base(commit: base, reason: "the merge base with \(candidate)\(system)") }
      if surroundings.system == nil { return Base(commit: head, reason: "HEAD, which is \(candidate): what is not committed yet") }
    }
    if surroundings.system == nil, parents.isEmpty {
      return Base(commit: head, reason: "HEAD, the first commit: what is not committed yet")
    }
    return try commitBeforeHead(parents, head, "HEAD is on the branch \(branch) that others start from\(system)")
  }

  /// Where a branch left the one that it will go back to: of all candidates the nearest, as a branch may have left a release branch.
  private func baseOfBranch(
    _ branch: String?, _ head: String, _ parents: [String], _ surroundings: Surroundings, _ system: String
  ) throws(GitError) -> Base {
    var best: (base: String, name: String, distance: Int)?
    var tried: [String] = []
    var withoutAncestor: String?
    for candidate in try longLivedBranches(surroundings) where candidate != branch {
      tried.append(candidate)
      guard let base = try mergeBase(candidate) else {
        withoutAncestor = withoutAncestor ?? candidate
        continue
      }
      let distance = Int(try git.answer(["rev-list", "--count", "--first-parent", "\(base)..HEAD"]).text) ?? Int.max
      if best.map({ distance < $0.distance }) ?? true { best = (base, candidate, distance) }
    }
    if let best {
      // A checkout of what is merged already, without a branch: its last commit is what it is about.
      if best.base == head, branch == nil { return try commitBeforeHead(parents, head, "HEAD is part of \(best.name)\(system)") }
      return Base(commit: best.base, reason: "the merge base with \(best.name)\(system)")
    }
    if let withoutAncestor { throw .noCommonAncestor(withoutAncestor, isShallow: isShallow) }
    if let upstream = try commit("@{upstream}"), let base = try mergeBase(upstream) {
      return Base(commit: base, reason: "the merge base with the branch's upstream\(system)")
    }
    throw .noDefaultBranch(tried: tried.isEmpty ? ["origin/HEAD", "main", "master", "upstream/HEAD", "release branches"] : tried)
  }

  private func commitBeforeHead(_ parents: [String], _ head: String, _ why: String) throws(GitError) -> Base {
    if parents.isEmpty {
      return Base(commit: try git.answer(["hash-object", "-t", "tree", "/dev/null"]).text, reason: "nothing, as HEAD is the first commit")
    }
    guard let before = try commit("HEAD^1") else { throw .absentParent(isMerge: parents.count > 1) }
    return Base(commit: before, reason: "the commit before HEAD: \(why)")
  }

  // MARK: Branches

  /// nil where HEAD is no branch.
  private func currentBranch() throws(GitError) -> String? {
    let answer = try git.ask(["symbolic-ref", "--quiet", "--short", "HEAD"])
    return answer.status == 0 && !answer.text.isEmpty ? answer.text : nil
  }

  /// The name of a remote's default branch, without the remote's.
  private func head(of remote: String) throws(GitError) -> String? {
    let answer = try git.ask(["symbolic-ref", "--quiet", "--short", "refs/remotes/\(remote)/HEAD"])
    guard answer.status == 0, answer.text.hasPrefix("\(remote)/") else { return nil }
    return String(answer.text.dropFirst(remote.utf8.count + 1))
  }

  private static let remotes = ["origin", "upstream"]

  /// Names of default branches, most certain first.
  private func defaultBranches(_ surroundings: Surroundings) throws(GitError) -> [String] {
    var names = surroundings.defaultBranch.map { [$0] } ?? []
    for remote in Repository.remotes { if let name = try head(of: remote) { names.append(name) } }
    return names.isEmpty ? ["main", "master"] : names
  }

  private func isLongLived(_ branch: String, _ surroundings: Surroundings) throws(GitError) -> Bool {
    if Repository.isRelease(branch) { return true }
    return try defaultBranches(surroundings).contains(branch)
  }

  /// Default branches and release branches that are here, by the names git knows them by; remotes' before local ones, which may be stale.
  private func longLivedBranches(_ surroundings: Surroundings) throws(GitError) -> [String] {
    let refs = try git.answer(["for-each-ref", "--format=%(refname)", "refs/remotes", "refs/heads"]).lines
    var byName: [String: [String]] = [:]
    for remote in Repository.remotes {
      for ref in refs where ref.hasPrefix("refs/remotes/\(remote)/") {
        let name = String(ref.dropFirst(14 + remote.utf8.count))
        byName[name, default: []].append("\(remote)/\(name)")
      }
    }
    for ref in refs where ref.hasPrefix("refs/heads/") {
      let name = String(ref.dropFirst(11))
      byName[name, default: []].append(name)
    }
    let defaults = try defaultBranches(surroundings)
    let releases = byName.keys.filter { Repository.isRelease($0) && !defaults.contains($0) }.sorted()
    var seen: Set<String> = []
    return (defaults + releases).flatMap { byName[$0] ?? [] }.filter { seen.insert($0).inserted }
  }

  /// `release/1.2`, `release-1.2`, `releases/x`, `stable`, `1.2.x`, `v3`: branches that live on beside the default one.
  static func isRelease(_ branch: String) -> Bool {
    let first = branch.prefix { $0 != "/" && $0 != "-" && $0 != "_" }
    if ["release", "releases", "stable", "maint", "maintenance", "support"].contains(first) { return true }
    let parts = (branch.hasPrefix("v") ? branch.dropFirst() : branch[...]).split(separator: ".", omittingEmptySubsequences: false)
    guard let major = parts.first, !major.isEmpty, major.allSatisfy(\.isNumber) else { return false }
    return parts.dropFirst().allSatisfy { $0 == "x" || !$0.isEmpty && $0.allSatisfy(\.isNumber) }
      && (parts.count > 1 || branch.hasPrefix("v"))
  }
}
