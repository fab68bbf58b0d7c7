//! Learning the model: multinomial logistic regression by AdaGrad, deterministic, in two steps.
//!
//! First from the many texts whose agency is only taken for granted, then from the few that are labelled: what the first step
//! learned is where the second begins, at a part of its strength, and what the second learns is added to it. So labels decide
//! where there are any, and a matter that no label knows is still known by its words.

use std::collections::{BTreeMap, HashMap};

use praden_model::{AgencyId, AnalyzedText, Mention};

use super::{ByWord, LENGTH, Learned, TopicModel, features, softmax, word_key};

/// A text and who should answer.
#[derive(Clone, Copy, Debug)]
pub struct Example<'t> {
    /// Headline; may be empty.
    pub title: &'t AnalyzedText,
    /// Text.
    pub text: &'t AnalyzedText,
    /// Who is named in it: these words are not learned.
    pub mentions: &'t [Mention],
    /// Who should answer, most responsible first.
    pub agencies: &'t [AgencyId],
    /// Whether somebody said so; otherwise it is taken from whom the headline names.
    pub is_labelled: bool,
}

/// How a model is learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// In how many texts a word must stand to be learned; pairs of neighbours need twice as many.
    pub count_min: f32,
    /// What a text that nobody labelled counts as, in that.
    pub unlabelled_count: f32,
    /// How to learn from texts that nobody labelled.
    pub unlabelled: Descent,
    /// Which part of what was learned from those stays where there are labels.
    pub unlabelled_part: f32,
    /// How to learn from labels.
    pub labelled: Descent,
    /// Weights below this are left out of the file; those that speak against an agency, which say less, from 1.3 times this on.
    pub weight_min: f32,
}

/// How one step of learning goes down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Descent {
    /// Times all examples are gone through.
    pub epochs: usize,
    /// Length of a step.
    pub rate: f32,
    /// How strongly each weight is pulled to zero, each time all examples are gone through.
    pub decay: f32,
}

impl Default for Training {
    /// Chosen by leaving out each fifth of the learned claims in turn. Twice the epochs, three times the decay or a third of the
    /// rate make no difference of more than one claim in a hundred; a decay near nothing costs two alone, and the whole of what
    /// was learned without labels one, and more among press texts, whose headlines often name first who has not to answer.
    fn default() -> Self {
        Self {
            count_min: 2.0,
            unlabelled_count: 0.3,
            unlabelled: Descent { epochs: 5, rate: 0.3, decay: 0.1 },
            unlabelled_part: 0.3,
            labelled: Descent { epochs: 20, rate: 0.3, decay: 0.14 },
            weight_min: 0.05,
        }
    }
}

/// How much stronger a weight must be that speaks against an agency.
const AGAINST: f32 = 1.3;

/// What a label after the first counts beside the one before it: the first is asked, but whoever is labelled is right.
const NEXT_LABEL: f32 = 0.6;

/// An example as the descent sees it.
struct Row {
    // Word and value, scaled to the fixed length.
    words: Vec<(u32, f32)>,
    targets: Vec<(u16, f32)>,
    is_labelled: bool,
    /// What is known of each agency before; empty for nothing.
    start: Vec<f32>,
}

/// The words of all examples, numbered in the order in which they come.
#[derive(Debug, Default)]
struct Vocabulary {
    numbers: HashMap<u64, u32>,
    spelling: Vec<String>,
    counts: Vec<f32>,
    texts: f32,
}

/// Goes through all examples, calling back with each.
pub type Examples<'e> = dyn Fn(&mut dyn FnMut(Example<'_>)) + 'e;

/// Learns a model file from examples. The same examples in the same order give the same file.
///
/// `each` calls back with every example, and is called twice: once to count words, once to learn. `comment` goes into the head of
/// the file.
pub fn train(each: &Examples<'_>, training: &Training, comment: &str) -> String {
    let mut agencies: BTreeMap<AgencyId, u16> = BTreeMap::new();
    let mut vocabulary = Vocabulary::default();
    each(&mut |example| {
        let count = if example.is_labelled { 1.0 } else { training.unlabelled_count };
        vocabulary.texts += count;
        for agency in example.agencies {
            agencies.entry(agency.clone()).or_insert(0);
        }
        for feature in features(example.title, example.text, example.mentions, |_| true) {
            let analyzed =
                if feature.field == praden_model::FieldName::Title { example.title } else { example.text };
            vocabulary.count(feature.key, analyzed, feature.range, count);
        }
    });
    for (number, at) in agencies.values_mut().zip(0..) {
        *number = at;
    }
    let kept = vocabulary.kept(training.count_min);
    let mut rows = Vec::new();
    each(&mut |example| rows.extend(row(&example, &agencies, &vocabulary, &kept)));
    let words = kept.iter().flatten().count();
    let (mut labelled, unlabelled): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.is_labelled);
    let mut learned = descend(&unlabelled, agencies.len(), words, &training.unlabelled);
    if !labelled.is_empty() {
        learned.scale(training.unlabelled_part);
        for row in &mut labelled {
            row.start = learned.logits(&row.words);
        }
        learned.add(&descend(&labelled, agencies.len(), words, &training.labelled));
    }
    let (weights, bias) = (learned.weights, learned.bias);
    let mut model = TopicModel { agencies: agencies.into_keys().collect(), bias, words: ByWord::default() };
    let count = model.agencies.len();
    let mut spelling = HashMap::new();
    for (word, number) in vocabulary.spelling.iter().zip(&kept) {
        let Some(number) = number.map(|number| number as usize) else { continue };
        let learned = weights.get(number * count..(number + 1) * count).unwrap_or_default();
        let told: Vec<(u16, f32)> = learned
            .iter()
            .zip(0..)
            .filter(|(w, _)| **w >= training.weight_min || **w <= -AGAINST * training.weight_min)
            .map(|(w, at)| (at, *w))
            .collect();
        if !told.is_empty() {
            let rarity = vocabulary.rarity(word_key(word));
            model.words.insert(word_key(word), Learned { rarity, weights: told });
            spelling.insert(word_key(word), word.clone());
        }
    }
    model.write(&spelling, comment)
}

impl Vocabulary {
    fn count(&mut self, key: u64, analyzed: &AnalyzedText, range: std::ops::Range<usize>, weight: f32) {
        let at = *self.numbers.entry(key).or_insert_with(|| {
            self.spelling.push(spell(analyzed, range));
            self.counts.push(0.0);
            (self.spelling.len() - 1) as u32
        });
        if let Some(count) = self.counts.get_mut(at as usize) {
            *count += weight;
        }
    }

    /// How rare a word is among the examples: the logarithm of their number by that of those with it, about 0 to 10.
    fn rarity(&self, key: u64) -> f32 {
        let count =
            self.numbers.get(&key).and_then(|at| self.counts.get(*at as usize)).copied().unwrap_or(0.0);
        ((self.texts + 1.0) / (count + 1.0)).ln()
    }

    /// For each word its place among those that are learned.
    fn kept(&self, count_min: f32) -> Vec<Option<u32>> {
        let mut next = 0;
        let place = |(word, count): (&String, &f32)| {
            // What cannot be written in the file's form, or would be read otherwise, is left out.
            let plain = !word.starts_with(['@', '#']) && !word.contains(['\t', '\n']);
            let asked = if word.contains(' ') { 2.0 * count_min } else { count_min };
            (plain && *count >= asked).then(|| {
                next += 1;
                next - 1
            })
        };
        self.spelling.iter().zip(&self.counts).map(place).collect()
    }
}

/// A word as it is written in the file: lower case; two neighbours with one space between.
fn spell(analyzed: &AnalyzedText, range: std::ops::Range<usize>) -> String {
    let words = analyzed
        .tokens()
        .skip_while(|(token, _)| token.start < range.start)
        .take_while(|(token, _)| token.end <= range.end)
        .map(|(_, token)| token)
        .filter(|token| !token.trim().is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join(" ")
}

fn row(
    example: &Example<'_>,
    agencies: &BTreeMap<AgencyId, u16>,
    vocabulary: &Vocabulary,
    kept: &[Option<u32>],
) -> Option<Row> {
    let mut words: Vec<(u32, f32)> = features(example.title, example.text, example.mentions, |_| true)
        .into_iter()
        .filter_map(|feature| {
            let number = *vocabulary.numbers.get(&feature.key)?;
            Some(((*kept.get(number as usize)?)?, feature.value * vocabulary.rarity(feature.key)))
        })
        .collect();
    let length = words.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
    if length == 0.0 || example.agencies.is_empty() {
        return None;
    }
    words.iter_mut().for_each(|(_, value)| *value *= LENGTH / length);
    let mut share = 1.0;
    let mut targets = Vec::new();
    for agency in example.agencies {
        targets.push((*agencies.get(agency)?, share));
        share *= NEXT_LABEL;
    }
    let sum: f32 = targets.iter().map(|(_, share)| share).sum();
    targets.iter_mut().for_each(|(_, share)| *share /= sum);
    Some(Row { words, targets, is_labelled: example.is_labelled, start: Vec::new() })
}

/// Weights by word and agency, and each agency's bias.
struct Weights {
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Weights {
    fn zero(agencies: usize, words: usize) -> Self {
        Self { weights: vec![0.0; words * agencies], bias: vec![0.0; agencies] }
    }

    fn scale(&mut self, part: f32) {
        self.weights.iter_mut().chain(&mut self.bias).for_each(|weight| *weight *= part);
    }

    fn add(&mut self, other: &Self) {
        self.weights.iter_mut().zip(&other.weights).for_each(|(weight, more)| *weight += more);
        self.bias.iter_mut().zip(&other.bias).for_each(|(weight, more)| *weight += more);
    }

    fn of(&self, word: u32) -> &[f32] {
        self.weights.get(places(word, self.bias.len())).unwrap_or_default()
    }

    fn logits(&self, words: &[(u32, f32)]) -> Vec<f32> {
        let mut logits = self.bias.clone();
        for &(word, value) in words {
            for (logit, weight) in logits.iter_mut().zip(self.of(word)) {
                *logit += value * weight;
            }
        }
        logits
    }
}

fn places(word: u32, agencies: usize) -> std::ops::Range<usize> {
    word as usize * agencies..(word as usize + 1) * agencies
}

fn descend(rows: &[Row], agencies: usize, words: usize, descent: &Descent) -> Weights {
    let mut learned = Weights::zero(agencies, words);
    let mut squares = Weights::zero(agencies, words);
    // A weight is pulled only when its word comes by: the rarer the word, the more at a time.
    let mut counts = vec![0.0f32; words];
    for (word, _) in rows.iter().flat_map(|row| &row.words) {
        if let Some(count) = counts.get_mut(*word as usize) {
            *count += 1.0;
        }
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut dice = 0x5EED_u64;
    for _ in 0..descent.epochs {
        // Fisher and Yates, with a generator of our own: the same order on every machine.
        for at in (1..order.len()).rev() {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(at, ((dice >> 33) % (at as u64 + 1)) as usize);
        }
        for row in order.iter().filter_map(|at| rows.get(*at)) {
            let mut logits = learned.logits(&row.words);
            logits.iter_mut().zip(&row.start).for_each(|(logit, known)| *logit += known);
            let mut errors = softmax(&logits);
            for &(agency, share) in &row.targets {
                if let Some(error) = errors.get_mut(usize::from(agency)) {
                    *error -= share;
                }
            }
            step(&mut learned.bias, &mut squares.bias, &errors, 1.0, descent.rate, 0.0);
            for &(word, value) in &row.words {
                let count = counts.get(word as usize).copied().unwrap_or(1.0);
                let places = places(word, agencies);
                if let (Some(weights), Some(squares)) =
                    (learned.weights.get_mut(places.clone()), squares.weights.get_mut(places))
                {
                    step(weights, squares, &errors, value, descent.rate, descent.decay / count);
                }
            }
        }
    }
    learned
}

/// Slopes that every weight is taken to have seen, so that the first is no leap.
const SQUARES_MIN: f32 = 1e-3;

fn step(weights: &mut [f32], squares: &mut [f32], errors: &[f32], value: f32, rate: f32, decay: f32) {
    for ((weight, square), error) in weights.iter_mut().zip(squares).zip(errors) {
        let slope = error * value + decay * *weight;
        *square += slope * slope;
        *weight -= rate * slope / (*square + SQUARES_MIN).sqrt();
    }
}
