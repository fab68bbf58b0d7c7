//! `praden check`.

use std::path::PathBuf;

use crate::exit::{Exit, Outcome};
use crate::talk::say;

#[derive(clap::Args)]
#[command(after_help = "Example:\n  praden check pipelines/thailand.toml")]
pub(crate) struct Args {
    /// Pipeline file.
    pipeline: PathBuf,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let pipeline = super::load_and_try(&args.pipeline)?;
    for rule in pipeline.rules.always() {
        say(format_args!(
            "rule.{}: needs no word, so every article is asked; add a word that must be there",
            rule.id
        ));
    }
    for source in &pipeline.sources {
        if let Some(words) = super::source::exceptions_of(source).filter(|_| source.disabled.is_none()) {
            say(format_args!("source.{}: {words}", source.id));
        }
    }
    let enabled = pipeline.sources.iter().filter(|source| source.disabled.is_none()).count();
    say(format_args!(
        "{}: no faults. {}, {} ({enabled} enabled), {}, {}",
        args.pipeline.display(),
        super::plural(pipeline.outlets.len(), "outlet"),
        super::plural(pipeline.sources.len(), "source"),
        format_args!("{} agencies", pipeline.lexicon.len()),
        super::plural(pipeline.rules.len(), "rule"),
    ));
    Ok(Exit::Done)
}
