//! The agency lexicon: a table that a desk edits in a spreadsheet, read with all its faults at once.
//!
//! One agency a row. The first row names the columns, in any order; [`COLUMNS`] lists them. Lists are written with `;`
//! between their parts. Commas or tabs separate the columns, whichever the first row uses; a byte order mark is
//! tolerated, because spreadsheets write one.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use praden_model::{Agency, AgencyId};
use serde::Serialize;

/// The columns of the table. `id` and `name_th` must be there; the others may be left out.
///
/// | column | holds |
/// |---|---|
/// | `id` | the agency's name in this program: `a-z`, `0-9`, `-`, `_` |
/// | `type` | what kind of body: `min`, `dept`, `province` ... |
/// | `parent` | the `id` of the body it belongs to |
/// | `name_th`, `name_en` | full names |
/// | `abbr`, `abbr_undotted` | lists of abbreviations, with and without dots |
/// | `aliases`, `former` | lists of other and of former names |
/// | `heads` | list of titles of those who head it or speak for it |
/// | `keywords` | list of words of its remit |
/// | `weak` | those of its names that are other words too, and need context |
/// | `sure` | `abbr_unseen` when its abbreviation was never seen beside its name, `unsure` when it is unverified |
/// | `notes` | for people |
pub const COLUMNS: [&str; 14] = [
    "id",
    "type",
    "parent",
    "name_th",
    "name_en",
    "abbr",
    "abbr_undotted",
    "aliases",
    "former",
    "heads",
    "keywords",
    "weak",
    "sure",
    "notes",
];

/// The largest table that is read. Ours has a quarter of a megabyte; what is made of it takes about twenty times
/// as much.
const BYTES_MAX: usize = 16 << 20;

/// Agencies, checked: every id is unique, every parent exists, and no agency is its own ancestor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lexicon {
    agencies: Vec<Agency>,
    by_id: HashMap<AgencyId, usize>,
}

impl Lexicon {
    /// The agencies, in the order of the table.
    pub fn agencies(&self) -> &[Agency] {
        &self.agencies
    }

    /// The agency of that id.
    pub fn get(&self, id: &AgencyId) -> Option<&Agency> {
        self.by_id.get(id).and_then(|&at| self.agencies.get(at))
    }

    /// The bodies an agency belongs to, nearest first.
    pub fn ancestors(&self, id: &AgencyId) -> impl Iterator<Item = &Agency> {
        let parent = |agency: &&Agency| agency.parent.as_ref().and_then(|id| self.get(id));
        std::iter::successors(self.get(id).as_ref().and_then(parent), parent)
    }

    /// How many agencies there are.
    pub fn len(&self) -> usize {
        self.agencies.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.agencies.is_empty()
    }
}

/// Something wrong with the table, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error)]
pub struct LexiconFault {
    /// The line, from 1.
    pub line: usize,
    /// The column's name; empty when the fault is the row's or the file's.
    pub column: String,
    /// What is wrong, with the value.
    pub message: String,
    /// What would work; empty when the message says it.
    pub hint: String,
}

impl fmt::Display for LexiconFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if !self.column.is_empty() {
            write!(f, "column `{}`: ", self.column)?;
        }
        f.write_str(&self.message)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "; {}", self.hint) }
    }
}

/// Reads the table.
///
/// # Errors
/// Every fault there is, in order of line: a column that is not known or missing, a row of another width, an id that
/// cannot be one or is taken, an empty name, a parent that does not exist, a circle of parents, a weak form that the
/// agency does not have.
pub fn parse_csv(text: &str) -> Result<Lexicon, Vec<LexiconFault>> {
    let mut reading = Reading::default();
    if text.len() > BYTES_MAX {
        let message = format!("the file has {} bytes", text.len());
        reading.fault(1, "", message, format!("at most {BYTES_MAX} are read; leave out what is no agency"));
    } else {
        reading.rows(text);
        reading.relations();
    }
    if reading.faults.is_empty() {
        let by_id = reading.agencies.iter().enumerate().map(|(at, agency)| (agency.id.clone(), at)).collect();
        Ok(Lexicon { agencies: reading.agencies, by_id })
    } else {
        reading.faults.sort();
        Err(reading.faults)
    }
}

#[derive(Default)]
struct Reading {
    faults: Vec<LexiconFault>,
    agencies: Vec<Agency>,
    // The line of each agency, for faults found later.
    lines: Vec<usize>,
}

impl Reading {
    fn fault(&mut self, line: usize, column: &str, message: impl Into<String>, hint: impl Into<String>) {
        self.faults.push(LexiconFault {
            line,
            column: column.to_owned(),
            message: message.into(),
            hint: hint.into(),
        });
    }

    fn rows(&mut self, text: &str) {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let first = text.lines().next().unwrap_or("");
        let delimiter = if first.contains('\t') { b'\t' } else { b',' };
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
        let header: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(|name| name.trim().to_owned()).collect(),
            Err(error) => {
                self.fault(1, "", format!("the first row cannot be read: {error}"), "");
                return;
            }
        };
        self.header(&header);
        for row in reader.records() {
            match row {
                Ok(row) => self.row(&header, &row),
                Err(error) => {
                    self.fault(line(error.position()), "", format!("the row cannot be read: {error}"), "");
                }
            }
        }
    }

    fn header(&mut self, header: &[String]) {
        for (at, name) in header.iter().enumerate() {
            if !COLUMNS.contains(&name.as_str()) {
                self.fault(1, name, "there is no such column", format!("there are {}", COLUMNS.join(", ")));
            } else if header.iter().take(at).any(|earlier| earlier == name) {
                self.fault(1, name, "the column is there twice", "");
            }
        }
        for name in ["id", "name_th"] {
            if !header.iter().any(|column| column == name) {
                self.fault(1, name, "the column is missing", "the first row names the columns");
            }
        }
    }

    fn row(&mut self, header: &[String], row: &csv::StringRecord) {
        let line = line(row.position());
        if row.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        if row.len() > header.len() {
            let message = format!("the row has {} cells, the first row has {}", row.len(), header.len());
            self.fault(line, "", message, "put cells with a comma in quotes");
        }
        let cell = |name: &str| {
            let at = header.iter().position(|column| column == name);
            at.and_then(|at| row.get(at)).map(str::trim).unwrap_or("")
        };
        let list = |name: &str| -> Vec<String> {
            cell(name).split(';').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let id = match AgencyId::new(cell("id")) {
            Ok(id) => Some(id),
            Err(error) => {
                self.fault(line, "id", error.to_string(), "");
                None
            }
        };
        let parent =
            match Some(cell("parent")).filter(|value| !value.is_empty()).map(AgencyId::new).transpose() {
                Ok(parent) => parent,
                Err(error) => {
                    self.fault(line, "parent", error.to_string(), "");
                    None
                }
            };
        if cell("name_th").is_empty() {
            self.fault(line, "name_th", "the agency has no name", "");
        }
        let sure = cell("sure");
        if !["", "abbr_unseen", "unsure"].contains(&sure) {
            let message = format!("`{sure}` is not known here");
            self.fault(line, "sure", message, "expected nothing, `abbr_unseen` or `unsure`");
        }
        let Some(id) = id else { return };
        if let Some(at) = self.agencies.iter().position(|agency| agency.id == id) {
            let first = self.lines.get(at).copied().unwrap_or(0);
            self.fault(line, "id", format!("`{id}` is taken by line {first}"), "");
            return;
        }
        let agency = Agency {
            id,
            kind: cell("type").to_owned(),
            parent,
            name_th: cell("name_th").to_owned(),
            name_en: cell("name_en").to_owned(),
            abbreviations: list("abbr"),
            abbreviations_undotted: list("abbr_undotted"),
            aliases: list("aliases"),
            former: list("former"),
            heads: list("heads"),
            remit: list("keywords"),
            weak: list("weak"),
            abbreviation_unseen: sure == "abbr_unseen",
            notes: cell("notes").to_owned(),
        };
        self.agencies.push(agency);
        self.lines.push(line);
    }

    fn relations(&mut self) {
        let parents: BTreeMap<AgencyId, Option<AgencyId>> =
            self.agencies.iter().map(|agency| (agency.id.clone(), agency.parent.clone())).collect();
        let mut faults = Vec::new();
        for (agency, &line) in self.agencies.iter().zip(&self.lines) {
            if let Some(parent) = &agency.parent {
                if !parents.contains_key(parent) {
                    faults.push((line, "parent", format!("there is no agency `{parent}`")));
                } else if let Some(circle) = circle(&agency.id, &parents) {
                    faults.push((line, "parent", format!("the agency is its own ancestor: {circle}")));
                }
            }
            for weak in agency.weak.iter().filter(|weak| !names(agency).any(|name| name == *weak)) {
                faults.push((line, "weak", format!("`{weak}` is not among what the agency is called")));
            }
        }
        for (line, column, message) in faults {
            self.fault(line, column, message, "");
        }
    }
}

fn line(position: Option<&csv::Position>) -> usize {
    position.map_or(0, |position| position.line() as usize)
}

/// Everything an agency is called, its remit left out.
fn names(agency: &Agency) -> impl Iterator<Item = &String> {
    [&agency.name_th, &agency.name_en]
        .into_iter()
        .chain(&agency.abbreviations)
        .chain(&agency.abbreviations_undotted)
        .chain(&agency.aliases)
        .chain(&agency.former)
        .chain(&agency.heads)
}

/// The way from an agency up to itself again, if there is one.
fn circle(start: &AgencyId, parents: &BTreeMap<AgencyId, Option<AgencyId>>) -> Option<String> {
    let mut way = vec![start.as_str()];
    let mut at = start;
    // No honest chain is longer than there are agencies.
    while let Some(parent) = parents.get(at).and_then(Option::as_ref) {
        way.push(parent.as_str());
        if parent == start {
            return Some(way.join(" < "));
        }
        if way.len() > parents.len() {
            return None;
        }
        at = parent;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        let got: Vec<String> = match parse_csv(text) {
            Ok(lexicon) => lexicon.agencies().iter().map(|agency| agency.id.to_string()).collect(),
            Err(faults) => faults.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(got, want);
    }

    #[test]
    fn tables_are_read_or_refused_with_every_fault() {
        check("id,name_th\nmoph,กระทรวงสาธารณสุข\n", &["moph"]);
        check("\u{FEFF}name_th,id\r\nกระทรวงสาธารณสุข,moph\r\n\r\n", &["moph"]);
        check("id\tname_th\nmoph\tกระทรวง \"สาธารณสุข\n", &["moph"]);
        check(
            "",
            &[
                "line 1: column `id`: the column is missing; the first row names the columns",
                "line 1: column `name_th`: the column is missing; the first row names the columns",
            ],
        );
        let columns = COLUMNS.join(", ");
        check(
            "id,name_th,parent,colour\nA,ก,,\nb,,x,\nb,ค,,\nc,ค,d,\nd,ง,c,\n",
            &[
                &format!("line 1: column `colour`: there is no such column; there are {columns}"),
                "line 2: column `id`: `A` is not an agency id: expected 1 to 64 of a-z, 0-9, - and _",
                "line 3: column `name_th`: the agency has no name",
                "line 3: column `parent`: there is no agency `x`",
                "line 4: column `id`: `b` is taken by line 3",
                "line 5: column `parent`: the agency is its own ancestor: c < d < c",
                "line 6: column `parent`: the agency is its own ancestor: d < c < d",
            ],
        );
        check(
            "id,name_th,weak,sure\na,ก,ข,maybe\nb,ก,ก,abbr_unseen,x\n",
            &[
                "line 2: column `sure`: `maybe` is not known here; expected nothing, `abbr_unseen` or `unsure`",
                "line 2: column `weak`: `ข` is not among what the agency is called",
                "line 3: the row has 5 cells, the first row has 4; put cells with a comma in quotes",
            ],
        );
    }

    #[test]
    fn lists_and_ancestors_come_out_in_order() {
        let text = "id,parent,name_th,aliases,sure\na,b,ก,\"x; y;\",abbr_unseen\nb,c,ข,,\nc,,ค,,\n";
        let lexicon = parse_csv(text).unwrap();
        let agency = &lexicon.agencies()[0];
        assert_eq!((agency.aliases.join("|").as_str(), agency.abbreviation_unseen), ("x|y", true));
        let up: Vec<&str> = lexicon.ancestors(&agency.id).map(|agency| agency.id.as_str()).collect();
        assert_eq!(up, ["b", "c"]);
    }

    #[test]
    fn the_lexicon_that_comes_with_the_program_is_sound() {
        let text = include_str!("../../../pipelines/agencies.csv");
        let lexicon = parse_csv(text).unwrap();
        assert_eq!(lexicon.len(), 478);
    }
}
