//! `praden text`: the tools of `praden-text`, a line in, a line out.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use clap::Subcommand;
use praden_crawl::decode::{DocumentKind, decode};
use praden_pipeline::{LINE_BYTES_MAX, Line, next_line};
use praden_text::Segmenter;
use serde::Deserialize;
use serde_json::json;

use crate::exit::{Exit, Outcome};
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
    let (mut input, mut out) = (io::stdin().lock(), io::BufWriter::new(io::stdout().lock()));
    match args.tool {
        Tool::Normalize { map: false } => each_line(&mut input, &mut out, normalize_line),
        Tool::Normalize { map: true } => each_line(&mut input, &mut out, map_line),
        Tool::Segment => {
            let segmenter = Segmenter::embedded();
            let mut ends = Vec::new();
            each_line(&mut input, &mut out, |line, out| segment_line(segmenter, &mut ends, line, out))
        }
        Tool::Dates => each_line(&mut input, &mut out, |line, out| writeln!(out, "{}", read_date(line))),
        Tool::Decode { file, content_type } => {
            let bytes = super::read_input(&file)?;
            write_json(&decode(&bytes, content_type.as_deref(), DocumentKind::Html))?;
            Ok(Exit::Done)
        }
    }
}

/// One line out for each line in, in order. A line beyond the limit gives an empty one, and a word on stderr.
fn each_line(
    input: &mut dyn BufRead,
    out: &mut dyn Write,
    mut act: impl FnMut(&[u8], &mut dyn Write) -> io::Result<()>,
) -> Outcome {
    let mut exit = Exit::Done;
    let mut number = 0u64;
    let result = loop {
        number += 1;
        let written = match next_line(input)? {
            None => break out.flush(),
            Some(Line::Whole(line)) => act(&line, out),
            Some(Line::TooLong(bytes)) => {
                tracing::error!(
                    "line {number} has {bytes} bytes; at most {LINE_BYTES_MAX} are read, split it"
                );
                exit = Exit::Partly;
                writeln!(out)
            }
        };
        if let Err(error) = written {
            break Err(error);
        }
    };
    settle(result)?;
    Ok(exit)
}

/// Bytes that are no UTF-8 become U+FFFD: damage is information, and a person will want to see where it is. Line ends that
/// normalising makes (of U+2028, of `&#10;`) are spaces here: one line in is one line out.
fn normalize_line(line: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let line = String::from_utf8_lossy(line);
    writeln!(out, "{}", praden_text::normalize(&line).as_str().replace('\n', " "))
}

/// The map counts raw bytes, so a line that is no UTF-8 has none.
fn map_line(line: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let record = match std::str::from_utf8(line) {
        Ok(line) => {
            let normalized = praden_text::normalize(line);
            let map: Vec<(usize, usize)> = normalized.map().points().collect();
            json!({ "text": normalized.as_str(), "map": map })
        }
        Err(error) => json!({ "text": null, "map": null, "error": not_utf8(error) }),
    };
    writeln!(out, "{record}")
}

fn not_utf8(error: std::str::Utf8Error) -> String {
    format!(
        "the line is not UTF-8 at byte {}; `praden text decode` reads other charsets",
        error.valid_up_to()
    )
}

/// The line with `|` between its tokens. What is no UTF-8 is kept as it is, a token of its own, so that the tokens always join to the line.
fn segment_line(
    segmenter: &Segmenter,
    ends: &mut Vec<u32>,
    line: &[u8],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut is_first = true;
    let mut write = |token: &[u8], out: &mut dyn Write| {
        if !std::mem::take(&mut is_first) {
            out.write_all(b"|")?;
        }
        for (index, part) in token.split(|&byte| byte == b'|').enumerate() {
            if index > 0 {
                out.write_all(b"\\|")?;
            }
            out.write_all(part)?;
        }
        Ok::<(), io::Error>(())
    };
    for chunk in line.utf8_chunks() {
        ends.clear();
        segmenter.segment_into(chunk.valid(), ends);
        let mut start = 0;
        for &end in ends.iter() {
            write(chunk.valid().get(start..end as usize).unwrap_or_default().as_bytes(), out)?;
            start = end as usize;
        }
        if !chunk.invalid().is_empty() {
            write(chunk.invalid(), out)?;
        }
    }
    out.write_all(b"\n")
}

#[derive(Deserialize)]
struct DateLine {
    text: String,
    base: jiff::Timestamp,
}

fn read_date(line: &[u8]) -> serde_json::Value {
    let record = |found: Option<praden_text::DateMatch>| {
        json!({
            "value": found.map(|date| date.value.to_string()),
            "precision": found.map(|date| date.precision.as_str()),
            "calendar": found.and_then(|date| date.calendar).map(|calendar| calendar.as_str()),
            "start": found.map(|date| date.start),
            "end": found.map(|date| date.end),
        })
    };
    match serde_json::from_slice::<DateLine>(line) {
        Ok(line) => record(praden_text::parse_date(&line.text, line.base)),
        Err(error) => {
            let mut record = record(None);
            let expected = "expected {\"text\",\"base\"}, base as RFC 3339 such as 2026-11-23T09:00:00+07:00";
            record["error"] = match std::str::from_utf8(line) {
                Ok(_) => format!("{expected}: {error}").into(),
                Err(error) => not_utf8(error).into(),
            };
            record
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(act: impl FnMut(&[u8], &mut dyn Write) -> io::Result<()>, input: &[u8], want: &[u8]) {
        let mut out = Vec::new();
        let exit = each_line(&mut &*input, &mut out, act).map_err(|failure| failure.error).expect("an end");
        assert_eq!(exit, Exit::Done);
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(out, want, "{:?} became {:?}, not {:?}", shown(input), shown(&out), shown(want));
    }

    #[test]
    fn segments_are_marked_and_bars_escaped() {
        let mut ends = Vec::new();
        let mut segment =
            |line: &[u8], out: &mut dyn Write| segment_line(Segmenter::embedded(), &mut ends, line, out);
        check(&mut segment, "กรม|ชลประทาน\n".as_bytes(), "กรม|\\||ชลประทาน\n".as_bytes());
        check(&mut segment, b"", b"");
        check(&mut segment, b"\n\n \n", b"\n\n \n");
        check(&mut segment, b"a b\r\nc", b"a| |b\nc\n"); // CR LF is a line end; the last line may have none.
        check(&mut segment, b"ab\xFFcd\n", b"ab|\xFF|cd\n"); // Joined, the line again.
        check(&mut segment, b"\xE0\xB8\n", b"\xE0\xB8\n");
        check(&mut segment, b"|||\n", b"\\|\\|\\|\n");
    }

    #[test]
    fn every_line_in_gives_one_line_out() {
        check(normalize_line, "นํ้า\u{200B} ๑\n\n\u{200B}\n".as_bytes(), "น้ำ 1\n\n\n".as_bytes());
        check(normalize_line, b"a\xFFb\n", "a\u{FFFD}b\n".as_bytes());
        check(normalize_line, "ก\u{2028}ข\n".as_bytes(), "ก ข\n".as_bytes());
        check(
            map_line,
            "๑a\n\n".as_bytes(),
            b"{\"text\":\"1a\",\"map\":[[0,0],[1,3],[2,4]]}\n{\"text\":\"\",\"map\":[[0,0]]}\n",
        );
        let mut out = Vec::new();
        map_line(b"a\xFF", &mut out).expect("written");
        assert!(String::from_utf8_lossy(&out).contains("not UTF-8 at byte 1"));
    }

    #[test]
    fn faulty_date_lines_say_what_is_wrong() {
        let error = |line: &[u8]| read_date(line)["error"].as_str().map(str::to_owned).unwrap_or_default();
        assert!(error(b"").contains("expected"));
        assert!(error(br#"{"text":"x"}"#).contains("missing field `base`"));
        assert!(error(br#"{"text":"x","base":"yesterday"}"#).contains("base as RFC 3339"));
        assert!(error(b"\xFF").contains("not UTF-8 at byte 0"));
        let record =
            read_date(r#"{"text":"25 ก.พ. 60","base":"2017-03-01T00:00:00+07:00","id":1}"#.as_bytes());
        assert_eq!(record["value"], "2017-02-25");
        assert_eq!(record.get("error"), None);
        assert_eq!(
            read_date(br#"{"text":"","base":"2017-03-01T00:00:00Z"}"#)["value"],
            serde_json::Value::Null
        );
    }

    #[test]
    fn an_endless_line_is_passed_over_with_a_word() {
        let mut input = vec![b'x'; LINE_BYTES_MAX + 1];
        input.extend_from_slice("\n๑\n".as_bytes());
        let mut out = Vec::new();
        let exit = each_line(&mut &*input, &mut out, normalize_line)
            .map_err(|failure| failure.error)
            .expect("an end");
        assert_eq!((exit, out), (Exit::Partly, b"\n1\n".to_vec()));
    }
}
