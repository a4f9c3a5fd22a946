// Evaluates plugin files: each once, its loads before it, its registrations beside its globals.

internal import Diagnostics
internal import Host
internal import Starlark

/// A plugin file that was evaluated and frozen.
struct LoadedFile {
  let module: FrozenModule
  let header: (name: String, aliases: [String], location: SourceLocation?)?
  /// What it loads, each once, and last itself.
  let parts: [Backend.Part]
  /// What it registered that can be called, in order.
  let functions: [Value]
}

/// Evaluates plugin files, each once, one at a time whatever thread asks.
package final class PluginLoader: @unchecked Sendable {  // all that changes is touched between lock and unlock of `lock` only
  private let source: PluginFiles
  private let lock = Monitor<Void>(())
  private lazy var predeclared = DeclarationBuiltins.names()
  private var files: [String: Result<LoadedFile, Diagnostic>] = [:]
  private var loading: [String] = []

  package init(_ source: PluginFiles) { self.source = source }

  /// How many files were evaluated so far.
  package var evaluatedCount: Int { lock.withLock { _ in files.count } }

  /// The file at `path` (`shell/plugin.star`).
  func load(_ path: String) throws(Diagnostic) -> LoadedFile {
    let result = lock.withLock { _ -> Result<LoadedFile, Diagnostic> in
      do throws(Diagnostic) { return .success(try loadAlone(path)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// A function that a file registers.
  func function(at place: PluginFunction.Place) throws(Diagnostic) -> Value {
    let functions = try load(place.file).functions
    guard functions.indices.contains(place.number) else {
      throw Diagnostic(
        .error, "`\(place.file)` registers \(functions.count) functions, and \(place.number + 1) when it was evaluated before",
        hint: "this is a mistake of Baji's: `--no-local-cache` goes around it")
    }
    return functions[place.number]
  }

  private func loadAlone(_ path: String) throws(Diagnostic) -> LoadedFile {
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
    let predeclared = predeclared
    let program: Starlark.Program
    do {
      program = try Starlark.Program.compile(source: file.bytes, file: file.shownPath, dialect: .plugin, predeclared: Set(predeclared.keys))
    } catch {
      throw error.diagnostics.first ?? Diagnostic(.error, "`\(file.shownPath)` cannot be parsed")
    }
    let state = PluginFileState(file: path)
    let thread = EvaluationThread()
    thread.userData = state
    let folder = parentFolder(path)
    thread.load = { [unowned self] module, location in
      let target = try self.path(of: module, from: folder, at: location)
      let loaded = try self.loadAlone(target)
      for part in loaded.parts where !state.loaded.contains(where: { $0.file == part.file }) { state.loaded.append(part) }
      return loaded.module
    }
    let module = try program.run(on: thread, predeclared: predeclared).freeze()
    return LoadedFile(
      module: module, header: state.header, parts: state.loaded + [Backend.Part(file: path, declarations: state.declarations)],
      functions: state.functions)
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
