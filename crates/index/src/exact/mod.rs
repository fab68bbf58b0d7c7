//! Exact runs of letters: a filter of pairs and triples, the words that can lie over one letter, and a
//! look at the texts that are left.

mod cover;
mod letters;
mod lexis;
mod pairs;
mod resolve;
mod rooms;
mod slots;

pub(crate) use lexis::Lexes;
pub(crate) use resolve::Resolver;
pub(crate) use slots::{SLOTS_FILE, SlotsWriter};
