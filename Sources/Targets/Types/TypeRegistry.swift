// The names a BUILD file sees that plugins gave: target types and functions.

package import Fingerprints

/// A name for BUILD files that is no target: calling it gives a `FieldValue.structure` of its arguments.
package struct BuildFunction: Hashable, Sendable {
  package let name: String
  /// Names of the positional parameters, in order; further positional arguments are refused. Keywords are always taken.
  package let parameters: [String]

  package init(_ name: String, parameters: [String] = []) {
    self.name = name
    self.parameters = parameters
  }
}

/// The target types and functions that BUILD files may use, handed in by plugins as values.
package struct TypeRegistry: Sendable {
  package let types: [String: TargetType]
  package let functions: [String: BuildFunction]

  /// Of two with one name the later counts.
  package init(types: [TargetType], functions: [BuildFunction] = []) {
    self.types = Dictionary(types.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    self.functions = Dictionary(functions.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
  }

  package func type(named name: String) -> TargetType? { types[name] }

  /// Changes with anything that can change what a BUILD file means; documentation cannot.
  package func fingerprint(with secret: Secret) -> Fingerprint {
    secret.fingerprint { writer in
      writer.write(types.keys.sorted(by: precedes)) { [types] writer, name in
        if let type = types[name] { writer.write(type) }
      }
      writer.write(functions.values.sorted { precedes($0.name, $1.name) }) { writer, function in
        writer.write(function.name)
        writer.write(function.parameters)
      }
    }
  }
}
