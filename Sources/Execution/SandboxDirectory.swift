// The folder an action runs in.

/// A folder of one action's own: its inputs in `tree`, its home and temporary folder beside it.
package struct SandboxDirectory: ~Copyable {
  /// Stands for the sandbox's path in keys and in captured text.
  package static let placeholder = "{sandbox}"
}
