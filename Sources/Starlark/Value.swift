// A Starlark value: sixteen bytes, small ones inline, the rest a counted reference.

/// Any value of the language.
///
/// A value belongs to the thread that made it until it is frozen; from then on it never changes and every thread may read it
/// (see `FrozenValue`). Reference counts are atomic.
package enum Value {
  case none
  case bool(Bool)
  /// 64 bits. Arithmetic that leaves this range is the error `integer overflow`.
  case int(Int)
  case float(Double)
  case string(StringObject)
  case bytes(BytesObject)
  case list(ListObject)
  case tuple(TupleObject)
  case dict(DictObject)
  case set(SetObject)
  case range(RangeObject)
  case function(FunctionObject)
  case builtin(BuiltinObject)
  case structure(StructObject)
  case host(HostObject)
  /// The evaluator's own: an iterator, a captured variable. Never seen by an embedder.
  case hidden(HiddenObject)
  /// The evaluator's own: a register or global that holds nothing yet.
  case unbound
}

// MARK: - Making values

extension Value {
  package init(_ text: String) { self = .string(StringObject(text)) }
  package init(_ number: Int) { self = .int(number) }
  package init(_ truth: Bool) { self = .bool(truth) }
  package init(_ number: Double) { self = .float(number) }
  /// A new, mutable list.
  package init(_ elements: [Value]) { self = .list(ListObject(elements)) }
  package init(_ strings: [String]) { self = .list(ListObject(strings.map { Value($0) })) }
  package init(_ value: any HostValue) { self = .host(HostObject(value)) }
  package init(bytes: [UInt8]) { self = .bytes(BytesObject(bytes)) }
  package init(tuple elements: [Value]) { self = .tuple(TupleObject(elements)) }

  /// A new, mutable dict in the entries' order; a key that comes twice keeps its first place and its last value.
  /// - Throws: `EvaluationError` for a key that cannot be hashed.
  package init(dict entries: [(Value, Value)]) throws {
    let dict = DictObject()
    for (key, value) in entries { try dict.table.set(key, value) }
    self = .dict(dict)
  }

  /// A new, mutable dict with string keys.
  package init(dict entries: [(String, Value)]) {
    let dict = DictObject()
    for (key, value) in entries { dict.table.set(string: StringObject(key), value) }
    self = .dict(dict)
  }

  /// `struct(**fields)`, in the fields' order.
  package init(struct fields: [(String, Value)]) { self = .structure(StructObject(fields)) }

  /// A function of the embedder's, called as `name(…)`.
  package static func builtin(_ name: String, _ body: @escaping BuiltinBody) -> Value { .builtin(BuiltinObject(name: name, body: body)) }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
  package init(stringLiteral text: String) { self.init(text) }
  package init(integerLiteral number: Int) { self = .int(number) }
  package init(booleanLiteral truth: Bool) { self = .bool(truth) }
}

// MARK: - Reading values

extension Value {
  var isUnbound: Bool { if case .unbound = self { true } else { false } }
  package var isNone: Bool { if case .none = self { true } else { false } }
  package var asBool: Bool? { if case .bool(let truth) = self { truth } else { nil } }
  package var asInt: Int? { if case .int(let number) = self { number } else { nil } }
  package var asFloat: Double? { if case .float(let number) = self { number } else { nil } }
  package var asString: String? { if case .string(let object) = self { object.text } else { nil } }
  package var asBytes: [UInt8]? { if case .bytes(let object) = self { object.bytes } else { nil } }
  package var asHost: (any HostValue)? { if case .host(let object) = self { object.value } else { nil } }

  /// The elements of a list or a tuple.
  package var asList: [Value]? {
    switch self {
    case .list(let object): object.elements
    case .tuple(let object): object.elements
    default: nil
    }
  }

  /// The elements of a list or a tuple that holds strings only.
  package var asStrings: [String]? {
    guard let elements = asList else { return nil }
    var strings: [String] = []
    strings.reserveCapacity(elements.count)
    for element in elements {
      guard let text = element.asString else { return nil }
      strings.append(text)
    }
    return strings
  }

  /// The entries of a dict, in insertion order.
  package var asDictEntries: [(Value, Value)]? {
    guard case .dict(let object) = self else { return nil }
    return object.table.entries
  }

  /// The fields of a `struct(…)`, in the order they were given.
  package var asStructFields: [(String, Value)]? {
    guard case .structure(let object) = self else { return nil }
    return zip(object.names, object.values).map { ($0.text, $1) }
  }

  /// The elements of anything that can be iterated: list, tuple, set, range, a dict's keys. Nil for the rest.
  package var asSequence: [Value]? {
    switch self {
    case .list(let object): object.elements
    case .tuple(let object): object.elements
    case .dict(let object): object.table.keys
    case .set(let object): object.table.keys
    case .range(let object): object.elements
    case .host(let object): object.elements
    default: nil
    }
  }

  /// What `type(x)` answers.
  package var typeName: String {
    switch self {
    case .none: "NoneType"
    case .bool: "bool"
    case .int: "int"
    case .float: "float"
    case .string: "string"
    case .bytes: "bytes"
    case .list: "list"
    case .tuple: "tuple"
    case .dict: "dict"
    case .set: "set"
    case .range: "range"
    case .function: "function"
    case .builtin: "builtin_function_or_method"
    case .structure: "struct"
    case .host(let object): object.typeName
    case .hidden, .unbound: "unbound"
    }
  }

  /// Whether the value counts as true in a condition.
  package var isTrue: Bool {
    switch self {
    case .none, .hidden, .unbound: false
    case .bool(let truth): truth
    case .int(let number): number != 0
    case .float(let number): number != 0
    case .string(let object): !object.text.utf8.isEmpty
    case .bytes(let object): !object.bytes.isEmpty
    case .list(let object): !object.elements.isEmpty
    case .tuple(let object): !object.elements.isEmpty
    case .dict(let object): object.table.count != 0
    case .set(let object): object.table.count != 0
    case .range(let object): object.count != 0
    case .function, .builtin, .structure: true
    case .host(let object): object.isTrue
    }
  }

  /// Whether two values are the same object (or the same plain value): cheaper and narrower than `==` of the language.
  package func isIdentical(to other: Value) -> Bool {
    switch (self, other) {
    case (.none, .none): true
    case (.bool(let a), .bool(let b)): a == b
    case (.int(let a), .int(let b)): a == b
    default: reference != nil && reference === other.reference
    }
  }

  /// The object behind the value, or nil for what is stored inline.
  var reference: AnyObject? {
    switch self {
    case .none, .bool, .int, .float, .unbound: nil
    case .string(let object): object
    case .bytes(let object): object
    case .list(let object): object
    case .tuple(let object): object
    case .dict(let object): object
    case .set(let object): object
    case .range(let object): object
    case .function(let object): object
    case .builtin(let object): object
    case .structure(let object): object
    case .host(let object): object.value
    case .hidden(let object): object
    }
  }
}

/// Something a Starlark program did wrong, told without a place: the evaluator adds the place and the call stack.
package struct EvaluationError: Error, Hashable, Sendable {
  /// What happened, without a full stop at its end.
  package let message: String
  package let hint: String?
  /// Whether it is about what the program was given, and not about the program: `fail`.
  package let isRefusal: Bool

  package init(_ message: String, hint: String? = nil, isRefusal: Bool = false) {
    self.message = message
    self.hint = hint
    self.isRefusal = isRefusal
  }
}
