// One evaluation: its limits, its stack, its handlers, and the way in from Swift.

package import Diagnostics
internal import StarlarkSyntax

/// What one evaluation may use before it is stopped with an error.
package struct EvaluationLimits: Sendable {
  /// Instructions, plus work done by builtins on their behalf.
  package var steps = 50_000_000
  /// Starlark calls inside one another.
  package var depth = 200
  /// Bytes of live values, estimated.
  package var heapBytes = 256 << 20

  package init() {}
}

/// A thread of Starlark evaluation: not an operating system thread, but used by one at a time.
///
/// It owns the values it makes until they are frozen. Several may run at once and share frozen values only.
package final class EvaluationThread {
  package let limits: EvaluationLimits
  /// Receives each line of `print`, and the place of the call.
  package var print: (String, SourceLocation?) -> Void = { _, _ in }
  /// Answers `load("module", …)`. May throw; a thrown `Diagnostic` or `UserError` is reported with this load in its call stack.
  package var load: (_ module: String, _ at: SourceLocation) throws -> FrozenModule = { module, _ in
    throw EvaluationError("cannot load `\(module)`: nothing can be loaded here")
  }
  /// The embedder's own, for its builtins to find.
  package var userData: AnyObject?

  /// What the instruction loop touches all the time, outside the reach of exclusivity checks.
  struct State {
    var stepsLeft: Int
    /// Bytes that may be allocated before live values are counted anew.
    var heapLeft: Int
    var frameCount = 0
    var stackTop: UnsafeMutablePointer<Value>
    var stackEnd: UnsafeMutablePointer<Value>
  }

  struct Frame {
    let function: FunctionObject
    let registers: UnsafeMutablePointer<Value>
    /// The index after the current instruction.
    var next: Int
    /// The caller's register for the result.
    let result: Int
    /// Where the stack continues when this frame ends.
    let stackTop: UnsafeMutablePointer<Value>
    let stackEnd: UnsafeMutablePointer<Value>
    /// A piece of stack made for this frame alone, because the current one was full.
    let ownPiece: UnsafeMutablePointer<Value>?
  }

  let state: UnsafeMutablePointer<State>
  let frames: UnsafeMutablePointer<Frame>
  private let stack: UnsafeMutablePointer<Value>
  static let stackPieceSize = 8192

  package init(limits: EvaluationLimits = EvaluationLimits()) {
    self.limits = limits
    stack = .allocate(capacity: Self.stackPieceSize)
    frames = .allocate(capacity: max(1, limits.depth))
    state = .allocate(capacity: 1)
    state.initialize(
      to: State(stepsLeft: limits.steps, heapLeft: limits.heapBytes, stackTop: stack, stackEnd: stack + Self.stackPieceSize))
  }

  deinit {
    // No frame outlives `run` and `call`, so the stack holds no value here.
    state.deinitialize(count: 1)
    state.deallocate()
    frames.deallocate()
    stack.deallocate()
  }

  /// Gives the next call all the steps that the limits allow: for a thread that is used for one call after another.
  package func renewSteps() { state.pointee.stepsLeft = limits.steps }

  /// Instructions used so far.
  package var steps: Int { limits.steps - state.pointee.stepsLeft }

  /// Calls a function (or anything callable) with the given arguments.
  ///
  /// Frozen functions may be called by any number of evaluation threads at once.
  /// - Throws: the error with its place and call stack.
  package func call(_ function: Value, _ positional: [Value], named: [(String, Value)] = []) throws(Diagnostic) -> Value {
    do {
      return try invoke(function, positional, named.map { StringObject($0.0) }, named.map(\.1))
    } catch {
      throw diagnostic(for: error)
    }
  }

  // MARK: Where we are

  /// The Starlark frames, outermost first; each is at the place of its current instruction.
  package var callStack: [Diagnostic.Frame] {
    (0..<state.pointee.frameCount).map { i in
      let frame = frames[i]
      return Diagnostic.Frame(function: frame.function.code.name, location: location(of: frame))
    }
  }

  /// The place of the innermost Starlark frame, or nil outside of any.
  package var currentLocation: SourceLocation? {
    let count = state.pointee.frameCount
    return count == 0 ? nil : location(of: frames[count - 1])
  }

  /// The place of the outermost frame whose file is `file` (a BUILD file whose macro is being run), or nil.
  package func outermostLocation(in file: String) -> SourceLocation? {
    for i in 0..<state.pointee.frameCount where frames[i].function.code.file.source.path == file { return location(of: frames[i]) }
    return nil
  }

  private func range(of frame: Frame) -> ByteRange {
    let ranges = frame.function.code.ranges
    return ranges.isEmpty ? frame.function.code.range : ranges[max(0, min(frame.next - 1, ranges.count - 1))]
  }

  private func location(of frame: Frame) -> SourceLocation { frame.function.code.file.source.location(of: range(of: frame)) }

  // MARK: Errors

  /// Gives an error the place and call stack of this moment, unless it brings its own.
  func diagnostic(for error: any Error) -> Diagnostic {
    switch error {
    case var known as Diagnostic:
      if known.location == nil { place(&known) }
      return known
    case let known as UserError:
      var first = known.diagnostics.first ?? Diagnostic(.error, "failed")
      if first.location == nil { place(&first) }
      for other in known.diagnostics.dropFirst().prefix(10) {
        let place = other.location.map { "\($0.file):\($0.position.line):\($0.position.column): " } ?? ""
        first.notes.append(place + other.message)
      }
      return first
    case let known as EvaluationError:
      var made = Diagnostic(.error, known.message, hint: known.hint)
      made.isRefusal = known.isRefusal
      place(&made)
      return made
    case let known as MachineError:
      var made = known.diagnostic
      if made.location == nil { place(&made) }
      return made
    default:
      var made = Diagnostic(.error, "\(error)")
      place(&made)
      return made
    }
  }

  private func place(_ diagnostic: inout Diagnostic) {
    let count = state.pointee.frameCount
    guard count > 0 else { return }
    let frame = frames[count - 1]
    diagnostic.location = location(of: frame)
    diagnostic.sourceLine = frame.function.code.file.source.line(at: range(of: frame).start)
    if count > 1 { diagnostic.callStack = callStack }
  }
}
