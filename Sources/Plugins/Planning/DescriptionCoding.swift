// How descriptions of actions are written into plan memos, and read back.

internal import Execution
internal import Fingerprints
internal import Targets

extension ByteWriter {
  mutating func write(_ action: ActionDescription) {
    write(action.label)
    write(action.argv) { $0.write($1) }
    write(action.tools) { $0.write($1) }
    write(action.inputs) { $0.write($1) }
    write(action.outputs) { writer, output in
      writer.write(output.name)
      writer.write(output.path)
      writer.write(output.kind.rawValue)
      writer.write(output.isOptional)
    }
    write(action.environment.sorted { $0.key < $1.key }) { writer, variable in
      writer.write(variable.key)
      writer.write(variable.value)
    }
    write(action.passthrough)
    write(action.secrets)
    write(action.workingDirectory)
    write(action.standardInput) { $0.write($1) }
    write(action.timeout) { $0.write($1) }
    write(action.cpus)
    write(Int(action.memory))
    write(action.network)
    write(action.inputTimes.rawValue)
    write(action.cache.rawValue)
    write(action.isInWorkspace)
  }

  private mutating func write(_ argument: Argument) {
    switch argument {
    case .text(let text):
      write(UInt8(0))
      write(text)
    case .tool(let index):
      write(UInt8(1))
      write(index)
    case .cpus: write(UInt8(2))
    case .sandboxRoot: write(UInt8(3))
    case .paths: write(UInt8(4))
    case .slot: write(UInt8(6))
    case .joined(let pieces):
      write(UInt8(5))
      write(pieces) { $0.write($1) }
    }
  }

  /// A tree is written by its name alone: many plans share one, and its locks may be long.
  private mutating func write(_ request: ToolRequest) {
    switch request {
    case .system(let program):
      write(UInt8(0))
      write(program.name)
      write(program.version)
      write(program.install)
      write(program.searchPath)
    case .tree(let tree):
      write(UInt8(1))
      write(tree.fingerprint)
    case .cache(let name):
      write(UInt8(2))
      write(name)
    case .treeRoot: write(UInt8(3))
    case .found(let program):
      write(UInt8(4))
      write(program.path)
      write(program.identity)  // what it said is part of that
    }
  }

  private mutating func write(_ input: SymbolicInput) {
    switch input {
    case .batch: write(UInt8(0))
    case .batchClosure: write(UInt8(1))
    case .configuration(let names, let targets):
      write(UInt8(2))
      write(names)
      write(targets) { $0.write($1) }
    case .sources(let targets):
      write(UInt8(3))
      write(targets) { $0.write($1) }
    case .closure(let targets):
      write(UInt8(4))
      write(targets) { $0.write($1) }
    case .packages(let targets):
      write(UInt8(5))
      write(targets) { $0.write($1) }
    case .written(let path, let text, let isExecutable):
      write(UInt8(6))
      write(path)
      write(text)
      write(isExecutable)
    case .toolLink(let request, let path):
      write(UInt8(7))
      write(request)
      write(path)
    case .output(let index, let name):
      write(UInt8(8))
      write(index)
      write(name) { $0.write($1) }
    case .reports: write(UInt8(9))
    }
  }
}

extension ByteReader {
  /// - Parameter trees: finds the trees that are named in it.
  mutating func readActionDescription(_ trees: TreeLibrary) throws(MalformedBytes) -> ActionDescription {
    var action = ActionDescription()
    action.label = try readString()
    action.argv = try readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readArgument(depth: 0) }
    action.tools = try readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readToolRequest(trees) }
    action.inputs = try readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readSymbolicInput(trees) }
    action.outputs = try readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let name = try reader.readString()
      let path = try reader.readString()
      guard let kind = DeclaredOutput.Kind(rawValue: try reader.readByte()) else { throw MalformedBytes() }
      return DeclaredOutput(name: name, path: path, kind: kind, isOptional: try reader.readBool())
    }
    let variables = try readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let name = try reader.readString()
      return (name, try reader.readArgument(depth: 0))
    }
    for (name, value) in variables { action.environment[name] = value }
    action.passthrough = try readStrings()
    action.secrets = try readStrings()
    action.workingDirectory = try readString()
    action.standardInput = try readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readString() }
    action.timeout = try readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readDouble() }
    action.cpus = try readInt()
    action.memory = Int64(try readInt())
    action.network = try readBool()
    guard let times = InputTimes(rawValue: try readByte()) else { throw MalformedBytes() }
    action.inputTimes = times
    guard let cache = CachePolicy(rawValue: try readByte()) else { throw MalformedBytes() }
    action.cache = cache
    action.isInWorkspace = try readBool()
    return action
  }

  /// Deeper arguments than this are not read back: the plan is made anew.
  private static let deepest = 32

  private mutating func readArgument(depth: Int) throws(MalformedBytes) -> Argument {
    switch try readByte() {
    case 0: return .text(try readString())
    case 1: return .tool(try readInt())
    case 2: return .cpus
    case 3: return .sandboxRoot
    case 4: return .paths
    case 5:
      guard depth < ByteReader.deepest else { throw MalformedBytes() }
      return .joined(
        try readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readArgument(depth: depth + 1) })
    case 6: return .slot
    default: throw MalformedBytes()
    }
  }

  private mutating func readToolRequest(_ trees: TreeLibrary) throws(MalformedBytes) -> ToolRequest {
    switch try readByte() {
    case 0:
      let name = try readString()
      let version = try readString()
      let install = try readString()
      return .system(SystemProgram(name: name, version: version, install: install, searchPath: try readStrings()))
    case 1: return .tree(try trees.tree(try readFingerprint()))
    case 2: return .cache(try readString())
    case 3: return .treeRoot
    case 4:
      let path = try readString()
      return .found(FoundProgram(path: path, identity: try readFingerprint(), info: ""))
    default: throw MalformedBytes()
    }
  }

  private mutating func readSymbolicInput(_ trees: TreeLibrary) throws(MalformedBytes) -> SymbolicInput {
    switch try readByte() {
    case 0: return .batch
    case 1: return .batchClosure
    case 2:
      let names = try readStrings()
      return .configuration(names, targets: try readAddresses())
    case 3: return .sources(try readAddresses())
    case 4: return .closure(try readAddresses())
    case 5: return .packages(try readAddresses())
    case 6:
      let path = try readString()
      let text = try readString()
      return .written(path: path, text: text, isExecutable: try readBool())
    case 7:
      let request = try readToolRequest(trees)
      return .toolLink(request, path: try readString())
    case 8:
      let index = try readInt()
      return .output(
        index, name: try readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readString() })
    case 9: return .reports
    default: throw MalformedBytes()
    }
  }

  private mutating func readAddresses() throws(MalformedBytes) -> [Address] {
    try readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readAddress() }
  }
}
