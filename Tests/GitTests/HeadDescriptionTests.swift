// Where `HEAD` stands, by the tags before it.

import Git
import TestSupport
import Testing

@Suite struct HeadDescriptionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    /// Shell lines, in a repository without a commit.
    let lines: String
    var tag: String?
    var distance = 0
    var isModified = false
    var testDescription: String { name }
  }

  @Test(arguments: [
    Case(name: "no tag", lines: "commit a"),
    Case(name: "no tag, modified", lines: "commit a; echo x >>a", isModified: true),
    Case(name: "a tag of another kind", lines: "commit a; git tag release"),
    Case(name: "at the tag", lines: "commit a; git tag v1.0", tag: "v1.0"),
    Case(name: "at a tag with a message", lines: "commit a; git tag -am text v1.0", tag: "v1.0"),
    Case(name: "behind it", lines: "commit a; git tag v1.0; commit a; commit a", tag: "v1.0", distance: 2),
    Case(name: "the nearest", lines: "commit a; git tag v1.0; commit a; git tag v1.1-rc1; commit a", tag: "v1.1-rc1", distance: 1),
    Case(name: "a tag that ends like a modified one", lines: "commit a; git tag v1-dirty", tag: "v1-dirty"),
    Case(name: "modified", lines: "commit a; git tag v1; echo x >>a", tag: "v1", isModified: true),
    Case(name: "staged", lines: "commit a; git tag v1; echo x >>a; git add a", tag: "v1", isModified: true),
    Case(name: "touched", lines: "commit a; git tag v1; touch -d '2 days ago' a", tag: "v1"),
    Case(name: "untracked files do not count", lines: "commit a; git tag v1; echo x >new", tag: "v1"),
  ])
  func isTold(_ example: Case) throws {
    let repository = try GitRepository()
    try repository.shell(example.lines)
    let head = try Repository(root: repository.path, environment: repository.environment).describeHead(tags: "v*")
    let commit = try repository.shell("git rev-parse HEAD").split(separator: "\n").first.map(String.init)
    #expect(
      head == HeadDescription(tag: example.tag, distance: example.distance, commit: try #require(commit), isModified: example.isModified))
  }

  @Test func aRepositoryWithoutACommit() throws {
    let repository = try GitRepository()
    #expect(throws: GitError.noCommits) {
      try Repository(root: repository.path, environment: repository.environment).describeHead(tags: "v*")
    }
  }
}
