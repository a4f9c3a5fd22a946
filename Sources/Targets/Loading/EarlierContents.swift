// What files held at another time: so that BUILD files can be read as they were.

internal import Fingerprints

/// The contents of files at another time, for those that have changed since.
package struct EarlierContents: Sendable {
  package enum Content: Equatable, Sendable {
    case bytes([UInt8])
    /// There was no such file.
    case absent

    package var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }

    func fingerprint(_ secret: Secret) -> Fingerprint { bytes.map { secret.fingerprint(of: $0) } ?? .absent }
  }

  private let find: @Sendable (String) -> Content?

  /// - Parameter find: what a file held, by its path from the root; nil for one that has not changed. Asked again and again, from any thread.
  package init(_ find: @escaping @Sendable (String) -> Content?) { self.find = find }

  func content(of path: String) -> Content? { find(path) }
}
