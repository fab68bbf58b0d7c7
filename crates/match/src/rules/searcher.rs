//! From an article's words to the rules that are worth asking.
//!
//! The articles are segmented already, so their words are looked up by hash, once each; no text is scanned. That takes
//! 21 µs for a text of 2,200 characters and the words of 10,000 rules; the better automaton takes 25 and finds each word
//! inside longer ones too (`cargo run --release -p praden-benches --bin rules -- --automaton`).

use std::collections::HashMap;

use daachorse::CharwiseDoubleArrayAhoCorasick;
use foldhash::fast::FixedState;
use praden_model::{AgencyId, FieldName, OutletId, PlaceId, SourceId};
use praden_query::{Occurrence, in_place, words};

use super::ArticleView;
use super::needs::{Clause, Key};

/// No second key.
const NONE: u32 = u32::MAX;

type Numbers<K> = HashMap<K, u32, FixedState>;

/// Rules by what they need. Keys and rules have numbers; what belongs to a number lies end to end in one vector.
#[derive(Default)]
pub(super) struct Searcher {
    // Every word that stands in a key; those of pairs only have a number.
    words: Numbers<Box<str>>,
    titles: Numbers<Box<str>>,
    pairs: Numbers<(u32, u32)>,
    starts: Numbers<Box<str>>,
    // The lengths in bytes that starts have, in order: only so many pieces of a word are looked up.
    start_lens: Vec<usize>,
    letters: Numbers<Box<str>>,
    // Over the letters that are sought wherever words end; gives the number of the key.
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
    places: Numbers<PlaceId>,
    agencies: Numbers<AgencyId>,
    outlets: Numbers<OutletId>,
    sources: Numbers<SourceId>,
    // What was added and is not in order yet.
    entries: Vec<(u32, Posting)>,
    // For each key, where its postings end.
    posting_ends: Vec<u32>,
    postings: Vec<Posting>,
    // For each rule, where its further clauses end; each clause is its length and its keys.
    clause_ends: Vec<u32>,
    clauses: Vec<u32>,
    always: Vec<u32>,
}

/// A rule that is looked up under a key.
#[derive(Clone, Copy, Debug)]
struct Posting {
    rule: u32,
    // A second key that must be there too. It lies here, so that most rules are dismissed without touching anything else.
    also: u32,
}

impl Searcher {
    /// Adds the next rule under what it needs.
    pub(super) fn add(&mut self, needs: &[Clause<'_>]) {
        let rule = self.clause_ends.len() as u32;
        let mut clauses: Vec<Vec<u32>> =
            needs.iter().map(|clause| clause.iter().map(|key| self.number(key)).collect()).collect();
        if clauses.is_empty() {
            self.always.push(rule);
        } else {
            let first = clauses.remove(0);
            let second = clauses.iter().position(|clause| clause.len() == 1);
            let also = second.and_then(|at| clauses.remove(at).first().copied()).unwrap_or(NONE);
            self.entries.extend(first.into_iter().map(|key| (key, Posting { rule, also })));
            for clause in clauses {
                self.clauses.push(clause.len() as u32);
                self.clauses.extend(clause);
            }
        }
        self.clause_ends.push(self.clauses.len() as u32);
    }

    /// Puts what was added in its final order. Keys may have been numbered meanwhile by others.
    ///
    /// # Errors
    /// When there are more letters to be sought than an automaton can hold.
    pub(super) fn finish(&mut self) -> Result<(), String> {
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_unstable_by_key(|(key, posting)| (*key, posting.rule));
        let mut at = 0;
        for key in 0..self.keys() as u32 {
            at += entries.get(at..).unwrap_or(&[]).partition_point(|(of, _)| *of == key);
            self.posting_ends.push(at as u32);
        }
        self.postings = entries.into_iter().map(|(_, posting)| posting).collect();
        self.start_lens = self.starts.keys().map(|start| start.len()).collect();
        self.start_lens.sort_unstable();
        self.start_lens.dedup();
        if !self.letters.is_empty() {
            let patterns = self.letters.iter().map(|(letters, key)| (&**letters, *key));
            let automaton = CharwiseDoubleArrayAhoCorasick::with_values(patterns);
            self.automaton = Some(automaton.map_err(|error| error.to_string())?);
        }
        Ok(())
    }

    /// Rules that need nothing.
    pub(super) fn always(&self) -> &[u32] {
        &self.always
    }

    fn keys(&self) -> usize {
        self.words.len()
            + self.titles.len()
            + self.pairs.len()
            + self.starts.len()
            + self.letters.len()
            + self.places.len()
            + self.agencies.len()
            + self.outlets.len()
            + self.sources.len()
    }

    /// The number of a word or a pair, if it has one.
    pub(super) fn look_up(&self, key: &Key<'_>) -> Option<u32> {
        match key {
            Key::Word(word) => self.words.get(*word).copied(),
            Key::Pair(first, second) => {
                let pair = (*self.words.get(*first)?, *self.words.get(*second)?);
                self.pairs.get(&pair).copied()
            }
            _ => None,
        }
    }

    /// The number of a key; a new one for a key that has none.
    pub(super) fn number(&mut self, key: &Key<'_>) -> u32 {
        fn of<K, Q>(numbers: &mut Numbers<K>, key: &Q, next: u32, own: impl Fn(&Q) -> K) -> u32
        where
            K: std::hash::Hash + Eq + std::borrow::Borrow<Q>,
            Q: std::hash::Hash + Eq + ?Sized,
        {
            match numbers.get(key) {
                Some(&number) => number,
                None => {
                    numbers.insert(own(key), next);
                    next
                }
            }
        }
        if let Key::Pair(first, second) = key {
            let pair = (self.number(&Key::Word(first)), self.number(&Key::Word(second)));
            let next = self.keys() as u32;
            return of(&mut self.pairs, &pair, next, |pair| *pair);
        }
        let next = self.keys() as u32;
        match key {
            Key::Word(word) | Key::Pair(word, _) => of(&mut self.words, *word, next, |word| word.into()),
            Key::TitleWord(word) => of(&mut self.titles, *word, next, |word| word.into()),
            Key::Start(start) => of(&mut self.starts, *start, next, |start| start.into()),
            Key::Letters(letters) => of(&mut self.letters, *letters, next, |letters| letters.into()),
            Key::Place(id) => of(&mut self.places, *id, next, Clone::clone),
            Key::Agency(id) => of(&mut self.agencies, *id, next, Clone::clone),
            Key::Outlet(id) => of(&mut self.outlets, *id, next, Clone::clone),
            Key::Source(id) => of(&mut self.sources, *id, next, Clone::clone),
        }
    }

    /// The rules that have all they need in an article, in order of number, and how many were looked up on the way.
    pub(super) fn candidates(&self, present: &Present) -> (Vec<u32>, usize) {
        let mut candidates = self.always.clone();
        let mut looked_up = candidates.len();
        for &key in &present.keys {
            let postings =
                range(&self.posting_ends, key).and_then(|range| self.postings.get(range)).unwrap_or(&[]);
            looked_up += postings.len();
            let fits = |posting: &&Posting| {
                (posting.also == NONE || present.has(posting.also)) && self.rest_fits(posting.rule, present)
            };
            candidates.extend(postings.iter().filter(fits).map(|posting| posting.rule));
        }
        candidates.sort_unstable();
        candidates.dedup();
        (candidates, looked_up)
    }

    /// What an article has of all that rules ask for.
    pub(super) fn present(&self, article: &ArticleView<'_>) -> Present {
        let mut present = Present {
            bits: vec![0; self.keys().div_ceil(64)],
            keys: Vec::new(),
            title: Words::default(),
            text: Words::default(),
        };
        let revision = article.revision;
        for (field, is_title) in [(&revision.title, true), (&revision.text, false)] {
            let mut found = Words::default();
            let mut before = NONE;
            for (position, word) in (0..).zip(words(field)) {
                let term: &str = &word.term;
                found.spans.push((word.span.start as u32, word.span.end as u32));
                let key = self.words.get(term).copied().unwrap_or(NONE);
                if key != NONE {
                    present.add(key);
                    found.places.push((key, position));
                    if before != NONE
                        && let Some(&pair) = self.pairs.get(&(before, key))
                    {
                        present.add(pair);
                        found.places.push((pair, position - 1));
                    }
                }
                before = key;
                if is_title && let Some(&key) = self.titles.get(term) {
                    present.add(key);
                }
                for &len in self.start_lens.iter().take_while(|&&len| len <= term.len()) {
                    if let Some(&key) = term.get(..len).and_then(|start| self.starts.get(start)) {
                        present.add(key);
                    }
                }
            }
            if let Some(automaton) = &self.automaton {
                automaton.find_overlapping_iter(field.normalized()).for_each(|hit| present.add(hit.value()));
            }
            found.places.sort_unstable();
            *(if is_title { &mut present.title } else { &mut present.text }) = found;
        }
        for mention in article.mentions {
            self.agencies.get(&mention.agency).into_iter().for_each(|&key| present.add(key));
        }
        for place in article.places {
            // There are a thousand places at most.
            for (id, key) in &self.places {
                if in_place(&place.place, id) {
                    present.add(*key);
                }
            }
        }
        self.outlets.get(&revision.outlet).into_iter().for_each(|&key| present.add(key));
        self.sources.get(&revision.source).into_iter().for_each(|&key| present.add(key));
        present
    }

    fn rest_fits(&self, rule: u32, present: &Present) -> bool {
        let mut rest =
            range(&self.clause_ends, rule).and_then(|range| self.clauses.get(range)).unwrap_or(&[]);
        while let Some((&len, after)) = rest.split_first() {
            let Some((clause, more)) = after.split_at_checked(len as usize) else { return true };
            if !clause.iter().any(|&key| present.has(key)) {
                return false;
            }
            rest = more;
        }
        true
    }
}

/// Where the entries of a number lie, given where those of each number end.
pub(super) fn range(ends: &[u32], number: u32) -> Option<std::ops::Range<usize>> {
    let at = number as usize;
    let start = at.checked_sub(1).map_or(Some(0), |before| ends.get(before).copied())?;
    Some(start as usize..*ends.get(at)? as usize)
}

/// The keys that an article has.
pub(super) struct Present {
    bits: Vec<u64>,
    keys: Vec<u32>,
    title: Words,
    text: Words,
}

/// The words of one field.
#[derive(Default)]
struct Words {
    // Where each word begins and ends, in bytes of the normalised field.
    spans: Vec<(u32, u32)>,
    // Where words and pairs stand that rules ask for: key and position, in this order.
    places: Vec<(u32, u32)>,
}

impl Present {
    fn add(&mut self, key: u32) {
        if let Some(bits) = self.bits.get_mut(key as usize / 64)
            && *bits & 1 << (key % 64) == 0
        {
            *bits |= 1 << (key % 64);
            self.keys.push(key);
        }
    }

    fn words(&self, field: FieldName) -> &Words {
        match field {
            FieldName::Title => &self.title,
            FieldName::Text => &self.text,
        }
    }

    /// The bytes of the normalised field under an occurrence.
    pub(super) fn span(&self, field: FieldName, at: Occurrence) -> Option<std::ops::Range<usize>> {
        let spans = &self.words(field).spans;
        let (first, last) = (spans.get(at.start as usize)?, spans.get((at.start + at.len) as usize - 1)?);
        Some(first.0 as usize..last.1 as usize)
    }

    /// Where a word (`len` 1) or a pair (`len` 2) stands in a field, in order.
    pub(super) fn occurrences(
        &self,
        field: FieldName,
        key: u32,
        len: u32,
    ) -> impl Iterator<Item = Occurrence> {
        let places = &self.words(field).places;
        let from = places.partition_point(|(of, _)| *of < key);
        let same = places.get(from..).unwrap_or(&[]).iter().take_while(move |(of, _)| *of == key);
        same.map(move |&(_, start)| Occurrence { start, len })
    }

    /// Whether the article has it.
    pub(super) fn has(&self, key: u32) -> bool {
        self.bits.get(key as usize / 64).is_some_and(|bits| bits & 1 << (key % 64) != 0)
    }
}
