// Letting go of deeply nested values without deep recursion, so that no program can overflow the stack by what it leaves behind.

internal import Glibc

extension Value {
  /// Whether letting go of it may let go of further values.
  var isContainer: Bool {
    switch self {
    case .none, .bool, .int, .float, .string, .bytes, .range, .unbound: false
    case .list, .tuple, .dict, .set, .function, .builtin, .structure, .host, .hidden: true
    }
  }
}

/// Where containers leave their elements when they die. Up to a depth they are let go at once; below it they wait in a list that the
/// outermost burial empties. One per thread.
enum Graveyard {
  private final class Yard {
    var depth = 0
    var waiting: [[Value]] = []
  }

  private static let depthLimit = 64

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { pointer in
      if let pointer { Unmanaged<Yard>.fromOpaque(pointer).release() }
    }
    return key
  }()

  private static var yard: Yard {
    if let pointer = pthread_getspecific(key) { return Unmanaged<Yard>.fromOpaque(pointer).takeUnretainedValue() }
    let yard = Yard()
    pthread_setspecific(key, Unmanaged.passRetained(yard).toOpaque())
    return yard
  }

  static func bury(_ values: inout [Value]) {
    let yard = yard
    if yard.depth >= depthLimit {
      yard.waiting.append(values)
      values = []
      return
    }
    yard.depth += 1
    values = []
    while yard.depth == 1, let last = yard.waiting.popLast() { _ = consume last }
    yard.depth -= 1
  }
}
