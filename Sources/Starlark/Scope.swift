// What names stand for: the scopes of a file and the resolution of each use of a name.

internal import StarlarkSyntax

/// What one use of a name stands for.
enum Resolution {
  /// A local of the current function (a register, perhaps holding a cell).
  case local(Int)
  /// A captured variable of the current function.
  case free(Int)
  case global(Int)
  case predeclared(Int)
  /// Reported as an error already.
  case unknown
}

/// A function (or a file's top level, or a lambda) while it is resolved and compiled.
final class FunctionScope {
  struct Local {
    let name: Int32
    /// A nested function captured it, so it lives in a cell.
    var isCaptured = false
  }

  let parent: FunctionScope?
  var locals: [Local] = []
  var captures: [Code.Capture] = []
  var captureNames: [Int32] = []
  /// Scopes within the function, innermost last: the function's own, then those of the comprehensions around the current place.
  var blocks: [[Int32: Int]] = [[:]]

  init(parent: FunctionScope?) { self.parent = parent }

  func declare(_ name: Int32) -> Int {
    locals.append(Local(name: name))
    blocks[blocks.count - 1][name] = locals.count - 1
    return locals.count - 1
  }

  func local(named name: Int32) -> Int? {
    for block in blocks.reversed() {
      if let index = block[name] { return index }
    }
    return nil
  }

  /// The captured cell of a name that an enclosing function owns; nil where none does.
  func capture(_ name: Int32) -> Int? {
    guard let parent else { return nil }
    let capture: Code.Capture
    if let index = parent.local(named: name) {
      parent.locals[index].isCaptured = true
      capture = .register(index)
    } else if let index = parent.capture(name) {
      capture = .free(index)
    } else {
      return nil
    }
    for (i, known) in captures.enumerated() {
      switch (known, capture) {
      case (.register(let a), .register(let b)) where a == b: return i
      case (.free(let a), .free(let b)) where a == b: return i
      default: break
      }
    }
    captures.append(capture)
    captureNames.append(name)
    return captures.count - 1
  }
}
