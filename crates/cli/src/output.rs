//! Records on stdout: a table for people, JSON and CSV for programs.

use std::io::{self, IsTerminal as _, Write};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::exit::Failure;

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    Table,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values that a spreadsheet opens with Thai right.
    Csv,
}

impl Format {
    /// What was asked for; otherwise a table on a terminal and lines of JSON in a pipe.
    pub(crate) fn or_default(asked: Option<Self>) -> Self {
        asked.unwrap_or(if io::stdout().is_terminal() { Self::Table } else { Self::Jsonl })
    }
}

/// One column of a table: its heading, and what stands in it for a record.
pub(crate) struct Column<T> {
    pub(crate) heading: &'static str,
    pub(crate) cell: fn(&T) -> String,
}

/// Writes records in the format asked for.
///
/// JSON and CSV carry every field of the record; the table only the columns given.
pub(crate) fn write_records<T: Serialize>(
    records: &[T],
    columns: &[Column<T>],
    format: Option<Format>,
) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let result = match Format::or_default(format) {
        Format::Table => writeln!(out, "{}", table(records, columns)),
        Format::Json => serde_json::to_writer_pretty(&mut out, records)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out)),
        Format::Jsonl => records.iter().try_for_each(|record| write_line(&mut out, record)),
        Format::Csv => write_csv(&mut out, records),
    };
    settle(result)
}

/// Writes one record as a line of JSON.
pub(crate) fn write_json(record: &impl Serialize) -> Result<(), Failure> {
    settle(write_line(&mut io::stdout().lock(), record))
}

/// Writes text.
pub(crate) fn write_text(text: &str) -> Result<(), Failure> {
    settle(writeln!(io::stdout().lock(), "{text}"))
}

pub(crate) fn write_line(out: &mut impl Write, record: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record)?;
    writeln!(out)
}

/// A reader that has seen enough closes the pipe: `praden ... | head` is no failure.
pub(crate) fn settle(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// The table that `praden ... --format table` prints.
pub(crate) fn table<T>(records: &[T], columns: &[Column<T>]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    if !io::stdout().is_terminal() {
        table.set_width(140);
    }
    table.set_header(columns.iter().map(|column| column.heading));
    for record in records {
        table.add_row(columns.iter().map(|column| (column.cell)(record)));
    }
    table
}

fn write_csv<T: Serialize>(out: &mut impl Write, records: &[T]) -> io::Result<()> {
    let mut lines = CsvLines::new(out)?;
    records.iter().try_for_each(|record| lines.put(record))?;
    lines.finish()
}

/// Comma-separated values, a record at a time.
pub(crate) struct CsvLines<W: Write> {
    writer: csv::Writer<W>,
    headings: Vec<String>,
}

impl<W: Write> CsvLines<W> {
    /// Excel takes a file for UTF-8 only when it begins with a byte order mark.
    pub(crate) fn new(mut out: W) -> io::Result<Self> {
        out.write_all("\u{FEFF}".as_bytes())?;
        Ok(Self { writer: csv::Writer::from_writer(out), headings: Vec::new() })
    }

    /// Writes the names of a record's fields, unless they are written. All records have the same.
    pub(crate) fn head(&mut self, record: &impl Serialize) -> io::Result<()> {
        match serde_json::to_value(record)? {
            Value::Object(fields) => self.head_of(&fields),
            _ => Ok(()),
        }
    }

    fn head_of(&mut self, fields: &Map<String, Value>) -> io::Result<()> {
        if self.headings.is_empty() {
            self.headings = fields.keys().cloned().collect();
            self.writer.write_record(&self.headings).map_err(io::Error::other)?;
        }
        Ok(())
    }

    /// Writes a record; before the first, the names of its fields.
    pub(crate) fn put(&mut self, record: &impl Serialize) -> io::Result<()> {
        let Value::Object(fields) = serde_json::to_value(record)? else { return Ok(()) };
        self.head_of(&fields)?;
        let cells = self.headings.iter().map(|heading| match fields.get(heading) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => tame(text),
            Some(Value::Array(values)) if values.iter().all(Value::is_string) => {
                tame(&values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "))
            }
            Some(other) => other.to_string(),
        });
        self.writer.write_record(cells).map_err(io::Error::other)
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// A scraped headline that begins like a formula must not run as one in a spreadsheet.
fn tame(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_opens_in_a_spreadsheet_with_thai_right_and_nothing_running() {
        #[derive(Serialize)]
        struct Row {
            title: &'static str,
            n: u32,
            none: Option<u32>,
        }
        let mut out = Vec::new();
        let rows = [
            Row { title: "น้ำท่วม, \"ด่วน\"", n: 1, none: None },
            Row { title: "=HYPERLINK(1)", n: 2, none: Some(3) },
        ];
        write_csv(&mut out, &rows).expect("written");
        assert_eq!(
            String::from_utf8(out).expect("UTF-8"),
            "\u{FEFF}title,n,none\n\"น้ำท่วม, \"\"ด่วน\"\"\",1,\n'=HYPERLINK(1),2,3\n"
        );
    }
}
