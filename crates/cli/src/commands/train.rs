//! `praden train`: learns which words speak for which agency, from labelled texts.

use std::path::PathBuf;

use praden_issues::topic::{Example, Training, train};
use praden_match::Matcher;
use praden_model::{AgencyId, AnalyzedText, FieldName, Mention};
use praden_text::Segmenter;
use serde::Deserialize;

use super::eval::{is_held_out, read_lines};
use crate::exit::{Exit, Outcome};
use crate::output::write_text;
use crate::talk::say;

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  praden train --labelled claims.jsonl --archive thaigov.jsonl.zst > routing.tsv\n\n\
    LABELLED: {\"id\",\"claim\"?,\"title\"?,\"text\",\"agencies\"} a line, agencies most responsible first: fact-checked claims, or what\n\
    `praden issues labels` writes. Every fifth row, by its id, is left out, so that `praden eval --routing` measures on texts that were not learned.\n\
    ARCHIVE: {\"title\",\"text\"} a line; the agency that a headline names first is taken for the one whose topic it is.\n\
    The same files give the same model."
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
    weight: f32,
}

/// What a headline that names an agency counts beside a label.
const ARCHIVE_WEIGHT: f32 = 0.3;

/// The government as a whole: who names it first may be speaking of anything.
const GOVERNMENT: [&str; 2] = ["pmo", "cabinet"];

/// Bytes of an article's text that are learned from: the model reads no further.
const TEXT_BYTES: usize = 3_000;

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
            examples.push(prepare(&matcher, "", &row.title, row.agencies.clone(), 1.0));
            examples.push(prepare(&matcher, &row.title, &row.text, row.agencies, 1.0));
        }
    }
    let labelled = examples.len();
    for file in &args.archive {
        for row in read_lines::<Labelled>(file)? {
            let prepared = prepare(&matcher, &row.title, &row.text, Vec::new(), ARCHIVE_WEIGHT);
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
    let each = |act: &mut dyn FnMut(Example<'_>)| {
        for example in &examples {
            act(Example {
                title: &example.title,
                text: &example.text,
                mentions: &example.mentions,
                agencies: &example.agencies,
                weight: example.weight,
            });
        }
    };
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
    write_text(train(&each, &Training::default(), &comment).trim_end())?;
    Ok(Exit::Done)
}

fn prepare(matcher: &Matcher, title: &str, text: &str, agencies: Vec<AgencyId>, weight: f32) -> Prepared {
    let segmenter = Segmenter::embedded();
    let beginning = text.get(..text.floor_char_boundary(TEXT_BYTES)).unwrap_or_default();
    let title = AnalyzedText::analyze(title.to_owned(), segmenter);
    let text = AnalyzedText::analyze(beginning.to_owned(), segmenter);
    let mentions = matcher.find(&title, &text);
    Prepared { title, text, mentions, agencies, weight }
}
