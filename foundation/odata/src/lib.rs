//! The OData grammar that the faces of Earmark share: query options, filters,
//! resource paths and batches, read into trees and printed again.
//!
//! Reading order: [`expr`] (the tree), [`parse`] (text to tree), [`query`]
//! (options of an address), [`path`] (segments of an address), [`evaluate`]
//! (a tree over JSON values), [`multipart`] and [`json_batch`] (many requests
//! in one), [`bounded_json`] (bodies of strangers), [`error`].
//!
//! Invariants: nothing here panics on any input; depth, terms and lengths are
//! bounded by named constants; this crate knows no table, no vendor, no clock
//! and does no input or output.

pub mod bounded_json;
pub mod error;
pub mod evaluate;
pub mod expr;
mod function;
pub mod json_batch;
pub mod multipart;
pub mod parse;
pub mod path;
pub mod query;
mod token;

pub use bounded_json::parse_json;
pub use error::ParseError;
pub use evaluate::{Evaluate, EvaluateError, compare_by, matches, project};
pub use expr::{Compare, Expr, Literal};
pub use parse::parse_filter;
pub use path::{Key, Segment, parse_path};
pub use query::{Expand, OrderBy, Query, parse_query};
