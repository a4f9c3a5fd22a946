// Keeping count of memory: a budget that allocations draw on, and a count of what is alive when it runs out.

extension EvaluationThread {
  /// Draws bytes (and the steps it takes to fill them) from the budgets.
  /// - Throws: `EvaluationError` when more would be alive than the limit allows, or all steps are used up.
  @inline(__always)
  func charge(_ bytes: Int) throws {
    state.pointee.heapLeft -= bytes
    state.pointee.stepsLeft -= bytes >> 6
    if state.pointee.heapLeft < 0 || state.pointee.stepsLeft < 0 { try refill(bytes) }
  }

  /// Draws steps for work that a builtin does in one go.
  func chargeSteps(_ count: Int) throws {
    state.pointee.stepsLeft -= count
    if state.pointee.stepsLeft < 0 { throw outOfSteps }
  }

  /// Checks that something of `bytes` may be made at all, before it is.
  func checkSize(_ count: Int, of element: Int = 1) throws {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: element)
    if overflow || bytes > limits.heapBytes { throw outOfMemory }
    try charge(bytes)
  }

  var outOfSteps: EvaluationError { EvaluationError("this evaluation takes too long: more than \(limits.steps) steps") }

  var outOfMemory: EvaluationError { EvaluationError("this evaluation uses too much memory: more than \(limits.heapBytes >> 20) MB") }

  @inline(never)
  private func refill(_ bytes: Int) throws {
    if state.pointee.stepsLeft < 0 { throw outOfSteps }
    if bytes > limits.heapBytes { throw outOfMemory }
    let live = liveBytes()
    if live > limits.heapBytes { throw outOfMemory }
    // At least a quarter, so that counting stays cheap beside allocating.
    state.pointee.heapLeft = max(limits.heapBytes - live, limits.heapBytes / 4)
    // Counting is work as well.
    state.pointee.stepsLeft -= live >> 8
  }

  /// An estimate of what the frames and the globals of running modules reach.
  private func liveBytes() -> Int {
    var waiting: [Value] = []
    var seen: Set<ObjectIdentifier> = []
    for i in 0..<state.pointee.frameCount {
      let frame = frames[i]
      waiting.append(.function(frame.function))
      for k in 0..<frame.function.code.registerCount { waiting.append(frame.registers[k]) }
    }
    var bytes = 0
    while let value = waiting.popLast() {
      guard let object = value.reference, seen.insert(ObjectIdentifier(object)).inserted else { continue }
      switch value {
      case .string(let object): bytes += 48 + object.text.utf8.count
      case .bytes(let object): bytes += 48 + object.bytes.count
      case .list(let object):
        bytes += 64 + 16 * object.elements.count
        if !object.isFrozen { waiting += object.elements }
      case .tuple(let object):
        bytes += 48 + 16 * object.elements.count
        waiting += object.elements
      case .dict(let object):
        bytes += 96 + 56 * object.table.count
        if !object.isFrozen {
          waiting += object.table.keys
          waiting += object.table.values
        }
      case .set(let object):
        bytes += 96 + 56 * object.table.count
        if !object.isFrozen { waiting += object.table.keys }
      case .structure(let object):
        bytes += 64 + 24 * object.values.count
        waiting += object.values
      case .function(let object):
        bytes += 96
        waiting += object.defaults
        waiting += object.cells.map { .hidden($0) }
        if object.module.isRunning, seen.insert(ObjectIdentifier(object.module)).inserted { waiting += object.module.globalValues }
      case .builtin(let object):
        bytes += 64
        if let receiver = object.receiver { waiting.append(receiver) }
      case .host(let object):
        bytes += 64
        if !object.isFrozen { waiting += object.heldValues }
      case .hidden(let object):
        bytes += 48
        if let cell = object as? CellObject { waiting.append(cell.value) }
        if let iterator = object as? IteratorObject { waiting.append(iterator.held) }
      default: bytes += 48
      }
    }
    return bytes
  }
}
