// The compiler's notebook for one function: instructions with their sources, constants, temporaries, labels.

internal import Diagnostics
internal import StarlarkSyntax

/// What went wrong while compiling: only that something is larger than the code's fields.
struct TooLarge: Error { let range: ByteRange }

struct Emitter {
  var body: Code.Body
  let scope: FunctionScope
  /// The first register above the ones in use.
  var nextTemporary: Int
  /// By local: certainly assigned at this point.
  var isAssigned: [Bool]
  private var stringConstants: [String: Int] = [:]

  init(name: String, range: ByteRange, scope: FunctionScope, localNames: [String]) {
    body = Code.Body(name: name, range: range)
    body.localNames = localNames
    self.scope = scope
    nextTemporary = scope.locals.count
    isAssigned = [Bool](repeating: false, count: scope.locals.count)
    body.registerCount = nextTemporary
  }

  static let registerLimit = 60_000

  mutating func temporaries(_ count: Int, for range: ByteRange) throws(TooLarge) -> Int {
    let first = nextTemporary
    nextTemporary += count
    if nextTemporary > Self.registerLimit { throw TooLarge(range: range) }
    body.registerCount = max(body.registerCount, nextTemporary)
    return first
  }

  var here: Int { body.instructions.count }

  mutating func emit(_ instruction: Instruction, _ range: ByteRange) {
    body.instructions.append(instruction)
    body.ranges.append(range)
  }

  /// Emits a jump whose target comes later; `land` sets it.
  mutating func jump(_ opcode: Opcode, a: Int = 0, _ range: ByteRange) -> Int {
    emit(Instruction(opcode, a: a, wide: 0), range)
    return here - 1
  }

  mutating func land(_ jump: Int) { land(jump, at: here) }

  mutating func land(_ jump: Int, at target: Int) {
    let old = body.instructions[jump]
    body.instructions[jump] = Instruction(old.opcode, flag: old.flag, a: Int(old.a), wide: target)
  }

  mutating func constant(_ value: Value) -> Int {
    body.constants.append(value)
    return body.constants.count - 1
  }

  mutating func constant(_ text: String) -> Int {
    if let known = stringConstants[text] { return known }
    let index = constant(Value(text))
    stringConstants[text] = index
    return index
  }

  /// A name's constant for an instruction's 16-bit field.
  mutating func nameConstant(_ text: String, _ range: ByteRange) throws(TooLarge) -> Int {
    let index = constant(text)
    if index > 0xFFFF { throw TooLarge(range: range) }
    return index
  }
}
