// `list`: the selected targets, in the order Pants lists them in.

internal import Options
internal import Targets

func listTargets(_ session: Session) throws -> Int32 {
  let graph = try session.graph()
  let ids = try session.selected(withImports: false)
  guard session.options.bool("list", "documented") else {
    try session.answer(ids.map { graph.address(of: $0).description }, of: "list")
    return 0
  }
  let documented = ids.compactMap { id -> String? in
    guard let description = graph.field("description", of: id).string?.trimmed, !description.isEmpty else { return nil }
    let lines = description.split(separator: "\n", omittingEmptySubsequences: false)
    return "\(graph.address(of: id))\n  \(lines.joined(separator: "\n  "))"
  }
  try session.answer(documented, of: "list")
  return 0
}

extension String {
  /// Without white space at either end.
  fileprivate var trimmed: String {
    let start = drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
  }
}
