//! A published text with its analysis: normalised and segmented once, shared by every stage.

use std::ops::Range;

use praden_text::{OffsetMap, Segmenter};

/// Which normaliser and segmenter made a stored analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TextVersion(pub u32);

impl TextVersion {
    /// The version in this program.
    pub const CURRENT: Self = Self(praden_text::NORMALIZER_VERSION << 16 | praden_text::SEGMENTER_VERSION);
}

/// A text as published, its normalised form with a map between the two, and its tokens.
///
/// Only the raw text and the token ends need to be kept: normalising again costs a tenth of segmenting.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalyzedText {
    raw: String,
    // None where normalising changes nothing, which is half of all text: the raw form serves as both.
    normalized: Option<String>,
    map: OffsetMap,
    ends: Vec<u32>,
}

impl AnalyzedText {
    /// Normalises and segments a text.
    pub fn analyze(raw: String, segmenter: &Segmenter) -> Self {
        let mut analyzed = Self::normalize(raw);
        let mut ends = Vec::new();
        segmenter.segment_into(analyzed.normalized(), &mut ends);
        analyzed.ends = ends;
        analyzed
    }

    /// Puts a stored text together again; segments anew when the stored ends were made by another version or do not fit.
    pub fn restore(raw: String, ends: Vec<u32>, version: TextVersion, segmenter: &Segmenter) -> Self {
        let mut analyzed = Self::normalize(raw);
        let text = analyzed.normalized();
        let fits = version == TextVersion::CURRENT
            && ends.last().map_or(0, |&end| end as usize) == text.len()
            && ends.iter().all(|&end| text.is_char_boundary(end as usize))
            && ends.is_sorted();
        if fits {
            analyzed.ends = ends;
            analyzed
        } else {
            Self::analyze(analyzed.raw, segmenter)
        }
    }

    fn normalize(raw: String) -> Self {
        let normalized = praden_text::normalize(&raw);
        let unchanged = normalized.is_unchanged();
        let (text, map) = normalized.into_parts();
        Self { raw, normalized: (!unchanged).then_some(text), map, ends: Vec::new() }
    }

    /// The text as published.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The text in normal form: what is searched, matched and compared.
    pub fn normalized(&self) -> &str {
        self.normalized.as_deref().unwrap_or(&self.raw)
    }

    /// The map between raw and normalised bytes.
    pub fn map(&self) -> &OffsetMap {
        &self.map
    }

    /// Ends of the tokens, in bytes of the normalised text. Tokens lie end to end from 0.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// The tokens: byte range in the normalised text, and the token. White space is a token too.
    pub fn tokens(&self) -> impl Iterator<Item = (Range<usize>, &str)> {
        let text = self.normalized();
        let mut start = 0;
        self.ends.iter().filter_map(move |&end| {
            let range = start..end as usize;
            start = range.end;
            text.get(range.clone()).map(|token| (range, token))
        })
    }

    /// The raw bytes that a range of normalised bytes was read from.
    pub fn to_raw(&self, normalized: Range<usize>) -> Range<usize> {
        self.map.to_raw(normalized)
    }
}
