// A user's pattern: PCRE2 on small texts, bounded so that no pattern can hang a run.

internal import CPCRE2
internal import Synchronization

/// A PCRE2 pattern. Its compiled code is immutable, and each match has its own data, so any thread may use it.
package final class Pattern: Sendable {
  package let text: String
  /// nil until the first match of a pattern that is known to be one.
  private let compiled: Mutex<Compiled?>

  package struct Failure: Error, Equatable { package let message: String }

  package init(_ text: String) throws(Failure) {
    self.text = text
    compiled = Mutex(try Compiled(text))
  }

  /// - Parameter text: was compiled before, by this build: it is compiled anew when it is first used.
  init(known text: String) {
    self.text = text
    compiled = Mutex(nil)
  }

  private func code() -> Compiled? {
    compiled.withLock { compiled in
      if compiled == nil { compiled = try? Compiled(text) }
      return compiled
    }
  }

  private final class Compiled: @unchecked Sendable {  // the code is read-only after compilation (pcre2api, "Multithreading")
    let code: OpaquePointer
    /// Group names and their numbers.
    let names: [(String, Int)]

    init(_ text: String) throws(Failure) {
      var number: Int32 = 0
      var offset = 0
      let bytes = Array(text.utf8)
      let compiled = bytes.withUnsafeBufferPointer {
        pcre2_compile_8($0.baseAddress, $0.count, UInt32(PCRE2_UTF) | UInt32(PCRE2_MATCH_INVALID_UTF), &number, &offset, nil)
      }
      guard let compiled else {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(number, &buffer, buffer.count)
        let message = String(decoding: buffer.prefix(max(0, Int(length))), as: UTF8.self)
        throw Failure(message: "\(message), at byte \(offset) of the pattern")
      }
      code = compiled
      var count: UInt32 = 0
      var entrySize: UInt32 = 0
      var table: UnsafePointer<UInt8>?
      pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_NAMECOUNT), &count)
      pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_NAMEENTRYSIZE), &entrySize)
      pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_NAMETABLE), &table)
      var names: [(String, Int)] = []
      if let table {
        for index in 0..<Int(count) {
          let entry = table + index * Int(entrySize)
          names.append((String(cString: entry + 2), Int(entry[0]) << 8 | Int(entry[1])))
        }
      }
      self.names = names
    }

    deinit { pcre2_code_free_8(code) }
  }

  /// A match: groups by number (0 is the whole) and name; nil for a group that took no part.
  package struct Match: Sendable {
    package let groups: [String?]
    /// Byte range of the whole match in the text.
    package let range: Range<Int>
    let names: [(String, Int)]

    package subscript(_ name: String) -> String? {
      guard let number = names.first(where: { $0.0 == name })?.1, number < groups.count else { return nil }
      return groups[number]
    }
  }

  package func firstMatch(in text: String, from start: Int = 0) -> Match? { match(Array(text.utf8), from: start) }

  package func matches(in text: String) -> [Match] {
    let bytes = Array(text.utf8)
    var found: [Match] = []
    var position = 0
    while position <= bytes.count, let next = match(bytes, from: position) {
      found.append(next)
      position = next.range.isEmpty ? next.range.upperBound + 1 : next.range.upperBound
    }
    return found
  }

  private func match(_ bytes: [UInt8], from start: Int) -> Match? {
    guard let compiled = code() else { return nil }
    let (code, names) = (compiled.code, compiled.names)
    guard let data = pcre2_match_data_create_from_pattern_8(code, nil), let context = pcre2_match_context_create_8(nil) else { return nil }
    defer {
      pcre2_match_data_free_8(data)
      pcre2_match_context_free_8(context)
    }
    pcre2_set_match_limit_8(context, 10_000_000)  // about a second; PCRE2's own default
    let count = bytes.withUnsafeBufferPointer { pcre2_match_8(code, $0.baseAddress, $0.count, start, 0, data, context) }
    guard count > 0, let vector = pcre2_get_ovector_pointer_8(data) else { return nil }
    let pairs = Int(pcre2_get_ovector_count_8(data))
    let groups = (0..<pairs).map { index -> String? in
      let from = vector[2 * index]
      let to = vector[2 * index + 1]
      guard index < Int(count), from >= 0, from <= to, to <= bytes.count else { return nil }  // an unset group is ~0: -1 here
      return String(decoding: bytes[from..<to], as: UTF8.self)
    }
    return Match(groups: groups, range: vector[0]..<max(vector[0], vector[1]), names: names)
  }
}
