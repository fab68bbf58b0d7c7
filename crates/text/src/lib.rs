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
//! - [`months`] are the names of the months.
//!
//! It does no input or output, reads no clock, knows no domain and never panics on any text. Decoding bytes, indexing
//! and deciding what words mean are left to others. All work is linear in the length of the text, whatever is in it.
//!
//! # Normalise first, keep the map
//!
//! Normalise once, where a text comes in, and do everything else on the result: two spellings of one word are one afterwards.
//! Whatever is found there has its place in the text as published.
//!
//! ```
//! use praden_text::normalize;
//! let raw = "เเจ้งเตือนนํ้าท่วม ๒๕ จังหวัด";
//! let clean = normalize(raw); // Borrowed when there is nothing to do; then it costs half a nanosecond a byte.
//! assert_eq!(clean.as_str(), "แจ้งเตือนน้ำท่วม 25 จังหวัด");
//! let at = clean.as_str().find("น้ำท่วม").unwrap();
//! let range = clean.map().to_raw(at..at + "น้ำท่วม".len());
//! assert_eq!(raw.get(range), Some("นํ้าท่วม"));
//! ```
//!
//! # Words
//!
//! [`Segmenter::segment`] gives tokens with their kind; [`Segmenter::segment_into`] only their ends, for speed. Words of your own are added
//! without training.
//!
//! ```
//! use praden_text::{Segmenter, TokenKind};
//! let segmenter = Segmenter::embedded().with_words(["กรมทรัพยากรน้ำบาดาล"]);
//! let tokens = segmenter.segment("กรมทรัพยากรน้ำบาดาลชี้แจง 3 เรื่อง");
//! assert_eq!(tokens[0].text, "กรมทรัพยากรน้ำบาดาล");
//! assert!(tokens.iter().any(|token| token.kind == TokenKind::Number && token.text == "3"));
//! let joined: String = tokens.iter().map(|token| token.text).collect();
//! assert_eq!(joined, "กรมทรัพยากรน้ำบาดาลชี้แจง 3 เรื่อง");
//! ```
//!
//! # Dates
//!
//! [`parse_date`] is for a line that is a date, [`find_dates`] for running text. Both need a base, the instant at which the text was
//! written or read; they normalise for themselves, and their spans are bytes of the text given. The table of all that is read, and all
//! that is refused, is `src/dates/rows.tsv`.
//!
//! ```
//! use praden_text::{Precision, find_dates, parse_date};
//! let base = "2024-01-20T09:00:00+07:00".parse().unwrap();
//! let date = parse_date("วันจันทร์ที่ ๑๕ ม.ค. ๖๗ เวลา ๑๔.๓๐ น.", base).unwrap();
//! assert_eq!(date.value.to_string(), "2024-01-15T14:30:00+07:00");
//! assert_eq!((date.precision, date.calendar.unwrap().as_str()), (Precision::Minute, "BE"));
//! let text = "สำนักงาน ก.พ. รับสมัครระหว่างวันที่ 4-6 ม.ค. 68 สายด่วน 1300";
//! let found = find_dates(text, base);
//! assert_eq!(found.len(), 1);
//! assert_eq!(found[0].value.to_string(), "2025-01-04/2025-01-06");
//! assert_eq!(text.get(found[0].start..found[0].end), Some("ระหว่างวันที่ 4-6 ม.ค. 68"));
//! ```
//!
//! # What is stored should say by which rules
//!
//! [`NORMALIZER_VERSION`] and [`SEGMENTER_VERSION`] grow when an answer may change, so that what was derived can be made again.

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
