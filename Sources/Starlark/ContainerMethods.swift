// Methods of list, dict, set and bytes.

nonisolated(unsafe) let listMethods: [(String, BuiltinBody)] = [  // immutable, and its closures capture nothing.
  (
    "append",
    { call in
      try call.checkPositional(1, 1)
      try call.list.mayChange()
      try call.thread.charge(16)
      call.list.elements.append(call.arguments[0])
      return .none
    }
  ),
  (
    "clear",
    { call in
      try call.checkPositional(0, 0)
      try call.list.mayChange()
      call.list.elements = []
      return .none
    }
  ),
  (
    "copy",
    { call in
      try call.checkPositional(0, 0)
      return try call.made(call.list.elements)
    }
  ),
  (
    "count",
    { call in
      try call.checkPositional(1, 1)
      try call.thread.chargeSteps(call.list.elements.count)
      var count = 0
      for element in call.list.elements where try areEqual(element, call.arguments[0]) { count += 1 }
      return .int(count)
    }
  ),
  (
    "extend",
    { call in
      try call.checkPositional(1, 1)
      let added = try elements(of: call.arguments[0])
      try call.list.mayChange()
      try call.thread.checkSize(added.count, of: 16)
      call.list.elements += added
      return .none
    }
  ),
  (
    "index",
    { call in
      try call.checkPositional(1, 3)
      let list = call.list.elements
      let range = clampedRange(list.count, try call.optionalInt(at: 1), try call.optionalInt(at: 2))
      try call.thread.chargeSteps(list.count)
      for i in range where try areEqual(list[i], call.arguments[0]) { return .int(i) }
      throw EvaluationError("index: the list has no element \(repr(call.arguments[0]).prefix(200))")
    }
  ),
  (
    "insert",
    { call in
      try call.checkPositional(2, 2)
      try call.list.mayChange()
      let count = call.list.elements.count
      let index = try call.int(at: 0)
      try call.thread.charge(16)
      try call.thread.chargeSteps(count >> 3)
      call.list.elements.insert(call.arguments[1], at: max(0, min(index < 0 ? index &+ count : index, count)))
      return .none
    }
  ),
  (
    "pop",
    { call in
      try call.checkPositional(0, 1)
      try call.list.mayChange()
      let count = call.list.elements.count
      let index = try call.optionalInt(at: 0) ?? -1
      let position = index < 0 ? index &+ count : index
      guard position >= 0 && position < count else {
        throw EvaluationError("pop: index \(index) is out of range: the list has \(count) elements")
      }
      try call.thread.chargeSteps((count - position) >> 3)
      return call.list.elements.remove(at: position)
    }
  ),
  (
    "remove",
    { call in
      try call.checkPositional(1, 1)
      try call.list.mayChange()
      let list = call.list.elements
      try call.thread.chargeSteps(list.count)
      for i in list.indices where try areEqual(list[i], call.arguments[0]) {
        call.list.elements.remove(at: i)
        return .none
      }
      throw EvaluationError("remove: the list has no element \(repr(call.arguments[0]).prefix(200))")
    }
  ),
  (
    "reverse",
    { call in
      try call.checkPositional(0, 0)
      try call.list.mayChange()
      call.list.elements.reverse()
      return .none
    }
  ),
  (
    "sort",
    { call in
      let bound = try call.bind(.sorting)
      try call.list.mayChange()
      let result = try sorted(
        call.list.elements, key: bound.present("key"), isReversed: bound.present("reverse")?.isTrue ?? false, call.thread)
      try call.list.mayChange()
      call.list.elements = result
      return .none
    }
  ),
]

/// The range that `start:stop` means within `count` elements, never an invalid range.
func clampedRange(_ count: Int, _ start: Int?, _ stop: Int?) -> Range<Int> {
  func clamped(_ bound: Int) -> Int { min(max(bound < 0 ? bound &+ count : bound, 0), count) }
  let low = clamped(start ?? 0)
  return low..<max(low, clamped(stop ?? count))
}

/// A stable sort.
func sorted(_ elements: [Value], key: Value?, isReversed: Bool, _ thread: EvaluationThread) throws -> [Value] {
  try thread.checkSize(elements.count, of: 40)
  var keyed: [(key: Value, value: Value)] = []
  keyed.reserveCapacity(elements.count)
  for element in elements { keyed.append((try key.map { try thread.invoke($0, [element]) } ?? element, element)) }
  // Reversing before and after keeps equal elements in their order.
  if isReversed { keyed.reverse() }
  try keyed.sort { a, b in
    thread.state.pointee.stepsLeft -= 1
    if thread.state.pointee.stepsLeft < 0 { throw thread.outOfSteps }
    return try isLess(a.key, b.key)
  }
  if isReversed { keyed.reverse() }
  return keyed.map(\.value)
}

nonisolated(unsafe) let dictMethods: [(String, BuiltinBody)] = [  // immutable, and its closures capture nothing.
  (
    "clear",
    { call in
      try call.checkPositional(0, 0)
      try call.dict.mayChange()
      call.dict.table.removeAll()
      return .none
    }
  ),
  (
    "copy",
    { call in
      try call.checkPositional(0, 0)
      try call.thread.charge(96 + 56 * call.dict.count)
      return .dict(DictObject(call.dict.table))
    }
  ),
  (
    "get",
    { call in
      if call.namedCount == 0, call.positionalCount == 1 || call.positionalCount == 2 {
        return try call.dict.table.get(call.arguments[0]) ?? (call.positionalCount == 2 ? call.arguments[1] : .none)
      }
      let bound = try call.bind(.get)
      return try call.dict.table.get(bound.value("key")) ?? bound["default"] ?? .none
    }
  ),
  (
    "items",
    { call in
      try call.checkPositional(0, 0)
      try call.thread.charge(96 * call.dict.count)
      return try call.made(call.dict.table.entries.map { Value(tuple: [$0, $1]) })
    }
  ),
  (
    "keys",
    { call in
      try call.checkPositional(0, 0)
      return try call.made(call.dict.table.keys)
    }
  ),
  (
    "pop",
    { call in
      try call.checkPositional(1, 2)
      try call.dict.mayChange()
      if let removed = try call.dict.table.remove(call.arguments[0]) { return removed.value }
      if call.positionalCount == 2 { return call.arguments[1] }
      throw EvaluationError("pop: the dict has no key \(repr(call.arguments[0]).prefix(200))")
    }
  ),
  (
    "popitem",
    { call in
      try call.checkPositional(0, 0)
      try call.dict.mayChange()
      guard let removed = call.dict.table.removeFirst() else { throw EvaluationError("popitem: the dict is empty") }
      return Value(tuple: [removed.key, removed.value])
    }
  ),
  (
    "setdefault",
    { call in
      try call.checkPositional(1, 2)
      if let known = try call.dict.table.get(call.arguments[0]) { return known }
      try call.dict.mayChange()
      try call.thread.charge(56)
      let value = call.positionalCount == 2 ? call.arguments[1] : .none
      try call.dict.table.set(call.arguments[0], value)
      return value
    }
  ),
  (
    "update",
    { call in
      if call.positionalCount > 1 { throw EvaluationError("update: takes at most 1 positional argument, got \(call.positionalCount)") }
      try call.dict.mayChange()
      if call.positionalCount == 1 {
        for (key, value) in try pairs(of: call.arguments[0], "update") {
          try call.thread.charge(56)
          try call.dict.table.set(key, value)
        }
      }
      for (name, value) in call.named {
        try call.thread.charge(56)
        call.dict.table.set(string: StringObject(name), value)
      }
      return .none
    }
  ),
  (
    "values",
    { call in
      try call.checkPositional(0, 0)
      return try call.made(call.dict.table.values)
    }
  ),
]

/// The pairs that `dict(x)` and `update(x)` take: a dict's entries, or a sequence of pairs.
func pairs(of value: Value, _ function: String) throws -> [(Value, Value)] {
  if let entries = value.asDictEntries { return entries }
  return try elements(of: value).enumerated().map { i, element in
    guard let pair = element.asSequence, pair.count == 2 else {
      throw EvaluationError("\(function): element \(i) is no pair of key and value, but a \(element.typeName)")
    }
    return (pair[0], pair[1])
  }
}

private func table(of call: borrowing Call) throws -> OrderedTable {
  var table = OrderedTable()
  for i in 0..<call.positionalCount {
    if case .set(let object) = call.arguments[i], table.count == 0 {
      table = object.table
      continue
    }
    for element in try elements(of: call.arguments[i]) {
      try call.thread.charge(56)
      try table.set(element, .none)
    }
  }
  return table
}

private func combining(_ op: Opcode) -> BuiltinBody {
  { call in
    var result = call.set.table
    for i in 0..<call.positionalCount {
      var other = OrderedTable()
      for element in try elements(of: call.arguments[i]) { try other.set(element, .none) }
      result = try call.thread.combined(op, result, other) ?? result
    }
    return .set(SetObject(result))
  }
}

nonisolated(unsafe) let setMethods: [(String, BuiltinBody)] = [  // immutable, and its closures capture nothing but an opcode.
  (
    "add",
    { call in
      try call.checkPositional(1, 1)
      try call.set.mayChange()
      try call.thread.charge(56)
      try call.set.table.set(call.arguments[0], .none)
      return .none
    }
  ),
  (
    "clear",
    { call in
      try call.checkPositional(0, 0)
      try call.set.mayChange()
      call.set.table.removeAll()
      return .none
    }
  ),
  ("copy", { call in .set(SetObject(call.set.table)) }),
  ("difference", combining(.subtract)),
  ("intersection", combining(.bitAnd)),
  ("symmetric_difference", combining(.bitXor)),
  ("union", combining(.bitOr)),
  (
    "discard",
    { call in
      try call.checkPositional(1, 1)
      try call.set.mayChange()
      _ = try call.set.table.remove(call.arguments[0])
      return .none
    }
  ),
  (
    "issubset",
    { call in
      try call.checkPositional(1, 1)
      let other = try table(of: call)
      for key in call.set.table.keys where try !other.contains(key) { return false }
      return true
    }
  ),
  (
    "issuperset",
    { call in
      try call.checkPositional(1, 1)
      for key in try table(of: call).keys where try !call.set.table.contains(key) { return false }
      return true
    }
  ),
  (
    "isdisjoint",
    { call in
      try call.checkPositional(1, 1)
      for key in try table(of: call).keys where try call.set.table.contains(key) { return false }
      return true
    }
  ),
  (
    "pop",
    { call in
      try call.checkPositional(0, 0)
      try call.set.mayChange()
      guard let removed = call.set.table.removeFirst() else { throw EvaluationError("pop: the set is empty") }
      return removed.key
    }
  ),
  (
    "remove",
    { call in
      try call.checkPositional(1, 1)
      try call.set.mayChange()
      guard try call.set.table.remove(call.arguments[0]) != nil else {
        throw EvaluationError("remove: the set has no element \(repr(call.arguments[0]).prefix(200))")
      }
      return .none
    }
  ),
  (
    "update",
    { call in
      try call.set.mayChange()
      for key in try table(of: call).keys {
        try call.thread.charge(56)
        try call.set.table.set(key, .none)
      }
      return .none
    }
  ),
]

nonisolated(unsafe) let bytesMethods: [(String, BuiltinBody)] = [  // immutable, and its closures capture nothing.
  ("elems", { call in try call.made((call.receiver?.asBytes ?? []).map { .int(Int($0)) }) }),
  ("decode", { call in try call.made(String(decoding: call.receiver?.asBytes ?? [], as: UTF8.self)) }),
]
