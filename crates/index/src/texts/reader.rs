//! Reading the two files, as they were at a commit.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use praden_model::FieldName;
use praden_text::{TokenKind, token_kind};
use tantivy::Directory as _;
use tantivy::directory::{MmapDirectory, OwnedBytes};

use crate::exact::SLOTS_FILE;

use super::codec::{take_number, units};
use super::joints::Spelling;
use super::units::Units;
use super::{DICTIONARY_FILE, Lengths, TEXTS_FILE};

/// The texts of one state of the index, mapped into memory.
pub(crate) struct Texts {
    dictionary: OwnedBytes,
    /// What the units are, once somebody asks.
    units: OnceLock<Arc<Units>>,
    /// What they were in an earlier state.
    earlier: Option<Arc<Units>>,
    texts: OwnedBytes,
    slots: OwnedBytes,
}

/// An article as numbers of units.
#[derive(Clone, Copy, Default)]
pub(crate) struct Coded<'t> {
    title: &'t [u8],
    text: &'t [u8],
}

impl<'t> Coded<'t> {
    pub(crate) const fn of(self, field: FieldName) -> &'t [u8] {
        match field {
            FieldName::Title => self.title,
            FieldName::Text => self.text,
        }
    }
}

/// Where the title and the text of an article lie among all texts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    title: (u64, u32),
    text: (u64, u32),
}

impl Place {
    pub(crate) const fn text_len(&self) -> usize {
        self.text.1 as usize
    }
}

impl Texts {
    /// Maps the files.
    pub(crate) fn open(dir: &Path, lengths: Lengths, earlier: Option<&Self>) -> tantivy::Result<Self> {
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
        let earlier = earlier.and_then(|earlier| earlier.units.get().or(earlier.earlier.as_ref())).cloned();
        Ok(Self { dictionary, units: OnceLock::new(), earlier, texts, slots })
    }

    pub(super) fn units(&self) -> &Units {
        self.units.get_or_init(|| Arc::new(Units::read(&self.dictionary, self.earlier.as_deref())))
    }

    /// The bits of pairs of letters: see [`crate::exact`].
    pub(crate) fn slots(&self) -> &OwnedBytes {
        &self.slots
    }

    /// The article at a place. Nothing if none starts there.
    pub(crate) fn coded(&self, at: u64) -> Option<Coded<'_>> {
        self.place(at).map(|place| self.coded_at(&place))
    }

    /// Where the parts of the article at a place lie, to be kept by whoever looks at many again and again. Nothing if none
    /// starts there.
    pub(crate) fn place(&self, at: u64) -> Option<Place> {
        let texts = self.texts.as_slice();
        let start = |rest: &[u8]| (texts.len() - rest.len()) as u64;
        let mut rest = texts.get(usize::try_from(at).ok()?..)?;
        let title_len = take_number(&mut rest)?;
        let title = (start(rest), u32::try_from(title_len).ok()?);
        rest = rest.get(title_len..)?;
        let text_len = take_number(&mut rest)?;
        let text = (start(rest), u32::try_from(text_len).ok()?);
        rest.get(..text_len).map(|_| Place { title, text })
    }

    /// The article there.
    pub(crate) fn coded_at(&self, place: &Place) -> Coded<'_> {
        let part = |(start, len): (u64, u32)| {
            self.texts.as_slice().get(start as usize..start as usize + len as usize).unwrap_or(&[])
        };
        Coded { title: part(place.title), text: part(place.text) }
    }

    /// The letters of all units, for going over many texts.
    pub(crate) fn spelling(&self) -> Spelling {
        Spelling::of(self.units())
    }

    /// The words of texts at these places, in lower case, with the number of texts that have each. Only words of two
    /// letters and more; single digits and signs are none. A word that is not in the dictionary is rare, and left out.
    pub(crate) fn words_of(&self, places: &[u64]) -> Vec<(String, u64)> {
        let dictionary = self.units();
        let mut counts = vec![(0_u32, 0_u64); dictionary.len()];
        for (round, &at) in (1..).zip(places) {
            let coded = self.coded(at).into_iter().flat_map(|coded| [coded.title, coded.text]);
            for number in coded.flat_map(units) {
                if let Some((last, count)) = counts.get_mut(number as usize)
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
            let Ok(unit) = std::str::from_utf8(dictionary.get(number)) else { continue };
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
