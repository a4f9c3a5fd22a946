// A linter or formatter that works on batches of files, and what it says of each file.

package import Execution
package import Fingerprints

/// A tool that is run on batches and judged file by file.
package struct FileTool: Sendable {
  package enum Mode: Sendable, Equatable {
    /// Says what is wrong.
    case lint
    /// Rewrites the files it is given. The verdict is the new content.
    case format
  }

  package struct File: Sendable {
    /// Its content, mode and path in the sandbox.
    package let input: InputFile
    /// What else its verdict depends on, as one fingerprint: its package, its closure, or `.absent` for nothing.
    package let scope: Fingerprint
    /// What the scope stands for: laid into the sandbox with it.
    package let extraInputs: [Input]
    /// A further set among what the scope stands for, by the number that `FileTool.makeSet` takes.
    package let set: Int32?

    package init(_ input: InputFile, scope: Fingerprint = .absent, extraInputs: [Input] = [], set: Int32? = nil) {
      self.input = input
      self.scope = scope
      self.extraInputs = extraInputs
      self.set = set
    }

    package var path: String { input.path }
  }

  /// The tool's name over runs: `lint shellcheck`. Names its verdicts' history.
  package var subject: String
  /// The action without its files: `.paths` stands in `argv` for them; `inputs` are what all files have in common.
  package var template: Action
  package var mode: Mode
  package var files: [File]
  /// Exit statuses that say every file of the batch is well.
  package var cleanStatuses: [Int32] = [0]
  /// Exit statuses that say some file is not. Any other status, or a signal, is a tool error.
  package var findingStatuses: [Int32] = [1]
  /// Files in one run of the tool, at most.
  package var batchSize = 128
  /// What the planner knows without asking: files that are not among `files`, because they are clean as they were.
  package var standing: StandingFiles?
  /// Makes the set of a number: only for files that are looked at anew, of which there are few.
  package var makeSet: (@Sendable (Int32) -> InputSet)?
  /// Shares the findings of a batch out among its files: (how it ended, standard output, standard error, the batch's paths) → who has what.
  package var attribute: @Sendable (Batch) -> Attribution

  /// What a batch gave, as `attribute` sees it.
  package struct Batch: Sendable {
    package let status: Int32
    package let standardOutput: [UInt8]
    package let standardError: [UInt8]
    package let paths: [String]

    package init(status: Int32, standardOutput: [UInt8], standardError: [UInt8], paths: [String]) {
      self.status = status
      self.standardOutput = standardOutput
      self.standardError = standardError
      self.paths = paths
    }
  }

  package init(
    subject: String, template: Action, mode: Mode, files: [File],
    attribute: @escaping @Sendable (Batch) -> Attribution = { _ in .unattributable }
  ) {
    self.subject = subject
    self.template = template
    self.mode = mode
    self.files = files
    self.attribute = attribute
  }
}

/// Files of a tool whose verdicts of an earlier run stand.
package struct StandingFiles: Sendable {
  package let count: Int
  /// Where the planner takes down what becomes of the others.
  package let place: Int

  package init(count: Int, place: Int) {
    self.count = count
    self.place = place
  }
}

extension FileTool {
  /// All that is laid into the sandbox with a file.
  package func extraInputs(of file: File) -> [Input] {
    guard let set = file.set, let makeSet else { return file.extraInputs }
    return file.extraInputs + [.set(makeSet(set))]
  }
}

/// Whose the findings of a batch are.
package enum Attribution: Sendable, Equatable {
  /// Nobody's: every file is clean.
  case clean
  /// These files', each at most once; the batch's other files are clean. A path outside the batch makes it unattributable.
  case findings([FileFindings])
  /// The output was not understood whole: the batch is split, down to single files.
  case unattributable
}

/// What a tool said of one file.
package struct FileFindings: Sendable, Equatable {
  package let path: String
  /// As the tool wrote it, for people.
  package let text: String
  package let findings: [Finding]

  package init(path: String, text: String, findings: [Finding] = []) {
    self.path = path
    self.text = text
    self.findings = findings
  }
}

/// One record of a tool's output.
package struct Finding: Sendable, Equatable {
  package let path: String
  /// From 1; 0 where the tool names none.
  package let line: Int32
  package let column: Int32
  /// `error`, `warning`, `note`, in the tool's own word.
  package let severity: String
  package let code: String
  package let message: String

  package init(path: String, line: Int32 = 0, column: Int32 = 0, severity: String = "error", code: String = "", message: String) {
    self.path = path
    self.line = line
    self.column = column
    self.severity = severity
    self.code = code
    self.message = message
  }
}

/// The kept result for one file.
package enum Verdict: Sendable, Equatable {
  case clean
  case findings(FileFindings)
  /// A formatter's: what the file is to become, as a blob of the store.
  case formatted(Fingerprint, isExecutable: Bool)
}

/// What became of one file of a `FileTool`.
package struct FileResult: Sendable {
  package enum How: Sendable, Equatable {
    case verdict(Verdict, cached: Bool)
    /// The tool did not give a verdict: it died, ended with an undeclared status, or lost a file. Never kept. Rare, and far larger than the
    /// others, of which there is one per file.
    indirect case toolError(ActionResult)
    case cancelled
    case skipped(because: ActionID)
  }

  package let path: String
  package let how: How
  /// Why it was not cached; empty for cached ones.
  package let reason: VerdictChange?

  package init(path: String, how: How, reason: VerdictChange? = nil) {
    self.path = path
    self.how = how
    self.reason = reason
  }
}

/// Why a file's verdict had to be made again.
package enum VerdictChange: Sendable, Equatable {
  case firstRun
  /// The file itself.
  case content
  /// What its scope stands for, file by file: something it includes, a neighbour. Empty where that is not known.
  case scope([Change])
  /// The tool, an option, the configuration.
  case tool([Change])
  /// Nothing that is recorded: `--force`, or the verdict is no longer in the store.
  case notKept
}
