//! Exact runs of letters: a filter of pairs and triples, the words that have the run inside them,
//! the letters around the places where words meet, and a look at the texts that are left.

mod joints;
mod letters;
mod lexis;
mod pairs;
mod ready;
mod resolve;
mod rooms;
mod slots;
mod squares;

pub(crate) use ready::ReadySegments;
pub(crate) use resolve::Resolver;
pub(crate) use slots::{SLOTS_FILE, SlotsWriter};
