//! `praden train`: learns which words speak for which agency, from labelled texts.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use praden_issues::Reader;
use praden_issues::metrics::naive;
use praden_issues::topic::{Example, TopicModel, Training, train};
use praden_match::{Lexicon, Matcher};
use praden_model::{AgencyId, AnalyzedText, FieldName, Mention, Seq};
use praden_text::Segmenter;
use serde::Deserialize;
use serde_json::{Value, json};

use super::eval::{Routed, hash_of, is_held_out, read_lines};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::write_text;
use crate::talk::say;

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  praden train --labelled claims.jsonl --archive thaigov.jsonl.zst > routing.tsv\n\n\
    LABELLED: {\"id\",\"claim\"?,\"title\"?,\"text\",\"agencies\"} a line, agencies most responsible first: fact-checked claims, or what\n\
    `praden issues labels` writes. Every fifth row, by its id, is left out, so that `praden eval --routing` measures on texts that were not learned.\n\
    ARCHIVE: {\"title\",\"text\"} a line; the agency that a headline names first is taken for the one whose topic it is.\n\
    The same files give the same model. Name it in a pipeline: routing_model = \"routing.tsv\". --folds 5 measures how well such a model routes texts it has not seen."
)]
pub(crate) struct Args {
    /// Labelled texts. May be given several times.
    #[arg(long, value_name = "FILE")]
    labelled: Vec<PathBuf>,
    /// Articles without labels, plain or packed. May be given several times.
    #[arg(long, value_name = "FILE")]
    archive: Vec<PathBuf>,
    /// Learn from every row, the fifth too: nothing is left to measure on.
    #[arg(long)]
    all: bool,
    /// Write no model, but measure: each of so many parts of the labelled texts is routed by what the others taught.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=20))]
    folds: Option<u64>,
    /// Pipeline file: agencies.
    #[arg(long, value_name = "FILE", env = "PRADEN_PIPELINE")]
    pipeline: Option<PathBuf>,
}

/// A labelled text, as files bring it.
#[derive(Deserialize)]
struct Labelled {
    #[serde(default)]
    id: String,
    #[serde(default, alias = "claim")]
    title: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    agencies: Vec<AgencyId>,
}

/// A text that was read once, and is gone through twice.
struct Prepared {
    title: AnalyzedText,
    text: AnalyzedText,
    mentions: Vec<Mention>,
    agencies: Vec<AgencyId>,
    /// What it is measured as, and a number that says to which part it belongs; headlines belong to none.
    labelled: Option<(&'static str, u64)>,
}

/// The government as a whole: who names it first may be speaking of anything.
const GOVERNMENT: [&str; 2] = ["pmo", "cabinet"];

/// Bytes of a labelled text that are learned from: the model reads no further.
const TEXT_BYTES: usize = 3_000;

/// Bytes of an archive's article that are learned from: its lead. What stands further down is seldom of whom the headline names.
const ARCHIVE_BYTES: usize = 900;

pub(crate) fn run(args: &Args) -> Outcome {
    let pipeline = match &args.pipeline {
        Some(path) => super::load(path)?,
        None => praden_pipeline::built_in(),
    };
    let matcher = Matcher::new(&pipeline.lexicon);
    let mut examples: Vec<Prepared> = Vec::new();
    for file in &args.labelled {
        for row in read_lines::<Labelled>(file)? {
            if row.agencies.is_empty() || !args.all && is_held_out(&row.id) {
                continue;
            }
            // A claim goes round alone, and comes with the article about it: both are learned.
            // Every fifth is left out already: what the division leaves over says nothing any more.
            let hash = hash_of(&row.id) / 5;
            let title = Prepared {
                labelled: Some(("title", hash)),
                ..prepare(&matcher, "", &row.title, row.agencies.clone(), TEXT_BYTES)
            };
            examples.push(title);
            let whole = prepare(&matcher, &row.title, &row.text, row.agencies, TEXT_BYTES);
            examples.push(Prepared { labelled: Some(("title_and_text", hash)), ..whole });
        }
    }
    let labelled = examples.len();
    for file in &args.archive {
        for row in read_lines::<Labelled>(file)? {
            let prepared = prepare(&matcher, &row.title, &row.text, Vec::new(), ARCHIVE_BYTES);
            let first = prepared
                .mentions
                .iter()
                .find(|mention| {
                    mention.field == FieldName::Title && !GOVERNMENT.contains(&mention.agency.as_str())
                })
                .map(|mention| mention.agency.clone());
            examples.extend(first.map(|agency| Prepared { agencies: vec![agency], ..prepared }));
        }
    }
    say(format_args!(
        "{labelled} labelled texts, {} headlines that name an agency",
        examples.len() - labelled
    ));
    if examples.is_empty() {
        return Err(Failure::usage(
            "there is nothing to learn from: give labelled texts with --labelled, or articles whose headlines name agencies with --archive",
        ));
    }
    if let Some(folds) = args.folds {
        let report = measure(&examples, folds, &pipeline.lexicon)?;
        write_text(&serde_json::to_string_pretty(&report)?)?;
        return Ok(Exit::Done);
    }
    let names = |files: &[PathBuf]| {
        let names = files.iter().filter_map(|file| file.file_name()).map(|name| name.to_string_lossy());
        names.collect::<Vec<_>>().join(", ")
    };
    let comment = format!(
        "learned by `praden train` from {} labelled texts of {} and {} headlines of {}",
        labelled,
        names(&args.labelled),
        examples.len() - labelled,
        names(&args.archive)
    );
    write_text(learn(&examples.iter().collect::<Vec<_>>(), &comment).trim_end())?;
    Ok(Exit::Done)
}

fn learn(examples: &[&Prepared], comment: &str) -> String {
    let each = |act: &mut dyn FnMut(Example<'_>)| {
        for example in examples {
            act(Example {
                title: &example.title,
                text: &example.text,
                mentions: &example.mentions,
                agencies: &example.agencies,
                is_labelled: example.labelled.is_some(),
            });
        }
    };
    train(&each, &Training::default(), comment)
}

/// Routes each part of the labelled texts by a model that was learned from the others.
fn measure(examples: &[Prepared], folds: u64, lexicon: &Lexicon) -> Result<Value, Failure> {
    let lookup = naive::Lookup::new(lexicon.agencies()).context("the lexicon has too many names")?;
    let mut forms: BTreeMap<&str, (Routed, Routed)> = BTreeMap::new();
    for fold in 0..folds {
        let is_measured =
            |example: &&Prepared| example.labelled.is_some_and(|(_, hash)| hash % folds == fold);
        let others: Vec<&Prepared> = examples.iter().filter(|example| !is_measured(example)).collect();
        let model = TopicModel::read(&learn(&others, "")).context("a model that was just learned")?;
        let reader = Reader::with_topics(lexicon.agencies(), model);
        for example in examples.iter().filter(is_measured) {
            let Some((form, _)) = example.labelled else { continue };
            let reading = reader.read(Seq::new(1), &example.title, &example.text, &example.mentions);
            let ours: Vec<AgencyId> = reading.agencies.into_iter().map(|reading| reading.agency).collect();
            let (praden, counted) = forms.entry(form).or_default();
            praden.add(&ours, &example.agencies);
            let whole = format!("{}\n{}", example.title.raw(), example.text.raw());
            counted.add(&lookup.route(&whole), &example.agencies);
        }
        say(format_args!("part {} of {folds} is measured", fold + 1));
    }
    let report = |(form, (praden, counted)): (&str, (Routed, Routed))| {
        (form.to_owned(), json!({ "praden": praden.report(), "names_and_remit_counted": counted.report() }))
    };
    Ok(forms.into_iter().map(report).collect())
}

fn prepare(matcher: &Matcher, title: &str, text: &str, agencies: Vec<AgencyId>, bytes: usize) -> Prepared {
    let segmenter = Segmenter::embedded();
    let beginning = text.get(..text.floor_char_boundary(bytes)).unwrap_or_default();
    let title = AnalyzedText::analyze(title.to_owned(), segmenter);
    let text = AnalyzedText::analyze(beginning.to_owned(), segmenter);
    let mentions = matcher.find(&title, &text);
    Prepared { title, text, mentions, agencies, labelled: None }
}
