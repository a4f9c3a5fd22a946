// Every goal's answer on pantsbuild/example-python, line by line and in the order of what Pants 2.17 printed there.

import Foundation
import Testing

private let oracle: String? = {
  guard let folder = ProcessInfo.processInfo.environment["BAJI_ORACLES"].map({ "\($0)/example-python" }) else { return nil }
  return FileManager.default.fileExists(atPath: "\(folder)/COMMIT") ? folder : nil
}()

private let clone: String? = {
  guard let folder = ProcessInfo.processInfo.environment["BAJI_CLONES"].map({ "\($0)/pantsbuild+example-python" }) else { return nil }
  return ["\(folder)/.git", folder, "\(folder)/repo"].first { FileManager.default.fileExists(atPath: "\($0)/objects") }
}()

/// Targets that only Pants makes, the files they come from, and the target of the requirements file: left out on both sides.
private let left: Set = [
  "//:_python-default_lockfile", "//python-default.lock:_python-default_lockfile", "//requirements.txt:reqs", "BUILD.python-lockfiles",
  "python-default.lock", "requirements.txt",
]

@Suite(
  .serialized, .needsBinary, .needs("git", "tar"), .enabled("BAJI_ORACLES has no example-python") { oracle != nil },
  .enabled("BAJI_CLONES has no clone of pantsbuild/example-python") { clone != nil })
struct GoalOutputTests {
  private static let recordedLines: [([String], String)] = [
    (["list", "::"], "list.txt"),
    (["dependencies", "helloworld/main.py", "helloworld:pex_binary"], "output/dependencies.stdout"),
    (["dependencies", "--transitive", "helloworld:pex_binary"], "output/dependencies-transitive.stdout"),
    (["dependents", "helloworld/translator/translator.py"], "output/dependents.stdout"),
    (["dependents", "--transitive", "helloworld/translator/translator.py"], "output/dependents-transitive.stdout"),
    (["filedeps", "::"], "output/filedeps.stdout"),
    (["filedeps", "--transitive", "helloworld:pex_binary"], "output/filedeps-transitive.stdout"),
    (["roots"], "output/roots.stdout"),
  ]

  private static let mistakes: [([String], Int32, [String])] = [
    (["frobnicate"], 2, ["unknown goal `frobnicate`", "`baji help goals`"]),
    (["test"], 0, ["no targets were named", "::", "`test` works with `python_test`", "`baji --filter-target-type=python_test list ::`"]),
    (
      ["test", "helloworld/main.py"], 0,
      ["`test` has nothing to do with what was named: `pex_binary`, `python_source`", "`test` works with `python_test`"]
    ),
    (
      ["paths", "--from=helloworld/main.py", "--to=helloworld/translator/translator.py"], 2,
      ["names 2 targets where one is wanted", "helloworld:pex_binary", "helloworld/main.py:lib"]
    ),
    (["list", "nope/foo.py"], 2, ["`nope/foo.py`"]),
    (["list", "helloworld:nope"], 2, ["there is no target `helloworld:nope`", "`lib`", "`pex_binary`"]),
    (
      ["paths", "--from=helloworld:lib", "--to=helloworld/translator/translator.py"], 2,
      [
        "names 2 targets where one is wanted", "helloworld/__init__.py:lib", "helloworld/main.py:lib",
      ]
    ),
    (["paths", "--to=helloworld:lib"], 2, ["`paths` needs `--from`"]),
    (["--filter-target-type=python_sourc", "list", "::"], 2, ["no target type `python_sourc`", "did you mean `python_source`?"]),
    (["--filter-tag-regex=a(", "list", "::"], 2, ["`--filter-tag-regex`: `a(` is no pattern"]),
    (["list", "--sep=\\q", "::"], 2, ["--list-sep"]),
    (["query", "deps(helloworld:nope)"], 2, ["query:1:6", "there is no target `helloworld:nope`", "^^^^^^^^^^^^^^^"]),
  ]

  private static let questions: [([String], String)] = [
    (
      ["--filter-target-type=python_source", "--filter-address-regex=greet", "list", "--sep=, ", "::"],
      "helloworld/greet/__init__.py:lib, helloworld/greet/greeting.py:lib, "
    ),
    (["filter", "--target-type=-python_source,python_test", "--granularity=file", "::"], ""),
    (["filter", "--target-type=pex_binary,python_distribution", "::"], "helloworld:pex_binary\nhelloworld/translator:dist\n"),
    (["list", "--documented", "::"], ""),
    (["filedeps", "--globs", "helloworld/greet:lib"], "helloworld/greet/*.py\nhelloworld/greet/*.pyi\nhelloworld/greet/BUILD\n"),
    (["filedeps", "helloworld/greet:lib"], "helloworld/greet/BUILD\nhelloworld/greet/__init__.py\nhelloworld/greet/greeting.py\n"),
    (
      ["query", "kind(python_test, allrdeps(helloworld/translator/translator.py))"],
      "helloworld/greet:tests\nhelloworld/greet/greeting_test.py:tests\nhelloworld/translator:tests\nhelloworld/translator/translator_test.py:tests\n"
    ),
    (["query", "--output=label_kind", "tests(helloworld/greet:)"], "python_test helloworld/greet/greeting_test.py:tests\n"),
    (["query", "buildfiles(helloworld/...)"], "helloworld/BUILD\nhelloworld/greet/BUILD\nhelloworld/translator/BUILD\n"),
    (
      ["query", "--output=json", "somepath(helloworld:pex_binary, helloworld/greet/greeting.py)"],
      "[\n  \"helloworld:pex_binary\",\n  \"helloworld/main.py:lib\",\n  \"helloworld/greet/greeting.py:lib\"\n]\n"
    ),
  ]

  private let baji: Baji

  init() throws {
    baji = try Baji(configured: false)
    let commit = try String(contentsOfFile: "\(#require(oracle))/COMMIT", encoding: .utf8).split(separator: "\n")[0]
    let extracted = try baji.shell("git --git-dir=\"\(#require(clone))\" archive \(commit) | tar -x")
    try #require(extracted.status == 0, "\(extracted.text)")
  }

  private func recorded(_ name: String) throws -> String { try String(contentsOfFile: "\(#require(oracle))/\(name)", encoding: .utf8) }

  private func facts(_ text: String) -> [String] { text.split(separator: "\n").map(String.init).filter { !left.contains($0) } }

  @Test(arguments: recordedLines)
  func linesAndTheirOrder(arguments: [String], file: String) throws {
    let ended = try baji.start(arguments).end()
    #expect(ended.status == 0, "\(ended.error)")
    #expect(facts(ended.output) == facts(try recorded(file)))
  }

  @Test func peekIsTheSameTextButForTheFingerprint() throws {
    let ended = try baji("peek", "helloworld/greet:translations")
    func masked(_ text: String) -> String { text.replacing(#/"sources_fingerprint": "[0-9a-f]+"/#, with: "") }
    #expect(try masked(ended.output) == masked(recorded("output/peek-one.stdout")))
  }

  @Test func peekOfEverythingIsInTheSameOrder() throws {
    func addresses(_ text: String) throws -> [String] {
      let list = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
      return list.compactMap { $0["address"] as? String }.filter { !left.contains($0) }
    }
    #expect(try addresses(baji("peek", "::").output) == addresses(recorded("output/peek.stdout")))
    // Fields with their defaults are left out; what a target came to never is.
    let short = try baji("peek", "--exclude-defaults", "helloworld/greet:translations").output
    #expect(short.contains("\"source_raw\": \"translations.json\"") && short.contains("\"dependencies\": []"), "\(short)")
    #expect(!short.contains("\"tags\"") && !short.contains("description"), "\(short)")
  }

  /// Text and status of what goes wrong: the same facts, in our words. What is wrong about the command is status 2 here, and 1 in Pants.
  @Test(arguments: mistakes)
  func whatGoesWrong(arguments: [String], status: Int32, parts: [String]) throws {
    let ended = try baji.start(arguments).end()
    #expect(ended.status == status, "\(ended.text)")
    for part in parts { #expect(ended.error.contains(part), "wanted `\(part)` in: \(ended.error)") }
  }

  @Test func pathsAreListsInJSON() throws {
    let ended = try baji("paths", "--from=helloworld:pex_binary", "--to=helloworld/translator/translator.py:lib")
    let ways = try #require(try JSONSerialization.jsonObject(with: ended.outputBytes) as? [[String]])
    let way = [
      "helloworld:pex_binary", "helloworld/main.py:lib", "helloworld/greet/greeting.py:lib", "helloworld/translator/translator.py:lib",
    ]
    #expect(ways == [way])
    #expect(try baji("paths", "--format=text", "--from=\(way[0])", "--to=\(way[3])").output == way.map { "\($0)\n" }.joined())
    #expect(try baji("paths", "--from=\(way[3])", "--to=\(way[0])").output == "[]\n")
  }

  @Test(arguments: questions)
  func answers(arguments: [String], expected: String) throws {
    let ended = try baji.start(arguments).end()
    #expect(ended.status == 0, "\(ended.error)")
    #expect(ended.output == expected)
  }

  @Test func graphsAsDotJSONAndPage() throws {
    let dot = try baji("graph", "helloworld:pex_binary")
    #expect(dot.output.hasPrefix("digraph") && dot.output.contains("label=\"helloworld/main.py:lib\""), "\(dot.text)")
    let folders = try baji("graph", "--format=json", "--collapse=folder", "::")
    let json = try #require(try JSONSerialization.jsonObject(with: folders.outputBytes) as? [String: [[String: Any]]])
    #expect(json["nodes"]?.compactMap { $0["name"] as? String } == ["//", "helloworld", "helloworld/greet", "helloworld/translator"])
    #expect(json["edges"]?.contains { $0["from"] as? String == "helloworld" && $0["to"] as? String == "helloworld/greet" } == true)
    #expect(try baji("graph", "--format=json", "--collapse=folder", "--collapse-depth=1", "::").output.contains("\"targets\": 11"))
    #expect(try baji("graph", "--format=html", "--output-file=graph.html", "::").output == "")
    let page = try baji.read("graph.html")
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("helloworld/main.py:lib"))
    // Nothing is fetched: the only addresses name what SVG is.
    #expect(!page.replacing("http://www.w3.org/2000/svg", with: "").contains("http"))
    for part in ["src=", "<link", "@import", "@GRAPH@"] { #expect(!page.contains(part), "\(part)") }
    let dotOfQuery = try baji("query", "--output=dot", "deps(helloworld/main.py, 1)")
    #expect(dotOfQuery.output.contains("n0 ->") || dotOfQuery.output.contains("-> n0"), "\(dotOfQuery.text)")
  }

  @Test func aWorkspaceWithoutMistakesIsValid() throws {
    let ended = try baji("validate")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains("validate: ") && ended.output.contains("BUILD files"), "\(ended.text)")
  }
}
