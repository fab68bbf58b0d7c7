//! Rows as a Parquet file: columns in groups of rows, written as they come.

use std::io::{self, Write};
use std::mem;
use std::sync::Arc;

use jiff::civil::Date;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use super::Row;

/// The columns, in the order in which they are written.
const SCHEMA: &str = "message article {
    required int64 seq;
    required int64 article;
    required int32 revision;
    required binary url (STRING);
    required binary outlet (STRING);
    required binary source (STRING);
    optional int64 published_at (TIMESTAMP(MILLIS,true));
    optional int32 published_day (DATE);
    required int64 fetched_at (TIMESTAMP(MILLIS,true));
    required binary title (STRING);
    required binary text (STRING);
    required group authors (LIST) { repeated group list { required binary element (STRING); } }
    required group agencies (LIST) { repeated group list { required binary element (STRING); } }
    optional binary story (STRING);
}";

/// Rows held in memory before they are written as a group. Readers skip and split by groups.
const ROWS_MAX: usize = 8_192;

/// Bytes of text held, whatever the rows: an article may have megabytes.
const BYTES_MAX: usize = 32 << 20;

/// Where rows go that are to be columns.
pub(super) struct Columns<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    held: Held,
    rows_max: usize,
}

impl<W: Write + Send> Columns<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        Self::with_rows_max(out, ROWS_MAX)
    }

    fn with_rows_max(out: W, rows_max: usize) -> io::Result<Self> {
        let schema = parse_message_type(SCHEMA).map_err(failed)?;
        // Snappy: every reader has it. Texts and addresses do not repeat, so a dictionary of them would only cost.
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("praden ", env!("CARGO_PKG_VERSION")).to_owned());
        for column in ["text", "title", "url"] {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(column), false);
        }
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties.build()));
        Ok(Self { writer: writer.map_err(failed)?, held: Held::default(), rows_max })
    }

    pub(super) fn put(&mut self, row: &Row) -> io::Result<()> {
        self.held.put(row);
        if self.held.seq.len() >= self.rows_max || self.held.bytes >= BYTES_MAX {
            self.write()
        } else {
            Ok(())
        }
    }

    fn write(&mut self) -> io::Result<()> {
        if self.held.seq.is_empty() {
            return Ok(());
        }
        let held = mem::take(&mut self.held);
        let mut group = self.writer.next_row_group().map_err(failed)?;
        held.write(&mut group).map_err(failed)?;
        group.close().map(|_| ()).map_err(failed)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.write()?;
        self.writer.finish().map_err(failed)?;
        self.writer.inner_mut().flush()
    }
}

/// What the writer met, as the file system said it where it did: a closed pipe must be told from a full disk.
fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => io::Error::other(cause),
        },
        other => io::Error::other(other),
    }
}

/// A column whose values may be missing: those there are, and for each row whether it has one.
struct Optional<T> {
    values: Vec<T>,
    there: Vec<i16>,
}

impl<T> Default for Optional<T> {
    fn default() -> Self {
        Self { values: Vec::new(), there: Vec::new() }
    }
}

impl<T> Optional<T> {
    fn put(&mut self, value: Option<T>) {
        self.there.push(i16::from(value.is_some()));
        self.values.extend(value);
    }
}

/// A column of lists: the values of all rows, whether each is one or stands for an empty list, and whether it goes on with
/// the list before it.
#[derive(Default)]
struct Lists {
    values: Vec<ByteArray>,
    there: Vec<i16>,
    goes_on: Vec<i16>,
}

impl Lists {
    fn put(&mut self, list: &[String]) {
        if list.is_empty() {
            self.there.push(0);
            self.goes_on.push(0);
        }
        for (at, value) in list.iter().enumerate() {
            self.values.push(value.as_str().into());
            self.there.push(1);
            self.goes_on.push(i16::from(at > 0));
        }
    }
}

/// The rows of the group at hand, by column.
#[derive(Default)]
struct Held {
    bytes: usize,
    seq: Vec<i64>,
    article: Vec<i64>,
    revision: Vec<i32>,
    url: Vec<ByteArray>,
    outlet: Vec<ByteArray>,
    source: Vec<ByteArray>,
    published_at: Optional<i64>,
    published_day: Optional<i32>,
    fetched_at: Vec<i64>,
    title: Vec<ByteArray>,
    text: Vec<ByteArray>,
    authors: Lists,
    agencies: Lists,
    story: Optional<ByteArray>,
}

impl Held {
    fn put(&mut self, row: &Row) {
        self.bytes += row.title.len() + row.text.len();
        self.seq.push(row.seq.cast_signed());
        self.article.push(row.article.cast_signed());
        self.revision.push(row.revision.cast_signed());
        self.url.push(row.url.as_str().into());
        self.outlet.push(row.outlet.as_str().into());
        self.source.push(row.source.as_str().into());
        self.published_at.put(row.published_at.map(|at| at.as_millisecond()));
        self.published_day.put(row.published_day.and_then(days));
        self.fetched_at.push(row.fetched_at.as_millisecond());
        self.title.push(row.title.as_str().into());
        self.text.push(row.text.as_str().into());
        self.authors.put(&row.authors);
        self.agencies.put(&row.agencies);
        self.story.put(row.story.as_deref().map(ByteArray::from));
    }

    /// In the order of [`SCHEMA`].
    fn write<W: Write + Send>(
        &self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        column::<Int64Type, W>(group, &self.seq, None, None)?;
        column::<Int64Type, W>(group, &self.article, None, None)?;
        column::<Int32Type, W>(group, &self.revision, None, None)?;
        column::<ByteArrayType, W>(group, &self.url, None, None)?;
        column::<ByteArrayType, W>(group, &self.outlet, None, None)?;
        column::<ByteArrayType, W>(group, &self.source, None, None)?;
        column::<Int64Type, W>(group, &self.published_at.values, Some(&self.published_at.there), None)?;
        column::<Int32Type, W>(group, &self.published_day.values, Some(&self.published_day.there), None)?;
        column::<Int64Type, W>(group, &self.fetched_at, None, None)?;
        column::<ByteArrayType, W>(group, &self.title, None, None)?;
        column::<ByteArrayType, W>(group, &self.text, None, None)?;
        for lists in [&self.authors, &self.agencies] {
            column::<ByteArrayType, W>(group, &lists.values, Some(&lists.there), Some(&lists.goes_on))?;
        }
        column::<ByteArrayType, W>(group, &self.story.values, Some(&self.story.there), None)
    }
}

fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    there: Option<&[i16]>,
    goes_on: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let mut column = group
        .next_column()?
        .ok_or_else(|| ParquetError::General("the schema has fewer columns than are written".to_owned()))?;
    column.typed::<T>().write_batch(values, there, goes_on)?;
    column.close()
}

/// Days since 1970.
fn days(day: Date) -> Option<i32> {
    day.since((jiff::Unit::Day, Date::new(1970, 1, 1).ok()?)).ok().map(|span| span.get_days())
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};

    use super::*;

    /// Rows as text, and how many groups they came in.
    fn read(file: &std::path::Path) -> (Vec<String>, usize) {
        let file = std::fs::File::open(file).expect("opened");
        let reader = SerializedFileReader::new(file).expect("a parquet file");
        let rows = reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row").to_string());
        (rows.collect(), reader.num_row_groups())
    }

    fn row(seq: u64, published: Option<&str>, names: &[&str], text: &str) -> Row {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Row {
            seq,
            article: seq,
            revision: 1,
            url: format!("https://a.example/{seq}"),
            outlet: "a".to_owned(),
            source: "a-rss".to_owned(),
            published_at: published.map(|at| at.parse().expect("an instant")),
            published_day: published.map(|_| Date::constant(1969, 12, 31)),
            fetched_at: "2026-11-23T02:30:00Z".parse().expect("an instant"),
            title: "น้ำท่วม".to_owned(),
            text: text.to_owned(),
            authors: names.clone(),
            agencies: names.into_iter().rev().collect(),
            story: published.map(|_| format!("st-{seq}")),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let mut columns = Columns::with_rows_max(file.reopen().expect("a file"), 2).expect("begun");
        let rows = [
            row(1, Some("2025-07-01T00:00:00.5Z"), &["สมชาย", "Jane \"J\""], "บรรทัด\nหนึ่ง"),
            row(2, None, &[], ""),
            row(3, None, &["x"], "\0"),
            row(4, Some("1960-01-01T00:00:00Z"), &[], &"ยาว".repeat(50_000)),
            row(5, None, &["a", "b", "c"], "z"),
        ];
        rows.iter().for_each(|row| columns.put(row).expect("put"));
        columns.finish().expect("finished");
        let (read, groups) = read(file.path());
        assert_eq!((read.len(), groups), (5, 3));
        for part in [
            "seq: 1,",
            "\"สมชาย\", \"Jane \"J\"\"",
            "2025-07-01 00:00:00.500",
            "1969-12-31",
            "story: \"st-1\"",
            "บรรทัด\nหนึ่ง",
        ] {
            assert!(read[0].contains(part), "{part} in {}", read[0]);
        }
        assert!(read[1].contains("published_at: null") && read[1].contains("authors: []"), "{}", read[1]);
        assert!(read[3].contains(&"ยาว".repeat(50_000)) && read[3].contains("authors: []"));
        assert!(
            read[4].contains("authors: [\"a\", \"b\", \"c\"], agencies: [\"c\", \"b\", \"a\"]"),
            "{}",
            read[4]
        );
    }

    #[test]
    fn no_rows_are_a_file_too() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        Columns::new(file.reopen().expect("a file")).and_then(Columns::finish).expect("finished");
        assert_eq!(read(file.path()), (vec![], 0));
    }
}
