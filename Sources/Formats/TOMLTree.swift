// A TOML document while it is read: tables that can still grow, and the rules about who may add to them.

/// A table under construction; lives on the parser's thread only.
final class TOMLNode {
  /// What made the table, which decides what may still be added to it.
  enum Origin {
    /// The way to a deeper header: `a` of `[a.b]`. Its own header may follow once.
    case implied
    /// `[a]`, or the document, or an element of `[[a]]`.
    case header
    /// The way of a dotted name: `a` of `a.b = 1`.
    case dotted
    /// `{ … }`: complete as it stands.
    case inline
  }

  enum Item {
    case value(TOMLValue)
    case table(TOMLNode)
    case tables([TOMLNode])
  }

  var origin: Origin
  let position: TextPosition
  private(set) var entries: [(name: String, position: TextPosition, item: Item)] = []
  private var places: [String: Int] = [:]

  init(_ origin: Origin, at position: TextPosition) {
    self.origin = origin
    self.position = position
  }

  subscript(name: String) -> Item? { places[name].map { entries[$0].item } }

  func position(of name: String) -> TextPosition? { places[name].map { entries[$0].position } }

  func set(_ name: String, at position: TextPosition, _ item: Item) {
    if let place = places[name] {
      entries[place].item = item
    } else {
      places[name] = entries.count
      entries.append((name, position, item))
    }
  }

  var frozen: TOMLTable {
    TOMLTable(
      entries.map { entry in
        let value: TOMLValue
        switch entry.item {
        case .value(let known): value = known
        case .table(let node): value = TOMLValue(.table(node.frozen), at: node.position)
        case .tables(let nodes):
          value = TOMLValue(.array(nodes.map { TOMLValue(.table($0.frozen), at: $0.position) }), at: entry.position)
        }
        return TOMLTable.Entry(entry.name, at: entry.position, value)
      })
  }

  typealias Key = (name: String, position: TextPosition)

  /// The table that `[key]` opens, from the document's root.
  func open(_ key: [Key], repeated: Bool) throws(FormatError) -> TOMLNode {
    var node = self
    for part in key.dropLast() {
      switch node[part.name] {
      case nil:
        let next = TOMLNode(.implied, at: part.position)
        node.set(part.name, at: part.position, .table(next))
        node = next
      case .table(let next) where next.origin != .inline: node = next
      case .tables(let nodes): node = nodes.last ?? node
      case .table, .value: throw FormatError("`\(part.name)` is a value already and cannot be extended", at: part.position)
      }
    }
    guard let last = key.last else { return node }
    let made = TOMLNode(.header, at: last.position)
    switch (node[last.name], repeated) {
    case (nil, false): node.set(last.name, at: last.position, .table(made))
    case (nil, true): node.set(last.name, at: last.position, .tables([made]))
    case (.tables(let nodes), true): node.set(last.name, at: last.position, .tables(nodes + [made]))
    case (.table(let next), false) where next.origin == .implied:
      next.origin = .header
      return next
    default: throw duplicate(last, in: node)
    }
    return made
  }

  /// Sets `key = value` in this table, dotted names included.
  func assign(_ key: [Key], _ value: TOMLValue) throws(FormatError) {
    var node = self
    for part in key.dropLast() {
      switch node[part.name] {
      case nil:
        let next = TOMLNode(.dotted, at: part.position)
        node.set(part.name, at: part.position, .table(next))
        node = next
      case .table(let next) where next.origin == .dotted: node = next
      default: throw FormatError("`\(part.name)` is defined already and cannot be extended by a dotted name", at: part.position)
      }
    }
    guard let last = key.last else { return }
    if node[last.name] != nil { throw duplicate(last, in: node) }
    node.set(last.name, at: last.position, .value(value))
  }

  private func duplicate(_ key: Key, in node: TOMLNode) -> FormatError {
    let first = node.position(of: key.name).map { "; the first is on line \($0.line)" } ?? ""
    return FormatError("`\(key.name)` is defined twice\(first)", at: key.position)
  }
}
