//! What a query cannot match without.

use praden_model::{AgencyId, OutletId, PlaceId, SourceId};
use praden_query::{Expr, Phrase, Property, Scope};

use crate::common_words::articles_with;

/// Something that an article has or has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key<'q> {
    /// A word.
    Word(&'q str),
    /// A word in the title.
    TitleWord(&'q str),
    /// Two words, the second right after the first.
    Pair(&'q str, &'q str),
    /// A word that starts so.
    Start(&'q str),
    /// These very letters, wherever words begin and end.
    Letters(&'q str),
    /// This province or district, or a district of this province.
    Place(&'q PlaceId),
    /// A mention of this agency.
    Agency(&'q AgencyId),
    /// This outlet.
    Outlet(&'q OutletId),
    /// This source.
    Source(&'q SourceId),
}

impl Key<'_> {
    /// In how many of a million articles it may be expected. A guess is enough: only speed depends on it.
    fn frequency(&self) -> u32 {
        match self {
            Self::Word(word) => word_frequency(word),
            // A title has a fortieth of an article's words.
            Self::TitleWord(word) => word_frequency(word) / 40,
            // Words that somebody wrote as a phrase stand together more often than chance has it.
            Self::Pair(first, second) => {
                let (first, second) = (word_frequency(first), word_frequency(second));
                let by_chance = u64::from(first) * u64::from(second) / 1_000_000;
                (by_chance as u32).saturating_mul(10).min(first.min(second) / 2)
            }
            // The start of a word stands before many words, the shorter the more.
            Self::Start(start) => word_frequency(start).max(match start.chars().count() {
                0..=2 => 300_000,
                3..=4 => 60_000,
                _ => 5_000,
            }),
            Self::Letters(letters) => 60_000 / letters.chars().count().max(1) as u32,
            Self::Agency(_) | Self::Outlet(_) | Self::Source(_) | Self::Place(_) => 20_000,
        }
    }
}

fn word_frequency(word: &str) -> u32 {
    /// For a word that stands in less than a fiftieth of articles.
    const RARE: u32 = 2_000;
    articles_with(word).map_or(RARE, |per_mille| per_mille * 1_000)
}

/// Keys of which at least one must be there.
pub(super) type Clause<'q> = Vec<Key<'q>>;

/// Clauses that all must hold for the query to match, the one that holds for the fewest articles first. Empty when nothing
/// is needed.
pub(super) fn needs(tree: &Expr) -> Vec<Clause<'_>> {
    let mut clauses = Vec::new();
    collect(tree, &mut clauses);
    clauses.iter_mut().for_each(|clause| {
        clause.sort_unstable();
        clause.dedup();
    });
    clauses.sort_by_cached_key(|clause| (cost(clause), clause.len()));
    clauses.dedup();
    clauses
}

fn cost(clause: &Clause<'_>) -> u32 {
    clause.iter().map(Key::frequency).sum()
}

fn collect<'q>(tree: &'q Expr, clauses: &mut Vec<Clause<'q>>) {
    match tree {
        Expr::And(parts) => parts.iter().for_each(|part| collect(part, clauses)),
        Expr::Or(parts) => clauses.extend(either(parts.iter().map(|part| {
            let mut inner = Vec::new();
            collect(part, &mut inner);
            inner
        }))),
        // What must be absent asks for nothing.
        Expr::Not(_) => {}
        Expr::Phrase(scope, phrase) => of_phrase(*scope, phrase, clauses),
        Expr::Near(scope, near) => {
            for side in [&near.left, &near.right] {
                match side.as_slice() {
                    [one] => of_phrase(*scope, one, clauses),
                    several => clauses.extend(either(several.iter().map(|phrase| {
                        let mut inner = Vec::new();
                        of_phrase(*scope, phrase, &mut inner);
                        inner
                    }))),
                }
            }
        }
        Expr::Exact(_, exact) => clauses.push(vec![Key::Letters(exact.text())]),
        Expr::Is(property) => clauses.extend(key_of_property(property).map(|key| vec![key])),
    }
}

/// One clause for alternatives: the rarest clause of each. None if one of them needs nothing.
fn either<'q>(alternatives: impl Iterator<Item = Vec<Clause<'q>>>) -> Option<Clause<'q>> {
    let mut joined = Vec::new();
    for clauses in alternatives {
        joined.extend(clauses.into_iter().min_by_key(cost)?);
    }
    Some(joined)
}

fn of_phrase<'q>(scope: Scope, phrase: &'q Phrase, clauses: &mut Vec<Clause<'q>>) {
    if let Some(pattern) = phrase.pattern() {
        clauses.push(vec![Key::Start(pattern.start())]);
        return;
    }
    let (whole, start) = match phrase.terms().split_last() {
        Some((last, whole)) if phrase.is_prefix() => (whole, Some(last)),
        _ => (phrase.terms(), None),
    };
    let mut need = |key| clauses.push(vec![key]);
    if let Some(start) = start {
        need(Key::Start(start));
    }
    match whole {
        [] => {}
        [one] if scope == Scope::Title => need(Key::TitleWord(one)),
        [one] => need(Key::Word(one)),
        several => several.windows(2).for_each(|pair| {
            if let [first, second] = pair {
                need(Key::Pair(first, second));
            }
        }),
    }
}

/// The key that is there exactly when an article has the property, if there is one.
pub(super) fn key_of_property(property: &Property) -> Option<Key<'_>> {
    match property {
        Property::Agency(id) => Some(Key::Agency(id)),
        Property::Outlet(id) => Some(Key::Outlet(id)),
        Property::Source(id) => Some(Key::Source(id)),
        Property::Place(id) => Some(Key::Place(id)),
        // Any address, day or name may come, and the language is told by the letters.
        Property::Url(_) | Property::Date(_) | Property::Language(_) | Property::Author(_) => None,
        // No rule has these.
        Property::Story(_) | Property::Rule(_) | Property::Kind(_) => None,
    }
}

/// The key under which the places of a phrase are known, and how many words it has: a word or a pair.
pub(super) fn place_key(phrase: &Phrase) -> Option<(Key<'_>, u32)> {
    if phrase.is_prefix() || phrase.pattern().is_some() {
        return None;
    }
    match phrase.terms() {
        [word] => Some((Key::Word(word), 1)),
        [first, second] => Some((Key::Pair(first, second), 2)),
        _ => None,
    }
}
