//! Captures as a web archive: WARC 1.1 (<https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/>).
//!
//! One `warcinfo` record, then a `response` record for each capture. What is stored of an answer is its status, its type and
//! its body after decompression: the record has those and says so, and no header that was not kept. Where a capture lies is
//! left to the store.
//!
//! ```
//! use praden_crawl::warc::write_info;
//!
//! let record = String::from_utf8(write_info("2024-01-15T01:00:00Z".parse()?, "Praden/1"))?;
//! assert!(record.starts_with("WARC/1.1\r\nWARC-Type: warcinfo\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use jiff::Timestamp;
use praden_model::CaptureBody;

/// The record at the head of an archive: what wrote it, and when.
pub fn write_info(at: Timestamp, software: &str) -> Vec<u8> {
    let block = format!(
        "software: {}\r\nformat: WARC File Format 1.1\r\nconformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n",
        one_line(software)
    );
    let id = id_of(&[b"warcinfo", at.to_string().as_bytes(), block.as_bytes()]);
    record(
        &[
            "WARC-Type: warcinfo".to_owned(),
            format!("WARC-Date: {at}"),
            id,
            "Content-Type: application/warc-fields".to_owned(),
        ],
        block.as_bytes(),
    )
}

/// The record of one capture.
pub fn write_capture(capture: &CaptureBody) -> Vec<u8> {
    let mut block = format!("HTTP/1.1 {} {}\r\n", capture.status, reason(capture.status)).into_bytes();
    if let Some(content_type) = &capture.content_type {
        block.extend_from_slice(format!("Content-Type: {}\r\n", one_line(content_type)).as_bytes());
    }
    block.extend_from_slice(format!("Content-Length: {}\r\n\r\n", capture.body.len()).as_bytes());
    block.extend_from_slice(&capture.body);
    let at = capture.fetched_at.to_string();
    let url = one_line(&capture.url);
    let id = id_of(&[b"response", url.as_bytes(), at.as_bytes(), &capture.body]);
    record(
        &[
            "WARC-Type: response".to_owned(),
            format!("WARC-Target-URI: {url}"),
            format!("WARC-Date: {at}"),
            id,
            // The name under which the store has the body: BLAKE3, which the readers of digests do not know as one.
            format!("Praden-Capture: {}", capture.hash),
            "Content-Type: application/http;msgtype=response".to_owned(),
        ],
        &block,
    )
}

fn record(fields: &[String], block: &[u8]) -> Vec<u8> {
    let mut out = format!("WARC/1.1\r\n{}\r\nContent-Length: {}\r\n\r\n", fields.join("\r\n"), block.len())
        .into_bytes();
    out.extend_from_slice(block);
    out.extend_from_slice(b"\r\n\r\n");
    out
}

/// A record's name: the same record has the same name in every export. The form is that of a UUID of version 8, whose bits
/// are anybody's (RFC 9562).
fn id_of(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let hex = hasher.finalize().to_hex();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
    format!(
        "WARC-Record-ID: <urn:uuid:{}-{}-8{}-8{}-{}>",
        part(0, 8),
        part(8, 12),
        part(12, 15),
        part(15, 18),
        part(18, 30)
    )
}

/// A value of a header may not end it.
fn one_line(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        203 => "Non-Authoritative Information",
        206 => "Partial Content",
        _ => "Status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use praden_model::CaptureHash;

    fn capture(url: &str, body: &[u8]) -> CaptureBody {
        CaptureBody {
            hash: CaptureHash::of(body),
            url: url.to_owned(),
            fetched_at: "2024-01-15T01:00:00Z".parse().unwrap(),
            status: 200,
            content_type: Some("text/html\r\nX-Smuggled: 1".to_owned()),
            body: body.to_vec(),
        }
    }

    /// Reads records back by their lengths alone, as a strict reader does.
    fn read(mut bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut records = Vec::new();
        while !bytes.is_empty() {
            let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            assert!(head.starts_with("WARC/1.1\r\n"), "{head}");
            let length = head.split("Content-Length: ").nth(1).unwrap().split("\r\n").next().unwrap();
            let (from, length) = (end + 4, length.parse::<usize>().unwrap());
            let block = bytes[from..from + length].to_vec();
            assert_eq!(&bytes[from + length..from + length + 4], b"\r\n\r\n");
            bytes = &bytes[from + length + 4..];
            records.push((head, block));
        }
        records
    }

    #[test]
    fn what_is_written_is_read_by_its_lengths() {
        let body = "<p>ข่าว</p>\r\n\r\nWARC/1.1\r\n\0".as_bytes();
        let mut archive = write_info("2024-01-15T02:00:00Z".parse().unwrap(), "Praden/1\r\nx: y");
        archive.extend(write_capture(&capture("https://a.example/1", body)));
        archive.extend(write_capture(&capture("https://a.example/2", b"")));
        let records = read(&archive);
        assert_eq!(records.len(), 3);
        let (head, block) = &records[1];
        assert!(
            head.contains("WARC-Target-URI: https://a.example/1\r\nWARC-Date: 2024-01-15T01:00:00Z\r\n"),
            "{head}"
        );
        let http = String::from_utf8_lossy(block);
        assert!(
            http.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html  X-Smuggled: 1\r\nContent-Length: "),
            "{http}"
        );
        assert!(block.ends_with(body));
        let ids: std::collections::HashSet<&str> = records
            .iter()
            .map(|(head, _)| head.split("<urn:uuid:").nth(1).unwrap().split('>').next().unwrap())
            .collect();
        assert!(ids.len() == 3 && ids.iter().all(|id| id.len() == 36), "{ids:?}");
    }
}
