//! What `praden-query` promises for any text: a tree whose canonical text means the same, or an error that points inside.

use jiff::Timestamp;
use praden_query::parse;

use super::Target;

const WORDS: &[&str] = &[
    " AND ",
    " OR ",
    " NOT ",
    " และ ",
    " หรือ ",
    " ไม่ ",
    " and ",
    " NEAR/3 ",
    " ONEAR/9 ",
    " NEAR ",
    "(",
    ")",
    "\"",
    "“",
    "”",
    "„",
    "＂",
    "\"\"",
    "'",
    "=",
    "=\"",
    "*",
    "?",
    ":",
    "title:",
    "text:",
    "outlet:",
    "source:",
    "agency:",
    "story:st-1",
    "rule:",
    "kind:safety",
    "place:loei",
    "lang:th",
    "author:",
    "url:https://example.com/a*",
    "url:urn:praden:a:1",
    "date:",
    "2568-07",
    "7d",
    "today",
    "..",
    "น้ำท่วม",
    "และไม่",
    "NEAR5",
    "เเ",
    "ก.พ.",
    "\u{200B}",
    "\u{A0}",
    "\u{301}",
    "๒๕๖๘",
    "\0",
    "İ",
    "-",
    "+",
    "!",
    "~",
    "^",
    "\\",
];

const SEEDS: &[&str] = &[
    "น้ำท่วม NEAR/5 (เตือน OR ระวัง) date:7d",
    "title:(fl*od OR gr?y) NOT =\"ก.พ. 2568\"",
    "ฝน และ ไม่ ลม หรือ \"heavy rain\" ONEAR/2 aa*",
    "\"ย้ำ “ไม่” ออก\" =\"\"\"ก\"\" “ข”\" =“ไม่ลาออก” OR „aa“",
    "outlet:(a OR b) url:https://example.com/x_(y)* date:2568-07-01..2568-07-31",
];

/// The targets of this crate.
pub(super) fn targets() -> Vec<Target> {
    vec![Target {
        name: "query-parse",
        run: reads,
        fixtures: &[],
        seeds: SEEDS,
        words: WORDS,
        bytes_max: 2_000,
    }]
}

/// Parses what may be a query.
///
/// # Panics
/// When what was understood is not what its canonical text says, or an error points outside.
pub fn reads(bytes: &[u8]) {
    let query = String::from_utf8_lossy(bytes);
    let now = Timestamp::UNIX_EPOCH;
    match parse(&query, now) {
        Ok(understood) => {
            let canonical = understood.tree.to_string();
            let again = parse(&canonical, now);
            let tree = &understood.tree;
            for offered in [tree.with_letters(), tree.denying_letters()].into_iter().flatten() {
                let text = offered.to_string();
                assert_eq!(
                    parse(&text, now).map(|query| query.tree),
                    Ok(offered),
                    "what is offered {text:?}"
                );
            }
            assert_eq!(again.map(|query| query.tree), Ok(understood.tree), "canonical text {canonical:?}");
        }
        Err(error) => {
            assert!(query.get(error.at.clone()).is_some(), "{error} points outside");
            assert!(!error.problem.hint().is_empty() && error.column >= 1);
            assert!(
                error.understood.is_empty() || parse(&error.understood, now).is_ok(),
                "{}",
                error.understood
            );
        }
    }
}
