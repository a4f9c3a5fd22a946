// `count-loc`: which files scc is given, and what is printed of it.

import Foundation
import Testing

@Suite(.needsBinary) struct CountLinesTests {
  private static let files = [
    "lib/BUILD": "shell_sources()\n", "lib/a.sh": "#!/bin/sh\n# one\necho 1\n", "lib/b.sh": "echo 2\n", "lib/notes.c": "int x;\n",
    "other/c.sh": "echo\n",
  ]

  @Test func withoutItsProgramTheErrorSaysWhatToDo() throws {
    let baji = try Baji(CountLinesTests.files)
    let ended = try baji("--system-tools-search-path=['/nowhere']", "count-loc", "::")
    #expect(ended.status == 2, "\(ended.text)")
    #expect(ended.error.contains("`scc`") && ended.error.contains("https://github.com/boyter/scc"), "\(ended.text)")
  }

  private static let selections: [([String], String)] = [
    (["lib::"], "lib/BUILD lib/a.sh lib/b.sh lib/notes.c"), (["lib/a.sh"], "lib/a.sh"), (["lib:lib"], "lib/a.sh lib/b.sh"),
    (["lib/*.sh"], "lib/a.sh lib/b.sh"), (["lib::", "-lib/a.sh"], "lib/BUILD lib/b.sh lib/notes.c"),
  ]

  /// With a program that lists what lies in its sandbox in scc's place: which files there are is what is of interest.
  @Test(arguments: selections)
  func givesTheSelectedFiles(specs: [String], expected: String) throws {
    let baji = try Baji(
      CountLinesTests.files.merging(["tools/scc": "#!/bin/sh\nfind . -type f | sed 's,^./,,' | sort | tr '\\n' ' '; echo \"$*\"\n"]) { $1 })
    let ended = try baji.start(
      ["--system-tools-search-path=['\(baji.path("tools"))']", "count-loc"] + specs + ["--", "--no-cocomo"]
    ).end()
    #expect(ended.status == 0, "\(ended.text)")
    let words = ended.output.split(whereSeparator: \.isWhitespace).map(String.init).filter { !$0.hasPrefix("__") }
    #expect(words == expected.split(separator: " ").map(String.init) + ["--no-cocomo"], "\(ended.text)")
  }

  @Test(.needs("scc")) func printsWhatSccPrints() throws {
    let ended = try Baji(CountLinesTests.files)("count-loc", "lib::", "--", "--no-cocomo")
    #expect(ended.status == 0, "\(ended.text)")
    #expect(ended.output.contains("Language") && ended.output.contains("Shell"), "\(ended.text)")
  }
}
