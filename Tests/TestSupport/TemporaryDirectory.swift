// A folder of a test's own, gone when the test lets go of it.

internal import Foundation

/// A fresh folder under the system's temporary one; removed with all that is in it at `deinit`.
public final class TemporaryDirectory: Sendable {
  public let path: String

  public init(named name: String = "baji-test") throws {
    let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    path = "\(base)/\(name)-\(UUID().uuidString.prefix(8).lowercased())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes files by relative path, making folders as needed; `#!` texts become executable.
  public func write(_ files: [String: String]) throws {
    for (name, text) in files {
      let file = "\(path)/\(name)"
      try FileManager.default.createDirectory(atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(filePath: file))
      if text.hasPrefix("#!") { try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file) }
    }
  }

  /// Writes one file that need be no text.
  public func write(_ name: String, bytes: [UInt8]) throws { try Data(bytes).write(to: URL(filePath: "\(path)/\(name)")) }

  public func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }

  public func read(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }
}
