//! Exact runs of letters: a filter of pairs, then a look at the texts that are left.

mod grams;
mod resolve;

pub(crate) use grams::PairSet;
pub(crate) use resolve::Resolver;
