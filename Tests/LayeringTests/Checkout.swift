// The checkout these tests belong to: its manifest, its architecture page, its source files.

internal import Foundation

enum Checkout {
  /// The folder that holds `Package.swift`.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// One target of the package, as `swift package dump-package` tells it.
  struct Target {
    let name: String, type: String, dependencies: [String]

    /// Whether it is compiled into the product from Swift: neither a test, nor a process that tests start, nor a C shim.
    var isFloor: Bool { type != "test" && type != "system" && !Target.forTests.contains(name) && !isShim }

    private static let forTests: Set = ["TestSupport", "store-exerciser"]

    /// The C shims are the ground: a `C` and a capital, and nothing below them but one another.
    var isShim: Bool { name.first == "C" && name.dropFirst().first?.isUppercase == true }
  }

  /// The targets in the order of `Package.swift`.
  ///
  /// The scratch path is one of its own, because `swift test` holds the lock of the usual one until it ends.
  static func targets() throws -> [Target] {
    let scratch = FileManager.default.temporaryDirectory.appending(path: "baji-dump-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["swift", "package", "dump-package", "--scratch-path", scratch.path]
    process.currentDirectoryURL = root
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let dump = try JSONSerialization.jsonObject(with: bytes) as? [String: Any]
    let targets = dump?["targets"] as? [[String: Any]] ?? []
    return targets.map { target in
      let dependencies = target["dependencies"] as? [[String: Any]] ?? []
      return Target(
        name: target["name"] as? String ?? "",
        type: target["type"] as? String ?? "",
        dependencies: dependencies.compactMap { ($0["byName"] as? [Any])?.first as? String })
    }
  }

  /// The floors as `docs/architecture.md` tells them: the rows of its table, from the ground up.
  static func floors() throws -> [(floor: Int, target: String)] {
    let page = try String(contentsOf: root.appending(path: "docs/architecture.md"), encoding: .utf8)
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.drop { !$0.hasPrefix("| floor |") }.prefix { !$0.isEmpty }.compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 3, let floor = Int(cells[0]) else { return nil }
      return (floor, cells[1].trimmingCharacters(in: ["`"]))
    }
  }

  /// Every line of every file under `Sources` with one of the given endings, with its place. Bytes that are no UTF-8 are mended.
  static func sourceLines(ending endings: [String] = [".swift"]) -> [(place: String, line: String)] {
    sourceFiles(ending: endings).flatMap { path in
      let bytes = FileManager.default.contents(atPath: root.appending(path: path).path) ?? Data()
      let text = String(decoding: bytes, as: UTF8.self)
      return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
        ("\(path):\($0.offset + 1)", String($0.element))
      }
    }
  }

  /// The files under `Sources` with one of the given endings, by path from the root, sorted.
  static func sourceFiles(ending endings: [String]) -> [String] {
    let paths = FileManager.default.enumerator(atPath: root.appending(path: "Sources").path)?.compactMap { $0 as? String } ?? []
    return paths.filter { path in endings.contains { path.hasSuffix($0) } }.map { "Sources/" + $0 }.sorted()
  }
}
