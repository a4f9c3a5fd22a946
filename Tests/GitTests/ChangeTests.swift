// Which files have changed: committed, staged, edited, gone, new, and in every kind of repository.

import Git
import Host
import TestSupport
import Testing

@Suite struct ChangeTests {
  private func paths(_ repository: GitRepository, in folder: String = "", since name: String = "HEAD") throws -> [String] {
    let root = folder.isEmpty ? repository.path : "\(repository.path)/\(folder)"
    let git = try Repository(root: root, environment: repository.environment)
    return try git.changes(since: git.base(since: name).commit).map(\.path)
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    /// Shell lines, in a repository with one commit of `a`, `b`, `dir/c`, and a `.gitignore` of `*.log`.
    let lines: String
    var since = "HEAD"
    let changed: [String]
    var testDescription: String { name }
  }

  @Test(arguments: [
    Case(name: "nothing", lines: "", changed: []),
    Case(name: "edited", lines: "echo x >>a", changed: ["a"]),
    Case(name: "touched, with the same bytes", lines: "touch -d '2 days ago' a", changed: []),
    Case(name: "staged", lines: "echo x >>a; git add a", changed: ["a"]),
    Case(name: "staged, and then put back", lines: "echo x >>a; git add a; git show HEAD:a >a", changed: []),
    Case(name: "untracked", lines: "echo x >new; mkdir sub; echo y >sub/new", changed: ["new", "sub/new"]),
    Case(name: "ignored", lines: "echo x >x.log", changed: []),
    Case(name: "intended", lines: "echo x >new; git add -N new", changed: ["new"]),
    Case(name: "deleted", lines: "rm dir/c", changed: ["dir/c"]),
    Case(name: "deleted from the index, kept as a file", lines: "git rm -q --cached a", changed: ["a"]),
    Case(name: "renamed", lines: "git mv a z", changed: ["a", "z"]),
    Case(name: "made executable", lines: "chmod +x a", changed: ["a"]),
    Case(name: "made a link", lines: "rm a; ln -s b a", changed: ["a"]),
    Case(name: "a link that leads elsewhere", lines: "ln -s a l; git add l; git commit -qm l; ln -sfn b l", changed: ["l"]),
    Case(name: "a folder in place of a file", lines: "rm a; mkdir a; echo x >a/inner", changed: ["a", "a/inner"]),
    Case(
      name: "names that need care",
      lines: "touch 'with space' \"$(printf 'new\\nline')\" 'ümlaut' '\"quoted\"' ./-dash; mkdir 'a:b'; touch 'a:b/[x]*'",
      changed: ["\"quoted\"", "-dash", "a:b/[x]*", "new\nline", "with space", "ümlaut"]),
    Case(name: "committed", lines: "commit a; commit b", since: "HEAD~1", changed: ["b"]),
    Case(name: "committed and edited", lines: "commit a; echo x >>b", since: "HEAD~1", changed: ["a", "b"]),
    Case(name: "committed, and taken back by hand", lines: "commit a; git show HEAD~1:a >a", since: "HEAD~1", changed: []),
    Case(
      name: "what others did since does not count",
      lines: "git checkout -qb feature; commit a; git checkout -q main; commit b; git checkout -q feature", since: "main", changed: ["a"]),
    Case(name: "a tag", lines: "git tag -am t v1; commit a", since: "v1", changed: ["a"]),
    Case(name: "a conflict", lines: "git checkout -qb x; commit a; git checkout -q main; commit a; git merge -q x || true", changed: ["a"]),
    Case(
      name: "a hidden file of a sparse checkout is not deleted", lines: "git sparse-checkout set --no-cone /a /.gitignore", changed: []),
    Case(
      name: "settings that change what git prints",
      lines:
        "git config diff.noprefix true; git config diff.mnemonicPrefix true; git config core.quotePath true; git config diff.renames copies; git config status.relativePaths false; git config diff.relative true; git config color.ui always; git mv dir/c dir/d",
      changed: ["dir/c", "dir/d"]),
    Case(name: "an external diff", lines: "git config diff.external /bin/false; echo x >>a", changed: ["a"]),
  ])
  func filesThatChanged(_ example: Case) throws {
    let repository = try GitRepository("git init -q .; echo '*.log' >.gitignore; git add .gitignore; commit a b dir/c")
    try repository.shell(example.lines)
    #expect(try paths(repository, since: example.since) == example.changed)
  }

  @Test func aWorkspaceBelowTheRepositorySeesItsOwnFiles() throws {
    let repository = try GitRepository("git init -q .; commit outside ws/in 'ws/deep er/x'")
    try repository.shell("echo 1 >>outside; echo 1 >>ws/in; echo 1 >ws/new; echo 1 >beside; rm 'ws/deep er/x'")
    #expect(try paths(repository, in: "ws") == ["deep er/x", "in", "new"])
  }

  @Test func worktreesAreRepositories() throws {
    let repository = try GitRepository("git init -q .; commit a; git worktree add -q ../tree -b other")
    try repository.shell("commit b; echo x >>a", in: "../tree")
    let git = try Repository(root: "\(repository.place.path)/tree", environment: repository.environment)
    #expect(try git.changes(since: git.base(since: "main").commit).map(\.path) == ["a", "b"])
    #expect(try paths(repository) == [])
  }

  @Test func submodulesAreLookedInto() throws {
    let repository = try GitRepository(
      """
      mkdir ../lib; cd ../lib; git init -q .; commit x y; cd ../repo
      git init -q .; commit a; git submodule --quiet add ../lib sub; git commit -qm sub
      """)
    #expect(try paths(repository) == [])
    try repository.shell("echo 1 >>sub/x; echo 1 >sub/new")
    #expect(try paths(repository) == ["sub/new", "sub/x"])
    try repository.shell("commit y; cd ..; git add sub; git commit -qm moved", in: "sub")
    #expect(try paths(repository, since: "HEAD~1") == ["sub/new", "sub/x", "sub/y"])
    let git = try Repository(root: repository.path, environment: repository.environment)
    #expect(try git.changes(in: "HEAD~1..HEAD").map(\.path) == ["sub/y"])
    #expect(try git.changes(in: "HEAD~1").map(\.path) == [".gitmodules", "sub/new", "sub/x", "sub/y"])
    // As a workspace of its own.
    #expect(try paths(repository, in: "sub") == ["new", "x"])
  }

  @Test func aRepositoryThatNobodyAddedIsUntrackedAsAWhole() throws {
    let repository = try GitRepository("git init -q .; commit a; mkdir nested; cd nested; git init -q .; commit x; echo 1 >y")
    #expect(try paths(repository) == ["nested/x", "nested/y"])
  }

  @Test(arguments: [
    ("HEAD", ["c"]), ("HEAD~1", ["b"]), ("HEAD~2..HEAD", ["b", "c"]), ("HEAD~2..", ["b", "c"]), ("side...HEAD", ["b", "c"]),
    ("HEAD...side", ["s"]), ("root", [".gitignore", "a"]), ("merged", ["s"]),
  ])
  func ranges(text: String, changed: [String]) throws {
    let repository = try GitRepository(
      """
      git init -q .; touch .gitignore; git add .; commit a; git tag root
      git checkout -qb side; commit s; git checkout -q main
      commit b; commit c
      git checkout -qb m HEAD~1; git merge -q --no-ff -m merged side; git tag merged; git checkout -q main
      echo dirty >>a
      """)
    let git = try Repository(root: repository.path, environment: repository.environment)
    #expect(try git.changes(in: text).map(\.path) == changed)
  }

  @Test func bytesOfAnEarlierTime() throws {
    let repository = try GitRepository(
      "git init -q .; printf 'one\\0' >'a b'; mkdir d; echo two >d/x; git add .; git commit -qm 1; rm d/x; echo 3 >'a b'")
    let git = try Repository(root: repository.path, environment: repository.environment)
    let head = try git.requiredCommit("HEAD")
    #expect(try git.content(of: "a b", at: head) == Array("one\0".utf8))
    #expect(try git.content(of: "d/x", at: head) == Array("two\n".utf8))
    #expect(try git.content(of: "d", at: head) == nil)
    #expect(try git.content(of: "none", at: head) == nil)
    let below = try Repository(root: "\(repository.path)/d", environment: repository.environment)
    #expect(try below.content(of: "x", at: head) == Array("two\n".utf8))
  }

  @Test func variablesThatHooksSetAreUnderstood() throws {
    let repository = try GitRepository(
      "git init -q .; commit a ws/b; cp .git/index .git/other; echo x >>ws/b; GIT_INDEX_FILE=.git/other git add ws/b")
    var environment = repository.environment
    environment["GIT_DIR"] = ".git"
    environment["GIT_INDEX_FILE"] = ".git/other"
    let git = try Repository(root: "\(repository.path)/ws", environment: environment, workingDirectory: repository.path)
    #expect(try git.changes(since: git.base(since: "HEAD").commit).map(\.path) == ["b"])
  }

  /// What git itself remembers of files' times aside.
  @Test func nothingIsWritten() throws {
    let repository = try GitRepository("git init -q .; commit a b; touch -d '2 days ago' a b; echo x >>b")
    let list = "find . -type f ! -path ./.git/index | sort | xargs sha256sum"
    let before = try repository.shell(list)
    _ = try paths(repository)
    #expect(try repository.shell(list) == before)
  }

  @Test(arguments: [
    ("a\nb/c\n", ["a", "b/c"]), ("a\r\n\n./b//c\n/ws/d\n/elsewhere\n../up\nx/../y", ["a", "b/c", "d", "y"]),
    ("one\ntwo\0three\0", ["one\ntwo", "three"]), ("", []),
  ])
  func lists(text: String, paths: [String]) { #expect(PathList.paths(in: Array(text.utf8), root: "/ws") == paths) }
}

@Suite struct GitErrorTests {
  private func error(_ repository: GitRepository, _ folder: String = "", _ ask: (Repository) throws -> Void = { _ in }) -> GitError? {
    do {
      try ask(Repository(root: "\(repository.path)\(folder)", environment: repository.environment))
      return nil
    } catch let error as GitError {
      return error
    } catch {
      return nil
    }
  }

  @Test func whatCannotBeAnsweredIsToldWithAWayOut() throws {
    let plain = try GitRepository("commit() { :; }")
    #expect(error(plain) == .noRepository(folder: plain.path))
    let bare = try GitRepository("git init -q --bare .")
    #expect(error(bare) == .bareRepository(folder: bare.path))
    let empty = try GitRepository("git init -q .")
    #expect(error(empty) { _ = try $0.base(since: "main") } == .noCommits)
    let usual = try GitRepository("git init -q .; commit a; git branch feature; git checkout -q --orphan other; git commit -qm o")
    #expect(error(usual) { _ = try $0.base(since: "faeture") } == .unknownRevision("faeture", isShallow: false, suggestion: "feature"))
    #expect(error(usual) { _ = try $0.base(since: "--all") } == .unknownRevision("--all", isShallow: false, suggestion: nil))
    #expect(error(usual) { _ = try $0.base(since: "main..HEAD") } == .rangeInsteadOfRevision("main..HEAD"))
    #expect(error(usual) { _ = try $0.base(since: "main") } == .noCommonAncestor("main", isShallow: false))
    #expect(error(usual) { _ = try $0.changes(in: "a..b..c") } == .badRange("a..b..c"))
    let shallow = try GitRepository(
      "git init -q ../far; cd ../far; commit a; commit b; commit c; cd ../repo; git clone -q --depth=1 file://$PWD/../far .")
    let told = error(shallow) { _ = try $0.base(since: "HEAD~2") }
    #expect(told == .unknownRevision("HEAD~2", isShallow: true, suggestion: nil))
    #expect(told?.hint?.contains("--unshallow") == true)
    #expect(error(shallow) { _ = try $0.changes(in: "HEAD") } == .absentParent(isMerge: false))
    do {
      _ = try Repository(root: usual.path, environment: ["PATH": "/nowhere"])
      Issue.record("it ran without git")
    } catch { #expect(error == .noProgram) }
  }
}
