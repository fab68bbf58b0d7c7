//! robots.txt as RFC 9309 says, and as crawlers in use read it where the RFC is silent.
//!
//! The decision names the rule and its line, so that it can be shown to the outlet. Fetching the file, and what a
//! missing or failing one means, are left to [`crate::fetch`].
//!
//! ```
//! use praden_crawl::robots::Robots;
//!
//! let robots = Robots::parse(b"User-agent: *\nDisallow: /admin\nAllow: /admin/news\n");
//! assert!(!robots.check("praden", "https://a.example/admin/x").allowed);
//! let news = robots.check("praden", "https://a.example/admin/news/1");
//! assert_eq!((news.allowed, news.line), (true, Some(3)));
//! ```

use serde::Serialize;

/// How much of a file is read. RFC 9309 section 2.5 asks for at least 500 KiB.
pub const ROBOTS_BYTES_MAX: usize = 512 * 1024;

/// How much of a line is read: eight times the longest URL that browsers take.
const LINE_BYTES_MAX: usize = 2083 * 8;

/// The longest wait between two requests that is obeyed, in seconds. Beyond it a file asks for no crawling in an odd way.
const DELAY_S_MAX: f32 = 60.0;

/// A robots.txt file, read once and asked often.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Robots {
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq)]
struct Line {
    number: u32,
    key: Key,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    UserAgent,
    Allow,
    Disallow,
    CrawlDelay,
    Sitemap,
    Other,
}

/// Whether a URL may be fetched, and which rule says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RobotsVerdict {
    /// Whether it may.
    pub allowed: bool,
    /// The rule that decided, as written; none when no rule matches.
    pub rule: Option<String>,
    /// Its line, from 1.
    pub line: Option<u32>,
}

impl Robots {
    /// Reads a file. Never fails: lines that mean nothing are passed over.
    pub fn parse(bytes: &[u8]) -> Self {
        let bytes = bytes.get(..ROBOTS_BYTES_MAX.min(bytes.len())).unwrap_or_default();
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        let lines = text
            .split(['\n', '\r'])
            .zip(1_u32..)
            .filter_map(|(line, number)| Line::parse(line, number))
            .collect();
        Self { lines }
    }

    /// Whether `agent` may fetch `url`. Of the agent only its product token counts, what stands before a `/`; one that
    /// is not letters, `_` and `-` is named by no group. `url` is taken as it goes over the wire: escaped.
    ///
    /// The longest matching rule decides; of two that are as long, the one that allows. Groups that name the agent
    /// replace the group for `*`.
    pub fn check(&self, agent: &str, url: &str) -> RobotsVerdict {
        let path = path_of(url);
        let agent = own_token(agent);
        let mut best = [Best::default(); 2];
        let mut specific_seen = false;
        self.in_groups(agent, |line, groups| {
            specific_seen |= groups.specific;
            let allow = match line.key {
                Key::Allow => true,
                Key::Disallow => false,
                _ => return,
            };
            let length = matched_length(&path, &line.value, allow);
            for (best, wanted) in best.iter_mut().zip([groups.specific, groups.global]) {
                if wanted {
                    best.offer(length, allow, line);
                }
            }
        });
        // A group that names the agent counts even when it has no rule.
        specific_seen |= self
            .lines
            .iter()
            .any(|line| line.key == Key::UserAgent && names(&line.value, agent) == Named::Specific);
        let [specific, global] = best;
        let best = if specific_seen { specific } else { global };
        best.verdict()
    }

    /// Seconds between two requests that the file asks of `agent`, not in the RFC but in many files.
    pub fn crawl_delay_s(&self, agent: &str) -> Option<f32> {
        let agent = own_token(agent);
        let (mut specific, mut global) = (None, None);
        self.in_groups(agent, |line, groups| {
            if line.key == Key::CrawlDelay
                && let Some(delay) =
                    line.value.parse().ok().filter(|delay: &f32| delay.is_finite() && *delay > 0.0)
            {
                if groups.specific {
                    specific = specific.or(Some(delay));
                } else if groups.global {
                    global = global.or(Some(delay));
                }
            }
        });
        specific.or(global).map(|delay| delay.min(DELAY_S_MAX))
    }

    /// The sitemaps that the file names.
    pub fn sitemaps(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(|line| line.key == Key::Sitemap).map(|line| line.value.as_str())
    }

    /// Calls `act` for every line that is not a user agent, with the groups it stands in.
    fn in_groups<'a>(&'a self, agent: &str, mut act: impl FnMut(&'a Line, Groups)) {
        let mut groups = Groups::default();
        let mut after_rule = false;
        for line in &self.lines {
            match line.key {
                Key::UserAgent => {
                    if after_rule {
                        groups = Groups::default();
                        after_rule = false;
                    }
                    match names(&line.value, agent) {
                        Named::Specific => groups.specific = true,
                        Named::Global => groups.global = true,
                        Named::Other => {}
                    }
                }
                key => {
                    // Only rules end a list of agents: sitemaps and unknown lines may stand between two of them.
                    after_rule |= matches!(key, Key::Allow | Key::Disallow);
                    act(line, groups);
                }
            }
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Groups {
    specific: bool,
    global: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Specific,
    Global,
    Other,
}

fn names(value: &str, agent: &str) -> Named {
    let mut letters = value.chars();
    if letters.next() == Some('*') && letters.next().is_none_or(char::is_whitespace) {
        return Named::Global;
    }
    let token = product_token(value);
    if !token.is_empty() && token.eq_ignore_ascii_case(agent) { Named::Specific } else { Named::Other }
}

/// The token of the crawler that asks, or nothing when it has none that a group could name.
fn own_token(agent: &str) -> &str {
    let token = agent.split('/').next().unwrap_or("");
    if product_token(token) == token { token } else { "" }
}

fn product_token(agent: &str) -> &str {
    let end = agent.find(|c: char| !(c.is_ascii_alphabetic() || c == '_' || c == '-')).unwrap_or(agent.len());
    agent.get(..end).unwrap_or("")
}

/// The longest rule of each kind.
#[derive(Clone, Copy, Default)]
struct Best<'a> {
    allow: Option<(usize, &'a Line)>,
    disallow: Option<(usize, &'a Line)>,
}

impl<'a> Best<'a> {
    fn offer(&mut self, length: Option<usize>, allow: bool, line: &'a Line) {
        let slot = if allow { &mut self.allow } else { &mut self.disallow };
        if let Some(length) = length
            && slot.is_none_or(|(longest, _)| length > longest)
        {
            *slot = Some((length, line));
        }
    }

    fn verdict(self) -> RobotsVerdict {
        // A rule without a path matches nothing.
        let length = |rule: Option<(usize, &Line)>| rule.map_or(0, |(length, _)| length);
        let (allow, disallow) = (length(self.allow), length(self.disallow));
        let allowed = disallow <= allow;
        let rule = if allowed { self.allow } else { self.disallow };
        let line = rule.filter(|(length, _)| *length > 0).map(|(_, line)| line);
        RobotsVerdict {
            allowed,
            rule: line.map(|line| format!("{}: {}", if allowed { "allow" } else { "disallow" }, line.value)),
            line: line.map(|line| line.number),
        }
    }
}

impl Line {
    fn parse(line: &str, number: u32) -> Option<Self> {
        let line = line.get(..line.floor_char_boundary(LINE_BYTES_MAX))?;
        let line = line.split('#').next().unwrap_or("").trim();
        let (key, value) = match line.split_once(':') {
            Some((key, value)) => (key.trim(), value.trim()),
            // The colon is often forgotten; then there must be exactly two words.
            None => {
                let (key, value) = line.split_once(char::is_whitespace)?;
                let value = value.trim();
                (!value.contains(char::is_whitespace)).then_some((key, value))?
            }
        };
        let key = match key.to_ascii_lowercase().as_str() {
            "user-agent" | "useragent" | "user agent" => Key::UserAgent,
            "allow" => Key::Allow,
            // The misspellings that crawlers in use accept.
            "disallow" | "dissallow" | "dissalow" | "disalow" | "diasllow" | "disallaw" => Key::Disallow,
            "crawl-delay" => Key::CrawlDelay,
            "sitemap" | "site-map" => Key::Sitemap,
            _ => Key::Other,
        };
        let value = if matches!(key, Key::Allow | Key::Disallow) { escape(value) } else { value.to_owned() };
        Some(Self { number, key, value })
    }
}

/// The path and query of a URL, of whatever is given as one.
fn path_of(url: &str) -> String {
    let start = if url.starts_with("//") { 2 } else { 0 };
    let rest = url.get(start..).unwrap_or("");
    let early = rest.find(['/', '?', ';']);
    let after_scheme = match rest.find("://") {
        Some(at) if early.is_none_or(|early| early >= at) => at + 3,
        _ => 0,
    };
    let rest = rest.get(after_scheme..).unwrap_or("");
    let Some(path) = rest.find(['/', '?', ';']) else { return "/".to_owned() };
    let end = rest.find('#').unwrap_or(rest.len());
    match rest.get(path..end) {
        Some(path) if path.starts_with('/') => path.to_owned(),
        Some(path) => format!("/{path}"),
        // The fragment comes first: there is no path.
        None => "/".to_owned(),
    }
}

/// Escapes what is beyond ASCII, and writes the escapes that are there in capitals.
fn escape(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = String::with_capacity(path.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex =
            bytes.get(at + 1..at + 3).filter(|hex| byte == b'%' && hex.iter().all(u8::is_ascii_hexdigit));
        if let Some(hex) = hex {
            out.push('%');
            out.extend(hex.iter().map(|digit| char::from(digit.to_ascii_uppercase())));
            at += 3;
            continue;
        }
        if byte.is_ascii() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        at += 1;
    }
    out
}

/// The length of the rule, if it matches the path.
fn matched_length(path: &str, pattern: &str, allow: bool) -> Option<usize> {
    if matches(path, pattern) {
        return Some(pattern.len());
    }
    // Who allows an index page allows the folder that it stands for.
    let (folder, file) = pattern.rsplit_once('/').filter(|_| allow)?;
    if file.starts_with("index.htm") {
        let folder = format!("{folder}/$");
        return matches(path, &folder).then_some(folder.len());
    }
    None
}

/// Matches a path from its start: `*` stands for anything, `$` at the end for the end.
///
/// Keeps the set of positions reached, so that hostile patterns cost their length times the path's and no more.
fn matches(path: &str, pattern: &str) -> bool {
    let (pattern, anchored) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let path = path.as_bytes();
    let mut parts = pattern.as_bytes().split(|byte| *byte == b'*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let parts: Vec<&[u8]> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return !anchored || rest.is_empty() };
    // The leftmost place of each part is always the best one: it leaves the most for the parts after it.
    for part in middle {
        let Some(at) = find(rest, part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    if anchored { rest.ends_with(last) } else { find(rest, last).is_some() }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    if needle.is_empty() {
        Some(0)
    } else {
        haystack.windows(needle.len()).position(|window| window == needle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rules: &str, path: &str, allowed: bool, line: Option<u32>) {
        let got = Robots::parse(rules.as_bytes()).check("praden/1.0", &format!("https://a.example{path}"));
        assert_eq!((got.allowed, got.line), (allowed, line), "{path} under {rules:?}: {got:?}");
    }

    #[test]
    fn the_longest_rule_decides_and_a_tie_allows() {
        check("user-agent: *\ndisallow: /a\nallow: /a/b", "/a/b/c", true, Some(3));
        check("user-agent: *\ndisallow: /a/b\nallow: /a", "/a/b/c", false, Some(2));
        check("user-agent: *\ndisallow: /a\nallow: /a", "/a", true, Some(3));
        check("user-agent: *\ndisallow:", "/a", true, None);
        check("", "/a", true, None);
    }

    #[test]
    fn a_group_that_names_the_agent_replaces_the_one_for_all() {
        let rules = "User-agent: *\nDisallow: /\n\nUser-Agent: Other\nUser-agent: PRADEN\nDisallow: /x\n";
        check(rules, "/a", true, None);
        check(rules, "/x/1", false, Some(6));
        check("user-agent: praden-news\ndisallow: /", "/", true, None);
        check("user-agent: *\ndisallow: /\nuser-agent: praden\nsitemap: x", "/", true, None);
    }

    #[test]
    fn patterns_and_thai_paths_are_understood() {
        check("user-agent: *\ndisallow: /*.pdf$", "/a/b.pdf", false, Some(2));
        check("user-agent: *\ndisallow: /*.pdf$", "/a/b.pdf?x", true, None);
        check("user-agent: *\ndisallow: /*/print", "/news/1/print/", false, Some(2));
        check("user-agent: *\ndisallow: /ข่าว", "/%E0%B8%82%E0%B9%88%E0%B8%B2%E0%B8%A7/1", false, Some(2));
        check("user-agent: *\ndisallow: /?s=", "/?s=x#y", false, Some(2));
    }

    #[test]
    fn carelessly_written_files_are_understood() {
        check("\u{FEFF}user-agent: *\r\n\r\ndisallow: /a # not here\r\n", "/a", false, Some(3));
        check("user-agent *\ndisallow /a", "/a", false, Some(2));
        check("disallow: /", "/a", true, None);
        check("<html><body>404</body></html>", "/a", true, None);
    }

    #[test]
    fn delays_and_sitemaps_are_found() {
        let robots = Robots::parse(b"sitemap: https://a.example/s.xml\nuser-agent: *\ncrawl-delay: 5\ndisallow: /x\nuser-agent: bot\ncrawl-delay: 900");
        assert_eq!(robots.crawl_delay_s("praden"), Some(5.0));
        assert_eq!(robots.crawl_delay_s("bot"), Some(60.0));
        assert_eq!(robots.sitemaps().collect::<Vec<_>>(), ["https://a.example/s.xml"]);
    }

    proptest::proptest! {
        #[test]
        fn any_file_is_read(bytes: Vec<u8>, url: String) {
            Robots::parse(&bytes).check("praden", &url);
        }

        #[test]
        fn a_pattern_matches_what_it_was_made_from(parts in proptest::collection::vec("[a-z/]{0,4}", 1..5), fill in "[a-z/]{0,4}") {
            let path = format!("/{}", parts.join(&fill));
            let pattern = format!("/{}$", parts.join("*"));
            proptest::prop_assert!(matches(&path, &pattern), "{path} {pattern}");
        }
    }
}
