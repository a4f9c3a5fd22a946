// What running an action gave: how it ended, what it wrote, what it cost.

package import Fingerprints

package struct ActionResult: Sendable, Equatable {
  package enum Ending: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
    case timedOut(seconds: Double)
    case cancelled
    /// An input kept changing while it was copied, or changed while an action without a sandbox ran.
    case inputsChanged([String])
    /// A declared output is not there (with a status that is a result).
    case missingOutputs([String])
    /// Blobs among the inputs are gone from the store: whoever produces them must run again. Nothing was started.
    case missingInputs([String])
    /// The sandbox could not be made or the program not started; the sentence says why.
    case notStarted(String)
  }

  package var ending: Ending
  package var standardOutput: CapturedOutput
  package var standardError: CapturedOutput
  package var outputs: [ProducedFile]
  package var usage: ResourceUsage
  /// Where `--keep-sandboxes` left the folder.
  package var keptSandbox: String?

  package init(
    ending: Ending, standardOutput: CapturedOutput = .empty, standardError: CapturedOutput = .empty,
    outputs: [ProducedFile] = [], usage: ResourceUsage = ResourceUsage()
  ) {
    self.ending = ending
    self.standardOutput = standardOutput
    self.standardError = standardError
    self.outputs = outputs
    self.usage = usage
  }
}

/// The text a process wrote: short ones here, long ones as a blob of the store. The sandbox's path in it is replaced by a placeholder, secrets by `***`.
package enum CapturedOutput: Sendable, Equatable {
  case inline([UInt8])
  /// `size` bytes under `fingerprint` in the store; `omitted` more were cut out of the middle because of the limit.
  case blob(Fingerprint, size: Int, omitted: Int)

  package static let empty = CapturedOutput.inline([])
}

/// One file that a declared output holds.
package struct ProducedFile: Sendable, Hashable {
  /// The declared output it belongs to.
  package let output: String
  /// Relative to the sandbox's root.
  package let path: String
  package let isExecutable: Bool
  /// The blob with its content (of a symbolic link: its text).
  package let fingerprint: Fingerprint
  package let isLink: Bool

  package init(output: String, path: String, isExecutable: Bool, fingerprint: Fingerprint, isLink: Bool = false) {
    self.output = output
    self.path = path
    self.isExecutable = isExecutable
    self.fingerprint = fingerprint
    self.isLink = isLink
  }
}

package struct ResourceUsage: Sendable, Equatable {
  /// Seconds.
  package var wall: Double = 0
  package var user: Double = 0
  package var system: Double = 0
  /// Bytes.
  package var peakMemory: Int64 = 0

  package init(wall: Double = 0, user: Double = 0, system: Double = 0, peakMemory: Int64 = 0) {
    self.wall = wall
    self.user = user
    self.system = system
    self.peakMemory = peakMemory
  }
}
