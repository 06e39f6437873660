//! What can happen as text: one word and some numbers for each.

use anyhow::{Context, Result};
use std::str::FromStr;

/// Makes an `enum` of things that happen and are written as a word with numbers.
macro_rules! events {
    (
        $(#[$outer:meta])*
        enum $all:ident $(and $also:ident)? {
            $($(#[$doc:meta])* $name:ident $word:literal {
                $($(#[$field_doc:meta])* $field:ident: $kind:ty,)*
            })*
        }
    ) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $all {
            $($(#[$doc])* $name { $($(#[$field_doc])* $field: $kind,)* },)*
            $(
                /// Something else.
                $also($also),
            )?
        }

        impl $all {
            /// Its word.
            pub const fn word(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $word,)*
                    $(Self::$also(one) => $also::word(one),)?
                }
            }
        }

        impl fmt::Display for $all {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name { $($field,)* } => {
                        f.write_str($word)?;
                        $(write!(f, " {}", $field)?;)*
                        Ok(())
                    })*
                    $(Self::$also(one) => $also::fmt(one, f),)?
                }
            }
        }

        impl FromStr for $all {
            type Err = anyhow::Error;

            fn from_str(line: &str) -> Result<Self> {
                let mut words = line.split_whitespace();
                let word = words.next().context("an event has a word")?;
                let what = match word {
                    $($word => Self::$name { $($field: $crate::sim::plan::words::next(&mut words, stringify!($field))?,)* },)*
                    other => {
                        $(if let Ok(one) = line.parse::<$also>() {
                            return Ok(Self::$also(one));
                        })?
                        bail!("nothing that happens is called `{other}`");
                    }
                };
                ensure!(words.next().is_none(), "`{line}` says too much");
                Ok(what)
            }
        }
    };
}

pub(super) fn next<'a, T: FromStr>(
    words: &mut impl Iterator<Item = &'a str>,
    field: &str,
) -> Result<T> {
    let word = words.next().with_context(|| format!("`{field}` is missing"))?;
    word.parse().ok().with_context(|| format!("`{word}` is no `{field}`"))
}

pub(super) use events;
