//! Thai text: normalisation, segmentation and dates, with exact offsets.
//!
//! Thai is written without spaces, its marks combine in several orders, and people type it wrongly. This crate turns
//! text as published into text that can be searched, cut and read by machines, and always knows the way back:
//!
//! - [`normalize`](normalize::normalize) repairs and unifies, with an [`OffsetMap`] between raw and normalised bytes;
//! - [`Segmenter`] cuts words with an embedded model, at byte offsets whose tokens always add up to the text;
//! - [`find_dates`] and [`parse_date`] read dates of both eras, in words, figures and relative terms;
//! - [`clusters`] says where a text may be cut without tearing a letter;
//! - [`variants`](variants) are spellings to try while matching, kept apart from normalisation because they change words.
//!
//! It does no input or output, reads no clock, knows no domain and never panics on any text. Decoding bytes, indexing
//! and deciding what words mean are left to others.
//!
//! ```
//! use praden_text::{Segmenter, normalize};
//! let raw = "ประกาศ\u{200B}ณ วันที่ ๒๕ ก.พ. ๒๕๖๐";
//! let clean = normalize(raw);
//! assert_eq!(clean.as_str(), "ประกาศณ วันที่ 25 ก.พ. 2560");
//! let tokens = Segmenter::embedded().segment(clean.as_str());
//! assert_eq!(tokens.iter().map(|token| token.text).collect::<String>(), clean.as_str());
//! ```

pub mod clusters;
pub mod dates;
#[doc(hidden)]
pub mod model;
pub mod months;
pub mod normalize;
pub mod segment;
pub mod variants;

pub use clusters::{ceil_cluster, floor_cluster};
pub use dates::{Calendar, DateMatch, DateValue, Precision, find_dates, parse_date};
pub use normalize::{NORMALIZER_VERSION, Normalized, OffsetMap, normalize};
pub use segment::{SEGMENTER_VERSION, Segmenter, Token, TokenKind, token_kind};
