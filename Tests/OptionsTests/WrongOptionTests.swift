// What is wrong with sources and aliases: each told with its place, all of them together.

import Options
import TestSupport
import Testing

@Suite struct WrongOptionTests {
  struct Case: CustomTestStringConvertible {
    let name: String
    var files: [String: String] = [:]
    var environment: [String: String] = [:]
    var arguments: [String] = ["test"]
    /// Each must be in the text.
    let expected: [String]

    var testDescription: String { name }
  }

  private static let files: [Case] = [
    Case(name: "syntax", files: ["pants.toml": "[test]\nforce = \n"], expected: ["--> pants.toml:2:", "2 | force = "]),
    Case(
      name: "the syntax of several files", files: ["pants.toml": "[test\n", "pants.ci.toml": "[test]\nx = [1,\n", ".pants.rc": "= 3\n"],
      environment: ["PANTS_CONFIG_FILES": "pants.ci.toml"], expected: ["--> pants.toml:1:6", "--> pants.ci.toml:", "--> .pants.rc:1:1"]),
    Case(
      name: "a file that is not there", files: ["pants.toml": "", "pants.ci.toml": ""],
      environment: ["PANTS_CONFIG_FILES": "pants.cii.toml"],
      expected: ["there is no config file `pants.cii.toml`", "did you mean `pants.ci.toml`?", "`PANTS_CONFIG_FILES` names it"]),
    Case(
      name: "a folder", files: ["pants.toml": "", "ci/x": ""], arguments: ["--pants-config-files=ci", "test"],
      expected: ["the config file `ci` is a folder", "`--pants-config-files` names it"]),
    Case(name: "a folder in its place", files: ["pants.toml/x": ""], expected: ["the config file `pants.toml` is a folder"]),
    Case(
      name: "a value outside of sections", files: ["baji.toml": "level = 'debug'\n"],
      expected: ["`level` stands in no section", "--> baji.toml:1:1", "under `[GLOBAL]`"]),
    Case(
      name: "types", files: ["pants.toml": "[test]\nforce = 1\ntimeout_default = [1]\noutput = 'some'\nextra_env_vars = 3\n"],
      expected: [
        "`[test] force` takes `true` or `false`, not `1`\n  --> pants.toml:2:9", "`[test] timeout_default` takes a whole number, not `[1]`",
        "takes one of all, failed, none, not `some`", "`[test] extra_env_vars` takes a list of strings, not `3`",
      ]),
    Case(
      name: "two names of one option", files: ["baji.toml": "[GLOBAL]\njobs = 2\nprocess_execution_local_parallelism = 3\n"],
      expected: [
        "`[GLOBAL] process_execution_local_parallelism` is another name of `jobs`, which is set to something else",
        "the other is at baji.toml:2",
      ]),
    Case(
      name: "opposites", files: ["pants.toml": "[GLOBAL]\nprocess_cleanup = false\n"], arguments: ["--keep-sandboxes=never", "test"],
      expected: ["`process_cleanup = false` (from pants.toml:2) and `keep_sandboxes = never` (from --keep-sandboxes) contradict"]),
    Case(
      name: "config files in a config file", files: ["baji.toml": "[GLOBAL]\npants_config_files = ['x']\n"],
      expected: ["`[GLOBAL] pants_config_files` cannot be set in a config file", "--> baji.toml:2:1"]),
  ]

  private static let values: [Case] = [
    Case(
      name: "every source at once",
      files: ["pants.toml": "[test]\nforce = 1\n", "baji.toml": "[tset]\nx = 1\n[lint]\nskip_fixerss = true\n"],
      environment: ["PANTS_TEST_OUTPUT": "x", "BAJI_NOPE": "1"], arguments: ["test", "--nope", "--level=loud"],
      expected: [
        "--> pants.toml:2:9", "unknown section `[tset]`", "did you mean `[test]`?", "has no option `skip_fixerss`",
        "did you mean `skip_fixers`?", "the environment's `PANTS_TEST_OUTPUT` takes one of", "`BAJI_NOPE` is no option",
        "unknown option `--nope`", "`--level` takes one of",
      ]),
    Case(
      name: "wrong backends hide what may be theirs", files: ["baji.toml": "[GLOBAL]\nbackend_packages = 3\n[whatever]\nx = 1\n"],
      expected: ["`[GLOBAL] backend_packages` takes a list of strings, not `3`"]),
    Case(
      name: "placeholders", files: ["pants.toml": "[shellcheck]\nargs = ['%(buildrot)s', 'x']\n"],
      expected: ["has `%(buildrot)s`, which stands for nothing: did you mean `%(buildroot)s`?", "--> pants.toml:2:8"]),
    Case(
      name: "variables that are not set", files: ["pants.toml": "[shellcheck]\nargs = ['%(env.NOT_SET)s']\n"],
      expected: ["the environment has no `NOT_SET`"]),
    Case(
      name: "a placeholder that leads to itself", files: ["pants.toml": "[shellcheck]\na = '%(b)s'\nb = '%(a)s'\nargs = ['%(a)s']\n"],
      expected: ["leads back to itself"]),
    Case(
      name: "a file that a value names", arguments: ["--shellcheck-args=@none.txt", "test"],
      expected: ["`--shellcheck-args` wants a file: cannot"]),
    Case(
      name: "a file of a wrong format", files: ["a.json": "{\n \"a\": }"], arguments: ["--shellcheck-args=@a.json", "test"],
      expected: ["`--shellcheck-args` wants `a.json`: a.json:2:7"]),
    Case(name: "lists that go on", arguments: ["--shellcheck-args=['a'] x", "test"], expected: ["goes on behind the list's end"]),
    Case(name: "a list that does not end", arguments: ["--shellcheck-args=['a'", "test"], expected: ["expected `,` or `]`"]),
    Case(name: "no dictionary", arguments: ["--shellcheck-names=x", "test"], expected: ["`--shellcheck-names`", "expected a value"]),
  ]

  @Test(arguments: files + values) func everythingWrongIsToldWithItsPlace(_ example: Case) throws {
    let problems = try Workspace(example.files).problems(example.arguments, example.environment)
    for part in example.expected { #expect(problems.contains(part), "wanted `\(part)` in:\n\(problems)") }
    #expect(!problems.contains("whatever"))
  }

  @Test func whatIsNotUTF8IsToldWithItsPlace() throws {
    let workspace = try Workspace([:])
    try workspace.directory.write("pants.toml", bytes: Array("[test]\nx = \"".utf8) + [0xFF] + Array("\"\n".utf8))
    #expect(workspace.problems().contains("no valid UTF-8\n  --> pants.toml:2:6"))
  }

  // MARK: - Aliases

  @Test(arguments: [
    ("green = \"lint test\"\nall = \"green ::\"", ["all"], "lint test|::"),
    ("--mine = \"--tag=mine\"", ["list", "--mine", "::"], "list|::"), ("green = \"lint\"", ["help", "green"], "help||green"),
    ("ci = \"lint test ::\"", ["ci", "--", "ci"], "lint test|:: -- ci"), ("a = \"lint 'a b.sh'\"", ["a"], "lint|a b.sh"),
  ])
  func aliasesStandForArguments(text: String, arguments: [String], expected: String) throws {
    let command = try Workspace(["pants.toml": "[cli.alias]\n\(text)\n"]).parse(arguments).command
    let words = command.words.isEmpty ? "" : "|" + command.words.joined(separator: " ")
    let shown = command.goals.joined(separator: " ") + "|" + command.specs.joined(separator: " ") + words
    #expect(shown + (command.passthrough.map { " -- \($0.joined(separator: " "))" } ?? "") == expected)
  }

  @Test(arguments: [
    ("pants.toml", "lint = \"fmt\"", "the alias `lint` is the name of a goal\n  --> pants.toml:2:1\n  2 | lint = \"fmt\""),
    ("baji.toml", "list = \"lint\"", "the alias `list` is the name of a goal"),
    ("baji.toml", "--tag = \"lint\"", "the alias `--tag` is a flag that there is"),
    ("pants.toml", "a = \"b\"\nb = \"c ::\"\nc = \"lint a\"", "the alias `a` stands for itself: a → b → c → a\n  --> pants.toml:2:1"),
    ("pants.toml", "a = \"x 'y\"", "the alias `a` takes a string of arguments"),
    ("pants.toml", "a = 3", "takes a string of arguments, not `3`"), ("pants.toml", "\"-a\" = \"x\"", "the alias `-a` is no word"),
    ("pants.toml", "\"a b\" = \"x\"", "the alias `a b` is no word"),
  ])
  func wrongAliasesAreToldWithTheirPlace(file: String, text: String, expected: String) throws {
    let problems = try Workspace([file: "[cli.alias]\n\(text)\n"]).problems(["test"])
    #expect(problems.contains(expected), "\(problems)")
  }

  @Test func strongerFilesAddAliases() throws {
    let workspace = try Workspace([
      "pants.toml": "[cli.alias]\na = \"lint\"\nb = \"test\"\n", ".pants.rc": "[cli.alias.add]\nb = \"list ::\"\n",
    ])
    let parsed = try workspace.parse(["b"])
    #expect(parsed.options.aliases.map { "\($0.name)=\($0.text) \($0.place)" } == ["a=lint pants.toml:2", "b=list :: .pants.rc:2"])
    #expect(parsed.command.goals == ["list"])
  }
}
