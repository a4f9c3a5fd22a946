// `graph`: the selected targets and the edges between them, as DOT, JSON, or a page to walk about in.

internal import Diagnostics
internal import Formats
internal import Options
internal import Targets

func drawGraph(_ session: Session) throws -> Int32 {
  let graph = try session.graph()
  let options = session.options
  let selected = try session.selected()
  var ids = options.bool("graph", "generators") ? selected : graph.expandingGenerators(selected)
  if options.bool("graph", "transitive") {
    ids = Set(ids).union(graph.transitiveDependencies(of: ids, followingReferences: true)).sorted()
  }
  var drawing = GraphDrawing(of: ids, in: graph)
  let collapses = options.string("graph", "collapse") == "folder"
  let format = options.string("graph", "format") ?? "dot"
  if format == "html" {
    try session.answer(text: drawing.page(title: lastPart(of: session.root), collapsed: collapses), of: "graph")
    return 0
  }
  if collapses {
    let depth = options.int("graph", "collapse_depth")
    if let depth, depth < 1 { throw UserError("`--graph-collapse-depth=\(depth)`: at least one part of a path is needed") }
    drawing = drawing.collapsed(depth: depth)
  }
  if format == "json" {
    try session.answer(drawing.json, of: "graph")
  } else {
    try session.answer(text: drawing.dot(), of: "graph")
  }
  return 0
}

private func lastPart(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

/// Some targets, or folders of them, and the edges between them.
struct GraphDrawing: Equatable {
  struct Node: Equatable {
    let name: String
    /// Empty for a folder.
    let type: String
    let folder: String
    /// How many targets it stands for.
    var targets = 1
  }

  struct Edge: Hashable {
    let from: Int32
    let to: Int32
  }

  private(set) var nodes: [Node]
  /// By their ends, and how many edges between targets each stands for.
  private(set) var edges: [(edge: Edge, count: Int)]

  static func == (a: GraphDrawing, b: GraphDrawing) -> Bool {
    a.nodes == b.nodes && a.edges.elementsEqual(b.edges) { $0 == $1 }
  }

  /// - Parameter ids: in the order of the nodes.
  init(of ids: [TargetID], in graph: Graph) {
    var places = [Int32](repeating: -1, count: graph.count)
    for (place, id) in ids.enumerated() { places[Int(id)] = Int32(place) }
    nodes = ids.map { id in
      let address = graph.address(of: id)
      return Node(name: address.description, type: graph.typeName(of: id), folder: address.residence)
    }
    edges = []
    for (place, id) in ids.enumerated() {
      for other in graph.expandedEdges[id] where places[Int(other)] >= 0 && other != id {
        edges.append((Edge(from: Int32(place), to: places[Int(other)]), 1))
      }
    }
  }

  private init(nodes: [Node], edges: [(edge: Edge, count: Int)]) {
    self.nodes = nodes
    self.edges = edges
  }

  /// A node for each folder in place of its targets; edges within one are gone.
  /// - Parameter depth: folders further down count as the one so many parts from the root; nil for all of them.
  func collapsed(depth: Int?) -> GraphDrawing {
    var folders: [Node] = []
    var known: [String: Int32] = [:]
    var places: [Int32] = []
    for node in nodes {
      var folder = node.folder
      if let depth { folder = folder.split(separator: "/").prefix(depth).joined(separator: "/") }
      if let place = known[folder] {
        folders[Int(place)].targets += node.targets
        places.append(place)
      } else {
        known[folder] = Int32(folders.count)
        places.append(Int32(folders.count))
        folders.append(Node(name: folder.isEmpty ? "//" : folder, type: "", folder: folder, targets: node.targets))
      }
    }
    var counts: [Edge: Int] = [:]
    for (edge, count) in edges {
      let between = Edge(from: places[Int(edge.from)], to: places[Int(edge.to)])
      if between.from != between.to { counts[between, default: 0] += count }
    }
    return GraphDrawing(
      nodes: folders, edges: counts.map { ($0.key, $0.value) }.sorted { ($0.edge.from, $0.edge.to) < ($1.edge.from, $1.edge.to) })
  }

  // MARK: Formats

  /// For Graphviz.
  func dot() -> String {
    var text = "digraph targets {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n"
    for (place, node) in nodes.enumerated() {
      let more = node.type.isEmpty ? "\(node.targets) target\(node.targets == 1 ? "" : "s")" : node.type
      text += "  n\(place) [label=\(quoted(node.name)), tooltip=\(quoted(more))];\n"
    }
    for (edge, count) in edges {
      text += "  n\(edge.from) -> n\(edge.to)\(count > 1 ? " [label=\"\(count)\"]" : "");\n"
    }
    return text + "}\n"
  }

  private func quoted(_ text: String) -> String {
    var result = "\""
    for character in text {
      if character == "\"" || character == "\\" { result.append("\\") }
      result.append(character == "\n" ? " " : character)
    }
    return result + "\""
  }

  /// `nodes` with what they are, `edges` with the names of their ends.
  var json: JSON {
    .object([
      .init(
        "nodes",
        .array(
          nodes.map { node in
            .object(
              [.init("name", .string(node.name))] + (node.type.isEmpty ? [] : [.init("type", .string(node.type))]) + [
                .init("folder", .string(node.folder)), .init("targets", .int(node.targets)),
              ])
          })),
      .init(
        "edges",
        .array(
          edges.map { edge, count in
            .object([
              .init("from", .string(nodes[Int(edge.from)].name)), .init("to", .string(nodes[Int(edge.to)].name)),
              .init("count", .int(count)),
            ])
          })),
    ])
  }

  /// The same as small as can be: for the page.
  private func embedded(title: String, collapsed: Bool) -> String {
    let value = JSON.object([
      .init("title", .string(title)), .init("collapsed", .bool(collapsed)),
      .init("nodes", .array(nodes.map { .array([.string($0.name), .string($0.type), .string($0.folder)]) })),
      .init("edges", .array(edges.map { .array([.int(Int($0.edge.from)), .int(Int($0.edge.to))]) })),
    ])
    // Nothing in it may end the element it stands in.
    return String(decoding: JSONWriter.compact(value, asciiOnly: true), as: UTF8.self).split(
      separator: "<", omittingEmptySubsequences: false
    )
    .joined(separator: "\\u003c")
  }

  /// A page that needs nothing else, no network and no file.
  func page(title: String, collapsed: Bool) -> String {
    let parts = graphPage.split(separator: "@GRAPH@", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.joined(separator: embedded(title: title, collapsed: collapsed))
  }
}
