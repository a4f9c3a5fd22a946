// Detached signatures of packages: made by gpg or minisign with the user's own key, and verified as soon as they are made.

internal import Diagnostics
internal import Events
internal import Execution
internal import Fingerprints
internal import Host
internal import Options
internal import Plugins
internal import Scheduling

/// A program that signs, and the key it is to sign with.
struct Signer {
  enum Kind: String { case gpg, minisign }

  let kind: Kind
  private let session: Session
  private let program: Tool
  /// gpg: what names the key; nil for gpg's default.
  private let key: String?
  /// minisign: the files of the keys.
  private let secretKey: String
  private let publicKey: String?
  private let passphrase: String?
  /// gpg: fingerprints of the keys that are meant.
  private var fingerprints: Set<String> = []

  /// What `[publish] sign` asks for; nil for nothing. The key is looked for at once.
  init?(_ session: Session) throws {
    guard let kind = session.options.string("publish", "sign").flatMap(Kind.init(rawValue:)) else { return nil }
    self.kind = kind
    self.session = session
    key = session.options.string("publish", "sign_key")
    passphrase = session.options.string("publish", "sign_passphrase")
    program = try session.program(
      SystemProgram(
        name: kind.rawValue, version: "", install: kind == .gpg ? "apt-get install gpg" : "apt-get install minisign", searchPath: []))
    let home = session.environment["HOME"] ?? ""
    func path(_ text: String) -> String {
      text.hasPrefix("~/") ? home + text.dropFirst() : session.absolute(text)
    }
    secretKey = path(key ?? "~/.minisign/minisign.key")
    let beside = (secretKey.hasSuffix(".key") ? String(secretKey.dropLast(4)) : secretKey) + ".pub"
    publicKey = session.options.string("publish", "sign_public_key").map(path) ?? (Files.exists(beside) ? beside : nil)
    switch kind {
    case .gpg: fingerprints = try secretKeys()
    case .minisign: try checkKeyFiles()
    }
  }

  /// What a signature's name has behind the package's.
  var suffix: String { kind == .gpg ? ".asc" : ".minisig" }

  // MARK: - The key

  /// The fingerprints of the primary keys that can sign.
  private func secretKeys() throws -> Set<String> {
    let action = command("the key of gpg", ["--batch", "--with-colons", "--list-secret-keys"] + (key.map { ["--", $0] } ?? []))
    let outcome = session.scheduler.run(plan(action)).last
    let text = outcome?.result.map { session.text(of: $0.standardOutput) } ?? ""
    var found: Set<String> = []
    var unfit: String?
    var isWanted = false
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count > 9 else { continue }
      if fields[0] == "sec" {
        // Expired, revoked, disabled, invalid: gpg would refuse it after minutes of building.
        isWanted = !["e", "r", "d", "i"].contains(fields[1])
        if !isWanted { unfit = fields[1] == "e" ? "has expired" : "was revoked or disabled" }
      } else if fields[0] == "fpr", isWanted {
        found.insert(String(fields[9]))
        isWanted = false
      }
    }
    if outcome?.how == .cancelled || outcome?.result?.ending == .cancelled { return [] }
    guard found.isEmpty else { return found }
    let name = key.map { "`\($0)`" } ?? "that it would use by default"
    throw UserError(
      unfit.map { "gpg's key \(name) \($0)" } ?? "gpg has no secret key \(name)",
      hint: "`[publish] sign_key` names the key; `gpg --list-secret-keys` lists what there is (GNUPGHOME is passed on)")
  }

  private func checkKeyFiles() throws {
    for (path, what, option) in [(secretKey, "secret", "sign_key"), (publicKey, "public", "sign_public_key")] {
      guard let path else { continue }
      guard let bytes = try? Files.read(path) else {
        throw UserError(
          "there is no \(what) key of minisign at `\(path)`",
          hint: "`[publish] \(option)` names its file; `minisign -G` makes a pair of keys")
      }
      guard bytes.starts(with: "untrusted comment:".utf8) || what == "public" else {
        throw UserError("`\(path)` is no secret key of minisign", hint: "`[publish] \(option)` names its file")
      }
    }
  }

  // MARK: - Signatures

  /// How signing one file ended.
  enum Signing {
    case signed(ProducedFile)
    case failed(String, detail: String)
    case interrupted
  }

  /// Signs a file of the store, and verifies what was made.
  func sign(_ file: PublishedFile, _ content: ProducedFile) -> Signing {
    let path = "\(file.path)\(suffix)"
    let input = Input.file(
      InputFile(path: file.path, isExecutable: content.isExecutable, fingerprint: content.fingerprint, source: .blob))
    var made: Action
    switch kind {
    case .gpg:
      let secret = passphrase == nil ? [] : ["--pinentry-mode", "loopback", "--passphrase-fd", "0"]
      made = command(
        "sign \(file.name)",
        ["--batch", "--yes", "--no-tty", "--armor", "--detach-sign"] + secret + (key.map { ["--local-user", $0] } ?? [])
          + ["--output", path, "--", file.path])
    case .minisign:
      made = command("sign \(file.name)", ["-S", "-s", secretKey, "-x", path, "-m", file.path])
    }
    made.standardInput = passphrase.map { Array("\($0)\n".utf8) }
    made.inputs = [input]
    made.outputs = [DeclaredOutput(name: "signature", path: path)]
    var plan = Plan()
    let signing = plan.append(PlannedAction(made, outputsAreUsed: true))
    var checked: Action
    switch kind {
    case .gpg:
      checked = command("verify \(path)", ["--batch", "--no-tty", "--status-fd", "1", "--verify", "--", path, file.path])
    case .minisign:
      var key = publicKey
      var inputs: [Input] = []
      if key == nil {
        var derived = command("the public key of minisign", ["-R", "-s", secretKey, "-p", "public.key"])
        derived.standardInput = made.standardInput
        derived.outputs = [DeclaredOutput(name: "key", path: "public.key")]
        inputs = [.output(of: plan.append(PlannedAction(derived, outputsAreUsed: true)), name: nil, under: "")]
        key = "public.key"
      }
      checked = command("verify \(path)", ["-V", "-x", path, "-m", file.path, "-p", key ?? ""])
      checked.inputs = inputs
    }
    checked.inputs += [input, .output(of: signing, name: nil, under: "")]
    let verifying = plan.append(checked)
    let outcomes = session.scheduler.run(plan)
    if session.scheduler.cancellation.isCancelled { return .interrupted }
    guard let signature = outcomes[Int(signing)].result?.outputs.first, outcomes[Int(signing)].isSuccess else {
      let failed = outcomes.first { $0.result != nil && !$0.isSuccess } ?? outcomes[Int(signing)]
      return .failed("\(kind.rawValue) did not sign it", detail: said(by: failed))
    }
    let verdict = outcomes[Int(verifying)]
    let isMeant = kind == .minisign || verdict.result.map { isByMeantKey(session.text(of: $0.standardOutput)) } == true
    guard verdict.isSuccess, isMeant else {
      let failed = outcomes.first { $0.result != nil && !$0.isSuccess } ?? verdict
      return .failed("its signature was made and does not verify", detail: said(by: failed))
    }
    return .signed(signature)
  }

  /// Whether gpg's report of a verification names a key that is meant: the last word of VALIDSIG is the primary key.
  private func isByMeantKey(_ text: String) -> Bool {
    text.split(separator: "\n").contains { line in
      line.hasPrefix("[GNUPG:] VALIDSIG ") && line.split(separator: " ").last.map { fingerprints.contains(String($0)) } == true
    }
  }

  private func said(by outcome: Outcome) -> String {
    let text = outcome.result.map { session.shownText(of: $0.standardError) + session.shownText(of: $0.standardOutput) } ?? ""
    var lines = text.split(separator: "\n").filter { !$0.hasPrefix("[GNUPG:]") }.map(String.init)
    if passphrase == nil, kind == .minisign || text.contains("pinentry") || text.contains("ioctl") || text.contains("passphrase") {
      lines.append("if the key has a passphrase: BAJI_PUBLISH_SIGN_PASSPHRASE" + (kind == .gpg ? ", or let gpg's agent know it" : ""))
    }
    return lines.joined(separator: "\n")
  }

  private func command(_ label: String, _ arguments: [String]) -> Action {
    var action = Action(subject: "publish \(label)", label: label, argv: [.tool(0)] + arguments.map { .text($0) })
    action.tools = [program]
    action.cache = .never
    for name in ["HOME", "GNUPGHOME", "GPG_TTY", "XDG_RUNTIME_DIR", "LANG", "LC_ALL"] {
      action.passthrough[name] = session.environment[name]
    }
    action.secrets["BAJI_PUBLISH_SIGN_PASSPHRASE"] = passphrase
    action.timeout = Signer.timeLimit
    return action
  }

  private func plan(_ action: Action) -> Plan {
    var plan = Plan()
    plan.append(action)
    return plan
  }

  /// Seconds: an agent that waits for a person who is not there does not hold up a run for ever.
  private static let timeLimit = 120.0
}
