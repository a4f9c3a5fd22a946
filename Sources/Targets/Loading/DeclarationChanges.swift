// Which targets BUILD files, and what they read, declare otherwise than they did.

internal import Fingerprints
internal import Snapshots
package import Store

extension Workspace {
  /// The targets whose fields, or whose being there, rest on what has changed in BUILD files, in what they load, or in files that generators read.
  ///
  /// The declarations of both times are evaluated against the files that are there now; what stands where in a BUILD file says nothing.
  /// A generator is in the answer where something that it generated is no more; else what it generates speaks for itself.
  /// - Parameter earlier: the contents before, of all files that have changed.
  /// - Returns: nil where the earlier declarations cannot be evaluated.
  package static func declarationChanges(
    since earlier: EarlierContents, in graph: Graph, store: Store, rules: LoadRules, options: LoadOptions
  ) -> Set<TargetID>? {
    let snapshot = graph.snapshot
    var past = options
    past.earlier = earlier
    guard let directories = try? snapshot.buildDirectories(options),
      let now = try? BuildLoader(snapshot: snapshot, store: store, registry: graph.registry, options: options).calls(of: directories).calls,
      let before = try? BuildLoader(snapshot: snapshot, store: store, registry: graph.registry, options: past).calls(of: directories).calls
    else { return nil }

    var wanted: Set<String> = []
    var withOtherDefaults: [String] = []
    // Who may depend on whom counts for the folder and all below.
    var changed: Set<TargetID> = []
    for (old, new) in zip(before, now) where !old.declaresTheSame(as: new) {
      wanted.insert(new.directory)
      if !old.hasSameDefaults(as: new) { withOtherDefaults.append(new.directory) }
    }
    for (old, new) in zip(before, now) where !old.hasSameVisibility(as: new) {
      let folder = new.directory
      for id in graph.ids where !graph.isGenerator(id) {
        let own = graph.directory(of: id)
        if folder.isEmpty || own == folder || own.hasPrefix(folder + "/") { changed.insert(id) }
      }
    }
    for id in graph.ids where graph.isGenerator(id) && rules.generation[graph.typeName(of: id)] != nil {
      wanted.insert(graph.directory(of: id))
    }
    for directory in now.map(\.directory) where withOtherDefaults.contains(where: { $0.isEmpty || directory.hasPrefix($0 + "/") }) {
      wanted.insert(directory)
    }
    if wanted.isEmpty { return changed }
    // Defaults come from above.
    for directory in wanted {
      var above = directory
      while !above.isEmpty {
        above = parentDirectory(above)
        wanted.insert(above)
      }
    }
    guard let old = drafts(of: before.filter { wanted.contains($0.directory) }, graph, store, rules, past),
      let new = drafts(of: now.filter { wanted.contains($0.directory) }, graph, store, rules, options)
    else { return nil }

    for (address, draft) in new where !draft.isGenerator {
      if let before = old[address], before.typeName == draft.typeName, before.fields == draft.fields { continue }
      if let id = graph.id(of: address) { changed.insert(id) }
    }
    for (address, draft) in old where new[address] == nil {
      if let id = draft.generator.flatMap({ graph.id(of: $0) }) { changed.insert(id) }
    }
    return changed
  }

  /// nil where anything is wrong with them.
  private static func drafts(
    of calls: [DirectoryCalls], _ graph: Graph, _ store: Store, _ rules: LoadRules, _ options: LoadOptions
  ) -> [Address: Draft]? {
    let snapshot = graph.snapshot
    let answer: @Sendable (Question) -> Fingerprint? = { question in
      switch question {
      case .content(let path):
        if let content = options.earlier?.content(of: path) { return content.fingerprint(store.secret) }
      case .named(kind: LoadQuestions.existence, let path):
        if let content = options.earlier?.content(of: path) { return store.secret.fingerprint { $0.write(content != .absent) } }
      default: break
      }
      return self.answer(question, snapshot, store, options, rules)
    }
    var generation = Generation(
      snapshot: snapshot, store: store, rules: rules, sourceRoots: options.sourceRoots.roots(in: snapshot), answer: answer)
    generation.earlier = options.earlier
    var assembly = Assembly(snapshot: snapshot, registry: graph.registry, options: options, generation: generation)
    assembly.add(calls)
    guard assembly.errors.isEmpty, assembly.unread.isEmpty else { return nil }
    return Dictionary(assembly.drafts.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

extension DirectoryCalls {
  /// Whatever the places of the calls.
  fileprivate func declaresTheSame(as other: DirectoryCalls) -> Bool {
    hasSameDefaults(as: other)
      && targets.elementsEqual(other.targets) {
        $0.type == $1.type && $0.name == $1.name && $0.isOpaque == $1.isOpaque && $0.fields == $1.fields
      }
  }

  fileprivate func hasSameVisibility(as other: DirectoryCalls) -> Bool {
    visibility.elementsEqual(other.visibility) { $0.direction == $1.direction && $0.extends == $1.extends && $0.sets == $1.sets }
  }

  fileprivate func hasSameDefaults(as other: DirectoryCalls) -> Bool {
    defaults.elementsEqual(other.defaults) { a, b in
      a.all == b.all && a.extends == b.extends && a.ignoresUnknownFields == b.ignoresUnknownFields
        && a.ignoresUnknownTargets == b.ignoresUnknownTargets
        && a.byType.elementsEqual(b.byType) { $0.types == $1.types && $0.fields == $1.fields }
    }
  }
}
