// `filter`, and the options of its scope, which narrow the targets of every goal.

internal import Diagnostics
internal import Options
internal import Plugins
internal import Targets

/// `list` by another name: the options of `[filter]` have been at work on the selection already.
func filterTargets(_ session: Session) throws -> Int32 {
  let graph = try session.graph()
  try session.answer(session.selected(withImports: false).map { graph.address(of: $0).description }, of: "filter")
  return 0
}

extension Session {
  /// What `[GLOBAL] tag` and the options of `[filter]` leave of the targets.
  ///
  /// Each argument is a list with commas, of which one must fit; a `-` before it turns it round; all arguments must hold.
  func filtered(_ ids: [TargetID], in graph: Graph) throws -> [TargetID] {
    var ids = graph.filter(ids, tags: options.strings("GLOBAL", "tag"))
    let types = options.strings("filter", "target_type")
    try checkTypes(types, in: graph)
    ids = graph.filter(ids, types: types)
    switch options.string("filter", "granularity") {
    case "file": ids = ids.filter { graph.address(of: $0).file != nil }
    case "BUILD": ids = ids.filter { graph.address(of: $0).file == nil }
    default: break
    }
    let addresses = options.strings("filter", "address_regex")
    if !addresses.isEmpty {
      let patterns = try patterns(in: addresses, of: "--filter-address-regex")
      ids = graph.filter(ids, addresses: addresses) { patterns[$0]?.firstMatch(in: $1) != nil }
    }
    let tags = options.strings("filter", "tag_regex")
    if !tags.isEmpty {
      let patterns = try patterns(in: tags, of: "--filter-tag-regex")
      ids = graph.filter(ids, tags: tags) { patterns[$0]?.firstMatch(in: $1) != nil }
    }
    return ids
  }

  private func checkTypes(_ arguments: [String], in graph: Graph) throws {
    if arguments.isEmpty { return }
    let opaque = Set(graph.unknownTypes.map(\.name))
    var errors: [Diagnostic] = []
    for name in arguments.flatMap(items) where plugins.registry.type(named: name) == nil && !opaque.contains(name) {
      let near = nearestName(to: name, among: (Array(plugins.registry.types.keys) + opaque).sorted())
      errors.append(
        Diagnostic(
          .error, "`--filter-target-type`: no target type `\(name)`",
          hint: near.map { "did you mean `\($0)`?" } ?? "`baji help targets` lists them"))
    }
    if !errors.isEmpty { throw UserError(errors) }
  }

  private func patterns(in arguments: [String], of option: String) throws -> [String: Pattern] {
    var compiled: [String: Pattern] = [:]
    for text in arguments.flatMap(items) where compiled[text] == nil {
      do throws(Pattern.Failure) {
        compiled[text] = try Pattern(text)
      } catch {
        throw UserError("`\(option)`: `\(text)` is no pattern: \(error.message)")
      }
    }
    return compiled
  }

  /// `-a,b` → a, b.
  private func items(of argument: String) -> [String] {
    let body = argument.hasPrefix("-") || argument.hasPrefix("+") ? argument.dropFirst() : argument[...]
    return body.split(separator: ",").map(String.init)
  }
}
