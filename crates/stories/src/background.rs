//! How common words are in Thai news, counted once over a large public-domain corpus.
//!
//! A word that stands in every tenth article says little about what an article is about. Counting over the window
//! itself would give other weights at other times, and after a restart; a fixed table gives every article the same
//! weights for good.
//!
//! The table is `background.tsv`: one word and the number of articles with it per line, over 62,923 press releases of
//! the Thai government (public domain, Thai Copyright Act section 7). `cargo run --release -p praden-stories --example
//! background` makes it anew.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::sketch::ByHash;
use crate::terms::{self, key};

/// The table: first line the number of articles, then word, tab, number of articles with it.
const TABLE: &str = include_str!("background.tsv");

/// Articles in which a word is taken to stand when the table does not have it.
const UNKNOWN_ARTICLES: f32 = 20.0;

/// How telling words are: the logarithm of how rare they are.
#[derive(Debug)]
pub(crate) struct Background {
    weights: ByHash<u64, f32>,
    unknown: f32,
}

impl Background {
    /// The table that comes with the program, read on first use.
    pub(crate) fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Background> = OnceLock::new();
        EMBEDDED.get_or_init(|| Self::read(TABLE))
    }

    /// Reads a table. Lines that are none are passed over: the table is ours, and a test reads it strictly.
    fn read(table: &str) -> Self {
        let mut lines = table.lines();
        let articles: f32 = lines.next().and_then(|line| line.trim().parse().ok()).unwrap_or(1.0);
        let weight = |with: f32| ((articles + 1.0) / (with + 1.0)).ln().max(0.0);
        let weights = lines
            .filter_map(|line| {
                let (word, with) = line.split_once('\t')?;
                Some((key(word), weight(with.parse().ok()?)))
            })
            .collect();
        Self { weights, unknown: weight(UNKNOWN_ARTICLES.min(articles)) }
    }

    /// How telling a word is: 0 for one that stands in every article, about 8 for one nobody has seen.
    pub(crate) fn weight(&self, key: u64) -> f32 {
        self.weights.get(&key).copied().unwrap_or(self.unknown)
    }
}

/// Counts in how many of the articles each word stands, for making the table anew: `(word, articles)`, most frequent first.
pub fn count_documents<'t>(
    articles: impl Iterator<Item = (&'t praden_model::AnalyzedText, &'t praden_model::AnalyzedText)>,
) -> Vec<(String, u32)> {
    let mut counts: HashMap<String, u32> = HashMap::new();
    for (title, text) in articles {
        for word in terms::words(title, text) {
            *counts.entry(word).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let mut lines = TABLE.lines();
        let articles: u32 = lines.next().unwrap().parse().unwrap();
        let rows: Vec<(&str, u32)> = lines
            .map(|line| line.split_once('\t').map(|(word, with)| (word, with.parse().unwrap())).unwrap())
            .collect();
        assert!(rows.len() > 10_000, "{} words", rows.len());
        assert!(rows.is_sorted_by(|a, b| a.1 >= b.1), "most frequent first");
        assert!(rows.iter().all(|(_, with)| *with <= articles));
    }

    #[test]
    fn rare_words_weigh_more() {
        let background = Background::read("1000\nการ\t900\nน้ำท่วม\t30\n");
        let weight = |word| background.weight(key(word));
        assert!(weight("การ") < weight("น้ำท่วม") && weight("น้ำท่วม") < weight("ลัมปีสกิน"));
    }
}
