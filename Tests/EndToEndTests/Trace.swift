// Counting processes from outside: a run under strace, and what it started.

import Foundation
import TestSupport
import Testing

/// The programs one run of `baji` started, as strace saw them.
struct Trace {
  struct Exec {
    let process: Int
    /// The file that was executed, and its arguments with the program's name first.
    let file: String
    let arguments: [String]

    var program: String { (file as NSString).lastPathComponent }
  }

  let ended: Ended
  /// Every program that was started, however deep: `baji` itself is one of them.
  let execs: [Exec]
  /// Those that `baji` itself started, without what these started in turn. In no order.
  let children: [Exec]

  /// Programs by name, as often as they were started: `["bash", "shellcheck"]`.
  var programs: [String] { children.map(\.program).sorted() }

  /// The arguments of `program` that name files of the workspace, over all its runs.
  func files(of program: String) -> [String] {
    children.filter { $0.program == program }.flatMap { $0.arguments.dropFirst() }.filter { $0.hasSuffix(".sh") }.sorted()
  }

  /// Whether this machine lets one process trace another.
  static let isPermitted: Bool = {
    guard let baji = try? Baji(configured: false) else { return false }
    let traced = try? baji.start(program: ["/usr/bin/strace", "-qq", "-f", "-e", "trace=execve", "-o", "/dev/null", "/bin/true"])
    return (try? traced?.end())?.status == 0
  }()

  /// Runs `baji` under strace. One file a process: no line is cut in two by another's.
  static func run(_ baji: Baji, _ arguments: [String], environment: [String: String] = [:]) throws -> Trace {
    let folder = "\(baji.place.path)/trace-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let strace = [
      "/usr/bin/strace", "-qq", "-ff", "-s", "65536", "-e", "signal=none", "-e", "trace=execve,execveat,clone,clone3,fork,vfork",
      "-o", "\(folder)/of",
    ]
    let ended = try baji.start(program: strace + [try #require(Baji.binary)] + arguments, environment: environment).end()
    return try Trace(folder, ended)
  }

  private init(_ folder: String, _ ended: Ended) throws {
    self.ended = ended
    var execs: [Exec] = []
    var parents: [Int: Int] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      guard let process = Int((name as NSString).pathExtension) else { continue }
      let text = String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/\(name)")), as: UTF8.self)
      for line in text.split(separator: "\n") {
        guard let equals = line.range(of: " = ", options: .backwards),
          let result = Int(line[equals.upperBound...].prefix { $0 != " " }), result >= 0
        else { continue }
        if line.hasPrefix("execve") {
          let strings = Trace.strings(in: line[..<equals.lowerBound])
          guard let file = strings.first else { continue }
          execs.append(Exec(process: process, file: file, arguments: Array(strings.dropFirst())))
        } else {
          parents[result] = process
        }
      }
    }
    self.execs = execs
    // Threads and children are told apart by what they do: a thread starts no program, but has children.
    let started = Set(execs.map(\.process))
    func depth(of process: Int) -> Int {
      var depth = 0
      var next = parents[process]
      while let parent = next {
        if started.contains(parent) { depth += 1 }
        next = parents[parent]
      }
      return depth
    }
    // A child that execs twice (`env`, then the program) is one child of two programs.
    children = execs.filter { depth(of: $0.process) == 1 }
  }

  /// The quoted strings of a line, in their order, with strace's escapes undone.
  private static func strings(in line: Substring) -> [String] {
    var strings: [String] = []
    var bytes: [UInt8]?
    var index = line.utf8.startIndex
    let text = line.utf8
    func next() -> UInt8? {
      guard index < text.endIndex else { return nil }
      defer { index = text.index(after: index) }
      return text[index]
    }
    while let byte = next() {
      guard bytes != nil else {
        if byte == UInt8(ascii: "\"") { bytes = [] }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""):
        strings.append(String(decoding: bytes ?? [], as: UTF8.self))
        bytes = nil
      case UInt8(ascii: "\\"):
        guard let escaped = next() else { break }
        switch escaped {
        case UInt8(ascii: "n"): bytes?.append(10)
        case UInt8(ascii: "t"): bytes?.append(9)
        case UInt8(ascii: "r"): bytes?.append(13)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
          var value = Int(escaped) - 48
          for _ in 0..<2 {
            guard index < text.endIndex, (48...55).contains(text[index]) else { break }
            value = value * 8 + Int(text[index]) - 48
            index = text.index(after: index)
          }
          bytes?.append(UInt8(truncatingIfNeeded: value))
        default: bytes?.append(escaped)
        }
      default: bytes?.append(byte)
      }
    }
    return strings
  }
}
