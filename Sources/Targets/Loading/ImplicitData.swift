// Files beside sources that no target speaks of: what programs may read when they run.

internal import Diagnostics
internal import Snapshots

/// Which target would be written for what lies beside sources, and who depends on it.
///
/// It holds the files of a folder with implicit targets of some types, and those of the folders below without any; the workspace's root is left out.
package struct ImplicitDataRule: Hashable, Sendable {
  /// A type that generates by file.
  package let type: String
  package let name: String
  /// The types whose implicit targets depend on it.
  package let users: [String]
  /// Globs over names: what no program reads.
  package let ignored: [String]

  package init(type: String, name: String, users: [String], ignored: [String]) {
    self.type = type
    self.name = name
    self.users = users
    self.ignored = ignored
  }
}

extension Assembly {
  /// Adds the calls for data, and their addresses to the dependencies of those beside.
  mutating func addData(
    _ rule: ImplicitDataRule, to calls: inout [ImplicitCall], _ taken: Set<PathID>, _ isForeign: [Bool],
    _ names: inout [String: Set<String>],
    rank: Int
  ) {
    guard let type = registry.type(named: rule.type), type.sourceField?.kind == .sources else { return }
    let ignored: GlobSet
    do throws(GlobError) { ignored = try GlobSet(rule.ignored) } catch { return report(Diagnostic(.error, "`\(rule.type)`: \(error)")) }
    let users = calls.indices.filter { rule.users.contains(calls[$0].type.name) && calls[$0].folder != 0 }
    let homes = Set(users.map { calls[$0].folder })
    // Folders whose files are somebody's already, or that hold one.
    var isSettled = [Bool](repeating: false, count: snapshot.directoryCount)
    for file in taken {
      var folder: DirectoryID? = snapshot.directory(of: file)
      while let current = folder, !isSettled[Int(current)] {
        isSettled[Int(current)] = true
        folder = snapshot.parent(ofDirectory: current)
      }
    }
    var addresses: [DirectoryID: String] = [:]
    for home in homes.sorted() {
      let path = snapshot.path(ofDirectory: home)
      var patterns: [String] = []
      var first: PathID?
      var open = [home]
      while let folder = open.popLast() {
        let below = snapshot.path(ofDirectory: folder).utf8.dropFirst(path.utf8.count + 1)
        let prefix = (String(below) ?? "").split(separator: "/").map { GlobSet.literal(String($0)) + "/" }.joined()
        func isData(_ file: PathID) -> Bool { !taken.contains(file) && !ignored.matches(snapshot.name(of: file)) }
        if folder != home, !isSettled[Int(folder)] {
          guard let file = snapshot.files(under: folder).first(where: isData) else { continue }
          patterns.append("\(prefix)**")
          first = min(first ?? file, file)
          continue
        }
        for file in snapshot.files(in: folder) where isData(file) {
          patterns.append(prefix + GlobSet.literal(snapshot.name(of: file)))
          first = min(first ?? file, file)
        }
        open += snapshot.children(ofDirectory: folder).filter { !homes.contains($0) && !isForeign[Int($0)] }
      }
      guard let first else { continue }
      let sources = patterns.sorted(by: precedes) + rule.ignored.map { "!**/\($0)" }
      let name = Assembly.name(rule.name, in: path, others: [type.name], &names[path, default: []])
      calls.append(ImplicitCall(type: type, name: name, folder: home, first: first, files: .strings(sources), rank: rank))
      addresses[home] = Address(directory: path, name: name).description
    }
    for index in users { if let address = addresses[calls[index].folder] { calls[index].dependencies.append(address) } }
  }
}
