// `validate`: what one file has wrong does not hide what another has.

import Foundation
import Testing

@Suite(.needsBinary) struct ValidateTests {
  @Test func everyMistakeOfEveryFileInOneRun() throws {
    let baji = try Baji([
      "syntax/BUILD": "shell_sources(\n", "syntax/x.sh": "",
      "unknown/BUILD": "shell_sourcez()\nshell_source(name='a', source='a.sh', tagz=['x'])\n", "unknown/a.sh": "",
      "fields/BUILD": "shell_source(name='a', source=1)\nshell_source(name='b')\nfiles(name='c', sources=['nothing/*.txt'])\n",
      "twice/BUILD": "shell_source(3)\nshell_source(name='a/b', source='x.sh')\ntarget(name='a')\ntarget(name='a')\n", "twice/x.sh": "",
      "missing/BUILD": "target(name='t', dependencies=['//nowhere:x', 'fine:nope', 'syntax:syntax', 'syntax/x.sh'])\n",
      "fine/BUILD": "shell_sources()\n", "fine/y.sh": "",
      "looping/BUILD": "load('//looping/a.star', 'x')\n", "looping/a.star": "load('//looping/b.star', 'x')\n",
      "looping/b.star": "load('//looping/a.star', 'x')\n",
      "packs/BUILD":
        "archive(name='a', format='tar', packages=[':b'])\narchive(name='b', format='tar', packages=[':a'])\narchive(name='c', format='zap')\n",
    ])
    let ended = try baji("validate")
    #expect(ended.status == 2, "\(ended.text)")
    let expected = [
      "syntax/BUILD:", "unknown/BUILD:1:1", "no target type `shell_sourcez`", "fields/BUILD:1:", "fields/BUILD:2:1", "fields/BUILD:3:",
      "twice/BUILD:1:1",
      "takes named fields only", "twice/BUILD:2:1", "cannot hold `/`", "missing/BUILD:1:", "nowhere", "fine:nope", "looping",
      "loads itself",
      "packs/BUILD:1:1", "pack one another in a circle: `packs:a`, `packs:b`", "zap",
    ]
    for part in expected { #expect(ended.error.contains(part), "wanted `\(part)` in: \(ended.error)") }
    // What stands in a folder that cannot be evaluated, nobody knows.
    #expect(!ended.error.contains("target `syntax:syntax`") && !ended.error.contains("owns `syntax/x.sh`"), "\(ended.error)")
    #expect(ended.output.contains("mistakes"), "\(ended.text)")

    // With the causes mended the rest of these two files is seen.
    try baji.write([
      "unknown/BUILD": "shell_source(name='a', source='a.sh', tagz=['x'])\n", "twice/BUILD": "target(name='a')\ntarget(name='a')\n",
    ])
    let again = try baji("validate")
    for part in ["unknown/BUILD:1:", "did you mean `tags`?", "two targets are called `twice:a`", "twice/BUILD:2:1"] {
      #expect(again.error.contains(part), "wanted `\(part)` in: \(again.error)")
    }
  }

  @Test func whatMatchesNothingIsStatusOne() throws {
    let baji = try Baji(["BUILD": "files(name='f', sources=['nothing/*.txt'])\n"])
    let ended = try baji("validate")
    #expect(ended.status == 1, "\(ended.text)")
    #expect(ended.error.contains("BUILD:1:"), "\(ended.text)")
    #expect(try baji("validate", "--unmatched-build-file-globs=ignore").status == 0)
    #expect(try baji("validate", "--unmatched-build-file-globs=error").status == 2)
    try baji.write(["BUILD": "target(name='t')\n"])
    let fine = try baji("validate")
    #expect(fine.status == 0 && fine.error == "", "\(fine.text)")
  }
}
