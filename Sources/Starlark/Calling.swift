// Calls: frames on the stack, and arguments to parameters.

internal import Diagnostics
internal import StarlarkSyntax

extension EvaluationThread {
  static let noNames: [StringObject] = []

  func invoke(_ callee: Value, _ positional: [Value], _ names: [StringObject] = noNames, _ named: [Value] = []) throws -> Value {
    let count = positional.count + named.count
    let arguments = UnsafeMutablePointer<Value>.allocate(capacity: max(1, count))
    for (i, value) in positional.enumerated() { (arguments + i).initialize(to: value) }
    for (i, value) in named.enumerated() { (arguments + positional.count + i).initialize(to: value) }
    defer {
      arguments.deinitialize(count: count)
      arguments.deallocate()
    }
    return try invoke(callee, arguments, positional.count, names)
  }

  /// Calls anything callable. The arguments stay the caller's to release; a function of the language may move them out.
  func invoke(_ callee: Value, _ arguments: UnsafeMutablePointer<Value>, _ count: Int, _ names: [StringObject]) throws -> Value {
    switch callee {
    case .function(let function):
      let depth = state.pointee.frameCount
      try enter(function, arguments, count, names, result: 0)
      return try execute(until: depth)
    case .builtin(let builtin):
      try chargeSteps(1)
      let call = Call(
        thread: self, functionName: builtin.name, receiver: builtin.receiver, arguments: arguments, positionalCount: count, names: names)
      return try builtin.body(call)
    case .host(let object) where object.isCallable:
      let call = Call(
        thread: self, functionName: object.typeName, receiver: nil, arguments: arguments, positionalCount: count, names: names)
      return try object.call(call)
    default: throw EvaluationError("a \(callee.typeName) cannot be called")
    }
  }

  // MARK: Frames

  /// Pushes a frame with its parameters bound.
  func enter(
    _ function: FunctionObject, _ arguments: UnsafeMutablePointer<Value>, _ count: Int, _ names: [StringObject], result: Int
  ) throws {
    let code = function.code
    let depth = state.pointee.frameCount
    if depth >= limits.depth { throw EvaluationError("calls are nested too deeply: more than \(limits.depth)") }
    var i = depth - 1
    while i >= 0 {
      if frames[i].function.code === code { throw EvaluationError("function `\(code.name)` called recursively") }
      i -= 1
    }
    let need = code.registerCount
    let savedTop = state.pointee.stackTop
    let savedEnd = state.pointee.stackEnd
    var piece: UnsafeMutablePointer<Value>?
    var registers = savedTop
    if savedEnd - savedTop < need {
      let size = max(need, Self.stackPieceSize)
      let made = UnsafeMutablePointer<Value>.allocate(capacity: size)
      piece = made
      registers = made
      state.pointee.stackEnd = made + size
    }
    state.pointee.stackTop = registers + need
    if code.isPlain, names.isEmpty, count == code.positionalCount {
      for k in 0..<count {
        (registers + k).initialize(to: (arguments + k).move())
        (arguments + k).initialize(to: .unbound)
      }
      (registers + count).initialize(repeating: .unbound, count: need - count)
    } else {
      registers.initialize(repeating: .unbound, count: need)
      do {
        try bind(function, arguments, count, names, registers)
      } catch {
        registers.deinitialize(count: need)
        piece?.deallocate()
        state.pointee.stackTop = savedTop
        state.pointee.stackEnd = savedEnd
        throw error
      }
    }
    (frames + depth).initialize(
      to: Frame(
        function: function, registers: registers, next: 0, result: result, stackTop: savedTop, stackEnd: savedEnd, ownPiece: piece))
    state.pointee.frameCount = depth + 1
  }

  func leave() {
    let depth = state.pointee.frameCount - 1
    let frame = (frames + depth).move()
    state.pointee.frameCount = depth
    frame.registers.deinitialize(count: frame.function.code.registerCount)
    frame.ownPiece?.deallocate()
    state.pointee.stackTop = frame.stackTop
    state.pointee.stackEnd = frame.stackEnd
  }

  // MARK: Parameters

  private func bind(
    _ function: FunctionObject, _ arguments: UnsafeMutablePointer<Value>, _ count: Int, _ names: [StringObject],
    _ registers: UnsafeMutablePointer<Value>
  ) throws {
    let code = function.code
    let parameters = code.parameters
    let taken = min(count, code.positionalCount)
    for i in 0..<taken { registers[i] = arguments[i] }
    if code.hasRest {
      let rest = (taken..<max(taken, count)).map { arguments[$0] }
      registers[parameters.count] = Value(tuple: rest)
    } else if count > taken {
      let limit = code.positionalCount
      throw EvaluationError(
        "\(code.name): takes \(limit == 0 ? "no" : "at most \(limit)") positional argument\(limit == 1 ? "" : "s"), got \(count)")
    }
    var surplus: DictObject?
    if code.hasNamedRest {
      let dict = DictObject()
      surplus = dict
      registers[parameters.count + (code.hasRest ? 1 : 0)] = .dict(dict)
    }
    for (k, name) in names.enumerated() {
      let value = arguments[count + k]
      if let i = parameters.firstIndex(where: { $0.name == name }) {
        guard registers[i].isUnbound else { throw EvaluationError("\(code.name): `\(name.text)` was given twice") }
        registers[i] = value
      } else if let surplus {
        surplus.table.set(string: name, value)
      } else {
        throw EvaluationError(
          "\(code.name): no parameter named `\(name.text)`",
          hint: didYouMean(name.text, among: parameters.map(\.name.text)))
      }
    }
    var missing: [String] = []
    for (i, parameter) in parameters.enumerated() where registers[i].isUnbound {
      if let index = parameter.defaultIndex { registers[i] = function.defaults[index] } else { missing.append("`\(parameter.name.text)`") }
    }
    if !missing.isEmpty {
      throw EvaluationError("\(code.name): missing argument\(missing.count == 1 ? "" : "s") \(missing.joined(separator: ", "))")
    }
  }

  // MARK: Loading

  func load(_ load: LoadCode, into module: ModuleInstance) throws {
    let location = module.code.file.source.location(of: load.range)
    let loaded = try self.load(load.module, location)
    for binding in load.bindings {
      guard let value = loaded.global(named: binding.name) else {
        let known = loaded.names
        throw module.code.file.source.diagnostic(
          "`\(load.module)` has no global `\(binding.name)`", at: binding.range,
          hint: didYouMean(binding.name, among: known))
      }
      module.globals[binding.global] = value
    }
  }
}
