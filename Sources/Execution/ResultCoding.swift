// A result as bytes: what is kept of it between runs.

package import Fingerprints

extension ActionResult {
  /// Bumped when the encoding changes; older results are then misses.
  private static let version: UInt8 = 1

  package func write(to writer: inout ByteWriter) {
    writer.write(ActionResult.version)
    switch ending {
    case .exited(let status):
      writer.write(0 as UInt8)
      writer.write(status)
    case .signalled(let signal):
      writer.write(1 as UInt8)
      writer.write(signal)
    case .timedOut(let seconds):
      writer.write(2 as UInt8)
      writer.write(seconds)
    case .cancelled: writer.write(3 as UInt8)
    case .inputsChanged(let paths):
      writer.write(4 as UInt8)
      writer.write(paths)
    case .missingOutputs(let names):
      writer.write(5 as UInt8)
      writer.write(names)
    case .notStarted(let reason):
      writer.write(6 as UInt8)
      writer.write(reason)
    case .missingInputs(let paths):
      writer.write(7 as UInt8)
      writer.write(paths)
    }
    standardOutput.write(to: &writer)
    standardError.write(to: &writer)
    writer.write(outputs) { writer, file in
      writer.write(file.output)
      writer.write(file.path)
      writer.write(file.isExecutable)
      writer.write(file.isLink)
      writer.write(file.fingerprint)
    }
    writer.write(usage.wall)
    writer.write(usage.user)
    writer.write(usage.system)
    writer.write(Int(usage.peakMemory))
    writer.write(keptSandbox) { $0.write($1) }
  }

  package init(from reader: inout ByteReader) throws(MalformedBytes) {
    guard try reader.readByte() == ActionResult.version else { throw MalformedBytes() }
    let ending: Ending
    switch try reader.readByte() {
    case 0: ending = .exited(try reader.readInt32())
    case 1: ending = .signalled(try reader.readInt32())
    case 2: ending = .timedOut(seconds: try reader.readDouble())
    case 3: ending = .cancelled
    case 4: ending = .inputsChanged(try reader.readStrings())
    case 5: ending = .missingOutputs(try reader.readStrings())
    case 6: ending = .notStarted(try reader.readString())
    case 7: ending = .missingInputs(try reader.readStrings())
    default: throw MalformedBytes()
    }
    let standardOutput = try CapturedOutput(from: &reader)
    let standardError = try CapturedOutput(from: &reader)
    let outputs = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let output = try reader.readString()
      let path = try reader.readString()
      let isExecutable = try reader.readBool()
      let isLink = try reader.readBool()
      return ProducedFile(
        output: output, path: path, isExecutable: isExecutable, fingerprint: try reader.readFingerprint(), isLink: isLink)
    }
    let wall = try reader.readDouble()
    let user = try reader.readDouble()
    let system = try reader.readDouble()
    let usage = ResourceUsage(wall: wall, user: user, system: system, peakMemory: Int64(try reader.readInt()))
    self.init(ending: ending, standardOutput: standardOutput, standardError: standardError, outputs: outputs, usage: usage)
    keptSandbox = try reader.readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readString() }
  }

  /// The blobs a result needs to be of use: if one is gone, the result is a miss.
  package var blobs: [Fingerprint] {
    var blobs = outputs.map(\.fingerprint)
    for case .blob(let fingerprint, _, _) in [standardOutput, standardError] { blobs.append(fingerprint) }
    return blobs
  }
}

extension CapturedOutput {
  fileprivate func write(to writer: inout ByteWriter) {
    switch self {
    case .inline(let bytes):
      writer.write(0 as UInt8)
      writer.write(bytes)
    case .blob(let fingerprint, let size, let omitted):
      writer.write(1 as UInt8)
      writer.write(fingerprint)
      writer.write(size)
      writer.write(omitted)
    }
  }

  fileprivate init(from reader: inout ByteReader) throws(MalformedBytes) {
    switch try reader.readByte() {
    case 0: self = .inline(try reader.readBytes())
    case 1: self = .blob(try reader.readFingerprint(), size: try reader.readInt(), omitted: try reader.readInt())
    default: throw MalformedBytes()
    }
  }
}
