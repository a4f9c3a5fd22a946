// Names and passwords in addresses (`https://name:password@host/`): whoever reads an option sees `***` in their place.

/// Masked address → the address as it was given, for whoever connects to it. Never part of a key, an output, or anything that is kept.
struct AddressCredentials: Sendable {
  private(set) var addresses: [String: String] = [:]

  /// The value with `***` for what stands before the `@` of each address in it.
  mutating func masked(_ value: OptionValue) -> OptionValue {
    switch value {
    case .unset, .bool, .int, .float: value
    case .string(let text): .string(masked(text))
    case .list(let items): .list(items.map { masked($0) })
    case .dictionary(let entries): .dictionary(entries.map { OptionValue.Entry($0.name, masked($0.value)) })
    }
  }

  private mutating func masked(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let scheme = rest.firstRange(of: "://") {
      let beginning = rest[..<scheme.lowerBound].lastIndex { !($0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0))) }
      let start = beginning.map { rest.index(after: $0) } ?? rest.startIndex
      let authority = rest[scheme.upperBound...].prefix { !"/?#\"',".contains($0) && !$0.isWhitespace }
      guard let at = authority.lastIndex(of: "@"), AddressCredentials.isSecret(authority[..<at]) else {
        result += rest[..<authority.endIndex]
        rest = rest[authority.endIndex...]
        continue
      }
      let end = rest[at...].firstIndex { "\"',".contains($0) || $0.isWhitespace } ?? rest.endIndex
      let masked = "\(rest[start..<scheme.upperBound])***\(rest[at..<end])"
      addresses[masked] = String(rest[start..<end])
      result += rest[..<start] + masked
      rest = rest[end...]
    }
    return result + rest
  }

  /// `git@host` tells nobody's secret; a password does, and so does a long name, which is a token.
  private static func isSecret(_ owner: Substring) -> Bool { owner.contains(":") || owner.utf8.count >= 16 }
}
