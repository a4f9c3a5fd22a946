// A function that a plugin registered: at hand, or to be had by evaluating the plugin's file.

package import Diagnostics
internal import Host
package import Starlark

/// A frozen function of a plugin, and where it was registered.
///
/// One whose registration was remembered costs nothing until it is called: then its file is evaluated, and what it loads.
package struct PluginFunction: Sendable {
  /// Where it is among the plugins: with `location`, the same whether it was remembered or not.
  let place: Place
  package let location: SourceLocation?
  private let source: Source

  /// The file that registered it, and its number among those that the file registered.
  struct Place: Hashable, Sendable {
    let file: String
    let number: Int
  }

  private enum Source: @unchecked Sendable {  // frozen Starlark values are immutable, see `FrozenModule`
    case made(Value)
    case remembered(RememberedFunction)
  }

  /// - Parameter value: is frozen before anybody calls it.
  init(_ value: Value, at place: Place, location: SourceLocation?) {
    self.place = place
    self.location = location
    source = .made(value)
  }

  init(rememberedAt place: Place, location: SourceLocation?, loader: PluginLoader) {
    self.place = place
    self.location = location
    source = .remembered(RememberedFunction(place, loader))
  }

  /// The function itself. It is never mutated after its module was frozen, so every thread may call it.
  /// - Throws: why the plugin's file cannot be evaluated.
  package func value() throws(Diagnostic) -> Value {
    switch source {
    case .made(let value): return value
    case .remembered(let function): return try function.value()
    }
  }
}

/// A function that is made when it is first wanted.
private final class RememberedFunction: @unchecked Sendable {  // `made` holds a frozen value, and is touched under its lock only
  private let place: PluginFunction.Place
  private let loader: PluginLoader
  private let made = Monitor<Value?>(nil)

  init(_ place: PluginFunction.Place, _ loader: PluginLoader) {
    self.place = place
    self.loader = loader
  }

  func value() throws(Diagnostic) -> Value {
    if let known = made.withLock({ $0 }) { return known }
    let value = try loader.function(at: place)
    made.withLock { $0 = value }
    return value
  }
}
