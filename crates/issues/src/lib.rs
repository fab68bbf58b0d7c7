//! Issues: what in the news an agency should answer, how sure that is, and why; and what becomes of it.
//!
//! - [`Reader`] reads one article: words of complaint, criticism, danger, corruption, rumour, denial, confusion and
//!   routine, each with its bytes, and what speaks for each agency: by what role it is named, and words of its remit.
//! - [`assess`] adds the readings of a story's members up to a score in named parts. It depends on the set of members
//!   alone, never on the order in which they came, so that a run that was killed ends where an undisturbed one does.
//! - [`Watch`] tells which agencies are in the news far more than is their habit.
//! - [`judge`] decides what an assessment changes: a new issue, an update, nothing.
//! - [`aged`] and [`settle`] say what silence does to a candidate.
//! - [`merged`] and [`split`] say what becomes of issues when their stories become one or two.
//! - [`act`] is what people do: accept, dismiss, assign, report, close; or one sentence on why not.
//! - [`kpi()`] counts timely answers from the event log alone.
//! - [`metrics`] measures all of it on labelled texts.
//!
//! All of it is pure: no clock, no store, no sending. Thresholds and weights come in as [`Weights`].
//!
//! ```
//! use praden_issues::{Member, Reader, Weights, assess};
//! use praden_model::{AnalyzedText, OutletId, OutletKind, Seq};
//! use praden_text::Segmenter;
//!
//! let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
//! let (title, text) = (analyze("ชาวบ้านร้องเรียนน้ำเน่าเสีย ส่งกลิ่นเหม็น"), analyze("ร้องเรียนหลายครั้งไม่ได้รับการแก้ไข"));
//! let reading = Reader::new(&[]).read(Seq::new(1), &title, &text, &[]);
//! let outlet = OutletId::new("example")?;
//! let member = Member::new(&reading, &outlet, OutletKind::Press);
//! let assessment = assess(&[member], &Weights::default());
//! assert_eq!(assessment.score, assessment.signals.iter().map(|signal| signal.value).sum());
//! # Ok::<(), praden_model::IdError>(())
//! ```

mod acts;
mod assess;
mod bursts;
mod judge;
mod kpi;
mod life;
pub mod metrics;
mod quiet;
mod reading;
mod routing;
pub mod topic;
mod words;

pub use acts::{Act, ActError, act};
pub use assess::{Assessment, Member, Weights, assess};
pub use bursts::{Watch, arrival, attention};
pub use judge::judge;
pub use kpi::{KpiRow, kpi};
pub use life::{merged, shrunk, split};
pub use quiet::{Desk, NewsClock, Vigil, aged, heard_at, quiet_hours, settle};
pub use reading::{AgencyReading, Reader, Reading, SignalReading};
