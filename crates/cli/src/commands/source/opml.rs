//! `praden source opml`: lists of feeds to and from other readers.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use praden_crawl::opml::{OpmlFeed, parse_opml, write_opml};
use praden_model::SourceKind;

use crate::commands::{load, read_input};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::write_text;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Pipeline file whose feeds are written as OPML.
    #[arg(required_unless_present = "import", conflicts_with = "import")]
    pipeline: Option<PathBuf>,
    /// OPML file of another reader; what it lists is written as outlets and sources for a pipeline file.
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Outcome {
    if let Some(file) = &args.import {
        let feeds = parse_opml(&read_input(file)?);
        if feeds.is_empty() {
            return Err(Failure::usage(format!(
                "{}: no `outline` with an `xmlUrl` was found",
                file.display()
            )));
        }
        write_text(&as_definitions(&feeds))?;
        return Ok(Exit::Done);
    }
    let Some(path) = &args.pipeline else {
        return Err(Failure::usage("name a pipeline file, or --import FILE"));
    };
    let pipeline = load(path)?;
    // Other readers know nothing but feeds.
    let feeds =
        pipeline.sources.iter().filter(|spec| spec.kind == SourceKind::Feed && spec.disabled.is_none());
    let feeds: Vec<OpmlFeed> = feeds
        .map(|spec| {
            let outlet = pipeline.outlets.get(&spec.outlet);
            OpmlFeed {
                url: spec.url.clone(),
                title: spec.id.to_string(),
                homepage: outlet
                    .map(|outlet| outlet.homepage.clone())
                    .filter(|homepage| !homepage.is_empty()),
                folders: outlet.map(|outlet| outlet.name_th.clone()).into_iter().collect(),
            }
        })
        .collect();
    write_text(&write_opml(&pipeline.name, &feeds))?;
    Ok(Exit::Done)
}

/// Outlets and sources, an outlet for each site.
fn as_definitions(feeds: &[OpmlFeed]) -> String {
    let mut out = String::new();
    let (mut outlets, mut ids) = (HashSet::new(), HashSet::new());
    for feed in feeds {
        let Ok(url) = url::Url::parse(&feed.url) else {
            let _ = writeln!(out, "# not a URL: {}", quoted(&feed.url));
            continue;
        };
        let host = url.host_str().unwrap_or("site").trim_start_matches("www.");
        let outlet = slug(host);
        if outlets.insert(outlet.clone()) {
            let front = format!("{}://{}/", url.scheme(), url.host_str().unwrap_or(""));
            let _ = writeln!(
                out,
                "[[outlet]]\nid = {}\nname_th = {}\nname_en = {}\nhomepage = {}\n",
                quoted(&outlet),
                quoted(&feed.title),
                quoted(host),
                quoted(feed.homepage.as_deref().unwrap_or(&front)),
            );
        }
        let mut id = format!("{outlet}-feed");
        let mut number = 1;
        while !ids.insert(id.clone()) {
            number += 1;
            id = format!("{outlet}-feed-{number}");
        }
        let _ = writeln!(
            out,
            "[[source]]\nid = {}\noutlet = {}\nkind = \"feed\"\nurl = {}\n",
            quoted(&id),
            quoted(&outlet),
            quoted(&feed.url)
        );
    }
    out
}

/// A name of lower-case letters, digits and hyphens.
fn slug(host: &str) -> String {
    let parts: Vec<String> = host
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    parts.join("-")
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_reader_lists_becomes_sources() {
        let list = r#"<opml><body><outline text="ก &quot;ข&quot;" xmlUrl="https://www.a.example/rss"/><outline text="ค" xmlUrl="https://www.a.example/rss2"/></body></opml>"#;
        let written = as_definitions(&parse_opml(list.as_bytes()));
        assert_eq!(written.matches("[[outlet]]").count(), 1, "{written}");
        assert!(
            written.contains("id = \"a-example-feed\"\n") && written.contains("id = \"a-example-feed-2\"\n")
        );
        assert!(written.contains(r#"name_th = "ก \"ข\"""#), "{written}");
    }
}
