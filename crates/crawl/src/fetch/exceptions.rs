//! What a source may do that others may not, and only on its own site: another judgement of certificates, addresses that are not
//! public, other ports. Each such site has a client of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use praden_model::{Exceptions, SourceSpec, Tls};
use reqwest::tls::Certificate;
use url::Url;

use super::resolve::{GuardedResolver, Lookup};
use super::send::chain;
use super::{FetchConfig, FetchError, Fetcher, turn_of};

/// Clients of sites with exceptions kept at once; the oldest goes first. A pipeline with more has given up on certificates.
const OWN_MAX: usize = 256;

/// Numbers given so far.
static NUMBERS: AtomicU64 = AtomicU64::new(0);

/// The exceptions of one site.
pub(super) struct Own {
    /// The site: a registrable domain.
    turn: String,
    /// Tells it from others of the same site.
    pub(super) number: u64,
    pub(super) exceptions: Exceptions,
    client: reqwest::Client,
}

impl Fetcher {
    /// The same fetcher with what a source may do on its own site, which is that of its URL.
    ///
    /// # Errors
    /// When its certificate authority cannot be read.
    pub fn for_source(&self, spec: &SourceSpec) -> Result<Self, FetchError> {
        let turn = Url::parse(&spec.url).map(|url| turn_of(&url)).unwrap_or_default();
        if spec.exceptions == Exceptions::default() || turn.is_empty() {
            return Ok(Self { own: None, ..self.clone() });
        }
        let kept = || self.shared.own.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().iter().find(|own| own.turn == turn && own.exceptions == spec.exceptions).cloned();
        let own = match known {
            Some(own) => own,
            None => {
                let lookup = Arc::clone(&self.shared.lookup);
                let client = client(&self.shared.config, lookup, &spec.exceptions)?;
                let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
                let own = Arc::new(Own { turn, number, exceptions: spec.exceptions.clone(), client });
                let mut kept = kept();
                if kept.len() >= OWN_MAX {
                    kept.remove(0);
                }
                kept.push(Arc::clone(&own));
                own
            }
        };
        Ok(Self { own: Some(own), ..self.clone() })
    }

    /// The exceptions that hold for a URL.
    pub(super) fn own(&self, url: &Url) -> Option<&Own> {
        self.own.as_deref().filter(|own| own.turn == turn_of(url))
    }

    /// The client that may be used for a URL.
    pub(super) fn client(&self, url: &Url) -> &reqwest::Client {
        self.own(url).map_or(&self.shared.client, |own| &own.client)
    }
}

/// A client that dials only what it may.
pub(super) fn client(
    config: &FetchConfig,
    lookup: Arc<dyn Lookup>,
    exceptions: &Exceptions,
) -> Result<reqwest::Client, FetchError> {
    let addresses = config.addresses.iter().chain(&exceptions.addresses).copied().collect();
    let resolver = GuardedResolver { hosts: config.hosts.clone(), addresses, lookup };
    let builder = reqwest::Client::builder()
        .user_agent(&config.user_agent)
        .redirect(reqwest::redirect::Policy::none())
        // A proxy from the environment would dial what we refuse.
        .no_proxy()
        .referer(false)
        .connect_timeout(config.connect_timeout)
        .read_timeout(config.silence_timeout)
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(Duration::from_secs(30))
        .dns_resolver(Arc::new(resolver));
    let builder = match &exceptions.tls {
        Tls::System => builder,
        Tls::AcceptInvalid => builder.tls_danger_accept_invalid_certs(true),
        // Only this authority: a pinned site is not to be had with a certificate of any other.
        Tls::Authority(pem) => builder.tls_certs_only(authority(pem)?),
    };
    let bad =
        |error: reqwest::Error| FetchError::BadUrl { url: config.user_agent.clone(), cause: chain(&error) };
    builder.build().map_err(bad)
}

fn authority(pem: &[u8]) -> Result<Vec<Certificate>, FetchError> {
    read_authority(pem)
        .map_err(|cause| FetchError::Broken { host: "its certificate authority".to_owned(), cause })
}

fn read_authority(pem: &[u8]) -> Result<Vec<Certificate>, String> {
    let read = Certificate::from_pem_bundle(pem).map_err(|error| chain(&error))?;
    if read.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    // Only a client looks into them.
    let tried = reqwest::Client::builder().tls_certs_only(read.clone()).build();
    tried.map(|_| read).map_err(|error| chain(&error))
}

/// Reads the certificates of an authority, in PEM.
///
/// # Errors
/// Says in words why there are none.
pub fn check_authority(pem: &[u8]) -> Result<(), String> {
    read_authority(pem).map(drop)
}
