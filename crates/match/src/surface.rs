//! What an agency may be called in a text, and how each form has to be looked at before it counts.

use std::collections::{BTreeMap, BTreeSet};

use praden_model::{AcceptRule, Agency};
use praden_text::normalize;

use crate::lexicon::Lexicon;

/// How a form is written, which decides what may stand beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// Thai letters with vowels: a name or title.
    Name,
    /// Thai with dots, such as `สธ.` or `รมว.สธ.`.
    Dotted,
    /// Thai consonants alone, such as `สตช`: any of them may also be part of a word.
    Consonants,
    /// Latin letters.
    Latin,
}

/// One agency that is called by a form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Owner {
    /// Index of the agency in the lexicon.
    pub agency: usize,
    /// What kind of name it is for that agency.
    pub rule: AcceptRule,
    /// Whether the form needs context.
    pub weak: bool,
    /// Whether the form is a place's name, which never counts.
    pub place: bool,
}

/// One form, with those who are called by it.
#[derive(Clone, Debug)]
pub(crate) struct Surface {
    pub text: String,
    pub shape: Shape,
    pub owners: Vec<Owner>,
    /// Capital letters count: `SET` is an exchange, `set` a word.
    pub exact_case: bool,
}

/// Where long names are cut when people write `ฯ` for the rest.
const CUTS: [&str; 5] = ["และ", "เพื่อ", "แห่ง", " ", "ฝ่าย"];

/// How the seats of provincial offices begin.
const HALLS: [&str; 3] = ["ศาลากลาง", "สำนักงานจังหวัด", "ที่ว่าการ"];

/// Titles whose dot is often left out or followed by a space.
const TITLES: [&str; 6] = ["รมว.", "รมช.", "รมต.", "ผบ.", "ผอ.", "ผบช."];

/// All forms of all agencies, each once, in a fixed order.
pub(crate) fn surfaces(lexicon: &Lexicon) -> Vec<Surface> {
    let mut forms: BTreeMap<String, BTreeMap<usize, Owner>> = BTreeMap::new();
    let mut derived: BTreeMap<String, BTreeMap<usize, Owner>> = BTreeMap::new();
    for (at, agency) in lexicon.agencies().iter().enumerate() {
        let weak: BTreeSet<&str> = agency.weak.iter().map(String::as_str).collect();
        for (rule, text) in listed(agency) {
            // A province answers through its hall and its governor; its name alone is a place.
            let place = agency.kind == "province"
                && rule != AcceptRule::Head
                && !HALLS.iter().any(|hall| text.starts_with(hall));
            // Four letters and more are no other word, seen beside the name or not.
            let letters = text.chars().filter(|c| ('ก'..='ฮ').contains(c)).count();
            let unseen = rule == AcceptRule::Abbreviation && agency.abbreviation_unseen && letters <= 3;
            let owner = Owner { agency: at, rule, weak: weak.contains(text.as_str()) || unseen, place };
            let text = tidy(&text);
            if text.chars().count() < 2 {
                continue;
            }
            for variant in variants(&text, rule) {
                derived.entry(variant).or_default().entry(at).or_insert_with(|| owner.clone());
            }
            // The first listing wins: names before aliases before heads.
            forms.entry(text).or_default().entry(at).or_insert(owner);
        }
    }
    // A derived form counts only where it means one agency, and never against a listed one.
    for (text, owners) in derived {
        if owners.len() == 1 && !forms.contains_key(&text) {
            forms.insert(text, owners);
        }
    }
    forms
        .into_iter()
        .map(|(text, owners)| {
            let shape = shape(&text);
            let exact_case = shape == Shape::Latin && !text.contains(' ');
            Surface { shape, exact_case, owners: owners.into_values().collect(), text }
        })
        .collect()
}

/// Everything an agency is called, as the lexicon says it, the surest kind first.
fn listed(agency: &Agency) -> impl Iterator<Item = (AcceptRule, String)> {
    let full = [&agency.name_th, &agency.name_en].into_iter().filter(|name| !name.is_empty());
    full.map(|name| (AcceptRule::FullName, name.clone()))
        .chain(agency.aliases.iter().map(|name| (AcceptRule::Alias, name.clone())))
        .chain(agency.former.iter().map(|name| (AcceptRule::FormerName, name.clone())))
        .chain(agency.heads.iter().map(|name| (AcceptRule::Head, name.clone())))
        .chain(agency.abbreviations.iter().map(|name| (AcceptRule::Abbreviation, name.clone())))
        .chain(agency.abbreviations_undotted.iter().map(|name| (AcceptRule::Abbreviation, name.clone())))
}

/// The form as the matcher sees texts.
fn tidy(text: &str) -> String {
    normalize(text).as_str().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Other ways in which people write a form.
fn variants(text: &str, rule: AcceptRule) -> Vec<String> {
    let mut out = Vec::new();
    if !is_thai(text) {
        return out;
    }
    for title in TITLES {
        if let Some(rest) = text.strip_prefix(title) {
            // Collectors strip dots: รมชคมนาคม. Others write a space: รมว. แรงงาน.
            out.push(format!("{title} {}", rest.trim_start()));
            if rest.chars().count() >= 4 {
                out.push(format!("{}{}", title.trim_end_matches('.'), rest.trim_start()));
            }
        }
    }
    if matches!(rule, AcceptRule::FullName | AcceptRule::Alias | AcceptRule::FormerName) {
        for cut in CUTS {
            for (at, _) in text.match_indices(cut) {
                let head = text.get(..at).unwrap_or("").trim_end();
                // กระทรวงฯ alone says nothing; twelve letters and more do.
                if head.chars().count() >= 12 {
                    out.push(format!("{head}ฯ"));
                }
            }
        }
        if let Some(board) = text.strip_prefix("สำนักงาน").filter(|rest| rest.starts_with("คณะกรรมการ"))
        {
            out.push(board.to_owned());
        }
    }
    // สำนักการแพทย์ กทม.
    if let Some(office) = text.strip_suffix("กรุงเทพมหานคร").filter(|office| !office.is_empty())
    {
        out.extend([format!("{office}กทม."), format!("{}กทม.", office.trim_end())]);
    }
    if text.contains(' ') {
        out.push(text.replace(' ', ""));
    }
    if rule == AcceptRule::Head && text.contains(' ') {
        out.push(text.replace(' ', "  "));
    }
    out
}

fn is_thai(text: &str) -> bool {
    text.chars().any(|c| ('ก'..='๛').contains(&c))
}

fn shape(text: &str) -> Shape {
    if !is_thai(text) {
        Shape::Latin
    } else if text.contains('.') {
        Shape::Dotted
    } else if text.chars().all(|c| ('ก'..='ฮ').contains(&c)) && text.chars().count() <= 5 {
        Shape::Consonants
    } else {
        Shape::Name
    }
}
