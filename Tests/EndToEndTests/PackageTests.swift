// `package` from outside: archives of every kind, relocated files, checksums, provenance, and the same bytes in two folders and two stores.

import Foundation
import TestSupport
import Testing

@Suite(.needsBinary, .needs("tar", "zip", "gzip", "bzip2", "xz", "sha256sum", "unzip")) struct PackageTests {
  private static let files = [
    "docs/BUILD": """
    files(name = "f", sources = ["**/*.txt", "run.sh"])
    relocated_files(name = "moved", files_targets = [":f"], src = "docs", dest = "share/doc")
    relocated_files(name = "top", files_targets = [":f"], src = "docs", dest = "")
    archive(name = "tar", format = "tar", files = [":moved"])
    archive(name = "gz", format = "tar.gz", files = [":moved", ":top"])
    archive(name = "zip", format = "zip", files = [":moved", ":f"], packages = [":gz"])
    archive(name = "bz2", format = "tar.bz2", files = [":moved"], packages = [":zip"])
    archive(name = "xz", format = "tar.xz", files = [":moved"], output_path = "${spec_path_normalized}-${target_name_normalized}${file_suffix}")
    test_shell_command(
        name = "t", workdir = "/", tools = ["cat", "test"], dependencies = [":moved"],
        command = "test \\"$(cat share/doc/a.txt)\\" = a; test -x share/doc/run.sh; test ! -e docs/a.txt",
    )
    """,
    "docs/a.txt": "a\n", "docs/sub/b.txt": "b\n", "docs/run.sh": "#!/bin/sh\n",
  ]
  private static let asked = ["package", "--package-checksums", "--package-provenance", "::"]

  /// All files under `dist/`, by path.
  private func dist(_ baji: Baji) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for case let path as String in try #require(FileManager.default.enumerator(atPath: baji.path("dist"))) {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: baji.path("dist/\(path)"), isDirectory: &isFolder)
      if !isFolder.boolValue { found[path] = try baji.bytes("dist/\(path)") }
    }
    return found
  }

  @Test func twoFoldersAndTwoStoresGiveTheSameBytes() throws {
    let one = try Baji(PackageTests.files)
    let two = try Baji(PackageTests.files, named: "another place")
    try two.shell("chmod g+w docs/a.txt; touch -d 2001-01-01 docs/a.txt")
    for baji in [one, two] {
      let ended = try baji.start(PackageTests.asked).end()
      #expect(ended.status == 0, "\(ended.text)")
    }
    let (first, second) = (try dist(one), try dist(two))
    #expect(
      first.keys.sorted() == [
        "SHA256SUMS", "docs-xz.tar.xz", "docs-xz.tar.xz.provenance.json", "docs/bz2.tar.bz2", "docs/bz2.tar.bz2.provenance.json",
        "docs/gz.tar.gz", "docs/gz.tar.gz.provenance.json", "docs/tar.tar", "docs/tar.tar.provenance.json", "docs/zip.zip",
        "docs/zip.zip.provenance.json",
      ])
    for (path, bytes) in first { #expect(second[path] == bytes, "\(path) differs") }
  }

  @Test func archivesHoldWhatTheyName() throws {
    let baji = try Baji(PackageTests.files)
    #expect(try baji("test", "package", "::").status == 0)
    let listed = try baji.shell(
      "tar tf dist/docs/gz.tar.gz | grep -v '/$' && tar xOf dist/docs/bz2.tar.bz2 share/doc/sub/b.txt && unzip -Z1 dist/docs/zip.zip")
    #expect(
      listed.output == """
        a.txt
        run.sh
        share/doc/a.txt
        share/doc/run.sh
        share/doc/sub/b.txt
        sub/b.txt
        b
        docs/a.txt
        docs/gz.tar.gz
        docs/run.sh
        docs/sub/b.txt
        share/doc/a.txt
        share/doc/run.sh
        share/doc/sub/b.txt

        """, "\(listed.text)")
  }

  @Test func checksumsAreThoseOfSha256sum() throws {
    let baji = try Baji(PackageTests.files)
    #expect(try baji.start(PackageTests.asked).end().status == 0)
    let checked = try baji.shell("cd dist && sha256sum --check --strict SHA256SUMS")
    #expect(checked.status == 0 && checked.output.split(separator: "\n").count == 5, "\(checked.text)")
    let names = try baji.read("dist/SHA256SUMS").split(separator: "\n").map { $0.split(separator: " ").last.map(String.init) ?? "" }
    #expect(names == ["docs-xz.tar.xz", "docs/bz2.tar.bz2", "docs/gz.tar.gz", "docs/tar.tar", "docs/zip.zip"])
  }

  /// What it was built from, with digests that others can check; nothing of this machine; a time only where one is given.
  @Test func provenanceNamesTheIngredients() throws {
    let baji = try Baji(PackageTests.files)
    #expect(try baji.start(PackageTests.asked, environment: ["SECRET_TOKEN": "hush"]).end().status == 0)
    let text = try baji.read("dist/docs/zip.zip.provenance.json")
    for place in [baji.workspace, baji.cache, baji.home, "/tmp/", "hush", "finishedOn"] {
      #expect(!text.contains(place), "\(place) is in it")
    }
    let statement = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(statement["_type"] as? String == "https://in-toto.io/Statement/v1")
    #expect(statement["predicateType"] as? String == "https://slsa.dev/provenance/v1")
    let sums = try baji.shell(
      "cd dist && sha256sum docs/zip.zip && cd .. && sha256sum docs/a.txt && sha256sum \"$(readlink -f \"$(command -v zip)\")\"")
    let digests = sums.output.split(separator: "\n").map { String($0.prefix(64)) }
    let subject = try #require((statement["subject"] as? [[String: Any]])?.first)
    #expect(subject["name"] as? String == "docs/zip.zip")
    #expect((subject["digest"] as? [String: String])?["sha256"] == digests[0])
    let predicate = try #require(statement["predicate"] as? [String: Any])
    let definition = try #require(predicate["buildDefinition"] as? [String: Any])
    #expect((definition["externalParameters"] as? [String: Any])?["target"] as? String == "docs:zip")
    let dependencies = try #require(definition["resolvedDependencies"] as? [[String: Any]])
    let found = Dictionary(
      dependencies.map { ($0["name"] as? String ?? "", ($0["digest"] as? [String: String])?["sha256"] ?? "") }, uniquingKeysWith: { $1 })
    #expect(found["docs/a.txt"] == digests[1])
    #expect(found["tool:zip"] == digests[2])
    #expect(Set(["docs/gz.tar.gz", "share/doc/sub/b.txt", "tool:bash"]).isSubset(of: found.keys))

    #expect(try baji.start(PackageTests.asked, environment: ["SOURCE_DATE_EPOCH": "1700000000"]).end().status == 0)
    #expect(try baji.read("dist/docs/zip.zip.provenance.json").contains("\"finishedOn\": \"2023-11-14T22:13:20Z\""))
  }

  /// A change of any ingredient shows in the key of the definition.
  @Test func aChangedInputIsAnotherBuild() throws {
    let baji = try Baji(PackageTests.files)
    func key() throws -> String {
      #expect(try baji.start(PackageTests.asked).end().status == 0)
      let line = try baji.read("dist/docs/tar.tar.provenance.json").split(separator: "\n").first { $0.contains("invocationId") }
      return String(try #require(line))
    }
    let first = try key()
    #expect(try key() == first)
    try baji.write(["docs/a.txt": "other\n"])
    #expect(try key() != first)
    try baji.write(["docs/a.txt": "a\n"])
    #expect(try key() == first)
  }

  @Test(.enabled("strace is not permitted here") { Trace.isPermitted })
  func aSecondRunIsOneProcessAndGivesBackWhatWasDeleted() throws {
    let baji = try Baji(PackageTests.files)
    #expect(try baji.start(PackageTests.asked).end().status == 0)
    let first = try dist(baji)
    try baji.remove("dist")
    let again = try Trace.run(baji, PackageTests.asked)
    #expect(again.ended.status == 0, "\(again.ended.text)")
    #expect(again.execs.map(\.program) == ["baji"])
    #expect(try dist(baji) == first)
  }

  @Test(.enabled("strace is not permitted here") { Trace.isPermitted })
  func anEditBuildsOnlyWhatHoldsTheFile() throws {
    let baji = try Baji(PackageTests.files)
    try baji.write([
      "lib/BUILD": "files(name = \"f\", sources = [\"*.txt\"])\narchive(name = \"lib\", format = \"zip\", files = [\":f\"])\n",
      "lib/x.txt": "x\n",
    ])
    #expect(try baji("package", "::").status == 0)
    try baji.write(["lib/x.txt": "y\n"])
    let trace = try Trace.run(baji, ["package", "::"])
    #expect(trace.ended.output.contains("package: 6 built (1 ran: lib/x.txt changed; 5 cached)"), "\(trace.ended.text)")
  }

  /// A BUILD file, and what is said about it.
  private static let wrong: [(build: String, said: String)] = [
    ("archive(name = \"a\", format = \"rar\", files = [])", "tar.gz"),
    ("archive(name = \"a\", format = \"zip\", files = [])", "//:a: nothing to put in"),
    (
      """
      files(name = "f", sources = ["x"])
      relocated_files(name = "r", files_targets = [":f"], src = "other", dest = "")
      archive(name = "a", format = "zip", files = [":r"])
      """, "//:r: x does not lie below its `src`, other"
    ),
    (
      """
      files(name = "f", sources = ["x"])
      archive(name = "a", format = "zip", files = [":f"], output_path = "same")
      archive(name = "b", format = "zip", files = [":f"], output_path = "same")
      """, "`//:a` and `//:b` both want to be `dist/same`"
    ),
    (
      """
      files(name = "f", sources = ["x"])
      archive(name = "a", format = "zip", files = [":f"], output_path = "SHA256SUMS")
      """, "`--package-checksums` and `//:a` both want to be `dist/SHA256SUMS`"
    ),
    (
      """
      files(name = "f", sources = ["x"])
      archive(name = "a", format = "zip", files = [":f"], output_path = "../out")
      """, "`output_path` must lie under `dist/`"
    ),
  ]

  @Test(arguments: wrong.indices)
  func badInput(index: Int) throws {
    let (build, said) = PackageTests.wrong[index]
    let ended = try Baji(["BUILD": build + "\n", "x": "x\n"])("package", "--package-checksums", "::")
    #expect(ended.status == 2, "\(ended.text)")
    #expect(ended.error.contains(said), "\(ended.text)")
  }
}
