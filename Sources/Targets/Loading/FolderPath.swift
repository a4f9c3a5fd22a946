// What `build_file_dir()` gives: a path that macros take apart by its parts.

internal import Starlark

/// A relative path without `.` and empty parts; immutable.
///
///     build_file_dir().parent / "BUILD"        f"//{build_file_dir()}:files"
final class FolderPath: HostValue {
  private let parts: [String]

  init(_ path: String) { parts = path.split(separator: "/").map(String.init).filter { $0 != "." } }
  private init(parts: [String]) { self.parts = parts }

  var typeName: String { "path" }
  /// `.` for the workspace's root, as a path says it.
  var repr: String { parts.isEmpty ? "." : parts.joined(separator: "/") }
  var hash: Int? { parts.hashValue }
  func isEqual(to other: any HostValue) -> Bool { (other as? FolderPath)?.parts == parts }
  func isLess(than other: any HostValue) -> Bool? { (other as? FolderPath).map { parts.lexicographicallyPrecedes($0.parts) } }

  let attributeNames = [
    "as_posix", "is_absolute", "is_relative_to", "joinpath", "name", "parent", "parents", "parts", "relative_to", "stem", "suffix",
    "with_name",
  ]

  func attribute(named attribute: String) -> Value? {
    switch attribute {
    case "name": Value(name)
    case "stem": Value(suffix.isEmpty ? name : String(name.dropLast(suffix.count)))
    case "suffix": Value(suffix)
    case "parts": Value(tuple: parts.map { Value($0) })
    case "parent": Value(FolderPath(parts: parts.dropLast()))
    case "parents": Value(tuple: parts.indices.reversed().map { Value(FolderPath(parts: Array(parts[..<$0]))) })
    case "as_posix":
      method(attribute, 0) { path, _ in Value(path.repr) }
    case "is_absolute":
      method(attribute, 0) { _, _ in Value(false) }
    case "joinpath":
      method(attribute, 1...) { path, others in Value(try others.reduce(path) { try $0.joined(with: $1) }) }
    case "with_name":
      method(attribute, 1...1) { path, names in
        Value(try FolderPath(parts: path.parts.dropLast()).joined(with: names[0]))
      }
    case "is_relative_to":
      method(attribute, 1...1) { path, others in Value(path.parts.starts(with: try FolderPath.parts(of: others[0]))) }
    case "relative_to":
      method(attribute, 1...1) { path, others in
        let above = try FolderPath.parts(of: others[0])
        guard path.parts.starts(with: above) else { throw EvaluationError("`\(path.repr)` is not below `\(str(others[0]))`") }
        return Value(FolderPath(parts: Array(path.parts.dropFirst(above.count))))
      }
    default: nil
    }
  }

  /// `path / "x"`; and `path + "x"`, for who takes it for a text.
  func binary(_ op: String, _ other: Value, isReversed: Bool) throws -> Value? {
    switch (op, isReversed) {
    case ("/", false): Value(try joined(with: other))
    case ("+", false): other.asString.map { Value(repr + $0) }
    case ("+", true): other.asString.map { Value($0 + repr) }
    default: nil
    }
  }

  private var name: String { parts.last ?? "" }

  private var suffix: String {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex, name.index(after: dot) != name.endIndex else { return "" }
    return String(name[dot...])
  }

  private func joined(with other: Value) throws -> FolderPath { FolderPath(parts: parts + (try FolderPath.parts(of: other))) }

  private static func parts(of value: Value) throws -> [String] {
    if let text = value.asString { return FolderPath(text).parts }
    if case .host(let boxed) = value, let path = boxed.value as? FolderPath { return path.parts }
    throw EvaluationError("a path or a string is expected, not \(value.typeName)")
  }

  private func method(_ name: String, _ count: Int, _ body: @escaping (FolderPath, [Value]) throws -> Value) -> Value {
    method(name, count...count, body)
  }

  private func method(
    _ name: String, _ count: some RangeExpression<Int>, _ body: @escaping (FolderPath, [Value]) throws -> Value
  ) -> Value {
    .builtin(name) { [self] call in
      guard count.contains(call.positionalCount), call.named.isEmpty else {
        throw EvaluationError("`\(name)` of a path does not take these arguments")
      }
      return try body(self, call.positional.map { $0 })
    }
  }
}
