//! How words can cover a run of letters, and which documents have them side by side.
//!
//! A run stands in a text in one of two ways. It lies inside one word; or it begins with the end of a word, goes on with
//! whole words and ends with the beginning of one. White space and punctuation, which are no words, may lie between. All the
//! words that can have a part in this are few enough to be listed, but for very short parts at the ends: what those could be
//! is left open, and the texts are looked at.

use std::io;

use praden_text::TokenKind;
use tantivy::postings::{Postings as _, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet as _, InvertedIndexReader, TERMINATED};

use super::letters::{EDGE, spell_one};
use super::lexis::{Lexis, Places};

/// So many letters of what is sought are covered with words. More would say little more, and cost their square.
const LETTERS_MAX: usize = 100;

/// Sets of more words than this are not weighed, let alone listed.
const LISTED_MAX: usize = 2_048;

/// Of words that have the whole run in them so many are taken.
const INSIDE_MAX: usize = 2_048;

/// So few documents are looked at rather than joined with anything more.
const FEW: usize = 4;

/// What is sought, by its letters: the first of them, where it is long.
pub(super) struct Sought {
    letters: Vec<u8>,
    /// Where each letter begins, and the end.
    bounds: Vec<usize>,
    /// Which letters may be no part of any word.
    gaps: Vec<bool>,
    /// Whether words say all about it: none of its letters has capitals, or was changed on the way into a word.
    pub is_plain: bool,
}

impl Sought {
    /// `lower` is what is sought as words are compared; `text` as texts are.
    pub(super) fn new(text: &str, lower: &str) -> Self {
        let (mut letters, mut bounds, mut gaps) = (Vec::new(), vec![0], Vec::new());
        for letter in lower.chars().take(LETTERS_MAX) {
            spell_one(letter, &mut letters);
            bounds.push(letters.len());
            // A sign on a mark belongs to the mark.
            let is_sign = praden_text::clusters::is_attached(letter);
            gaps.push(if is_sign { gaps.last().copied().unwrap_or(true) } else { may_be_gap(letter) });
        }
        let is_plain = text == lower
            && text.chars().all(|letter| letter.is_ascii() || matches!(letter, '\u{E00}'..='\u{E7F}'));
        // What is upper case in a text is lower case in its word.
        let is_plain = is_plain && !text.contains(|letter: char| letter.is_ascii_alphabetic());
        // What has the beginning need not have the rest.
        let is_plain = is_plain && lower.chars().nth(LETTERS_MAX).is_none();
        Self { letters, bounds, gaps, is_plain }
    }

    fn len(&self) -> usize {
        self.gaps.len()
    }

    fn part(&self, from: usize, to: usize) -> &[u8] {
        let at = |number: usize| self.bounds.get(number).copied().unwrap_or(self.letters.len());
        self.letters.get(at(from)..at(to)).unwrap_or(&[])
    }

    fn is_gap(&self, from: usize, to: usize) -> bool {
        self.gaps.get(from..to).is_some_and(|gaps| gaps.iter().all(|&gap| gap))
    }
}

/// A word of a text: its document and its number there.
type Spot = (DocId, u32);

/// A word that is a part of what is sought.
#[derive(Clone, Copy, Debug)]
struct Whole {
    from: usize,
    to: usize,
    word: u32,
}

/// All ways in which the words of a field can cover a run.
pub(super) struct Cover<'s> {
    sought: &'s Sought,
    lexis: &'s Lexis,
    field: &'s InvertedIndexReader,
    containing: Places,
    /// By where the run goes on: words that end with all before.
    ending: Vec<Places>,
    /// By where they begin: words that begin with all the rest.
    starting: Vec<Places>,
    whole: Vec<Whole>,
}

/// Documents that may have a run across words.
pub(super) enum Across {
    /// These, in order and once each, and no others.
    These(Vec<DocId>),
    /// There are too many words to tell.
    Any,
}

impl<'s> Cover<'s> {
    pub(super) fn new(sought: &'s Sought, lexis: &'s Lexis, field: &'s InvertedIndexReader) -> Self {
        let len = sought.len();
        let mut cover = Self {
            sought,
            lexis,
            field,
            containing: lexis.find(&sought.letters),
            ending: vec![0..0; len + 1],
            starting: vec![0..0; len + 1],
            whole: Vec::new(),
        };
        let mut edged = Vec::new();
        // What is in no word is also not at the end of one, nor is anything longer.
        let mut inside = 0..usize::MAX;
        for to in 1..len {
            let part = sought.part(0, to);
            inside = if to == 1 { lexis.find(part) } else { lexis.find_in(inside, part) };
            if inside.is_empty() {
                break;
            }
            edged.clear();
            edged.extend_from_slice(part);
            edged.push(EDGE);
            if let Some(slot) = cover.ending.get_mut(to) {
                // The edge is less than every letter: what ends here comes first.
                *slot = lexis.find_in(inside.clone(), &edged);
            }
        }
        for from in (1..len).rev() {
            let part = sought.part(from, len);
            if lexis.find(part).is_empty() {
                break;
            }
            edged.clear();
            edged.push(EDGE);
            edged.extend_from_slice(part);
            if let Some(slot) = cover.starting.get_mut(from) {
                *slot = lexis.find(&edged);
            }
        }
        for from in 1..len {
            edged.clear();
            edged.push(EDGE);
            let mut among = None;
            for to in from + 1..len {
                edged.truncate(1);
                edged.extend_from_slice(sought.part(from, to));
                let found = match among {
                    None => lexis.find(&edged),
                    Some(among) => lexis.find_in(among, &edged),
                };
                if found.is_empty() {
                    break;
                }
                edged.push(EDGE);
                let exact = lexis.find_in(found.clone(), &edged);
                edged.pop();
                cover.whole.extend(lexis.words(exact).map(|word| Whole { from, to, word }));
                among = Some(found);
            }
        }
        cover
    }

    /// Goes over the documents that have the run inside a word, a block at a time, those with the commonest words first.
    /// Says whether these were all: of very many words only the commonest are taken.
    pub(super) fn inside(&self, mut visit: impl FnMut(&[DocId])) -> io::Result<bool> {
        let mut words: Vec<(u32, u32)> = self
            .lexis
            .words(self.containing.clone())
            .map(|word| (self.lexis.frequency(word), word))
            .collect();
        let is_all = words.len() <= INSIDE_MAX;
        if !is_all {
            words.select_nth_unstable_by(INSIDE_MAX, |a, b| b.cmp(a));
            words.truncate(INSIDE_MAX);
        }
        words.sort_unstable_by(|a, b| b.cmp(a));
        words.dedup();
        for (_, word) in words {
            let Some(info) = self.lexis.info(word) else { continue };
            let mut blocks = self.field.read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?;
            while !blocks.docs().is_empty() {
                visit(blocks.docs());
                blocks.advance();
            }
        }
        Ok(is_all)
    }

    /// How many documents have one of these words, each counted as often; nothing when there are too many words.
    fn weigh(&self, places: &Places) -> Option<u64> {
        (places.len() <= LISTED_MAX)
            .then(|| self.lexis.words(places.clone()).map(|word| u64::from(self.lexis.frequency(word))).sum())
    }

    /// The documents that have the run across words, and perhaps some more. Those that `skip` names are left out; it is told
    /// how many there may be, too.
    pub(super) fn across(&self, skip: impl Fn(DocId, u64) -> bool) -> io::Result<Across> {
        let Some((weight, cut)) = self.cut() else { return Ok(Across::Any) };
        let skip = |doc| skip(doc, weight);
        let mut docs = Vec::new();
        let len = self.sought.len();
        // Each way covers the letter of the cut with one word: that of its first.
        for to in cut + 1..len {
            let places = self.ending.get(to).cloned().unwrap_or(0..0);
            let spots = self.spots(self.lexis.words(places), &skip)?;
            self.go_on(&spots, 0, to, &mut docs)?;
        }
        for whole in self.whole.iter().filter(|whole| whole.from <= cut && cut < whole.to) {
            let spots = self.spots([whole.word].into_iter(), &skip)?;
            self.go_on(&spots, whole.from, whole.to, &mut docs)?;
        }
        for from in 1..=cut {
            let places = self.starting.get(from).cloned().unwrap_or(0..0);
            let spots = self.spots(self.lexis.words(places), &skip)?;
            self.go_on(&spots, from, len, &mut docs)?;
        }
        docs.sort_unstable();
        docs.dedup();
        Ok(Across::These(docs))
    }

    /// The letter that is covered by the rarest words, after how many documents have them.
    fn cut(&self) -> Option<(u64, usize)> {
        let len = self.sought.len();
        let weights = |places: &[Places]| -> Vec<Option<u64>> {
            places.iter().map(|places| self.weigh(places)).collect()
        };
        let (ending, starting) = (weights(&self.ending), weights(&self.starting));
        let sum = |weights: &[Option<u64>]| weights.iter().copied().sum::<Option<u64>>();
        (0..len)
            .filter(|&at| !self.sought.is_gap(at, at + 1))
            .filter_map(|at| {
                let whole: u64 = self
                    .whole
                    .iter()
                    .filter(|whole| whole.from <= at && at < whole.to)
                    .map(|whole| u64::from(self.lexis.frequency(whole.word)))
                    .sum();
                let ending = sum(ending.get(at + 1..len).unwrap_or(&[]))?;
                let starting = sum(starting.get(1..=at).unwrap_or(&[]))?;
                Some((whole + ending + starting, at))
            })
            .min()
    }

    /// Where words stand, in order.
    fn spots(
        &self,
        words: impl Iterator<Item = u32>,
        skip: &impl Fn(DocId) -> bool,
    ) -> io::Result<Vec<Spot>> {
        let mut spots = Vec::new();
        let mut positions = Vec::new();
        let mut count = 0;
        for word in words {
            count += 1;
            let mut postings = self.postings(word)?;
            let mut doc = postings.doc();
            while doc != TERMINATED {
                if !skip(doc) {
                    postings.positions(&mut positions);
                    spots.extend(positions.iter().map(|&position| (doc, position)));
                }
                doc = postings.advance();
            }
        }
        if count > 1 {
            spots.sort_unstable();
        }
        Ok(spots)
    }

    fn postings(&self, word: u32) -> io::Result<SegmentPostings> {
        match self.lexis.info(word) {
            Some(info) => {
                self.field.read_postings_from_terminfo(info, IndexRecordOption::WithFreqsAndPositions)
            }
            None => Ok(SegmentPostings::empty()),
        }
    }

    /// Keeps the documents of the words at spots, which cover a part, where the rest is covered too.
    fn go_on(&self, spots: &[Spot], from: usize, to: usize, docs: &mut Vec<DocId>) -> io::Result<()> {
        if spots.is_empty() {
            return Ok(());
        }
        let right = self.right(spots, to)?;
        let left_of: Vec<Spot> =
            spots.iter().zip(&right).filter(|(_, is_kept)| **is_kept).map(|(&spot, _)| spot).collect();
        let left = if from == 0 { vec![true; left_of.len()] } else { self.left(&left_of, from)? };
        docs.extend(left_of.iter().zip(left).filter(|(_, is_kept)| *is_kept).map(|((doc, _), _)| *doc));
        Ok(())
    }

    /// After which words the rest of the run can follow.
    fn right(&self, spots: &[Spot], from: usize) -> io::Result<Vec<bool>> {
        let len = self.sought.len();
        let docs = count_docs(spots);
        if self.sought.is_gap(from, len) || docs <= FEW {
            return Ok(vec![true; spots.len()]);
        }
        let mut kept = vec![false; spots.len()];
        // What is no word may come first.
        let starts: Vec<usize> = (from..len).take_while(|&at| self.sought.is_gap(from, at)).collect();
        let last: Vec<Places> = starts.iter().filter_map(|&at| self.starting.get(at).cloned()).collect();
        // To compare with a word costs about what it costs to look at a document.
        if last.iter().map(ExactSizeIterator::len).sum::<usize>() > docs {
            return Ok(vec![true; spots.len()]);
        }
        for word in last.into_iter().flat_map(|places| self.lexis.words(places)) {
            self.beside(spots, word, 1, |at| set(&mut kept, at))?;
        }
        for whole in self.whole.iter().filter(|whole| starts.contains(&whole.from)) {
            let mut ats = Vec::new();
            self.beside(spots, whole.word, 1, |at| ats.push(at))?;
            let next: Vec<Spot> =
                ats.iter().filter_map(|&at| spots.get(at)).map(|&(doc, at)| (doc, at + 1)).collect();
            if next.is_empty() {
                continue;
            }
            for (at, _) in ats.iter().zip(self.right(&next, whole.to)?).filter(|(_, is_kept)| *is_kept) {
                set(&mut kept, *at);
            }
        }
        Ok(kept)
    }

    /// Before which words the beginning of the run can stand.
    fn left(&self, spots: &[Spot], to: usize) -> io::Result<Vec<bool>> {
        let docs = count_docs(spots);
        if self.sought.is_gap(0, to) || docs <= FEW {
            return Ok(vec![true; spots.len()]);
        }
        let mut kept = vec![false; spots.len()];
        let ends: Vec<usize> = (1..=to).rev().take_while(|&at| self.sought.is_gap(at, to)).collect();
        let first: Vec<Places> = ends.iter().filter_map(|&at| self.ending.get(at).cloned()).collect();
        if first.iter().map(ExactSizeIterator::len).sum::<usize>() > docs {
            return Ok(vec![true; spots.len()]);
        }
        for word in first.into_iter().flat_map(|places| self.lexis.words(places)) {
            self.beside(spots, word, -1, |at| set(&mut kept, at))?;
        }
        for whole in self.whole.iter().filter(|whole| ends.contains(&whole.to)) {
            let mut ats = Vec::new();
            self.beside(spots, whole.word, -1, |at| ats.push(at))?;
            let next: Vec<Spot> = ats
                .iter()
                .filter_map(|&at| spots.get(at))
                .map(|&(doc, at)| (doc, at.wrapping_sub(1)))
                .collect();
            if next.is_empty() {
                continue;
            }
            for (at, _) in ats.iter().zip(self.left(&next, whole.from)?).filter(|(_, is_kept)| *is_kept) {
                set(&mut kept, *at);
            }
        }
        Ok(kept)
    }

    /// Finds the spots that have a word right before or after them.
    fn beside(&self, spots: &[Spot], word: u32, by: i32, mut found: impl FnMut(usize)) -> io::Result<()> {
        let mut postings = self.postings(word)?;
        let mut positions = Vec::new();
        let mut at = 0;
        while let Some(&(doc, _)) = spots.get(at) {
            if postings.doc() < doc {
                postings.seek(doc);
            }
            let there = postings.doc();
            if there == TERMINATED {
                break;
            }
            let rest = spots.get(at..).unwrap_or(&[]);
            if there > doc {
                at += gallop(rest, there);
                continue;
            }
            postings.positions(&mut positions);
            let mut wanted = positions.iter().peekable();
            for &(_, position) in rest.iter().take_while(|spot| spot.0 == doc) {
                // Nothing stands before the first word.
                if let Some(want) = position.checked_add_signed(by) {
                    while wanted.next_if(|position| **position < want).is_some() {}
                    if wanted.peek() == Some(&&want) {
                        found(at);
                    }
                }
                at += 1;
            }
        }
        Ok(())
    }
}

/// Whether a letter may stand outside all words.
fn may_be_gap(letter: char) -> bool {
    let kind = praden_text::token_kind(letter.encode_utf8(&mut [0; 4]));
    !letter.is_alphanumeric() || matches!(kind, TokenKind::Space | TokenKind::Punctuation)
}

fn set(flags: &mut [bool], at: usize) {
    if let Some(flag) = flags.get_mut(at) {
        *flag = true;
    }
}

fn count_docs(spots: &[Spot]) -> usize {
    spots.chunk_by(|a, b| a.0 == b.0).count()
}

/// How many spots lie before a document: few, or found by doubling.
fn gallop(spots: &[Spot], doc: DocId) -> usize {
    let mut step = 1;
    while spots.get(step).is_some_and(|spot| spot.0 < doc) {
        step *= 2;
    }
    let from = step / 2;
    let part = spots.get(from..spots.len().min(step + 1)).unwrap_or(&[]);
    from + part.partition_point(|spot| spot.0 < doc)
}
