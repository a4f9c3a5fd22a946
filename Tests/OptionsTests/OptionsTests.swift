// Sources against one another: precedence, edits, placeholders, wrong and unknown names, help.

import Diagnostics
import Options
import TestSupport
import Testing

let shellcheck = OptionScope(
  "shellcheck", doc: "Lint shell scripts.",
  options: [
    OptionDefinition("args", .arguments, default: .list([]), doc: "Extra arguments."),
    OptionDefinition("skip", .bool, default: .bool(false), doc: "Leave it out."),
    OptionDefinition("names", .dictionary, default: .dictionary([]), doc: "Names.", isAdvanced: true),
  ])

let goals = [
  GoalSyntax("test"), GoalSyntax("lint"), GoalSyntax("list"), GoalSyntax("help", takesWords: true),
]

/// A workspace in a temporary folder, and what one command line makes of it.
struct Workspace {
  let directory: TemporaryDirectory

  init(_ files: [String: String]) throws {
    directory = try TemporaryDirectory()
    try directory.write(files)
  }

  func parse(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> ParsedOptions {
    let sources = try OptionSources.read(
      arguments: arguments, environment: environment, workingDirectory: directory.path, root: directory.path)
    return try sources.parse(scopes: CoreOptions.all + [shellcheck], goals: goals)
  }

  /// Every problem on its own lines, the folder's name left out.
  func problems(_ arguments: [String] = [], _ environment: [String: String] = [:]) -> String {
    do {
      _ = try parse(arguments, environment)
      return ""
    } catch let error as UserError {
      return error.diagnostics.map { $0.rendered() }.joined().replacing(directory.path + "/", with: "")
    } catch {
      return "\(error)"
    }
  }
}

@Suite struct OptionsTests {
  @Test func strongerSourcesWinAndAreRemembered() throws {
    let workspace = try Workspace([
      "pants.toml": "[test]\ntimeout_default = 1\n", "baji.toml": "[test]\ntimeout_default = 2\n",
      "home/.pants.rc": "[test]\ntimeout_default = 3\n",
      ".pants.rc": "[test]\ntimeout_default = 4\n",
      "home/.bajirc": "[test]\ntimeout_default = 5\n",
    ])
    let environment = [
      "HOME": workspace.directory.path + "/home", "PANTS_TEST_TIMEOUT_DEFAULT": "6", "BAJI_TEST_TIMEOUT_DEFAULT": "7",
    ]
    let options = try workspace.parse(["test", "--timeout-default=8", "::"], environment).options
    let history = options.provenance("test", "timeout_default")
    #expect(
      history.map(\.source) == [
        "default", "pants.toml:2", "baji.toml:2", "home/.pants.rc:2", ".pants.rc:2", "home/.bajirc:2", "PANTS_TEST_TIMEOUT_DEFAULT",
        "BAJI_TEST_TIMEOUT_DEFAULT",
        "--timeout-default",
      ])
    #expect(history.dropFirst().map(\.value) == (1...8).map { .int($0) })
    #expect(options.int("test", "timeout_default") == 8)
  }

  @Test(arguments: [
    ("args = [\"-i 2\", \"-ci\"]", "[\"-i\",\"2\",\"-ci\"]"), ("args = \"+['a', 'b c']\"", "[\"a\",\"b\",\"c\"]"),
    ("args = '''[\"'b c'\"]'''", "[\"b c\"]"),
    ("args = \"x\"", "[\"x\"]"), ("args.add = [\"x\", \"y\"]\nargs.remove = [\"x\"]", "[\"y\"]"),
    ("args = [\"%(buildroot)s\", \"%(env.E)s\", \"%(own)s\"]\nown = \"%(user)s!\"", "[\"ROOT\",\"e\",\"me!\"]"),
    ("args = \"@args.txt\"", "[\"from\",\"file\"]"), ("args = \"@?missing\"", "[]"), ("args = \"@@x\"", "[\"@x\"]"),
    ("args = \"@args.json:a.b\"", "[\"j\"]"),
  ])
  func readsLists(text: String, expected: String) throws {
    let workspace = try Workspace([
      "pants.toml": "[shellcheck]\n\(text)\n", "args.txt": "from file\n", "args.json": "{\"a\":{\"b\":[\"j\"]}}",
    ])
    let options = try workspace.parse([], ["E": "e", "USER": "me"]).options
    #expect(options.canonicalText("shellcheck", "args").replacing(workspace.directory.path, with: "ROOT") == expected)
  }

  @Test func editsAddUpOverTheSources() throws {
    let workspace = try Workspace([
      "pants.toml": "[GLOBAL]\nbackend_packages.add = [\"a\", \"b\"]\n[shellcheck]\nnames = {x = 1}\n[DEFAULT]\nskip = true\n",
      "baji.toml": "[GLOBAL]\nbackend_packages = \"-['a'],+['c']\"\n[shellcheck.names.add]\ny = 2\n",
    ])
    let options = try workspace.parse(
      ["--backend-packages=d", "--shellcheck-names=+{'z': [1, True]}"], ["BAJI_BACKEND_PACKAGES": "+['a','e']"]
    ).options
    #expect(options.strings("GLOBAL", "backend_packages") == ["b", "c", "e", "d"])
    #expect(options.value("shellcheck", "names").shown == "{\"x\": 1, \"y\": 2, \"z\": [1, true]}")
    #expect(options.bool("shellcheck", "skip"))
    #expect(try workspace.parse(["--backend-packages=['z']"]).options.strings("GLOBAL", "backend_packages") == ["z"])
    #expect(try workspace.parse(["--cache-max-size=1.5GiB"]).options.int("cache", "max_size") == 1_610_612_736)
  }

  @Test(arguments: [
    (["lint", "test", "a/b.sh", "-dir::", "::"], "lint test|a/b.sh -dir:: ::|"), (["list", "here"], "list|here|"),
    (["test", "--force", "::", "--", "--x", "-k"], "test|::||--x -k"), (["help", "shellcheck", "x:y"], "help||shellcheck x:y"),
    (["--level", "debug", "list", "::"], "list|::|"), (["-ldebug", "-j", "3", "-lib::", "list"], "list|-lib::|"),
    (["green"], "lint test|::|"),
    (["lint", "lint", "--spec-files=specs", "a:"], "lint|a: b:: c.sh|"),
  ])
  func splitsTheCommandLine(arguments: [String], expected: String) throws {
    let workspace = try Workspace([
      "baji.toml": "[cli.alias]\ngreen = \"lint test --all\"\n--all = \"::\"\n", "here/x": "", "specs": "b::\nc.sh\n",
    ])
    let command = try workspace.parse(arguments).command
    let parts = [command.goals, command.specs, command.words].map { $0.joined(separator: " ") }
    #expect(parts.joined(separator: "|") + (command.passthrough.map { "|" + $0.joined(separator: " ") } ?? "") == expected)
  }

  @Test(arguments: [
    (["test", "--force"], true), (["--test-force", "test"], true), (["test", "--no-force"], false), (["--no-test-force"], false),
    (["--test-no-force"], false),
    (["test", "::", "--force"], true), (["--test-force=false"], false), (["--test-force", "test", "--no-force"], false),
  ])
  func readsBoolFlags(arguments: [String], expected: Bool) throws {
    #expect(try Workspace([:]).parse(arguments).options.bool("test", "force") == expected)
  }

  @Test func shortFlagsAndAliasesReachTheirOptions() throws {
    let options = try Workspace([:]).parse(["-ldebug", "-j4", "--no-color", "--tag=a", "--tag=b"], ["PANTS_CONCURRENT": "true"]).options
    #expect(options.string("GLOBAL", "level") == "debug")
    #expect(options.int("GLOBAL", "process_execution_local_parallelism") == 4)
    #expect(options.value("GLOBAL", "colors") == .bool(false))
    #expect(options.strings("GLOBAL", "tag") == ["a", "b"])
    #expect(options.bool("GLOBAL", "concurrent"))
  }

  @Test func tellsEverythingThatIsWrongAtOnce() throws {
    let workspace = try Workspace(["baji.toml": "[shelcheck]\nskip = true\n[test]\nforse = true\ntimeout_default = \"x\"\n"])
    let text = workspace.problems(["tset", "--tets-force", "--test-output=loud", "--tag"], ["BAJI_TEST_FORSE": "1"])
    for expected in [
      "unknown goal `tset`\n  did you mean `test`?", "unknown option `--tets-force`\n  did you mean `--test-force`?",
      "`--test-output` takes one of all, failed, none, not `loud`", "`--tag` needs a value",
      "unknown section `[shelcheck]`\n  --> baji.toml:1:2\n  1 | [shelcheck]\n    |  ^^^^^^^^^ did you mean `[shellcheck]`?",
      "`[test]` has no option `forse`\n  --> baji.toml:4:1", "did you mean `force`?", "takes a whole number, not `x`\n  --> baji.toml:5:19",
      "`BAJI_TEST_FORSE` is no option\n  did you mean `BAJI_TEST_FORCE`?",
    ] { #expect(text.contains(expected), "\(expected)\n--- in\n\(text)") }
    #expect(try Workspace(["pants.toml": "[a]\nx = \n[b]\ny\n"]).problems().contains("--> pants.toml:4:2"))
  }

  @Test func whatIsMeantForPantsIsCounted() throws {
    let workspace = try Workspace([
      "pants.toml": "[python.resolves]\na = \"b\"\n[test]\nnope = 1\nforce = true\n[DEFAULT]\nq = 1\n", "pants.ci.toml": "[x]\ny = 1\n",
    ])
    let options = try workspace.parse([], ["PANTS_CONFIG_FILES": "pants.ci.toml", "PANTS_SHA": "1"]).options
    #expect(
      options.ignored.map { "\($0.name) \($0.place)" } == [
        "[python].resolves pants.toml:1", "[test].nope pants.toml:4", "[x].y pants.ci.toml:2", "PANTS_SHA the environment",
      ])
    #expect(options.ignoredSummary == "4 settings for Pants mean nothing here: `baji help options --ignored`")
    #expect(options.bool("test", "force"))
  }

  @Test func anUnmodifiedConfigOfPantsWorks() throws {
    let workspace = try Workspace([
      "pants.toml": """
      [GLOBAL]
      pants_version = "2.30.0"
      print_stacktrace = true
      backend_packages.add = [
        # languages
        "pants.backend.shell",
        "pants.backend.shell.lint.shellcheck",
      ]
      pants_ignore.add = ["/out/", "!.tools/"]
      unmatched_build_file_globs = "error"
      [source]
      root_patterns = ["lib/*", "/"]
      [shellcheck]
      args = ["--external-sources", "-e 'SC1 SC2'"]
      [python-infer]
      assets = true
      [some.resolves]
      one = "a.lock"
      [test]
      extra_env_vars = ["HOME", "A=1"]
      """
    ])
    let options = try workspace.parse().options
    #expect(options.strings("GLOBAL", "backend_packages") == ["pants.backend.shell", "pants.backend.shell.lint.shellcheck"])
    #expect(options.strings("GLOBAL", "pants_ignore").suffix(2) == ["/out/", "!.tools/"])
    #expect(options.strings("shellcheck", "args") == ["--external-sources", "-e", "SC1 SC2"])
    #expect(options.source("shellcheck", "args") == "pants.toml:14")
    #expect(
      options.ignored.map(\.name) == [
        "[GLOBAL].print_stacktrace", "[python-infer].assets", "[some].resolves",
      ])
  }

  @Test func helpTellsValueAndPlace() throws {
    let workspace = try Workspace(["pants.toml": "[shellcheck]\nargs = [\"-x\"]\n"])
    let options = try workspace.parse(["--shellcheck-args=-y"]).options
    let expected = """
      [shellcheck]: Lint shell scripts.

        --shellcheck-args=ARGUMENTS
        BAJI_SHELLCHECK_ARGS
        args
            takes a list of arguments; default: []
            now: ["-x", "-y"] (from --shellcheck-args)
              over: ["-x"] (from pants.toml:2)
            Extra arguments.

        --[no-]shellcheck-skip
        BAJI_SHELLCHECK_SKIP
        skip
            takes `true` or `false`; default: false
            Leave it out.

        1 advanced option: `baji help-advanced shellcheck`
      """
    #expect(options.help(scope: "shellcheck")?.joined(separator: "\n") == expected)
  }

  @Test(
    arguments: [
      (["baji.toml": ""], "current", "default"),
      (["pants.toml": "[GLOBAL]\npants_version = \"2.17.0\"\n"], "pants", "the default where `pants_version` is set"),
      (["pants.toml": "[GLOBAL]\npants_version = \"2.17.0\"\n[tool]\nlock = \"mine\"\n"], "mine", "pants.toml:4"),
      (["pants.toml": ""], "current", "default"),
    ] as [([String: String], String, String)])
  func aDefaultMayBeAnotherWhereAPantsVersionIsSet(files: [String: String], value: String, source: String) throws {
    let scope = OptionScope(
      "tool", doc: "A tool.",
      options: [OptionDefinition("lock", .string, default: .string("current"), defaultWithPants: .string("pants"), doc: "Its lock.")])
    let workspace = try Workspace(files)
    let sources = try OptionSources.read(
      arguments: [], environment: [:], workingDirectory: workspace.directory.path, root: workspace.directory.path)
    let options = try sources.parse(scopes: CoreOptions.all + [scope], goals: goals).options
    #expect(options.string("tool", "lock") == value)
    #expect(options.source("tool", "lock") == source)
    #expect(options.isSet("tool", "lock") == (value == "mine"))
    let help = options.help(scope: "tool")?.joined(separator: "\n") ?? ""
    #expect(help.contains("default: \"current\"; where `pants_version` is set: \"pants\""))
    #expect(help.contains("now: \"\(value)\"") == (value != "current"))
  }

  @Test func findsTheRoot() throws {
    let present: Set<String> = ["/w/.git", "/w/a/pants.toml"]
    #expect(try WorkspaceRoot.find(from: "/w/a/b", exists: present.contains) == "/w/a")
    #expect(try WorkspaceRoot.find(from: "/w/c", exists: present.contains) == "/w")
    #expect(throws: UserError.self) { try WorkspaceRoot.find(from: "/x", exists: present.contains) }
  }
}
