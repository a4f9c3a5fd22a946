// Options from the outside: files, environment and flags of a whole run; aliases, help, what is ignored and what is wrong.

import Foundation
import TestSupport
import Testing

@Suite(.needsBinary) struct OptionTests {
  private static let shell = "[GLOBAL]\nbackend_packages = [\"pants.backend.shell\", \"pants.backend.shell.lint.shfmt\"]\n"

  @Test func everySourceIsNamedInHelp() throws {
    let baji = try Baji([
      "pants.toml": OptionTests.shell + "[shfmt]\nargs = [\"-i 2\"]\n[test]\ntimeout_default = 1\n",
      "pants.ci.toml": "[shfmt]\nargs.add = [\"-ci\"]\n", "baji.toml": "[test]\ntimeout_default = 2\n",
    ])
    let environment = ["PANTS_CONFIG_FILES": "pants.ci.toml", "PANTS_TEST_TIMEOUT_DEFAULT": "3"]
    let shfmt = try baji("help", "shfmt", environment: environment)
    #expect(shfmt.status == 0, "\(shfmt.text)")
    #expect(shfmt.output.contains("now: [\"-i\", \"2\", \"-ci\"] (from pants.ci.toml:2)"), "\(shfmt.output)")
    #expect(shfmt.output.contains("over: [\"-i\", \"2\"] (from pants.toml:4)"))
    let test = try baji("--test-timeout-default=4", "help-advanced", "test", environment: environment)
    for line in [
      "now: 4 (from --test-timeout-default)", "over: 3 (from PANTS_TEST_TIMEOUT_DEFAULT)", "over: 2 (from baji.toml:2)",
      "over: 1 (from pants.toml:6)",
    ] { #expect(test.output.contains(line), "wanted `\(line)` in:\n\(test.text)") }
  }

  @Test func personalFilesAreStrongerThanTheWorkspaces() throws {
    let baji = try Baji(["pants.toml": OptionTests.shell + "[GLOBAL.unused]\n", ".pants.rc": "[test]\noutput = \"all\"\n"])
    try #"[test]\#noutput = "none"\#nforce = true\#n"#.write(toFile: "\(baji.home)/.pants.rc", atomically: true, encoding: .utf8)
    let help = try baji("help", "test")
    #expect(help.output.contains("now: \"all\" (from .pants.rc:2)"), "\(help.text)")
    #expect(help.output.contains("now: true (from \(baji.home)/.pants.rc:3)"))
  }

  @Test func aliasesAreExpandedAndShown() throws {
    let baji = try Baji([
      "pants.toml": OptionTests.shell + "[cli.alias]\nshow = \"list\"\nall = \"show --tag=yes ::\"\n--no-tests = \"--tag=-test\"\n",
      "BUILD": "target(name = \"a\", tags = [\"yes\"])\ntarget(name = \"b\", tags = [\"test\"])\n",
    ])
    #expect(try baji("all").output == "//:a\n")
    #expect(try baji("list", "--no-tests", "::").output == "//:a\n")
    for arguments in [["help"], ["help", "goals"], ["help", "aliases"]] {
      let help = try baji.start(arguments).end()
      #expect(help.output.contains("show --tag=yes ::"), "\(help.text)")
    }
    #expect(try baji("help", "all").output == "`all`: stands for `show --tag=yes ::` (from pants.toml:5)\n")
    try baji.edit("pants.toml", "show = ", "lint = \"list\"\nshow = ")
    let wrong = try baji("help")
    #expect(wrong.status == 2)
    #expect(wrong.error.contains("the alias `lint` is the name of a goal\n  --> pants.toml:4:1"), "\(wrong.text)")
  }

  @Test func everyMistakeOfARunIsToldAtOnce() throws {
    let baji = try Baji([
      "baji.toml": "[GLOBAL]\nbackend_packages = [\"baji.shel\", \"baji.shell\"]\nlevel = \"loud\"\n[test]\nforce = 1\nfocre = true\n"
    ])
    let ended = try baji("lint", "--nonsense", "::", environment: ["BAJI_TEST_OUTPUT": "x"])
    #expect(ended.status == 2)
    for part in [
      "names `baji.shel`, which no plugin offers", "did you mean `baji.shell`?", "`[GLOBAL] level` takes one of",
      "`[test] force` takes `true` or `false`, not `1`\n  --> baji.toml:5:9", "has no option `focre`", "`BAJI_TEST_OUTPUT` takes one of",
    ] { #expect(ended.error.contains(part), "wanted `\(part)` in:\n\(ended.error)") }
  }

  @Test func backendsWithoutACounterpartAreOneWarning() throws {
    let baji = try Baji([
      "pants.toml":
        "[GLOBAL]\nbackend_packages.add = [\"pants.backend.shell\", \"pants.backend.docker\", \"pants.backend.docker.lint.hadolint\", \"own_plugin\"]\n"
        + "backend_packages.remove = [\"pants.backend.docker.lint.hadolint\"]\n",
      "BUILD": "docker_image(name = \"d\")\ntarget(name = \"t\")\n",
    ])
    let list = try baji("list", "::")
    #expect(list.output == "//:d\n//:t\n")
    #expect(list.error.contains("2 backends of `[GLOBAL] backend_packages` without a counterpart here"), "\(list.error)")
    #expect(list.error.contains("= note: targets and goals: docker\n"))
    #expect(list.error.contains("= note: plugins made for Pants: own_plugin\n"))
    #expect(!list.error.contains("hadolint"))
    let quiet = try baji("list", "::", environment: ["PANTS_IGNORE_WARNINGS": "['2 backends', '$regex$kept as .paque']"])
    #expect(quiet.output == list.output)
    #expect(!quiet.error.contains("warning"), "\(quiet.error)")
    let backends = try baji("help", "backends")
    #expect(backends.output.contains("* baji.shell ") && backends.output.contains("  baji.shell.shfmt"))
    #expect(backends.output.contains("pants.backend.docker"))
  }

  @Test func ignoredSettingsHaveTheirPlaceAndReason() throws {
    let baji = try Baji([
      "pants.toml": "[GLOBAL]\nremote_cache_read = true\nbackend_packages = [\"pants.backend.shell\"]\n[shfmt]\nargs = []\n[jvm]\nx = 1\n"
        + "[anonymous-telemetry]\nenabled = false\n"
    ])
    let ended = try baji("--no-watch-filesystem", "help", "options", "--ignored", environment: ["PANTS_SHA": "abc", "PANTS_BIN_NAME": "x"])
    let lines = ended.output.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ") }
    #expect(
      lines == [
        "[GLOBAL].remote_cache_read pants.toml:2 actions run on this machine, and results are kept on it",
        "[shfmt].args pants.toml:5 its backend `baji.shell.shfmt` is not enabled",
        "[jvm].x pants.toml:7 no plugin here has a section of that name",
        "[anonymous-telemetry].enabled pants.toml:9 nothing is sent to anybody",
        "PANTS_BIN_NAME the environment the engine has no such setting",
        "PANTS_SHA the environment no option that means something here has such a variable",
        "[GLOBAL].watch_filesystem --no-watch-filesystem there is no daemon",
      ], "\(ended.text)")
    #expect(try baji("list", "::").error.contains("4 settings for Pants mean nothing here"))
  }

  @Test func helpAllIsJSON() throws {
    let baji = try Baji(["pants.toml": OptionTests.shell + "[shfmt]\nargs = [\"-ci\"]\n"])
    let ended = try baji("help-all")
    let object = try #require(try JSONSerialization.jsonObject(with: ended.outputBytes) as? [String: Any])
    let scopes = try #require(object["scope_to_help_info"] as? [String: [String: Any]])
    #expect(scopes[""]?["scope"] as? String == "")
    #expect(scopes["test"]?["is_goal"] as? Bool == true)
    let basic = try #require(scopes["shfmt"]?["basic"] as? [[String: Any]])
    let arguments = try #require(basic.first { $0["config_key"] as? String == "args" })
    #expect(arguments["env_var"] as? String == "BAJI_SHFMT_ARGS")
    let history = try #require((arguments["value_history"] as? [String: [[String: Any]]])?["ranked_values"])
    #expect(history.last?["details"] as? String == "pants.toml:4")
    #expect(history.last?["value"] as? [String] == ["-ci"])
    let types = try #require(object["name_to_target_type_info"] as? [String: [String: Any]])
    #expect(types["shell_source"]?["provider"] as? String == "baji.shell")
  }

  @Test(arguments: [
    (["help-advanced", "shfmt"], "[shfmt]:"), (["shfmt", "--help"], ""), (["help", "global"], "[GLOBAL]:"),
    (["help", "tools"], "formatter, `[shfmt]`"),
    (["help", "lint", "fmt"], "[fmt]:"), (["help", "baji.shell"], "target types:"), (["lint", "--help-advanced"], "--lint-batch-size"),
    (["help", "subsystems"], "system-tools"), (["help", "symbols"], "BUILD files"),
  ]) func helpKnowsManyThings(arguments: [String], expected: String) throws {
    let ended = try Baji(["pants.toml": OptionTests.shell]).start(arguments).end()
    if expected.isEmpty {
      #expect(ended.status == 2)
    } else {
      #expect(ended.status == 0, "\(ended.text)")
      #expect(ended.output.contains(expected), "\(ended.output)")
    }
  }

  @Test func whatBelongsToAnotherBackendIsSaid() throws {
    let ended = try Baji(["pants.toml": OptionTests.shell])("help", "shelcheck", "shellcheck", "shell_surces")
    #expect(ended.status == 2)
    #expect(ended.error.contains("it belongs to the backend `baji.shell.shellcheck`, which is not enabled"), "\(ended.error)")
    #expect(ended.error.contains("did you mean `shell_sources`?"))
  }

  @Test func optionsOfTheWholeRunTakeEffect() throws {
    let baji = try Baji([
      "pants.toml": "[GLOBAL]\nbackend_packages = [\"pants.backend.shell\"]\nprocess_cleanup = false\n[stats]\nlog = true\n"
        + "[subprocess-environment]\nenv_vars = [\"FROM_FILE=file\", \"FROM_RUN\"]\n",
      "BUILD":
        "shell_command(name = \"c\", command = \"echo $FROM_FILE $FROM_RUN > out.txt\", output_files = [\"out.txt\"], tools = [\"echo\"])\n"
        + "archive(name = \"z\", format = \"tar\", files = [\":c\"])\n",
    ])
    let ended = try baji("package", "//:z", environment: ["FROM_RUN": "run"])
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.error.contains("Counters:\n  local_cache_requests: "), "\(ended.error)")
    #expect(try baji.shell("tar -xOf dist/z.tar out.txt").output == "file run\n", "\(ended.text)")
    let again = try baji("package", "//:z", environment: ["FROM_RUN": "run"])
    #expect(again.error.contains("local_execution_requests: 0"), "\(again.error)")
    let other = try baji("package", "//:z", environment: ["FROM_RUN": "other"])
    #expect(!other.error.contains("local_execution_requests: 0"), "\(other.error)")
  }
}

/// The `pants.toml`s of public repositories, unchanged: what takes effect, and what is left over.
@Suite(.needsBinary, .needs("git", "tar"), .enabled("BAJI_CLONES has no clones") { clones != nil })
struct PublicConfigTests {
  @Test(arguments: [
    (
      "lablup+backend.ai", "104a7db81e87cc4538d45547008bfa7ee007a6c0",
      [
        "[GLOBAL].pythonpath", "[anonymous-telemetry].enabled", "[python].tailor_pex_binary_targets", "[pex-cli].known_versions",
        "[black].install_from_resolve", "[black].interpreter_constraints", "[towncrier].install_from_resolve",
      ]
    ),
    (
      "pantsbuild+example-python", "98ffe0cd62e975ff6122106174652db2a2fb74a5",
      [
        "[anonymous-telemetry].enabled", "[anonymous-telemetry].repo_id", "[GLOBAL].remote_cache_read", "[GLOBAL].remote_cache_write",
      ]
    ),
  ]) func onlyTheseSettingsAreIgnored(repository: String, commit: String, expected: [String]) throws {
    let git = try #require(
      clones.flatMap { folder in
        ["\(folder)/\(repository)/.git", "\(folder)/\(repository)"].first { FileManager.default.fileExists(atPath: "\($0)/objects") }
      })
    let baji = try Baji(configured: false)
    let extracted = try baji.shell("git --git-dir=\"\(git)\" archive \(commit) pants.toml pants.ci.toml | tar -x")
    try #require(extracted.status == 0, "\(extracted.text)")
    let ended = try baji("help", "options", "--ignored", environment: ["PANTS_CONFIG_FILES": "pants.ci.toml"])
    #expect(ended.status == 0, "\(ended.text)")
    #expect(
      ended.output.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) } == expected, "\(ended.output)")
  }
}

private let clones = ProcessInfo.processInfo.environment["BAJI_CLONES"]
