// Facts about the terminal; whether to use colours or to animate is decided by who draws.

internal import CHost
internal import Glibc

package enum Terminal {
  package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Columns and rows; nil where the descriptor is no terminal or does not know.
  package static func size(of descriptor: Int32) -> (columns: Int, rows: Int)? {
    var columns: Int32 = 0
    var rows: Int32 = 0
    guard baji_terminal_size(descriptor, &columns, &rows) == 0, columns > 0 else { return nil }
    return (Int(columns), Int(rows))
  }

  /// Makes a process group the terminal's foreground; also from the background.
  static func give(_ descriptor: Int32, to group: Int32) { _ = baji_give_terminal(descriptor, group) }
}
