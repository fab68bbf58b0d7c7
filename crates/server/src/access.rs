//! Who may ask for what: the token, the `Host` header, and the headers that keep pages harmless.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument as _;

use crate::Shared;
use crate::api::Refusal;

/// The secret that programs show. Only its hash is kept.
#[derive(Clone)]
pub struct ApiToken(blake3::Hash);

/// A secret that would protect nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Too short: it could be guessed.
    #[error("the API token has {0} characters; it needs at least {min}: take 32 random ones", min = ApiToken::CHARS_MIN)]
    TooShort(usize),
    /// Something in it cannot be sent in a header.
    #[error(
        "the API token has white space or a character other than ASCII letters, digits and signs inside: take 32 random letters and digits"
    )]
    Unsendable,
}

impl ApiToken {
    /// The shortest secret taken, in characters.
    pub const CHARS_MIN: usize = 16;

    /// The token with this secret. White space around it, such as the line end of a file, is no part of it.
    ///
    /// # Errors
    /// When it is shorter than [`Self::CHARS_MIN`] or cannot be sent.
    pub fn new(secret: &str) -> Result<Self, TokenError> {
        let secret = secret.trim();
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::Unsendable);
        }
        if secret.len() < Self::CHARS_MIN {
            return Err(TokenError::TooShort(secret.len()));
        }
        Ok(Self(blake3::hash(secret.as_bytes())))
    }

    /// Whether this is the secret. Takes as long for a near miss as for a far one.
    fn is(&self, secret: &[u8]) -> bool {
        // `blake3::Hash` compares in constant time, and what is compared are hashes of equal length.
        self.0 == blake3::hash(secret)
    }
}

impl std::fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiToken(..)")
    }
}

/// Lets only those through who show the token.
pub(crate) async fn ask_token(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let shown = match bearer(request.headers()) {
        Some(secret) if shared.app.token.is(secret) => return next.run(request).await,
        Some(_) => {
            "the token is not the one this server was started with; it stands in the server's token file"
        }
        None => {
            "this asks for a token: send the header `Authorization: Bearer TOKEN`, with the token from the server's token file"
        }
    };
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"praden\"")];
    (challenge, Refusal::new(StatusCode::UNAUTHORIZED, shown)).into_response()
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| secret.trim_ascii())
}

/// Refuses what no route should meet: a foreign `Host`, and a body.
pub(crate) async fn check_request(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    if !names_this_server(&request, shared.listen) {
        let sentence = format!(
            "this server answers at http://{} only; the `Host` of the request names another place",
            shared.listen
        );
        return Refusal::new(StatusCode::MISDIRECTED_REQUEST, sentence).into_response();
    }
    let has_body = request.headers().contains_key(header::TRANSFER_ENCODING)
        || request.headers().get(header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    if has_body {
        let sentence = "nothing here takes a body; send a GET without one";
        return Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, sentence).into_response();
    }
    next.run(request).await
}

fn names_this_server(request: &Request, listen: SocketAddr) -> bool {
    let hosts = request.headers().get_all(header::HOST).iter().map(|host| host.to_str().ok());
    // A request to a proxy names the host in its first line, too.
    let mut names = hosts.chain(request.uri().authority().map(|target| Some(target.as_str()))).peekable();
    names.peek().is_some() && names.all(|name| name.is_some_and(|name| may_ask_at(name, listen)))
}

/// Whether a `Host` may be this server.
///
/// DNS rebinding needs a name; an address in `Host` is where the browser really went. So addresses are taken: loopback
/// everywhere, and the listener's own (any, where it listens on all) where it listens on a network.
fn may_ask_at(host: &str, listen: SocketAddr) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    if host.contains('@') {
        return false;
    }
    let name = authority.host();
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let Ok(ip) = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() else { return false };
    let (ip, own) = (ip.to_canonical(), listen.ip().to_canonical());
    ip.is_loopback() || ip == own || own.is_unspecified()
}

/// Every answer says: load nothing from elsewhere, run nothing, be framed by nobody, tell nobody where from.
pub(crate) async fn add_headers(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 6] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Only what never changes under its name may be kept; that route says so itself.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// One line in the log for each request, of the answer's head: a stream goes on after it.
pub(crate) async fn trace(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = tracing::debug_span!("server.request.answer", http.request.method = %method, url.path = path);
    async move {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        if response.status().is_server_error() {
            tracing::warn!(http.response.status_code = status, "a request failed");
        } else {
            tracing::debug!(http.response.status_code = status, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// The longest that a request may take which does not wait for events.
const TIME_MAX: Duration = Duration::from_secs(30);

/// Gives up on a request that takes too long, so that a slow disk does not pile them up.
pub(crate) async fn limit_time(request: Request, next: Next) -> Response {
    tokio::time::timeout(TIME_MAX, next.run(request)).await.unwrap_or_else(|_| {
        let sentence = format!("no answer within {} seconds; try again", TIME_MAX.as_secs());
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, sentence).into_response()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_protects_nothing_is_refused() {
        for (secret, want) in [
            ("", Some(TokenError::TooShort(0))),
            ("\n", Some(TokenError::TooShort(0))),
            ("fifteen-letters", Some(TokenError::TooShort(15))),
            ("sixteen-letters!", None),
            ("sixteen letters!", Some(TokenError::Unsendable)),
            ("รหัสลับยาวๆๆๆๆๆๆๆ", Some(TokenError::Unsendable)),
        ] {
            assert_eq!(ApiToken::new(secret).err(), want, "{secret:?}");
        }
    }

    #[test]
    fn a_token_is_itself_only_and_prints_nothing() {
        let token = ApiToken::new("0123456789abcdef\n").expect("long enough");
        assert!(token.is(b"0123456789abcdef"));
        for other in ["0123456789abcdeF", "0123456789abcdef0", "0123456789abcde", ""] {
            assert!(!token.is(other.as_bytes()), "{other:?}");
        }
        assert_eq!(format!("{token:?}"), "ApiToken(..)");
    }

    #[test]
    fn the_scheme_is_bearer_in_any_case() {
        let check = |value: &'static str, want: Option<&[u8]>| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            assert_eq!(bearer(&headers), want, "{value:?}");
        };
        check("Bearer abc", Some(b"abc"));
        check("bearer   abc ", Some(b"abc"));
        check("Basic abcabc", None);
        check("Bearerabc", None);
        check("Bear", None);
    }

    #[test]
    fn a_foreign_host_is_refused() {
        let check = |listen: &str, host: &str, want: bool| {
            let listen = listen.parse().expect("an address");
            assert_eq!(may_ask_at(host, listen), want, "{host:?} at {listen}");
        };
        let local = "127.0.0.1:8080";
        check(local, "127.0.0.1:8080", true);
        check(local, "127.0.0.1", true);
        check(local, "localhost:8080", true);
        check(local, "LOCALHOST", true);
        check(local, "[::1]:8080", true);
        check(local, "evil.example:8080", false);
        check(local, "localhost.evil.example", false);
        check(local, "127.0.0.1.evil.example", false);
        check(local, "192.168.1.7:8080", false);
        check(local, "user@127.0.0.1", false);
        check(local, "", false);
        check(local, "a b", false);
        let network = "192.168.1.7:8080";
        check(network, "192.168.1.7:8080", true);
        check(network, "192.168.1.8:8080", false);
        check(network, "evil.example", false);
        check("0.0.0.0:8080", "192.168.1.8:8080", true);
        check("0.0.0.0:8080", "evil.example", false);
        check("[::ffff:127.0.0.1]:8080", "127.0.0.1:8080", true);
    }
}
