//! What a text is about, in agencies: a linear model over words, learned from labelled public texts.
//!
//! Names say who is there; most of what an agency should answer names nobody. The model reads words and pairs of
//! neighbouring words, those within names of agencies left out (names have points of their own), and gives each agency a
//! share of one. Every share can be taken apart: it rests on words with weights, and the strongest are told with their
//! places.
//!
//! The model is a text file that can be proofread: `model/routing.tsv`, learned from what `model/NOTICE` names by the command
//! that stands there ([`train`]). Its first line says the version of the format.

mod train;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use praden_model::{AgencyId, AnalyzedText, FieldName, Mention};
use praden_text::{TokenKind, token_kind};

pub use train::{Descent, Example, Examples, Training, train};

/// The first line of a model file: its format.
pub const HEADER: &str = "praden-routing 1";

/// Bytes of the text that are read: what a text is about stands at its beginning.
const TEXT_BYTES: usize = 2_400;

/// What a word counts by where it stands.
const IN_TITLE: f32 = 2.0;
const IN_TEXT: f32 = 1.0;

/// The length of a text's vector of words, whatever its number of words: claims of eight words and articles are learned together.
const LENGTH: f32 = 3.0;

/// Weights are written as whole numbers of this part of one.
const SCALE: f32 = 100.0;

/// The most bytes, words and agencies a model file may have: far more than any that was ever learned.
const BYTES_MAX: usize = 32 << 20;
const AGENCIES_MAX: usize = 4_096;

static EMBEDDED: &str = include_str!("../../model/routing.tsv");

/// Why a model file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ModelError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// A map by keys of words, which are mixed already.
type ByWord<T> = HashMap<u64, T, BuildHasherDefault<Mixed>>;

/// Takes a key as its own hash.
#[derive(Clone, Copy, Debug, Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = (self.0 ^ key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 ^= self.0 >> 29;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The learned words of agencies.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicModel {
    agencies: Vec<AgencyId>,
    bias: Vec<f32>,
    words: ByWord<Learned>,
}

/// What was learned of a word.
#[derive(Clone, Debug, PartialEq)]
struct Learned {
    /// How rare it is: what its presence counts.
    rarity: f32,
    /// What it says of agencies.
    weights: Vec<(u16, f32)>,
}

/// What a text says of one agency.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Topic {
    pub agency: AgencyId,
    /// Share of one, over all agencies that were learned.
    pub share: f32,
    /// The words that speak most strongly for it, the strongest first, and where each stands first.
    pub words: Vec<Word>,
}

/// A word, or two neighbours, at its first place in a text: bytes of the normalised field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    pub field: FieldName,
    pub range: Range<usize>,
    pub weight: f32,
}

/// A share below this is no topic.
const SHARE_MIN: f32 = 0.005;

/// Words that are told for one agency.
const WORDS_MAX: usize = 3;

impl TopicModel {
    /// The model that comes with the program.
    ///
    /// # Panics
    /// Never: the file is part of the program, and a test reads it.
    #[expect(clippy::panic, reason = "the file is part of the program; a test reads it")]
    pub fn embedded() -> Self {
        Self::read(EMBEDDED).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A model that says nothing.
    pub fn empty() -> Self {
        Self { agencies: Vec::new(), bias: Vec::new(), words: ByWord::default() }
    }

    /// The agencies it knows, in the order of its file.
    pub fn agencies(&self) -> &[AgencyId] {
        &self.agencies
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// When it is none: the line and what was expected there.
    pub fn read(file: &str) -> Result<Self, ModelError> {
        let error = |line: usize, message: String| ModelError { line: line + 1, message };
        if file.len() > BYTES_MAX {
            return Err(error(0, format!("the file has more than {BYTES_MAX} bytes")));
        }
        let mut model = Self::empty();
        let mut by_name: HashMap<&str, u16> = HashMap::new();
        for (at, line) in file.lines().enumerate() {
            if at == 0 && line != HEADER {
                return Err(error(at, format!("`{line}` is not `{HEADER}`")));
            }
            if at == 0 || line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (word, rest) = line.split_once('\t').ok_or_else(|| error(at, "expected a tab".to_owned()))?;
            let number = |text: &str| {
                let weight: i32 =
                    text.parse().map_err(|_| error(at, format!("`{text}` is not a whole number")))?;
                Ok(weight as f32 / SCALE)
            };
            if let Some(id) = word.strip_prefix('@') {
                let id = AgencyId::new(id).map_err(|fault| error(at, fault.to_string()))?;
                model.bias.push(number(rest)?);
                model.agencies.push(id);
                if model.agencies.len() > AGENCIES_MAX {
                    return Err(error(at, format!("there are more than {AGENCIES_MAX} agencies")));
                }
                by_name.insert(word.strip_prefix('@').unwrap_or_default(), (model.agencies.len() - 1) as u16);
                continue;
            }
            let (rarity, rest) =
                rest.split_once('\t').ok_or_else(|| error(at, "expected two tabs".to_owned()))?;
            let mut weights = Vec::new();
            for part in rest.split(' ') {
                let (agency, weight) = part
                    .split_once('=')
                    .ok_or_else(|| error(at, format!("`{part}` is not AGENCY=WEIGHT")))?;
                let agency = by_name
                    .get(agency)
                    .ok_or_else(|| error(at, format!("`{agency}` has no line `@{agency}` above")))?;
                weights.push((*agency, number(weight)?));
            }
            model.words.insert(word_key(word), Learned { rarity: number(rarity)?, weights });
        }
        Ok(model)
    }

    /// Writes the model as [`read`](Self::read) reads it. Weights are rounded to hundredths; words whose weights round to
    /// nothing are left out. `spelling` gives each word's letters.
    fn write(&self, spelling: &HashMap<u64, String>, comment: &str) -> String {
        let whole = |weight: f32| (weight * SCALE).round() as i32;
        let mut lines: Vec<String> = self
            .words
            .iter()
            .filter_map(|(key, learned)| {
                let parts: Vec<String> = learned
                    .weights
                    .iter()
                    .filter(|(_, weight)| whole(*weight) != 0)
                    .filter_map(|(at, weight)| {
                        Some(format!("{}={}", self.agencies.get(usize::from(*at))?, whole(*weight)))
                    })
                    .collect();
                (!parts.is_empty()).then(|| {
                    Some(format!("{}\t{}\t{}", spelling.get(key)?, whole(learned.rarity), parts.join(" ")))
                })?
            })
            .collect();
        lines.sort_unstable();
        let comments = comment.lines().map(|line| format!("# {line}"));
        let agencies =
            self.agencies.iter().zip(&self.bias).map(|(agency, bias)| format!("@{agency}\t{}", whole(*bias)));
        let head = std::iter::once(HEADER.to_owned()).chain(comments).chain(agencies);
        head.chain(lines).map(|line| line + "\n").collect()
    }

    /// What a text says of each agency, the most likely first, at most `count`. Linear in the beginning of the text.
    pub(crate) fn topics(
        &self,
        title: &AnalyzedText,
        text: &AnalyzedText,
        mentions: &[Mention],
        count: usize,
    ) -> Vec<Topic> {
        let features = features(title, text, mentions, |key| self.words.contains_key(&key));
        let mut known: Vec<Known<'_>> = features
            .iter()
            .filter_map(|feature| {
                let learned = self.words.get(&feature.key)?;
                Some((feature, feature.value * learned.rarity, learned.weights.as_slice()))
            })
            .collect();
        let length = known.iter().map(|(_, value, _)| value * value).sum::<f32>().sqrt();
        if length == 0.0 {
            return Vec::new();
        }
        let mut logits = self.bias.clone();
        for (_, value, weights) in &mut known {
            *value *= LENGTH / length;
            for (agency, weight) in *weights {
                if let Some(logit) = logits.get_mut(usize::from(*agency)) {
                    *logit += *value * weight;
                }
            }
        }
        let shares = softmax(&logits);
        let mut order: Vec<usize> = (0..shares.len()).collect();
        let share = |at: usize| shares.get(at).copied().unwrap_or(0.0);
        order.sort_by(|a, b| share(*b).total_cmp(&share(*a)).then(a.cmp(b)));
        order.truncate(count);
        order.retain(|at| share(*at) >= SHARE_MIN);
        let topic = |at: usize| {
            let mut words: Vec<Word> = known
                .iter()
                .filter_map(|(feature, value, weights)| {
                    let (_, weight) = weights.iter().find(|(agency, _)| usize::from(*agency) == at)?;
                    let weight = value * weight;
                    (weight > 0.0).then(|| Word {
                        field: feature.field,
                        range: feature.range.clone(),
                        weight,
                    })
                })
                .collect();
            words.sort_by(|a, b| {
                b.weight
                    .total_cmp(&a.weight)
                    .then_with(|| (a.field, a.range.start).cmp(&(b.field, b.range.start)))
            });
            words.truncate(WORDS_MAX);
            Some(Topic { agency: self.agencies.get(at)?.clone(), share: share(at), words })
        };
        order.into_iter().filter_map(topic).collect()
    }
}

/// A word of a text that was learned, what it counts, and what it says of agencies.
type Known<'k> = (&'k Feature, f32, &'k [(u16, f32)]);

/// A word of a text as the model counts it.
struct Feature {
    key: u64,
    value: f32,
    field: FieldName,
    range: Range<usize>,
}

/// The distinct words and pairs of neighbours of a text that are wanted, in order of first place.
fn features(
    title: &AnalyzedText,
    text: &AnalyzedText,
    mentions: &[Mention],
    wanted: impl Fn(u64) -> bool,
) -> Vec<Feature> {
    let mut features: Vec<Feature> = Vec::new();
    let mut by_key: ByWord<usize> = ByWord::default();
    let mut add = |key: u64, value: f32, field: FieldName, range: Range<usize>| {
        if !wanted(key) {
            return;
        }
        let at = *by_key.entry(key).or_insert_with(|| {
            features.push(Feature { key, value: 0.0, field, range });
            features.len() - 1
        });
        if let Some(feature) = features.get_mut(at) {
            // Said again it says hardly more.
            feature.value = feature.value.max(value);
        }
    };
    for (field, analyzed, value) in [(FieldName::Title, title, IN_TITLE), (FieldName::Text, text, IN_TEXT)] {
        let names: Vec<Range<usize>> = mentions
            .iter()
            .filter(|mention| mention.field == field)
            .map(|mention| mention.normalized.range())
            .collect();
        let mut before: Option<(u64, usize)> = None;
        for (range, token) in analyzed.tokens() {
            if field == FieldName::Text && range.start > TEXT_BYTES {
                break;
            }
            let in_name = names.iter().any(|name| name.start < range.end && range.start < name.end);
            if token.trim().is_empty() {
                continue;
            }
            if in_name || !is_word(token) {
                before = None;
                continue;
            }
            let key = word_key(token);
            add(key, value, field, range.clone());
            if let Some((left, start)) = before {
                add(pair_key(left, key), value, field, start..range.end);
            }
            before = Some((key, range.start));
        }
    }
    features
}

fn is_word(token: &str) -> bool {
    let letters = token.chars().count();
    match token_kind(token) {
        TokenKind::Thai | TokenKind::Latin | TokenKind::Abbreviation | TokenKind::Hashtag => letters >= 2,
        _ => false,
    }
}

/// The key of a word, or of two with a space between: FNV-1a over its lower-case bytes.
fn word_key(word: &str) -> u64 {
    let one = |word: &str| {
        word.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0000_0100_0000_01B3)
        })
    };
    match word.split_once(' ') {
        Some((left, right)) => pair_key(one(left), one(right)),
        None => one(word),
    }
}

const fn pair_key(left: u64, right: u64) -> u64 {
    left.rotate_left(23).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ right
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::MIN, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| (logit - most).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use praden_text::Segmenter;

    fn analyze(text: &str) -> AnalyzedText {
        AnalyzedText::analyze(text.to_owned(), Segmenter::embedded())
    }

    fn learned(labelled: &[(&str, &str)], unlabelled: &[(&str, &str)]) -> String {
        let told =
            labelled.iter().map(|text| (true, text)).chain(unlabelled.iter().map(|text| (false, text)));
        let texts: Vec<_> = told
            .map(|(is_labelled, (text, agency))| {
                (is_labelled, analyze(text), [AgencyId::new(*agency).unwrap()])
            })
            .collect();
        let empty = analyze("");
        let each = |act: &mut dyn FnMut(Example<'_>)| {
            for (is_labelled, text, agencies) in &texts {
                let is_labelled = *is_labelled;
                act(Example { title: &empty, text, mentions: &[], agencies, is_labelled });
            }
        };
        train(&each, &Training { count_min: 1.0, weight_min: 0.05, ..Training::default() }, "two\nlines")
    }

    const TEXTS: [(&str, &str); 4] = [
        ("ถนนทรุดตัวรถติดยาว", "doh"),
        ("ถนนเป็นหลุมบ่อรถติด", "doh"),
        ("วัคซีนไข้หวัดใหญ่ฉีดฟรี", "ddc"),
        ("ฉีดวัคซีนป้องกันโรค", "ddc"),
    ];

    #[test]
    fn the_embedded_model_is_whole() {
        let model = TopicModel::read(EMBEDDED).unwrap();
        assert!(model.agencies.len() > 100 && model.words.len() > 10_000, "{} words", model.words.len());
    }

    #[test]
    fn what_was_learned_is_found_and_told() {
        let file = learned(&TEXTS, &[]);
        assert_eq!(file, learned(&TEXTS, &[]), "the same examples give the same file");
        let model = TopicModel::read(&file).unwrap();
        for (text, want, word) in [("ขอให้ซ่อมถนนด้วย", "doh", "ถนน"), ("วัคซีนมีผลข้างเคียง", "ddc", "วัคซีน")]
        {
            let text = analyze(text);
            let topics = model.topics(&analyze(""), &text, &[], 3);
            let first = &topics[0];
            assert_eq!(first.agency.as_str(), want);
            assert_eq!(text.normalized().get(first.words[0].range.clone()), Some(word));
            assert!((0.95..=1.0001).contains(&topics.iter().map(|topic| topic.share).sum::<f32>()));
        }
        assert!(model.topics(&analyze(""), &analyze("แมว"), &[], 3).is_empty(), "it may abstain");
    }

    #[test]
    fn labels_decide_and_what_none_knows_is_still_known() {
        let unlabelled = [TEXTS, TEXTS, TEXTS].concat();
        let file = learned(&[("ถนนทรุดตัวรถติดยาว", "bma"), ("ถนนเป็นหลุมบ่อรถติด", "bma")], &unlabelled);
        let model = TopicModel::read(&file).unwrap();
        let topics = |model: &TopicModel, text: &str| model.topics(&analyze(""), &analyze(text), &[], 3);
        let road = topics(&model, "ขอให้ซ่อมถนนด้วย");
        assert_eq!(road[0].agency.as_str(), "bma", "{road:?}");
        let vaccine = topics(&model, "วัคซีนมีผลข้างเคียง");
        let health = vaccine.iter().find(|topic| topic.agency.as_str() == "ddc");
        assert!(health.is_some_and(|topic| !topic.words.is_empty()), "{vaccine:?}");
        let model = TopicModel::read(&learned(&[], &unlabelled)).unwrap();
        let road = topics(&model, "ขอให้ซ่อมถนนด้วย");
        assert_eq!(road[0].agency.as_str(), "doh", "without labels: {road:?}");
    }

    #[test]
    fn a_faulty_model_names_the_line() {
        for (file, want) in [
            ("praden-routing 9\n", "line 1: `praden-routing 9` is not `praden-routing 1`"),
            ("praden-routing 1\n@doh\tx\n", "line 2: `x` is not a whole number"),
            ("praden-routing 1\nถนน\t100\tdoh=1\n", "line 2: `doh` has no line `@doh` above"),
            ("praden-routing 1\nถนน\n", "line 2: expected a tab"),
        ] {
            assert_eq!(TopicModel::read(file).unwrap_err().to_string(), want);
        }
    }
}
