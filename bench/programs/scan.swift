// Times the scanner of Python imports: reads the files that a list names, scans them all a number of times, and prints the best time in
// seconds, the number of imports, and the number of different names in each file.

import Glibc

@main
struct ScanBenchmark {
  static func main() {
    guard CommandLine.arguments.count == 3, let rounds = Int(CommandLine.arguments[2]), let scanner = ImportScanner.named("python") else {
      fatalError("usage: scan LIST ROUNDS")
    }
    let files = read(CommandLine.arguments[1]).split(separator: UInt8(ascii: "\n")).map { read(String(decoding: $0, as: UTF8.self)) }
    var best = Double.infinity
    var (imports, names) = (0, 0)
    for _ in 0..<rounds {
      let found = ContinuousClock().measure { imports = files.reduce(0) { $0 + scanner.scan($1).count { $0.kind == .module } } }
      best = min(best, Double(found.components.seconds) + Double(found.components.attoseconds) / 1e18)
    }
    names = files.reduce(0) { $0 + Set(scanner.scan($1).lazy.filter { $0.kind == .module }.map(\.name)).count }
    print(best, imports, names)
  }

  static func read(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { fatalError("cannot read \(path)") }
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    let size = ftell(file)
    rewind(file)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in count = fread(buffer.baseAddress, 1, size, file) }
  }
}
