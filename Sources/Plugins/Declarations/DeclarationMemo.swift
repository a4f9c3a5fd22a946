// What plugins declared, kept between runs: plugin files are evaluated again only when something that made the declarations has changed.

internal import Fingerprints
internal import Store
internal import Targets

/// The declarations of the plugins that a set of names enables, under all that they can depend on: every plugin file's path and bytes, the
/// names, and the running executable, which is in every memo's key.
struct DeclarationMemo {
  private let key: Fingerprint
  private let store: Store

  /// - Parameter engine: of the executable that runs; a test's own.
  init(_ files: PluginFiles, enabling wanted: [String], in store: Store, engine: [Int64] = Memo.engineVersion) {
    self.store = store
    key = Memo.key("declarations", in: store, engine: engine) { writer in
      writer.write(wanted)
      writer.write(files.files) { writer, file in
        writer.write(file.path)
        writer.write(file.shownPath)
        writer.write(file.fingerprint(store.secret))
      }
    }
  }

  /// - Returns: nil where nothing is known, or what is known cannot be read.
  func find(_ loader: PluginLoader) -> (backends: [Backend], names: [String])? {
    guard store.isPersistent, let bytes = store.get(.memo, key: key) else { return nil }
    return try? DeclarationReader.read(bytes, loader: loader)
  }

  func keep(_ backends: [Backend], names: [String]) {
    if store.isPersistent { store.put(.memo, key: key, DeclarationWriter.bytes(of: backends, names: names)) }
  }
}
