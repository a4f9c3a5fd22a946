// Where settings come from: which files, in which order, how they edit one another, and what placeholders stand for.

import Options
import TestSupport
import Testing

@Suite struct SourceTests {
  /// Files, environment, arguments, and the value of `[shellcheck] args` as JSON.
  struct Case: CustomTestStringConvertible {
    let name: String
    var files: [String: String] = [:]
    var environment: [String: String] = [:]
    var arguments: [String] = []
    let expected: String

    var testDescription: String { name }
  }

  private static let files: [Case] = [
    Case(name: "nothing", expected: "[]"),
    Case(
      name: "a file more adds up", files: ["pants.toml": "[shellcheck]\nargs = ['a']", "pants.ci.toml": "[shellcheck]\nargs.add = ['b']"],
      environment: ["PANTS_CONFIG_FILES": "pants.ci.toml"], expected: #"["a","b"]"#),
    Case(
      name: "a file more, in brackets with a sign",
      files: ["pants.toml": "[shellcheck]\nargs = ['a']", "x.toml": "[shellcheck]\nargs = \"-['a'],+['b']\""],
      environment: ["PANTS_CONFIG_FILES": "+['x.toml']"], expected: #"["b"]"#),
    Case(
      name: "other files instead", files: ["pants.toml": "[shellcheck]\nargs = ['a']", "x.toml": "[shellcheck]\nargs.add = ['b']"],
      environment: ["PANTS_CONFIG_FILES": "['x.toml']"], expected: #"["b"]"#),
    Case(
      name: "the flag for files", files: ["pants.toml": "[shellcheck]\nargs = ['a']", "x.toml": "[shellcheck]\nargs.add = ['b']"],
      arguments: ["--pants-config-files=x.toml"], expected: #"["a","b"]"#),
    Case(
      name: "personal files that a config file names",
      files: [
        "pants.toml": "[GLOBAL]\npantsrc_files = ['mine.rc']\n", "mine.rc": "[shellcheck]\nargs = ['m']\n",
        ".pants.rc": "[shellcheck]\nargs = ['x']",
      ],
      expected: #"["m"]"#),
    Case(
      name: "personal files are switched off by a config file",
      files: ["pants.toml": "[GLOBAL]\npantsrc = false\n", ".pants.rc": "[shellcheck]\nargs = ['x']"], expected: "[]"),
    Case(
      name: "personal files are switched off by the environment", files: [".pants.rc": "[shellcheck]\nargs = ['x']"],
      environment: ["PANTS_PANTSRC": "false"], expected: "[]"),
    Case(
      name: "[DEFAULT] of a stronger file is weaker than a section of a weaker one",
      files: ["pants.toml": "[shellcheck]\nargs = ['a']\n", "baji.toml": "[DEFAULT]\nargs = ['d']\n"], expected: #"["a"]"#),
    Case(name: "[DEFAULT] alone", files: ["pants.toml": "[DEFAULT]\nargs = ['d']\n"], expected: #"["d"]"#),
    Case(
      name: "[DEFAULT] and an addition", files: ["pants.toml": "[DEFAULT]\nargs = ['d']\n[shellcheck]\nargs.add = ['e']\n"],
      expected: #"["d","e"]"#),
  ]

  private static let edits: [Case] = [
    Case(
      name: "Pants' variable, then Baji's, then flags",
      environment: ["PANTS_GLOBAL_TAG": "no", "PANTS_SHELLCHECK_ARGS": "+['p']", "BAJI_SHELLCHECK_ARGS": "+['b']"],
      arguments: ["--shellcheck-args=f"], expected: #"["p","b","f"]"#),
    Case(
      name: "what is removed stays away from what weaker and stronger sources add",
      files: ["pants.toml": "[shellcheck]\nargs = ['a', 'b']\n"], environment: ["PANTS_SHELLCHECK_ARGS": "-['a']"],
      arguments: ["--shellcheck-args=+['a','c']"], expected: #"["b","c"]"#),
    Case(
      name: "until something replaces it", files: ["pants.toml": "[shellcheck]\nargs = ['a', 'b']\n"],
      environment: ["PANTS_SHELLCHECK_ARGS": "-['a']"], arguments: ["--shellcheck-args=['a']"], expected: #"["a"]"#),
    Case(
      name: "several lines", files: ["pants.toml": "[shellcheck]\nargs = [\n  'a', # one\n  'b',\n]\n"], expected: #"["a","b"]"#),
    Case(
      name: "several lines in a string",
      files: [
        "pants.toml": #"""
        [shellcheck]
        args = """+[
          'a',  # one
          'b' 'c',
          "x\\x41", '''d''',
        ]"""
        """#
      ],
      expected: #"["a","bc","xA","d"]"#),
  ]

  private static let values: [Case] = [
    Case(
      name: "placeholders",
      files: ["pants.toml": "[DEFAULT]\nx = 'X'\nn = 3\n[shellcheck]\nown = '%(x)s%(n)s'\nargs = ['%(own)s', '%(x)s', '%(user)s']\n"],
      environment: ["USER": "me"], expected: #"["X3","X","me"]"#),
    Case(
      name: "the folders of Pants",
      files: [
        "pants.toml":
          "[GLOBAL]\npants_distdir = '%(buildroot)s/out'\n[shellcheck]\nargs = ['%(pants_distdir)s', '%(pants_workdir)s']\n"
      ],
      expected: #"["ROOT/out","ROOT/.pants.d"]"#),
    Case(
      name: "no placeholder", files: ["pants.toml": "[shellcheck]\nargs = ['%%(user)s', '100%', '%%', '%d']\n"],
      expected: #"["%(user)s","100%","%%","%d"]"#),
    Case(
      name: "a variable's value is no template", files: ["pants.toml": "[shellcheck]\nargs = ['%(env.A)s']\n"],
      environment: ["A": "%(user)s"], expected: #"["%(user)s"]"#),
    Case(
      name: "a file's text", files: ["pants.toml": "[shellcheck]\nargs = '@a.txt'\n", "a.txt": "  +['a',\n 'b']\n\n"],
      expected: #"["a","b"]"#),
    Case(
      name: "a file in the environment", files: ["d/a.json": "[\"j\", \"k\"]"], environment: ["PANTS_SHELLCHECK_ARGS": "@d/a.json"],
      expected: #"["j","k"]"#),
    Case(
      name: "a file in a flag", files: ["d/a.toml": "x.y = ['t']"], arguments: ["--shellcheck-args=@d/a.toml:x.y"], expected: #"["t"]"#),
    Case(name: "a path with a colon", files: ["a:b": "c"], arguments: ["--shellcheck-args=@a:b"], expected: #"["c"]"#),
    Case(name: "behind a goal that it does not belong to", arguments: ["test", "--shellcheck-args=x"], expected: #"["x"]"#),
  ]

  @Test(arguments: files + edits + values) func settingsComeFromEverywhere(_ example: Case) throws {
    let workspace = try Workspace(example.files)
    let options = try workspace.parse(example.arguments, example.environment).options
    #expect(options.canonicalText("shellcheck", "args").replacing(workspace.directory.path, with: "ROOT") == example.expected)
  }

  @Test(arguments: [
    ("names = {a = 1}", "", #"{"a":1}"#), ("[shellcheck.names]\na = 1", "", #"{"a":1}"#), ("names.add = {b = 2}", "", #"{"b":2}"#),
    ("names = {a = 1}", "+{'b': {'c': [1, 2.5, None]}}", #"{"a":1,"b":{"c":[1,2.5,null]}}"#),
    ("names = {a = 1}", "{'b': 'x'}", #"{"b":"x"}"#), ("names = \"{'a': True}\"", "+{'a': False}", #"{"a":false}"#),
    (#"names = {"%(user)s" = "%(homedir)s"}"#, "", #"{"me":"/home/me"}"#),
  ])
  func dictionariesAreReplacedOrAddedTo(file: String, variable: String, expected: String) throws {
    let workspace = try Workspace(["pants.toml": file.hasPrefix("[") ? file : "[shellcheck]\n\(file)\n"])
    var environment = ["USER": "me", "HOME": "/home/me"]
    if !variable.isEmpty { environment["PANTS_SHELLCHECK_NAMES"] = variable }
    #expect(try workspace.parse([], environment).options.canonicalText("shellcheck", "names") == expected)
  }

  @Test func globalVariablesHaveThreeNames() throws {
    let workspace = try Workspace([:])
    for (environment, expected) in [
      (["PANTS_DISTDIR": "a"], "a"), (["PANTS_PANTS_DISTDIR": "b", "PANTS_DISTDIR": "a"], "b"),
      (["PANTS_GLOBAL_PANTS_DISTDIR": "c", "PANTS_PANTS_DISTDIR": "b"], "c"),
      (["BAJI_DISTDIR": "d", "PANTS_GLOBAL_PANTS_DISTDIR": "c"], "d"),
    ] { #expect(try workspace.parse([], environment).options.string("GLOBAL", "pants_distdir") == expected) }
  }

  @Test func flagsThatScriptsForPantsGiveAreIgnoredAndCounted() throws {
    let parsed = try Workspace([:]).parse([
      "--no-pantsd", "--print-stacktrace", "--no-anonymous-telemetry-enabled", "--rule-threads-core=4", "test",
    ])
    #expect(
      parsed.options.ignored.map { "\($0.name) \($0.place)" } == [
        "[GLOBAL].print_stacktrace --print-stacktrace", "[anonymous-telemetry].enabled --no-anonymous-telemetry-enabled",
        "[GLOBAL].rule_threads_core --rule-threads-core",
      ])
    #expect(parsed.command.goals == ["test"])
    #expect(parsed.options.ignored.allSatisfy { $0.reason != nil })
  }

  @Test func unknownNamesAreNoErrorsWhereVerificationIsOff() throws {
    let workspace = try Workspace(["baji.toml": "[GLOBAL]\nverify_config = false\n[nope]\nx = 1\n[test]\ny = 1\n"])
    #expect(try workspace.parse(["test"]).options.ignored.map(\.name) == ["[nope].x", "[test].y"])
  }

  @Test func secretsAreNotShown() throws {
    let scope = OptionScope(
      "tool", doc: "A tool.",
      options: [
        OptionDefinition("auth_token", .string, doc: "A token."),
        OptionDefinition("env", .stringList, default: .list([]), doc: "Variables."),
        OptionDefinition("url", .string, doc: "An address."),
        OptionDefinition("headers", .dictionary, default: .dictionary([]), doc: "Headers."),
        OptionDefinition("tokenize", .string, doc: "No secret."),
      ])
    let workspace = try Workspace([
      "pants.toml": """
      [tool]
      auth_token = 'abcdef123'
      env = ['API_KEY=xyzzy', 'A=b']
      url = 'https://h/%(env.MY_SECRET)s'
      headers = {x = 'qwertz'}
      tokenize = 'yes'
      """
    ])
    let sources = try OptionSources.read(
      arguments: [], environment: ["MY_SECRET": "hunter2hunter2"], workingDirectory: workspace.directory.path,
      root: workspace.directory.path)
    let options = try sources.parse(scopes: CoreOptions.all + [scope], goals: goals).options
    #expect(options.string("tool", "auth_token") == "abcdef123")
    #expect(options.string("tool", "url") == "https://h/hunter2hunter2")
    let help = try #require(options.help(scope: "tool", advanced: true)).joined(separator: "\n")
    let json = "\(options.helpJSON(scope, isGoal: false))"
    for secret in ["abcdef123", "xyzzy", "hunter2", "qwertz"] { #expect(!help.contains(secret) && !json.contains(secret), "\(help)") }
    for shown in ["https://h/***", "API_KEY=***", "\"A=b\"", "now: \"yes\""] { #expect(help.contains(shown), "\(help)") }
    #expect(!workspace.problems([], ["MY_SECRET": "hunter2hunter2", "PANTS_TEST_FORCE": "hunter2hunter2"]).contains("hunter2"))
  }
}
