//! Reading the two files, as they were at a commit.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use praden_text::{TokenKind, token_kind};
use tantivy::Directory as _;
use tantivy::directory::{MmapDirectory, OwnedBytes};

use crate::exact::SLOTS_FILE;

use super::codec::{Scan, Unit, signature, take_number, units};
use super::common::COMMON;
use super::{DICTIONARY_FILE, Lengths, TEXTS_FILE, Tally};

/// The texts of one state of the index, mapped into memory.
pub(crate) struct Texts {
    dictionary: OwnedBytes,
    /// Where each unit after the common ones lies, once somebody asks.
    units: OnceLock<Vec<Range<u32>>>,
    /// Which letters each unit has, once somebody asks.
    signatures: OnceLock<Vec<u64>>,
    texts: OwnedBytes,
    slots: OwnedBytes,
}

/// Where units lie in the bytes of a dictionary.
pub(super) fn read_units(dictionary: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut rest = dictionary;
    std::iter::from_fn(move || {
        let len = take_number(&mut rest)?;
        let start = dictionary.len() - rest.len();
        rest = rest.get(len..)?;
        Some(start..start + len)
    })
}

impl Texts {
    /// Maps the files.
    pub(crate) fn open(dir: &Path, lengths: Lengths) -> tantivy::Result<Self> {
        // A directory of its own: tantivy's remembers a file as long as it was.
        let directory = MmapDirectory::open(dir)?;
        let read = |name: &str, len: u64| -> tantivy::Result<OwnedBytes> {
            if len == 0 {
                return Ok(OwnedBytes::empty());
            }
            let bytes = directory.open_read(Path::new(name))?.read_bytes()?;
            let len = len as usize;
            if bytes.len() < len {
                return Err(tantivy::TantivyError::DataCorruption(
                    tantivy::error::DataCorruption::comment_only(format!(
                        "{name} is shorter than its commit says"
                    )),
                ));
            }
            Ok(bytes.slice(0..len))
        };
        let dictionary = read(DICTIONARY_FILE, lengths.dictionary)?;
        let texts = read(TEXTS_FILE, lengths.texts)?;
        // Blocks are whole; bits that were added since are no harm.
        let slots = match lengths.slots {
            0 => OwnedBytes::empty(),
            _ => directory.open_read(Path::new(SLOTS_FILE))?.read_bytes()?,
        };
        Ok(Self { dictionary, units: OnceLock::new(), signatures: OnceLock::new(), texts, slots })
    }

    fn ranges(&self) -> &[Range<u32>] {
        // About a millisecond for 200,000 units.
        let read = || {
            read_units(self.dictionary.as_slice()).map(|range| range.start as u32..range.end as u32).collect()
        };
        self.units.get_or_init(read)
    }

    /// The bits of pairs of letters: see [`crate::exact`].
    pub(crate) fn slots(&self) -> &OwnedBytes {
        &self.slots
    }

    /// Looks for letters in these texts.
    pub(crate) fn scan<'s>(&self, sought: &'s str) -> Scan<'s> {
        let read = || {
            let of = |number| std::str::from_utf8(self.unit(number)).map_or(u64::MAX, signature);
            (0..self.units() as u32).map(of).collect()
        };
        Scan::new(sought, self.signatures.get_or_init(read))
    }

    /// How many units there are.
    fn units(&self) -> usize {
        COMMON.len() + self.ranges().len()
    }

    fn unit(&self, number: u32) -> &[u8] {
        if let Some(unit) = COMMON.get(number as usize) {
            return unit.as_bytes();
        }
        self.ranges()
            .get(number as usize - COMMON.len())
            .and_then(|range| self.dictionary.as_slice().get(range.start as usize..range.end as usize))
            .unwrap_or(&[])
    }

    /// Title and text that start at a place.
    fn parts(&self, at: u64) -> Option<[&[u8]; 2]> {
        let mut rest = self.texts.as_slice().get(usize::try_from(at).ok()?..)?;
        let title_len = take_number(&mut rest)?;
        let (title, mut rest) = rest.split_at_checked(title_len)?;
        let text_len = take_number(&mut rest)?;
        Some([title, rest.get(..text_len)?])
    }

    /// How often the text at a place has what is sought, in each part counted up to `enough`. Only the title is looked
    /// at, or only the text, if told so. Nothing if no text starts there.
    pub(crate) fn count(
        &self,
        scan: &mut Scan<'_>,
        at: u64,
        enough: u32,
        (in_title, in_text): (bool, bool),
    ) -> Option<Tally> {
        let [title, text] = self.parts(at)?;
        let unit = |number| self.unit(number);
        Some(Tally {
            title: if in_title { scan.count(title, enough, unit) } else { 0 },
            text: if in_text { scan.count(text, enough, unit) } else { 0 },
        })
    }

    /// The words of texts at these places, in lower case, with the number of texts that have each. Only words of two
    /// letters and more; single digits and signs are none. A word that is not in the dictionary is rare, and left out.
    pub(crate) fn words_of(&self, places: &[u64]) -> Vec<(String, u64)> {
        let mut counts = vec![(0_u32, 0_u64); self.units()];
        for (round, &at) in (1..).zip(places) {
            for unit in self.parts(at).into_iter().flatten().flat_map(units) {
                if let Unit::Known(number) = unit
                    && let Some((last, count)) = counts.get_mut(number as usize)
                    && *last != round
                {
                    *last = round;
                    *count += 1;
                }
            }
        }
        // A word stands with and without the space after it, with and without capitals; the commonest form counts.
        let mut words: HashMap<String, u64> = HashMap::new();
        for (number, &(_, count)) in (0..).zip(&counts).filter(|(_, (_, count))| *count > 0) {
            let Ok(unit) = std::str::from_utf8(self.unit(number)) else { continue };
            let word = unit.trim_end();
            let letters = word.chars().filter(|letter| letter.is_alphabetic()).count();
            if letters < 2
                || matches!(token_kind(word), TokenKind::Space | TokenKind::Punctuation | TokenKind::Url)
            {
                continue;
            }
            let known = words.entry(word.to_lowercase()).or_default();
            *known = (*known).max(count);
        }
        words.into_iter().collect()
    }
}
