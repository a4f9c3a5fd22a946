// check, fix, tools over BUILD files, and findings for machines.

import Foundation
import Testing

@Suite(.needsBinary) struct CheckTests {
  @Test func findingsAreResultsAndToldAgain() throws {
    let baji = try Toy.workspace()
    let first = try baji("check", "::")
    #expect(first.status == 1, "\(first.text)")
    #expect(first.output.contains("src/b.x:1:1: error: bad word [E1]"))
    #expect(first.output.contains("check: 2 clean, 1 with findings (1 ran)"))
    let again = try baji("check", "::")
    #expect(again.status == 1)
    #expect(again.output.contains("src/b.x:1:1: error: bad word [E1]"))
    #expect(again.output.contains("(1 cached)"))
    #expect(try baji("check", "--only=toy-check", "src/a.x").status == 0)
    #expect(try baji("check", "--toy-check-skip", "::").output.contains("check: nothing to do"))
    #expect(try baji("check", "--only=toy-check, toy-check", "src/a.x").status == 0)
    #expect(try baji("check", "--only=toy-check,toy-chek", "::").error.contains("`toy-chek`"))
    let unknown = try baji("check", "--only=toy-chek", "::")
    #expect(unknown.status == 2)
    #expect(unknown.error.contains("did you mean `toy-check`?"))
  }

  @Test func eachPartitionIsCheckedByItself() throws {
    let baji = try Toy.workspace([
      "src/BUILD": "things(name = \"s\", overrides = {\"b.x\": {\"resolve\": \"other\"}, \"c.x\": {\"skip_toy_check\": True}})\n"
    ])
    let first = try baji("check", "::")
    #expect(first.output.contains("toy-check on main: 1 file"), "\(first.text)")
    #expect(first.output.contains("toy-check on other: 1 file"))
    try baji.write(["src/a.x": "fine again\n"])
    #expect(try baji("check", "::").output.contains("1 ran: src/a.x changed; 1 cached"))
  }

  @Test func aBrokenToolIsNoFindingAndNotKept() throws {
    let baji = try Toy.workspace()
    try baji.edit("tools/plugins/toy/plugin.star", "exit 1; }\"\"\"", "exit 7; }\"\"\"")
    for _ in 0..<2 {
      let ended = try baji("check", "::")
      #expect(ended.status == 1)
      #expect(ended.output.contains("exit status 7"))
      #expect(ended.output.contains("check: 3 not judged (1 ran"))
    }
  }

  @Test func fixMendsAndLaysOutBuildFiles() throws {
    let baji = try Toy.workspace()
    let lint = try baji("lint", "::")
    #expect(lint.status == 1)
    #expect(lint.output.contains("+all good"), "\(lint.text)")
    #expect(lint.output.contains("+things(name = \"s\")"))
    #expect(try baji("fmt", "::").output.contains("fmt: 1 changed"))
    #expect(try baji.read("src/b.x") == "all bad\n")
    #expect(try baji("fix", "::").output.contains("fix: 1 changed"))
    #expect(try baji.read("src/b.x") == "all good\n")
    #expect(try baji.read("src/BUILD").hasPrefix("things(name = \"s\")\n"))
    #expect(try baji("lint", "check", "::").status == 0)
    // A file names no folder, so no BUILD file.
    #expect(!(try baji("lint", "src/a.x").output.contains("toy-build")))
  }

  @Test(arguments: ["lint", "check"])
  func findingsForMachinesStandAlone(goal: String) throws {
    let baji = try Toy.workspace()
    // The second time from the store: the same document.
    for _ in 0..<2 {
      let json = try baji(goal, "--only=toy-\(goal)", "--output-format=json", "::")
      #expect(json.status == 1)
      let entries = try #require(try JSONSerialization.jsonObject(with: json.outputBytes) as? [[String: Any]], "\(json.text)")
      #expect(entries.count == 1)
      #expect(entries[0]["path"] as? String == "src/b.x")
      #expect(entries[0]["code"] as? String == "E1")
      #expect(json.error.contains("\(goal): 2 clean, 1 with findings"))
    }
    let sarif = try baji(goal, "--only=toy-\(goal)", "--output-format=sarif", "::")
    let document = try #require(try JSONSerialization.jsonObject(with: sarif.outputBytes) as? [String: Any])
    #expect(document["version"] as? String == "2.1.0")
    let github = try baji(goal, "--only=toy-\(goal)", "--output-format=github", "::")
    #expect(github.output.contains("::error file=src/b.x,line=1,col=1,title=toy-\(goal) E1::bad word\n"))
    #expect(github.output.contains("\(goal): 2 clean"))
  }
}
