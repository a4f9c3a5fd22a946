// Evaluates plugin files: each once, its loads before it, its registrations beside its globals.

internal import Diagnostics
internal import Starlark

/// A plugin file that was evaluated and frozen.
struct LoadedFile {
  let module: FrozenModule
  let header: (name: String, aliases: [String], location: SourceLocation?)?
  /// What it loads, each once, and last itself.
  let parts: [Backend.Part]
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
      for part in loaded.parts where !state.loaded.contains(where: { $0.file == part.file }) { state.loaded.append(part) }
      return loaded.module
    }
    let module = try program.run(on: thread, predeclared: predeclared).freeze()
    return LoadedFile(
      module: module, header: state.header, parts: state.loaded + [Backend.Part(file: path, declarations: state.declarations)])
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
      throw Diagnostic(.error, "there is no plugin file `\(module)`", at: location, hint: didYouMean(module, among: beside))
    }
    return path
  }
}

func parentFolder(_ path: String) -> String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }
