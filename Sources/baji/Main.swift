// The program: arguments in, exit code out.

internal import Glibc
internal import Invocation

@main enum Main {
  static func main() {
    var environment: [String: String] = [:]
    var entry = environ
    while let pair = entry.pointee {
      let text = String(cString: pair)
      if let equals = text.firstIndex(of: "=") { environment[String(text[..<equals])] = String(text[text.index(after: equals)...]) }
      entry += 1
    }
    guard let directory = getcwd(nil, 0) else {
      let message = "error: the working directory cannot be found: it was removed, or may not be read\n"
      _ = write(2, message, message.utf8.count)
      exit(2)
    }
    let invocation = Invocation(
      arguments: Array(CommandLine.arguments.dropFirst()), environment: environment, workingDirectory: String(cString: directory))
    exit(invocation.run())
  }
}
