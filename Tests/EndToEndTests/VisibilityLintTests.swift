// Rules of who may depend on whom, as whoever breaks one meets them.

import TestSupport
import Testing

@Suite(.needsBinary) struct VisibilityLintTests {
  private func workspace() throws -> Baji {
    let baji = try Baji(configured: false)
    try baji.write([
      "pants.toml": """
      [GLOBAL]
      pants_version = "2.17.1"
      backend_packages = ["pants.backend.shell", "pants.backend.experimental.visibility"]
      """,
      "app/BUILD": "shell_sources()\n", "app/main.sh": "echo\n. lib/private/secret.sh\n", "app/other.sh": ". lib/open.sh\n",
      "lib/BUILD": """
      shell_sources(sources=["**/*.sh"])
      __dependents_rules__(
        ("//lib/private/*", "!//app/**", "*"),
        ("*", "?//app/**", "*"),
      )
      """,
      "lib/open.sh": "", "lib/private/secret.sh": "",
    ])
    return baji
  }

  @Test func lintShowsTheRuleAndTheEdge() throws {
    let baji = try workspace()
    let lint = try baji("lint", "::")
    #expect(lint.status == 1, "\(lint.text)")
    #expect(
      lint.output.contains("`app/main.sh` (shell_sources) depends on `lib/private/secret.sh:../lib` (shell_sources), which a rule forbids"),
      "\(lint.text)")
    #expect(lint.output.contains("the rule `!//app/**` of `__dependents_rules__` stands at lib/BUILD:3"), "\(lint.text)")
    #expect(lint.output.contains("the rule `?//app/**` of `__dependents_rules__` stands at lib/BUILD:4"), "\(lint.text)")
    // A warning is no failure, and what is not selected is not looked at.
    #expect(try baji("lint", "--only=visibility", "app/other.sh").status == 0)
    #expect(try !baji("--visibility-skip", "lint", "::").output.contains("visibility"))
  }

  @Test func peekShowsTheRulesInForce() throws {
    let baji = try workspace()
    let shown = try baji("peek", "--include-dep-rules", "app/other.sh").output
    for part in [
      "\"_dependencies_rules\": null", "\"_dependents_rules\": null", "\"action\": \"WARN\"",
      "\"rule_description\": \"app -> lib/BUILD[?//app/**]\"", "\"origin_address\": \"app/other.sh\"",
      "\"dependency_type\": \"shell_sources\"",
    ] { #expect(shown.contains(part), "\(shown)") }
    let secret = try baji("peek", "--include-dep-rules", "lib/private/secret.sh:../lib").output
    #expect(secret.contains("[\n      \"!//app/**\",\n      \"*\"\n    ]"), "\(secret)")
    #expect(try !baji("peek", "app/other.sh").output.contains("_rules"))
  }

  @Test func whoAsksForDependenciesStopsAtAForbiddenEdge() throws {
    let baji = try workspace()
    let stopped = try baji("dependencies", "app/main.sh")
    #expect(stopped.status == 2)
    #expect(stopped.error.contains("which a rule forbids"), "\(stopped.text)")
    #expect(try baji("list", "::").status == 0)
    let warned = try baji("dependencies", "app/other.sh")
    #expect(warned.status == 0 && warned.output == "lib/open.sh\n" && warned.error.contains("which a rule warns of"), "\(warned.text)")
    let told = try baji("--no-visibility-enforce", "dependencies", "app/main.sh")
    #expect(told.status == 0 && told.output == "lib/private/secret.sh:../lib\n", "\(told.text)")
  }
}
