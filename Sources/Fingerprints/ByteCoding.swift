// The one canonical, length-prefixed encoding: what keys are made of and what packed memos are written in.

/// Appends values so that different sequences of values never give the same bytes:
/// integers as LEB128 (signed ones zigzag first), strings and byte arrays behind their length, fingerprints as 16 bytes.
package struct ByteWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  /// Begins anew, in the memory it has.
  package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  package mutating func write(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  package mutating func write(_ value: Int) { write(UInt64(bitPattern: Int64((value << 1) ^ (value >> 63)))) }

  package mutating func write(_ value: Int32) { write(Int(value)) }

  package mutating func write(_ value: UInt8) { bytes.append(value) }

  package mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

  package mutating func write(_ value: Double) { writeFixed(value.bitPattern) }

  package mutating func write(_ value: String) {
    write(UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  package mutating func write(_ value: [UInt8]) {
    write(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  package mutating func write(_ value: Fingerprint) {
    writeFixed(value.high)
    writeFixed(value.low)
  }

  package mutating func write(_ values: [String]) { write(values) { $0.write($1) } }

  /// A count, then each element as `element` writes it.
  package mutating func write<T>(_ values: [T], _ element: (inout ByteWriter, T) -> Void) {
    write(UInt64(values.count))
    for value in values { element(&self, value) }
  }

  /// A presence byte, then the value as `present` writes it.
  package mutating func write<T>(_ value: T?, _ present: (inout ByteWriter, T) -> Void) {
    write(value != nil)
    if let value { present(&self, value) }
  }

  /// Bytes as they are, without a length: only for what has a fixed size or ends the value.
  package mutating func append(raw other: some Sequence<UInt8>) { bytes.append(contentsOf: other) }

  /// As the generic one, in one copy.
  package mutating func append(raw other: UnsafeRawBufferPointer) { bytes.append(contentsOf: other) }

  /// A count, then all of them as they lie in memory: for what this machine alone reads back.
  package mutating func write(packed fingerprints: [Fingerprint]) {
    write(UInt64(fingerprints.count))
    fingerprints.withUnsafeBytes { append(raw: $0) }
  }

  /// Eight bytes, little-endian.
  package mutating func writeFixed(_ value: UInt64) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
}

/// The bytes are not what a `ByteWriter` wrote: the memo or record is treated as a miss.
package struct MalformedBytes: Error, Equatable { package init() {} }

/// Reads what a `ByteWriter` wrote, in the same order. Every read is bounds-checked; a short or wrong input throws.
package struct ByteReader: Sendable {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  package init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  package var isAtEnd: Bool { position == bytes.endIndex }
  package var remaining: Int { bytes.endIndex - position }

  package mutating func readUInt64() throws(MalformedBytes) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard position < bytes.endIndex, shift < 64 else { throw MalformedBytes() }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  package mutating func readInt() throws(MalformedBytes) -> Int {
    let raw = try readUInt64()
    return Int(bitPattern: UInt(raw >> 1)) ^ -Int(raw & 1)
  }

  package mutating func readInt32() throws(MalformedBytes) -> Int32 {
    guard let value = Int32(exactly: try readInt()) else { throw MalformedBytes() }
    return value
  }

  package mutating func readByte() throws(MalformedBytes) -> UInt8 {
    guard position < bytes.endIndex else { throw MalformedBytes() }
    defer { position += 1 }
    return bytes[position]
  }

  package mutating func readBool() throws(MalformedBytes) -> Bool {
    switch try readByte() {
    case 0: return false
    case 1: return true
    default: throw MalformedBytes()
    }
  }

  package mutating func readDouble() throws(MalformedBytes) -> Double { Double(bitPattern: try readFixed()) }

  package mutating func readString() throws(MalformedBytes) -> String { String(decoding: try readSlice(), as: UTF8.self) }

  package mutating func readBytes() throws(MalformedBytes) -> [UInt8] { Array(try readSlice()) }

  /// The bytes behind a length, without a copy.
  package mutating func readSlice() throws(MalformedBytes) -> ArraySlice<UInt8> {
    guard let count = Int(exactly: try readUInt64()) else { throw MalformedBytes() }
    return try readRaw(count)
  }

  package mutating func readFingerprint() throws(MalformedBytes) -> Fingerprint {
    let high = try readFixed()
    return Fingerprint(high: high, low: try readFixed())
  }

  /// What `write(packed:)` wrote of fingerprints.
  package mutating func readPackedFingerprints() throws(MalformedBytes) -> [Fingerprint] {
    let size = MemoryLayout<Fingerprint>.stride
    guard let count = Int(exactly: try readUInt64()), count <= remaining / size else { throw MalformedBytes() }
    let raw = try readRaw(count * size)
    return [Fingerprint](unsafeUninitializedCapacity: count) { buffer, filled in
      raw.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      filled = count
    }
  }

  package mutating func readStrings() throws(MalformedBytes) -> [String] {
    try readArray { (reader: inout ByteReader) throws(MalformedBytes) in try reader.readString() }
  }

  package mutating func readArray<T>(
    _ element: (inout ByteReader) throws(MalformedBytes) -> T
  ) throws(MalformedBytes) -> [T] {
    // Every element takes at least a byte, so a wrong count cannot reserve more than the input's size.
    guard let count = Int(exactly: try readUInt64()), count <= remaining else { throw MalformedBytes() }
    var values: [T] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(try element(&self)) }
    return values
  }

  package mutating func readOptional<T>(
    _ present: (inout ByteReader) throws(MalformedBytes) -> T
  ) throws(MalformedBytes) -> T? {
    try readBool() ? try present(&self) : nil
  }

  package mutating func readRaw(_ count: Int) throws(MalformedBytes) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw MalformedBytes() }
    defer { position += count }
    return bytes[position..<position + count]
  }

  package mutating func readFixed() throws(MalformedBytes) -> UInt64 {
    guard remaining >= 8 else { throw MalformedBytes() }
    defer { position += 8 }
    let start = position
    return bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: start - bytes.startIndex, as: UInt64.self)) }
  }
}
