// The name of a target: where its BUILD file lies, what it is called there, and what was generated from it.

package import Fingerprints

/// The name of a target, written as Pants writes it.
///
///     dir:name                 a target of dir/BUILD
///     //:name                  a target of the root's BUILD file
///     dir/f.sh:name            what the generator dir:name made for dir/f.sh
///     dir/f.sh                 the same, where name is dir's last part
///     dir/sub/f.sh:../name     the same for a file further down
///     dir:name#generated       what a generator made for something that is no file
///     dir:name@key=value       one of a parametrized target's variants
package struct Address: Hashable, Sendable, CustomStringConvertible {
  /// What a generator's product is called.
  package enum Generated: Hashable, Sendable {
    /// A path relative to the generator's directory.
    case file(String)
    case named(String)
  }

  /// One `key=value` behind the `@`.
  package struct Parameter: Hashable, Sendable {
    package let key: String
    package let value: String

    package init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  /// Of the BUILD file, relative to the workspace's root; empty for the root.
  package let directory: String
  package let name: String
  package let generated: Generated?
  /// Sorted by key.
  package let parameters: [Parameter]

  package init(directory: String, name: String, generated: Generated? = nil, parameters: [Parameter] = []) {
    self.directory = directory
    self.name = name
    self.generated = generated
    self.parameters = parameters.count < 2 ? parameters : parameters.sorted { $0.key < $1.key }
  }

  /// The name a target of `directory` has when its call gives none: the last part of the path.
  /// - Returns: nil for the root, whose targets must be named.
  package static func defaultName(in directory: String) -> String? {
    directory.isEmpty ? nil : lastPart(of: directory)
  }

  /// Of the generator, for a generated target; nil for others. A parametrized generator keeps its parameters.
  package var generator: Address? {
    generated == nil ? nil : Address(directory: directory, name: name, parameters: parameters)
  }

  /// The workspace path that a file target stands for.
  package var file: String? {
    guard case .file(let path) = generated else { return nil }
    return joined(directory, path)
  }

  /// Where the target is found by `dir:` and `dir::`: a file target lives beside its file.
  package var residence: String { file.map(parentDirectory) ?? directory }

  package var description: String {
    let prefix = directory.isEmpty ? "//" : ""
    let isDefault = Address.defaultName(in: directory) == name
    var text: String
    switch generated {
    case .file(let path):
      let ups = path.utf8.count { $0 == UInt8(ascii: "/") }
      text = prefix + joined(directory, path)
      if !isDefault || ups > 0 { text += ":" + String(repeating: "../", count: ups) + name }
    case .named(let generated):
      text = prefix + directory + (isDefault ? "" : ":" + name) + "#" + generated
    case nil:
      text = prefix + directory + (isDefault && !parameters.isEmpty ? "" : ":" + name)
    }
    if !parameters.isEmpty { text += "@" + parameters.map { "\($0.key)=\($0.value)" }.joined(separator: ",") }
    return text
  }
}

extension Address: Comparable {
  /// By folder and what it holds, not by what is printed: a folder's targets stand before its subfolders', what was generated from files
  /// behind what was written, and a target with its folder's own name before all others. Pants lists targets in this order.
  package static func < (a: Address, b: Address) -> Bool {
    if a.directory != b.directory { return pathPrecedes(a.directory, b.directory) }
    if a.generated != b.generated || a.name != b.name {
      let (first, second) = (a.relativeFile, b.relativeFile)
      if first != second {
        guard let first, let second else { return first == nil }
        return pathPrecedes(first, second)
      }
      if a.name != b.name {
        if a.hasDefaultName || b.hasDefaultName { return a.hasDefaultName }
        return precedes(a.name, b.name)
      }
    }
    if a.parameters != b.parameters {
      for (first, second) in zip(a.parameters, b.parameters) where first != second {
        return first.key != second.key ? precedes(first.key, second.key) : precedes(first.value, second.value)
      }
      return a.parameters.count < b.parameters.count
    }
    guard let first = a.generatedName, let second = b.generatedName else { return a.generatedName == nil && b.generatedName != nil }
    return precedes(first, second)
  }

  private var relativeFile: String? { if case .file(let path) = generated { path } else { nil } }
  private var generatedName: String? { if case .named(let name) = generated { name } else { nil } }
  private var hasDefaultName: Bool { Address.defaultName(in: directory) == name }
}

/// Whether path `a` comes before `b`, part by part.
func pathPrecedes(_ a: String, _ b: String) -> Bool {
  let slash = UInt8(ascii: "/")
  return a.utf8.lexicographicallyPrecedes(b.utf8) { ($0 == slash ? 0 : $0) < ($1 == slash ? 0 : $1) }
}

/// Whether `a` comes before `b` by bytes.
func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

/// `directory/path`, or `path` alone below the root.
package func joined(_ directory: String, _ path: String) -> String {
  directory.isEmpty ? path : path.isEmpty ? directory : "\(directory)/\(path)"
}

/// What stands before the last slash; empty without one.
package func parentDirectory(_ path: String) -> String {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
  return String(path[..<slash])
}

/// What stands behind the last slash.
package func lastPart(of path: String) -> String {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
  return String(path[path.utf8.index(after: slash)...])
}

/// `path` without `.`, `..` and empty parts, seen from the workspace's root.
/// - Returns: nil where it leaves the workspace.
package func normalized(_ path: String) -> String? {
  var parts: [Substring] = []
  for part in path.split(separator: "/", omittingEmptySubsequences: true) {
    switch part {
    case ".": continue
    case "..": guard parts.popLast() != nil else { return nil }
    default: parts.append(part)
    }
  }
  return parts.joined(separator: "/")
}

extension ByteWriter {
  package mutating func write(_ address: Address) {
    write(address.directory)
    write(address.name)
    switch address.generated {
    case nil: write(UInt8(0))
    case .file(let path):
      write(UInt8(1))
      write(path)
    case .named(let name):
      write(UInt8(2))
      write(name)
    }
    write(address.parameters) { writer, parameter in
      writer.write(parameter.key)
      writer.write(parameter.value)
    }
  }
}

extension ByteReader {
  package mutating func readAddress() throws(MalformedBytes) -> Address {
    let directory = try readString()
    let name = try readString()
    let generated: Address.Generated?
    switch try readByte() {
    case 0: generated = nil
    case 1: generated = .file(try readString())
    case 2: generated = .named(try readString())
    default: throw MalformedBytes()
    }
    let parameters = try readArray { (reader: inout ByteReader) throws(MalformedBytes) in
      let key = try reader.readString()
      return Address.Parameter(key: key, value: try reader.readString())
    }
    return Address(directory: directory, name: name, generated: generated, parameters: parameters)
  }
}
