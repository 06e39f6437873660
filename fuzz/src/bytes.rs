//! Inputs made out of other inputs: a seed and a few edits, as a strategy that can be made smaller.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// Units: bytes of one input.
pub const INPUT_MAX: usize = 64 * 1024;

/// Numbers at which counters, lengths and dates break.
const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "1",
    "127",
    "256",
    "32768",
    "65536",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "18446744073709551616",
    "1e308",
    "0.0000001",
    "-9999-12-31",
];

/// Bytes at which readers of text break.
const BYTES: [&[u8]; 12] = [
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\r\n",
    b"\n",
    b"\xf0\x9f\x98\x80",
    b"'",
    b"\"",
    b"\\",
    b"%00",
    b"\xef\xbb\xbf",
];

/// One change of an input.
#[derive(Debug, Clone)]
pub enum Edit {
    /// A byte becomes another.
    Set(Index, u8),
    /// A bit turns.
    Turn(Index, u8),
    /// Bytes are put in.
    Put(Index, Vec<u8>),
    /// A word of the target is put in.
    Word(Index, Index),
    /// A number is put in the place of a run of digits.
    Number(Index, Index),
    /// Some bytes that readers dislike are put in.
    Odd(Index, Index),
    /// A stretch is taken out.
    Drop(Index, Index),
    /// A stretch comes many times.
    Repeat(Index, Index, u16),
    /// A stretch changes places.
    Move(Index, Index, Index),
    /// The rest comes from another seed.
    Splice(Index, Index, Index),
    /// The rest is missing.
    Cut(Index),
}

/// An input before it is built: which seed, and what is done to it.
#[derive(Debug, Clone)]
pub struct Recipe {
    seed: Index,
    edits: Vec<Edit>,
}

/// Recipes, small ones more often.
pub fn recipes() -> impl Strategy<Value = Recipe> {
    let edits = prop_oneof![6 => vec(edit(), 1..4), 1 => vec(edit(), 4..24)];
    (any::<Index>(), edits).prop_map(|(seed, edits)| Recipe { seed, edits })
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        2 => (at(), 0..8_u8).prop_map(|(at, bit)| Edit::Turn(at, bit)),
        1 => (at(), vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Edit::Put(at, bytes)),
        6 => (at(), at()).prop_map(|(at, word)| Edit::Word(at, word)),
        3 => (at(), at()).prop_map(|(at, number)| Edit::Number(at, number)),
        2 => (at(), at()).prop_map(|(at, odd)| Edit::Odd(at, odd)),
        3 => (at(), at()).prop_map(|(at, end)| Edit::Drop(at, end)),
        2 => (at(), at(), 2..600_u16).prop_map(|(at, end, times)| Edit::Repeat(at, end, times)),
        2 => (at(), at(), at()).prop_map(|(at, end, to)| Edit::Move(at, end, to)),
        3 => (at(), at(), at()).prop_map(|(at, seed, from)| Edit::Splice(at, seed, from)),
        1 => at().prop_map(Edit::Cut),
    ]
}

impl Recipe {
    /// The input, at most [`INPUT_MAX`] bytes.
    pub fn build(&self, seeds: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
        let mut bytes = match seeds {
            [] => Vec::new(),
            seeds => self.seed.get(seeds).clone(),
        };
        for edit in &self.edits {
            edit.apply(&mut bytes, seeds, words);
            bytes.truncate(INPUT_MAX);
        }
        bytes
    }
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str]) {
        match self {
            Self::Set(at, byte) => change(bytes, *at, |_| *byte),
            Self::Turn(at, bit) => change(bytes, *at, |byte| byte ^ (1 << bit)),
            Self::Put(at, more) => put(bytes, *at, more),
            Self::Word(at, word) if !words.is_empty() => {
                put(bytes, *at, word.get(words).as_bytes())
            }
            Self::Word(..) => {}
            Self::Number(at, number) => {
                let from = place(bytes, *at);
                let from = (from..bytes.len()).find(|at| bytes[*at].is_ascii_digit());
                let from = from.unwrap_or(bytes.len());
                let digits = bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                let number = number.get(&NUMBERS).bytes();
                bytes.splice(from..from + digits, number);
            }
            Self::Odd(at, odd) => put(bytes, *at, BYTES[odd.index(BYTES.len())]),
            Self::Drop(at, end) => {
                bytes.drain(stretch(bytes, *at, *end));
            }
            Self::Repeat(at, end, times) => {
                let range = stretch(bytes, *at, *end);
                // A short stretch many times is deep nesting; a long one a few times is length.
                let times = usize::from(*times).min(INPUT_MAX / range.len().max(1));
                let more = bytes[range.clone()].repeat(times);
                bytes.splice(range, more);
            }
            Self::Move(at, end, to) => {
                let taken: Vec<u8> = bytes.drain(stretch(bytes, *at, *end)).collect();
                put(bytes, *to, &taken);
            }
            Self::Splice(at, seed, from) if !seeds.is_empty() => {
                let other = seed.get(seeds);
                let rest = other[place(other, *from)..].to_vec();
                bytes.truncate(place(bytes, *at));
                bytes.extend(rest);
            }
            Self::Splice(..) => {}
            Self::Cut(at) => bytes.truncate(place(bytes, *at)),
        }
    }
}

fn place(bytes: &[u8], at: Index) -> usize {
    at.index(bytes.len() + 1)
}

/// A stretch between two places, a short one in three of four cases.
fn stretch(bytes: &[u8], at: Index, end: Index) -> std::ops::Range<usize> {
    let (one, other) = (place(bytes, at), place(bytes, end));
    let (from, to) = (one.min(other), one.max(other));
    let short = end.index(4) != 0;
    from..if short { to.min(from + end.index(24)) } else { to }
}

fn change(bytes: &mut [u8], at: Index, to: impl Fn(u8) -> u8) {
    if !bytes.is_empty() {
        let at = at.index(bytes.len());
        bytes[at] = to(bytes[at]);
    }
}

fn put(bytes: &mut Vec<u8>, at: Index, more: &[u8]) {
    let at = place(bytes, at);
    bytes.splice(at..at, more.iter().copied());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    #[test]
    fn no_recipe_fails_and_none_makes_too_much() {
        let mut runner = TestRunner::deterministic();
        let seeds = vec![b"{\"a\":12}".to_vec(), Vec::new(), vec![b'('; INPUT_MAX]];
        let mut other_than_seeds = 0;
        for _ in 0..500 {
            let recipe = recipes().new_tree(&mut runner).expect("a recipe").current();
            let bytes = recipe.build(&seeds, &["any(", "$filter"]);
            assert!(bytes.len() <= INPUT_MAX);
            other_than_seeds += usize::from(!seeds.contains(&bytes));
            let _ = recipe.build(&[], &[]);
        }
        assert!(other_than_seeds > 400, "{other_than_seeds}");
    }
}
