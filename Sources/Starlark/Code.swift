// Compiled code: fixed-size register instructions and what they refer to.

internal import StarlarkSyntax

/// One instruction, eight bytes. `a`, `b`, `c` are registers unless the opcode says otherwise; `wide` is `b` and `c` as one number.
struct Instruction {
  let opcode: Opcode
  let flag: UInt8
  let a: UInt16
  let b: UInt16
  let c: UInt16

  init(_ opcode: Opcode, flag: UInt8 = 0, a: Int = 0, b: Int = 0, c: Int = 0) {
    self.opcode = opcode
    self.flag = flag
    self.a = UInt16(truncatingIfNeeded: a)
    self.b = UInt16(truncatingIfNeeded: b)
    self.c = UInt16(truncatingIfNeeded: c)
  }

  init(_ opcode: Opcode, flag: UInt8 = 0, a: Int = 0, wide: Int) {
    self.init(opcode, flag: flag, a: a, b: wide >> 16, c: wide & 0xFFFF)
  }

  var wide: Int { Int(Int32(truncatingIfNeeded: UInt32(b) << 16 | UInt32(c))) }
}

enum Opcode: UInt8 {
  /// a = b
  case move
  /// a = constants[wide]
  case constant
  /// a = wide
  case integer
  /// a = none
  case none
  /// a = globals[wide]; an error while it is unbound
  case loadGlobal
  /// globals[wide] = a
  case storeGlobal
  /// a = predeclared[wide]
  case loadPredeclared
  /// a = the value of the cell in b; an error while it is unbound (the name is in the code's `variableNames`)
  case loadCell
  /// the cell in a holds b
  case storeCell
  /// a = the value of the function's captured cell wide
  case loadFree
  /// register a becomes a cell around its value
  case makeCell
  /// an error if register a is unbound; wide is the constant of its name
  case checkBound
  /// register a becomes unbound
  case clear

  // a = b op c
  case add, subtract, multiply, divide, floorDivide, modulo, bitAnd, bitOr, bitXor, shiftLeft, shiftRight
  case equal, notEqual, less, lessEqual, greater, greaterEqual, contained, notContained
  /// a = b + Int16(c)
  case addImmediate
  /// a = b op c, where a list or dict on the left is changed in place
  case addInPlace, orInPlace
  // a = op b
  case negate, plus, invert, not

  // to wide
  case jump, jumpIfFalse, jumpIfTrue
  /// a = an iterator over b
  case iterate
  /// a + 1 = the next element of the iterator in a, or jump to wide
  case next
  /// a, a + 1, … = the c elements of b
  case unpack

  /// a = b.name, c the name's constant
  case attribute
  /// a = b[c]
  case index
  /// a[b] = c
  case setIndex
  /// a = b[b+1 : b+2 : b+3]
  case slice
  /// a = a list of the c registers from b
  case list
  case tuple
  /// append b to the list in a
  case append
  /// append each element of b to the list in a
  case extend
  /// a = the list in b as a tuple
  case tupleOfList
  case dict
  /// a[b] = c in a dict being built; with flag 1 a key that is there is an error
  case dictSet
  /// add the entries of b to the dict in a; with flag 1 they are keyword arguments: string keys, none twice
  case dictMerge

  /// a = a(a+1 … a+b, then the values of the names of shape c)
  case call
  /// a = a.name(…) as for `call`; the next instruction's wide is the name's constant, its flag the method's number
  case callMethod
  /// a = a(*(a+1), **(a+2))
  case callSpread
  /// a = the nested function wide; its defaults lie from a on
  case function
  case `return`
  /// a = b formatted; flag is the conversion (0, `r`, `s`), c the register of the specification or 0xFFFF
  case format
  /// a = the text of the c strings from b
  case join
  /// run the load wide
  case load
  /// fail with the message in a
  case fail
  /// never run: the second half of another instruction
  case extra
}

/// What all code of a file shares.
final class FileCode {
  let source: SourceFile
  var globalNames: [String] = []
  /// Whether the global was bound by `load`; such names are not exported.
  var isLoaded: [Bool] = []
  var predeclaredNames: [String] = []
  /// The names of named arguments of calls; shape 0 is the empty one.
  var shapes: [[StringObject]] = [[]]
  var loads: [LoadCode] = []

  init(source: SourceFile) { self.source = source }
}

struct LoadCode {
  let module: String
  let range: ByteRange
  let bindings: [(name: String, global: Int, range: ByteRange)]
}

/// The code of a function, or of a file's top level.
final class Code {
  struct Parameter {
    let name: StringObject
    /// Counts from the function's first default; nil for a required parameter.
    let defaultIndex: Int?
  }

  enum Capture {
    /// The cell in a register of the enclosing function.
    case register(Int)
    /// A captured cell of the enclosing function.
    case free(Int)
  }

  let name: String
  let file: FileCode
  let range: ByteRange
  let instructions: UnsafeMutablePointer<Instruction>
  let instructionCount: Int
  let constants: UnsafeMutablePointer<Value>
  let constantCount: Int
  /// The source of each instruction.
  let ranges: [ByteRange]
  let nested: [Code]
  let registerCount: Int
  let captures: [Capture]
  /// Names of the captured cells.
  let captureNames: [String]
  /// Names of local registers, for messages.
  let localNames: [String]

  /// Positional ones first, then named-only ones. They are the registers from 0 on, followed by `*args` and `**kwargs`.
  let parameters: [Parameter]
  let positionalCount: Int
  let hasRest: Bool
  let hasNamedRest: Bool
  /// No defaults, no named-only, no rest: a call with exactly the positional arguments needs no binding.
  let isPlain: Bool

  struct Body {
    var name: String
    var range: ByteRange
    var instructions: [Instruction] = []
    var ranges: [ByteRange] = []
    var constants: [Value] = []
    var nested: [Code] = []
    var registerCount = 0
    var captures: [Capture] = []
    var captureNames: [String] = []
    var localNames: [String] = []
    var parameters: [Parameter] = []
    var positionalCount = 0
    var hasRest = false
    var hasNamedRest = false
  }

  init(_ body: Body, file: FileCode) {
    name = body.name
    self.file = file
    range = body.range
    instructionCount = body.instructions.count
    instructions = .allocate(capacity: max(1, instructionCount))
    instructions.initialize(from: body.instructions, count: instructionCount)
    constantCount = body.constants.count
    constants = .allocate(capacity: max(1, constantCount))
    constants.initialize(from: body.constants, count: constantCount)
    ranges = body.ranges
    nested = body.nested
    registerCount = body.registerCount
    captures = body.captures
    captureNames = body.captureNames
    localNames = body.localNames
    parameters = body.parameters
    positionalCount = body.positionalCount
    hasRest = body.hasRest
    hasNamedRest = body.hasNamedRest
    isPlain = !hasRest && !hasNamedRest && positionalCount == parameters.count
  }

  deinit {
    instructions.deinitialize(count: instructionCount)
    instructions.deallocate()
    constants.deinitialize(count: constantCount)
    constants.deallocate()
  }
}

/// A function of the language: code, the module it came from, defaults and captured variables.
package final class FunctionObject {
  let code: Code
  let module: ModuleInstance
  private(set) var defaults: [Value]
  private(set) var cells: [CellObject]
  var isFrozen = false

  init(code: Code, module: ModuleInstance, defaults: [Value], cells: [CellObject]) {
    self.code = code
    self.module = module
    self.defaults = defaults
    self.cells = cells
  }

  deinit {
    guard !cells.isEmpty || !defaults.isEmpty else { return }
    var held = defaults + cells.map { .hidden($0) }
    defaults = []
    cells = []
    Graveyard.bury(&held)
  }

  package var name: String { code.name }
  /// The file that defines it.
  package var file: String { code.file.source.path }
  /// The parameters that can be given by name, in order.
  package var parameterNames: [String] { code.parameters.map(\.name.text) }
}
