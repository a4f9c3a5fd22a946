// Who may depend on whom: globs, selectors, the order of rules, and what is said of an edge that breaks one.

import Diagnostics
import Targets
import Testing

@Suite struct VisibilityTests {
  private func violations(_ files: [String: String]) throws -> [String] {
    var fixture = try Fixture(files)
    fixture.options.checksVisibility = true
    let graph = try fixture.load()
    return graph.violations(of: graph.ids).map {
      "\(graph.address(of: $0.origin)) → \(graph.address(of: $0.dependency)) \($0.verdict)"
    }
  }

  /// The one edge `src/app/main.sh` → `src/lib/deep/util.sh`, under a rule of the importer's folder.
  private func allows(_ rule: String) throws -> Bool {
    try violations([
      "src/app/BUILD": "__dependencies_rules__(('*', \(rule), '!*'))\nscripts()", "src/app/main.sh": ". src/lib/deep/util.sh",
      "src/lib/BUILD": "scripts(sources=['**/*.sh'], tags=['public', 'two words'])", "src/lib/deep/util.sh": "",
    ]).isEmpty
  }

  @Test(arguments: [
    // Floating globs are anchored at their end, and begin where a name begins.
    ("'*'", true), ("'util.sh'", true), ("'til.sh'", false), ("'util'", false), ("'.sh'", true), ("'*.sh'", true),
    ("'deep/*'", true), ("'eep/*'", false), ("'lib/*'", false), ("'lib/**'", true), ("'**/util.sh'", true), ("'src/**/util.sh'", true),
    // The workspace's root.
    ("'//src/lib/**'", true), ("'//lib/**'", false), ("'//src/lib'", false), ("'//src/**/util.sh'", true), ("'//src/lib/*/*.sh'", true),
    // The folder of the BUILD file with the rule.
    ("'/deep/*'", false), ("'/../lib/**'", true),
    // The folder of the target that the rule is applied for.
    ("'./**'", false), ("'../lib/**'", true), ("'../../src/lib/**'", true), ("'../lib'", false),
    // Types, names and tags.
    ("'<scripts>'", true), ("'<script>'", false), ("'<scr*>'", true), ("scripts", true), ("'(public)'", true), ("'(private)'", false),
    ("'(public, two words)'", true), ("'[//src/**:lib]'", true), ("':lib'", true), ("'util.sh:other'", false),
    ("'<scripts>[//src/lib/**](pub*)'", true), ("'<scripts>[//src/app/**](pub*)'", false),
    // Dicts.
    ("{'type': scripts}", true), ("{'path': '//src/lib/**', 'action': 'allow'}", true), ("{'tags': ['public', 'private']}", false),
    ("{'name': 'lib', 'type': 'scr*'}", true),
    // The first rule that fits counts; lists are flattened, remarks and blanks left out.
    ("('!util.sh', '*')", false), ("(('#!*', '', ['?//none/**', '*']), '!*')", true), ("'!//other/**\\n*'", true),
  ])
  func rulesMeanWhatPantsMeansByThem(rule: String, allowed: Bool) throws {
    #expect(try allows(rule) == allowed, "\(rule)")
  }

  @Test func bothEndsAreAskedAndTheFirstFittingSetCounts() throws {
    let files = [
      "a/BUILD": "scripts(tags=['x'])\n__dependencies_rules__((('<group>', '(y)'), '!*'), ('(x)', '//b/**', '?//c/**', '!*'), ('*', '*'))",
      "a/x.sh": ". b/b.sh\n. c/c.sh\n. d/d.sh\n. e/e.sh",
      "b/BUILD": "scripts()\n__dependents_rules__(('*', '!//a/x.sh', '*'))", "b/b.sh": "",
      "c/BUILD": "scripts()", "c/c.sh": "", "d/BUILD": "scripts()", "d/d.sh": "",
      "e/BUILD": "scripts()\n__dependents_rules__(('<group>', '*'))", "e/e.sh": "",
    ]
    #expect(
      try violations(files) == [
        "a/x.sh → b/b.sh denied", "a/x.sh → c/c.sh warned", "a/x.sh → d/d.sh denied", "a/x.sh → e/e.sh undecided",
      ])
  }

  @Test func rulesGoDownTheFoldersAndAreExtended() throws {
    let rules = { (extra: String) in
      [
        "BUILD": "__dependencies_rules__(('<scripts>', '!//b/**', '*'))", "b/BUILD": "scripts()", "b/b.sh": "", "c/BUILD": "scripts()",
        "c/c.sh": "", "a/sub/BUILD": "scripts()\n\(extra)", "a/sub/x.sh": ". b/b.sh\n. c/c.sh",
      ]
    }
    #expect(try violations(rules("")) == ["a/sub/x.sh → b/b.sh denied"])
    #expect(try violations(rules("__dependencies_rules__(('*', '*'))")) == [])
    #expect(try violations(rules("__dependencies_rules__(('<group>', '!*'), extend=True)")) == ["a/sub/x.sh → b/b.sh denied"])
    #expect(
      try violations(rules("__dependencies_rules__(('*', '!//c/**', '*'), extend=True)")) == ["a/sub/x.sh → c/c.sh denied"])
    #expect(try violations(rules("__dependencies_rules__()")) == ["a/sub/x.sh → b/b.sh denied"])
  }

  /// Of a file in a folder with a BUILD file of its own that folder's rules count, not those of its generator's.
  @Test func aFileFollowsTheRulesOfItsFolder() throws {
    let files = [
      "a/BUILD": "scripts(sources=['**/*.sh'])\n__dependencies_rules__(('*', '!*'))", "a/in/BUILD": "__dependencies_rules__(('*', '*'))",
      "a/in/x.sh": ". b/b.sh", "a/out/y.sh": ". b/b.sh", "b/BUILD": "scripts()", "b/b.sh": "",
    ]
    #expect(try violations(files) == ["a/out/y.sh:../a → b/b.sh denied"])
  }

  @Test func theRuleAndTheEdgeAreNamed() throws {
    var fixture = try Fixture([
      "a/BUILD": "__dependencies_rules__(\n  ('*',\n   '//c/**',\n   '!//b/**',\n   '*'),\n)\ngroup(\n  dependencies=['b/b.sh'],\n)",
      "b/BUILD": "scripts()", "b/b.sh": "",
    ])
    fixture.options.checksVisibility = true
    let graph = try fixture.load()
    let found = try #require(graph.violations(of: graph.ids).first?.diagnostic)
    #expect(found.location.map { "\($0.file):\($0.position.line)" } == "a/BUILD:8")
    #expect(found.message == "`a:a` (group) depends on `b/b.sh` (scripts), which a rule forbids")
    #expect(found.notes == ["the rule `!//b/**` of `__dependencies_rules__` stands at a/BUILD:4"])
  }

  @Test(arguments: [
    ("__dependencies_rules__('*')", "a set of rules is a tuple"), ("__dependencies_rules__(('*',))", "a set of rules is a tuple"),
    ("__dependents_rules__(('', '*'))", "a selector cannot be empty"), ("__dependents_rules__(('[]', '*'))", "fit no target"),
    ("__dependents_rules__(('#x', '*'))", "`#x` selects nothing"), ("__dependents_rules__(('*', '!'))", "a selector cannot be empty"),
    ("__dependents_rules__(('*', {'path': '*', 'action': 'no'}))", "not \"no\""), ("__dependents_rules__(('*', 3))", "not int"),
    ("__dependents_rules__(('*', '//../x'))", "leaves the workspace"), ("__dependents_rules__(('*', '(\"x\")'))", "without quotes"),
    ("__dependents_rules__(('*', '*'), extends=True)", "there is `extend`"),
    ("__dependents_rules__(('*', '*'))\n__dependents_rules__(('*', '*'))", "is called twice in this folder"),
  ])
  func rulesThatAreNoneAreRefused(build: String, message: String) throws {
    var fixture = try Fixture(["a/BUILD": build])
    fixture.options.checksVisibility = true
    let errors = fixture.errors()
    #expect(errors.contains { $0.hasPrefix("a/BUILD:") && $0.contains(message) }, "\(errors)")
    // Nobody reads them where nobody checks them.
    fixture.options.checksVisibility = false
    #expect(fixture.errors() == [])
  }
}
