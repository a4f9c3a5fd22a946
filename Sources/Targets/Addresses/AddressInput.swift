// An address as somebody wrote it, before anybody looked at what lies on disk.

/// The parts of a written address: `path:target#generated@key=value`.
///
/// Whether `path` is a directory or a file is not known yet: `address(isFile:)` decides.
package struct AddressInput: Hashable, Sendable {
  /// Relative to the workspace's root, without `.` and `..`.
  package let path: String
  /// Behind the colon; may begin with `../` for a file target. nil without a colon.
  package let target: String?
  package let generated: String?
  package let parameters: [Address.Parameter]

  package init(path: String, target: String?, generated: String? = nil, parameters: [Address.Parameter] = []) {
    self.path = path
    self.target = target
    self.generated = generated
    self.parameters = parameters
  }

  /// Why a text is no address.
  package enum Malformed: Error, Equatable {
    case empty
    case emptyTarget
    case absolutePath
    case leavesWorkspace
    case badParameters(String)
    case badName(String)

    /// For the end of "`text` is not an address: …".
    package var reason: String {
      switch self {
      case .empty: "it is empty"
      case .emptyTarget: "nothing follows the `:`"
      case .absolutePath: "the path is absolute; write it relative to the workspace's root"
      case .leavesWorkspace: "the path leaves the workspace"
      case .badParameters(let text): "`\(text)` is not `key=value`"
      case .badName(let name): "`\(name)` is not a target's name"
      }
    }
  }

  /// - Parameter directory: of the BUILD file the text stands in; `:x`, `./f`, `#g` and `@k=v` are relative to it.
  package init(parsing text: String, in directory: String = "") throws(Malformed) {
    guard !text.isEmpty else { throw .empty }
    var rest = text[...]
    var parameters: [Address.Parameter] = []
    // An `@` may also stand in a path (`node_modules/@scope`): parameters are what follows the last one without a slash behind it.
    if let at = rest.lastIndex(of: "@"), !rest[at...].contains("/") || rest[at...].contains("=") {
      for item in rest[rest.index(after: at)...].split(separator: ",", omittingEmptySubsequences: false) {
        guard let equals = item.firstIndex(of: "="), equals != item.startIndex else { throw .badParameters(String(item)) }
        parameters.append(.init(key: String(item[..<equals]), value: String(item[item.index(after: equals)...])))
      }
      rest = rest[..<at]
    }
    var generated: String?
    if let hash = rest.firstIndex(of: "#") {
      generated = String(rest[rest.index(after: hash)...])
      rest = rest[..<hash]
    }
    var target: String?
    if let colon = rest.firstIndex(of: ":") {
      let name = String(rest[rest.index(after: colon)...])
      guard !name.isEmpty else { throw .emptyTarget }
      target = name
      rest = rest[..<colon]
    }
    let path: String
    if rest.hasPrefix("//") {
      path = String(rest.dropFirst(2))
    } else if rest.isEmpty {
      path = directory
    } else if rest == "." || rest == ".." || rest.hasPrefix("./") || rest.hasPrefix("../") {
      path = joined(directory, String(rest))
    } else if rest.hasPrefix("/") {
      throw .absolutePath
    } else {
      path = String(rest)
    }
    guard let clean = normalized(path) else { throw .leavesWorkspace }
    if let target {
      var last = target[...]
      while last.hasPrefix("../") { last = last.dropFirst(3) }
      if last.isEmpty || last.contains("/") || last.contains(":") { throw .badName(target) }
    }
    self.init(path: clean, target: target, generated: generated, parameters: parameters)
  }

  /// The address this names, once it is known whether `path` is a file.
  /// - Returns: nil where `../` climbs above the root, or a target of the root is left unnamed.
  package func address(isFile: Bool) -> Address? {
    let generator = generated.map(Address.Generated.named)
    guard isFile else {
      guard let name = target ?? Address.defaultName(in: path) else { return nil }
      return Address(directory: path, name: name, generated: generator, parameters: parameters)
    }
    var directory = parentDirectory(path)
    var relative = lastPart(of: path)
    guard var name = target ?? Address.defaultName(in: directory) else { return nil }
    while name.hasPrefix("../") {
      guard !directory.isEmpty else { return nil }
      relative = joined(lastPart(of: directory), relative)
      directory = parentDirectory(directory)
      name = String(name.dropFirst(3))
    }
    return Address(directory: directory, name: name, generated: generator ?? .file(relative), parameters: parameters)
  }
}
