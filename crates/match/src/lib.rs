//! What a text says that a desk waits for: agencies and places it names, and stored queries it meets, each to the byte.
//!
//! A [`lexicon`] says what each agency is called. [`Matcher`] compiles it for one scan (`scanner`) and decides for each hit
//! whether the agency is meant: Thai has no spaces, short names stand inside words (`อย.` in `ร้อย.`), abbreviations are
//! also months and units (`ก.พ.`, `ตร.กม.`), and other countries have ministries too. What is not sure on its own counts
//! only when the same article says more: the full name, a definition in brackets, words of the remit.
//!
//! [`RuleSet`] asks an article thousands of stored queries at once ([`rules`]); [`Places`] finds provinces and districts.
//!
//! It reads texts in memory and nothing else. Who should *answer* is left to the `issues` crate; what a query means is
//! left to `query`; files are left to `pipeline`.
//!
//! ```
//! use praden_match::{Matcher, parse_csv};
//! use praden_model::AnalyzedText;
//! use praden_text::Segmenter;
//!
//! let lexicon = parse_csv("id,name_th,abbr\nmoph,กระทรวงสาธารณสุข,สธ.\n").map_err(|faults| faults[0].clone())?;
//! let matcher = Matcher::new(&lexicon);
//! let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
//! let mentions = matcher.find(&analyze("สธ. ชี้แจง"), &analyze("กระทรวงสาธารณสุขชี้แจงเรื่องวัคซีน"));
//! let surfaces: Vec<&str> = mentions.iter().map(|mention| mention.surface.as_str()).collect();
//! assert_eq!(surfaces, ["สธ.", "กระทรวงสาธารณสุข"]);
//! # Ok::<(), praden_match::LexiconFault>(())
//! ```

mod common_words;
mod guards;
pub mod lexicon;
mod matcher;
pub mod places;
pub mod rules;
mod scanner;
mod slips;
mod surface;

pub use lexicon::{Lexicon, LexiconFault, parse_csv};
pub use matcher::{Findings, Matcher, RejectReason, Rejected};
pub use places::{Place, Places, seat};
pub use rules::{ArticleView, Example, Rule, RuleFault, RulePart, RuleSet};
