//! The canonical form of a URL: what makes two links the same article.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// An absolute http or https URL in the one form under which an article is known.
///
/// Made by [`CanonicalUrl::parse`], which drops what does not name the article: fragment, default port, user
/// information and tracking parameters. Scheme, path and the other parameters stay as they are, because guessing about
/// them merges articles that differ.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct CanonicalUrl(String);

/// A link that cannot name an article.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is not a URL at all.
    #[error("`{0}` is not an absolute URL: expected http:// or https:// and a host")]
    NotAbsolute(String),
    /// It is a URL of another scheme, such as `javascript:` or `mailto:`.
    #[error("`{0}` is not http or https")]
    Scheme(String),
    /// It is longer than [`CanonicalUrl::BYTES_MAX`].
    #[error("a URL of {0} bytes is over the limit of {max}", max = CanonicalUrl::BYTES_MAX)]
    TooLong(usize),
}

/// Parameters that say how a reader came, not what is read. Whole names, lower case.
const TRACKING: &[&str] = &[
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "srsltid",
    "msclkid",
    "yclid",
    "twclid",
    "ttclid",
    "igshid",
    "igsh",
    "mibextid",
    "li_fat_id",
    "line_share",
    "line_id",
    "mc_cid",
    "mc_eid",
    "_ga",
    "_gl",
    "fb_action_ids",
    "fb_action_types",
    "fb_source",
    "_openstat",
    "vero_id",
    "spm",
    "ref_src",
    "ref_url",
    "__twitter_impression",
    "__cft__",
    "__tn__",
];

/// The same for families of names: everything that starts like this.
const TRACKING_PREFIXES: &[&str] =
    &["utm_", "hsa_", "pk_", "mtm_", "at_medium", "at_campaign", "__cft__[", "__tn__["];

impl CanonicalUrl {
    /// The longest URL taken. Browsers and caches stop near 2 kB; Thai letters take nine bytes each when escaped.
    pub const BYTES_MAX: usize = 4096;

    /// Reads an absolute URL and brings it to canonical form.
    ///
    /// # Errors
    /// When it is not absolute, not http or https, or too long.
    pub fn parse(link: &str) -> Result<Self, UrlError> {
        let link = link.trim();
        if link.len() > Self::BYTES_MAX {
            return Err(UrlError::TooLong(link.len()));
        }
        let mut url = ::url::Url::parse(link).map_err(|_| UrlError::NotAbsolute(link.to_owned()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlError::Scheme(link.to_owned()));
        }
        url.set_fragment(None);
        // Neither can fail for http and https, which always have a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        // The URL crate has already lowered the host, dropped a default port and escaped the path. Dots that end the
        // host name the same host.
        if let Some(host) = url.host_str().filter(|host| host.ends_with('.')) {
            let host = host.trim_end_matches('.').to_owned();
            let _ = url.set_host(Some(&host));
        }
        if let Some(query) = url.query().map(str::to_owned) {
            // Cut pair by pair on the written form: decoding and encoding again would change what stays.
            let kept: Vec<&str> = query
                .split('&')
                .filter(|pair| !pair.is_empty() && !is_tracking(pair.split('=').next().unwrap_or("")))
                .collect();
            url.set_query((!kept.is_empty()).then(|| kept.join("&")).as_deref());
        }
        Ok(Self(url.into()))
    }

    /// The name under which an article without a URL is known: an archive's own identifier.
    pub fn for_archive_id(archive: &str, id: &str) -> Self {
        let mut url = String::from("urn:praden:");
        for part in [archive, ":", id] {
            for byte in part.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b':' => {
                        url.push(char::from(byte));
                    }
                    other => url.push_str(&format!("%{other:02X}")),
                }
            }
        }
        Self(url)
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host, or an empty string for the name of an archived article.
    pub fn host(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', ':']).next().unwrap_or(""))
    }
}

fn is_tracking(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TRACKING.contains(&name.as_str()) || TRACKING_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

impl fmt::Display for CanonicalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CanonicalUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What was written by us is canonical already, the names of archived articles too.
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(link: &str, want: &str) {
        let got = CanonicalUrl::parse(link).map_or_else(|error| error.to_string(), |url| url.to_string());
        assert_eq!(got, want, "{link}");
        if let Ok(url) = CanonicalUrl::parse(link) {
            assert_eq!(CanonicalUrl::parse(url.as_str()), Ok(url), "a canonical URL stays as it is");
        }
    }

    #[test]
    fn what_does_not_name_the_article_goes() {
        check("https://News.Example.COM:443/a#top", "https://news.example.com/a");
        check("http://user:secret@example.com./a", "http://example.com/a");
        check("https://example.com/a?utm_source=line&id=7&fbclid=x", "https://example.com/a?id=7");
        check("https://example.com/a?UTM_Campaign=x", "https://example.com/a");
        check("https://example.com/a?id=%E0%B8%81&&x", "https://example.com/a?id=%E0%B8%81&x");
        check("  https://example.com/ข่าว/1 ", "https://example.com/%E0%B8%82%E0%B9%88%E0%B8%B2%E0%B8%A7/1");
    }

    #[test]
    fn what_may_name_the_article_stays() {
        check("https://example.com/a/?page=2&id=1", "https://example.com/a/?page=2&id=1");
        check("http://www.example.com/A.aspx?ID=1", "http://www.example.com/A.aspx?ID=1");
        check("https://example.com/?ref=123", "https://example.com/?ref=123");
    }

    #[test]
    fn what_is_no_link_is_refused_by_name() {
        check("/news/1", "`/news/1` is not an absolute URL: expected http:// or https:// and a host");
        check("javascript:alert(1)", "`javascript:alert(1)` is not http or https");
        check(
            &format!("https://example.com/{}", "a".repeat(5000)),
            "a URL of 5020 bytes is over the limit of 4096",
        );
    }

    #[test]
    fn archived_articles_have_names_too() {
        let name = CanonicalUrl::for_archive_id("afnc", "ก 1");
        assert_eq!(name.as_str(), "urn:praden:afnc:%E0%B8%81%201");
        assert_eq!(name.host(), "");
        assert_eq!(
            CanonicalUrl::parse("http://a.example:81/x").map(|url| url.host().to_owned()).as_deref(),
            Ok("a.example")
        );
    }
}
