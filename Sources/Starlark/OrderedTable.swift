// The hash table behind dict and set: insertion order kept, tombstones where entries were removed.

/// Keys and values in insertion order.
///
/// Entries lie in one array; `slots` (a power of two, open addressing) holds their positions. A table of up to eight entries has no slots
/// and is searched in order. A removed entry stays as a tombstone until the table is rebuilt.
struct OrderedTable {
  private struct Entry {
    var key: Value
    var value: Value
    var hash: UInt64
    var isRemoved: Bool
  }

  private var storage: [Entry] = []
  private var slots: [Int32] = []
  private(set) var count = 0

  private static let smallLimit = 8

  var keys: [Value] { map { key, _ in key } }
  var values: [Value] { map { _, value in value } }
  var entries: [(Value, Value)] { map { ($0, $1) } }

  private func map<T>(_ body: (Value, Value) -> T) -> [T] {
    var result: [T] = []
    result.reserveCapacity(count)
    for entry in storage where !entry.isRemoved { result.append(body(entry.key, entry.value)) }
    return result
  }

  /// The next entry at or after `position` in storage order, and the position after it.
  func next(from position: inout Int) -> (key: Value, value: Value)? {
    while position < storage.count {
      let i = position
      position += 1
      if !storage[i].isRemoved { return (storage[i].key, storage[i].value) }
    }
    return nil
  }

  // MARK: Looking up

  func get(_ key: Value) throws -> Value? {
    if case .string(let text) = key { return get(string: text) }
    let hash = try hashValue(key)
    let i = try find(key, hash)
    return i < 0 ? nil : storage[i].value
  }

  func get(string key: StringObject) -> Value? {
    let i = find(string: key, key.hashValue)
    return i < 0 ? nil : storage[i].value
  }

  func contains(_ key: Value) throws -> Bool {
    if count == 0 {
      _ = try hashValue(key)
      return false
    }
    return try find(key, hashValue(key)) >= 0
  }

  private func find(string key: StringObject, _ hash: UInt64) -> Int {
    if slots.isEmpty {
      for i in storage.indices where storage[i].hash == hash && !storage[i].isRemoved {
        if case .string(let candidate) = storage[i].key, candidate == key { return i }
      }
      return -1
    }
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let i = Int(slots[slot])
      if i < 0 { return -1 }
      if storage[i].hash == hash, !storage[i].isRemoved, case .string(let candidate) = storage[i].key, candidate == key { return i }
      slot = (slot + 1) & mask
    }
  }

  private func find(_ key: Value, _ hash: UInt64) throws -> Int {
    if case .string(let text) = key { return find(string: text, hash) }
    if slots.isEmpty {
      for i in storage.indices where storage[i].hash == hash && !storage[i].isRemoved {
        if try areEqual(storage[i].key, key) { return i }
      }
      return -1
    }
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let i = Int(slots[slot])
      if i < 0 { return -1 }
      if storage[i].hash == hash, !storage[i].isRemoved, try areEqual(storage[i].key, key) { return i }
      slot = (slot + 1) & mask
    }
  }

  // MARK: Changing

  /// Sets the value of a key; a new key goes to the end. Answers whether it was new.
  @discardableResult
  mutating func set(_ key: Value, _ value: Value) throws -> Bool {
    let hash = try hashValue(key)
    let i = try find(key, hash)
    if i >= 0 {
      storage[i].value = value
      return false
    }
    append(key, value, hash)
    return true
  }

  @discardableResult
  mutating func set(string key: StringObject, _ value: Value) -> Bool {
    let hash = key.hashValue
    let i = find(string: key, hash)
    if i >= 0 {
      storage[i].value = value
      return false
    }
    append(.string(key), value, hash)
    return true
  }

  mutating func remove(_ key: Value) throws -> (key: Value, value: Value)? {
    let i = try find(key, hashValue(key))
    if i < 0 { return nil }
    return remove(at: i)
  }

  mutating func removeFirst() -> (key: Value, value: Value)? {
    guard let i = storage.firstIndex(where: { !$0.isRemoved }) else { return nil }
    return remove(at: i)
  }

  mutating func removeLast() -> (key: Value, value: Value)? {
    guard let i = storage.lastIndex(where: { !$0.isRemoved }) else { return nil }
    return remove(at: i)
  }

  mutating func removeAll() { self = OrderedTable() }

  private mutating func remove(at i: Int) -> (key: Value, value: Value) {
    let removed = (storage[i].key, storage[i].value)
    storage[i].key = .none
    storage[i].value = .none
    storage[i].isRemoved = true
    count -= 1
    // Trimming both ends of work: a table used as a queue or stack must not walk its own graves.
    if storage.count > Self.smallLimit, count < storage.count / 2 { rebuild() }
    return removed
  }

  private mutating func append(_ key: Value, _ value: Value, _ hash: UInt64) {
    storage.append(Entry(key: key, value: value, hash: hash, isRemoved: false))
    count += 1
    if slots.isEmpty {
      if storage.count > Self.smallLimit { rebuild() }
    } else if storage.count * 4 > slots.count * 3 {
      rebuild()
    } else {
      insertSlot(storage.count - 1, hash)
    }
  }

  private mutating func rebuild() {
    if count != storage.count { storage.removeAll(where: \.isRemoved) }
    if storage.count <= Self.smallLimit {
      slots = []
      return
    }
    var capacity = 32
    while capacity < storage.count * 2 { capacity *= 2 }
    slots = [Int32](repeating: -1, count: capacity)
    for i in storage.indices { insertSlot(i, storage[i].hash) }
  }

  private mutating func insertSlot(_ position: Int, _ hash: UInt64) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] >= 0 { slot = (slot + 1) & mask }
    slots[slot] = Int32(truncatingIfNeeded: position)
  }

  /// Gives up everything held, without deep recursion.
  mutating func bury() {
    var containers: [Value] = []
    for entry in storage {
      if entry.key.isContainer { containers.append(entry.key) }
      if entry.value.isContainer { containers.append(entry.value) }
    }
    guard !containers.isEmpty else { return }
    storage = []
    Graveyard.bury(&containers)
  }
}
