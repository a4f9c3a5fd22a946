// Patterns of contents for patterns of paths, as part of `lint`.

import Testing

@Suite(.needsBinary) struct RegexLintTests {
  private static let rules = """
    required_matches:
      scripts: [copyright, no_tabs]
      pages: [copyright]
    path_patterns:
      - {name: scripts, pattern: '\\.sh$'}
      - {name: pages, pattern: '^docs/.*\\.md$'}
    content_patterns:
      - {name: copyright, pattern: '(?m)^.{0,3}Copyright'}
      - {name: no_tabs, pattern: '\\t', inverted: true}

    """

  private static let files = [
    "baji.toml": "[GLOBAL]\nbackend_packages = [\"baji.shell\"]\n[regex-lint]\nconfig = \"@rules.yaml\"\n", "rules.yaml": rules,
    "BUILD": "shell_sources(name = \"s\")\n", "a.sh": "# Copyright\necho a\n", "b.sh": "echo\n\techo b\n", "docs/x.md": "# X\n",
    "docs/y.md": "Copyright\n",
  ]

  @Test func filesMustHoldWhatIsWantedAndNothingThatIsForbidden() throws {
    let baji = try Baji(Self.files)
    for _ in 0..<2 {
      let ended = try baji("lint", "::")
      #expect(ended.status == 1, "\(ended.text)")
      for line in ["b.sh: holds nothing that `copyright` wants", "b.sh:2: holds what `no_tabs` forbids", "docs/x.md: holds nothing"] {
        #expect(ended.output.contains(line), "\(ended.text)")
      }
      #expect(ended.output.contains("2 clean, 2 with findings"), "\(ended.text)")
    }
    #expect(try baji("lint", "a.sh").status == 0)
    #expect(try baji("lint", "--output-format=github", "b.sh").output.contains("file=b.sh,line=2"))
    try baji.write(["b.sh": "# Copyright\necho b\n", "docs/x.md": "Copyright"])
    let mended = try baji("lint", "::")
    #expect(mended.status == 0 && mended.output.contains("4 clean"), "\(mended.text)")
    try baji.write(["a.sh": "echo\n"])
    #expect(try baji("--regex-lint-skip", "lint", "::").status == 0)
    #expect(try baji("lint", "--only=regex-lint", "--regex-lint-detail-level=names", "::").output.contains("a.sh\nlint: 3 clean"))
  }

  @Test func whatIsWrongWithTheConfigurationIsToldTogether() throws {
    var files = Self.files
    files["rules.yaml"] = """
      required_matches: {scripts: [copyright, nothing], elsewhere: [copyright]}
      path_patterns: [{name: scripts, pattern: '('}]
      content_patterns: [{name: copyright, pattern: 'C', flags: 1}, {name: x}]

      """
    let ended = try Baji(files)("lint", "::")
    #expect(ended.status == 2)
    for part in [
      "content pattern `nothing`", "path pattern `elsewhere`", "`scripts` of `path_patterns` is no pattern", "`flags`", "\"name\": \"x\"",
    ] {
      #expect(ended.error.contains(part), "\(ended.error)")
    }
  }
}
