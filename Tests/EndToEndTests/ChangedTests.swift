// `--changed-since` and its like, through the binary: what is selected, in which repositories, and what is said where nothing can be.

import Foundation
import TestSupport
import Testing

/// A workspace in a git repository with one commit.
private func repository(_ files: [String: String], named name: String = "workspace", git: String = "git init -q -b main .") throws -> Baji {
  let baji = try Baji(
    files, named: name,
    environment: [
      "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
      "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "protocol.file.allow", "GIT_CONFIG_VALUE_0": "always",
    ])
  let made = try baji.shell("\(git) && git add -A && git commit -qm first")
  try #require(made.status == 0, "\(made.text)")
  return baji
}

@Suite(.needsBinary, .needs("git"))
struct ChangedTests {
  private static let scripts = [
    "lib/BUILD": "shell_sources()\n", "lib/log.sh": "log() { :; }\n", "lib/net.sh": "source lib/log.sh\n",
    "app/BUILD": "shell_sources(tags = [\"app\"])\n", "app/run.sh": "source lib/net.sh\n", "app/other.sh": ":\n", "README": "",
  ]

  private func lines(_ baji: Baji, _ arguments: String...) throws -> [String] {
    let ended = try baji.start(arguments + ["list"]).end()
    #expect(ended.status == 0, "\(arguments): \(ended.text)")
    return ended.output.split(separator: "\n").map(String.init)
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let edit: String
    var arguments: [String] = []
    let selected: [String]
    var testDescription: String { ([edit] + arguments).joined(separator: " ") }
  }

  @Test(arguments: [
    Case(edit: "", selected: []),
    Case(edit: "echo >>README", selected: []),
    Case(edit: "echo >>lib/log.sh", selected: ["lib/log.sh"]),
    Case(edit: "echo >>lib/log.sh", arguments: ["--changed-dependents=direct"], selected: ["lib/log.sh", "lib/net.sh"]),
    Case(
      edit: "echo >>lib/log.sh", arguments: ["--changed-dependees=transitive"],
      selected: ["app:app", "app/run.sh", "lib/log.sh", "lib/net.sh"]),
    Case(edit: "echo >>lib/log.sh", arguments: ["--changed-dependents=transitive", "--tag=app"], selected: ["app:app", "app/run.sh"]),
    Case(
      edit: "echo >>lib/log.sh", arguments: ["--changed-dependents=transitive", "--filter-target-type=-shell_sources"],
      selected: ["app/run.sh", "lib/log.sh", "lib/net.sh"]),
    Case(edit: "echo : >'app/new script.sh'", selected: ["app/new script.sh"]),
    // A file that is gone is its generator's; so are, for goals that run something, all that it still generates.
    Case(edit: "rm lib/log.sh", selected: ["lib:lib"]),
    Case(edit: "git mv app/other.sh app/another.sh", selected: ["app:app", "app/another.sh"]),
    Case(edit: "chmod +x app/other.sh", selected: ["app/other.sh"]),
    // BUILD files: what is declared otherwise; whatever is declared in them, as Pants has it.
    Case(edit: "echo '# a comment' >>lib/BUILD", selected: []),
    Case(edit: "echo '# a comment' >>lib/BUILD", arguments: ["--changed-precision=file"], selected: ["lib/log.sh", "lib/net.sh"]),
    Case(edit: "echo 'shell_sources(overrides = {\"net.sh\": {\"tags\": [\"x\"]}})' >lib/BUILD", selected: ["lib/net.sh"]),
    Case(edit: "echo 'shell_sources(sources = [\"net.sh\"])' >lib/BUILD", selected: ["lib:lib"]),
    Case(edit: "echo 'shell_source(name = \"n\", source = \"log.sh\")' >>lib/BUILD", selected: ["lib:n"]),
    Case(edit: "echo '__defaults__({\"shell_sources\": {\"tags\": [\"x\"]}})' >BUILD", selected: ["lib/log.sh", "lib/net.sh"]),
    Case(
      edit: "git rm -q --cached app/BUILD; git commit -qm x; echo 'shell_source(name = \"n\", source = \"run.sh\")' >>app/BUILD",
      selected: ["app:n", "app/other.sh", "app/run.sh"]),
    // Tools' configuration concerns only goals that ask the tools.
    Case(edit: "echo disable=SC2034 >.shellcheckrc", selected: []),
  ])
  func selections(_ example: Case) throws {
    let baji = try repository(ChangedTests.scripts)
    let edited = try baji.shell(example.edit)
    try #require(edited.status == 0, "\(edited.text)")
    let ended = try baji.start(["--changed-since=HEAD"] + example.arguments + ["list"]).end()
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.split(separator: "\n").map(String.init) == example.selected)
    if example.selected.isEmpty { #expect(ended.error.contains("no target is selected"), "\(ended.error)") }
  }

  /// Where nobody checks the rules, they are not read.
  @Test(arguments: [(["baji.shell", "baji.visibility"], ["lib/log.sh", "lib/net.sh"]), (["baji.shell"], [])])
  func rulesOfVisibility(backends: [String], selected: [String]) throws {
    var files = ChangedTests.scripts
    files["baji.toml"] = "[GLOBAL]\nbackend_packages = \(backends)\n"
    let baji = try repository(files)
    try baji.shell("echo '__dependents_rules__((\"*\", \"*\"))' >>lib/BUILD")
    #expect(try lines(baji, "--changed-since=HEAD") == selected)
  }

  @Test func anEmptySelectionDoesNothingAndSaysSo() throws {
    let baji = try repository(ChangedTests.scripts)
    for goals in [["list"], ["lint"], ["fmt"], ["test", "package"], ["peek"], ["filedeps"], ["dependents"]] {
      let ended = try baji.start(["--changed-since=HEAD"] + goals).end()
      #expect(ended.status == 0, "\(goals): \(ended.text)")
      #expect(ended.text.contains("nothing changed since"), "\(goals): \(ended.text)")
    }
  }

  @Test func listsOfFiles() throws {
    let baji = try repository(ChangedTests.scripts)
    try baji.write(["changed.txt": "lib/log.sh\n./app/other.sh\n\(baji.workspace)/lib/net.sh\nnowhere/x.sh\n"])
    #expect(try lines(baji, "--changed-files-from=changed.txt") == ["app/other.sh", "lib/log.sh", "lib/net.sh"])
    let piped = try baji.shell("printf 'lib/log.sh\\0app/gone.sh\\0' | baji --changed-files-from=- list")
    #expect(piped.output == "app:app\nlib/log.sh\n", "\(piped.text)")
  }

  @Test func rangesAndTheAutomaticBase() throws {
    let baji = try repository(ChangedTests.scripts)
    try baji.shell(
      "git checkout -qb feature; echo >>lib/log.sh; git commit -qam 2; echo >>app/other.sh; git commit -qam 3; echo >>app/run.sh")
    #expect(try lines(baji, "--changed-diffspec=HEAD~2..HEAD~1") == ["lib/log.sh"])
    #expect(try lines(baji, "--changed-diffspec=HEAD") == ["app/other.sh"])
    let ended = try baji("--changed-since=auto", "list")
    #expect(ended.output == "app/other.sh\napp/run.sh\nlib/log.sh\n", "\(ended.text)")
    #expect(ended.error.contains(": the merge base with main"), "\(ended.error)")
    // As an option of the workspace, for everybody.
    let configured = try baji.shell("BAJI_CHANGED_SINCE=HEAD baji list")
    #expect(configured.output == "app/run.sh\n", "\(configured.text)")
  }

  @Test func aWorkspaceBelowTheRepositoryAndOneInAWorktree() throws {
    let baji = try repository(ChangedTests.scripts, git: "git init -q -b main ..")
    try baji.shell("cd ..; git rm -rqf --cached . ; git add workspace; git commit -qm moved; echo >>workspace/lib/log.sh; echo >beside")
    #expect(try lines(baji, "--changed-since=HEAD") == ["lib/log.sh"])
    let tree = try baji.shell(
      "git worktree add -q ../tree -b other; cd ../tree/workspace; echo >>app/other.sh; baji --changed-since=main list")
    #expect(tree.output == "app/other.sh\n", "\(tree.text)")
  }

  @Test func lintersAreAskedAboutWhatTheirConfigurationConcerns() throws {
    let baji = try repository(ChangedTests.scripts)
    try baji.write(["app/.shellcheckrc": "disable=SC2034\n"])
    let ended = try baji("--changed-since=HEAD", "lint", "--only=shellcheck")
    #expect(ended.text.contains("app/") && !ended.text.contains("lib/log.sh"), "\(ended.text)")
    let asPants = try baji("--changed-since=HEAD", "--changed-precision=file", "lint", "--only=shellcheck")
    #expect(asPants.text.contains("no target is selected"), "\(asPants.text)")
  }

  @Test func whatCannotBeAnsweredIsAnError() throws {
    let baji = try repository(ChangedTests.scripts)
    for (arguments, message) in [
      (["--changed-since=mian", "list"], "did you mean `main`?"),
      (["--changed-since=HEAD", "list", "::"], "`--changed-since` and the spec `::` were given together"),
      (["--changed-since=HEAD", "--changed-diffspec=HEAD", "list"], "were given together"),
      (["--changed-since=HEAD..main", "list"], "is a range"),
      (["--changed-diffspec=a..b..c", "list"], "is no commit and no range"),
      (["--changed-files-from=none.txt", "list"], "none.txt"),
      (["--changed-dependents=some", "--changed-since=HEAD", "list"], "transitive"),
    ] {
      let ended = try baji.start(arguments).end()
      #expect(ended.status == 2, "\(arguments): \(ended.text)")
      #expect(ended.error.contains(message), "\(arguments): \(ended.error)")
    }
    let withoutGit = try baji("--changed-since=HEAD", "list", environment: ["PATH": "/nowhere"])
    #expect(withoutGit.status == 2 && withoutGit.error.contains("there is no program `git`"), "\(withoutGit.text)")
    let plain = try Baji(ChangedTests.scripts)
    let outside = try plain("--changed-since=HEAD", "list")
    #expect(outside.status == 2 && outside.error.contains("is in no git repository"), "\(outside.text)")
    try baji.shell("for n in 1 2 3; do echo >>README; git commit -qam $n; done; git clone -q --depth=1 file://$PWD ../shallow")
    let shallow = try baji.shell("cd ../shallow; baji --changed-since=HEAD~2 list")
    #expect(shallow.status == 2 && shallow.error.contains("git fetch --unshallow"), "\(shallow.text)")
  }
}

/// Locks and requirements: who is concerned by what changed in them.
@Suite(.needsBinary, .needs("git"))
struct ChangedLockTests {
  private static let files = [
    "baji.toml": """
    [GLOBAL]
    backend_packages = ["baji.python"]
    [python]
    enable_resolves = true
    resolves = { python-default = "default.lock" }

    """,
    "BUILD": "python_requirements(name = \"reqs\", module_mapping = {\"attrs\": [\"attr\"]})\n",
    "requirements.txt": "requests==2.31.0\nattrs==23.1.0\n",
    "default.lock": """
    attrs==23.1.0 \\
        --hash=sha256:\(String(repeating: "1", count: 64))
        # via -r requirements.txt
    certifi==2023.7.22 \\
        --hash=sha256:\(String(repeating: "2", count: 64))
        # via requests
    requests==2.31.0 \\
        --hash=sha256:\(String(repeating: "3", count: 64))
        # via -r requirements.txt

    """,
    "src/BUILD": "python_sources()\n", "src/x.py": "import requests\n", "src/y.py": "import x\n", "src/z.py": "import attr\n",
  ]

  struct Case: CustomTestStringConvertible, Sendable {
    let edit: String
    var arguments: [String] = []
    let selected: [String]
    var testDescription: String { ([edit] + arguments).joined(separator: " ") }
  }

  @Test(arguments: [
    // Another version of what `requests` brings.
    Case(edit: "sed -i s/2023.7.22/2023.8.1/ default.lock", selected: ["//:reqs#requests"]),
    Case(
      edit: "sed -i s/2023.7.22/2023.8.1/ default.lock", arguments: ["--changed-dependents=transitive"],
      selected: ["//:reqs#requests", "src:src", "src/x.py", "src/y.py"]),
    Case(edit: "sed -i s/sha256:1/sha256:9/ default.lock", selected: ["//:reqs#attrs"]),
    Case(edit: "echo '# by hand' >>default.lock", selected: []),
    Case(edit: "git rm -q --cached default.lock; git commit -qm x", selected: ["//:reqs#attrs", "//:reqs#requests"]),
    // As Pants does it: the lock is something that all requirements depend on.
    Case(edit: "echo '# by hand' >>default.lock", arguments: ["--changed-precision=file"], selected: []),
    Case(
      edit: "echo '# by hand' >>default.lock", arguments: ["--changed-precision=file", "--changed-dependents=direct"],
      selected: ["//:reqs#attrs", "//:reqs#requests"]),
    Case(edit: "echo boto3 >>requirements.txt", selected: ["//:reqs#boto3"]),
    Case(edit: "sed -i s/==23.1.0/==23.2.0/ requirements.txt", selected: ["//:reqs#attrs"]),
    Case(edit: "sed -i /attrs/d requirements.txt", selected: ["//:reqs"]),
    Case(
      edit: "echo boto3 >>requirements.txt", arguments: ["--changed-precision=file", "--changed-dependents=direct"],
      selected: ["//:reqs#attrs", "//:reqs#boto3", "//:reqs#requests"]),
  ])
  func selections(_ example: Case) throws {
    let baji = try repository(ChangedLockTests.files)
    let edited = try baji.shell(example.edit)
    try #require(edited.status == 0, "\(edited.text)")
    let ended = try baji.start(["--changed-since=HEAD"] + example.arguments + ["list"]).end()
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.split(separator: "\n").map(String.init) == example.selected, "\(ended.error)")
  }

  /// Where `[GLOBAL] pants_version` is set, answers are those of Pants.
  @Test func aWorkspaceOfPantsCountsFiles() throws {
    var files = ChangedLockTests.files
    files["pants.toml"] = files["baji.toml"]?.replacingOccurrences(of: "[GLOBAL]", with: "[GLOBAL]\npants_version = \"2.17.1\"")
    files["baji.toml"] = nil
    let baji = try repository(files)
    try baji.shell("echo '# by hand' >>default.lock; echo '# a comment' >>src/BUILD")
    let ended = try baji("--changed-since=HEAD", "list")
    #expect(ended.output == "src/x.py\nsrc/y.py\nsrc/z.py\n", "\(ended.text)")
  }
}
