// Putting the names and passwords of addresses back where a process is started.

/// Texts with masked addresses → texts with the addresses as they are.
struct Credentials: Sendable {
  /// Longest first: one masked address may begin with another.
  private let addresses: [(masked: String, real: String)]

  init(_ addresses: [String: String]) {
    self.addresses = addresses.map { ($0.key, $0.value) }.sorted { ($0.0.utf8.count, $0.0) > ($1.0.utf8.count, $1.0) }
  }

  func applied(to text: String) -> String {
    if addresses.isEmpty || !text.contains("***@") { return text }
    var result = ""
    var rest = text[...]
    while !rest.isEmpty {
      if let address = addresses.first(where: { rest.hasPrefix($0.masked) }) {
        result += address.real
        rest.removeFirst(address.masked.count)
      } else {
        result.append(rest.removeFirst())
      }
    }
    return result
  }
}
