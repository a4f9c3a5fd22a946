// `@file`: an option's value that a file holds.

internal import Formats
internal import Host

/// What a value that begins with `@` stands for.
enum FileReference {
  enum Expansion {
    /// An optional file is missing.
    case none
    case text(String)
    case value(OptionValue)
  }

  /// `@path`, `@?path` (may be missing), `@path:a.b` (a value inside of a JSON, TOML or YAML file), `@@text` for a text that begins with `@`.
  /// Any other value is itself.
  static func expanded(_ value: OptionValue, from absolute: (String) -> String) throws(ValueError) -> Expansion {
    guard case .string(let text) = value, text.utf8.first == UInt8(ascii: "@") else { return .value(value) }
    if text.hasPrefix("@@") { return .text(String(text.dropFirst())) }
    let isOptional = text.hasPrefix("@?")
    let reference = String(text.dropFirst(isOptional ? 2 : 1))
    // A path may have a colon in it.
    let isPath = Files.exists(absolute(reference))
    let parts = isPath ? [reference] : reference.split(separator: ":", maxSplits: 1).map(String.init)
    guard let path = parts.first else { throw ValueError("names no file behind its `@`") }
    if isOptional, !Files.exists(absolute(path)) { return .none }
    let bytes: [UInt8]
    do throws(FileError) { bytes = try Files.read(absolute(path)) } catch { throw ValueError("wants a file: \(error)") }
    guard var value = try structured(bytes, path) else {
      guard var text = String(validating: bytes, as: UTF8.self) else { throw ValueError("wants `\(path)`, which is no valid UTF-8") }
      if parts.count > 1 { throw ValueError("wants a value inside of `\(path)`, which is no JSON, TOML or YAML file") }
      while text.last?.isWhitespace == true { text.removeLast() }
      return .text(String(text.drop { $0.isWhitespace }))
    }
    for name in parts.count > 1 ? parts[1].split(separator: ".").map(String.init) : [] {
      guard case .dictionary(let entries) = value, let entry = entries.first(where: { $0.name == name }) else {
        throw ValueError("wants `\(name)` in `\(path)`, which is not there")
      }
      value = entry.value
    }
    return .value(value)
  }

  /// The value that a file's format holds; nil for a file of plain text.
  private static func structured(_ bytes: [UInt8], _ path: String) throws(ValueError) -> OptionValue? {
    if path.hasSuffix(".json") {
      do throws(FormatError) {
        return OptionValue(try JSON.parse(bytes))
      } catch {
        throw ValueError("wants `\(path)`: \(path):\(error)")
      }
    }
    if path.hasSuffix(".yaml") || path.hasSuffix(".yml") {
      do throws(FormatError) {
        return OptionValue(try YAML.parse(bytes))
      } catch {
        throw ValueError("wants `\(path)`: \(path):\(error)")
      }
    }
    if path.hasSuffix(".toml") {
      do throws(TOMLErrors) {
        return OptionValue(TOMLValue(.table(try TOML.parse(bytes)), at: TextPosition(line: 1, column: 1)))
      } catch {
        throw ValueError("wants `\(path)`: \(error.errors.map { "\(path):\($0)" }.joined(separator: "; "))")
      }
    }
    return nil
  }
}
