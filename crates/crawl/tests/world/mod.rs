//! Servers on loopback, and a fetcher that may reach them under invented names.
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod tls;

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use jiff::{SignedDuration, Timestamp};
use praden_crawl::fetch::{FetchConfig, Fetcher};
use praden_model::Clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A clock that stands until it is moved.
pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    pub fn at(instant: &str) -> Arc<Self> {
        Arc::new(Self(Mutex::new(instant.parse().unwrap())))
    }

    pub fn forward(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Serves routes; the server ends with the test.
pub async fn serve(routes: Router) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    address
}

/// Serves every connection with a function over the raw stream. robots.txt is not found.
pub async fn serve_raw<F, Done>(answer: F) -> SocketAddr
where
    F: Fn(TcpStream) -> Done + Clone + Send + Sync + 'static,
    Done: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let length = stream.read(&mut request).await.unwrap_or(0);
                if request[..length].starts_with(b"GET /robots.txt") {
                    let _ = stream
                        .write_all(
                            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                        )
                        .await;
                    return;
                }
                answer(stream).await;
            });
        }
    });
    address
}

/// Settings with short limits, under which these names are at these addresses.
pub fn config(hosts: &[(&str, SocketAddr)]) -> FetchConfig {
    FetchConfig {
        delay_min: Duration::ZERO,
        connect_timeout: Duration::from_millis(1000),
        header_timeout: Duration::from_millis(1000),
        silence_timeout: Duration::from_millis(1000),
        total_timeout: Duration::from_millis(2500),
        hosts: hosts.iter().map(|(host, address)| ((*host).to_owned(), *address)).collect::<BTreeMap<_, _>>(),
        ..FetchConfig::new("test@desk.example")
    }
}

pub const NOW: &str = "2024-01-15T09:00:00+07:00";

pub fn fetcher(hosts: &[(&str, SocketAddr)]) -> Fetcher {
    Fetcher::new(config(hosts), TestClock::at(NOW)).unwrap()
}
