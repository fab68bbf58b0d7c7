//! Exact runs of letters: a filter of pairs, then a look at the texts that are left.

mod resolve;
mod slots;

pub(crate) use resolve::Resolver;
pub(crate) use slots::{SLOTS_FILE, SlotsWriter};
