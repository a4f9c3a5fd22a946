// The unit that is cached and run: argv, environment, input files, declared outputs. A plain value; planning makes it, nothing below changes it.

package import Fingerprints

/// One process to run, as planned. Everything that can change its result enters its key through `Ingredient`.
package struct Action: Sendable {
  /// The action's name over runs, for its history and its last manifest: `test src/a_test.sh:tests`. Not part of the key.
  package var subject: String
  /// What people see while it runs. Not part of the key.
  package var label: String
  package var argv: [Argument]
  package var inputs: [Input] = []
  package var outputs: [DeclaredOutput] = []
  /// Variables beside the constant ones; in the key.
  package var environment: [String: Argument] = [:]
  /// Variables that reach the process and not the key: proxies and credentials only.
  package var passthrough: [String: String] = [:]
  /// As `passthrough`, and masked in every output, log and manifest.
  package var secrets: [String: String] = [:]
  /// Addresses with `***` for name and password → as they are: put into arguments and variables when the process starts, and masked as `secrets` are.
  package var credentials: [String: String] = [:]
  /// Relative to the sandbox's root; empty for the root itself. At level `.none`: relative to the workspace.
  package var workingDirectory = ""
  package var standardInput: [UInt8]?
  /// Seconds; nil for no limit. Not part of the key: an action that ran into it has no result.
  package var timeout: Double?
  package var cpus = 1
  /// Bytes it is expected to take; 0 for unknown.
  package var memory: Int64 = 0
  package var network = false
  /// Which modification times the files of the sandbox get.
  package var inputTimes = InputTimes.fixed
  package var level = SandboxLevel.tree
  /// Exit statuses that are results (and may be kept). Any other status, or a signal, is a tool error.
  package var resultStatuses: [Int32] = [0]
  /// Exit statuses, among the results, that mean success.
  package var successStatuses: [Int32] = [0]
  /// Whether a result that is no success is kept too: linter findings are, failed tests are not.
  package var keepsFailures = true
  /// Whether outputs are taken, as far as they are there, also when the status is no result: a failed test's report. Not part of the key.
  package var collectsFailures = false
  package var cache = CachePolicy.results
  /// What `argv` and `environment` name through `.tool`; identities are in the key, paths are not.
  package var tools: [Tool] = []
  /// Options that planning read, by name (`[shfmt].args`), with their values as text: in the key, and named by `why`.
  package var options: [String: String] = [:]
  /// The plugin files that planned it (name → fingerprint): in the key.
  package var plugins: [String: Fingerprint] = [:]
  /// `--runs-per-test`: which run this is; in the key when not 0.
  package var runNumber = 0

  package init(subject: String, label: String, argv: [Argument]) {
    self.subject = subject
    self.label = label
    self.argv = argv
  }
}

/// One element of argv, or the value of a variable. Pieces of one argument stand in one `.joined`.
package indirect enum Argument: Sendable, Hashable {
  case text(String)
  /// The absolute path of `tools[index]`; the key holds its name, not the path.
  case tool(Int)
  /// The number of processors given to the action; the key holds the placeholder.
  case cpus
  /// A number from 0 below the run's parallelism that no other action has at the same time; the key holds the placeholder.
  case slot
  /// The sandbox's absolute path; the key holds the placeholder.
  case sandboxRoot
  /// In the template of a tool that works on batches of files: replaced by the batch's paths, one argument each, before anything runs.
  /// The key holds the placeholder, so that a verdict does not depend on its batch-mates. Never inside `.joined`.
  case paths
  case joined([Argument])
}

extension Argument: ExpressibleByStringLiteral {
  package init(stringLiteral value: String) { self = .text(value) }
}

/// Something from outside the workspace: an executable, or a folder of the store.
package struct Tool: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// An executable of the machine.
    case program
    /// A folder that is built when the first action that uses it is about to start.
    case tree(TreeBuild)
    /// A folder that outlives runs. Its name is in the key where an argument holds it; what lies in it never is.
    case cache
    /// In the action that builds a tree: the folder to fill. Its path is set when it is built.
    case treeRoot
  }

  package let name: String
  /// Absolute; enters argv and the environment only.
  package let path: String
  /// The fingerprint of the real file's content (of a script: its interpreter's too), or a tree's recipe; of no meaning for other kinds.
  package let identity: Fingerprint
  /// For people and manifests; empty where nobody asked.
  package let version: String
  package let kind: Kind

  package init(name: String, path: String, identity: Fingerprint, version: String = "", kind: Kind = .program) {
    self.name = name
    self.path = path
    self.identity = identity
    self.version = version
    self.kind = kind
  }

  /// The same, elsewhere.
  func at(_ path: String) -> Tool { Tool(name: name, path: path, identity: identity, version: version, kind: kind) }
}

/// What an action may read.
package enum Input: Sendable {
  case file(InputFile)
  /// A set named by one deep fingerprint; its files are listed only when the first-level key misses.
  case set(InputSet)
  /// What another action of the same plan produces: its output named `name`, or all of them. `under` is put before the paths.
  case output(of: ActionID, name: String?, under: String)
}

/// A dense number of an action in one plan.
package typealias ActionID = Int32

/// A file to lay into the sandbox.
package struct InputFile: Sendable, Hashable {
  package enum Source: Sendable, Hashable {
    /// A file of the workspace, by its path from the root. It is copied, hashed on the way and compared with `fingerprint`.
    case workspace(String)
    /// A blob of the store, named by `fingerprint`.
    case blob
    case bytes([UInt8])
    /// A symbolic link with this text.
    case link(String)
    /// A symbolic link whose text is a blob of the store.
    case blobLink
  }

  /// Relative to the sandbox's root, `/` between names, no `.` or `..`.
  package let path: String
  package let isExecutable: Bool
  package let fingerprint: Fingerprint
  package let source: Source

  package init(path: String, isExecutable: Bool, fingerprint: Fingerprint, source: Source) {
    self.path = path
    self.isExecutable = isExecutable
    self.fingerprint = fingerprint
    self.source = source
  }
}

/// A symbolic file set: equal fingerprints stand for equal files.
package struct InputSet: Sendable {
  /// For manifests: `closure of src/a.sh`. Made when asked for: most sets are never written into one.
  package var name: String { makeName() }
  private let makeName: @Sendable () -> String
  package let fingerprint: Fingerprint
  /// The files themselves, each path once, in a stable order. May read and fingerprint files; throws `FileError` and the like.
  package let files: @Sendable () throws -> [InputFile]

  package init(
    name: @escaping @Sendable @autoclosure () -> String, fingerprint: Fingerprint, files: @escaping @Sendable () throws -> [InputFile]
  ) {
    makeName = name
    self.fingerprint = fingerprint
    self.files = files
  }
}

/// A file or folder the action must leave behind.
package struct DeclaredOutput: Sendable, Hashable {
  package enum Kind: UInt8, Sendable {
    case file, directory
    /// A folder whose files are named from there: what they are called is known when they have been made.
    case contents

    /// What stands behind the path where people see it.
    package var ending: String {
      switch self {
      case .file: ""
      case .directory: "/"
      case .contents: "/."
      }
    }
  }

  package let name: String
  /// Relative to the sandbox's root.
  package let path: String
  package let kind: Kind
  /// Missing is no error when true.
  package let isOptional: Bool

  package init(name: String, path: String, kind: Kind = .file, isOptional: Bool = false) {
    self.name = name
    self.path = path
    self.kind = kind
    self.isOptional = isOptional
  }
}

package enum InputTimes: UInt8, Sendable {
  /// One and the same for all: nothing can depend on it.
  case fixed
  /// Made from the content: for tools that keep a cache of their own and tell a changed file by its time.
  case content
}

package enum SandboxLevel: UInt8, Sendable {
  /// A folder with the declared inputs and nothing else.
  case tree
  /// In the workspace itself; declared inputs are looked at again before the result is written.
  case none
}

package enum CachePolicy: UInt8, Sendable {
  /// Look up, run, keep.
  case results
  /// Shared within this run only.
  case run
  /// Neither read nor kept.
  case never
  /// `--force`: not read, but kept.
  case writeOnly
}
