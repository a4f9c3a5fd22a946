// Baji's version, and the version of its rules for keys.

/// What `baji version` prints.
package let bajiVersion = "0.1.0"

/// Part of every key: changes when running the same action could give something else.
let engineVersion = "baji \(bajiVersion), rules 1"
