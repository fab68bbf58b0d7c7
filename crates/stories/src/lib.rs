//! Stories: which articles are about the same event, found as they arrive.
//!
//! A [`Clusterer`] looks at one revision after another, in the order of the log, and gives each its place: the story it
//! belongs to, how like the story it is, the earlier article it copies, and why. It compares an article only with the
//! last ones in the log (a [`Window`]), and only with those of about the same time, so its memory and its work do not
//! grow with the corpus.
//!
//! What it knows follows from the revisions in the window and their memberships alone. After a restart they are read
//! again and [`Clusterer::remember`]ed, and every further answer is the one an undisturbed run would have given.
//!
//! Storage, and what a story means to a desk, are left to others.
//!
//! ```
//! use praden_stories::{Clusterer, Window};
//! # use praden_model::*;
//! # use praden_text::Segmenter;
//! # let url = CanonicalUrl::parse("https://example.org/1").map_err(|error| error.to_string())?;
//! # let text = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
//! # let revision = Revision {
//! #     seq: Seq::new(7), article: ArticleId::new(7), revision: 1, url, published: None, capture: None, authors: vec![], warnings: vec![],
//! #     source: SourceId::new("s").map_err(|error| error.to_string())?, outlet: OutletId::new("o").map_err(|error| error.to_string())?,
//! #     title: text("น้ำท่วมหาดใหญ่"), text: text("ระดับน้ำสูง 2 เมตร"), fetched_at: jiff::Timestamp::UNIX_EPOCH,
//! # };
//! let mut clusterer = Clusterer::new(Window::default());
//! let membership = clusterer.place(&revision);
//! assert_eq!(membership.story, StoryId::new(7));
//! assert_eq!(membership.because[0].kind, ReasonKind::Founded);
//! # Ok::<(), String>(())
//! ```

mod background;
mod campaigns;
mod changes;
mod clusterer;
mod drift;
mod grams;
mod sketch;
mod terms;
mod title;

pub use background::count_documents;
pub use campaigns::{Again, Campaigns, RETURN_DAYS};
pub use changes::Merge;
pub use clusterer::{Clusterer, Window};
pub use drift::Split;
pub use grams::RunCounts;
