// The values that live on the heap: text, sequences, structs, and the evaluator's own objects.

internal import Synchronization

/// Text. Its elements are Unicode scalars; equality and order are those of its UTF-8 bytes.
package final class StringObject: Sendable {
  package let text: String
  /// 0 until somebody asked. Writing it twice writes the same number, so relaxed order is enough on any number of threads.
  private let hash = Atomic<UInt64>(0)

  package init(_ text: String) {
    var text = text
    text.makeContiguousUTF8()
    self.text = text
  }

  convenience init(_ bytes: some Collection<UInt8>) { self.init(String(decoding: bytes, as: UTF8.self)) }

  /// The hash of the bytes, never 0.
  var hashValue: UInt64 {
    let known = hash.load(ordering: .relaxed)
    if known != 0 { return known }
    var text = text
    let computed = text.withUTF8 { hashOf($0) } | 1
    hash.store(computed, ordering: .relaxed)
    return computed
  }

  /// Whether every scalar is one byte, so that scalar offsets are byte offsets.
  var isASCII: Bool {
    let span = text.utf8Span
    return span.isKnownASCII || text.utf8.allSatisfy { $0 < 0x80 }
  }

  /// In Unicode scalars.
  var count: Int { isASCII ? text.utf8.count : text.unicodeScalars.count }

  static func == (a: StringObject, b: StringObject) -> Bool {
    if a === b { return true }
    guard a.text.utf8.count == b.text.utf8.count else { return false }
    var left = a.text
    var right = b.text
    return left.withUTF8 { l in right.withUTF8 { r in sameBytes(l, r) } }
  }

  static func < (a: StringObject, b: StringObject) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }
}

func sameBytes(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
  guard a.count == b.count else { return false }
  var i = 0
  while i < a.count {
    if a[i] != b[i] { return false }
    i += 1
  }
  return true
}

/// A hash for tables of one process: not keyed, not stable between versions.
func hashOf(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
  var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: bytes.count)
  let raw = UnsafeRawBufferPointer(bytes)
  var i = 0
  while i + 8 <= raw.count {
    hash = (hash ^ raw.loadUnaligned(fromByteOffset: i, as: UInt64.self)) &* 0xFF51_AFD7_ED55_8CCD
    hash ^= hash >> 32
    i += 8
  }
  while i < raw.count {
    hash = (hash ^ UInt64(raw[i])) &* 0x0000_0100_0000_01B3
    i += 1
  }
  return mixed(hash)
}

func mixed(_ number: UInt64) -> UInt64 {
  var hash = number
  hash = (hash ^ (hash >> 33)) &* 0xC4CE_B9FE_1A85_EC53
  return hash ^ (hash >> 29)
}

package final class BytesObject: Sendable {
  package let bytes: [UInt8]
  package init(_ bytes: [UInt8]) { self.bytes = bytes }
}

package final class ListObject {
  package internal(set) var elements: [Value]
  /// How many loops run over it now; it may not change while any does. Not counted once frozen.
  var iterations: Int32 = 0
  package internal(set) var isFrozen = false

  package init(_ elements: [Value]) { self.elements = elements }

  deinit { if elements.contains(where: \.isContainer) { Graveyard.bury(&elements) } }

  /// - Throws: `EvaluationError` when the list is frozen or being iterated.
  func mayChange() throws {
    if isFrozen { throw EvaluationError("cannot change a frozen list") }
    if iterations != 0 { throw EvaluationError("cannot change a list while a loop runs over it") }
  }
}

package final class TupleObject {
  package private(set) var elements: [Value]
  /// Whether freezing has been here: tuples cannot change, but what they hold can.
  var isFrozen = false

  package init(_ elements: [Value]) { self.elements = elements }

  deinit { if elements.contains(where: \.isContainer) { Graveyard.bury(&elements) } }
}

package final class DictObject {
  var table = OrderedTable()
  var iterations: Int32 = 0
  package internal(set) var isFrozen = false

  package init() {}

  init(_ table: OrderedTable) { self.table = table }

  deinit { table.bury() }

  package var count: Int { table.count }

  /// The value under a string key.
  package subscript(_ key: String) -> Value? { table.get(string: StringObject(key)) }

  /// - Throws: for a key that cannot be hashed.
  package func value(for key: Value) throws -> Value? { try table.get(key) }

  /// An embedder's own table: not for dicts that a program holds.
  /// - Throws: for a key that cannot be hashed.
  package func set(_ key: Value, _ value: Value) throws { try table.set(key, value) }

  func mayChange() throws {
    if isFrozen { throw EvaluationError("cannot change a frozen dict") }
    if iterations != 0 { throw EvaluationError("cannot change a dict while a loop runs over it") }
  }
}

package final class SetObject {
  /// Keys only; the values are `none`.
  var table = OrderedTable()
  var iterations: Int32 = 0
  package internal(set) var isFrozen = false

  package init() {}

  init(_ table: OrderedTable) { self.table = table }

  deinit { table.bury() }

  package var elements: [Value] { table.keys }

  func mayChange() throws {
    if isFrozen { throw EvaluationError("cannot change a frozen set") }
    if iterations != 0 { throw EvaluationError("cannot change a set while a loop runs over it") }
  }
}

/// `range(start, stop, step)`.
package final class RangeObject {
  package let start: Int
  package let step: Int
  package let count: Int

  init(start: Int, step: Int, count: Int) {
    self.start = start
    self.step = step
    self.count = count
  }

  subscript(_ index: Int) -> Int { start &+ index &* step }

  package var elements: [Value] { (0..<count).map { .int(self[$0]) } }
}

/// `struct(**fields)`: immutable, compared field by field.
package final class StructObject {
  let names: [StringObject]
  private(set) var values: [Value]
  var isFrozen = false

  package init(_ fields: [(String, Value)]) {
    names = fields.map { StringObject($0.0) }
    values = fields.map(\.1)
  }

  init(names: [StringObject], values: [Value]) {
    self.names = names
    self.values = values
  }

  deinit { if values.contains(where: \.isContainer) { Graveyard.bury(&values) } }

  func value(named name: StringObject) -> Value? {
    for (i, candidate) in names.enumerated() where candidate == name { return values[i] }
    return nil
  }
}

/// What a register may hold that the language never shows: base of captured variables and iterators.
package class HiddenObject {
  init() {}
}

/// A variable that a nested function captured.
final class CellObject: HiddenObject {
  var value: Value

  init(_ value: Value) {
    self.value = value
    super.init()
  }

  deinit {
    if value.isContainer {
      var alone = [value]
      value = .none
      Graveyard.bury(&alone)
    }
  }
}
