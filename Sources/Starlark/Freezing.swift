// Making values immutable for good, however deep they nest.

/// Freezes values and all they reach: lists, dicts and sets refuse changes from then on; a host object's `freeze()` is called.
func freeze(_ roots: [Value]) {
  var waiting = roots
  while let value = waiting.popLast() {
    switch value {
    case .none, .bool, .int, .float, .string, .bytes, .range, .unbound: break
    case .list(let object):
      guard !object.isFrozen else { break }
      object.isFrozen = true
      waiting += object.elements
    case .tuple(let object):
      guard !object.isFrozen else { break }
      object.isFrozen = true
      waiting += object.elements
    case .dict(let object):
      guard !object.isFrozen else { break }
      object.isFrozen = true
      waiting += object.table.keys
      waiting += object.table.values
    case .set(let object):
      guard !object.isFrozen else { break }
      object.isFrozen = true
      waiting += object.table.keys
    case .structure(let object):
      guard !object.isFrozen else { break }
      object.isFrozen = true
      waiting += object.values
    case .function(let object):
      guard !object.isFrozen else { break }
      object.isFrozen = true
      waiting += object.defaults
      waiting += object.cells.map(\.value)
      if !object.module.isRunning { object.module.freeze() }  // a running module is frozen by whoever runs it
    case .builtin(let object):
      guard !object.isFrozen else { break }
      object.isFrozen = true
      if let receiver = object.receiver { waiting.append(receiver) }
    case .host(let object):
      guard !object.isFrozen else { break }
      object.isFrozen = true
      waiting += object.heldValues
      object.freeze()
    case .hidden(let object):
      if let cell = object as? CellObject { waiting.append(cell.value) }
    }
  }
}

/// Freezes a value that an embedder goes on to share.
package func freezeForGood(_ value: Value) { freeze([value]) }
