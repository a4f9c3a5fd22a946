// The one LMDB environment of a folder: opened, put aside when damaged, read, written and grown here and nowhere else.

internal import CLMDB
internal import Fingerprints
internal import Glibc
internal import Host
internal import Synchronization

/// A change to the database, applied by the writer's thread.
enum Operation: Sendable {
  case put(Store.Entry, written: UInt32)
  case delete(Store.Table, Fingerprint)
  /// Adds to a number in `meta`, inside the transaction, so that several processes may.
  case add(Fingerprint, Int64)

  var size: Int {
    switch self {
    case .put(let entry, _): entry.bytes.count + 64
    case .delete, .add: 64
    }
  }
}

/// LMDB wants one environment per process and path, so stores in one process that name the same folder share it.
///
/// Transactions hold `passage` shared; growing the map and closing hold it exclusively, since LMDB wants no transaction open then.
final class Environment: @unchecked Sendable {  // set once before it is shared; LMDB lets all threads use the handle
  static let initialMapSize = 64 << 30
  static let readers: UInt32 = 1024

  let folder: String
  private let handle: OpaquePointer
  private let tables: [MDB_dbi]  // by the table's raw value; 0 is unused
  private let passage = ReadWriteLock()
  /// pthread's locks here and in `opened`, because the thread sanitizer does not know those of `Synchronization`.
  private let idle = Monitor<[Transaction]>([])
  private let isClosed = Atomic<Bool>(false)
  /// Set when the file was found damaged: from then on nothing is written. Look-ups go on, since each is guarded and each value is checked.
  private let isDamaged = Atomic<Bool>(false)
  /// Set when LMDB was left in the middle of a change of its own state: from then on every look-up is a miss too.
  private let isBroken = Atomic<Bool>(false)
  /// Shared from opening to closing.
  private let lock: Mutex<FileLock?>
  /// Held for the length of a write transaction.
  private let checker: Mutex<Checker>

  private struct Transaction: @unchecked Sendable {  // MDB_NOTLS: a read transaction belongs to whoever holds this value
    let handle: OpaquePointer
  }

  // MARK: Opening

  private struct Opened {
    var environments: [String: (environment: Environment, users: Int)] = [:]
  }

  private static let opened = Monitor(Opened())

  /// The environment in `folder`/lmdb, made if it is not there. Pair it with `release`.
  static func acquire(folder: String, mapSize: Int = initialMapSize) throws(StoreError) -> Environment {
    let result: Result<Environment, StoreError> = opened.change { opened in
      if let found = opened.environments[folder] {
        opened.environments[folder] = (found.environment, found.users + 1)
        return .success(found.environment)
      }
      do throws(StoreError) {
        let environment = try Environment(folder: folder, mapSize: mapSize)
        opened.environments[folder] = (environment, 1)
        return .success(environment)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  func release() {
    Self.opened.change { opened in
      guard let found = opened.environments[folder] else { return }
      if found.users > 1 {
        opened.environments[folder] = (found.environment, found.users - 1)
      } else {
        opened.environments[folder] = nil
        close()
      }
    }
  }

  private init(folder: String, mapSize: Int) throws(StoreError) {
    self.folder = folder
    baji_db_install_guard()
    var attempts = 0
    while true {
      guard let shared = try Self.sharedLock(of: folder) else { throw .locked("\(folder)/lmdb.lock") }
      do throws(OpenFailure) {
        let opened = try Self.open("\(folder)/lmdb", mapSize: mapSize)
        (handle, tables) = (opened.handle, opened.tables)
        checker = Mutex(opened.checker)
        lock = Mutex(shared)
        return
      } catch {
        if case .other(let reason) = error { throw reason }
        attempts += 1
        if attempts > 2 { throw .brokenAndInUse(folder) }
      }
      _ = consume shared  // closed, and so released, before the exclusive one is asked for
      try Self.putAside(folder: folder, mapSize: mapSize)
    }
  }

  /// Every process that has the environment open holds this shared. nil where somebody keeps it exclusively for more than a second.
  private static func sharedLock(of folder: String) throws(StoreError) -> FileLock? {
    for _ in 0..<100 {
      do throws(FileError) {
        if let lock = try FileLock.tryAcquire("\(folder)/lmdb.lock", .shared) { return lock }
      } catch {
        throw .file(error)
      }
      usleep(10_000)
    }
    return nil
  }

  private enum OpenFailure: Error {
    case damaged
    case other(StoreError)
  }

  private static func isDamage(_ code: Int32) -> Bool {
    switch code {
    case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_INVALID, MDB_VERSION_MISMATCH, MDB_PANIC, BAJI_DB_TRIPPED: true
    // None of these happens with what is asked of it here: a table that is none, a tree deeper than any, a page fuller than it can be.
    case MDB_INCOMPATIBLE, MDB_CURSOR_FULL, MDB_PAGE_FULL: true
    default: false
    }
  }

  private static func failure(_ code: Int32, _ operation: String) -> OpenFailure {
    isDamage(code) ? .damaged : .other(.database(operation: operation, code: code, message: message(code)))
  }

  static func message(_ code: Int32) -> String {
    isDamage(code) ? "the file is damaged; a later run replaces it" : mdb_strerror(code).map { String(cString: $0) } ?? "error \(code)"
  }

  /// What opening gives.
  private struct Open: ~Copyable {
    let handle: OpaquePointer
    let tables: [MDB_dbi]
    let checker: Checker
  }

  private static func open(_ path: String, mapSize: Int) throws(OpenFailure) -> Open {
    do throws(FileError) { try Files.createDirectory(path, mode: 0o700) } catch { throw .other(.file(error)) }
    if Files.exists("\(path)/\(BAJI_DB_DAMAGE_MARK)") { throw .damaged }
    let header = baji_db_check_header(path)
    if header != 0 { throw failure(header, "open") }
    try reserveLockFile("\(path)/lock.mdb")
    var mapSize = mapSize
    while true {
      var created: OpaquePointer?
      guard mdb_env_create(&created) == 0, let handle = created else { throw failure(ENOMEM, "open") }
      mdb_env_set_mapsize(handle, mapSize)
      mdb_env_set_maxdbs(handle, 16)
      mdb_env_set_maxreaders(handle, readers)
      let code = baji_db_open(handle, path, UInt32(MDB_NOTLS | MDB_NOMETASYNC), 0o600)
      if code == ENOMEM, mapSize > 64 << 20 {
        mdb_env_close(handle)
        mapSize /= 2
        continue
      }
      if code == BAJI_DB_TRIPPED { throw .damaged }  // the handle is lost with what it holds: closing it could fault again
      guard code == 0 else {
        mdb_env_close(handle)
        throw failure(code, "open")
      }
      do throws(OpenFailure) {
        try checkLength(handle)
        var dead: Int32 = 0
        mdb_reader_check(handle, &dead)
        guard var checker = Checker() else { throw failure(ENOMEM, "open") }
        let tables = try openTables(handle, &checker)
        return Open(handle: handle, tables: tables, checker: checker)
      } catch {
        if case .other = error { mdb_env_close(handle) }
        throw error
      }
    }
  }

  /// The lock file is written through a map: on a full disk a hole in it would be SIGBUS.
  private static func reserveLockFile(_ path: String) throws(OpenFailure) {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .other(.file(FileError("open", path, code: errno))) }
    defer { Glibc.close(descriptor) }
    // 64 bytes a reader (`MDB_reader`) and a header of less than two pages (`MDB_txninfo`).
    let code = baji_reserve(descriptor, 0, Int(readers) * 64 + 8192)
    if code != 0 { throw .other(.file(FileError("write", path, code: code))) }
  }

  /// Every page the last commit knows must lie in the file: a shorter one was truncated. (`write` keeps that true.)
  private static func checkLength(_ handle: OpaquePointer) throws(OpenFailure) {
    var info = MDB_envinfo()
    var stat = MDB_stat()
    var descriptor: Int32 = -1
    mdb_env_info(handle, &info)
    mdb_env_get_fd(handle, &descriptor)
    mdb_env_stat(handle, &stat)
    var file = Glibc.stat()
    guard fstat(descriptor, &file) == 0 else { return }
    let (wanted, overflow) = (info.me_last_pgno &+ 1).multipliedReportingOverflow(by: Int(stat.ms_psize))
    if overflow || wanted <= 0 || Int(file.st_size) < wanted { throw .damaged }
  }

  private static func openTables(_ handle: OpaquePointer, _ checker: inout Checker) throws(OpenFailure) -> [MDB_dbi] {
    for isWriting in [false, true] {
      var transaction: OpaquePointer?
      let begun = baji_db_begin(handle, isWriting ? 0 : UInt32(MDB_RDONLY), &transaction)
      guard begun == 0, let transaction else { throw failure(begun, "open") }
      var tables: [MDB_dbi] = [0]
      var code = isWriting ? checker.begin(handle, transaction) : 0
      for table in Store.Table.allCases where code == 0 {
        var dbi: MDB_dbi = 0
        var flags: UInt32 = 0
        code = baji_db_open_table(transaction, table.name, isWriting ? UInt32(MDB_CREATE) : 0, &dbi)
        if code == 0, mdb_dbi_flags(transaction, dbi, &flags) != 0 || flags != 0 { code = MDB_CORRUPTED }  // none was ever given
        tables.append(dbi)
      }
      if code == 0 {
        faultPoint("store.create.before-commit")
        code = baji_db_commit(transaction)
        faultPoint("store.create.after-commit")
        if isWriting { checker.end(committed: code == 0) }
        if code == 0 { return tables }
      } else if code != BAJI_DB_TRIPPED {
        mdb_txn_abort(transaction)
      }
      if code != MDB_NOTFOUND { throw failure(code, "open") }
    }
    throw failure(MDB_CORRUPTED, "open")
  }

  /// Renames a damaged environment away, if no other process has it open.
  private static func putAside(folder: String, mapSize: Int) throws(StoreError) {
    do throws(FileError) {
      if let lock = try FileLock.tryAcquire("\(folder)/lmdb.lock", .exclusive) {
        defer { withExtendedLifetime(lock) {} }
        // Another process may have replaced it before this one got the lock.
        if canBeOpened(folder: folder, mapSize: mapSize) { return }
        try Files.createDirectory("\(folder)/gone", mode: 0o700)
        faultPoint("store.aside.before-rename")
        try Files.rename("\(folder)/lmdb", "\(folder)/gone/lmdb-\(Files.randomName(8))")
        faultPoint("store.aside.after-rename")
        return
      }
    } catch {
      throw .file(error)
    }
    throw .brokenAndInUse(folder)
  }

  /// Whether the environment can be opened.
  private static func canBeOpened(folder: String, mapSize: Int) -> Bool {
    do throws(OpenFailure) {
      mdb_env_close(try open("\(folder)/lmdb", mapSize: mapSize).handle)
      return true
    } catch {
      return false
    }
  }

  private func close() {
    isClosed.store(true, ordering: .sequentiallyConsistent)
    // Who still reads after ten seconds keeps it open until the process ends.
    guard passage.lockExclusively(within: 10) else { return }
    defer { passage.unlock() }
    defer { lock.withLock { $0 = nil } }
    if isBroken.load(ordering: .sequentiallyConsistent) { return }  // damaged: closing could fault again
    idle.change { idle in
      for transaction in idle { mdb_txn_abort(transaction.handle) }
      idle = []
    }
    mdb_env_close(handle)
  }

  private var isReadable: Bool { !isClosed.load(ordering: .relaxed) && !isBroken.load(ordering: .relaxed) }
  var isWritable: Bool { isReadable && !isDamaged.load(ordering: .relaxed) }

  /// Remembers damage, on disk too, so that the next process that has the environment alone puts it aside.
  private func note(_ code: Int32, whileChanging: Bool = false) {
    guard Self.isDamage(code) else { return }
    if whileChanging, code == BAJI_DB_TRIPPED { isBroken.store(true, ordering: .sequentiallyConsistent) }
    guard !isDamaged.exchange(true, ordering: .sequentiallyConsistent) else { return }
    try? Files.write([], to: "\(folder)/lmdb/\(BAJI_DB_DAMAGE_MARK)", mode: 0o600)
  }

  // MARK: Reading

  /// Runs `body` with a read transaction; nil where none can be had.
  func read<Result, Failure: Error>(_ body: (Snapshot) throws(Failure) -> Result?) throws(Failure) -> Result? {
    for attempt in 0..<2 {
      passage.lockShared()
      guard isReadable else {
        passage.unlock()
        return nil
      }
      var code: Int32 = 0
      if let transaction = begin(&code) {
        defer {
          end(transaction)
          passage.unlock()
        }
        return try body(Snapshot(environment: self, transaction: transaction.handle))
      }
      passage.unlock()
      guard code == MDB_MAP_RESIZED, attempt == 0, resize(to: 0) == 0 else {
        note(code, whileChanging: true)
        return nil
      }
    }
    return nil
  }

  private func begin(_ code: inout Int32) -> Transaction? {
    if let transaction = idle.change({ $0.popLast() }) {
      code = baji_db_renew(transaction.handle)
      if code == 0 { return transaction }
      if code != BAJI_DB_TRIPPED { mdb_txn_abort(transaction.handle) }
      if code == MDB_MAP_RESIZED { return nil }
    }
    var handle: OpaquePointer?
    code = baji_db_begin(self.handle, UInt32(MDB_RDONLY), &handle)
    guard code == 0, let handle else { return nil }
    return Transaction(handle: handle)
  }

  private func end(_ transaction: Transaction) {
    mdb_txn_reset(transaction.handle)
    let isKept = idle.change { idle in
      guard idle.count < 16 else { return false }
      idle.append(transaction)
      return true
    }
    if !isKept { mdb_txn_abort(transaction.handle) }
  }

  /// The database as one commit left it. Valid only inside the `read` that gave it.
  struct Snapshot {
    fileprivate let environment: Environment
    fileprivate let transaction: OpaquePointer

    /// A checked value: payload and when it was written (seconds since the epoch). The bytes are lent for the transaction's life.
    func value(_ table: Store.Table, _ key: Fingerprint, _ secret: Secret) -> (bytes: UnsafeRawBufferPointer, written: UInt32)? {
      var found = baji_db_value()
      let code = secret.bytes.withUnsafeBytes {
        baji_db_get(
          transaction, environment.tables[Int(table.rawValue)], table.rawValue, baji_db_key(key), table == .blobs ? 1 : 0, $0.baseAddress,
          $0.count, &found)
      }
      guard code == 0 else {
        environment.note(code)
        return nil
      }
      return (UnsafeRawBufferPointer(start: found.bytes, count: found.size), found.written)
    }

    /// Whether there is a value, without a look at it.
    func contains(_ table: Store.Table, _ key: Fingerprint) -> Bool {
      let code = baji_db_has(transaction, environment.tables[Int(table.rawValue)], baji_db_key(key))
      environment.note(code)
      return code == 0
    }

    /// Every key of a table in order, with the payload's size in bytes and when it was written; values unchecked.
    /// - Returns: false where the walk ended because the file is damaged.
    func forEach(_ table: Store.Table, _ body: (Fingerprint, _ size: Int, _ written: UInt32) -> Void) -> Bool {
      var cursor: OpaquePointer?
      guard baji_db_open_cursor(transaction, environment.tables[Int(table.rawValue)], &cursor) == 0, let cursor else { return false }
      defer { mdb_cursor_close(cursor) }
      var key = baji_db_key()
      var value = baji_db_value()
      var code = baji_db_next(cursor, nil, &key, &value)
      while code == 0 {
        body(Fingerprint(high: key.high, low: key.low), value.size, value.written)
        var last = key
        code = baji_db_next(cursor, &last, &key, &value)
      }
      environment.note(code)
      return code == MDB_NOTFOUND
    }

    /// Entries of a table, and the bytes of its pages.
    func extent(_ table: Store.Table) -> (entries: Int, bytes: Int64) {
      var stat = MDB_stat()
      guard baji_db_table_stat(transaction, environment.tables[Int(table.rawValue)], &stat) == 0 else { return (0, 0) }
      // Counts are taken from the file as they are: more than the map could hold is damage.
      let map = environment.mapSize
      let counts = [stat.ms_branch_pages, stat.ms_leaf_pages, stat.ms_overflow_pages, stat.ms_entries]
      guard stat.ms_psize > 0, stat.ms_psize <= 1 << 16, counts.allSatisfy({ (0...map).contains(Int(truncatingIfNeeded: $0)) }) else {
        environment.note(MDB_CORRUPTED)
        return (0, 0)
      }
      return (stat.ms_entries, Int64(stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages) * Int64(stat.ms_psize))
    }
  }

  // MARK: Writing

  /// Applies operations in one transaction, on the calling thread.
  /// - Throws: why nothing was written. After `.database` with `BAJI_DB_TRIPPED` the calling thread must end.
  func write(_ operations: [Operation], _ secret: Secret) throws(StoreError) {
    var attempts = 0
    while true {
      let code = tryWrite(operations, secret)
      switch code {
      case 0: return
      case MDB_MAP_RESIZED where attempts < 8, MDB_MAP_FULL where attempts < 8:
        attempts += 1
        let resized = resize(to: code == MDB_MAP_FULL ? mapSize * 2 : 0)
        if resized != 0 { throw Self.error(resized) }
      default:
        note(code, whileChanging: true)
        throw Self.error(code)
      }
    }
  }

  private static func error(_ code: Int32) -> StoreError { .database(operation: "write to", code: code, message: message(code)) }

  private func tryWrite(_ operations: [Operation], _ secret: Secret) -> Int32 {
    passage.lockShared()
    defer { passage.unlock() }
    guard isWritable else { return isReadable ? MDB_CORRUPTED : EBADF }
    return checker.withLock { checker in
      var begun: OpaquePointer?
      var code = baji_db_begin(handle, 0, &begun)
      guard code == 0, let transaction = begun else { return code }
      defer { checker.end(committed: code == 0) }
      code = checker.begin(handle, transaction)
      for operation in operations where code == 0 {
        code = checker.check(operation)
        if code == 0 { code = apply(operation, transaction, secret) }
      }
      if code != 0 {
        if code != BAJI_DB_TRIPPED { mdb_txn_abort(transaction) }
        return code
      }
      faultPoint("store.commit.before")
      code = baji_db_commit(transaction)
      faultPoint("store.commit.after")
      if code == 0 { fillUp() }
      return code
    }
  }

  /// The last page of a commit may be one that was freed again and never written: the file is made as long as its header says.
  private func fillUp() {
    var info = MDB_envinfo()
    var stat = MDB_stat()
    var descriptor: Int32 = -1
    mdb_env_info(handle, &info)
    mdb_env_stat(handle, &stat)
    mdb_env_get_fd(handle, &descriptor)
    let (end, overflow) = (info.me_last_pgno &+ 1).multipliedReportingOverflow(by: Int(stat.ms_psize))
    guard !overflow, end > 0 else { return }
    _ = baji_reserve(descriptor, end - Int(stat.ms_psize), end)
  }

  private func apply(_ operation: Operation, _ transaction: OpaquePointer, _ secret: Secret) -> Int32 {
    switch operation {
    case .put(let entry, let written):
      return put(entry, written, transaction, secret)
    case .delete(let table, let key):
      let code = baji_db_delete(transaction, tables[Int(table.rawValue)], baji_db_key(key))
      return code == MDB_NOTFOUND ? 0 : code
    case .add(let key, let amount):
      let snapshot = Snapshot(environment: self, transaction: transaction)
      let old = snapshot.value(.meta, key, secret)?.bytes
      let sum = max(0, (old.map { $0.count == 8 ? $0.loadUnaligned(as: Int64.self) : 0 } ?? 0) &+ amount)
      return put(Store.Entry(.meta, key, withUnsafeBytes(of: sum) { Array($0) }), 0, transaction, secret)
    }
  }

  private func put(_ entry: Store.Entry, _ written: UInt32, _ transaction: OpaquePointer, _ secret: Secret) -> Int32 {
    let table = entry.table.rawValue
    return secret.bytes.withUnsafeBytes { secret in
      entry.bytes.withUnsafeBytes {
        baji_db_put(
          transaction, tables[Int(table)], table, baji_db_key(entry.key), written, $0.baseAddress, $0.count, secret.baseAddress,
          secret.count)
      }
    }
  }

  /// Bytes.
  var mapSize: Int {
    var info = MDB_envinfo()
    mdb_env_info(handle, &info)
    return info.me_mapsize
  }

  /// Sets the map's size, or adopts what another process made it (`0`), when no transaction is open. 0, or an errno.
  private func resize(to size: Int) -> Int32 {
    // Bounded, because a look-up inside another one would wait for itself: it is a miss instead.
    guard passage.lockExclusively(within: 5) else { return EBUSY }
    defer { passage.unlock() }
    guard isReadable else { return EBADF }
    let code = baji_db_resize(handle, size)
    if code != 0 { isBroken.store(true, ordering: .sequentiallyConsistent) }  // the old map is gone: nothing can be read any more
    return code
  }
}

extension baji_db_key {
  init(_ fingerprint: Fingerprint) { self.init(high: fingerprint.high, low: fingerprint.low) }
}
