//! Labels raw Thai text for the training of the segmenter: two published neural segmenters (attacut-c and attacut-sc,
//! MIT) say for every character how sure they are that a word starts there.
//!
//! ```text
//! cargo run --release -p praden-benches --bin text_label -- TEACHERS.json SILVER.bin MEGABYTES CORPUS.jsonl.zst...
//! cargo run --release -p praden-benches --bin text_label -- TEACHERS.json --score SEGMENTED.txt...
//! ```
//!
//! `TEACHERS.json` comes from `benches/text_export_teachers.py`. Text is normalised as the segmenter will see it, split into
//! lines, each distinct line once, chosen by a hash so that a run can be repeated. `SILVER.bin` is a sequence of records:
//! the length in bytes (u32, little endian), the line as UTF-8, then one i8 per character: the mean logit times 16.
//! `--score` prints the teachers' own word F1 on a segmented file, which proves that they are rebuilt rightly.
//!
//! The networks are small convolutions over embeddings of at most 6,227 symbols, so each tap of each filter is a table of
//! sums made once; a character then costs some additions instead of a matrix product.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports what it did")]

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};

use anyhow::{Context, Result};
use praden_benches::text_f1;
use serde::Deserialize;

#[derive(Deserialize)]
struct Teachers {
    attacut_c: Weights,
    attacut_sc: Weights,
    syllables: Crf,
}

#[derive(Deserialize)]
struct Weights {
    tensors: HashMap<String, Vec<f32>>,
    characters: HashMap<String, usize>,
    syllables: HashMap<String, usize>,
}

/// The kernels: width and dilation of the three convolutions.
const KERNELS: [(usize, isize); 3] = [(3, 1), (5, 3), (9, 2)];

/// A convolution network of the attacut family with its taps multiplied out.
struct Network {
    filters: usize,
    /// Per embedding (characters, then syllables), kernel and tap: a row of `filters` sums for each symbol.
    taps: Vec<[Vec<Vec<f32>>; 3]>,
    biases: [Vec<f32>; 3],
    hidden: Vec<f32>,
    hidden_bias: Vec<f32>,
    out: Vec<f32>,
    out_bias: f32,
    characters: HashMap<String, usize>,
    syllables: HashMap<String, usize>,
}

impl Network {
    fn new(weights: &Weights, embeddings: &[&str]) -> Result<Self> {
        let tensor = |name: &str| weights.tensors.get(name).with_context(|| format!("no tensor `{name}`"));
        let filters = tensor("conv1.conv.bias")?.len();
        let width_all = tensor("conv1.conv.weight")?.len() / filters / 3;
        let mut biases = [vec![], vec![], vec![]];
        let mut scales = [vec![], vec![], vec![]];
        for (kernel, (bias, scale)) in biases.iter_mut().zip(&mut scales).enumerate() {
            let conv = format!("conv{}", kernel + 1);
            *bias = tensor(&format!("{conv}.conv.bias"))?.clone();
            *scale = vec![1.0; filters];
            if let Some(gamma) = weights.tensors.get(&format!("{conv}.bn.weight")) {
                let (beta, mean, variance) = (
                    tensor(&format!("{conv}.bn.bias"))?,
                    tensor(&format!("{conv}.bn.running_mean"))?,
                    tensor(&format!("{conv}.bn.running_var"))?,
                );
                for f in 0..filters {
                    scale[f] = gamma[f] / (variance[f] + 1e-5).sqrt();
                    bias[f] = (bias[f] - mean[f]) * scale[f] + beta[f];
                }
            }
        }
        let mut taps = Vec::new();
        let mut offset = 0;
        for name in embeddings {
            let embedding = tensor(name)?;
            let symbols = if *name == "sy_embeddings.weight" {
                weights.syllables.len()
            } else {
                weights.characters.len()
            };
            let width = embedding.len() / symbols;
            let mut kernels: [Vec<Vec<f32>>; 3] = [vec![], vec![], vec![]];
            for (kernel, (taps_in_kernel, _)) in KERNELS.iter().enumerate() {
                let conv = tensor(&format!("conv{}.conv.weight", kernel + 1))?;
                for tap in 0..*taps_in_kernel {
                    let mut table = vec![0.0f32; symbols * filters];
                    for symbol in 0..symbols {
                        for f in 0..filters {
                            let sum: f32 = (0..width)
                                .map(|e| {
                                    embedding[symbol * width + e]
                                        * conv[(f * width_all + offset + e) * taps_in_kernel + tap]
                                })
                                .sum();
                            table[symbol * filters + f] = sum * scales[kernel][f];
                        }
                    }
                    kernels[kernel].push(table);
                }
            }
            offset += width;
            taps.push(kernels);
        }
        Ok(Self {
            filters,
            taps,
            biases,
            hidden: tensor("linear1.weight")?.clone(),
            hidden_bias: tensor("linear1.bias")?.clone(),
            out: tensor("linear2.weight")?.clone(),
            out_bias: tensor("linear2.bias")?[0],
            characters: weights.characters.clone(),
            syllables: weights.syllables.clone(),
        })
    }

    fn character(&self, c: char) -> usize {
        let mut buffer = [0; 4];
        let key = if c.is_ascii_punctuation() { "<PUNC>" } else { c.encode_utf8(&mut buffer) };
        self.characters.get(key).copied().unwrap_or_else(|| self.characters["<UNK>"])
    }

    fn syllable(&self, syllable: &str) -> usize {
        let key = match syllable.bytes().next() {
            Some(first) if first.is_ascii_alphabetic() => "<ENGLISH>",
            Some(first) if first.is_ascii_digit() || first == b',' => "<NUMBER>",
            _ => syllable,
        };
        self.syllables.get(key).copied().unwrap_or_else(|| self.syllables["<UNK>"])
    }

    /// The logit of a word start at each position; `symbols` holds one sequence per embedding.
    fn logits(&self, symbols: &[Vec<usize>]) -> Vec<f32> {
        let length = symbols[0].len();
        let filters = self.filters;
        let mut best = vec![0.0f32; filters];
        let mut sums = vec![0.0f32; filters];
        (0..length)
            .map(|at| {
                best.fill(f32::NEG_INFINITY);
                for (kernel, (width, dilation)) in KERNELS.iter().enumerate() {
                    sums.copy_from_slice(&self.biases[kernel]);
                    for (sequence, tables) in symbols.iter().zip(&self.taps) {
                        for (tap, table) in tables[kernel].iter().enumerate() {
                            let place = at as isize + (tap as isize - (*width / 2) as isize) * dilation;
                            if let Some(&symbol) =
                                usize::try_from(place).ok().and_then(|place| sequence.get(place))
                            {
                                let row = &table[symbol * filters..(symbol + 1) * filters];
                                sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
                            }
                        }
                    }
                    best.iter_mut().zip(&sums).for_each(|(best, sum)| *best = best.max(*sum));
                }
                let mut logit = self.out_bias;
                for (unit, (&bias, &out)) in self.hidden_bias.iter().zip(&self.out).enumerate() {
                    let row = &self.hidden[unit * filters..(unit + 1) * filters];
                    // Eight partial sums, so that the compiler may use wide registers.
                    let mut parts = [0.0f32; 8];
                    for (row, best) in row.chunks(8).zip(best.chunks(8)) {
                        for (part, (weight, value)) in parts.iter_mut().zip(row.iter().zip(best)) {
                            *part += weight * value;
                        }
                    }
                    logit += out * (bias + parts.iter().sum::<f32>()).max(0.0);
                }
                logit
            })
            .collect()
    }
}

/// The linear chain model of ssg, which finds the syllables that attacut-sc reads.
#[derive(Deserialize)]
struct Crf {
    state: HashMap<String, [f32; 2]>,
    moves: [[f32; 2]; 2],
}

impl Crf {
    /// Characters on either side that the model sees.
    const RADIUS: usize = 4;

    fn starts(&self, piece: &[char]) -> Vec<bool> {
        let mut padded = vec!['#'; Self::RADIUS];
        padded.extend(piece);
        padded.extend(['#'; Self::RADIUS]);
        let mut key = String::new();
        let mut back = Vec::with_capacity(piece.len() + 1);
        let mut score = [0.0f32; 2];
        for at in Self::RADIUS..=padded.len() - Self::RADIUS {
            let mut emit = [0.0f32; 2];
            let mut add = |index: isize, characters: &[char]| {
                key.clear();
                use std::fmt::Write as _;
                let _ = write!(key, "{index}|");
                key.extend(characters);
                if let Some(weights) = self.state.get(&key) {
                    emit[0] += weights[0];
                    emit[1] += weights[1];
                }
            };
            for index in -(Self::RADIUS as isize)..Self::RADIUS as isize {
                let from = at.wrapping_add_signed(index);
                add(index, &padded[from..=from]);
                if index <= 1 {
                    add(index, &padded[from..from + 3]);
                }
            }
            if at == Self::RADIUS {
                score = emit;
                back.push([0, 1]);
                continue;
            }
            let mut next = [0.0f32; 2];
            let mut from = [0usize; 2];
            for to in 0..2 {
                let (stay, jump) = (score[0] + self.moves[0][to], score[1] + self.moves[1][to]);
                from[to] = usize::from(jump > stay);
                next[to] = stay.max(jump) + emit[to];
            }
            back.push(from);
            score = next;
        }
        let mut label = usize::from(score[1] > score[0]);
        let mut labels = vec![false; back.len()];
        for at in (0..back.len()).rev() {
            labels[at] = label == 1;
            label = back[at][label];
        }
        labels.truncate(piece.len());
        labels
    }

    /// The syllables of `text`: pieces between single spaces, each cut by the model.
    fn syllables(&self, text: &[char]) -> Vec<String> {
        let mut out = Vec::new();
        for (number, piece) in text.split(|&c| c == ' ').enumerate() {
            if number > 0 {
                out.push(" ".to_owned());
            }
            let mut syllable = String::new();
            for (&c, starts) in piece.iter().zip(self.starts(piece)) {
                if starts && !syllable.is_empty() {
                    out.push(std::mem::take(&mut syllable));
                }
                syllable.push(c);
            }
            if !syllable.is_empty() {
                out.push(syllable);
            }
        }
        out
    }
}

struct Ensemble {
    by_character: Network,
    by_syllable: Network,
    syllables: Crf,
}

impl Ensemble {
    fn read(path: &str) -> Result<Self> {
        let teachers: Teachers =
            serde_json::from_reader(BufReader::new(File::open(path).context("teachers")?))?;
        Ok(Self {
            by_character: Network::new(&teachers.attacut_c, &["embeddings.weight"])?,
            by_syllable: Network::new(
                &teachers.attacut_sc,
                &["ch_embeddings.weight", "sy_embeddings.weight"],
            )?,
            syllables: teachers.syllables,
        })
    }

    /// The logits of attacut-c and attacut-sc for each character.
    fn logits(&self, text: &[char]) -> [Vec<f32>; 2] {
        let characters = |network: &Network| text.iter().map(|&c| network.character(c)).collect::<Vec<_>>();
        let first = self.by_character.logits(&[characters(&self.by_character)]);
        let mut syllables = Vec::with_capacity(text.len());
        for syllable in self.syllables.syllables(text) {
            let symbol = self.by_syllable.syllable(&syllable);
            syllables.extend(syllable.chars().map(|_| symbol));
        }
        let second = self.by_syllable.logits(&[characters(&self.by_syllable), syllables]);
        [first, second]
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [teachers, "--score", files @ ..] if !files.is_empty() => score(&Ensemble::read(teachers)?, files),
        [teachers, silver, megabytes, corpora @ ..] if !corpora.is_empty() => {
            label(&Ensemble::read(teachers)?, silver, megabytes.parse().context("MEGABYTES")?, corpora)
        }
        _ => anyhow::bail!(
            "usage: text_label TEACHERS.json (SILVER.bin MEGABYTES CORPUS.jsonl.zst... | --score FILE...)"
        ),
    }
}

/// Marks lines by a hash that does not change between runs or machines (FNV-1a).
fn line_hash(line: &str) -> u64 {
    line.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn label(ensemble: &Ensemble, silver: &str, megabytes: u64, corpora: &[&str]) -> Result<()> {
    #[derive(Deserialize)]
    struct Article {
        #[serde(default)]
        title: String,
        text: String,
    }
    let mut out = BufWriter::new(File::create(silver).context("SILVER.bin")?);
    let (mut written, mut lines) = (0u64, 0u64);
    for (number, corpus) in corpora.iter().enumerate() {
        // The same share for each corpus, small ones in whole; what a small one leaves goes to the next.
        let share = (megabytes * 1_000_000 - written) / (corpora.len() - number) as u64;
        let size_of_corpus: u64 = articles(corpus)?.map_while(Result::ok).map(|line| line.len() as u64).sum();
        // Half of what is left after taking out repeated lines and JSON, roughly; the cap below is exact.
        let keep_of_1000 = (share * 1300 / size_of_corpus.max(1)).clamp(1, 1000);
        let end = written + share;
        let mut seen = HashSet::new();
        for line in articles(corpus)? {
            let article: Article = serde_json::from_str(&line?).context("an article")?;
            for line in [article.title.as_str()].into_iter().chain(article.text.lines()) {
                let clean = praden_text::normalize(line.trim());
                let clean = clean.as_str();
                let hash = line_hash(clean);
                let is_wanted =
                    (hash >> 20) % 1000 < keep_of_1000 && clean.len() > 20 && clean.len() < 20_000;
                if written >= end || !is_wanted || !seen.insert(hash) {
                    continue;
                }
                let characters: Vec<char> = clean.chars().collect();
                let [first, second] = ensemble.logits(&characters);
                out.write_all(&u32::try_from(clean.len())?.to_le_bytes())?;
                out.write_all(clean.as_bytes())?;
                for (a, b) in first.iter().zip(&second) {
                    out.write_all(&(((a + b) * 8.0).round().clamp(-127.0, 127.0) as i8).to_le_bytes())?;
                }
                written += clean.len() as u64;
                lines += 1;
            }
        }
        eprintln!("{corpus}: {lines} lines, {written} bytes so far");
    }
    out.flush()?;
    println!("labelled {lines} lines, {written} bytes of text");
    Ok(())
}

fn articles(path: &str) -> Result<impl Iterator<Item = std::io::Result<String>>> {
    let mut decoder = zstd::Decoder::new(File::open(path).with_context(|| path.to_owned())?)?;
    decoder.window_log_max(31)?;
    Ok(BufReader::new(decoder).lines())
}

fn score(ensemble: &Ensemble, files: &[&str]) -> Result<()> {
    for file in files {
        let text = std::fs::read_to_string(file).with_context(|| (*file).to_owned())?;
        let mut scores = [text_f1::Score::default(); 3];
        for line in text.lines() {
            let gold: Vec<&str> = line.split('|').collect();
            let characters: Vec<char> = gold.concat().chars().collect();
            let [first, second] = ensemble.logits(&characters);
            let mean: Vec<f32> = first.iter().zip(&second).map(|(a, b)| a + b).collect();
            for (score, logits) in scores.iter_mut().zip([&first, &second, &mean]) {
                let mut words: Vec<String> = vec![];
                for (at, (c, logit)) in characters.iter().zip(logits).enumerate() {
                    match words.last_mut() {
                        Some(word) if at > 0 && *logit <= 0.0 => word.push(*c),
                        _ => words.push(c.to_string()),
                    }
                }
                score.add(&gold, &words);
            }
        }
        println!("{file}: word F1 of attacut-c {}, attacut-sc {}, mean {}", scores[0], scores[1], scores[2]);
    }
    Ok(())
}
