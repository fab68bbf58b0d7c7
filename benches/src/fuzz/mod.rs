//! Fuzzing: what each crate promises for any bytes at all, and a driver that looks for bytes that break it.
//!
//! A [`Target`] is a function that takes bytes and panics when a promise is broken. There is one file of targets for each crate;
//! [`all`] lists them. Two programs call them:
//!
//! - `benches/src/bin/fuzz.rs`, on stable Rust: a seeded mutator over a corpus, deterministic, no coverage feedback. CI runs it.
//! - `benches/fuzz`, a crate of its own for `cargo fuzz`: libFuzzer with coverage feedback, for long runs. Its header says how.
//!
//! A new target is a function `fn(&[u8])`, a line in its file's `targets()`, and three lines in `benches/fuzz`.

pub mod crawl;
pub mod driver;
pub mod mutate;
pub mod query;
pub mod text;

/// One thing to fuzz.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What it is called on the command line: `crate-what`.
    pub name: &'static str,
    /// Reads the bytes as its crate would; panics when a promise is broken.
    pub run: fn(&[u8]),
    /// Folders or files below `fixtures/` whose contents are the first corpus.
    pub fixtures: &'static [&'static str],
    /// Inputs to begin with beside the fixtures: small ones that reach every branch.
    pub seeds: &'static [&'static str],
    /// Pieces worth inserting anywhere: keywords, brackets, odd characters.
    pub words: &'static [&'static str],
    /// Longer inputs are cut here.
    pub bytes_max: usize,
}

/// Every target of every crate.
#[must_use]
pub fn all() -> Vec<Target> {
    [text::targets(), crawl::targets(), query::targets()].concat()
}
