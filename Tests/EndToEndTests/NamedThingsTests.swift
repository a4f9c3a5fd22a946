// repl, export and generate-lockfiles: goals that need no targets.

import Foundation
import Testing

@Suite(.needsBinary) struct NamedThingsTests {
  @Test func replGetsTheTerminalAndWhatItReaches() throws {
    let baji = try Toy.workspace()
    let ended = try baji("repl", "src/a.x")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains("a.x\nsrc/a.x:s\n"))
    #expect(try baji("repl", "--repl-shell=toi", "src/a.x").error.contains("did you mean `toy`?"))
  }

  @Test func exportFillsAFolder() throws {
    let baji = try Toy.workspace()
    let unnamed = try baji("export")
    #expect(unnamed.status == 2)
    #expect(unnamed.error.contains("there are: main, other"))
    let ended = try baji("export", "--resolve=main")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains("export: 1 exported"))
    #expect(try baji.read("dist/export/toy/main/env") == "main\n")
    #expect(try baji("export", "--resolve=mainn").error.contains("did you mean `main`?"))
  }

  @Test func locksAreWrittenAndToldApart() throws {
    let baji = try Toy.workspace()
    let first = try baji("generate-lockfiles")
    #expect(first.status == 0, "\(first.text)")
    #expect(first.output.contains("generate-lockfiles: 2 changed"))
    #expect(try baji.read("locks/main.lock") == "dep 1.1\nnew 2\n")
    #expect(try baji("generate-lockfiles").output.contains("generate-lockfiles: 2 unchanged"))
    try baji.write(["tools/plugins/toy/data.txt": "2", "locks/main.lock": "dep 1.1\nold 3\n"])
    let second = try baji("generate-lockfiles", "--resolve=main")
    #expect(second.output.contains("  ~ dep 1.1 → 1.2\n  + new 2\n  - old 3\n"), "\(second.text)")
    #expect(try baji.read("locks/other.lock") == "dep 1.1\nnew 2\n")
  }

  @Test func aGeneratorThatFailsLeavesTheLockAlone() throws {
    let baji = try Toy.workspace(["tools/plugins/toy/data.txt": "bad", "locks/main.lock": "dep 0\n"])
    let ended = try baji("generate-lockfiles", "--resolve=main")
    #expect(ended.status == 1)
    #expect(ended.output.contains("generate-lockfiles: 1 failed"))
    #expect(try baji.read("locks/main.lock") == "dep 0\n")
  }
}
