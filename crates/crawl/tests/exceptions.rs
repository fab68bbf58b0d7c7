//! What a source may do that others may not, against real servers on loopback, one of them with a certificate of its own making.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests say what failed by failing"
)]

mod world;

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::routing::get;
use praden_crawl::fetch::{Accept, FetchConfig, FetchRequest, Fetcher, Lookup, check_authority};
use praden_model::{Exceptions, OutletId, PageSelectors, PollFailure, SourceId, SourceKind, SourceSpec, Tls};
use world::tls::serve_tls;
use world::{NOW, TestClock, config, serve};

fn source(url: &str, exceptions: Exceptions) -> SourceSpec {
    SourceSpec {
        id: SourceId::new("office").unwrap(),
        outlet: OutletId::new("office").unwrap(),
        kind: SourceKind::Feed,
        url: url.to_owned(),
        disabled: None,
        every_s: 900,
        fetch_pages: true,
        selectors: PageSelectors::default(),
        pages_per_poll_max: 10,
        exceptions,
    }
}

/// What a fetch gives: the body, or the name of its failure.
async fn answer(fetcher: &Fetcher, url: &str) -> String {
    match fetcher.fetch(&FetchRequest::new(url, Accept::Page)).await {
        Ok(fetched) => String::from_utf8(fetched.body).unwrap(),
        Err(error) => error.failure().name().to_owned(),
    }
}

#[tokio::test]
async fn certificates_are_judged_as_the_source_says() {
    let office = || serve_tls("office.go.th", Router::new().fallback(get(|| async { "yes" })));
    let (address, authority) = office().await;
    let (_, other_authority) = office().await;
    let hosts = [("office.go.th", address), ("www.office.go.th", address), ("stranger.example", address)];
    let fetcher = Fetcher::new(config(&hosts), TestClock::at(NOW)).unwrap();
    let url = "https://office.go.th/";
    let refused = PollFailure::Unreachable.name();
    assert_eq!(answer(&fetcher, url).await, refused, "nobody knows who signed it");

    let with = |tls| fetcher.for_source(&source(url, Exceptions { tls, ..Exceptions::default() })).unwrap();
    let trusting = with(Tls::AcceptInvalid);
    assert_eq!(answer(&trusting, url).await, "yes");
    assert_eq!(answer(&trusting, "https://www.office.go.th/").await, "yes", "any name of its site");
    assert_eq!(answer(&trusting, "https://stranger.example/").await, refused, "and of no other");

    let pinned = with(Tls::Authority(authority));
    assert_eq!(answer(&pinned, url).await, "yes");
    assert_eq!(answer(&pinned, "https://www.office.go.th/").await, refused, "the name is checked");
    assert_eq!(answer(&with(Tls::Authority(other_authority)), url).await, refused);
    assert_eq!(
        answer(&with(Tls::System), url).await,
        refused,
        "the exceptions of one source are not another's"
    );
    assert!(
        fetcher
            .for_source(&source(url, Exceptions { tls: Tls::Authority(vec![1]), ..Exceptions::default() }))
            .is_err()
    );
}

#[test]
fn an_authority_is_certificates_in_pem() {
    for text in ["", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "ใบรับรอง"] {
        assert!(check_authority(text.as_bytes()).is_err(), "{text:?}");
    }
    let key = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).unwrap();
    assert_eq!(check_authority(key.cert.pem().as_bytes()), Ok(()));
}

/// Every name is at this address.
struct Everywhere(IpAddr);

#[async_trait]
impl Lookup for Everywhere {
    async fn lookup(&self, _host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(vec![self.0])
    }
}

#[tokio::test]
async fn addresses_and_ports_are_allowed_to_one_source_on_its_own_site() {
    let at = serve(Router::new().fallback(get(|| async { "yes" }))).await;
    let config =
        FetchConfig { delay_min: std::time::Duration::ZERO, ..FetchConfig::new("test@desk.example") };
    let fetcher = Fetcher::with_lookup(config, TestClock::at(NOW), Arc::new(Everywhere(at.ip()))).unwrap();
    let by_name = format!("http://intranet.example:{}/", at.port());
    let by_number = format!("http://{at}/");
    let with = |url: &str, addresses: &[IpAddr], ports: &[u16]| {
        let exceptions =
            Exceptions { addresses: addresses.to_vec(), ports: ports.to_vec(), ..Exceptions::default() };
        fetcher.for_source(&source(url, exceptions)).unwrap()
    };
    let refused = PollFailure::AddressForbidden.name();
    for url in [&by_name, &by_number] {
        assert_eq!(answer(&fetcher, url).await, refused);
        assert_eq!(answer(&with(url, &[at.ip()], &[]), url).await, refused, "its port is not allowed");
        assert_eq!(answer(&with(url, &[], &[at.port()]), url).await, refused, "its address is not allowed");
        let allowed = with(url, &[at.ip()], &[at.port()]);
        assert_eq!(answer(&allowed, url).await, "yes");
        let elsewhere = format!("http://elsewhere.example:{}/", at.port());
        assert_eq!(answer(&allowed, &elsewhere).await, refused, "another site");
    }
}
