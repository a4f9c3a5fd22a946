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
  /// A symbolic link in the sandbox, by the fingerprint of its text.
  case inputLink(path: String, Fingerprint)
  /// Modification times in the sandbox that are not the fixed one.
  case inputTimes(UInt8)

  /// The raw values are written into manifests: new cases go to the end.
  package enum Kind: UInt8, CaseIterable, Sendable {
    case engine, platform, plugin, tool, option, argument, environment, input, inputSet, output, standardInput
    case workingDirectory, sandbox, resultStatuses, runNumber, inputLink, inputTimes
  }

  package var kind: Kind {
    switch self {
    case .engine: .engine
    case .platform: .platform
    case .plugin: .plugin
    case .tool: .tool
    case .option: .option
    case .argument: .argument
    case .environment: .environment
    case .input: .input
    case .inputSet: .inputSet
    case .output: .output
    case .standardInput: .standardInput
    case .workingDirectory: .workingDirectory
    case .sandbox: .sandbox
    case .resultStatuses: .resultStatuses
    case .runNumber: .runNumber
    case .inputLink: .inputLink
    case .inputTimes: .inputTimes
    }
  }

  /// What it is called among those of its kind: a path, an option's name. Empty where there is only one.
  package var name: String {
    switch self {
    case .plugin(let name, _), .tool(let name, _, _), .option(let name, _), .environment(let name, _), .inputSet(let name, _),
      .output(let name, _, _, _):
      name
    case .input(let path, _, _), .inputLink(let path, _): path
    case .argument(let index, _): String(index)
    case .engine, .platform, .standardInput, .workingDirectory, .sandbox, .resultStatuses, .runNumber, .inputTimes: ""
    }
  }

  /// What it is, for people: nil where only a fingerprint is known.
  package var text: String? {
    switch self {
    case .engine(let value), .platform(let value), .option(_, let value), .argument(_, let value), .environment(_, let value),
      .workingDirectory(let value):
      value
    case .tool(_, _, let version): version.isEmpty ? nil : version
    case .input(_, let isExecutable, _): isExecutable ? "executable" : nil
    case .output(_, let path, let kind, let isOptional):
      "\(path)\(DeclaredOutput.Kind(rawValue: kind)?.ending ?? "")\(isOptional ? " (optional)" : "")"
    case .sandbox(let level, let network):
      "\(SandboxLevel(rawValue: level).map { "\($0)" } ?? "level \(level)")\(network ? ", network" : "")"
    case .resultStatuses(let statuses): statuses.map(String.init).joined(separator: ", ")
    case .runNumber(let number): String(number)
    case .inputTimes(let times): InputTimes(rawValue: times).map { "\($0)" } ?? "\(times)"
    case .plugin, .inputSet, .standardInput, .inputLink: nil
    }
  }
}

// MARK: - Encoding

extension Ingredient {
  /// The byte before each ingredient; 0 stands for a reference to another record.
  static func tag(_ kind: Kind) -> UInt8 { kind.rawValue + 1 }

  func write(to writer: inout ByteWriter) {
    writer.write(Ingredient.tag(kind))
    switch self {
    case .engine(let value), .platform(let value), .workingDirectory(let value): writer.write(value)
    case .plugin(let name, let fingerprint), .inputSet(let name, let fingerprint), .inputLink(let name, let fingerprint):
      writer.write(name)
      writer.write(fingerprint)
    case .tool(let name, let fingerprint, let version):
      writer.write(name)
      writer.write(fingerprint)
      writer.write(version)
    case .option(let name, let value), .environment(let name, let value):
      writer.write(name)
      writer.write(value)
    case .argument(let index, let value):
      writer.write(index)
      writer.write(value)
    case .input(let path, let isExecutable, let fingerprint):
      writer.write(path)
      writer.write(isExecutable)
      writer.write(fingerprint)
    case .output(let name, let path, let kind, let isOptional):
      writer.write(name)
      writer.write(path)
      writer.write(kind)
      writer.write(isOptional)
    case .standardInput(let fingerprint): writer.write(fingerprint)
    case .sandbox(let level, let network):
      writer.write(level)
      writer.write(network)
    case .resultStatuses(let statuses): writer.write(statuses) { $0.write($1) }
    case .runNumber(let number): writer.write(number)
    case .inputTimes(let times): writer.write(times)
    }
  }

  /// - Parameter tag: the byte that was read before it.
  init(tag: UInt8, from reader: inout ByteReader) throws(MalformedBytes) {
    guard tag > 0, let kind = Kind(rawValue: tag - 1) else { throw MalformedBytes() }
    switch kind {
    case .engine: self = .engine(try reader.readString())
    case .platform: self = .platform(try reader.readString())
    case .plugin: self = .plugin(name: try reader.readString(), try reader.readFingerprint())
    case .tool:
      self = .tool(name: try reader.readString(), try reader.readFingerprint(), version: try reader.readString())
    case .option: self = .option(name: try reader.readString(), value: try reader.readString())
    case .argument: self = .argument(index: try reader.readInt(), value: try reader.readString())
    case .environment: self = .environment(name: try reader.readString(), value: try reader.readString())
    case .input:
      self = .input(path: try reader.readString(), isExecutable: try reader.readBool(), try reader.readFingerprint())
    case .inputSet: self = .inputSet(name: try reader.readString(), try reader.readFingerprint())
    case .output:
      self = .output(
        name: try reader.readString(), path: try reader.readString(), kind: try reader.readByte(),
        isOptional: try reader.readBool())
    case .standardInput: self = .standardInput(try reader.readFingerprint())
    case .workingDirectory: self = .workingDirectory(try reader.readString())
    case .sandbox: self = .sandbox(level: try reader.readByte(), network: try reader.readBool())
    case .resultStatuses:
      self = .resultStatuses(
        try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readInt32() })
    case .runNumber: self = .runNumber(try reader.readInt())
    case .inputLink: self = .inputLink(path: try reader.readString(), try reader.readFingerprint())
    case .inputTimes: self = .inputTimes(try reader.readByte())
    }
  }
}
