// How a tree comes to be: the action that fills its folder, and the name that follows from all that goes into it.

package import Fingerprints
package import Store

/// A folder of the store by its recipe. Two builds of one recipe are one tree.
package final class TreeBuild: Sendable, Hashable {
  /// For people: `black 23.3.0`.
  package let name: String
  /// Fills the folder that its `.treeRoot` tool stands for.
  package let action: Action
  /// Everything that the tree is made of, and where: it works at no other place.
  package let recipe: Fingerprint
  /// What to tell somebody whose installer printed this; nil where there is nothing to add.
  package let hint: @Sendable (_ output: String) -> String?

  /// Raised when the same action would give another tree.
  private static let version = "tree 1"

  /// - Parameter action: reads no other action's output. Plugins and options that only led to it do not count.
  package init(
    name: String, action: Action, store: Store, platform: String, hint: @escaping @Sendable (_ output: String) -> String? = { _ in nil }
  ) {
    var action = action
    action.subject = ""
    action.label = "installing \(name)"
    action.cache = .never
    action.resultStatuses = [0]
    action.successStatuses = [0]
    action.plugins = [:]
    action.options = [:]
    self.name = name
    self.action = action
    self.hint = hint
    let context = KeyContext(secret: store.secret, engine: TreeBuild.version, platform: platform)
    recipe = store.secret.fingerprint { writer in
      writer.write(action.firstLevelKey(context) { _ in [] }.key)
      writer.write(store.folder)
      // What was installed refers to the programs that installed it by their paths.
      writer.write(action.tools.filter { $0.kind == .program }.map(\.path))
    }
  }

  package static func == (a: TreeBuild, b: TreeBuild) -> Bool { a.recipe == b.recipe }

  package func hash(into hasher: inout Hasher) { hasher.combine(recipe) }
}

extension Tool {
  /// The tree that `build` gives; it is built when an action that has it among its tools is about to start.
  package init(_ build: TreeBuild, in store: Store) {
    self.init(name: build.name, path: store.treePath(build.recipe), identity: build.recipe, kind: .tree(build))
  }

  /// A folder that outlives runs.
  package init(cache name: String, in store: Store) {
    self.init(name: name, path: store.cachePath(name), identity: .absent, kind: .cache)
  }

  /// In the action of a `TreeBuild`: the folder to fill.
  package static let treeRoot = Tool(name: "tree", path: "", identity: .absent, kind: .treeRoot)
}
