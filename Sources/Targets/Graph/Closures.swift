// What a target and all it depends on amount to: one fingerprint each, for all targets in one pass.

package import Diagnostics
package import Fingerprints
package import Snapshots
internal import Synchronization

/// The deep fingerprints of a graph's targets: equal ones stand for equal closures, files' contents included.
///
/// Cycles are condensed first, so that all closures together cost O(targets + edges): a component's fingerprint is over its own files and its
/// dependencies' deep fingerprints. A leaf is (workspace path, executable bit, content). Two different fingerprints may still stand for
/// the same set of files (another shape of graph): compare `files(of:)` before believing in a difference.
package final class Closures: Sendable {
  package let graph: Graph
  /// By target: its strongly connected component. Components are numbered dependencies first.
  package let component: [Int32]
  package let componentCount: Int
  private let deep: [Fingerprint]

  /// Reads every file that some target owns, or that is laid out with its own, and that was not read before, on all cores.
  /// - Parameters:
  ///   - extra: what else of a target belongs to its leaf, by target: the key of the action that makes its files, say.
  /// - Throws: all files that could not be read.
  package init(of graph: Graph, secret: Secret, extra: [TargetID: Fingerprint] = [:]) throws(UserError) {
    self.graph = graph
    let edges = graph.closureEdges
    (component, componentCount) = condense(edges)

    let snapshot = graph.snapshot
    var isOwned = [Bool](repeating: false, count: snapshot.count)
    for file in graph.tables.sources.items { isOwned[Int(file)] = true }
    for file in graph.tables.companions.items { isOwned[Int(file)] = true }
    let files = (0..<PathID(snapshot.count)).filter { isOwned[Int($0)] }
    var contents = [Fingerprint](repeating: .absent, count: snapshot.count)
    var failures: [Diagnostic] = []
    for (file, result) in zip(files, snapshot.fingerprints(of: files)) {
      switch result {
      case .success(let fingerprint): contents[Int(file)] = fingerprint
      case .failure(let error): failures.append(Diagnostic(.error, error.description))
      }
    }
    if !failures.isEmpty { throw UserError(failures) }
    // A link stands for what it leads to as well: that is laid out with it, whoever owns it.
    for file in files where snapshot.kind(of: file) == .symbolicLink {
      var seen: Set<PathID> = [file]
      var writer = ByteWriter()
      writer.write(contents[Int(file)])
      snapshot.writeDestination(of: file, &seen, to: &writer)
      contents[Int(file)] = secret.fingerprint(of: writer.bytes)
    }

    // Members of each component, ascending.
    let members = Adjacency(component.map { [$0] }).reversed(count: componentCount)
    var deep = [Fingerprint](repeating: .absent, count: componentCount)
    var writer = ByteWriter()
    var below: [Int32] = []
    var fingerprints: [Fingerprint] = []
    let hasExcludes = !graph.tables.transitiveExcludes.isEmpty
    for current in 0..<Int32(componentCount) {
      writer.removeAll()
      below.removeAll(keepingCapacity: true)
      for target in members[current] {
        for files in [graph.sources(of: target), graph.companions(of: target)] {
          writer.write(UInt64(files.count))
          for file in files {
            snapshot.writePath(of: file, to: &writer)
            writer.write(snapshot.isExecutable(file))
            writer.write(snapshot.kind(of: file) == .symbolicLink)
            writer.write(contents[Int(file)])
          }
        }
        if extra.isEmpty { writer.write(false) } else { writer.write(extra[target]) { $0.write($1) } }
        if hasExcludes {
          writer.write(graph.transitiveExcludes(of: target).map { graph.address(of: $0).description })
        } else {
          writer.write(UInt64(0))
        }
        for dependency in edges[target] where component[Int(dependency)] != current { below.append(component[Int(dependency)]) }
      }
      // Sorted, each once: components of one content count as one.
      fingerprints.removeAll(keepingCapacity: true)
      for component in below { fingerprints.append(deep[Int(component)]) }
      if fingerprints.count > 1 {
        fingerprints.sort()
        var kept = 1
        for index in 1..<fingerprints.count where fingerprints[index] != fingerprints[kept - 1] {
          fingerprints[kept] = fingerprints[index]
          kept += 1
        }
        fingerprints.removeLast(fingerprints.count - kept)
      }
      writer.write(packed: fingerprints)
      deep[Int(current)] = secret.fingerprint(of: writer.bytes)
    }
    self.deep = deep
  }

  /// Of the target's files and those of all it depends on, generators' products included, and of every `!!` on the way.
  package func deepFingerprint(of id: TargetID) -> Fingerprint { deep[Int(component[Int(id)])] }

  /// The target and all it depends on, generators replaced, without what `!!` leaves out; sorted. Expanded when asked.
  package func closure(of roots: some Sequence<TargetID>) -> [TargetID] { graph.closure(of: roots) }

  /// The files of some targets and what is laid out with them, ascending, each once.
  package func files(of targets: some Sequence<TargetID>) -> FileSet {
    var files: [PathID] = []
    for target in targets {
      files += graph.sources(of: target)
      files += graph.companions(of: target)
    }
    return FileSet(files)
  }
}

extension Snapshot {
  /// The files that a link leads to, with what lies behind the links among them. One that leads nowhere is an error where it is used, not here.
  fileprivate func writeDestination(of link: PathID, _ seen: inout Set<PathID>, to writer: inout ByteWriter) {
    let found: [PathID]
    switch try? resolve(link) {
    case .file(let file)?: found = [file]
    case .directory(let folder)?: found = Array(files(under: folder))
    case .unlisted?, nil: found = []
    }
    writer.write(UInt64(found.count))
    for file in found {
      writer.write(path(of: file))
      writer.write(isExecutable(file))
      writer.write((try? fingerprint(of: file)) ?? .absent)
      if kind(of: file) == .symbolicLink, seen.insert(file).inserted { writeDestination(of: file, &seen, to: &writer) }
    }
  }
}

/// Strongly connected components (Tarjan's algorithm, without recursion), numbered so that every edge between two leads to the smaller number.
func condense(_ edges: Adjacency) -> (component: [Int32], count: Int) {
  let count = edges.count
  var component = [Int32](repeating: -1, count: count)
  var index = [Int32](repeating: -1, count: count)
  var low = [Int32](repeating: 0, count: count)
  var next = [Int32](repeating: 0, count: count)
  var open: [Int32] = []
  var path: [Int32] = []
  var counter: Int32 = 0
  var components: Int32 = 0
  for root in 0..<Int32(count) where index[Int(root)] < 0 {
    path.append(root)
    while let node = path.last {
      let n = Int(node)
      if index[n] < 0 {
        index[n] = counter
        low[n] = counter
        next[n] = edges.starts[n]
        counter += 1
        open.append(node)
      }
      var descends = false
      while next[n] < edges.starts[n + 1] {
        let other = edges.items[Int(next[n])]
        let o = Int(other)
        if index[o] < 0 {
          path.append(other)
          descends = true
          break
        }
        if component[o] < 0 { low[n] = min(low[n], low[o]) }
        next[n] += 1
      }
      if descends { continue }
      path.removeLast()
      if low[n] == index[n] {
        while let member = open.popLast() {
          component[Int(member)] = components
          if member == node { break }
        }
        components += 1
      }
      if let parent = path.last { low[Int(parent)] = min(low[Int(parent)], low[n]) }
    }
  }
  return (component, Int(components))
}
