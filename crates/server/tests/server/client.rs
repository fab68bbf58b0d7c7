//! A client small enough to see through: one request on one connection, the answer as it came.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longer than any answer takes here; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
    /// Whether the body came to its declared end.
    pub complete: bool,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (other, value) = line.split_once(':')?;
            other.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// Asks for a path, with further header lines such as `Authorization: Bearer x`.
pub async fn get(at: SocketAddr, path: &str, headers: &[&str]) -> Answer {
    let mut lines: Vec<String> = headers.iter().map(|&line| line.to_owned()).collect();
    if !headers.iter().any(|line| line.to_ascii_lowercase().starts_with("host:")) {
        lines.push(format!("Host: {at}"));
    }
    raw(at, &format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{}\r\n\r\n", lines.join("\r\n"))).await
}

/// Sends bytes and reads until the server closes.
pub async fn raw(at: SocketAddr, request: &str) -> Answer {
    let mut stream = open(at, request).await;
    let mut bytes = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes))
        .await
        .expect("an answer in time")
        .expect("an answer");
    parse(&bytes)
}

/// Sends bytes and leaves the rest to the caller.
pub async fn open(at: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(at).await.expect("connected");
    stream.write_all(request.as_bytes()).await.expect("sent");
    stream
}

/// Reads from a stream until what came fulfils a condition; gives what came.
pub async fn read_until(stream: &mut TcpStream, enough: impl Fn(&str) -> bool) -> String {
    let mut bytes = Vec::new();
    let read = async {
        let mut buffer = [0; 4096];
        loop {
            let text = String::from_utf8_lossy(&bytes);
            if enough(&text) {
                return text.into_owned();
            }
            let count = stream.read(&mut buffer).await.expect("readable");
            assert!(count > 0, "the stream ended after {:?}", String::from_utf8_lossy(&bytes));
            bytes.extend(buffer.iter().take(count));
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("enough in time")
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("the end of the head");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("a head in UTF-8");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let mut answer = Answer { status, head, body: String::new(), complete: true };
    let rest = &bytes[end + 4..];
    let (body, complete) = match answer.header("transfer-encoding") {
        Some("chunked") => dechunk(rest),
        _ => (rest.to_vec(), true),
    };
    answer.body = String::from_utf8(body).expect("a body in UTF-8");
    answer.complete = complete;
    answer
}

fn dechunk(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|window| window == b"\r\n") else { return (body, false) };
        let size = std::str::from_utf8(&rest[..end]).expect("a size");
        let size = usize::from_str_radix(size, 16).expect("a size in hexadecimal");
        if size == 0 {
            return (body, true);
        }
        let Some(chunk) = rest.get(end + 2..end + 2 + size) else { return (body, false) };
        body.extend(chunk);
        rest = rest.get(end + 2 + size + 2..).unwrap_or_default();
    }
}
