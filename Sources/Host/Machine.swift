// How much of the machine this process may use: its affinity and its control groups.

internal import Glibc

/// Processors and memory that work may take.
package struct Machine: Sendable, Equatable {
  /// At least 1.
  package var cpus: Int
  /// Bytes.
  package var memory: Int64

  package init(cpus: Int, memory: Int64) {
    self.cpus = cpus
    self.memory = memory
  }

  /// `linux-x86_64`: the kernel's name and the processor's, as `uname` gives them, in lowercase.
  package static let platform: String = {
    var name = utsname()
    guard uname(&name) == 0 else { return "unknown" }
    func text(_ field: some Any) -> String {
      withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return "\(text(name.sysname))-\(text(name.machine))".lowercased()
  }()

  /// This process's share: min(affinity, `cpu.max`), min(physical memory, `memory.max`).
  package static func limits() -> Machine {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let physical = Int64(pages) * Int64(sysconf(Int32(_SC_PAGESIZE)))
    let group = (try? Files.read("/proc/self/cgroup")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return limits(
      of: Machine(cpus: Workers.processorCount, memory: physical), groups: group,
      read: { (try? Files.read("/sys/fs/cgroup\($0)")).map { String(decoding: $0, as: UTF8.self) } })
  }

  /// Memory that new work may take now: what is available, and what the control group leaves. Bytes.
  package static func availableMemory() -> Int64 {
    let text = (try? Files.read("/proc/meminfo")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    var available = Int64.max
    for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
      if let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int64($0) }) { available = kibibytes * 1024 }
    }
    let group = (try? Files.read("/proc/self/cgroup")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    for folder in unifiedFolders(group) {
      guard let limit = number("\(folder)/memory.max"), let current = number("\(folder)/memory.current") else { continue }
      available = min(available, max(0, limit - current))
    }
    return available
  }

  private static func number(_ path: String) -> Int64? {
    guard let bytes = try? Files.read("/sys/fs/cgroup\(path)") else { return nil }
    return Int64(trimmed(String(decoding: bytes, as: UTF8.self)))
  }

  /// - Parameters:
  ///   - groups: the text of `/proc/self/cgroup`.
  ///   - read: a file below `/sys/fs/cgroup`, by its path from there, which begins with `/`.
  package static func limits(of machine: Machine, groups: String, read: (String) -> String?) -> Machine {
    var limits = machine
    for folder in unifiedFolders(groups) {
      if let words = read("\(folder)/cpu.max")?.split(whereSeparator: \.isWhitespace), words.count == 2,
        let quota = Double(words[0]), let period = Double(words[1]), quota > 0, period > 0
      {
        limits.cpus = min(limits.cpus, max(1, Int((quota / period).rounded(.up))))
      }
      if let memory = read("\(folder)/memory.max").flatMap({ Int64(trimmed($0)) }) { limits.memory = min(limits.memory, memory) }
    }
    // Version 1: one hierarchy a controller; a container sees its own limits at the top.
    if let quota = read("/cpu/cpu.cfs_quota_us").flatMap({ Double(trimmed($0)) }), quota > 0,
      let period = read("/cpu/cpu.cfs_period_us").flatMap({ Double(trimmed($0)) }), period > 0
    {
      limits.cpus = min(limits.cpus, max(1, Int((quota / period).rounded(.up))))
    }
    if let memory = read("/memory/memory.limit_in_bytes").flatMap({ Int64(trimmed($0)) }) { limits.memory = min(limits.memory, memory) }
    return limits
  }

  /// The folders of version 2 from this process's group up to the top: a limit anywhere on the way counts.
  private static func unifiedFolders(_ groups: String) -> [String] {
    guard let line = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::") }) else { return [] }
    var names = line.dropFirst(3).split(separator: "/").filter { $0 != ".." }
    var folders: [String] = []
    while true {
      folders.append(names.map { "/\($0)" }.joined())
      if names.popLast() == nil { return folders }
    }
  }
}

private func trimmed(_ text: String) -> Substring {
  var text = text[...]
  while text.last?.isWhitespace == true { text.removeLast() }
  return text
}
