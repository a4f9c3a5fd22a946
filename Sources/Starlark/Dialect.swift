// Which variant of the language a file is written in.

/// The switches between the specification's Starlark and what BUILD files, preludes and plugins use.
package struct Dialect: Sendable, Hashable {
  /// `if` and `for` at the top level of a file.
  package var allowsTopLevelControl = false
  /// Assigning a global twice.
  package var allowsGlobalReassignment = false
  package var allowsLoad = true
  /// Everything beyond it that BUILD files use: adjacent literals, f-strings, `[*xs]`, `{**d}`, annotations, generator arguments, `raise`, `assert`.
  package var allowsPythonisms = false

  /// The public specification, nothing more.
  package static let standard = Dialect()

  /// BUILD files and preludes.
  package static let buildFile = Dialect(allowsTopLevelControl: true, allowsGlobalReassignment: true, allowsPythonisms: true)

  /// Plugins: the specification and the extensions of expression syntax; globals stay single-assignment.
  package static let plugin = Dialect(allowsTopLevelControl: true, allowsPythonisms: true)
}
