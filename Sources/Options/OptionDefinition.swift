// What an option is: its name, type, default and help. The core's and the plugins' are declared with the same values.

/// What an option's values look like.
package enum OptionType: Hashable, Sendable {
  case bool
  /// A whole number of 64 bits.
  case int
  case float
  case string
  /// One of these words.
  case enumeration([String])
  /// Bytes; written as a number, or with `KiB`, `MiB`, `GiB`, `B`. Held as `.int`.
  case memorySize
  case stringList
  /// A list of words of this set.
  case enumerationList([String])
  /// A list of arguments for a tool: each item is split as a POSIX shell splits words, so `"-i 2"` gives two.
  case arguments
  /// Names to values of any type, nested ones too.
  case dictionary

  /// Lists and dictionaries are edited by each source in turn; everything else is replaced.
  package var isList: Bool {
    switch self {
    case .stringList, .enumerationList, .arguments: true
    case .bool, .int, .float, .string, .enumeration, .memorySize, .dictionary: false
    }
  }
}

/// One option of a scope.
package struct OptionDefinition: Hashable, Sendable {
  /// As in a config file: lowercase words with `_` between them. The flag has `-` instead.
  package let name: String
  package let type: OptionType
  /// `.unset` where the option has no value unless someone gives one.
  package let defaultValue: OptionValue
  /// Its default where a config file sets `[GLOBAL] pants_version`, if it is another there: what Pants' own default accepted.
  package let defaultWithPants: OptionValue?
  /// One or more sentences for `help`.
  package let doc: String
  /// `l` for `-l`. Only in the scope `GLOBAL`.
  package let shortFlag: Character?
  /// Further names it goes by in flags, environment and files, for example the one that Pants has.
  package let aliases: [String]
  /// Shown by `help` only where advanced options are asked for.
  package let isAdvanced: Bool

  package init(
    _ name: String, _ type: OptionType, default defaultValue: OptionValue = .unset, defaultWithPants: OptionValue? = nil, doc: String,
    shortFlag: Character? = nil, aliases: [String] = [], isAdvanced: Bool = false
  ) {
    self.name = name
    self.type = type
    self.defaultValue = defaultValue
    self.defaultWithPants = defaultWithPants
    self.doc = doc
    self.shortFlag = shortFlag
    self.aliases = aliases
    self.isAdvanced = isAdvanced
  }
}

/// A section of the config file: a goal's, a plugin's, or the one of the whole run, `GLOBAL`.
package struct OptionScope: Hashable, Sendable {
  /// As in a config file's `[name]`: lowercase words with `-` between them, or `GLOBAL`.
  package let name: String
  package let doc: String
  package let options: [OptionDefinition]

  package init(_ name: String, doc: String, options: [OptionDefinition]) {
    self.name = name
    self.doc = doc
    self.options = options
  }

  /// The name of the scope whose flags need no prefix.
  package static let global = "GLOBAL"

  package var isGlobal: Bool { name == OptionScope.global }
}

extension OptionScope {
  /// The long flag: `--test-timeout-default`, or `--level` in the scope `GLOBAL`.
  package func flag(_ name: String) -> String {
    let option = String(decoding: name.utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }, as: UTF8.self)
    return isGlobal ? "--\(option)" : "--\(self.name)-\(option)"
  }

  /// The environment variable without its `BAJI_` or `PANTS_`: `TEST_TIMEOUT_DEFAULT`, or `LEVEL` in the scope `GLOBAL`.
  package func environmentName(_ name: String) -> String {
    let full = isGlobal ? name : "\(self.name)_\(name)"
    return String(
      decoding: full.utf8.map { byte in
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."): UInt8(ascii: "_")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
        default: byte
        }
      }, as: UTF8.self)
  }
}
