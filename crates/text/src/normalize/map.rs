//! The way back: from bytes of a normalised text to bytes of the raw one.

use std::borrow::Cow;
use std::ops::Range;

/// A normalised text with its way back to the raw one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalized<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) map: OffsetMap,
}

impl Normalized<'_> {
    /// The normalised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The map between byte offsets of the normalised and of the raw text.
    #[must_use]
    pub fn map(&self) -> &OffsetMap {
        &self.map
    }

    /// The normalised text and its map, owned.
    #[must_use]
    pub fn into_parts(self) -> (String, OffsetMap) {
        (self.text.into_owned(), self.map)
    }

    /// Whether the raw text was already normal; then nothing was copied.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.map.edits.is_empty()
    }
}

/// One replaced stretch: these normalised bytes stand for those raw bytes. Either side may be empty, not both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) norm_start: usize,
    pub(super) norm_end: usize,
    pub(super) raw_start: usize,
    pub(super) raw_end: usize,
}

/// Where each byte of a normalised text came from: the edits, sparse; between them offsets run in step.
///
/// All offsets are bytes. Ranges are half open. Takes 32 bytes per edit and nothing for a clean text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetMap {
    pub(super) edits: Vec<Edit>,
    pub(super) norm_len: usize,
    pub(super) raw_len: usize,
}

impl OffsetMap {
    /// The raw range that was read as `normalized_range`: the smallest that covers it, without invisible characters that
    /// were deleted at its edges. A range that cuts into a repaired cluster gives the whole cluster. Offsets beyond the
    /// end give the end. Takes a binary search.
    #[must_use]
    pub fn to_raw(&self, normalized_range: Range<usize>) -> Range<usize> {
        let start = self.raw_of(normalized_range.start, true);
        let end = self.raw_of(normalized_range.end, false);
        if normalized_range.is_empty() { start..start } else { start..end.max(start) }
    }

    /// The normalised range that `raw_range` became; empty when all of it was deleted. A range that cuts into a repaired
    /// cluster gives the whole cluster. Offsets beyond the end give the end. Takes a binary search.
    #[must_use]
    pub fn to_normalized(&self, raw_range: Range<usize>) -> Range<usize> {
        let start = self.norm_of(raw_range.start, true);
        let end = self.norm_of(raw_range.end, false);
        if raw_range.is_empty() { start..start } else { start..end.max(start) }
    }

    /// The offsets at which the distance between the two texts changes, as (normalised byte, raw byte), in order; the first
    /// is (0, 0) and the last the two lengths. Between two points that are equally far apart in both texts, offsets run in
    /// step; other stretches were replaced as a whole.
    pub fn points(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let inner = self
            .edits
            .iter()
            .flat_map(|edit| [(edit.norm_start, edit.raw_start), (edit.norm_end, edit.raw_end)]);
        let mut last = None;
        std::iter::once((0, 0)).chain(inner).chain(std::iter::once((self.norm_len, self.raw_len))).filter(
            move |&point| {
                let is_new = last != Some(point);
                last = Some(point);
                is_new
            },
        )
    }

    /// Whether both texts are the same.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.edits.is_empty()
    }

    fn raw_of(&self, norm: usize, is_start: bool) -> usize {
        let norm = norm.min(self.norm_len);
        // Edits that end at or before a range's start lie behind it; at a range's end only those that begin before it do.
        let behind = if is_start {
            self.edits.partition_point(|edit| edit.norm_end <= norm && edit.norm_start <= norm)
        } else {
            self.edits.partition_point(|edit| edit.norm_start < norm)
        };
        let Some(edit) = behind.checked_sub(1).and_then(|last| self.edits.get(last)) else {
            return match self.edits.get(behind) {
                Some(next) if is_start && next.norm_start < norm => next.raw_start,
                _ => norm,
            };
        };
        if is_start {
            match self.edits.get(behind) {
                Some(next) if next.norm_start < norm => next.raw_start,
                _ => edit.raw_end + (norm - edit.norm_end),
            }
        } else {
            edit.raw_end + norm.saturating_sub(edit.norm_end)
        }
    }

    fn norm_of(&self, raw: usize, is_start: bool) -> usize {
        let raw = raw.min(self.raw_len);
        let behind = if is_start {
            self.edits.partition_point(|edit| edit.raw_end <= raw)
        } else {
            self.edits.partition_point(|edit| edit.raw_start < raw)
        };
        if is_start
            && let Some(next) = self.edits.get(behind)
            && next.raw_start < raw
        {
            return next.norm_start;
        }
        match behind.checked_sub(1).and_then(|last| self.edits.get(last)) {
            Some(edit) => edit.norm_end + raw.saturating_sub(edit.raw_end),
            None => raw,
        }
    }
}
