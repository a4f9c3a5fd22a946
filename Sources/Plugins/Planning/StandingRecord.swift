// What is kept of a run so that a later one need not look up again what did not change: contents, closures, and who was well with them.

internal import Fingerprints
internal import Snapshots
internal import Targets

/// Answers that a run found in the store, with all they rest on that the key of this record does not hold. Ids are those of one listing and one
/// graph, which the key stands for.
struct StandingRecord: Equatable, Sendable {
  struct Test: Equatable, Sendable {
    let targets: [TargetID]
    /// What its plan has read: places in `reads`.
    let reads: [Int32]
  }

  /// What a plan has read of the workspace.
  struct Reading: Hashable, Sendable {
    let file: PathID
    let content: Fingerprint
  }

  /// A tool over the files of one partition.
  struct Tool: Equatable, Sendable {
    let name: String
    /// Of the tool's action, without its files.
    let base: Fingerprint
    /// Of the configuration files that its files find above them.
    let configuration: Fingerprint
    /// By file: the target for which it is clean; -1 for every other.
    var owners: [TargetID]
  }

  /// By file; absent where nobody knew it.
  var contents: [Fingerprint]
  /// By target, what it and all it depends on amount to.
  var closures: [Fingerprint]
  var reads: [Reading] = []
  /// Tests that passed.
  var tests: [Test] = []
  var tools: [Tool] = []
}

extension StandingRecord {
  var bytes: [UInt8] {
    var writer = ByteWriter(reserving: (contents.count + closures.count) * 16 + tools.count * contents.count * 4)
    writer.write(packed: contents)
    writer.write(packed: closures)
    writer.write(reads) { writer, reading in
      writer.write(reading.file)
      writer.write(reading.content)
    }
    writer.write(tests) { writer, test in
      writer.write(test.targets) { $0.write($1) }
      writer.write(test.reads) { $0.write($1) }
    }
    writer.write(tools) { writer, tool in
      writer.write(tool.name)
      writer.write(tool.base)
      writer.write(tool.configuration)
      writer.write(packed: tool.owners)
    }
    return writer.bytes
  }

  /// - Throws: also where it is not of a graph of `targets` targets and `files` files.
  init(decoding reader: inout ByteReader, files: Int, targets: Int) throws(MalformedBytes) {
    contents = try reader.readPackedFingerprints()
    closures = try reader.readPackedFingerprints()
    reads = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let file = try reader.readInt32()
      return Reading(file: file, content: try reader.readFingerprint())
    }
    tests = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let targets = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readInt32() }
      return Test(
        targets: targets, reads: try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readInt32() })
    }
    tools = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let name = try reader.readString()
      let base = try reader.readFingerprint()
      let configuration = try reader.readFingerprint()
      return Tool(name: name, base: base, configuration: configuration, owners: try reader.readPacked())
    }
    guard contents.count == files, closures.count == targets, tools.allSatisfy({ $0.owners.count == files }),
      reads.allSatisfy({ (0..<PathID(files)).contains($0.file) }),
      tests.allSatisfy({ test in
        !test.targets.isEmpty && test.targets.allSatisfy { (0..<TargetID(targets)).contains($0) }
          && test.reads.allSatisfy { reads.indices.contains(Int($0)) }
      })
    else { throw MalformedBytes() }
  }
}
