// Commands with programs, folders and variables of this machine in the place of their descriptions; trees among them.

internal import Diagnostics
internal import Execution
internal import Fingerprints
internal import Host
internal import Options

extension Planner {
  /// Everything of an action but its inputs, and what is the goal's.
  func fill(_ action: inout Action, from item: ActionDescription) throws {
    action.tools = try item.tools.map(resolve)
    action.outputs = item.outputs
    action.environment = item.environment
    action.workingDirectory = item.workingDirectory
    action.standardInput = item.standardInput.map { Array($0.utf8) }
    action.timeout = item.timeout
    action.cpus = item.cpus
    action.memory = item.memory
    action.network = item.network
    action.inputTimes = item.inputTimes
    for pattern in item.passthrough {
      for (name, value) in variables(matching: pattern) {
        // Whatever let it through: a secret is masked.
        if world.secretNames.contains(name) { action.secrets[name] = value } else { action.passthrough[name] = value }
      }
    }
    addCommonVariables(to: &action)
    action.credentials = world.options.credentials
    for name in item.secrets { action.secrets[name] = world.environment[name] }
  }

  /// `[subprocess-environment] env_vars`, where the action says nothing of them. Those whose names say that they are secret are in no key.
  private func addCommonVariables(to action: inout Action) {
    for item in world.options.strings("subprocess-environment", "env_vars") {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let found = parts.count == 2 ? [(parts[0], parts[1])] : variables(matching: item)
      for (name, value) in found
      where action.environment[name] == nil && action.secrets[name] == nil && action.passthrough[name] == nil {
        if Secrets.isSecret(name: name) || world.secretNames.contains(name) {
          action.secrets[name] = value
        } else {
          action.environment[name] = .text(value)
        }
      }
    }
  }

  /// The caller's variables of that name, or whose names match a glob, in upper and lower case.
  private func variables(matching pattern: String) -> [(String, String)] {
    guard NamePattern.isGlob(pattern) else { return world.environment[pattern].map { [(pattern, $0)] } ?? [] }
    if let known = passthroughs[pattern] { return known }
    let glob = NamePattern(pattern.lowercased())
    let found = world.environment.filter { glob.matches($0.key.lowercased()) }.map { ($0.key, $0.value) }
    passthroughs[pattern] = found
    return found
  }

  /// The tree that a description stands for here, built or not.
  func tree(_ description: TreeDescription) throws -> Tool {
    if let known = trees[description.fingerprint] { return known }
    guard !isAhead else { throw NotAhead() }
    var action = Action(subject: "", label: "", argv: description.action.argv)
    try fill(&action, from: description.action)
    for input in description.action.inputs { action.inputs += try realise(input, ids: [:], targets: []) }
    if action.inputs.contains(where: { if case .output = $0 { true } else { false } }) {
      throw UserError("`\(description.name)` cannot be installed: its inputs hold outputs of commands, which are not there yet")
    }
    let hints = try description.hints.map { (pattern: try compiledPattern($0.pattern), text: $0.text) }
    let build = TreeBuild(name: description.name, action: action, store: world.store, platform: world.platform) { output in
      hints.first { $0.pattern.firstMatch(in: output) != nil }?.text
    }
    let tool = Tool(build, in: world.store)
    trees[description.fingerprint] = tool
    return tool
  }
}
