// Looks at the pages of the database before LMDB changes them; what is checked and why that is enough is said in CLMDB/check.c.

internal import CLMDB
internal import Glibc

/// Used by one write transaction at a time: between `begin` and `end`, on that transaction's thread.
struct Checker: ~Copyable, @unchecked Sendable {  // the sole owner of both pointers
  private let handle: OpaquePointer
  private let names: UnsafeMutablePointer<UnsafePointer<CChar>?>
  private static var count: Int { Int(Store.Table.allCases.map(\.rawValue).max() ?? 0) + 1 }

  /// nil where there is no memory.
  init?() {
    let names = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: Checker.count)
    names.initialize(repeating: nil, count: Checker.count)
    for table in Store.Table.allCases { names[Int(table.rawValue)] = UnsafePointer(strdup(table.name)) }
    guard let handle = baji_db_new_checker(names, Checker.count) else {
      Checker.free(names)
      return nil
    }
    self.handle = handle
    self.names = names
  }

  deinit {
    baji_db_free_checker(handle)
    Checker.free(names)
  }

  private static func free(_ names: UnsafeMutablePointer<UnsafePointer<CChar>?>) {
    for index in 0..<count { Glibc.free(UnsafeMutablePointer(mutating: names[index])) }
    names.deallocate()
  }

  /// 0; `MDB_CORRUPTED` or `BAJI_DB_TRIPPED` for a damaged file; or an errno.
  mutating func begin(_ environment: OpaquePointer, _ transaction: OpaquePointer) -> Int32 {
    baji_db_check_begin(handle, environment, transaction)
  }

  /// As `begin`, of what the operation will touch.
  mutating func check(_ operation: Operation) -> Int32 {
    switch operation {
    case .put(let entry, _): baji_db_check_put(handle, Int(entry.table.rawValue), baji_db_key(entry.key))
    case .add(let key, _): baji_db_check_put(handle, Int(Store.Table.meta.rawValue), baji_db_key(key))
    case .delete: baji_db_check_delete(handle)
    }
  }

  mutating func end(committed: Bool) { baji_db_check_end(handle, committed ? 1 : 0) }
}
