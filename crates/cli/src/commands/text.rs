//! `praden text`: the tools of `praden-text`, a line in, a line out.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use clap::Subcommand;
use praden_crawl::decode::{DocumentKind, decode};
use praden_text::Segmenter;
use serde::Deserialize;
use serde_json::json;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::{settle, write_json};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    tool: Tool,
}

#[derive(Subcommand)]
enum Tool {
    /// Normalised lines.
    #[command(after_help = "Example:\n  echo 'เเม่น้ํา ๒๕๖๘' | praden text normalize --map")]
    Normalize {
        /// JSON with the map between the two: {"text","map":[[norm_byte,raw_byte],...]}.
        #[arg(long)]
        map: bool,
    },
    /// The same lines with `|` between tokens. A `|` in the text is written `\|`.
    #[command(after_help = "Example:\n  echo 'กรมชลประทานชี้แจง' | praden text segment")]
    Segment,
    /// Dates named by short texts: JSONL {"text","base"} in, {"value","precision","calendar","start","end"} out.
    #[command(
        after_help = "Example:\n  echo '{\"text\":\"25 ก.พ. 60\",\"base\":\"2017-03-01T00:00:00+07:00\"}' | praden text dates"
    )]
    Dates,
    /// Bytes to text: {"text","charset","warnings"}.
    #[command(
        after_help = "Example:\n  praden text decode page.html --content-type 'text/html; charset=tis-620'"
    )]
    Decode {
        /// The file, or `-`.
        file: PathBuf,
        /// `Content-Type` as the server sent it.
        #[arg(long, value_name = "CT")]
        content_type: Option<String>,
    },
}

pub(crate) fn run(args: Args) -> Outcome {
    match args.tool {
        Tool::Normalize { map: false } => {
            each_line(|line, out| writeln!(out, "{}", praden_text::normalize(line).as_str()))
        }
        Tool::Normalize { map: true } => each_line(|line, out| {
            let normalized = praden_text::normalize(line);
            let map: Vec<(usize, usize)> = normalized.map().points().collect();
            writeln!(out, "{}", json!({ "text": normalized.as_str(), "map": map }))
        }),
        Tool::Segment => {
            let segmenter = Segmenter::embedded();
            let mut ends = Vec::new();
            each_line(move |line, out| {
                ends.clear();
                segmenter.segment_into(line, &mut ends);
                write_segmented(line, &ends, out)
            })
        }
        Tool::Dates => each_line(|line, out| writeln!(out, "{}", read_date(line))),
        Tool::Decode { file, content_type } => {
            let bytes = super::read_input(&file)?;
            write_json(&decode(&bytes, content_type.as_deref(), DocumentKind::Html))?;
            Ok(Exit::Done)
        }
    }
}

/// One line out for each line in, in order; what is not UTF-8 is repaired, so that no line is lost.
fn each_line(mut act: impl FnMut(&str, &mut dyn Write) -> io::Result<()>) -> Outcome {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut input = io::stdin().lock();
    let mut bytes = Vec::new();
    let result = loop {
        bytes.clear();
        match input.read_until(b'\n', &mut bytes) {
            Ok(0) => break out.flush(),
            Ok(_) => {}
            Err(error) => return Err(Failure::from(error)),
        }
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        if let Err(error) = act(&String::from_utf8_lossy(&bytes), &mut out) {
            break Err(error);
        }
    };
    settle(result)?;
    Ok(Exit::Done)
}

fn write_segmented(line: &str, ends: &[u32], out: &mut dyn Write) -> io::Result<()> {
    let mut start = 0;
    for (index, &end) in ends.iter().enumerate() {
        if index > 0 {
            out.write_all(b"|")?;
        }
        let token = line.get(start..end as usize).unwrap_or("");
        out.write_all(token.replace('|', "\\|").as_bytes())?;
        start = end as usize;
    }
    out.write_all(b"\n")
}

#[derive(Deserialize)]
struct DateLine {
    text: String,
    base: jiff::Timestamp,
}

fn read_date(line: &str) -> serde_json::Value {
    match serde_json::from_str::<DateLine>(line) {
        Err(error) => {
            json!({ "value": null, "error": format!("expected {{\"text\",\"base\"}}, base as RFC 3339: {error}") })
        }
        Ok(line) => match praden_text::parse_date(&line.text, line.base) {
            None => json!({ "value": null, "precision": null, "calendar": null, "start": null, "end": null }),
            Some(date) => json!({
                "value": date.value.to_string(),
                "precision": date.precision.as_str(),
                "calendar": date.calendar.map(|calendar| calendar.as_str()),
                "start": date.start,
                "end": date.end,
            }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_marked_and_bars_escaped() {
        let mut out = Vec::new();
        write_segmented("กข|ค", &[6, 7, 10], &mut out).expect("written");
        assert_eq!(String::from_utf8(out).expect("UTF-8"), "กข|\\||ค\n");
    }
}
