// The globals of a file that was run, and what may be shared between threads once they are frozen.

internal import StarlarkSyntax

/// A file that was run: its globals, still changeable by the thread that ran it.
package final class Module {
  let instance: ModuleInstance

  init(_ instance: ModuleInstance) { self.instance = instance }

  /// The names assigned at the top level, in source order of their first assignment; loaded names are not among them.
  package var names: [String] { instance.exportedNames }

  /// The value of a global, or nil where there is none (or it was never assigned). Loaded names count.
  package func global(named name: String) -> Value? { instance.global(named: name) }

  /// Makes every value reachable from the globals immutable for good. The module must not be run further.
  package func freeze() -> FrozenModule {
    instance.freeze()
    return FrozenModule(instance)
  }
}

/// A frozen file. Any number of threads may read it and call its functions at once.
package final class FrozenModule: @unchecked Sendable {  // every reachable value was frozen before, and frozen values never change.
  let instance: ModuleInstance

  init(_ instance: ModuleInstance) { self.instance = instance }

  package var file: String { instance.file }

  /// What `load` may take: names assigned at the top level that do not begin with `_`, in source order.
  package var names: [String] { instance.exportedNames.filter { !$0.hasPrefix("_") } }

  /// The value of a global, private names included.
  package func global(named name: String) -> Value? { instance.global(named: name) }
}

/// A frozen value on its own, to keep in `Sendable` types and use on any thread.
package struct FrozenValue: @unchecked Sendable {  // the value was frozen by the initialiser, and frozen values never change.
  package let value: Value

  /// Freezes the value and all it reaches. Its owner must not want to change it any more. A function of a module that still runs may be
  /// called by other threads only after that module was frozen too.
  package init(freezing value: Value) {
    freeze([value])
    self.value = value
  }
}

/// The globals of one run of one program. Functions hold it; the evaluator writes it until it is frozen.
final class ModuleInstance {
  let code: Code
  /// One per global slot, in the order of `code.globalNames`.
  let globals: UnsafeMutablePointer<Value>
  /// The values of `code.predeclaredNames`.
  let predeclared: [Value]
  private(set) var isFrozen = false
  /// While its top level runs, freezing one of its functions leaves the globals alone.
  var isRunning = false

  init(code: Code, predeclared: [Value]) {
    self.code = code
    self.predeclared = predeclared
    globals = .allocate(capacity: max(1, code.file.globalNames.count))
    globals.initialize(repeating: .unbound, count: code.file.globalNames.count)
  }

  deinit {
    globals.deinitialize(count: code.file.globalNames.count)
    globals.deallocate()
  }

  var file: String { code.file.source.path }

  var globalValues: [Value] { (0..<code.file.globalNames.count).map { globals[$0] } }

  var exportedNames: [String] {
    code.file.globalNames.indices.filter { !code.file.isLoaded[$0] && !globals[$0].isUnbound }.map { code.file.globalNames[$0] }
  }

  func global(named name: String) -> Value? {
    guard let i = code.file.globalNames.firstIndex(of: name), !globals[i].isUnbound else { return nil }
    return globals[i]
  }

  func freeze() {
    guard !isFrozen else { return }
    isFrozen = true
    Starlark.freeze(globalValues)
  }
}
