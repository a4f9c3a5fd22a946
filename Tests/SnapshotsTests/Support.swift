// What the tests of this target share: a secret, printed snapshots, git, a generator with a seed.

import Fingerprints
import Foundation
import Snapshots
import Synchronization
import TestSupport

let testSecret = Secret((0..<Secret.size).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) })!

func snapshot(
  _ folder: TemporaryDirectory, ignoring: [String] = [], markers: [String] = [], index: String? = nil, secret: Secret = testSecret,
  report: @Sendable (SnapshotWarning) -> Void = { _ in }
) throws -> Snapshot {
  try Snapshot.take(
    root: folder.path, options: SnapshotOptions(ignorePatterns: ignoring, prunedMarkers: markers), secret: secret, indexFile: index,
    report: report)
}

extension Snapshot {
  /// Every path in the order of ids: `name` a file, `name*` an executable one, `name@` a link.
  var printed: String { (0..<PathID(count)).map { "\(path(of: $0))\(mark($0))" }.joined(separator: " ") }

  private func mark(_ id: PathID) -> String { kind(of: id) == .symbolicLink ? "@" : isExecutable(id) ? "*" : "" }

  func fingerprint(ofPath path: String) throws -> Fingerprint {
    guard let id = id(ofPath: path) else { throw CocoaError(.fileNoSuchFile) }
    return try fingerprint(of: id)
  }
}

/// Collects warnings from any thread.
final class Warnings: Sendable {
  private let all = Mutex<[SnapshotWarning]>([])
  func add(_ warning: SnapshotWarning) { all.withLock { $0.append(warning) } }
  var texts: [String] { all.withLock { $0.map(\.description) } }
}

/// Runs git without anybody's configuration; returns its output.
@discardableResult
func git(_ arguments: String..., in folder: String) throws -> Data {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/git")
  process.arguments = ["-c", "init.defaultBranch=main", "-c", "user.name=a", "-c", "user.email=a@b", "-C", folder] + arguments
  process.environment = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "XDG_CONFIG_HOME": "/nonexistent"]
  let output = Pipe()
  process.standardOutput = output
  process.standardError = FileHandle.nullDevice
  try process.run()
  let data = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return data
}

/// Removes what has paths longer than the kernel takes.
func removeDeepTree(_ path: String) throws {
  let remover = try Process.run(URL(filePath: "/bin/rm"), arguments: ["-rf", path])
  remover.waitUntilExit()
}
