//! Parameters of a request, read strictly: what is not understood is said, never passed over.
//!
//! A reader that writes `aftre=7` must not be given the log from its beginning in silence.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use url::form_urlencoded;

/// The parameters of one request. Each faulty one gives one sentence.
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads what follows the `?`.
    pub(crate) fn parse(query: Option<&str>, known: &[&str]) -> Result<Self, String> {
        let mut params: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or("").as_bytes()) {
            if !known.contains(&&*name) {
                return Err(format!(
                    "parameter `{}` is not known here: there are {}",
                    short(&name),
                    known.join(", ")
                ));
            }
            if params.iter().any(|(other, _)| *other == name) {
                return Err(format!("parameter `{name}` is given twice: give it once"));
            }
            params.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(params))
    }

    /// Reads what follows the `?` of a page's address. Addresses are decorated on their way, by messengers for instance:
    /// what is not known is passed over, and of what is given twice the first counts.
    pub(crate) fn of_page(query: Option<&str>, known: &[&str]) -> Self {
        let given = form_urlencoded::parse(query.unwrap_or("").as_bytes());
        let known = given.filter(|(name, _)| known.contains(&&**name));
        Self(known.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The value as given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// A whole number in a range.
    pub(crate) fn number<N>(&self, name: &str, range: RangeInclusive<N>) -> Result<Option<N>, String>
    where
        N: FromStr + PartialOrd + Display,
    {
        let Some(value) = self.text(name) else { return Ok(None) };
        match value.parse::<N>() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(format!(
                "parameter `{name}` is `{}`: give a whole number from {} to {}",
                short(value),
                range.start(),
                range.end()
            )),
        }
    }

    /// `true` or `false`; absent is false.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, String> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(value) => Err(format!("parameter `{name}` is `{}`: give `true` or `false`", short(value))),
        }
    }

    /// A list with commas, each item read by `read`.
    pub(crate) fn list<T>(
        &self,
        name: &str,
        known: &[&str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, String> {
        let items = self.text(name).unwrap_or("").split(',').map(str::trim).filter(|item| !item.is_empty());
        items
            .map(|item| {
                read(item).ok_or_else(|| {
                    format!(
                        "parameter `{name}` has `{}`: give any of {}, with commas between",
                        short(item),
                        known.join(", ")
                    )
                })
            })
            .collect()
    }
}

/// A value as far as a sentence can hold it.
fn short(value: &str) -> String {
    const CHARS_MAX: usize = 60;
    let mut short: String =
        value.chars().take(CHARS_MAX).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if value.chars().nth(CHARS_MAX).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: std::fmt::Debug + PartialEq>(
        query: &str,
        read: impl Fn(&Params) -> Result<T, String>,
        want: Result<T, &str>,
    ) {
        let got = Params::parse(Some(query), &["after", "limit", "follow", "state"])
            .and_then(|params| read(&params));
        assert_eq!(got, want.map_err(str::to_owned), "{query:?}");
    }

    #[test]
    fn numbers_say_what_would_work() {
        let read = |params: &Params| params.number("limit", 1..=1000_u32);
        check("", read, Ok(None));
        check("limit=7", read, Ok(Some(7)));
        check("limit=%37", read, Ok(Some(7)));
        check("limit=0", read, Err("parameter `limit` is `0`: give a whole number from 1 to 1000"));
        check("limit=", read, Err("parameter `limit` is ``: give a whole number from 1 to 1000"));
        check("limit=-1", read, Err("parameter `limit` is `-1`: give a whole number from 1 to 1000"));
        check("limit=7.5", read, Err("parameter `limit` is `7.5`: give a whole number from 1 to 1000"));
        check(
            "limit=99999999999999999999",
            read,
            Err("parameter `limit` is `99999999999999999999`: give a whole number from 1 to 1000"),
        );
        check("limit=%00", read, Err("parameter `limit` is `\u{FFFD}`: give a whole number from 1 to 1000"));
    }

    #[test]
    fn unknown_and_doubled_parameters_are_named() {
        let read = |params: &Params| params.flag("follow");
        check("follow=true", read, Ok(true));
        check("follow=false", read, Ok(false));
        check("follow=1", read, Err("parameter `follow` is `1`: give `true` or `false`"));
        check(
            "folow=true",
            read,
            Err("parameter `folow` is not known here: there are after, limit, follow, state"),
        );
        check("limit=1&limit=2", read, Err("parameter `limit` is given twice: give it once"));
    }

    #[test]
    fn lists_name_the_item_that_is_wrong() {
        let read = |params: &Params| {
            params.list("state", &["a", "b"], |item| ["a", "b"].iter().position(|known| *known == item))
        };
        check("state=b,a", read, Ok(vec![1, 0]));
        check("state=", read, Ok(vec![]));
        check("state=a,c", read, Err("parameter `state` has `c`: give any of a, b, with commas between"));
    }
}
