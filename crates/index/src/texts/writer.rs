//! Appending to the two files.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::hash::BuildHasher as _;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use foldhash::fast::RandomState;
use praden_model::{AnalyzedText, Revision};

use super::codec::{UNITS_MAX, put_number, put_unit};
use super::common::COMMON;
use super::units::read_units;
use super::{DICTIONARY_FILE, Lengths, TEXTS_FILE};

/// The longest unit that the dictionary takes. Longer ones are no words.
const UNIT_BYTES_MAX: usize = 64;

/// Bits that remember which units were seen once: a unit comes into the dictionary when it is seen again.
const SEEN_BITS: usize = 1 << 22;

/// Bytes held in memory before they are written.
const BUFFER_BYTES: usize = 1 << 20;

/// The one writer of the two files. It writes ahead of commits and syncs with them.
pub(crate) struct TextsWriter {
    units: HashMap<Box<str>, u32, RandomState>,
    seen: Vec<u64>,
    dictionary: Appender,
    texts: Appender,
    draft: Vec<u8>,
}

impl TextsWriter {
    /// Opens the files and cuts off what no commit knows of.
    pub(crate) fn open(dir: &Path, committed: Lengths) -> io::Result<Self> {
        let mut dictionary = Appender::open(&dir.join(DICTIONARY_FILE), committed.dictionary)?;
        let texts = Appender::open(&dir.join(TEXTS_FILE), committed.texts)?;
        let mut units: HashMap<Box<str>, u32, RandomState> =
            COMMON.iter().zip(0..).map(|(&unit, number)| (unit.into(), number)).collect();
        let stored = dictionary.read_all()?;
        for (number, range) in (COMMON.len() as u32..).zip(read_units(&stored)) {
            let unit = stored.get(range).and_then(|unit| std::str::from_utf8(unit).ok());
            let unit = unit.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a unit is no text"))?;
            units.insert(unit.into(), number);
        }
        Ok(Self { units, seen: vec![0; SEEN_BITS / 64], dictionary, texts, draft: Vec::new() })
    }

    /// Adds title and text of a revision; says where they start.
    pub(crate) fn add(&mut self, revision: &Revision) -> io::Result<u64> {
        let start = self.texts.len;
        let mut draft = std::mem::take(&mut self.draft);
        draft.clear();
        self.encode(&revision.title, &mut draft);
        let mut head = Vec::with_capacity(8);
        put_number(draft.len(), &mut head);
        self.texts.append(&head)?;
        self.texts.append(&draft)?;
        draft.clear();
        self.encode(&revision.text, &mut draft);
        head.clear();
        put_number(draft.len(), &mut head);
        self.texts.append(&head)?;
        self.texts.append(&draft)?;
        self.draft = draft;
        // New units go the way of the texts: `encode` has only noted them.
        self.dictionary.give_way()?;
        Ok(start)
    }

    fn encode(&mut self, text: &AnalyzedText, coded: &mut Vec<u8>) {
        let normalized = text.normalized();
        let mut start = 0_usize;
        let mut ends = text.ends().iter().copied().peekable();
        while let Some(end) = ends.next() {
            let mut end = end as usize;
            // The one space after a word is part of its unit.
            if normalized.as_bytes().get(end) == Some(&b' ') && ends.next_if_eq(&(end as u32 + 1)).is_some() {
                end += 1;
            }
            let Some(unit) = normalized.get(start..end) else { continue };
            start = end;
            self.put(unit, coded);
        }
        // Tokens cover the text; were they ever to end early, the rest is written out.
        if let Some(rest) = normalized.get(start..).filter(|rest| !rest.is_empty()) {
            self.spell(rest, coded);
        }
    }

    fn put(&mut self, unit: &str, coded: &mut Vec<u8>) {
        if let Some(&number) = self.units.get(unit) {
            return put_unit(number, coded);
        }
        if unit.len() > UNIT_BYTES_MAX || self.units.len() >= UNITS_MAX as usize || !self.was_seen(unit) {
            return self.spell(unit, coded);
        }
        let number = self.learn(unit);
        put_unit(number, coded);
    }

    /// Writes what is no unit letter by letter, and digits two by two where they are known. Letters always become units.
    fn spell(&mut self, mut rest: &str, coded: &mut Vec<u8>) {
        while let Some(letter) = rest.chars().next() {
            let digits = rest.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
            let known = digits.and_then(|digits| self.units.get(digits).copied());
            let part = rest.get(..if known.is_some() { 2 } else { letter.len_utf8() }).unwrap_or(rest);
            let number = known.or_else(|| self.units.get(part).copied()).unwrap_or_else(|| self.learn(part));
            put_unit(number, coded);
            rest = rest.get(part.len()..).unwrap_or("");
        }
    }

    fn learn(&mut self, unit: &str) -> u32 {
        let number = self.units.len() as u32;
        self.units.insert(unit.into(), number);
        put_number(unit.len(), &mut self.dictionary.held);
        self.dictionary.held.extend_from_slice(unit.as_bytes());
        number
    }

    /// Whether a unit was seen before, or perhaps another like it: then it comes early into the dictionary.
    fn was_seen(&mut self, unit: &str) -> bool {
        let bit = self.units.hasher().hash_one(unit) as usize % SEEN_BITS;
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
