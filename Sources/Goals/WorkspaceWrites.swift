// Writing into the workspace: one run at a time, each file whole or not at all, and nothing half done left beside the files.

internal import Diagnostics
internal import Events
internal import Glibc
internal import Host
internal import Snapshots

extension Session {
  /// Does `body` under the lock of goals that write into the workspace; while another holds it, that one is named.
  func withWriteLock<Result>(_ body: (Stage) throws -> Result) throws -> Result {
    do {
      let folder = try WorkspaceFolder.prepare(in: root)
      return try FileLock.holding(
        "\(folder)/lock", holder: "baji",
        waiting: { [report] holder in report(.note("waiting for \(holder ?? "another run"), which is writing into this workspace")) }
      ) {
        let stage = Stage(folder: "\(folder)/new")
        // Under the lock, whatever is there was left by a run that was killed.
        try Files.removeTree(stage.folder)
        try Files.createDirectory(stage.folder)
        defer { try? Files.removeTree(stage.folder) }
        return try body(stage)
      }
    } catch let error as FileError {
      throw MachineError("\(error)", hint: error.isReadOnly ? "the workspace is read-only: this goal writes into it" : nil)
    }
  }
}

/// Where files are made before they are put in place. Only who holds the write lock has one.
struct Stage {
  /// In the workspace, so that a rename does it; ignored by git and by the walk.
  let folder: String

  /// Gives the file at `path` another content, and keeps its mode.
  func replace(_ path: String, by bytes: [UInt8]) throws {
    let mode = try Files.status(path).mode
    try replace(path) { aside in
      try Files.write(bytes, to: aside, mode: mode)
      try Files.setMode(aside, mode)
      faultPoint("format.before-rename")
    }
  }

  /// Makes a file aside, then puts it at `path`: a reader sees the old bytes or the new, never a part.
  /// - Parameter make: is given the path to make it at; called again, with one beside `path`, where that is another file system.
  func replace(_ path: String, making make: (String) throws -> Void) throws {
    let aside = "\(folder)/\(Files.randomName(8))"
    do {
      try make(aside)
      try Files.rename(aside, path)
    } catch let error as FileError where error.code == EXDEV {
      try? Files.remove(aside)
      let beside = "\(path).\(Files.randomName(8)).tmp"
      do {
        try make(beside)
        try Files.rename(beside, path)
      } catch {
        try? Files.remove(beside)
        throw error
      }
    }
  }
}
