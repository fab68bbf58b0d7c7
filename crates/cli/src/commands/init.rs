//! `praden init`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::exit::{Exit, Failure, Outcome};
use crate::talk::say;

#[derive(clap::Args)]
#[command(after_help = "Example:\n  praden init my-desk && praden check my-desk/pipeline.toml")]
pub(crate) struct Args {
    /// Folder for the new pipeline; made if need be.
    dir: PathBuf,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let files = [("pipeline.toml", praden_pipeline::TEMPLATE), ("agencies.csv", praden_pipeline::AGENCIES)];
    if let Some((name, _)) = files.iter().find(|(name, _)| args.dir.join(name).exists()) {
        let path = args.dir.join(name);
        return Err(Failure::usage(format!(
            "{} is there already; nothing was written: choose another folder",
            path.display()
        )));
    }
    fs::create_dir_all(&args.dir).with_context(|| format!("cannot make {}", args.dir.display()))?;
    for (name, text) in files {
        write_new(&args.dir.join(name), text)?;
    }
    say(format_args!(
        "wrote {dir}/pipeline.toml and {dir}/agencies.csv\nnext: put your sources in, then `praden check {dir}/pipeline.toml`",
        dir = args.dir.display()
    ));
    Ok(Exit::Done)
}

fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let write = || fs::File::create_new(path)?.write_all(text.as_bytes());
    Ok(write().with_context(|| format!("cannot write {}", path.display()))?)
}
