// One run of the user's `git`: with the user's environment, but in a known language and with nothing that waits for a person.

internal import Host

/// The program, and the folder it is asked in.
struct GitProgram: Sendable {
  let path: String
  let environment: [String: String]
  /// Absolute; all paths are relative to it.
  let folder: String
  let cancellation: Cancellation

  /// - Parameters:
  ///   - environment: of the process that called Baji.
  ///   - workingDirectory: where it called: what relative paths in `GIT_…` variables, as hooks have them, begin at.
  init(folder: String, environment: [String: String], workingDirectory: String, cancellation: Cancellation) throws(GitError) {
    do throws(SpawnError) {
      path = try Program.path(of: "git", searching: environment["PATH"] ?? "")
    } catch {
      throw .noProgram
    }
    self.folder = folder
    self.cancellation = cancellation
    var variables = environment
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"] {
      if let value = variables[name], !value.isEmpty, !value.hasPrefix("/") { variables[name] = "\(workingDirectory)/\(value)" }
    }
    // Git then takes the folder it is called in as the top of the work tree.
    if variables["GIT_DIR"]?.isEmpty == false, variables["GIT_WORK_TREE"] == nil { variables["GIT_WORK_TREE"] = workingDirectory }
    for name in ["GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_PREFIX", "GIT_LITERAL_PATHSPECS", "GIT_TRACE"] { variables[name] = nil }
    variables["LC_ALL"] = "C"
    variables["GIT_OPTIONAL_LOCKS"] = "0"
    variables["GIT_TERMINAL_PROMPT"] = "0"
    variables["GIT_PAGER"] = "cat"
    self.environment = variables
  }

  private init(path: String, environment: [String: String], folder: String, cancellation: Cancellation) {
    self.path = path
    self.environment = environment
    self.folder = folder
    self.cancellation = cancellation
  }

  /// The same in a repository of its own below this folder: what the environment says of this one does not hold there.
  func inner(_ name: String) -> GitProgram {
    GitProgram(
      path: path, environment: environment.filter { !GitProgram.local.contains($0.key) }, folder: "\(folder)/\(name)",
      cancellation: cancellation)
  }

  private static let local: Set = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"]

  struct Answer {
    let status: Int32
    let output: [UInt8]
    let error: String

    /// The output without the newline at its end.
    var text: String {
      var text = String(decoding: output, as: UTF8.self)
      if text.last == "\n" { text.removeLast() }
      return text
    }

    var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
    /// What stands between NULs.
    var records: [ArraySlice<UInt8>] { output.split(separator: 0, omittingEmptySubsequences: false) }
  }

  /// A monitor of files would be started for us, and end with us.
  private static let settings = ["-c", "core.fsmonitor=false", "-c", "diff.autoRefreshIndex=true"]

  /// Runs it to its end, whatever its status.
  func ask(_ arguments: [String]) throws(GitError) -> Answer {
    let mark = Files.randomName(16)
    var variables = environment
    variables["BAJI_GIT"] = mark
    let run = ProcessRun(
      program: path, arguments: ["git"] + GitProgram.settings + arguments, environment: variables, directory: folder,
      lineage: Lineage(variable: "BAJI_GIT=\(mark)"))
    var output: [UInt8] = []
    var error: [UInt8] = []
    let outcome: ProcessRun.Outcome
    do throws(SpawnError) {
      outcome = try run.run(cancellation: cancellation) { stream, bytes in
        switch stream {
        case .output: output += bytes
        case .error: error += bytes
        }
      }
    } catch {
      throw .failed(command: arguments.first ?? "", said: error.description)
    }
    if outcome.stopped == .cancelled { throw .cancelled }
    switch outcome.ending.how {
    case .exited(let status): return Answer(status: status, output: output, error: String(decoding: error, as: UTF8.self))
    case .signalled(let signal): throw .failed(command: arguments.first ?? "", said: "it was ended by signal \(signal)")
    }
  }

  /// - Throws: `.failed` with what git says for any status but 0.
  func answer(_ arguments: [String]) throws(GitError) -> Answer {
    let answer = try ask(arguments)
    guard answer.status == 0 else { throw GitProgram.failure(arguments, answer) }
    return answer
  }

  static func failure(_ arguments: [String], _ answer: Answer) -> GitError {
    let said = answer.error.split(separator: "\n").first.map(String.init) ?? "status \(answer.status)"
    return .failed(command: arguments.first ?? "", said: said.hasPrefix("fatal: ") ? String(said.dropFirst(7)) : said)
  }
}
