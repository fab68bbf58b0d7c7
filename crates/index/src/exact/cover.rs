//! How words can cover a run of letters, and which documents have them side by side.
//!
//! A run stands in a text in one of two ways. It lies inside one word; or it begins with the end of a word, goes on with
//! whole words and ends with the beginning of one. White space and punctuation, which are no words, may lie between. Each
//! way has some word over each letter of the run. So one letter is chosen, the cut, with the rarest words over it; where those
//! stand, their neighbours are compared, as long as that costs less than looking at the texts, which settle what is left.

use std::io;

use praden_text::TokenKind;
use tantivy::postings::{Postings as _, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet as _, InvertedIndexReader, TERMINATED};

use super::letters::{EDGE, spell_one};
use super::lexis::{Lexis, Places};

/// So many letters of what is sought are covered with words. More would say little more, and cost their square.
const LETTERS_MAX: usize = 100;

/// Of words that have the whole run in them so many are taken.
const INSIDE_MAX: usize = 8_192;

/// So few documents are looked at rather than joined with anything more.
const FEW: usize = 32;

/// To read where a word stands in a document costs about a fifth of looking at its text, and most words are in a document
/// more than once: the words over the cut are listed when they have no more documents than so many times those to look at.
const LISTED: u64 = 2;

/// To pass over a document of a neighbour's costs much less than that: neighbours are compared when they have no more
/// documents than so many times those at hand.
const COMPARED: u64 = 3;

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

    /// The letter that lies so many bytes into the text, if words alone can lie over it.
    pub(super) fn cut(&self, text: &str, at: usize) -> Option<usize> {
        // Letters that change their number with their case are not told apart.
        let number = text.get(..at)?.chars().count();
        let is_alike = self.is_plain || text.chars().take(LETTERS_MAX).count() == self.len();
        (is_alike && number < self.len() && !self.is_gap(number, number + 1)).then_some(number)
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

/// The words that can lie over one letter.
struct Over {
    /// Words that end with all before a letter.
    ending: Vec<(usize, Places)>,
    /// Words that begin with all from a letter on.
    starting: Vec<(usize, Places)>,
    wholes: Vec<Whole>,
}

/// The ways in which the words of a field can cover a run.
pub(super) struct Cover<'s> {
    sought: &'s Sought,
    lexis: &'s Lexis,
    field: &'s InvertedIndexReader,
    containing: Places,
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
        Self { sought, lexis, field, containing: lexis.find(&sought.letters) }
    }

    /// The words that end with all letters before one.
    fn ending(&self, to: usize) -> Places {
        self.lexis.find(&[self.sought.part(0, to), &[EDGE]].concat())
    }

    /// The words that begin with all letters from one on.
    fn starting(&self, from: usize) -> Places {
        self.lexis.find(&[&[EDGE], self.sought.part(from, self.sought.len())].concat())
    }

    /// The words that begin with a letter, reach beyond another, and end before the end.
    fn whole_from(&self, from: usize, beyond: usize, wholes: &mut Vec<Whole>) {
        let mut edged = vec![EDGE];
        let mut among = None;
        for to in beyond + 1..self.sought.len() {
            edged.truncate(1);
            edged.extend_from_slice(self.sought.part(from, to));
            let found = match among {
                None => self.lexis.find(&edged),
                Some(among) => self.lexis.find_in(among, &edged),
            };
            if found.is_empty() {
                break;
            }
            edged.push(EDGE);
            let exact = self.lexis.find_in(found.clone(), &edged);
            wholes.extend(self.lexis.words(exact).map(|word| Whole { from, to, word }));
            among = Some(found);
        }
    }

    /// The words that end before a letter, and begin after the beginning.
    fn whole_to(&self, to: usize, wholes: &mut Vec<Whole>) {
        let mut edged = Vec::new();
        for from in (1..to).rev() {
            edged.clear();
            edged.push(EDGE);
            edged.extend_from_slice(self.sought.part(from, to));
            edged.push(EDGE);
            // What no word ends with, nothing longer does.
            if self.lexis.find(edged.get(1..).unwrap_or(&[])).is_empty() {
                break;
            }
            wholes.extend(self.lexis.words(self.lexis.find(&edged)).map(|word| Whole { from, to, word }));
        }
    }

    /// All the words that can lie over a letter, but those that have the whole run.
    fn over(&self, cut: usize) -> Over {
        let len = self.sought.len();
        let is_in_a_word = |from, to| !self.lexis.find(self.sought.part(from, to)).is_empty();
        // What is in no word, no word ends or begins with.
        let ending = (cut + 1..len)
            .take_while(|&to| is_in_a_word(0, to))
            .map(|to| (to, self.ending(to)))
            .filter(|(_, places)| !places.is_empty())
            .collect();
        let starting = (1..=cut)
            .rev()
            .take_while(|&from| is_in_a_word(from, len))
            .map(|from| (from, self.starting(from)))
            .filter(|(_, places)| !places.is_empty())
            .collect();
        let mut wholes = Vec::new();
        (1..=cut)
            .rev()
            .take_while(|&from| is_in_a_word(from, cut + 1))
            .for_each(|from| self.whole_from(from, cut, &mut wholes));
        Over { ending, starting, wholes }
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

    /// Whether these words have no more documents than so many, each counted for each word that it has.
    fn are_rarer(&self, words: impl Iterator<Item = u32>, most: u64) -> bool {
        let mut sum = 0;
        for word in words {
            sum += u64::from(self.lexis.frequency(word));
            if sum > most {
                return false;
            }
        }
        true
    }

    /// The documents that have the run across words, and perhaps some more. Those that `skip` names are left out; `at_most` are
    /// left in. Each way covers the letter of the cut with one word, so all are found by the words over it.
    pub(super) fn across(
        &self,
        cut: usize,
        at_most: u64,
        skip: impl Fn(DocId) -> bool,
    ) -> io::Result<Across> {
        let len = self.sought.len();
        let Over { ending, starting, wholes } = self.over(cut);
        let words = |places: &Places| self.lexis.words(places.clone());
        let all = ending.iter().chain(&starting).flat_map(|(_, places)| words(places));
        if !self.are_rarer(all.chain(wholes.iter().map(|whole| whole.word)), LISTED * at_most) {
            return Ok(Across::Any);
        }
        let mut docs = Vec::new();
        for (to, places) in &ending {
            self.go_on(&self.spots(words(places), &skip)?, 0, *to, &mut docs)?;
        }
        for whole in &wholes {
            self.go_on(&self.spots([whole.word].into_iter(), &skip)?, whole.from, whole.to, &mut docs)?;
        }
        for (from, places) in &starting {
            self.go_on(&self.spots(words(places), &skip)?, *from, len, &mut docs)?;
        }
        docs.sort_unstable();
        docs.dedup();
        Ok(Across::These(docs))
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
        let last: Vec<Places> = starts.iter().map(|&at| self.starting(at)).collect();
        let last = || last.iter().flat_map(|places| self.lexis.words(places.clone()));
        if !self.are_rarer(last(), COMPARED * docs as u64) {
            return Ok(vec![true; spots.len()]);
        }
        for word in last() {
            self.beside(spots, word, 1, |at| set(&mut kept, at))?;
        }
        let mut wholes = Vec::new();
        starts.iter().for_each(|&at| self.whole_from(at, at, &mut wholes));
        for whole in &wholes {
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
        let first: Vec<Places> = ends.iter().map(|&to| self.ending(to)).collect();
        let first = || first.iter().flat_map(|places| self.lexis.words(places.clone()));
        if !self.are_rarer(first(), COMPARED * docs as u64) {
            return Ok(vec![true; spots.len()]);
        }
        for word in first() {
            self.beside(spots, word, -1, |at| set(&mut kept, at))?;
        }
        let mut wholes = Vec::new();
        ends.iter().for_each(|&to| self.whole_to(to, &mut wholes));
        for whole in &wholes {
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
