//! Appending to the two files.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::Path;

use praden_model::{AnalyzedText, Revision};

use super::codec::{UNITS_MAX, put_number};
use super::dictionary::{Dictionary, Key, Word};
use super::{DICTIONARY_FILE, Lengths, TEXTS_FILE};
use crate::words::{Gathered, Words};

/// The longest unit that the dictionary takes. Longer ones are no words.
const UNIT_BYTES_MAX: usize = 64;

/// Bits that remember which units were seen once: a unit comes into the dictionary when it is seen again.
const SEEN_BITS: usize = 1 << 22;

/// Bytes held in memory before they are written.
const BUFFER_BYTES: usize = 1 << 20;

/// The one writer of the two files. It writes ahead of commits and syncs with them.
pub(crate) struct TextsWriter {
    units: Dictionary,
    seen: Vec<u64>,
    dictionary: Appender,
    texts: Appender,
    draft: Vec<u8>,
    list: String,
    gathered: Gathered<Term>,
}

/// A word of the text at hand.
struct Term {
    /// The unit that stands for all with the same word, if there is one.
    known: Option<u32>,
    written: Written,
}

/// How a word is written.
enum Written {
    /// As in the text.
    There(Range<usize>),
    /// Otherwise.
    Else(Box<str>),
}

/// Where a revision was put.
pub(crate) struct Added {
    /// Where its title and text start.
    pub at: u64,
    /// The words of both.
    pub words: Words,
}

impl TextsWriter {
    /// Opens the files and cuts off what no commit knows of.
    pub(crate) fn open(dir: &Path, committed: Lengths) -> io::Result<Self> {
        let mut dictionary = Appender::open(&dir.join(DICTIONARY_FILE), committed.dictionary)?;
        let texts = Appender::open(&dir.join(TEXTS_FILE), committed.texts)?;
        let units = Dictionary::read(&dictionary.read_all()?)?;
        let seen = vec![0; SEEN_BITS / 64];
        Ok(Self {
            units,
            seen,
            dictionary,
            texts,
            draft: Vec::new(),
            list: String::new(),
            gathered: Gathered::default(),
        })
    }

    /// Adds title and text of a revision; says where they start, and what words they have.
    pub(crate) fn add(&mut self, revision: &Revision) -> io::Result<Added> {
        let at = self.texts.len;
        let words = Words { title: self.add_text(&revision.title)?, text: self.add_text(&revision.text)? };
        // New units go the way of the texts: `encode` has only noted them.
        self.dictionary.give_way()?;
        Ok(Added { at, words })
    }

    fn add_text(&mut self, text: &AnalyzedText) -> io::Result<String> {
        let mut draft = std::mem::take(&mut self.draft);
        draft.clear();
        self.encode(text, &mut draft);
        let words = self.list(text.normalized());
        let mut head = Vec::with_capacity(8);
        put_number(draft.len(), &mut head);
        self.texts.append(&head)?;
        self.texts.append(&draft)?;
        self.draft = draft;
        Ok(words)
    }

    /// Cuts a text into units, writes their numbers, and gathers its words.
    fn encode(&mut self, text: &AnalyzedText, coded: &mut Vec<u8>) {
        let normalized = text.normalized();
        let mut start = 0_usize;
        let mut ends = text.ends().iter().copied().peekable();
        while let Some(token_end) = ends.next() {
            let token_end = token_end as usize;
            let mut end = token_end;
            // The one space after a word is part of its unit.
            if normalized.as_bytes().get(end) == Some(&b' ') && ends.next_if_eq(&(end as u32 + 1)).is_some() {
                end += 1;
            }
            let Some(unit) = self.units.key(normalized, start..end) else { continue };
            let word = self.put(&unit, coded).map_or(Word::Else, |number| self.units.word(number));
            let token = normalized.get(start..token_end).unwrap_or("");
            match word {
                Word::None => {}
                // Were a space ever the end of a word, and not a token of its own, it would be missing from what is known.
                Word::There(term) if !token.ends_with(' ') => {
                    self.note(Some(term), Written::There(start..token_end));
                }
                Word::There(_) | Word::Else => {
                    for term in praden_query::terms(token) {
                        self.note(self.units.find_term(&term), Written::Else(term.into()));
                    }
                }
            }
            start = end;
        }
        // Tokens cover the text; were they ever to end early, the rest is written out.
        if let Some(rest) = normalized.get(start..).filter(|rest| !rest.is_empty()) {
            self.spell(rest, coded);
        }
    }

    /// Notes which word comes next. One that no unit has is taken for another each time that it comes.
    #[inline]
    fn note(&mut self, known: Option<u32>, written: Written) {
        match known.and_then(|term| self.units.group(term)) {
            Some(group) => self.gathered.go_on(group),
            None => {
                let group = self.gathered.begin(Term { known, written });
                if let Some(term) = known {
                    self.units.set_group(term, Some(group));
                }
            }
        }
    }

    /// The list of the words of a text, which were gathered and are then forgotten.
    fn list(&mut self, text: &str) -> String {
        self.list.clear();
        self.gathered.put_list(&mut self.list, |term| match &term.written {
            Written::There(range) => text.get(range.clone()).unwrap_or(""),
            Written::Else(word) => word,
        });
        for term in self.gathered.drain() {
            if let Some(known) = term.known {
                self.units.set_group(known, None);
            }
        }
        // Many lists wait for tantivy's thread: none takes more than it has.
        self.list.as_str().to_owned()
    }

    /// Writes a unit, and says its number if it has one.
    fn put(&mut self, unit: &Key<'_>, coded: &mut Vec<u8>) -> Option<u32> {
        let letters = unit.letters;
        let is_taken = |units: &Dictionary| letters.len() <= UNIT_BYTES_MAX && units.len() < UNITS_MAX;
        let number = match self.units.find(unit) {
            Some(number) => number,
            None if is_taken(&self.units) && self.was_seen(unit.hash) => self.learn(letters),
            None => {
                self.spell(letters, coded);
                return None;
            }
        };
        self.units.put_code(number, coded);
        Some(number)
    }

    /// Writes what is no unit letter by letter, and digits two by two where they are known. Letters always become units.
    fn spell(&mut self, mut rest: &str, coded: &mut Vec<u8>) {
        let find = |units: &mut Dictionary, part| {
            let key = units.key_of(part);
            units.find(&key)
        };
        while let Some(letter) = rest.chars().next() {
            let digits = rest.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
            let known = digits.and_then(|digits| find(&mut self.units, digits));
            let part = rest.get(..if known.is_some() { 2 } else { letter.len_utf8() }).unwrap_or(rest);
            let number = known.or_else(|| find(&mut self.units, part)).unwrap_or_else(|| self.learn(part));
            self.units.put_code(number, coded);
            rest = rest.get(part.len()..).unwrap_or("");
        }
    }

    fn learn(&mut self, unit: &str) -> u32 {
        put_number(unit.len(), &mut self.dictionary.held);
        self.dictionary.held.extend_from_slice(unit.as_bytes());
        self.units.add(unit)
    }

    /// Whether a unit was seen before, or perhaps another like it: then it comes early into the dictionary.
    fn was_seen(&mut self, hash: u64) -> bool {
        let bit = hash as usize % SEEN_BITS;
        let Some(slot) = self.seen.get_mut(bit / 64) else { return true };
        let mask = 1 << (bit % 64);
        let was_seen = *slot & mask != 0;
        *slot |= mask;
        was_seen
    }

    /// Makes everything added so far durable, and says how long the dictionary and the texts are.
    pub(crate) fn sync(&mut self) -> io::Result<(u64, u64)> {
        self.dictionary.sync()?;
        self.texts.sync()?;
        Ok((self.dictionary.len, self.texts.len))
    }
}

/// A file that is only ever appended to.
struct Appender {
    file: File,
    held: Vec<u8>,
    /// With what is held. For the dictionary, what `put` noted counts once it was given way.
    len: u64,
    written: u64,
    is_dirty: bool,
}

impl Appender {
    fn open(path: &Path, committed: u64) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        if file.metadata()?.len() < committed {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "a file is shorter than its commit says",
            ));
        }
        file.set_len(committed)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file, held: Vec::new(), len: committed, written: committed, is_dirty: true })
    }

    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut all)?;
        Ok(all)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.held.extend_from_slice(bytes);
        self.give_way()
    }

    /// Counts what is held, and writes it when it is much.
    fn give_way(&mut self) -> io::Result<()> {
        self.len = self.written + self.held.len() as u64;
        if self.held.len() >= BUFFER_BYTES { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> io::Result<()> {
        if !self.held.is_empty() {
            self.file.write_all(&self.held)?;
            self.written += self.held.len() as u64;
            self.len = self.written;
            self.held.clear();
            self.is_dirty = true;
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.write()?;
        if self.is_dirty {
            self.file.sync_data()?;
            self.is_dirty = false;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use praden_model::TextVersion;
    use praden_text::Segmenter;
    use proptest::prelude::*;

    use super::*;

    /// Whether the words of some texts, one after the other, are those that each has, and those of a word ascend.
    fn gathers(texts: &[AnalyzedText]) -> Result<(), TestCaseError> {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = TextsWriter::open(dir.path(), Lengths::default()).unwrap();
        for text in texts {
            let mut got = crate::words::read(&writer.add_text(text).unwrap());
            let ascend = |word: &str| {
                got.iter().filter(|(_, other)| other == word).map(|(position, _)| position).is_sorted()
            };
            prop_assert!(got.iter().all(|(_, word)| ascend(word)), "{:?}", got);
            got.sort_unstable();
            let want: Vec<(usize, String)> =
                praden_query::words(text).map(|word| word.term.into_owned()).enumerate().collect();
            prop_assert_eq!(got, want);
        }
        Ok(())
    }

    #[test]
    fn a_space_in_a_token_is_part_of_its_word() {
        let token = "กา ";
        let stored = |ends: &[usize]| {
            let ends = ends.iter().map(|&end| end as u32).collect();
            AnalyzedText::restore(token.repeat(3), ends, TextVersion::CURRENT, Segmenter::embedded())
        };
        let len = token.len();
        let apart = [len - 1, len, 2 * len - 1, 2 * len, 3 * len - 1, 3 * len];
        gathers(&[
            stored(&apart),
            stored(&apart),
            stored(&[len, 2 * len - 1, 2 * len, 3 * len]),
            stored(&apart),
        ])
        .unwrap();
    }

    proptest! {
        #[test]
        fn the_words_of_a_text_are_gathered(
            texts in prop::collection::vec("(น้ำ|ท่วม|กา|Covid|COVID|covid|[A-Z]{1,3}|[a-z]{60,300}| |, |2568|\n|\\PC|\0){0,40}", 1..6),
        ) {
            let texts: Vec<AnalyzedText> =
                texts.into_iter().map(|text| AnalyzedText::analyze(text, Segmenter::embedded())).collect();
            gathers(&texts)?;
        }
    }
}
