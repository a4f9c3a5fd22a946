// Evaluates plugin files: each once, its loads before it, its registrations beside its globals.

package import Diagnostics
internal import Starlark

/// A plugin file that was evaluated and frozen.
struct LoadedFile {
  let module: FrozenModule
  let header: (name: String, aliases: [String], location: SourceLocation?)?
  /// Its own and those of what it loads.
  let declarations: Declarations
  /// Itself and what it loads, each once.
  let files: [String]
  /// Its own alone.
  let own: Declarations
}

/// Evaluates plugin files on one thread and remembers each.
package final class PluginLoader {
  private let source: PluginFiles
  private let predeclared: [String: Value]
  private var files: [String: Result<LoadedFile, Diagnostic>] = [:]
  private var loading: [String] = []

  package init(_ source: PluginFiles) {
    self.source = source
    predeclared = DeclarationBuiltins.names()
  }

  /// The file at `path` (`shell/plugin.star`).
  func load(_ path: String) throws(Diagnostic) -> LoadedFile {
    if let known = files[path] { return try known.get() }
    if loading.contains(path) {
      throw Diagnostic(.error, "plugin files load one another in a circle: \((loading + [path]).joined(separator: " → "))")
    }
    loading.append(path)
    defer { loading.removeLast() }
    let result: Result<LoadedFile, Diagnostic>
    do throws(Diagnostic) {
      result = .success(try evaluate(path))
    } catch {
      result = .failure(error)
    }
    files[path] = result
    return try result.get()
  }

  private func evaluate(_ path: String) throws(Diagnostic) -> LoadedFile {
    guard let file = source.file(path) else { throw Diagnostic(.error, "there is no plugin file `\(path)`") }
    let program: Program
    do {
      program = try Program.compile(source: file.bytes, file: file.shownPath, dialect: .plugin, predeclared: Set(predeclared.keys))
    } catch {
      throw error.diagnostics.first ?? Diagnostic(.error, "`\(file.shownPath)` cannot be parsed")
    }
    let state = PluginFileState(file: path)
    let thread = EvaluationThread()
    thread.userData = state
    let folder = parentFolder(path)
    thread.load = { [unowned self] module, location in
      let target = try self.path(of: module, from: folder, at: location)
      let loaded = try self.load(target)
      for file in loaded.files where !state.loaded.contains(file) { state.loaded.append(file) }
      return loaded.module
    }
    let module = try program.run(on: thread, predeclared: predeclared).freeze()
    var declarations = Declarations()
    for loaded in state.loaded {
      guard case .success(let other) = files[loaded] else { continue }
      declarations.append(other.own)
    }
    let own = state.declarations
    declarations.append(own)
    return LoadedFile(module: module, header: state.header, declarations: declarations, files: [path] + state.loaded, own: own)
  }

  /// `"lint.star"` lies beside the loading file; `"@baji.shell//commands.star"` in another plugin's folder.
  private func path(of module: String, from folder: String, at location: SourceLocation) throws(Diagnostic) -> String {
    if module.hasPrefix("@") {
      let parts = module.dropFirst().split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[1].isEmpty, !parts[2].contains("..") else {
        throw Diagnostic(.error, "`\(module)` names no plugin file", at: location, hint: "write `@plugin//file.star`")
      }
      let name = String(parts[0])
      let last = name.split(separator: ".").last.map(String.init) ?? name
      for candidate in [name, last] where source.file("\(candidate)/\(parts[2])") != nil { return "\(candidate)/\(parts[2])" }
      throw Diagnostic(.error, "there is no plugin file `\(module)`", at: location)
    }
    guard module.hasSuffix(".star"), !module.hasPrefix("/"), !module.split(separator: "/").contains("..") else {
      throw Diagnostic(.error, "`\(module)` names no plugin file", at: location, hint: "write `file.star`, or `@plugin//file.star`")
    }
    let path = "\(folder)/\(module)"
    guard source.file(path) != nil else {
      let beside = source.files.map(\.path).filter { parentFolder($0) == folder }.map { String($0.dropFirst(folder.utf8.count + 1)) }
      let guess = nearestName(to: module, among: beside)
      throw Diagnostic(.error, "there is no plugin file `\(module)`", at: location, hint: guess.map { "did you mean `\($0)`?" })
    }
    return path
  }
}

func parentFolder(_ path: String) -> String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }
