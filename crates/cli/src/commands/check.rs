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
    let pipeline = super::load(&args.pipeline)?;
    let enabled = pipeline.sources.iter().filter(|source| source.disabled.is_none()).count();
    say(format_args!(
        "{}: no faults. {}, {} ({enabled} enabled), {}",
        args.pipeline.display(),
        super::plural(pipeline.outlets.len(), "outlet"),
        super::plural(pipeline.sources.len(), "source"),
        format_args!("{} agencies", pipeline.lexicon.len()),
    ));
    Ok(Exit::Done)
}
