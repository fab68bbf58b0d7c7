//! One request and its answer, within the limits; and the names of what goes wrong.

use std::error::Error as StdError;

use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_ENCODING, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    RETRY_AFTER,
};
use url::Url;

use super::resolve::{ForbiddenName, UnknownName};
use super::{Answer, FetchError, FetchRequest, Fetcher, host_of};
use crate::robots::ROBOTS_BYTES_MAX;

/// The longest `Retry-After` that is passed on: a week. Longer ones are mistakes.
const RETRY_AFTER_S_MAX: u32 = 7 * 24 * 60 * 60;

impl Fetcher {
    pub(super) async fn send(
        &self,
        url: &Url,
        request: &FetchRequest,
        bytes_max: usize,
    ) -> Result<Answer, FetchError> {
        let config = &self.shared.config;
        let host = host_of(url);
        let mut builder = self
            .client(url)
            .get(url.clone())
            .header(ACCEPT, request.accept.header())
            .header(ACCEPT_LANGUAGE, "th, en;q=0.7");
        if let Some(etag) = &request.etag {
            builder = builder.header(IF_NONE_MATCH, etag);
        }
        if let Some(last_modified) = &request.last_modified {
            builder = builder.header(IF_MODIFIED_SINCE, last_modified);
        }
        let mut response = match tokio::time::timeout(config.header_timeout, builder.send()).await {
            Ok(response) => response.map_err(|error| self.name_error(&host, &error))?,
            Err(_) => {
                return Err(FetchError::Timeout {
                    host,
                    seconds: config.header_timeout.as_secs(),
                    phase: "headers",
                });
            }
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        if !(200..300).contains(&status) {
            // Nobody reads the body of a refusal.
            return Ok(Answer { status, headers, body: Vec::new() });
        }
        // What the client decodes it takes out of the headers. What is left it did not: two layers, or unknown ones.
        if let Some(encoding) = header(&headers, &CONTENT_ENCODING)
            .filter(|encoding| !encoding.trim().is_empty() && encoding.trim() != "identity")
        {
            return Err(FetchError::Broken { host, cause: format!("its content encoding is `{encoding}`") });
        }
        // robots.txt is read up to its limit; anything else over the limit is refused.
        let cut = bytes_max == ROBOTS_BYTES_MAX;
        let too_large = FetchError::TooLarge { host: host.clone(), bytes_max };
        if !cut && response.content_length().is_some_and(|length| length > bytes_max as u64) {
            return Err(too_large);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.name_error(&host, &error))? {
            let room = bytes_max.saturating_sub(body.len());
            body.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
            if chunk.len() > room {
                if cut {
                    break;
                }
                return Err(too_large);
            }
        }
        // Compressed files that are served as they are: sitemaps, and servers that forget to say so.
        if body.starts_with(&[0x1F, 0x8B]) {
            body = gunzip(&body, bytes_max).map_err(|cause| match cause {
                Some(cause) => FetchError::Broken { host, cause },
                None => too_large,
            })?;
        }
        Ok(Answer { status, headers, body })
    }

    /// Gives what went wrong its name.
    fn name_error(&self, host: &str, error: &reqwest::Error) -> FetchError {
        let host = host.to_owned();
        let config = &self.shared.config;
        if let Some(forbidden) = find_source::<ForbiddenName>(error) {
            return FetchError::AddressForbidden {
                host,
                cause: format!("at {}, {}", forbidden.address, forbidden.cause),
            };
        }
        if let Some(unknown) = find_source::<UnknownName>(error) {
            return FetchError::Resolve { host, cause: unknown.to_string() };
        }
        if error.is_timeout() {
            let (phase, limit) = if error.is_connect() {
                ("connection", config.connect_timeout)
            } else {
                ("next bytes", config.silence_timeout)
            };
            return FetchError::Timeout { host, seconds: limit.as_secs(), phase };
        }
        if error.is_connect() {
            return FetchError::Connect { host, cause: chain(error) };
        }
        FetchError::Broken { host, cause: chain(error) }
    }
}

fn gunzip(bytes: &[u8], bytes_max: usize) -> Result<Vec<u8>, Option<String>> {
    use std::io::Read as _;
    let mut out = Vec::new();
    let mut decoder = flate2::read::MultiGzDecoder::new(bytes).take(bytes_max as u64 + 1);
    decoder.read_to_end(&mut out).map_err(|error| Some(format!("its gzip data are broken: {error}")))?;
    if out.len() > bytes_max { Err(None) } else { Ok(out) }
}

pub(super) fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    const BYTES_MAX: usize = 1024;
    let value = String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned();
    (value.len() <= BYTES_MAX).then_some(value)
}

/// `Retry-After`, in seconds or as a date.
pub(super) fn retry_after_s(headers: &HeaderMap, now: Timestamp) -> Option<u32> {
    let value = header(headers, &RETRY_AFTER)?;
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(u32::try_from(seconds).unwrap_or(u32::MAX).min(RETRY_AFTER_S_MAX));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    let seconds = at.as_second().saturating_sub(now.as_second()).max(0);
    Some(u32::try_from(seconds).unwrap_or(u32::MAX).min(RETRY_AFTER_S_MAX))
}

fn find_source<E: StdError + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        source = error.source();
    }
    None
}

/// An error with its causes, the URL left out: it stands elsewhere.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        // Wrappers repeat what they wrap.
        if parts.last().is_none_or(|last| !last.contains(&text)) {
            parts.push(text);
        }
        source = error.source();
    }
    if parts.is_empty() { error.to_string() } else { parts.join(": ") }
}
