//! `praden run`: the daemon.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use praden_pipeline::{Engine, Until};
use praden_server::{ApiToken, App};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::write_text;
use crate::surroundings;

/// How long polls that were begun may go on after a stop. Their sources are polled again by the next run.
const POLLS_END: Duration = Duration::from_secs(3);

/// How long pages, streams and stages may take to end after that.
const PARTS_END: Duration = Duration::from_secs(5);

#[derive(clap::Args)]
#[command(after_help = "Example:\n  praden run /etc/praden/pipeline.toml --log json\n\n\
    Prints the address of the pages on stdout. Stops cleanly on SIGTERM or Ctrl-C within 10 seconds; `kill -9` loses nothing either.\n\
    The API asks for a token: the file named by `server.token_file` in the data folder, made on the first run, or PRADEN_API_TOKEN.")]
pub(crate) struct Args {
    /// Pipeline file.
    pipeline: PathBuf,
    /// Data folder [default: the pipeline file's].
    #[arg(long, value_name = "DIR", env = "PRADEN_DATA")]
    data: Option<PathBuf>,
    /// Address of pages and API [default: the pipeline file's].
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<std::net::SocketAddr>,
    #[command(flatten)]
    token: TokenArgs,
}

/// Where the API's token comes from.
#[derive(clap::Args)]
pub(crate) struct TokenArgs {
    /// The API's token, instead of the token file.
    #[arg(long, value_name = "TOKEN", env = "PRADEN_API_TOKEN", hide_env_values = true, hide = true)]
    api_token: Option<String>,
}

impl TokenArgs {
    /// The token: what was given, what the file holds, or a new one in a new file that only its owner can read.
    pub(crate) fn resolve(self, folder: &Path, file: &Path) -> Result<ApiToken, Failure> {
        let path = folder.join(file);
        let secret = match self.api_token {
            Some(token) => token,
            None => match fs::read_to_string(&path) {
                Ok(token) => token,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    let token =
                        surroundings::random_bytes::<24>()?.map(|byte| format!("{byte:02x}")).concat();
                    let write = || {
                        let mut options = fs::OpenOptions::new();
                        options
                            .write(true)
                            .create_new(true)
                            .mode(0o600)
                            .open(&path)?
                            .write_all(token.as_bytes())
                    };
                    write().with_context(|| format!("cannot write the token file {}", path.display()))?;
                    token
                }
                Err(error) => {
                    return Err(
                        anyhow::anyhow!("cannot read the token file {}: {error}", path.display()).into()
                    );
                }
            },
        };
        ApiToken::new(secret.trim()).map_err(|error| {
            Failure::usage(format!(
                "{error}: write a longer one into {}, or remove it to have one made",
                path.display()
            ))
        })
    }
}

pub(crate) async fn run(args: Args) -> Outcome {
    // First of all: from here on a request to stop is heard, however early it comes.
    let stop = surroundings::stop_signal()?;
    let pipeline = super::load_and_try(&args.pipeline)?;
    let data = args.data.unwrap_or_else(|| pipeline.data.clone());
    let listen = args.listen.unwrap_or(pipeline.server.listen);
    let working = super::open_working(pipeline, &data).await?;
    let token = args.token.resolve(working.folder.path(), &working.engine.pipeline.server.token_file)?;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let job = super::crawl::job(&working.engine, stop.subscribe())?;
    let pages = pages(&working.engine, listener, token, stop.subscribe())?;
    write_text(&pages.address)?;

    let engine = working.engine.clone();
    let stages = tokio::spawn(async move { engine.run(true).await });
    let sources = working.engine.pipeline.sources.clone();
    let scheduler = tokio::spawn(async move { job.schedule(&sources).await });
    tracing::info!(pipeline.name = %working.engine.pipeline.name, server.address = %pages.address, "running");
    wait_for(stop.subscribe()).await;
    if tokio::time::timeout(POLLS_END, scheduler).await.is_err() {
        tracing::info!("polls that were begun are left to the next run");
    }
    end(&working.engine, stages, pages).await
}

/// Pages and API being served.
pub(crate) struct Pages {
    /// Where, as a URL.
    pub(crate) address: String,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// Serves pages and API until told to stop.
pub(crate) fn pages(
    engine: &Engine,
    listener: TcpListener,
    token: ApiToken,
    stop: watch::Receiver<bool>,
) -> Result<Pages, Failure> {
    let address = format!("http://{}/", listener.local_addr().context("the listener has no address")?);
    let app = App {
        store: Arc::clone(&engine.store),
        index: engine.index.clone(),
        progress: Arc::clone(&engine.progress),
        pipeline: Arc::clone(&engine.pipeline),
        clock: Arc::clone(&engine.clock),
        token,
        stop,
    };
    Ok(Pages { address, task: tokio::spawn(praden_server::serve(listener, app)) })
}

/// Waits until somebody asks to stop.
pub(crate) async fn wait_for(mut stop: watch::Receiver<bool>) {
    // An error means that nobody can ask any more, which is the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Ends stages and pages, each in its time.
pub(crate) async fn end(
    engine: &Engine,
    stages: tokio::task::JoinHandle<Result<(), praden_pipeline::StageError>>,
    pages: Pages,
) -> Outcome {
    engine.end(Until::Stopped);
    let ended = tokio::time::timeout(PARTS_END, async { tokio::join!(stages, pages.task) }).await;
    let Ok((stages, pages)) = ended else {
        // Nothing is lost: what the stages have not committed they take again.
        tracing::warn!("some parts did not end in time; they go on from their cursors next time");
        return Ok(Exit::Done);
    };
    stages.context("the stages broke")??;
    pages.context("the pages broke")?.context("the pages failed")?;
    tracing::info!("stopped");
    Ok(Exit::Done)
}
