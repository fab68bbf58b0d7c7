//! Reads and checks `pipelines/`, wires the stages between the two logs, and schedules.
//!
//! Nothing here knows how a stage does its work: crawling, matching, clustering and scoring live in rooms of their own.
//! What this room holds is the order of things: what is read from where, what is committed with what, how a run goes on
//! after it was killed, and how it ends.

mod asked;
mod crawl_job;
mod definition;
mod engine;
mod folder;
mod ingest;
mod instances;
mod intake;
mod lines;
mod log_cache;
mod morning;
mod progress;
mod reindex;
pub mod replay;
pub mod saved;
mod stages;

pub use asked::{CutOtherwise, cut_otherwise, follow_stories, let_through, story_of};
pub use crawl_job::{CrawlJob, CrawlReport, Pick, SourceReport};
pub use definition::{
    AGENCIES, Crawl, Examples, Fault, Pipeline, Search, Server, TEMPLATE, built_in, load, parse, read_rules,
};
pub use engine::Engine;
pub use folder::{DataFolder, FolderError};
pub use ingest::{Ingest, IngestReport, read_line, size_of};
pub use instances::{Instance, instances};
pub use intake::{Offered, Refused, prepare_archived};
pub use lines::{LINE_BYTES_MAX, Line, next_line, unpack as open_lines};
pub use morning::{Listed, Morning, looked_at, morning};
pub use progress::{Progress, StageId};
pub use reindex::rebuild_index;
pub use stages::by_hand::{ByHandError, Word, merge, part};
pub use stages::{Found, StageError, Until, find, rules::obey, tell};
