//! The model file: a tree of n-grams with their weights that are not zero.

use std::collections::BTreeMap;

use super::{CHARS_MAX, CLASS_BITS, HEAT_MAX, Key, Ngram, WINDOW, key_of, length_of};

const MAGIC: &[u8; 4] = b"PTM2";

/// Writes a model file: all n-grams as a tree from the first character on, depth first.
///
/// A node is the class plus one, with the top bit set when it has weights; then each weight as a byte of lane, "last" (16) and, on
/// the first, "no children" (32) and the heat (64 times), and a byte of value; then the children and a zero byte, unless it has
/// none. Rows are in [`SCALE`](super::SCALE); values beyond ±127 are cut there. Rows of zeros are left out.
#[must_use]
pub fn encode(ngrams: &BTreeMap<Key, Ngram>) -> Vec<u8> {
    // By characters from the first: for each beginning its own weights, so that parents come before children.
    let mut tree: BTreeMap<Vec<u8>, Ngram> = BTreeMap::new();
    for (&key, ngram) in ngrams {
        if ngram.is_silent() {
            continue;
        }
        let classes: Vec<u8> =
            (0..length_of(key)).rev().map(|place| (key >> (CLASS_BITS * place)) as u8 & 0x7F).collect();
        for length in 1..classes.len() {
            tree.entry(classes.iter().copied().take(length).collect()).or_default();
        }
        tree.insert(classes, *ngram);
    }
    let mut out = MAGIC.to_vec();
    out.extend([WINDOW as u8, CHARS_MAX as u8]);
    let mut open = 0usize;
    let mut nodes = tree.iter().peekable();
    while let Some((classes, ngram)) = nodes.next() {
        // Close the branches that this node does not continue.
        out.extend(std::iter::repeat_n(0, (open + 1).saturating_sub(classes.len())));
        let has_children = nodes.peek().is_some_and(|(next, _)| next.starts_with(classes));
        let class = classes.last().copied().unwrap_or_default() + 1;
        let weights: Vec<(usize, i16)> =
            ngram.row.iter().copied().enumerate().filter(|&(_, weight)| weight != 0).collect();
        out.push(class | if weights.is_empty() { 0 } else { 0x80 });
        for (number, &(lane, weight)) in weights.iter().enumerate() {
            let last = if number + 1 == weights.len() { 16 } else { 0 };
            let leaf = if number == 0 && !has_children { 32 } else { 0 };
            let heat = if number == 0 { ngram.heat.min(HEAT_MAX) << 6 } else { 0 };
            out.push(lane as u8 | last | leaf | heat);
            out.push(weight.clamp(-127, 127) as i8 as u8);
        }
        // A node with children stays open at its depth.
        open = if has_children { classes.len() } else { classes.len() - 1 };
    }
    out.extend(std::iter::repeat_n(0, open + 1));
    out
}

/// Reads a model file; `None` when it is not one.
pub(super) fn decode(file: &[u8]) -> Option<BTreeMap<Key, Ngram>> {
    let body = file.strip_prefix(MAGIC)?.strip_prefix(&[WINDOW as u8, CHARS_MAX as u8])?;
    let mut bytes = body.iter().copied();
    let mut ngrams = BTreeMap::new();
    let mut path: Vec<u8> = Vec::new();
    loop {
        let head = bytes.next()?;
        if head == 0 {
            if path.pop().is_none() {
                return bytes.next().is_none().then_some(ngrams);
            }
            continue;
        }
        path.push((head & 0x7F).checked_sub(1)?);
        if path.len() > CHARS_MAX {
            return None;
        }
        let mut ngram = Ngram::default();
        let mut is_leaf = false;
        let mut has_more = head & 0x80 != 0;
        while has_more {
            let mark = bytes.next()?;
            *ngram.row.get_mut(usize::from(mark & 15))? = i16::from(bytes.next()? as i8);
            is_leaf |= mark & 32 != 0;
            ngram.heat |= mark >> 6;
            has_more = mark & 16 == 0;
        }
        let recent = path.iter().fold(0, |recent, &class| recent << CLASS_BITS | u64::from(class));
        ngrams.insert(key_of(recent, path.len()), ngram);
        if is_leaf {
            path.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{class, tables};
    use proptest::prelude::*;

    const EMBEDDED: &[u8] = include_bytes!("../../model/words.bin");

    #[test]
    fn the_embedded_model_is_small_and_whole() {
        assert!(EMBEDDED.len() <= 1_500_000, "{} bytes", EMBEDDED.len());
        let ngrams = decode(EMBEDDED).expect("a model");
        assert!(ngrams.values().filter(|ngram| !ngram.is_silent()).count() <= tables::NGRAMS_MAX);
        assert_eq!(encode(&ngrams), EMBEDDED);
    }

    #[test]
    fn files_that_are_no_models_are_refused() {
        for wrong in [
            &[][..],
            MAGIC,
            &EMBEDDED[..EMBEDDED.len() / 2],
            &EMBEDDED[1..],
            &[EMBEDDED, &[0u8][..]].concat(),
        ] {
            assert!(decode(wrong).is_none());
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            rows in prop::collection::btree_map(
                prop::collection::vec(0..class::COUNT, 1..=CHARS_MAX),
                (prop::array::uniform8(-127i16..=127), 0..=HEAT_MAX),
                0..20,
            )
        ) {
            let mut rows: BTreeMap<Key, Ngram> = rows
                .into_iter()
                .map(|(classes, (row, heat))| {
                    let recent = classes.iter().fold(0, |recent, &class| recent << CLASS_BITS | u64::from(class));
                    (key_of(recent, classes.len()), Ngram { row, heat })
                })
                .collect();
            let mut read = decode(&encode(&rows)).expect("a model");
            read.retain(|_, ngram| !ngram.is_silent());
            rows.retain(|_, ngram| !ngram.is_silent());
            prop_assert_eq!(read, rows);
        }
    }
}
