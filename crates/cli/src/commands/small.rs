//! `praden feed parse`, `praden page extract`, `praden robots check`: what the crawler makes of a file.

use std::path::PathBuf;

use clap::Subcommand;
use praden_crawl::feed::parse_feed;
use praden_crawl::robots::Robots;
use url::Url;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::write_json;
use crate::surroundings;

#[derive(clap::Args)]
pub(crate) struct FeedArgs {
    #[command(subcommand)]
    act: FeedAct,
}

#[derive(Subcommand)]
enum FeedAct {
    /// A feed as JSON: {"feed","entries","warnings"}.
    #[command(after_help = "Example:\n  praden feed parse rss.xml --base https://www.example.com/rss")]
    Parse {
        /// The file, or `-`.
        file: PathBuf,
        /// `Content-Type` as the server sent it.
        #[arg(long, value_name = "CT")]
        content_type: Option<String>,
        /// Where the feed was fetched: relative links start there.
        #[arg(long, value_name = "URL")]
        base: Option<String>,
    },
}

pub(crate) fn feed(args: FeedArgs) -> Outcome {
    let FeedAct::Parse { file, content_type, base } = args.act;
    let base = base.map(|base| parse_url("--base", &base)).transpose()?;
    let bytes = super::read_input(&file)?;
    let feed = parse_feed(&bytes, content_type.as_deref(), base.as_ref(), surroundings::clock().now())
        .map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
    write_json(&feed)?;
    Ok(Exit::Done)
}

#[derive(clap::Args)]
pub(crate) struct PageArgs {
    #[command(subcommand)]
    act: PageAct,
}

#[derive(Subcommand)]
enum PageAct {
    /// An article's page as JSON: {"title","text","published_at",..}.
    #[command(after_help = "Example:\n  praden page extract page.html --url https://www.example.com/news/1")]
    Extract {
        /// The file, or `-`.
        file: PathBuf,
        /// Where the page was fetched.
        #[arg(long)]
        url: String,
        /// `Content-Type` as the server sent it.
        #[arg(long, value_name = "CT")]
        content_type: Option<String>,
    },
}

pub(crate) async fn page(args: PageArgs) -> Outcome {
    let PageAct::Extract { file, url, content_type } = args.act;
    let url = parse_url("--url", &url)?;
    let bytes = super::read_input(&file)?;
    let selectors = praden_model::PageSelectors::default();
    let now = surroundings::clock().now();
    let page = praden_crawl::page::extract_page_guarded(bytes, url, content_type, selectors, now)
        .await
        .map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
    write_json(&page)?;
    Ok(Exit::Done)
}

#[derive(clap::Args)]
pub(crate) struct RobotsArgs {
    #[command(subcommand)]
    act: RobotsAct,
}

#[derive(Subcommand)]
enum RobotsAct {
    /// Whether a robots.txt allows a URL: {"allowed","rule","line"}.
    #[command(
        after_help = "Example:\n  praden robots check robots.txt --agent Praden --url https://www.example.com/news/1"
    )]
    Check {
        /// The file, or `-`.
        file: PathBuf,
        /// User agent.
        #[arg(long)]
        agent: String,
        /// The URL that is asked about.
        #[arg(long)]
        url: String,
    },
}

pub(crate) fn robots(args: RobotsArgs) -> Outcome {
    let RobotsAct::Check { file, agent, url } = args.act;
    let bytes = super::read_input(&file)?;
    write_json(&Robots::parse(&bytes).check(&agent, &url))?;
    Ok(Exit::Done)
}

fn parse_url(flag: &str, url: &str) -> Result<Url, Failure> {
    Url::parse(url).map_err(|error| {
        Failure::usage(format!(
            "{flag} {url}: {error}; write an absolute URL such as https://www.example.com/1"
        ))
    })
}
