//! Exact runs of letters: the words that can have a part in one, a filter of pairs, and a look at the texts that are left.

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
