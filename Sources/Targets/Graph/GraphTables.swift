// The graph as arrays: what is kept between runs, and read back in one pass.

package import Diagnostics
package import Fingerprints

/// What is worth telling whoever works on a target, and no error of the load: sources that are not there, imports that nobody provides.
struct TargetFinding: Equatable, Sendable {
  /// Imports matter to whoever asks for dependencies only; what a target is read from is told to all, and stops those.
  enum Subject: UInt8, Sendable { case sources, imports, lists }

  let target: TargetID
  var subject = Subject.imports
  /// An error stops a command that works on the target, a warning does not.
  let diagnostic: Diagnostic
}

/// Everything a graph knows, in dense arrays that are written and read as they are.
struct GraphTables: Equatable, Sendable {
  /// Each text once; the columns below hold indices into it.
  var strings: [String] = []

  // One element per target, in the order of the addresses.
  var directories: [Int32] = []
  var names: [Int32] = []
  /// -1, or twice a string's index, plus one for a name that is no file.
  var generated: [Int32] = []
  /// -1, or the index of `k=v,…`.
  var parameters: [Int32] = []
  var types: [Int32] = []
  /// 1: opaque; 2: generator.
  var flags: [Int32] = []
  /// -1, or the generator's id.
  var generators: [Int32] = []
  var placeFiles: [Int32] = []
  var placeLines: [Int32] = []
  var placeColumns: [Int32] = []
  /// Where each target's encoded fields begin; one more than there are targets.
  var fieldStarts: [Int32] = [0]
  var fieldBytes: [UInt8] = []

  /// Ids of the snapshot's files.
  var sources = Adjacency()
  /// Ids of files that are laid out with the sources in closures, whoever owns them.
  var companions = Adjacency()
  /// Raw edges that closures follow.
  var dependencies = Adjacency()
  /// Raw edges that closures do not follow: from fields of kind `addresses`.
  var references = Adjacency()
  /// Pairs (target, what its `!!` names), flat.
  var transitiveExcludes: [Int32] = []

  var warnings: [Diagnostic] = []
  var unknownTypes: [UnknownType] = []
  var findings: [TargetFinding] = []
  /// Edges that rules forbid or warn of, by origin.
  var violations: [Violation] = []
  /// First parts of the modules that the workspace itself provides, sorted.
  var topLevelModules: [String] = []

  var count: Int { names.count }

  func encoded() -> [UInt8] {
    var writer = ByteWriter(reserving: fieldBytes.count + count * 64)
    writer.write(strings)
    for column in [directories, names, generated, parameters, types, flags, generators, placeFiles, placeLines, placeColumns, fieldStarts] {
      writer.write(packed: column)
    }
    writer.write(fieldBytes)
    for lists in [sources, companions, dependencies, references] {
      writer.write(packed: lists.starts)
      writer.write(packed: lists.items)
    }
    writer.write(packed: transitiveExcludes)
    writer.write(warnings) { $0.write($1) }
    writer.write(unknownTypes) { writer, unknown in
      writer.write(unknown.name)
      writer.write(unknown.count)
      writer.write(unknown.first)
      writer.write(unknown.suggestion) { $0.write($1) }
    }
    writer.write(findings) { writer, finding in
      writer.write(finding.target)
      writer.write(finding.subject.rawValue)
      writer.write(finding.diagnostic)
    }
    writer.write(violations) { $0.write($1) }
    writer.write(topLevelModules)
    return writer.bytes
  }

  init() {}

  /// - Parameter fileCount: of the snapshot the tables belong to.
  /// - Throws: where anything points outside, so that no use of the tables can trap.
  init(decoding bytes: [UInt8], fileCount: Int) throws(MalformedBytes) {
    var reader = ByteReader(bytes)
    strings = try reader.readStrings()
    directories = try reader.readPacked()
    names = try reader.readPacked()
    generated = try reader.readPacked()
    parameters = try reader.readPacked()
    types = try reader.readPacked()
    flags = try reader.readPacked()
    generators = try reader.readPacked()
    placeFiles = try reader.readPacked()
    placeLines = try reader.readPacked()
    placeColumns = try reader.readPacked()
    fieldStarts = try reader.readPacked()
    fieldBytes = try reader.readBytes()
    sources = try reader.readAdjacency()
    companions = try reader.readAdjacency()
    dependencies = try reader.readAdjacency()
    references = try reader.readAdjacency()
    transitiveExcludes = try reader.readPacked()
    warnings = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readDiagnostic() }
    unknownTypes = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let name = try reader.readString()
      let count = try reader.readInt()
      let first = try reader.readLocation()
      let suggestion = try reader.readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readString() }
      return UnknownType(name: name, count: count, first: first, suggestion: suggestion)
    }
    findings = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let target = try reader.readInt32()
      guard let subject = TargetFinding.Subject(rawValue: try reader.readByte()) else { throw MalformedBytes() }
      return TargetFinding(target: target, subject: subject, diagnostic: try reader.readDiagnostic())
    }
    violations = try reader.readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readViolation() }
    topLevelModules = try reader.readStrings()
    guard reader.isAtEnd else { throw MalformedBytes() }
    let texts = Int32(strings.count)
    let targets = Int32(count)
    for column in [directories, types, placeFiles, names] { try check(column, count: count, 0..<texts) }
    try check(parameters, count: count, -1..<texts)
    try check(generated, count: count, -1..<(2 * texts))
    try check(generators, count: count, -1..<targets)
    for column in [flags, placeLines, placeColumns] { try check(column, count: count, 0..<Int32.max) }
    guard fieldStarts.first == 0, fieldStarts.count == count + 1, fieldStarts.last == Int32(exactly: fieldBytes.count) else {
      throw MalformedBytes()
    }
    for index in fieldStarts.indices.dropFirst() where fieldStarts[index] < fieldStarts[index - 1] { throw MalformedBytes() }
    guard sources.count == count, companions.count == count, dependencies.count == count, references.count == count,
      transitiveExcludes.count % 2 == 0
    else {
      throw MalformedBytes()
    }
    try check(findings.map(\.target), count: findings.count, 0..<targets)
    try check(violations.map(\.origin) + violations.map(\.dependency), count: 2 * violations.count, 0..<targets)
    for lists in [sources, companions] { try check(lists.items, count: lists.items.count, 0..<Int32(fileCount)) }
    for lists in [dependencies, references] { try check(lists.items, count: lists.items.count, 0..<targets) }
    try check(transitiveExcludes, count: transitiveExcludes.count, 0..<targets)
  }

  private func check(_ column: [Int32], count: Int, _ range: Range<Int32>) throws(MalformedBytes) {
    guard column.count == count else { throw MalformedBytes() }
    for value in column where !range.contains(value) { throw MalformedBytes() }
  }
}

extension ByteWriter {
  /// A count, then four bytes each, little-endian: read back in one copy.
  package mutating func write(packed values: [Int32]) {
    write(UInt64(values.count))
    #if _endian(little)
      values.withUnsafeBytes { append(raw: $0) }
    #else
      for value in values { withUnsafeBytes(of: value.littleEndian) { append(raw: $0) } }
    #endif
  }

  mutating func write(_ location: SourceLocation) {
    write(location.file)
    write(location.position.line)
    write(location.position.column)
    write(location.length)
  }

  /// Everything but a call stack: what is kept between runs has none.
  package mutating func write(_ diagnostic: Diagnostic) {
    write(diagnostic.severity.rawValue)
    write(diagnostic.message)
    write(diagnostic.location) { $0.write($1) }
    write(diagnostic.sourceLine) { $0.write($1) }
    write(diagnostic.hint) { $0.write($1) }
    write(diagnostic.notes)
  }
}

extension ByteReader {
  package mutating func readPacked() throws(MalformedBytes) -> [Int32] {
    guard let count = Int(exactly: try readUInt64()), count <= remaining / 4 else { throw MalformedBytes() }
    let raw = try readRaw(count * 4)
    return [Int32](unsafeUninitializedCapacity: count) { buffer, filled in
      raw.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      #if !_endian(little)
        for index in 0..<count { buffer[index] = Int32(littleEndian: buffer[index]) }
      #endif
      filled = count
    }
  }

  mutating func readAdjacency() throws(MalformedBytes) -> Adjacency {
    let starts = try readPacked()
    guard let lists = Adjacency(starts: starts, items: try readPacked()) else { throw MalformedBytes() }
    return lists
  }

  mutating func readLocation() throws(MalformedBytes) -> SourceLocation {
    let file = try readString()
    let line = try readInt32()
    let column = try readInt32()
    return SourceLocation(file: file, position: SourcePosition(line: line, column: column), length: try readInt32())
  }

  package mutating func readDiagnostic() throws(MalformedBytes) -> Diagnostic {
    guard let severity = Diagnostic.Severity(rawValue: try readString()) else { throw MalformedBytes() }
    let message = try readString()
    let location = try readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readLocation() }
    let sourceLine = try readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readString() }
    let hint = try readOptional { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readString() }
    return Diagnostic(severity, message, at: location, sourceLine: sourceLine, hint: hint, notes: try readStrings())
  }
}
