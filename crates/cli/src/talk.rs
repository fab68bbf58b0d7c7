//! Talk: logs and progress on stderr. Data goes to stdout, and only there.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use tracing_subscriber::EnvFilter;

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging to stderr. `RUST_LOG` chooses what; otherwise the command's own level does.
pub(crate) fn start_logging(format: LogFormat, default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_target(false).with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}

/// How often a job without a terminal says how far it is.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Progress of long work: a bar on a terminal, structured lines otherwise.
pub(crate) struct Meter {
    what: &'static str,
    bar: Option<ProgressBar>,
    total: Option<u64>,
    line: Mutex<(Instant, u64)>,
}

impl Meter {
    /// A meter of bytes.
    pub(crate) fn bytes(what: &'static str, total: Option<u64>) -> Self {
        Self::new(
            what,
            total,
            "{msg:12} {wide_bar} {bytes}/{total_bytes} {eta}",
            "{msg:12} {spinner} {bytes}",
        )
    }

    /// A meter of things.
    pub(crate) fn count(what: &'static str, total: Option<u64>) -> Self {
        Self::new(what, total, "{msg:12} {wide_bar} {pos}/{len} {eta}", "{msg:12} {spinner} {pos}")
    }

    fn new(what: &'static str, total: Option<u64>, known: &str, unknown: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let (bar, template) = match total {
                Some(total) => (ProgressBar::new(total), known),
                None => (ProgressBar::new_spinner(), unknown),
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_message(what);
            bar
        });
        Self { what, bar, total, line: Mutex::new((Instant::now(), 0)) }
    }

    /// So much more is done.
    pub(crate) fn add(&self, done: u64) {
        let Ok(mut line) = self.line.lock() else { return };
        line.1 += done;
        self.show(&mut line);
    }

    /// So much is done.
    pub(crate) fn set(&self, done: u64) {
        let Ok(mut line) = self.line.lock() else { return };
        line.1 = done;
        self.show(&mut line);
    }

    fn show(&self, line: &mut (Instant, u64)) {
        if let Some(bar) = &self.bar {
            bar.set_position(line.1);
        } else if line.0.elapsed() >= LINE_EVERY {
            line.0 = Instant::now();
            tracing::info!(work = self.what, done = line.1, total = self.total, "progress");
        }
    }

    /// The work is over.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Says why a command failed, in one sentence and its causes.
#[expect(clippy::print_stderr, reason = "the last word of a command, after logging has ended")]
pub(crate) fn complain(failure: &crate::exit::Failure) {
    eprintln!("praden: {:#}", failure.error);
}

/// Says something to the person at the terminal, on stderr.
#[expect(clippy::print_stderr, reason = "stdout is for data")]
pub(crate) fn say(words: impl std::fmt::Display) {
    eprintln!("{words}");
}
