// The syntax tree: plain nodes in one array, children by number.

/// A node's place in `Tree.nodes`; -1 stands for an absent child.
package typealias NodeID = Int32

package enum NodeKind: UInt8, Sendable {
  // Expressions. `list a, b` means: the b children from `Tree.children[a]` on.
  /// a: the name's number
  case name
  /// a: index into `integers`
  case integer
  /// a: index into `floats`
  case float
  /// a: index into `strings`
  case string
  /// a: index into `byteStrings`
  case bytes
  case none, `true`, `false`
  /// list a, b: `string` and `formatted` nodes
  case formattedString
  /// a: expression, b: 0, `r` or `s`, c: a `formattedString` that is the specification, or -1
  case formatted
  /// list a, b: expressions and `star`
  case list
  /// list a, b; flag 1 if in parentheses
  case tuple
  /// list a, b: `entry` and `doubleStar`
  case dict
  /// a: key, b: value
  case entry
  /// a: expression
  case star, doubleStar
  /// flag: `UnaryOperator`, a: operand
  case unary
  /// flag: `BinaryOperator`, a and b: operands
  case binary
  /// a: condition, b: then, c: else
  case conditional
  /// a: object, b: the name's number
  case attribute
  /// a: object, b: key
  case index
  /// a: object, list b of three: from, to, step, each perhaps -1
  case slice
  /// a: callee, list b, c: expressions, `keywordArgument`, `star`, `doubleStar`
  case call
  /// a: the name's number, b: value
  case keywordArgument
  /// flag 0: list, 1: dict (c is an `entry`), 2: a call's generator argument; list a, b: `forClause`, `ifClause`; c: the element
  case comprehension
  /// a: target, b: iterable
  case forClause
  /// a: condition
  case ifClause
  /// list a, b: parameters; c: the body expression
  case lambda
  /// flag: `ParameterKind`, a: the name's number, b: default or -1, c: annotation or -1
  case parameter

  // Statements.
  /// list a, b: statements
  case block
  /// a: expression
  case expression
  /// a: target, b: value or -1 (an annotation alone)
  case assignment
  /// flag: `BinaryOperator`, a: target, b: value
  case augmentedAssignment
  /// a: the name's number, list b of c: parameters, then the body's block
  case function
  /// list a, b: condition, block, condition, block …; c: the else block or -1
  case `if`
  /// a: target, b: iterable, c: block
  case `for`
  /// a: value or -1
  case `return`
  case `break`, `continue`, pass
  /// a: `string` of the module, list b, c: `loadBinding`
  case load
  /// a: the local name's number, b: the `string` of the name there
  case loadBinding
  /// a: the message expression or -1
  case raise
  /// a: condition, b: message or -1
  case `assert`
}

package enum UnaryOperator: UInt8, Sendable { case minus, plus, invert, not }

package enum BinaryOperator: UInt8, Sendable {
  case add, subtract, multiply, divide, floorDivide, modulo, bitAnd, bitOr, bitXor, shiftLeft, shiftRight
  case equal, notEqual, less, lessEqual, greater, greaterEqual, contained, notContained
  case and, or
}

package enum ParameterKind: UInt8, Sendable { case ordinary, rest, namedRest, bareStar }

package struct Node: Sendable {
  package let kind: NodeKind
  package let flag: UInt8
  package let start: UInt32
  package let end: UInt32
  package let a: Int32
  package let b: Int32
  package let c: Int32

  package var range: ByteRange { ByteRange(start: start, end: end) }
}

/// A parsed file. Comments and layout stay reachable through `tokens`: see `SourcePrinter`.
package struct Tree: Sendable {
  package let source: SourceFile
  package internal(set) var nodes: [Node] = []
  package internal(set) var children: [NodeID] = []
  package internal(set) var integers: [Int] = []
  package internal(set) var floats: [Double] = []
  package internal(set) var strings: [String] = []
  package internal(set) var byteStrings: [[UInt8]] = []
  package internal(set) var names: NameTable
  package internal(set) var tokens: [Token] = []
  /// The block of the file's top level.
  package internal(set) var root: NodeID = -1

  package subscript(_ id: NodeID) -> Node {
    _read { yield nodes[Int(id)] }
  }

  package func list(_ offset: Int32, _ count: Int32) -> ArraySlice<NodeID> { children[Int(offset)..<Int(offset + count)] }
}
