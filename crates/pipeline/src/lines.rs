//! Lines of an archive: plain, gzip or Zstandard, read with bounded memory whatever is in them.

use std::io::{self, BufRead, BufReader, Read};

/// The longest line taken. The longest article of the corpus takes 0.8 MB.
pub const LINE_BYTES_MAX: usize = 16 << 20;

/// The window that Zstandard files may ask for: 128 MiB, the format's own default limit.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

const BUFFER_BYTES: usize = 256 << 10;

/// One line of an archive.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// Its bytes, without the line end.
    Whole(Vec<u8>),
    /// It was longer than [`LINE_BYTES_MAX`]; so many bytes were passed over.
    TooLong(u64),
}

/// Opens lines that may be packed: the first bytes tell how, whatever the name says.
///
/// # Errors
/// When the start cannot be read.
pub fn unpack<'r>(input: impl Read + Send + 'r) -> io::Result<Box<dyn BufRead + Send + 'r>> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
    let start = input.fill_buf()?;
    Ok(if start.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
        let mut decoder = zstd::Decoder::with_buffer(input)?;
        decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
        Box::new(BufReader::with_capacity(BUFFER_BYTES, decoder))
    } else if start.starts_with(&[0x1F, 0x8B]) {
        Box::new(BufReader::with_capacity(BUFFER_BYTES, flate2::bufread::MultiGzDecoder::new(input)))
    } else {
        Box::new(input)
    })
}

/// Reads the next line; `None` at the end.
///
/// # Errors
/// When the input cannot be read.
pub fn next_line(input: &mut dyn BufRead) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let read = input.take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line)?;
    if read == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        return Ok(Some(Line::Whole(line)));
    }
    if line.len() <= LINE_BYTES_MAX {
        // The last line has no end.
        return Ok(Some(Line::Whole(line)));
    }
    let mut passed = line.len() as u64;
    drop(line);
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            break;
        }
        let (used, ended) = match buffer.iter().position(|&byte| byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), false),
        };
        input.consume(used);
        passed += used as u64;
        if ended {
            break;
        }
    }
    Ok(Some(Line::TooLong(passed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(bytes: &[u8]) -> io::Result<Vec<Line>> {
        let mut input = unpack(bytes)?;
        std::iter::from_fn(|| next_line(&mut *input).transpose()).collect()
    }

    #[test]
    fn lines_come_out_of_every_packing() {
        let plain = "{\"a\":1}\r\n\nข่าว".as_bytes();
        let want =
            [Line::Whole(b"{\"a\":1}".to_vec()), Line::Whole(vec![]), Line::Whole("ข่าว".as_bytes().to_vec())];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut gzip, plain).expect("written");
        let packed =
            [plain.to_vec(), zstd::encode_all(plain, 1).expect("packed"), gzip.finish().expect("packed")];
        for bytes in packed {
            assert_eq!(read_all(&bytes).expect("read"), want);
        }
        assert_eq!(read_all(b"").expect("read"), []);
    }

    #[test]
    fn an_endless_line_is_passed_over() {
        let mut bytes = vec![b'x'; LINE_BYTES_MAX + 5];
        bytes.extend_from_slice(b"\nnext");
        assert_eq!(
            read_all(&bytes).expect("read"),
            [Line::TooLong(LINE_BYTES_MAX as u64 + 6), Line::Whole(b"next".to_vec())]
        );
    }

    #[test]
    fn a_damaged_archive_is_an_error_after_its_good_lines() {
        let whole = zstd::encode_all(&b"one\ntwo\n"[..], 1).expect("packed");
        let cut = &whole[..whole.len() - 3];
        assert!(read_all(cut).is_err());
    }
}
