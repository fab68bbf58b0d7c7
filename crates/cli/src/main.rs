//! The command line of Praden: `praden --help`.
//!
//! Commands read their arguments, hand them to the rooms below and print what comes back. Data goes to stdout, talk to
//! stderr, and the exit code says how it ended: 0 done, 1 the work failed, 2 wrong usage or a faulty definition, 3 nothing
//! was done because another run holds the lock, 4 done but part of it failed.

mod commands;
mod exit;
mod output;
mod surroundings;
mod talk;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use exit::{Exit, Outcome};
use talk::LogFormat;

/// Praden watches Thai media: it finds what the public is talking about, says which agency should answer, and shows the
/// bytes that say so. ประเด็น เฝ้าดูข่าว หาเรื่องที่ควรชี้แจง บอกหน่วยงานที่ควรตอบ พร้อมหลักฐาน
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage or a faulty definition, 3 another run holds the lock, 4 part of it failed.
#[derive(Parser)]
#[command(name = "praden", version, propagate_version = true, max_term_width = 110)]
struct Cli {
    /// How logs are written to stderr.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    log: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The whole product with no network, on bundled fixtures.
    Demo(commands::demo::Args),
    /// The daemon: scheduler, stages, pages and API.
    Run(commands::run::Args),
    /// One scheduled crawl job: fetch what is due, append to the log, print a JSON summary.
    Crawl(commands::crawl::Args),
    /// Archives of articles as lines of JSON, plain, .gz or .zst, into the log.
    Ingest(commands::ingest::Args),
    /// Articles that match a query.
    Search(commands::search::Args),
    /// Every article that matches a query, to a file.
    Export(commands::export::Args),
    /// The rooms: candidates, assignments, reports.
    Issues(commands::issues::Args),
    /// Timely clarification by agency, from the event log alone.
    Kpi(commands::kpi::Args),
    /// What was offered and not kept, and why.
    Drops(commands::drops::Args),
    /// How far each stage is, what each source does, how much there is of everything.
    Doctor(commands::doctor::Args),
    /// Writes a commented pipeline that `praden check` accepts.
    Init(commands::init::Args),
    /// All faults of a pipeline at once.
    Check(commands::check::Args),
    /// Sources: how they are doing, and what a fetch now would bring.
    Source(commands::source::Args),
    /// Makes the search index anew from the log.
    Reindex(commands::reindex::Args),
    /// Runs a stage again over the log: for a new alias or rule.
    Replay(commands::replay::Args),
    /// A consistent copy of the data folder's logs, while others go on.
    Backup(commands::backup::Args),
    /// Thai text tools: normalize, segment, dates, decode.
    Text(commands::text::Args),
    /// Reads a feed as the crawler does.
    Feed(commands::small::FeedArgs),
    /// Reads an article page as the crawler does.
    Page(commands::small::PageArgs),
    /// Reads a robots.txt as the crawler does.
    Robots(commands::small::RobotsArgs),
    /// Agencies, signals and score of articles, one line each.
    Match(commands::judge::MatchArgs),
    /// Which articles are about the same event, in time order.
    Stories(commands::judge::StoriesArgs),
    /// Precision and recall on a labelled file, beside a naive baseline.
    Eval(commands::eval::Args),
    /// Learns which words speak for which agency, from labelled texts.
    Train(commands::train::Args),
    /// Shell completions.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Threads for work that takes long: four stages, three for intake, and some for searches. Each keeps memory of its own.
const BLOCKING_THREADS_MAX: usize = 16;

fn main() -> ExitCode {
    surroundings::give_memory_back();
    // The crash tests say in the environment at which point the process is to abort.
    #[cfg(feature = "failpoints")]
    let _points = fail::FailScenario::setup();
    let cli = Cli::parse();
    // The daemon's talk is its log. A person at a terminal hears of progress and of what went wrong; the demo's outlets fail
    // on purpose, and its own summary says so.
    let level = match cli.command {
        Command::Run(_) | Command::Crawl(_) => "info",
        Command::Demo(_) => "error",
        _ => "warn,praden::talk=info",
    };
    talk::start_logging(cli.log, level);
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .build()
        .map_err(exit::Failure::from)
        .and_then(|runtime| {
            let outcome = runtime.block_on(run(cli.command));
            // Work on blocking threads that nobody waits for any more, such as a page that is slow to extract, must not
            // hold the process.
            runtime.shutdown_background();
            outcome
        });
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            talk::complain(&failure);
            failure.exit.into()
        }
    }
}

async fn run(command: Command) -> Outcome {
    match command {
        Command::Demo(args) => commands::demo::run(args).await,
        Command::Run(args) => commands::run::run(args).await,
        Command::Crawl(args) => commands::crawl::run(args).await,
        Command::Ingest(args) => commands::ingest::run(args).await,
        Command::Search(args) => commands::search::run(args).await,
        Command::Export(args) => commands::export::run(args).await,
        Command::Issues(args) => commands::issues::run(args).await,
        Command::Kpi(args) => commands::kpi::run(args).await,
        Command::Drops(args) => commands::drops::run(args).await,
        Command::Doctor(args) => commands::doctor::run(args).await,
        Command::Init(args) => commands::init::run(&args),
        Command::Check(args) => commands::check::run(&args),
        Command::Source(args) => commands::source::run(args).await,
        Command::Reindex(args) => commands::reindex::run(args).await,
        Command::Replay(args) => commands::replay::run(args).await,
        Command::Backup(args) => commands::backup::run(args).await,
        Command::Text(args) => commands::text::run(args),
        Command::Feed(args) => commands::small::feed(args),
        Command::Page(args) => commands::small::page(args).await,
        Command::Robots(args) => commands::small::robots(args),
        Command::Match(args) => commands::judge::find(&args),
        Command::Stories(args) => commands::judge::stories(&args),
        Command::Eval(args) => commands::eval::run(&args),
        Command::Train(args) => commands::train::run(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "praden", &mut script);
            output::write_text(String::from_utf8_lossy(&script).trim_end())?;
            Ok(Exit::Done)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example() {
        fn check(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            if command.get_subcommands().next().is_none() && !path.ends_with("completions") {
                let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains("praden"), "{path} shows no example");
            }
            for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
                check(below, &path);
            }
        }
        check(&Cli::command(), "");
    }
}
