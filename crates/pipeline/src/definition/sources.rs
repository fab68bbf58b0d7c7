//! What a pipeline file says of outlets and their sources.

use std::collections::{BTreeMap, BTreeSet};

use praden_crawl::fetch::check_authority;
use praden_model::{
    Exceptions, Outlet, OutletId, OutletKind, PageSelectors, SourceId, SourceKind, SourceSpec, Tls,
};

use super::Fault;
use super::reader::{self, Section};

pub(super) fn read_outlets(root: &Section<'_, '_>) -> BTreeMap<OutletId, Outlet> {
    let mut outlets = BTreeMap::new();
    for mut section in root.sections("outlet") {
        let id = section.required_text("id", "my-outlet").and_then(|id| {
            section.rename(format!("outlet.{id}"));
            section.parsed("id", &id, |id| OutletId::new(id).map_err(|error| error.to_string()))
        });
        let name_th = section.required_text("name_th", "ชื่อสำนักข่าว");
        let name_en = section.text("name_en");
        let homepage = section.text("homepage").unwrap_or_default();
        let kind = section
            .word("kind", &[("press", OutletKind::Press), ("official", OutletKind::Official)])
            .unwrap_or_default();
        if let (Some(id), Some(name_th)) = (id, name_th) {
            let name_en = name_en.unwrap_or_else(|| id.to_string());
            if outlets.contains_key(&id) {
                section.fault("id", format!("`{id}` is there twice"), "give each outlet an id of its own");
            }
            outlets.insert(id.clone(), Outlet { id, name_th, name_en, homepage, kind });
        }
        section.end();
    }
    outlets
}

pub(super) fn read_sources(
    root: &Section<'_, '_>,
    outlets: &BTreeMap<OutletId, Outlet>,
    open: &dyn Fn(&str) -> Result<String, Fault>,
    elsewhere: &mut Vec<Fault>,
) -> Vec<SourceSpec> {
    let (mut sources, mut ids) = (Vec::new(), BTreeSet::new());
    for mut section in root.sections("source") {
        let id = section.required_text("id", "my-outlet-rss").and_then(|id| {
            section.rename(format!("source.{id}"));
            section.parsed("id", &id, |id| SourceId::new(id).map_err(|error| error.to_string()))
        });
        if let Some(id) = &id
            && !ids.insert(id.clone())
        {
            section.fault("id", format!("`{id}` is there twice"), "give each source an id of its own");
        }
        let exceptions = read_exceptions(&section, open, elsewhere);
        sources.extend(read_source(&section, id, outlets, exceptions));
        section.end();
    }
    sources
}

fn read_source(
    section: &Section<'_, '_>,
    id: Option<SourceId>,
    outlets: &BTreeMap<OutletId, Outlet>,
    exceptions: Option<Exceptions>,
) -> Option<SourceSpec> {
    let outlet = section.required_text("outlet", "my-outlet").and_then(|outlet| {
        let known: Vec<&str> = outlets.keys().map(OutletId::as_str).collect();
        let found = outlets.keys().find(|id| id.as_str() == outlet).cloned();
        if found.is_none() {
            let hint = match reader::nearest(&outlet, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add an [[outlet]] with `id = \"{outlet}\"`"),
            };
            section.fault("outlet", format!("`{outlet}` is not defined"), hint);
        }
        found
    });
    let kinds =
        [("feed", SourceKind::Feed), ("sitemap", SourceKind::Sitemap), ("listing", SourceKind::Listing)];
    let kind = section.word("kind", &kinds).unwrap_or(SourceKind::Feed);
    let url = section.required_text("url", "https://www.example.org/rss").and_then(|url| {
        section.parsed("url", &url, |url| {
            praden_model::CanonicalUrl::parse(url)
                .map(|_| url.trim().to_owned())
                .map_err(|error| error.to_string())
        })
    });
    let disabled = section.text("disabled");
    if disabled.as_deref().is_some_and(|reason| reason.trim().is_empty()) {
        section.fault(
            "disabled",
            "is empty",
            "say why the source is not read, or take the line away to read it",
        );
    }
    let every_minutes = section.number("every_minutes", 1..=60 * 24 * 7).unwrap_or(15);
    let fetch_pages = section.switch("fetch_pages").unwrap_or(true);
    let pages_per_poll_max = section.number("pages_per_poll_max", 1..=5_000).unwrap_or(100);
    let selector_section = section.section("selectors");
    let selectors = read_selectors(&selector_section);
    if kind == SourceKind::Listing && !selector_section.has("links") && disabled.is_none() {
        section.fault(
            "selectors",
            "a listing page needs to know which links are articles",
            "add `selectors.links = \"h2 a\"`",
        );
    }
    if kind != SourceKind::Feed && !fetch_pages {
        section.fault("fetch_pages", "only a feed brings text of its own", "take `fetch_pages = false` away");
    }
    Some(SourceSpec {
        id: id?,
        outlet: outlet?,
        kind,
        url: url?,
        disabled,
        every_s: every_minutes * 60,
        fetch_pages,
        selectors,
        pages_per_poll_max,
        exceptions: exceptions?,
    })
}

/// What the source may do that others may not: nothing, where nothing is written.
fn read_exceptions(
    section: &Section<'_, '_>,
    open: &dyn Fn(&str) -> Result<String, Fault>,
    elsewhere: &mut Vec<Fault>,
) -> Option<Exceptions> {
    let accepted = section.word("tls", &[("system", false), ("accept-invalid", true)]).unwrap_or(false);
    let tls = match section.text("tls_authority") {
        None if accepted => Tls::AcceptInvalid,
        None => Tls::System,
        Some(_) if accepted => {
            section.fault(
                "tls_authority",
                "says whose certificates count, and `tls = \"accept-invalid\"` that any does",
                "take one of the two away",
            );
            return None;
        }
        Some(file) => {
            let pem = open(&file).map_err(|fault| elsewhere.push(fault)).ok()?.into_bytes();
            section.parsed("tls_authority", &file, |file| {
                check_authority(&pem).map_err(|cause| {
                    format!(
                        "`{file}` is no certificate authority in PEM (`-----BEGIN CERTIFICATE-----`): {cause}"
                    )
                })
            })?;
            Tls::Authority(pem)
        }
    };
    let addresses = section.list("allow_addresses", "an address such as \"10.0.0.5\"");
    Some(Exceptions { tls, addresses, ports: section.list("allow_ports", "a port such as \"8443\"") })
}

fn read_selectors(section: &Section<'_, '_>) -> PageSelectors {
    let selector = |key: &'static str| {
        let text = section.text(key)?;
        section.parsed(key, &text, |text| {
            praden_crawl::listing::check_selector(text)
                .map(|()| text.to_owned())
                .map_err(|error| error.to_string())
        })
    };
    let selectors = PageSelectors {
        links: selector("links"),
        title: selector("title"),
        body: selector("body"),
        date: selector("date"),
    };
    section.check_keys();
    selectors
}
