// The instruction loop.

extension EvaluationThread {
  /// Runs until only `depth` frames are left, and answers what the last one returned.
  /// - Throws: the error as a `Diagnostic`; the frames above `depth` are gone then.
  func execute(until depth: Int) throws -> Value {
    let state = state
    var frame = frames + (state.pointee.frameCount - 1)
    var (r, code, module, instructions, constants) = place(frame)
    var pc = 0
    do {
      while true {
        let i = instructions[pc]
        pc += 1
        state.pointee.stepsLeft -= 1
        if state.pointee.stepsLeft < 0 { throw outOfSteps }
        let a = Int(i.a)
        switch i.opcode {
        case .move: r[a] = r[Int(i.b)]
        case .constant: r[a] = constants[i.wide]
        case .integer: r[a] = .int(i.wide)
        case .none: r[a] = .none
        case .loadGlobal:
          let value = module.globals[i.wide]
          if case .unbound = value { throw unboundGlobal(code.file.globalNames[i.wide]) }
          r[a] = value
        case .storeGlobal: module.globals[i.wide] = r[a]
        case .loadPredeclared:
          let value = module.predeclared[i.wide]
          if case .unbound = value { throw EvaluationError("`\(code.file.predeclaredNames[i.wide])` is not available here") }
          r[a] = value
        case .loadCell:
          let value = cell(r[Int(i.b)]).value
          if case .unbound = value { throw unboundLocal(code.localNames[Int(i.b)]) }
          r[a] = value
        case .storeCell: cell(r[a]).value = r[Int(i.b)]
        case .loadFree:
          let value = frame.pointee.function.cells[i.wide].value
          if case .unbound = value { throw unboundLocal(code.captureNames[i.wide]) }
          r[a] = value
        case .makeCell: r[a] = .hidden(CellObject(r[a]))
        case .checkBound: if case .unbound = r[a] { throw unboundLocal(constants[i.wide].asString ?? "") }
        case .clear: r[a] = .unbound

        case .add:
          if case .int(let x) = r[Int(i.b)], case .int(let y) = r[Int(i.c)] {
            let (sum, overflow) = x.addingReportingOverflow(y)
            if !overflow {
              r[a] = .int(sum)
              continue
            }
          }
          frame.pointee.next = pc
          r[a] = try binary(.add, r[Int(i.b)], r[Int(i.c)])
        case .subtract:
          if case .int(let x) = r[Int(i.b)], case .int(let y) = r[Int(i.c)] {
            let (difference, overflow) = x.subtractingReportingOverflow(y)
            if !overflow {
              r[a] = .int(difference)
              continue
            }
          }
          frame.pointee.next = pc
          r[a] = try binary(.subtract, r[Int(i.b)], r[Int(i.c)])
        case .addImmediate:
          let addend = Int(Int16(truncatingIfNeeded: i.c))
          if case .int(let x) = r[Int(i.b)] {
            let (sum, overflow) = x.addingReportingOverflow(addend)
            if !overflow {
              r[a] = .int(sum)
              continue
            }
          }
          frame.pointee.next = pc
          r[a] = i.flag == 0 ? try binary(.add, r[Int(i.b)], .int(addend)) : try binary(.subtract, r[Int(i.b)], .int(-addend))
        case .multiply:
          if case .int(let x) = r[Int(i.b)], case .int(let y) = r[Int(i.c)] {
            let (product, overflow) = x.multipliedReportingOverflow(by: y)
            if !overflow {
              r[a] = .int(product)
              continue
            }
          }
          frame.pointee.next = pc
          r[a] = try binary(.multiply, r[Int(i.b)], r[Int(i.c)])
        case .divide, .floorDivide, .modulo, .bitAnd, .bitOr, .bitXor, .shiftLeft, .shiftRight:
          frame.pointee.next = pc
          r[a] = try binary(i.opcode, r[Int(i.b)], r[Int(i.c)])
        case .addInPlace, .orInPlace:
          frame.pointee.next = pc
          r[a] = try inPlace(i.opcode, r[Int(i.b)], r[Int(i.c)])

        case .equal:
          if case .int(let x) = r[Int(i.b)], case .int(let y) = r[Int(i.c)] {
            r[a] = .bool(x == y)
          } else {
            r[a] = .bool(try areEqual(r[Int(i.b)], r[Int(i.c)]))
          }
        case .notEqual:
          if case .int(let x) = r[Int(i.b)], case .int(let y) = r[Int(i.c)] {
            r[a] = .bool(x != y)
          } else {
            r[a] = .bool(try !areEqual(r[Int(i.b)], r[Int(i.c)]))
          }
        case .less:
          if case .int(let x) = r[Int(i.b)], case .int(let y) = r[Int(i.c)] {
            r[a] = .bool(x < y)
          } else {
            r[a] = .bool(try isLess(r[Int(i.b)], r[Int(i.c)]))
          }
        case .lessEqual:
          if case .int(let x) = r[Int(i.b)], case .int(let y) = r[Int(i.c)] {
            r[a] = .bool(x <= y)
          } else {
            r[a] = .bool(try !isLess(r[Int(i.c)], r[Int(i.b)]))
          }
        case .greater:
          if case .int(let x) = r[Int(i.b)], case .int(let y) = r[Int(i.c)] {
            r[a] = .bool(x > y)
          } else {
            r[a] = .bool(try isLess(r[Int(i.c)], r[Int(i.b)]))
          }
        case .greaterEqual:
          if case .int(let x) = r[Int(i.b)], case .int(let y) = r[Int(i.c)] {
            r[a] = .bool(x >= y)
          } else {
            r[a] = .bool(try !isLess(r[Int(i.b)], r[Int(i.c)]))
          }
        case .contained: r[a] = .bool(try contains(r[Int(i.c)], r[Int(i.b)]))
        case .notContained: r[a] = .bool(try !contains(r[Int(i.c)], r[Int(i.b)]))
        case .negate, .plus, .invert: r[a] = try unary(i.opcode, r[Int(i.b)])
        case .not: r[a] = .bool(!r[Int(i.b)].isTrue)

        case .jump: pc = i.wide
        case .jumpIfFalse:
          if case .bool(let truth) = r[a] {
            if !truth { pc = i.wide }
          } else if !r[a].isTrue {
            pc = i.wide
          }
        case .jumpIfTrue:
          if case .bool(let truth) = r[a] {
            if truth { pc = i.wide }
          } else if r[a].isTrue {
            pc = i.wide
          }
        case .iterate: r[a] = .hidden(try IteratorObject(r[Int(i.b)]))
        case .next:
          if case .hidden(let object) = r[a], let element = unsafeDowncast(object, to: IteratorObject.self).next() {
            r[Int(instructions[pc].a)] = element
            pc += 1
          } else {
            pc = i.wide
          }
        case .unpack: try unpack(r[Int(i.b)], r + a, Int(i.c))

        case .attribute:
          frame.pointee.next = pc
          r[a] = try attribute(r[Int(i.b)], constants[Int(i.c)])
        case .index:
          frame.pointee.next = pc
          r[a] = try element(r[Int(i.b)], r[Int(i.c)])
        case .setIndex: try setElement(r[a], r[Int(i.b)], r[Int(i.c)])
        case .slice: r[a] = try slice(r[Int(i.b)], r[Int(i.b) + 1], r[Int(i.b) + 2], r[Int(i.b) + 3])
        case .list:
          try charge(64 + 16 * Int(i.c))
          r[a] = .list(ListObject(Array(UnsafeBufferPointer(start: r + Int(i.b), count: Int(i.c)))))
        case .tuple:
          try charge(48 + 16 * Int(i.c))
          r[a] = .tuple(TupleObject(Array(UnsafeBufferPointer(start: r + Int(i.b), count: Int(i.c)))))
        case .append:
          if case .list(let list) = r[a] {
            try charge(16)
            list.elements.append(r[Int(i.b)])
          }
        case .extend:
          if case .list(let list) = r[a] {
            let added = try elements(of: r[Int(i.b)])
            try checkSize(added.count, of: 16)
            list.elements += added
          }
        case .tupleOfList: if case .list(let list) = r[Int(i.b)] { r[a] = Value(tuple: list.elements) }
        case .dict:
          try charge(96)
          r[a] = .dict(DictObject())
        case .dictSet: try dictSet(i.flag, r[a], r[Int(i.b)], r[Int(i.c)])
        case .dictMerge: try dictMerge(i.flag, r[a], r[Int(i.b)])

        case .call:
          frame.pointee.next = pc
          let names = i.c == 0 ? Self.noNames : code.file.shapes[Int(i.c)]
          if case .function(let function) = r[a] {
            try enter(function, r + a + 1, Int(i.b), names, result: a)
            frame += 1
            (r, code, module, instructions, constants) = place(frame)
            pc = 0
          } else {
            r[a] = try invoke(r[a], r + a + 1, Int(i.b), names)
          }
        case .callMethod:
          let extra = instructions[pc]
          pc += 1
          frame.pointee.next = pc
          let names = i.c == 0 ? Self.noNames : code.file.shapes[Int(i.c)]
          if let body = method(r[a], extra.flag) {
            let call = Call(
              thread: self, functionName: methodNames[Int(extra.flag)], receiver: r[a], arguments: r + a + 1, positionalCount: Int(i.b),
              names: names)
            r[a] = try body(call)
          } else {
            r[a] = try attribute(r[a], constants[extra.wide])
            if case .function(let function) = r[a] {
              try enter(function, r + a + 1, Int(i.b), names, result: a)
              frame += 1
              (r, code, module, instructions, constants) = place(frame)
              pc = 0
            } else {
              r[a] = try invoke(r[a], r + a + 1, Int(i.b), names)
            }
          }
        case .callSpread:
          frame.pointee.next = pc
          r[a] = try callSpread(r[a], r[a + 1], r[a + 2])
        case .function: r[a] = closure(code.nested[i.wide], frame.pointee.function, r, a)
        case .return:
          let value = r[a]
          let result = frame.pointee.result
          leave()
          if state.pointee.frameCount == depth { return value }
          frame -= 1
          (r, code, module, instructions, constants) = place(frame)
          pc = frame.pointee.next
          r[result] = value
        case .format: r[a] = try format(r[Int(i.b)], i.flag, i.c == 0xFFFF ? nil : r[Int(i.c)])
        case .join: r[a] = try join(r + Int(i.b), Int(i.c))
        case .load:
          frame.pointee.next = pc
          try load(code.file.loads[i.wide], into: module)
        case .fail: throw EvaluationError(str(r[a]))
        case .extra: break
        }
      }
    } catch {
      // The failing frame may be one that a call could not enter, or the one just entered: the loop's own is the truth.
      frame.pointee.next = pc
      let diagnostic = diagnostic(for: error)
      while state.pointee.frameCount > depth { leave() }
      throw diagnostic
    }
  }

  @inline(__always)
  private func cell(_ value: Value) -> CellObject {
    guard case .hidden(let object) = value else { return CellObject(.unbound) }
    return unsafeDowncast(object, to: CellObject.self)
  }

  private func unboundGlobal(_ name: String) -> EvaluationError { EvaluationError("global `\(name)` is used before it is assigned") }

  private func unboundLocal(_ name: String) -> EvaluationError { EvaluationError("local variable `\(name)` is used before it is assigned") }

  // MARK: The longer instructions

  private func unpack(_ value: Value, _ registers: UnsafeMutablePointer<Value>, _ count: Int) throws {
    guard let elements = value.asSequence else {
      throw EvaluationError("cannot unpack a \(value.typeName) into \(count) variable\(count == 1 ? "" : "s")")
    }
    guard elements.count == count else {
      throw EvaluationError("wrong number of values to unpack: got \(elements.count), want \(count)")
    }
    for i in 0..<count { registers[i] = elements[i] }
  }

  private func dictSet(_ flag: UInt8, _ target: Value, _ key: Value, _ value: Value) throws {
    guard case .dict(let dict) = target else { return }
    try charge(56)
    let isNew = try dict.table.set(key, value)
    if isNew || flag == 0 { return }
    if flag == 2 { throw EvaluationError("argument `\(str(key))` was given twice") }
    throw EvaluationError("the key \(repr(key)) comes twice in this dict")
  }

  private func dictMerge(_ flag: UInt8, _ target: Value, _ source: Value) throws {
    guard case .dict(let dict) = target else { return }
    if case .host(let object) = source, let mapping = object.value.mapping {
      for (name, value) in mapping {
        try charge(56)
        let isNew = try dict.table.set(Value(name), value)
        if flag == 1, !isNew { throw EvaluationError("argument `\(name)` was given twice") }
      }
      return
    }
    guard case .dict(let added) = source else {
      throw EvaluationError("the value after `**` must be a dict, not \(source.typeName)")
    }
    try checkSize(added.table.count, of: 56)
    for (key, value) in added.table.entries {
      if flag == 1, key.asString == nil { throw EvaluationError("the keys after `**` must be strings, not \(key.typeName)") }
      let isNew = try dict.table.set(key, value)
      if flag == 1, !isNew { throw EvaluationError("argument `\(str(key))` was given twice") }
    }
  }

  private func callSpread(_ callee: Value, _ positional: Value, _ named: Value) throws -> Value {
    var names: [StringObject] = []
    var values: [Value] = []
    for (key, value) in named.asDictEntries ?? [] {
      if case .string(let name) = key {
        names.append(name)
        values.append(value)
      }
    }
    return try invoke(callee, positional.asList ?? [], names, values)
  }

  private func closure(_ code: Code, _ outer: FunctionObject, _ registers: UnsafeMutablePointer<Value>, _ first: Int) -> Value {
    let defaults = code.parameters.count { $0.defaultIndex != nil }
    let cells = code.captures.map { capture in
      switch capture {
      case .register(let register): cell(registers[register])
      case .free(let index): outer.cells[index]
      }
    }
    return .function(
      FunctionObject(code: code, module: outer.module, defaults: (0..<defaults).map { registers[first + $0] }, cells: cells))
  }

  /// What the loop keeps at hand of the frame it runs.
  @inline(__always) private func place(
    _ frame: UnsafeMutablePointer<Frame>
  ) -> (
    registers: UnsafeMutablePointer<Value>, code: Code, module: ModuleInstance, instructions: UnsafePointer<Instruction>,
    constants: UnsafePointer<Value>
  ) {
    let function = frame.pointee.function
    let code = function.code
    return (frame.pointee.registers, code, function.module, UnsafePointer(code.instructions), UnsafePointer(code.constants))
  }

  private func join(_ parts: UnsafeMutablePointer<Value>, _ count: Int) throws -> Value {
    var text = ""
    for i in 0..<count { text += str(parts[i]) }
    try charge(48 + text.utf8.count)
    return Value(text)
  }
}
