//! Trains the boundary model of the segmenter and writes the file that the crate embeds.
//!
//! ```text
//! cargo run --release -p praden-benches --bin text_train -- \
//!     --silver SILVER.bin --gold ../shared/data/segmentation/wisesight1000/train.txt --out crates/text/model/words.bin \
//!     --eval FILE...
//! ```
//!
//! `SILVER.bin` comes from `text_label`. Logistic regression towards the teachers' probabilities by FTRL-proximal (McMahan et
//! al. 2013) with an L1 penalty, which leaves most weights at zero. Deterministic: same input, same file.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports what it did")]

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use praden_benches::text_f1::Score;
use praden_text::Segmenter;
use praden_text::model::{self, Key, LANES, Ngram, SCALE, UNITS_MAX, Unit, WINDOW};

/// What can be tuned from the command line.
#[derive(Clone, Debug)]
struct Options {
    silver: Vec<PathBuf>,
    gold: Vec<PathBuf>,
    gold_repeats: usize,
    eval: Vec<PathBuf>,
    out: Option<PathBuf>,
    /// The least count of an n-gram of 3, 4, 5, 6 ... characters.
    counts_min: Vec<u32>,
    epochs: usize,
    alpha: f32,
    l1: f32,
    silver_bytes_max: usize,
    /// Logits are multiplied by this before they become probabilities.
    sharpness: f32,
}

/// One line as the trainer sees it.
struct Line {
    classes: Vec<u8>,
    /// The probability of a word start before each character times 255.
    targets: Vec<u8>,
}

/// Every so many silver lines one is held out, to see how closely the model follows its teachers on text it never saw.
const HOLD_OUT_EVERY: usize = 100;

/// The lines to learn from, and those held out: text and tokens by the teachers.
fn read_silver(options: &Options) -> Result<(Vec<Line>, Vec<Vec<String>>)> {
    let (mut lines, mut held_out, mut number) = (Vec::new(), Vec::new(), 0);
    for path in &options.silver {
        let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
        let mut rest = bytes.as_slice();
        let mut taken = 0;
        while let Some((length, tail)) = rest.split_at_checked(4) {
            let length = u32::from_le_bytes(length.try_into()?) as usize;
            let (text, tail) = tail.split_at_checked(length).context("a record is cut short")?;
            let text = std::str::from_utf8(text)?;
            let classes: Vec<u8> = text.chars().map(model::class_of).collect();
            let (logits, tail) = tail.split_at_checked(classes.len()).context("a record is cut short")?;
            let target = |&logit: &u8| {
                let logit = f32::from(logit as i8) / 16.0 * options.sharpness;
                (255.0 / (1.0 + (-logit).exp())).round() as u8
            };
            number += 1;
            if number % HOLD_OUT_EVERY == 0 {
                let scores: Vec<i16> = logits.iter().map(|&logit| i16::from(logit as i8)).collect();
                let tokens = praden_text::segment::cut_scored(text, &scores);
                held_out.push(tokens.into_iter().map(str::to_owned).collect());
            } else {
                lines.push(Line { classes, targets: logits.iter().map(target).collect() });
            }
            rest = tail;
            taken += length;
            if taken > options.silver_bytes_max {
                break;
            }
        }
    }
    Ok((lines, held_out))
}

fn read_gold(options: &Options) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for path in &options.gold {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        for line in text.lines() {
            let mut gold = Line { classes: vec![], targets: vec![] };
            for token in line.split('|') {
                for (at, c) in token.chars().enumerate() {
                    gold.classes.push(model::class_of(c));
                    gold.targets.push(if at == 0 { 250 } else { 5 });
                }
            }
            lines.push(gold);
        }
    }
    Ok(lines)
}

/// From n-gram to its number in the weight table. Open addressing: the standard map is three times slower here.
struct Vocabulary {
    keys: Vec<Key>,
    ids: Vec<u32>,
    mask: usize,
    len: usize,
}

const NONE: u32 = u32::MAX;

fn hash(key: Key) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) as usize
}

impl Vocabulary {
    fn new(bits: u32) -> Self {
        Self { keys: vec![0; 1 << bits], ids: vec![0; 1 << bits], mask: (1 << bits) - 1, len: 0 }
    }

    fn slot(&self, key: Key) -> usize {
        let mut slot = hash(key) & self.mask;
        while self.keys[slot] != 0 && self.keys[slot] != key {
            slot = (slot + 1) & self.mask;
        }
        slot
    }

    /// Adds to the number kept for a key.
    fn count(&mut self, key: Key) {
        let slot = self.slot(key);
        if self.keys[slot] == 0 {
            self.keys[slot] = key;
            self.len += 1;
            if self.len * 10 > self.keys.len() * 7 {
                self.grow();
                return self.count_known(key);
            }
        }
        self.ids[slot] += 1;
    }

    fn count_known(&mut self, key: Key) {
        let slot = self.slot(key);
        self.ids[slot] += 1;
    }

    fn grow(&mut self) {
        let old = std::mem::replace(self, Self::new((self.mask + 1).trailing_zeros() + 1));
        for (key, id) in old.keys.into_iter().zip(old.ids) {
            if key != 0 {
                let slot = self.slot(key);
                self.keys[slot] = key;
                self.ids[slot] = id;
                self.len += 1;
            }
        }
    }

    fn id(&self, key: Key) -> u32 {
        let slot = self.slot(key);
        if self.keys[slot] == key { self.ids[slot] } else { NONE }
    }
}

/// Calls `each(end, n, key)` for every n-gram of the line: the unit it ends at, its units less one, its key.
fn ngrams(units: &[Unit], mut each: impl FnMut(usize, usize, Key)) {
    for end in 0..units.len() {
        for (n, key) in model::keys(&units[..=end]).enumerate() {
            each(end, n, key);
        }
    }
}

fn vocabulary(lines: &[Line], options: &Options) -> Vocabulary {
    let mut counts = Vocabulary::new(20);
    let (mut units, mut marks) = (Vec::new(), Vec::new());
    for line in lines {
        let units = model::read_units(&line.classes, &mut units, &mut marks);
        ngrams(units, |_, _, key| counts.count(key));
    }
    let total = counts.len;
    let mut kept: Vec<Key> = counts
        .keys
        .iter()
        .zip(&counts.ids)
        .filter(|&(&key, &count)| {
            let n = (63 - key.max(1).leading_zeros()) as usize / 7;
            key != 0
                && count
                    >= n.checked_sub(3)
                        .map_or(1, |at| options.counts_min[at.min(options.counts_min.len() - 1)])
        })
        .map(|(&key, _)| key)
        .collect();
    kept.sort_unstable();
    let mut vocabulary = Vocabulary::new((kept.len() * 2).next_power_of_two().trailing_zeros());
    for (id, &key) in kept.iter().enumerate() {
        let slot = vocabulary.slot(key);
        vocabulary.keys[slot] = key;
        vocabulary.ids[slot] = id as u32;
        vocabulary.len += 1;
    }
    eprintln!("{} n-grams, {} kept", total, vocabulary.len);
    vocabulary
}

/// FTRL-proximal: per weight the sums z and n, side by side because they are always read together.
struct Ftrl {
    sums: Vec<[f32; 2]>,
    alpha: f32,
    beta: f32,
    l1: f32,
}

impl Ftrl {
    fn weight(&self, at: usize) -> f32 {
        let [z, n] = self.sums[at];
        if z.abs() <= self.l1 {
            return 0.0;
        }
        -(z - self.l1.copysign(z)) * self.alpha / (self.beta + n.sqrt())
    }

    fn update(&mut self, at: usize, gradient: f32) {
        let weight = self.weight(at);
        let [z, n] = &mut self.sums[at];
        let sigma = ((*n + gradient * gradient).sqrt() - n.sqrt()) / self.alpha;
        *z += gradient - sigma * weight;
        *n += gradient * gradient;
    }
}

/// The n-gram ids of a line: `UNITS_MAX` per unit, `NONE` where unknown.
fn ids(units: &[Unit], vocabulary: &Vocabulary, out: &mut Vec<u32>) {
    out.clear();
    out.resize(units.len() * UNITS_MAX, NONE);
    ngrams(units, |end, n, key| out[end * UNITS_MAX + n] = vocabulary.id(key));
}

/// Calls `each` with the index of every weight that speaks about the place before unit `at`.
fn features(ids: &[u32], at: usize, mut each: impl FnMut(usize)) {
    for lane in 0..LANES {
        let Some(end) = (at + WINDOW).checked_sub(lane + 1).filter(|end| end * UNITS_MAX < ids.len()) else {
            continue;
        };
        // The first unit must lie in the window too.
        for n in 0..UNITS_MAX.min(LANES - lane) {
            let id = ids[end * UNITS_MAX + n];
            if id != NONE {
                each(id as usize * LANES + lane);
            }
        }
    }
}

fn train(lines: &[Line], vocabulary: &Vocabulary, options: &Options) -> Ftrl {
    let mut ftrl = Ftrl {
        sums: vec![[0.0; 2]; vocabulary.len * LANES],
        alpha: options.alpha,
        beta: 1.0,
        l1: options.l1,
    };
    let mut order: Vec<u32> = (0..lines.len() as u32).collect();
    let (mut units, mut marks) = (Vec::new(), Vec::new());
    let (mut line_ids, mut active) = (Vec::new(), Vec::new());
    let mut random: u64 = 0x2545_F491_4F6C_DD1D;
    for epoch in 0..options.epochs {
        for i in (1..order.len()).rev() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            order.swap(i, (random % (i as u64 + 1)) as usize);
        }
        let (mut loss, mut places) = (0.0f64, 0u64);
        for &number in &order {
            let line = &lines[number as usize];
            let units = model::read_units(&line.classes, &mut units, &mut marks);
            ids(units, vocabulary, &mut line_ids);
            for (at, unit) in units.iter().enumerate().filter(|(_, unit)| unit.is_free()) {
                active.clear();
                let mut score = 0.0;
                features(&line_ids, at, |weight| {
                    score += ftrl.weight(weight);
                    active.push(weight);
                });
                let target = f32::from(line.targets[unit.first()]) / 255.0;
                let probability = 1.0 / (1.0 + (-score).exp());
                loss -= f64::from(
                    target * probability.max(1e-6).ln() + (1.0 - target) * (1.0 - probability).max(1e-6).ln(),
                );
                places += 1;
                let gradient = probability - target;
                if gradient.abs() > 1e-3 {
                    active.iter().for_each(|&weight| ftrl.update(weight, gradient));
                }
            }
        }
        eprintln!("epoch {}: loss {:.5} over {} places", epoch + 1, loss / places as f64, places);
    }
    ftrl
}

/// The weights as the model file holds them, by n-gram.
fn ngrams_of(vocabulary: &Vocabulary, ftrl: &Ftrl) -> BTreeMap<Key, Ngram> {
    let known = vocabulary.keys.iter().zip(&vocabulary.ids).filter(|&(&key, _)| key != 0);
    known
        .map(|(&key, &id)| {
            let weight =
                |lane| (ftrl.weight(id as usize * LANES + lane) * SCALE).round().clamp(-127.0, 127.0) as i16;
            (key, Ngram { row: std::array::from_fn(weight), heat: 0 })
        })
        .filter(|(_, ngram)| ngram.row.iter().any(|&weight| weight != 0))
        .collect()
}

/// Counts how often each n-gram is the longest known at its place, and heats the most frequent.
fn heat(ngrams_known: &mut BTreeMap<Key, Ngram>, lines: &[Line]) {
    /// How many n-grams have at least heat 3, 2 and 1.
    const SHARES: [usize; 3] = [4_000, 16_000, 64_000];
    let mut counts: HashMap<Key, u32> = HashMap::new();
    let (mut units, mut marks) = (Vec::new(), Vec::new());
    for line in lines.iter().step_by(20) {
        let units = model::read_units(&line.classes, &mut units, &mut marks);
        let mut longest = vec![0; units.len()];
        ngrams(units, |end, _, key| {
            if ngrams_known.contains_key(&key) {
                longest[end] = key;
            }
        });
        longest.into_iter().for_each(|key| *counts.entry(key).or_default() += 1);
    }
    let mut order: Vec<(u32, Key)> = counts.into_iter().map(|(key, count)| (count, key)).collect();
    order.sort_unstable_by(|left, right| right.cmp(left));
    for (rank, (_, key)) in order.iter().enumerate() {
        if let Some(ngram) = ngrams_known.get_mut(key) {
            ngram.heat = SHARES.iter().filter(|&&share| rank < share).count() as u8;
        }
    }
}

fn score<S: AsRef<str>>(lines: impl IntoIterator<Item = Vec<S>>, segmenter: &Segmenter) -> Score {
    let mut score = Score::default();
    for gold in lines {
        let text: String = gold.iter().map(AsRef::as_ref).collect();
        let found: Vec<&str> = segmenter.segment(&text).iter().map(|token| token.text).collect();
        score.add(&gold, &found);
    }
    score
}

fn main() -> Result<()> {
    let options = options()?;
    let start = cpu_time::ProcessTime::now();
    let (mut lines, held_out) = read_silver(&options)?;
    let gold = read_gold(&options)?;
    for _ in 0..options.gold_repeats {
        lines.extend(
            gold.iter().map(|line| Line { classes: line.classes.clone(), targets: line.targets.clone() }),
        );
    }
    eprintln!("{} lines read, {:.0} s", lines.len(), start.elapsed().as_secs_f64());
    let vocabulary = vocabulary(&lines, &options);
    eprintln!("{:.0} s", start.elapsed().as_secs_f64());
    let ftrl = train(&lines, &vocabulary, &options);
    eprintln!("{:.0} s", start.elapsed().as_secs_f64());
    let mut rows = ngrams_of(&vocabulary, &ftrl);
    heat(&mut rows, &lines);
    let weights: usize =
        rows.values().map(|ngram| ngram.row.iter().filter(|&&weight| weight != 0).count()).sum();
    let file = model::encode(&rows);
    println!("{weights} weights in {} n-grams, {} bytes", rows.len(), file.len());
    if let Some(path) = &options.out {
        std::fs::write(path, &file).with_context(|| path.display().to_string())?;
    }
    let segmenter = Segmenter::from_model(&file).context("the model that was just written")?;
    for path in &options.eval {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let gold = text.lines().map(|line| line.split('|').collect::<Vec<_>>());
        println!("{}: word F1 {}", path.display(), score(gold, &segmenter));
    }
    println!("held-out silver: word F1 {}", score(held_out, &segmenter));
    Ok(())
}

fn options() -> Result<Options> {
    let mut options = Options {
        silver: vec![],
        gold: vec![],
        gold_repeats: 1,
        eval: vec![],
        out: None,
        counts_min: vec![5, 8, 12, 16],
        epochs: 3,
        alpha: 0.15,
        l1: 9.0,
        silver_bytes_max: usize::MAX,
        sharpness: 1.0,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let value = arguments.next().with_context(|| format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--silver" => options.silver.push(value.into()),
            "--gold" => options.gold.push(value.into()),
            "--gold-repeats" => options.gold_repeats = value.parse()?,
            "--eval" => options.eval.push(value.into()),
            "--out" => options.out = Some(value.into()),
            "--counts-min" => {
                options.counts_min = value.split(',').map(str::parse).collect::<Result<_, _>>()?;
            }
            "--epochs" => options.epochs = value.parse()?,
            "--alpha" => options.alpha = value.parse()?,
            "--l1" => options.l1 = value.parse()?,
            "--silver-bytes-max" => options.silver_bytes_max = value.parse()?,
            "--sharpness" => options.sharpness = value.parse()?,
            _ => bail!("no such flag: {flag}"),
        }
    }
    Ok(options)
}
