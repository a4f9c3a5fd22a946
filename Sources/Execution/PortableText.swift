// An action's command line as it means the same on every machine: for provenance, not for keys.

extension Action {
  /// `argv` with names in braces for what differs from machine to machine: `{tool sh}`, `{tree black}`, `{sandbox}`.
  package var portableArguments: [String] { argv.map(portableText) }

  /// The declared variables, likewise. Those that reach the process and no key are not among them.
  package var portableEnvironment: [String: String] { environment.mapValues(portableText) }

  private func portableText(of argument: Argument) -> String {
    switch argument {
    case .text(let text): return text
    case .cpus: return "{cpus}"
    case .slot: return "{slot}"
    case .sandboxRoot: return "{sandbox}"
    case .paths: return "{paths}"
    case .joined(let pieces): return pieces.map(portableText).joined()
    case .tool(let index):
      guard tools.indices.contains(index) else { return "{tool}" }
      let tool = tools[index]
      switch tool.kind {
      case .program: return "{tool \(tool.name)}"
      case .tree: return "{tree \(tool.name)}"
      case .cache: return "{cache \(tool.name)}"
      case .treeRoot: return "{tree}"
      }
    }
  }
}
