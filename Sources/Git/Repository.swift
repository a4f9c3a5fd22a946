// The door of this target: a git repository as seen from a workspace that lies in it.

internal import Diagnostics
package import Host

/// The repository that a workspace's root belongs to: the workspace may be its top, or any folder in it; a worktree or a submodule will do.
package struct Repository: Sendable {
  let git: GitProgram
  /// Whether history is cut off somewhere.
  package let isShallow: Bool

  /// - Parameters:
  ///   - root: the workspace's, absolute.
  ///   - environment: of the process that called Baji.
  ///   - workingDirectory: where it called.
  package init(
    root: String, environment: [String: String], workingDirectory: String? = nil, cancellation: Cancellation = Cancellation()
  ) throws(GitError) {
    try self.init(
      GitProgram(
        folder: root, environment: environment, workingDirectory: workingDirectory ?? root, cancellation: cancellation))
  }

  init(_ git: GitProgram) throws(GitError) {
    let arguments = ["rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--is-shallow-repository"]
    let answer = try git.ask(arguments)
    guard answer.status == 0 else {
      if answer.error.contains("not a git repository") { throw .noRepository(folder: git.folder) }
      if answer.error.contains("dubious ownership") || answer.error.contains("unsafe repository") { throw .untrusted(folder: git.folder) }
      throw GitProgram.failure(arguments, answer)
    }
    let lines = answer.lines
    if lines.first == "true" { throw .bareRepository(folder: git.folder) }
    guard lines.count > 1, lines[1] == "true" else { throw .noRepository(folder: git.folder) }
    self.git = git
    isShallow = lines.count > 2 && lines[2] == "true"
  }

  // MARK: Commits

  /// The commit that a name stands for, in full; nil where there is none.
  package func commit(_ name: String) throws(GitError) -> String? {
    guard !name.isEmpty, !name.hasPrefix("-") else { return nil }
    let answer = try git.ask(["rev-parse", "--verify", "--quiet", "\(name)^{commit}"])
    return answer.status == 0 && !answer.text.isEmpty ? answer.text : nil
  }

  /// The commit that somebody named.
  /// - Throws: with a guess at what was meant, or what to fetch.
  package func requiredCommit(_ name: String) throws(GitError) -> String {
    if let commit = try commit(name) { return commit }
    if name.contains("..") { throw .rangeInsteadOfRevision(name) }
    if try commit("HEAD") == nil { throw .noCommits }
    throw .unknownRevision(name, isShallow: isShallow, suggestion: try suggestion(for: name))
  }

  /// The best common ancestor of two commits; nil where they have none here.
  package func mergeBase(_ a: String, _ b: String = "HEAD") throws(GitError) -> String? {
    let answer = try git.ask(["merge-base", a, b])
    return answer.status == 0 ? answer.lines.first : nil
  }

  /// What `--changed-since=NAME` compares with: the last commit that HEAD and `name` have in common, so that what others did since does not count.
  package func base(since name: String) throws(GitError) -> Base {
    let commit = try requiredCommit(name)
    guard let base = try mergeBase(commit) else { throw .noCommonAncestor(name, isShallow: isShallow) }
    return Base(commit: base, reason: base == commit ? name : "the merge base with \(name)")
  }

  /// A branch or tag whose name is near.
  private func suggestion(for name: String) throws(GitError) -> String? {
    let names = try git.answer(["for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes", "refs/tags"]).lines
    if names.contains("origin/\(name)") { return "origin/\(name)" }
    return nearestName(to: name, among: names)
  }

  // MARK: Changes

  /// What differs between a commit and the files as they are now: committed, staged or not, and untracked files that are not ignored. By path.
  package func changes(since commit: String) throws(GitError) -> [Change] {
    var changes = try differences(["diff"], from: commit, to: nil)
    for path in try untracked() where changes[path] == nil || changes[path]?.kind == .deleted {
      changes[path] = Change(path, changes[path] == nil ? .added : .modified)
    }
    return changes.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// What a commit, or a range of them (`a..b`, `a...b`), changed. By path.
  package func changes(in text: String) throws(GitError) -> [Change] {
    let (old, new) = try ends(of: text)
    return try differences(["diff-tree", "-r"], from: old, to: new).values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// The commits, or for the first one of a history the empty tree, between which a range lies.
  package func ends(of text: String) throws(GitError) -> (old: String, new: String) {
    for (separator, isSymmetric) in [("...", true), ("..", false)] {
      guard let dots = text.firstRange(of: separator) else { continue }
      let names = [text[..<dots.lowerBound], text[dots.upperBound...]].map { $0.isEmpty ? "HEAD" : String($0) }
      guard names.allSatisfy({ !$0.contains("..") }) else { throw .badRange(text) }
      let (old, new) = (try requiredCommit(names[0]), try requiredCommit(names[1]))
      guard isSymmetric else { return (old, new) }
      guard let base = try mergeBase(old, new) else { throw .noCommonAncestor(names[0], isShallow: isShallow) }
      return (base, new)
    }
    let new = try requiredCommit(text)
    if let old = try commit("\(new)^1") { return (old, new) }
    guard try parents(of: new).isEmpty else { throw .absentParent(isMerge: false) }
    return (try git.answer(["hash-object", "-t", "tree", "/dev/null"]).text, new)
  }

  /// The commits that a commit says are before it, whether they are here or not.
  func parents(of commit: String) throws(GitError) -> [String] {
    try git.answer(["cat-file", "commit", commit]).lines.prefix { !$0.isEmpty }.compactMap { line in
      line.hasPrefix("parent ") ? String(line.dropFirst(7)) : nil
    }
  }

  /// The bytes that a file had in a commit; nil where it was not there, or was no file.
  package func content(of path: String, at commit: String) throws(GitError) -> [UInt8]? {
    let answer = try git.ask(["cat-file", "blob", "\(commit):./\(path)"])
    return answer.status == 0 ? answer.output : nil
  }

  /// Files that git neither knows nor ignores.
  private func untracked() throws(GitError) -> [String] {
    var paths: [String] = []
    for record in try git.answer(["ls-files", "-z", "--others", "--exclude-standard"]).records where !record.isEmpty {
      let path = String(decoding: record, as: UTF8.self)
      // A repository of its own, which nobody has added.
      if path.hasSuffix("/") { paths += try everything(in: String(path.dropLast())).map(\.path) } else { paths.append(path) }
    }
    return paths
  }

  /// All files of a repository below this one; none where there is none.
  private func everything(in folder: String) throws(GitError) -> [Change] {
    guard Files.exists("\(git.folder)/\(folder)/.git") else { return [] }
    let answer = try git.inner(folder).ask(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
    guard answer.status == 0 else { return [] }
    return answer.records.filter { !$0.isEmpty }.map { Change("\(folder)/\(String(decoding: $0, as: UTF8.self))", .added) }
  }

  /// - Parameter new: nil for the files as they are now.
  private func differences(_ command: [String], from old: String, to new: String?) throws(GitError) -> [String: Change] {
    let arguments =
      command + ["--raw", "-z", "--no-renames", "--no-ext-diff", "--no-abbrev", "--relative", "--ignore-submodules=none", old]
      + (new.map { [$0] } ?? []) + ["--"]
    let records = try git.answer(arguments).records
    var changes: [String: Change] = [:]
    var index = 0
    while index + 1 < records.count {
      // `:old-mode new-mode old-object new-object status`, and in a record of its own the path.
      let fields = String(decoding: records[index], as: UTF8.self).split(separator: " ")
      let path = String(decoding: records[index + 1], as: UTF8.self)
      index += 2
      guard fields.count == 5, let letter = fields[4].first else { continue }
      if fields[0] == ":\(Repository.link)" || fields[1] == Repository.link {
        for change in try changesOfSubmodule(
          path, from: fields[0] == ":\(Repository.link)" ? String(fields[2]) : nil, to: new.map { _ in String(fields[3]) })
        {
          changes[change.path] = change
        }
      } else if changes[path] == nil {
        changes[path] = Change(path, letter == "A" ? .added : letter == "D" ? .deleted : letter == "T" ? .retyped : .modified)
      }
    }
    return changes
  }

  /// The mode of a submodule's entry.
  private static let link = "160000"

  /// What changed inside a submodule: files by their paths here, for the entry itself is none. The entry alone where its files are not here.
  private func changesOfSubmodule(_ path: String, from old: String?, to new: String?) throws(GitError) -> [Change] {
    guard Files.exists("\(git.folder)/\(path)/.git") else { return [Change(path, old == nil ? .added : .modified)] }
    let inner = try Repository(git.inner(path))
    guard let old, let commit = try inner.commit(old) else { return try everything(in: path) }
    let changes: [Change]
    if let new {
      guard let commit2 = try inner.commit(new) else { return try everything(in: path) }
      changes = Array(try inner.differences(["diff-tree", "-r"], from: commit, to: commit2).values)
    } else {
      changes = try inner.changes(since: commit)
    }
    return changes.map { Change("\(path)/\($0.path)", $0.kind) }
  }
}
