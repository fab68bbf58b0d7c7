//! Bytes to text, when the declared encoding may be missing or wrong.
//!
//! Browsers believe the declaration, and so turn a third of what Thai servers send into mojibake. Here the bytes speak
//! first: text that is valid UTF-8 is UTF-8 whatever it says of itself; after that a declaration counts if the bytes
//! fit it; after that the bytes are asked by statistics. Decoding never fails: what cannot be read becomes U+FFFD and
//! a warning. What the text *means* is left to the other modules.
//!
//! ```
//! use praden_crawl::decode::{decode, DocumentKind};
//!
//! let bytes = b"<html><meta charset=cp874>\xa2\xe8\xd2\xc7";
//! let decoded = decode(bytes, Some("text/html; charset=utf-8"), DocumentKind::Html);
//! assert!(decoded.text.ends_with("ข่าว"));
//! assert_eq!(decoded.charset, "windows-874");
//! ```

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_874};
use praden_model::Warning;
use serde::Serialize;

/// How far into a document a declaration is looked for. The standard says 1,024 bytes; pages with long comments or
/// scripts before it are common, and looking further costs nothing.
const DECLARATION_BYTES_MAX: usize = 8 * 1024;

/// What statistics need: more bytes do not change the guess, they only cost time.
const SAMPLE_BYTES_MAX: usize = 256 * 1024;

/// What kind of document the bytes claim to be: says where a declaration may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// A page: `<meta charset>`.
    Html,
    /// A feed or sitemap: `<?xml encoding?>`.
    Xml,
    /// Anything else: the bytes declare nothing.
    Plain,
}

/// Decoded text, and what was found on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// The encoding it was read as, by its name in the WHATWG Encoding Standard.
    pub charset: &'static str,
    /// [`Warning::EncodingMisdeclared`] and [`Warning::EncodingRepaired`], each at most once.
    pub warnings: Vec<Warning>,
}

/// Decodes a document.
///
/// `content_type` is the value of the HTTP header, of which only `charset` is read. One pass over the bytes, two where
/// they are not UTF-8.
pub fn decode(bytes: &[u8], content_type: Option<&str>, kind: DocumentKind) -> Decoded {
    let declared = content_type.and_then(charset_of_header).or_else(|| charset_of_document(bytes, kind));
    let (encoding, body) = choose(bytes, declared);
    let (text, had_errors) = encoding.decode_without_bom_handling(body);
    let mut warnings = Vec::new();
    // A declaration of nothing is no misdeclaration; ASCII is the same in all of them.
    if declared.is_some_and(|declared| declared != encoding) && !body.is_ascii() {
        warnings.push(Warning::EncodingMisdeclared);
    }
    if had_errors {
        warnings.push(Warning::EncodingRepaired);
    }
    Decoded { text: text.into_owned(), charset: encoding.name(), warnings }
}

/// The encoding to read bytes as, and the bytes after a byte order mark.
fn choose<'b>(bytes: &'b [u8], declared: Option<&'static Encoding>) -> (&'static Encoding, &'b [u8]) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return (encoding, bytes.get(length..).unwrap_or_default());
    }
    if let Some(encoding) = utf_16_without_mark(bytes) {
        return (encoding, bytes);
    }
    let invalid = match std::str::from_utf8(bytes) {
        // Text in ISO-2022-JP is pure ASCII to look at; only its own declaration can tell.
        Ok(_) if bytes.contains(&0x1B) && declared == Some(encoding_rs::ISO_2022_JP) => {
            return (encoding_rs::ISO_2022_JP, bytes);
        }
        Ok(_) => return (UTF_8, bytes),
        Err(error) => error.valid_up_to(),
    };
    // A few damaged characters in what is otherwise UTF-8: a cut character, one bad comment. Anything else would show
    // every Thai letter as three wrong ones.
    if mostly_utf_8(bytes, invalid) {
        return (UTF_8, bytes);
    }
    let guessed = guess(bytes);
    match declared {
        // UTF-8 is ruled out by now. A Latin declaration is a server's default more often than a fact.
        Some(declared) if declared != UTF_8 && !(is_latin(declared) && guessed == WINDOWS_874) => {
            let fits = declared.decode_without_bom_handling_and_without_replacement(bytes).is_some();
            (if fits { declared } else { guessed }, bytes)
        }
        _ => (guessed, bytes),
    }
}

/// UTF-16 that does not say so: markup in it has a zero in every other byte.
fn utf_16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    const HEAD: usize = 256;
    const PAIRS_MIN: usize = 8;
    let head = bytes.get(..HEAD.min(bytes.len())).unwrap_or_default();
    let pairs = head.len() / 2;
    if pairs < PAIRS_MIN {
        return None;
    }
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    // Two thirds: the title may already be Thai, whose high byte is 0x0E.
    if odd * 3 >= pairs * 2 && even * 10 < pairs {
        Some(UTF_16LE)
    } else if even * 3 >= pairs * 2 && odd * 10 < pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Whether fewer than a fifth of the characters beyond ASCII are damaged, and most of the good ones are of three bytes
/// or more or there is nothing else to go by. Text in windows-874 has pairs that look like UTF-8, but not many.
fn mostly_utf_8(bytes: &[u8], first_invalid: usize) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    let start = first_invalid.saturating_sub(SAMPLE_BYTES_MAX / 2);
    let end = bytes.len().min(start.saturating_add(SAMPLE_BYTES_MAX));
    let mut rest = bytes.get(start..end).unwrap_or_default();
    // The sample may start inside a character: that is not damage.
    while start > 0 && rest.first().is_some_and(|byte| byte & 0xC0 == 0x80) {
        rest = rest.get(1..).unwrap_or_default();
    }
    loop {
        let (valid, after) = match std::str::from_utf8(rest) {
            Ok(valid) => (valid, None),
            Err(error) => {
                let (valid, after) = rest.split_at(error.valid_up_to());
                let skip = error.error_len().unwrap_or(after.len());
                (std::str::from_utf8(valid).unwrap_or_default(), after.get(skip..))
            }
        };
        good += valid.chars().filter(|c| !c.is_ascii()).count();
        match after {
            Some(after) => {
                bad += 1;
                rest = after;
            }
            None => break,
        }
    }
    bad * 5 < good + bad
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    // The first bytes of a page are markup; the sample starts at the first byte beyond ASCII, with some room before.
    let first = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let start = first.saturating_sub(64);
    let sample =
        bytes.get(start..bytes.len().min(start.saturating_add(SAMPLE_BYTES_MAX))).unwrap_or_default();
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    detector.guess(None, chardetng::Utf8Detection::Deny)
}

fn is_latin(encoding: &'static Encoding) -> bool {
    [encoding_rs::WINDOWS_1252, encoding_rs::ISO_8859_15, encoding_rs::ISO_8859_2, encoding_rs::WINDOWS_1254]
        .contains(&encoding)
}

/// The encoding of a label. Knows the names for Thai that the standard leaves out.
pub fn encoding_for_label(label: &str) -> Option<&'static Encoding> {
    let label = label.trim().trim_matches(['"', '\'']).trim();
    Encoding::for_label(label.as_bytes()).or_else(|| {
        let squeezed: String =
            label.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        matches!(
            squeezed.as_str(),
            "cp874"
                | "ibm874"
                | "ms874"
                | "xcp874"
                | "xwindows874"
                | "win874"
                | "windows874"
                | "tis620"
                | "tis6202533"
                | "tis62025290"
                | "tis62025330"
                | "iso885911"
                | "thai"
        )
        .then_some(WINDOWS_874)
    })
}

fn charset_of_header(content_type: &str) -> Option<&'static Encoding> {
    let lower = content_type.to_ascii_lowercase();
    let at = lower.find("charset=")?;
    let value = content_type.get(at + "charset=".len()..)?;
    encoding_for_label(value.split([';', ',']).next().unwrap_or(""))
}

fn charset_of_document(bytes: &[u8], kind: DocumentKind) -> Option<&'static Encoding> {
    if kind == DocumentKind::Plain {
        return None;
    }
    let head = bytes.get(..DECLARATION_BYTES_MAX.min(bytes.len())).unwrap_or_default();
    // Only ASCII matters here: every encoding that gets this far agrees on it.
    let head: Cow<'_, str> = String::from_utf8_lossy(head);
    let lower = head.to_ascii_lowercase();
    let in_prolog = || {
        let prolog = lower.get(lower.find("<?xml")?..)?;
        let prolog = prolog.get(..prolog.find('>')?)?;
        label_after(prolog, "encoding")
    };
    let in_meta = || {
        let mut from = 0;
        while let Some(at) = lower.get(from..)?.find("<meta") {
            let meta = lower.get(from + at..)?;
            let meta = meta.get(..meta.find('>').unwrap_or(meta.len()))?;
            if let Some(encoding) = label_after(meta, "charset") {
                return Some(encoding);
            }
            from += at + "<meta".len();
        }
        None
    };
    match kind {
        DocumentKind::Xml => in_prolog(),
        _ => in_meta().or_else(in_prolog),
    }
}

/// The label in `name = "label"`.
fn label_after(tag: &str, name: &str) -> Option<&'static Encoding> {
    let rest = tag.get(tag.find(name)? + name.len()..)?.trim_start().strip_prefix('=')?;
    let rest = rest.trim_start().trim_start_matches(['"', '\'']);
    let end = rest
        .find(|c: char| c == '"' || c == '\'' || c == ';' || c == '/' || c.is_whitespace())
        .unwrap_or(rest.len());
    encoding_for_label(rest.get(..end)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const THAI: &str = "<p>รัฐบาลชี้แจงประเด็นน้ำท่วมในกรุงเทพมหานคร</p>";

    fn windows_874(text: &str) -> Vec<u8> {
        WINDOWS_874.encode(text).0.into_owned()
    }

    #[track_caller]
    fn check(bytes: &[u8], content_type: Option<&str>, want: &str, charset: &str, warnings: &[Warning]) {
        let got = decode(bytes, content_type, DocumentKind::Html);
        assert_eq!((got.text.as_str(), got.charset), (want, charset));
        assert_eq!(got.warnings, warnings);
    }

    #[test]
    fn utf_8_is_utf_8_whatever_it_is_called() {
        check(THAI.as_bytes(), None, THAI, "UTF-8", &[]);
        check(THAI.as_bytes(), Some("text/html; charset=UTF-8"), THAI, "UTF-8", &[]);
        for wrong in ["tis-620", "windows-874", "ISO-8859-1", "\"cp874\""] {
            let header = format!("text/html;charset={wrong}");
            check(THAI.as_bytes(), Some(&header), THAI, "UTF-8", &[Warning::EncodingMisdeclared]);
        }
        check(b"abc", Some("text/html; charset=tis-620"), "abc", "UTF-8", &[]);
    }

    #[test]
    fn windows_874_is_found_under_every_name_and_none() {
        let bytes = windows_874(THAI);
        for name in ["windows-874", "TIS-620", "ISO-8859-11", "cp874", "x-windows-874"] {
            check(&bytes, Some(&format!("text/html; charset={name}")), THAI, "windows-874", &[]);
        }
        check(&bytes, None, THAI, "windows-874", &[]);
        for wrong in ["utf-8", "iso-8859-1"] {
            let header = format!("text/html; charset={wrong}");
            check(&bytes, Some(&header), THAI, "windows-874", &[Warning::EncodingMisdeclared]);
        }
    }

    #[test]
    fn a_damaged_character_does_not_spoil_the_rest() {
        let mut bytes = THAI.as_bytes().to_vec();
        bytes.truncate(bytes.len() - "</p>".len() - 1);
        let got = decode(&bytes, None, DocumentKind::Html);
        assert!(got.text.starts_with("<p>รัฐบาล") && got.text.ends_with('\u{FFFD}'), "{}", got.text);
        assert_eq!(got.warnings, [Warning::EncodingRepaired]);
    }

    #[test]
    fn documents_declare_themselves_in_several_ways() {
        let check = |head: &str, kind: DocumentKind| {
            // Korean: nothing but the declaration tells two syllables from noise.
            let mut bytes = head.as_bytes().to_vec();
            bytes.extend([0xB3, 0xE2, 0xB3, 0xE2]);
            let got = decode(&bytes, None, kind);
            assert_eq!((got.charset, got.text.ends_with("년년")), ("EUC-KR", true), "{head}");
        };
        check("<?xml version='1.0' encoding='euc-kr'?>", DocumentKind::Xml);
        check("<meta charset=euc-kr>", DocumentKind::Html);
        check(
            "<META name=x><meta http-equiv=Content-Type content=\"text/html; charset = euc-kr\">",
            DocumentKind::Html,
        );
        check("<?xml version=\"1.0\" encoding=\"euc-kr\"?><html>", DocumentKind::Html);
    }

    #[test]
    fn utf_16_is_read_with_a_mark_and_without() {
        let encode = |mark: bool, big: bool| -> Vec<u8> {
            let mark = mark.then_some('\u{FEFF}');
            let text: String = mark.into_iter().chain("<rss><title>ข่าวด่วน</title></rss>".chars()).collect();
            text.encode_utf16()
                .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect()
        };
        for (mark, big) in [(true, true), (true, false), (false, true), (false, false)] {
            let got = decode(&encode(mark, big), Some("text/xml; charset=utf-8"), DocumentKind::Xml);
            assert_eq!(got.text, "<rss><title>ข่าวด่วน</title></rss>", "mark {mark}, big {big}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_decode(bytes: Vec<u8>, header in proptest::option::of(".{0,40}")) {
            for kind in [DocumentKind::Html, DocumentKind::Xml, DocumentKind::Plain] {
                decode(&bytes, header.as_deref(), kind);
            }
        }

        #[test]
        fn any_text_survives_as_utf_8(text: String) {
            let got = decode(text.as_bytes(), None, DocumentKind::Plain);
            // Text of NULs is told from UTF-16 by nobody.
            if !text.contains('\0') && !text.starts_with('\u{FEFF}') {
                proptest::prop_assert_eq!(got.text, text);
            }
        }
    }
}
