//! Escaping for hand-written HTML and XML, and the bytes that go on the wire. Pure.

use crate::corpus::Encoding;

/// Escapes text for an element or a quoted attribute, in HTML and XML alike.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Wraps HTML for an XML element. `]]>` inside is split over two sections, the only way XML offers.
pub(crate) fn cdata(html: &str) -> String {
    format!("<![CDATA[{}]]>", html.replace("]]>", "]]]]><![CDATA[>"))
}

/// The bytes of a page in the outlet's encoding. What windows-874 cannot hold becomes `&#...;`.
pub(crate) fn encode(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Windows874 => encoding_rs::WINDOWS_874.encode(text).0.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What an XML reader gets back is what was written.
        #[test]
        fn escaped_text_reads_back(text in "[ -~ก-๙]{0,60}") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
            let unescaped = quick_xml::escape::unescape(&escaped).expect("only known entities");
            prop_assert_eq!(unescaped.as_ref(), text.as_str());
        }

        #[test]
        fn cdata_reads_back(text in "[\\]>a<]{0,20}") {
            let wrapped = cdata(&text);
            let mut inner = String::new();
            for section in wrapped.split_terminator("]]>") {
                // Each section opens anew: what lies between the marks is the text.
                inner.push_str(section.strip_prefix("<![CDATA[").expect("a section opens with its mark"));
            }
            prop_assert_eq!(inner, text);
        }

        #[test]
        fn thai_bytes_decode_back(text in "[ -~ก-ฺเ-๛]{0,60}") {
            let bytes = encode(&text, Encoding::Windows874);
            let (decoded, _, broken) = encoding_rs::WINDOWS_874.decode(&bytes);
            prop_assert!(!broken);
            prop_assert_eq!(decoded.as_ref(), text.as_str());
        }
    }

    #[test]
    fn what_windows_874_lacks_becomes_a_reference() {
        assert_eq!(encode("ก\u{200B}", Encoding::Windows874), b"\xA1&#8203;");
    }
}
