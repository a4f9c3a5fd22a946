// A compiled file: what it loads, which free names it uses, and running it.

package import Diagnostics
internal import StarlarkSyntax

/// What becomes of a name that is neither defined in the file nor predeclared nor part of the language.
package enum UnresolvedPolicy {
  /// An error with a did-you-mean.
  case error
  /// The embedder decides, once per name, at its first use: a value stands in for the name; nil makes it the error.
  /// `isCalled` tells whether that first use is the callee of a call, `name(…)`.
  case predeclare((_ name: String, _ at: SourceLocation, _ isCalled: Bool) -> Value?)
}

/// A file, compiled. It may be run more than once, by one evaluation thread at a time.
package final class Program {
  package struct Load: Sendable {
    package let module: String
    package let location: SourceLocation
  }

  /// Every `load`, in source order.
  package let loads: [Load]
  /// The predeclared names that the file uses, in order of first use: those of the language itself and those the policy supplied excepted.
  package let freeNames: [String]
  let code: Code
  /// Values for the predeclared slots that are not the embedder's, by name.
  let supplied: [String: Value]
  private let dialect: Dialect

  init(code: Code, freeNames: [String], supplied: [String: Value], dialect: Dialect) {
    self.dialect = dialect
    self.code = code
    self.freeNames = freeNames
    self.supplied = supplied
    loads = code.file.loads.map { Load(module: $0.module, location: code.file.source.location(of: $0.range)) }
  }

  package var file: String { code.file.source.path }

  /// Parses, resolves and compiles a file.
  ///
  /// - Parameters:
  ///   - file: the path for messages, relative to the workspace's root.
  ///   - predeclared: the names that `run` will be given values for, beyond those of the language.
  /// - Throws: every syntax error, or every name error, of the file.
  package static func compile(
    source: [UInt8], file: String, dialect: Dialect, predeclared: Set<String> = [], unresolved: UnresolvedPolicy = .error
  ) throws(UserError) -> Program {
    try compile(
      source: source, file: file, dialect: dialect, isPredeclared: { predeclared.contains($0) }, candidates: { Array(predeclared) },
      unresolved: unresolved)
  }

  /// Runs the file's top level. A predeclared name without a value here is an error when it is used.
  /// - Throws: the first error with its place and call stack.
  package func run(on thread: EvaluationThread, predeclared: [String: Value] = [:]) throws(Diagnostic) -> Module {
    let values = code.file.predeclaredNames.map { supplied[$0] ?? predeclared[$0] ?? .unbound }
    let instance = ModuleInstance(code: code, predeclared: values)
    if dialect.allowsGlobalReassignment {
      // `files = wrap(files)`: until it is assigned, a global has the value that its name has outside of the file.
      for (i, name) in code.file.globalNames.enumerated() {
        if let outer = predeclared[name] ?? universe[name] { instance.globals[i] = outer }
      }
    }
    let function = FunctionObject(code: code, module: instance, defaults: [], cells: [])
    instance.isRunning = true
    defer { instance.isRunning = false }
    _ = try thread.call(.function(function), [])
    return Module(instance)
  }
}
