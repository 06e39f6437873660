//! One thing that reads foreign bytes.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Takes one input and answers its *shape*: a number that is the same for inputs that were treated
/// alike. Panics where the oracle of the target does not hold.
pub type Body = Box<dyn FnMut(&[u8]) -> u64>;

/// A target.
pub struct Target {
    /// Its name: that of its folder in `corpus/` and `regressions/`.
    pub name: &'static str,
    /// What it reads, in a few words.
    pub about: &'static str,
    /// What inputs of its kind are made of.
    pub words: &'static [&'static str],
    /// Folders of outside material, by environment variable and path below it.
    pub outside: &'static [(&'static str, &'static str)],
    /// Makes it anew, without anything that earlier inputs left behind.
    pub make: fn() -> Body,
}

/// The shape of an outcome, out of whatever tells outcomes apart.
pub fn shape(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// A message without what differs between inputs that are treated alike: digits, quoted words and
/// everything behind the first sixty characters.
pub fn gist(message: &str) -> String {
    let mut quoted = false;
    let mut gist = String::new();
    for c in message.chars().take(60) {
        match c {
            '\'' | '"' | '`' => quoted = !quoted,
            _ if quoted || c.is_ascii_digit() => {}
            other => gist.push(other),
        }
    }
    gist
}
