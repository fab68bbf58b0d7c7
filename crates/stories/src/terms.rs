//! What an article is about: its telling words, weighted by where they stand and how rare they are.

use std::collections::{BTreeSet, HashMap};

use praden_model::AnalyzedText;
use praden_text::{TokenKind, token_kind};

use crate::background::Background;
use crate::sketch::{ByHash, mix};

/// Words that are kept of an article.
pub(crate) const TERMS_MAX: usize = 48;

/// Bytes of the text that count as its lead, and bytes that are looked at.
const LEAD_BYTES: usize = 1_500;
const BODY_BYTES: usize = 9_000;

/// What a word weighs by where it stands.
const IN_TITLE: f32 = 3.0;
const IN_LEAD: f32 = 1.0;
const IN_BODY: f32 = 0.4;

/// From how much on more of the same word says no more.
const SATURATION: f32 = 3.0;

/// An article's words: keys in order, each with its weight; the weights are a vector of length 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Terms {
    weights: Vec<(u64, f32)>,
    /// Keys of the most telling words, under which like articles are looked up.
    pub lookup: Vec<u64>,
}

/// How many words like articles are looked up by.
const LOOKUP: usize = 12;

impl Terms {
    /// The words of an article, and how each is written.
    pub(crate) fn of(
        title: &AnalyzedText,
        text: &AnalyzedText,
        background: &Background,
    ) -> (Self, HashMap<u64, String>) {
        let mut found: ByHash<u64, (f32, &str)> = ByHash::default();
        let fields = [(title, true), (text, false)];
        for (field, is_title) in fields {
            for (range, token) in field.tokens() {
                if !is_title && range.start > BODY_BYTES {
                    break;
                }
                if !is_word(token) {
                    continue;
                }
                let place = match () {
                    () if is_title => IN_TITLE,
                    () if range.start < LEAD_BYTES => IN_LEAD,
                    () => IN_BODY,
                };
                let entry = found.entry(key(token)).or_insert((0.0, token));
                entry.0 += place;
            }
        }
        let mut weights: Vec<(u64, f32)> = found
            .iter()
            .map(|(&key, &(places, _))| (key, background.weight(key) * places / (places + SATURATION)))
            .filter(|(_, weight)| *weight > 0.0)
            .collect();
        weights.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        weights.truncate(TERMS_MAX);
        let lookup = weights.iter().take(LOOKUP).map(|(key, _)| *key).collect();
        let length = weights.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        if length > 0.0 {
            weights.iter_mut().for_each(|(_, weight)| *weight /= length);
        }
        weights.sort_by_key(|(key, _)| *key);
        let written =
            weights.iter().filter_map(|(key, _)| Some((*key, found.get(key)?.1.to_owned()))).collect();
        (Self { weights, lookup }, written)
    }

    /// The cosine of two articles' words, and the common words with what each adds, the most first.
    pub(crate) fn shared(&self, other: &Self) -> (f32, Vec<(u64, f32)>) {
        let mut common = Vec::new();
        self.meet(other, |key, product| common.push((key, product)));
        common.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        (common.iter().map(|(_, product)| product).sum(), common)
    }

    /// The cosine alone.
    pub(crate) fn cosine(&self, other: &Self) -> f32 {
        let mut sum = 0.0;
        self.meet(other, |_, product| sum += product);
        sum
    }

    fn meet(&self, other: &Self, mut at: impl FnMut(u64, f32)) {
        let (mut mine, mut theirs) = (self.weights.iter().peekable(), other.weights.iter().peekable());
        while let (Some(&&(a, weight_a)), Some(&&(b, weight_b))) = (mine.peek(), theirs.peek()) {
            if a == b {
                at(a, weight_a * weight_b);
            }
            if a <= b {
                mine.next();
            }
            if b <= a {
                theirs.next();
            }
        }
    }
}

/// The distinct words of an article.
pub(crate) fn words(title: &AnalyzedText, text: &AnalyzedText) -> BTreeSet<String> {
    let body = text.tokens().take_while(|(range, _)| range.start <= BODY_BYTES);
    title.tokens().chain(body).map(|(_, token)| token).filter(|token| is_word(token)).map(fold).collect()
}

/// Whether a token can say what an article is about.
fn is_word(token: &str) -> bool {
    let letters = token.chars().count();
    match token_kind(token) {
        TokenKind::Thai | TokenKind::Latin | TokenKind::Hashtag => letters >= 2,
        TokenKind::Abbreviation => letters >= 3,
        // Amounts and counts tell articles apart; days, ordinals and years do not.
        TokenKind::Number => token.chars().filter(char::is_ascii_digit).count() >= 3 && !is_year(token),
        _ => false,
    }
}

fn is_year(token: &str) -> bool {
    token.len() == 4 && (token.starts_with("25") || token.starts_with("20"))
}

fn fold(token: &str) -> String {
    token.to_lowercase()
}

/// The key of a word: FNV-1a over its lower-case bytes, mixed. The same in every build and on every machine.
pub(crate) fn key(token: &str) -> u64 {
    let bytes = token.bytes().map(|byte| byte.to_ascii_lowercase());
    mix(bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    }))
}
