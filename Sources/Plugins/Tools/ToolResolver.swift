// Programs of the machine: found on the search path, known by their content, remembered by stat, their version asked for once.

package import Diagnostics
package import Execution
package import Fingerprints
package import Host
package import Store

/// Finds programs for plugins. One per run; every answer is kept for the run, identities and versions for later runs too.
///
/// A program's identity is the fingerprint of the real file's content; of a script, its interpreter's too.
package final class ToolResolver {
  private let searchPath: [String]
  private let store: Store
  private let versionOf: (_ program: String, _ identity: Fingerprint) -> String?
  private var known: [SystemProgram: Result<Tool, Diagnostic>] = [:]
  private let identities: ProgramIdentities

  /// - Parameters:
  ///   - searchPath: folders in order; relative ones do not count.
  ///   - probe: runs `program --version` and gives its output; nil where it cannot. Asked only for tools that demand a version.
  package init(searchPath: [String], store: Store, probe: @escaping (_ program: String, _ identity: Fingerprint) -> String?) {
    self.searchPath = searchPath.filter { $0.hasPrefix("/") }
    self.store = store
    identities = ProgramIdentities(store)
    versionOf = { program, identity in
      let key = store.secret.fingerprint { writer in
        writer.write("tool version 1")
        writer.write(identity)
      }
      if let bytes = store.get(.memo, key: key), let text = String(validating: bytes, as: UTF8.self) { return text }
      guard let text = probe(program, identity).flatMap(ToolResolver.version(in:)) else { return nil }
      store.put(.memo, key: key, Array(text.utf8))
      return text
    }
  }

  /// What this run has asked for so far.
  var requests: some Sequence<SystemProgram> { known.keys }

  /// The program, or what to tell the user.
  package func resolve(_ request: SystemProgram) throws(Diagnostic) -> Tool {
    if let result = known[request] { return try result.get() }
    let result: Result<Tool, Diagnostic>
    do throws(Diagnostic) { result = .success(try find(request)) } catch { result = .failure(error) }
    known[request] = result
    return try result.get()
  }

  private func find(_ request: SystemProgram) throws(Diagnostic) -> Tool {
    let folders = request.searchPath + searchPath
    for folder in folders {
      let path = "\(folder)/\(request.name)"
      guard let status = try? Files.targetStatus(path), status.kind == .regular, status.mode & 0o111 != 0 else { continue }
      guard let real = try? Files.realPath(path) else { continue }
      let identity: Fingerprint
      do {
        identity = try identities.identity(of: real)
      } catch {
        throw Diagnostic(.error, "`\(request.name)` was found at `\(path)`, but its content cannot be read: \(error)")
      }
      guard !request.version.isEmpty else { return Tool(name: request.name, path: path, identity: identity) }
      guard let constraint = VersionConstraint(request.version) else {
        throw Diagnostic(.error, "the plugin asks for `\(request.name)` \(request.version), which is no version constraint")
      }
      guard let version = versionOf(path, identity) else {
        throw Diagnostic(.error, "`\(path) --version` did not print a version; \(request.version) is needed", hint: hint(request))
      }
      guard constraint.admits(version) else {
        throw Diagnostic(.error, "`\(path)` is version \(version); \(request.version) is needed", hint: hint(request))
      }
      return Tool(name: request.name, path: path, identity: identity, version: version)
    }
    throw Diagnostic(
      .error, "`\(request.name)` is not installed", hint: hint(request),
      notes: [
        "looked in \(folders.isEmpty ? "no folder: the search path is empty" : folders.joined(separator: ", ")) (`[system-tools] search_path`)"
      ])
  }

  private func hint(_ request: SystemProgram) -> String? { request.install.isEmpty ? nil : "install it: \(request.install)" }

  /// `program --version` as an action of its own, bounded in time and output.
  /// - Returns: what it printed; nil where it did not end with 0.
  package static func probe(
    _ program: String, _ identity: Fingerprint, runner: any ActionRunner, cancellation: Cancellation, store: Store
  ) -> String? {
    let name = program.split(separator: "/").last.map(String.init) ?? program
    var action = Action(subject: "version \(program)", label: "\(name) --version", argv: [.tool(0), "--version"])
    action.tools = [Tool(name: name, path: program, identity: identity)]
    action.timeout = 30
    action.cache = .never
    let result = runner.run(PreparedAction(action, id: -1, files: []), cancellation: cancellation, renew: { _ in })
    guard case .exited(0) = result.ending else { return nil }
    return [result.standardOutput, result.standardError].map { output in
      switch output {
      case .inline(let bytes): String(decoding: bytes, as: UTF8.self)
      case .blob(let fingerprint, _, _): String(decoding: store.blob(fingerprint) ?? [], as: UTF8.self)
      }
    }.joined(separator: "\n")
  }

  /// The first run of numbers with dots in what a program printed.
  static func version(in output: String) -> String? {
    for word in output.split(whereSeparator: { !($0.isNumber && $0.isASCII || $0 == ".") }) {
      let trimmed = word.split(separator: ".", omittingEmptySubsequences: true)
      if trimmed.count >= 2 { return trimmed.joined(separator: ".") }
    }
    return nil
  }
}

/// `>=0.8`, `<2`, `==1.2`, or several with commas between them.
struct VersionConstraint {
  private let clauses: [(operation: String, version: [Int])]

  init?(_ text: String) {
    var clauses: [(String, [Int])] = []
    for clause in text.split(separator: ",") {
      let trimmed = clause.filter { $0 != " " }
      guard let operation = [">=", "<=", "==", "!=", ">", "<"].first(where: { trimmed.hasPrefix($0) }) else { return nil }
      let numbers = trimmed.dropFirst(operation.count).split(separator: ".").map { Int($0) }
      guard !numbers.isEmpty, numbers.allSatisfy({ $0 != nil }) else { return nil }
      clauses.append((operation, numbers.compactMap { $0 }))
    }
    self.clauses = clauses
  }

  func admits(_ version: String) -> Bool {
    let numbers = version.split(separator: ".").compactMap { Int($0) }
    return clauses.allSatisfy { operation, wanted in
      let order = compare(numbers, wanted)
      switch operation {
      case ">=": return order >= 0
      case "<=": return order <= 0
      case "==": return order == 0
      case "!=": return order != 0
      case ">": return order > 0
      default: return order < 0
      }
    }
  }

  private func compare(_ a: [Int], _ b: [Int]) -> Int {
    for index in 0..<max(a.count, b.count) {
      let x = index < a.count ? a[index] : 0
      let y = index < b.count ? b[index] : 0
      if x != y { return x < y ? -1 : 1 }
    }
    return 0
  }
}
