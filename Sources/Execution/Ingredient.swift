// Everything that can change an action's result, enumerated: the key and its manifest are both made of these and of nothing else.

package import Fingerprints

/// One thing an action's result depends on. A new case must come with its mutation in `KeyTests`, which iterates `Kind.allCases`.
package enum Ingredient: Sendable, Hashable {
  /// Baji's own version and the rules of sandboxing: bumped when running the same action could give something else.
  case engine(String)
  case platform(String)
  case plugin(name: String, Fingerprint)
  case tool(name: String, Fingerprint, version: String)
  case option(name: String, value: String)
  case argument(index: Int, value: String)
  case environment(name: String, value: String)
  case input(path: String, isExecutable: Bool, Fingerprint)
  /// A symbolic set by its deep fingerprint: first-level keys only.
  case inputSet(name: String, Fingerprint)
  case output(name: String, path: String, kind: UInt8, isOptional: Bool)
  case standardInput(Fingerprint)
  case workingDirectory(String)
  case sandbox(level: UInt8, network: Bool)
  case resultStatuses([Int32])
  case runNumber(Int)

  package enum Kind: UInt8, CaseIterable, Sendable {
    case engine, platform, plugin, tool, option, argument, environment, input, inputSet, output, standardInput
    case workingDirectory, sandbox, resultStatuses, runNumber
  }
}
