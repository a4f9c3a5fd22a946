// Completion: what shells are offered, asked straight and through their scripts.

import Foundation
import Testing

@Suite(.needsBinary) struct CompletionTests {
  private static let files = [
    "lib/BUILD": "shell_sources()\nshell_source(name='one', source='b.txt')\n", "lib/a.sh": "", "lib/b.txt": "", "lib/sub/c.sh": "",
    "library": "",
    ".hidden/x": "",
  ]

  private static let offers: [([String], [String])] = [
    (["lis"], ["list"]), (["list", "lib"], ["lib/", "lib:", "lib::", "library"]),
    (["list", "lib/"], ["lib/BUILD", "lib/a.sh", "lib/b.txt", "lib/sub/"]),
    (["list", "lib:"], ["lib::", "lib:lib", "lib:one"]), (["list", "lib:o"], ["lib:one"]), (["list", "-lib:o"], ["-lib:one"]),
    (["list", "--tr"], []), (["dependencies", "--tra"], ["--transitive"]), (["dependencies", "--no-tra"], ["--no-transitive"]),
    (["dependencies", "--format="], ["--format=text", "--format=json"]), (["list", "--dependencies-for"], ["--dependencies-format="]),
    (["list", "--depende"], ["--dependencies-", "--dependents-"]),
    (["cache", "v"], ["verify"]), (["completion", ""], ["bash", "zsh", "fish"]), (["list", "/etc/pass"], []), (["list", "../"], []),
    (["run", "lib:one", "--", "a"], []), (["help", "shell_sources"], ["shell_sources"]),
    (["--filter-target-type=shell_source"], ["--filter-target-type=shell_source", "--filter-target-type=shell_sources"]),
  ]

  @Test(arguments: offers)
  func candidates(words: [String], expected: [String]) throws {
    let baji = try Baji(CompletionTests.files)
    let ended = try baji.start(["completion", "candidates", "--"] + words).end()
    #expect(ended.status == 0, "\(ended.text)")
    let found = ended.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
    #expect(found == expected)
  }

  @Test func aWordForEveryGoal() throws {
    let ended = try Baji(CompletionTests.files)("completion", "candidates", "--", "")
    for goal in ["lint\tRun linters", "test\t", "query\t", "::"] { #expect(ended.output.contains(goal), "\(ended.output)") }
  }

  /// Readline cuts words at `:` and `=`: what is offered follows the cut.
  @Test(
    .needs("bash"),
    arguments: [
      ("baji lis", "list"), ("baji list lib:", "lib one ::"), ("baji list lib/a", "lib/a.sh"), ("baji dependencies --format=j", "json"),
    ])
  func bashUnderstands(line: String, expected: String) throws {
    let baji = try Baji(CompletionTests.files)
    let script = """
      baji completion bash > completion.bash || exit 1
      mkdir -p tools; ln -sf "$BAJI" tools/baji
      cat > ask <<'END'
      PATH="$PWD/tools:$PATH"; source ./completion.bash
      COMP_LINE=$1; COMP_POINT=${#1}; _baji; echo "${COMPREPLY[*]}"
      END
      bash ask '\(line)'
      """
    let ended = try baji.shell(script)
    #expect(ended.status == 0, "\(ended.text)")
    let found = Set(ended.output.split(whereSeparator: \.isWhitespace).map(String.init))
    // After `lib:` the second colon alone is what is added.
    #expect(found == Set(expected.split(separator: " ").map { $0 == "::" ? ":" : String($0) }), "\(ended.text)")
  }

  private static let lines = [
    ("baji lis", "list"), ("baji list lib:", "lib:: lib:lib lib:one"), ("baji list lib/a", "lib/a.sh"), ("baji cache v", "verify"),
    ("baji dependencies --format=j", "--format=json"),
  ]

  private func offered(by shell: String, _ line: String, _ ask: String) throws -> [String] {
    let baji = try Baji(CompletionTests.files)
    try baji.write(["ask": ask])
    let ended = try baji.shell(
      "baji completion \(shell) > script && mkdir -p tools && ln -sf \"$BAJI\" tools/baji && PATH=\"$PWD/tools:$PATH\" \(shell) ask '\(line)'"
    )
    #expect(ended.status == 0 && ended.error.isEmpty, "\(ended.text)")
    return ended.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
  }

  @Test(.needs("fish"), arguments: lines)
  func fishLoadsItsScript(line: String, expected: String) throws {
    #expect(try offered(by: "fish", line, "source script\ncomplete -C $argv[1]\n").joined(separator: " ") == expected)
  }

  /// Where completion is not running, `compadd` is none; a function in its place says what it is given.
  @Test(.needs("zsh"), arguments: lines)
  func zshLoadsItsScript(line: String, expected: String) throws {
    let ask = """
      autoload -U compinit
      compinit -u -d "$PWD/dump"
      source ./script
      [[ $_comps[baji] == _baji ]] || exit 1
      compadd() { print -r -- "$names" }
      words=("${(@s: :)1}")
      CURRENT=${#words}
      _baji
      """
    #expect(try offered(by: "zsh", line, ask).joined(separator: " ") == expected)
  }

  @Test func scriptsForEachShell() throws {
    let baji = try Baji(CompletionTests.files)
    for shell in ["bash", "zsh", "fish"] { #expect(try baji("completion", shell).output.contains("completion candidates --")) }
    #expect(try baji("completion", "tcsh").status == 2)
  }
}
