// Real git repositories for tests, made in temporary folders with nobody's settings.

internal import Foundation

/// A folder in which shell lines make a repository what a test wants it to be.
public final class GitRepository: Sendable {
  public let place: TemporaryDirectory
  /// The folder that lines run in.
  public let path: String
  /// What git sees of the world, here and in what is tested.
  public let environment: [String: String]

  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// - Parameter setup: shell lines, run in the new and empty folder `repo`.
  public init(_ setup: String = "git init -q -b main .") throws {
    place = try TemporaryDirectory(named: "baji-git")
    path = "\(place.path)/repo"
    environment = [
      "HOME": place.path, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
      "GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "protocol.file.allow", "GIT_CONFIG_VALUE_0": "always",
      "GIT_CONFIG_KEY_1": "init.defaultBranch", "GIT_CONFIG_VALUE_1": "main",
    ]
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try shell(setup)
  }

  /// Runs lines of shell in the repository, or in a folder relative to it; `commit FILE…` in them writes a new line into each file and commits.
  /// - Throws: with all they wrote, unless each ended well.
  @discardableResult
  public func shell(_ lines: String, in folder: String = ".") throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-ec", "\(GitRepository.functions)\ncd \"$1\"\n\(lines)", "sh", "\(path)/\(folder)"]
    process.environment = environment
    process.currentDirectoryURL = URL(filePath: path)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let text = String(decoding: bytes, as: UTF8.self)
    guard process.terminationStatus == 0 else { throw Failure(description: "\(lines)\n\(text)") }
    return text
  }

  private static let functions = """
    commit() {
      for file in "$@"; do
        mkdir -p "$(dirname "$file")"
        echo "line $(git rev-list --count --all 2>/dev/null)" >>"$file"
        git add -- "$file"
      done
      git commit -q -m "$*"
    }
    """
}
