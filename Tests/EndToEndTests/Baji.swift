// The harness: runs the real binary in a workspace, with a home, a cache and an environment that are the test's own.

import Foundation
import Glibc
import TestSupport
import Testing

/// A workspace and the surroundings in which the binary runs on it. Everything is gone when the test lets go of it.
final class Baji: Sendable {
  /// The binary under test: `BAJI_BINARY`, else the one beside the test bundle. nil if neither is there.
  static let binary: String? = {
    let beside = (CommandLine.arguments.first.map { ($0 as NSString).deletingLastPathComponent } ?? ".") + "/baji"
    let candidates = [ProcessInfo.processInfo.environment["BAJI_BINARY"], beside].compactMap { $0 }
    return candidates.first { access($0, X_OK) == 0 }.map { URL(filePath: $0).standardizedFileURL.path }
  }()

  /// The root of this checkout.
  static let checkout = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL.path

  let place: TemporaryDirectory
  let workspace: String
  let cache: String
  let home: String
  private let extra: [String: String]

  /// A workspace of `files`; a `baji.toml` that enables the shell plugin is added unless there is a configuration or `configured` is false.
  /// `store` names the cache of another instance, so that two workspaces share it; `environment` is laid over the private one in every run.
  init(
    _ files: [String: String] = [:], named name: String = "workspace", configured: Bool = true, store: Baji? = nil,
    environment: [String: String] = [:]
  ) throws {
    extra = environment
    place = try TemporaryDirectory(named: "baji-e2e")
    workspace = "\(place.path)/\(name)"
    cache = store?.cache ?? "\(place.path)/cache"
    home = "\(place.path)/home"
    for folder in [workspace, cache, home] { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    try write(files)
    if configured, !["baji.toml", "pants.toml"].contains(where: { files[$0] != nil }) {
      try write(["baji.toml": "[GLOBAL]\nbackend_packages = [\"baji.shell\", \"baji.shell.shellcheck\", \"baji.shell.shfmt\"]\n"])
    }
  }

  /// A copy of one of `examples/`.
  static func example(
    _ example: String = "scripts", named name: String? = nil, store: Baji? = nil, environment: [String: String] = [:]
  ) throws -> Baji {
    let made = try Baji(named: name ?? example, configured: false, store: store, environment: environment)
    try FileManager.default.removeItem(atPath: made.workspace)
    try FileManager.default.copyItem(atPath: "\(checkout)/examples/\(example)", toPath: made.workspace)
    try? FileManager.default.removeItem(atPath: "\(made.workspace)/dist")
    try? FileManager.default.removeItem(atPath: "\(made.workspace)/.baji")
    return made
  }

  // MARK: the workspace's files

  /// Writes files by path from the workspace's root; texts that start with `#!` become executable.
  func write(_ files: [String: String]) throws {
    for (name, text) in files {
      let file = path(name)
      try FileManager.default.createDirectory(atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(filePath: file))
      if text.hasPrefix("#!") { chmod(file, 0o755) }
    }
  }

  func path(_ name: String) -> String { "\(workspace)/\(name)" }
  func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }
  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: path(name))) }
  func exists(_ name: String) -> Bool { access(path(name), F_OK) == 0 }
  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

  /// Replaces text that must be there.
  func edit(_ name: String, _ old: String, _ new: String) throws {
    let text = try read(name)
    try #require(text.contains(old), "\(name) does not hold what the test wants to edit")
    try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: URL(filePath: path(name)))
  }

  // MARK: running

  /// What a run gets, and nothing else: no variable of the tester's own reaches it.
  var environment: [String: String] {
    ["HOME": home, "XDG_CACHE_HOME": cache, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"].merging(extra) { $1 }
  }

  /// Runs `baji` with these arguments in the workspace, or in a folder below it, to its end.
  /// `environment` is laid over the private one; an empty value removes the name.
  @discardableResult
  func callAsFunction(
    _ arguments: String..., in folder: String = ".", environment: [String: String] = [:], timeout: Duration = .seconds(120)
  ) throws -> Ended {
    try start(arguments, in: folder, environment: environment).end(within: timeout)
  }

  /// Runs a line of shell in the workspace; `baji` in it is the binary under test.
  @discardableResult
  func shell(_ line: String, environment: [String: String] = [:], timeout: Duration = .seconds(120)) throws -> Ended {
    try start(program: ["/bin/sh", "-c", "baji() { \"$BAJI\" \"$@\"; }\n\(line)"], environment: environment).end(within: timeout)
  }

  /// Starts `baji`, and does not wait.
  func start(_ arguments: [String], in folder: String = ".", environment: [String: String] = [:]) throws -> Running {
    try start(program: [try #require(Baji.binary)] + arguments, in: folder, environment: environment)
  }

  /// Starts any program in the workspace, in a process group of its own, with `BAJI` naming the binary under test.
  func start(program: [String], in folder: String = ".", environment extra: [String: String] = [:]) throws -> Running {
    var environment = environment
    environment["BAJI"] = Baji.binary ?? ""
    for (name, value) in extra { environment[name] = value.isEmpty ? nil : value }
    // `env -C` enters the folder and becomes the program: same process, same number.
    return try Running(
      program: ["/usr/bin/env", "-C", path(folder)] + program, environment: environment,
      captures: "\(place.path)/capture-\(UUID().uuidString.prefix(8))", place: place)
  }
}

/// How a run ended, and what it said.
struct Ended: Sendable {
  /// As a shell says it: 128 and the signal's number for a process that died by one.
  let status: Int32
  let output: String
  let error: String
  /// Standard output as it came.
  let outputBytes: Data

  /// Both streams, for a test that does not care which.
  var text: String { output + error }
}

/// A process that was started, its output going to files, so that nobody has to drain it.
final class Running: Sendable {
  let process: pid_t
  private let captures: String
  /// Kept, so that the surroundings are there as long as the process is waited for.
  private let place: TemporaryDirectory

  init(program: [String], environment: [String: String], captures: String, place: TemporaryDirectory) throws {
    self.captures = captures
    self.place = place
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, captures + ".out", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, captures + ".err", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The test runner may ignore or block signals; what runs under test starts as from a shell.
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var arguments = program.map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in arguments + variables { free(pointer) } }
    var number: pid_t = 0
    let code = posix_spawn(&number, program[0], &actions, &attributes, &arguments, &variables)
    try #require(code == 0, "cannot start \(program[0]): \(String(cString: strerror(code)))")
    process = number
  }

  /// What it wrote so far.
  var outputSoFar: String { (try? String(contentsOfFile: captures + ".out", encoding: .utf8)) ?? "" }
  var errorSoFar: String { (try? String(contentsOfFile: captures + ".err", encoding: .utf8)) ?? "" }

  /// To the process alone, as `kill` sends it.
  func send(_ signal: Int32) { kill(process, signal) }
  /// To the process and its group, as a terminal sends Ctrl-C.
  func sendToGroup(_ signal: Int32) { kill(-process, signal) }

  /// Waits for its end; kills the whole group, and records an issue, when it takes longer.
  func end(within timeout: Duration = .seconds(120)) throws -> Ended {
    let deadline = ContinuousClock.now + timeout
    var status: Int32 = 0
    var isLate = false
    while waitpid(process, &status, WNOHANG) == 0 {
      if ContinuousClock.now > deadline, !isLate {
        isLate = true
        sendToGroup(SIGKILL)
      }
      usleep(5_000)
    }
    let output = (try? Data(contentsOf: URL(filePath: captures + ".out"))) ?? Data()
    let error = (try? Data(contentsOf: URL(filePath: captures + ".err"))) ?? Data()
    if isLate { Issue.record("did not end within \(timeout); so far:\n\(String(decoding: error.suffix(4000), as: UTF8.self))") }
    let signal = status & 0x7f
    return Ended(
      status: signal == 0 ? (status >> 8) & 0xff : 128 + signal, output: String(decoding: output, as: UTF8.self),
      error: String(decoding: error, as: UTF8.self), outputBytes: output)
  }
}

extension Trait where Self == ConditionTrait {
  /// For suites that run the binary.
  static var needsBinary: Self { .enabled("no binary to test: set BAJI_BINARY, or build it") { Baji.binary != nil } }

  /// For tests that need a program of the system.
  static func needs(_ programs: String...) -> Self {
    .enabled("one of \(programs.joined(separator: ", ")) is not installed") {
      programs.allSatisfy { name in ["/usr/local/bin", "/usr/bin", "/bin"].contains { access("\($0)/\(name)", X_OK) == 0 } }
    }
  }
}

/// Waits until something holds, on a machine that may be slow.
func eventually(within limit: Duration = .seconds(30), _ holds: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if try holds() { return true }
    usleep(20_000)
  }
  return try holds()
}
