// `--publish-output`: what became of each package, as JSON: the fields of Pants, and every file with its digest.

internal import Diagnostics
internal import Execution
internal import Formats
internal import Host
internal import Plugins

enum PublishReport {
  /// One object for each target and place, and one for each package that goes nowhere.
  static func json(_ uploads: [Upload], _ leftOut: [LeftOut]) -> JSON {
    var groups: [[Upload]] = []
    for upload in uploads {
      if let last = groups.last?.first, last.target == upload.target, last.place == upload.place,
        last.publisher.name == upload.publisher.name
      {
        groups[groups.count - 1].append(upload)
      } else {
        groups.append([upload])
      }
    }
    return .array(leftOut.map(object) + groups.map(object))
  }

  private static func object(_ package: LeftOut) -> JSON {
    .object([
      .init("names", .array([.string(package.name)])), .init("published", .bool(false)), .init("publisher", .string(package.publisher)),
      .init("status", .string(package.statusText)), .init("target", .string(package.address)),
    ])
  }

  private static func object(_ uploads: [Upload]) -> JSON {
    // The worst of them says how it went as a whole.
    let worst: [Upload.State] = [.conflict, .refused, .failed, .unknown, .held, .waiting, .published, .earlier, .present]
    let told = worst.lazy.compactMap { state in uploads.first { $0.state == state } }.first
    var members: [JSON.Member] = []
    if let status = uploads.compactMap(\.status).max() { members.append(.init("exit_code", .int(Int(status)))) }
    members.append(.init("files", .array(uploads.map(file))))
    members.append(.init("names", .array(uploads.map { .string($0.file.path) })))
    let isPublished = uploads.allSatisfy(\.isThere) && uploads.contains { $0.state != .present }
    members.append(.init("published", .bool(isPublished)))
    if let told {
      members += [
        .init("publisher", .string(told.publisher.name)), .init("repository", .string(told.place.shown)),
        .init("status", .string(told.statusText)), .init("target", .string(told.address)),
      ]
    }
    return .object(members)
  }

  private static func file(_ upload: Upload) -> JSON {
    var members: [JSON.Member] = [.init("name", .string(upload.file.name))]
    if !upload.remark.isEmpty { members.append(.init("remark", .string(upload.remark))) }
    members.append(.init("sha256", .string(upload.file.sha256)))
    if let signature = upload.signature { members.append(.init("signature", .string(signature.path))) }
    members += [.init("size", .int(upload.file.size)), .init("state", .string(upload.state.word))]
    return .object(members)
  }

  static func write(_ json: JSON, to path: String) throws {
    do throws(FileError) {
      if let parent = Files.parent(of: path) { try Files.createDirectories(parent) }
      try Files.writeAtomically(JSONWriter.indented(json), to: path)
    } catch {
      throw MachineError("\(error)", hint: "`[publish] output` names the file of the report")
    }
  }
}

extension Upload.State {
  fileprivate var word: String {
    switch self {
    case .waiting: "planned"
    case .present: "present"
    case .earlier: "published-earlier"
    case .published: "published"
    case .conflict: "conflict"
    case .refused: "refused"
    case .failed: "failed"
    case .unknown: "unknown"
    case .held: "not-published"
    }
  }
}
