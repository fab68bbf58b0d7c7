//! How common words are in Thai news: the ones that stand in a fiftieth of all articles or more.
//!
//! Counted over some 4,000 articles of the government's news portal (public domain, Thai Copyright Act s. 7) with
//! `cargo run --release -p praden-benches --bin rules -- --words`. Only speed depends on it: a rule is looked up under the
//! rarest word that it needs.

use std::collections::HashMap;
use std::sync::OnceLock;

use foldhash::fast::FixedState;

/// Word, tab, articles in a thousand.
const TABLE: &str = include_str!("common_words.txt");

/// The common words, each with the number of articles in a thousand where it stands.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, u32)> {
    let row = |line: &'static str| {
        let (word, count) = line.split_once('\t')?;
        Some((word, count.parse().ok()?))
    };
    TABLE.lines().filter_map(row)
}

/// In how many of a thousand articles a word stands, if it is a common one.
pub(crate) fn articles_with(word: &str) -> Option<u32> {
    static WORDS: OnceLock<HashMap<&'static str, u32, FixedState>> = OnceLock::new();
    let words = WORDS.get_or_init(|| all().collect());
    words.get(word).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_common_words_are_known() {
        assert!(TABLE.lines().all(|line| {
            line.split_once('\t')
                .is_some_and(|(word, count)| !word.is_empty() && count.parse::<u32>().is_ok())
        }));
        assert!(
            articles_with("ที่") > articles_with("ประเทศ") && articles_with("ประเทศ") > articles_with("ตะกวด")
        );
    }
}
