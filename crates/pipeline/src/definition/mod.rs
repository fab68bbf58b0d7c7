//! Definitions: the files in `pipelines/`, read and checked.
//!
//! A pipeline file says what flows where; how this process runs is said by flags. Reading never stops at the first
//! fault: [`load`] gives either a [`Pipeline`] in which everything is checked, or every fault there is.

mod reader;
mod rules;
mod sources;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use praden_crawl::poll::{PollOptions, Recheck};
use praden_issues::topic::TopicModel;
use praden_issues::{Desk, Reader, Weights};
use praden_match::{Lexicon, RuleSet};
use praden_model::{Outlet, OutletId, SourceSpec};
use praden_stories::Window;
use reader::{Document, Section};
use sources::{read_outlets, read_sources};

pub use reader::Fault;
pub use rules::{Examples, read_rules};

/// A definition that can be run.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Its name: what it is called in logs.
    pub name: String,
    /// The data folder.
    pub data: PathBuf,
    /// Who runs it: goes into the User-Agent, so that a site can write to somebody.
    pub contact: String,
    /// Agencies that can be asked to answer.
    pub lexicon: Lexicon,
    /// Stored queries of the desk, asked of every article.
    pub rules: RuleSet,
    /// The file they were read from. A daemon reads it again when it changes.
    pub rules_file: Option<PathBuf>,
    /// What the desk's own labels taught (`praden train`); nothing stands for the model that Praden brings.
    pub routing_model: Option<Arc<TopicModel>>,
    /// Outlets by id.
    pub outlets: BTreeMap<OutletId, Outlet>,
    /// Sources in the order written, the disabled ones too.
    pub sources: Vec<SourceSpec>,
    /// How sites are fetched.
    pub crawl: Crawl,
    /// How stories are kept apart.
    pub stories: Window,
    /// What makes an issue.
    pub weights: Weights,
    /// How many candidates the desk can look at, and how long one stays without news.
    pub desk: Desk,
    /// Hours an agency has to answer when nobody says otherwise. The official figure is not public.
    pub deadline_hours: u32,
    /// What one search may cost.
    pub search: Search,
    /// The pages and the API.
    pub server: Server,
}

/// How sites are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crawl {
    /// Pause between two requests to one host, in milliseconds.
    pub host_delay_ms: u32,
    /// Sources polled at the same time.
    pub polls_max: u32,
    /// How long a whole request may take, in seconds.
    pub timeout_s: u32,
    /// Addresses that may be fetched though they are not public.
    pub allow_addresses: Vec<IpAddr>,
    /// Ports that may be fetched beside 80 and 443.
    pub allow_ports: Vec<u16>,
    /// When known articles are looked at again while their source lists them.
    pub recheck: Recheck,
    /// For how many days after publication known articles are looked at, listed or not, to see whether they were taken down.
    pub look_days: u32,
    /// Host names whose address is written here instead of asked for.
    pub hosts: BTreeMap<String, SocketAddr>,
}

/// What one search may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// How many different words one query may stand for, wildcards included; beyond that it is refused.
    pub terms_max: usize,
}

/// The pages and the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// File with the token that the API asks for; made on the first run when absent.
    pub token_file: PathBuf,
}

/// A pipeline that `praden init` writes, and `praden check` accepts.
pub const TEMPLATE: &str = include_str!("template.toml");

/// The agency lexicon that Praden brings.
pub const AGENCIES: &str = include_str!("../../../../pipelines/agencies.csv");

/// Reads and checks a pipeline file and everything it names.
///
/// # Errors
/// Every fault there is, in order of line.
pub fn load(path: &Path) -> Result<Pipeline, Vec<Fault>> {
    let file = path.display().to_string();
    let text = read_file(path, &file, "").map_err(|fault| vec![fault])?;
    let folder = path.parent().unwrap_or(Path::new(""));
    parse(&file, &text, &|name| {
        let path = folder.join(name);
        read_file(&path, &path.display().to_string(), "")
    })
    .map(|pipeline| Pipeline {
        data: folder.join(&pipeline.data),
        rules_file: pipeline.rules_file.map(|file| folder.join(file)),
        ..pipeline
    })
}

impl Pipeline {
    /// Reads articles as this pipeline routes them. Takes tens of milliseconds to make.
    pub fn reader(&self) -> Reader {
        match &self.routing_model {
            Some(model) => Reader::with_topics(self.lexicon.agencies(), model.as_ref().clone()),
            None => Reader::new(self.lexicon.agencies()),
        }
    }

    /// Reads the rules file again, examples included.
    ///
    /// # Errors
    /// Every fault there is; the rules are to stay as they are then.
    pub fn reread_rules(&self, before: &RuleSet) -> Result<RuleSet, Vec<Fault>> {
        let Some(path) = &self.rules_file else { return Ok(before.clone()) };
        let file = path.display().to_string();
        let text = read_file(path, &file, "").map_err(|fault| vec![fault])?;
        read_rules(&file, &text, &self.lexicon, Some(before), Examples::Run)
    }
}

fn read_file(path: &Path, file: &str, place: &str) -> Result<String, Fault> {
    let fault = |message: String, hint: &str| Fault {
        file: file.to_owned(),
        line: None,
        place: place.to_owned(),
        message,
        hint: hint.to_owned(),
    };
    let bytes = std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            fault("there is no such file".to_owned(), "`praden init DIR` writes a pipeline to start from")
        }
        _ => fault(format!("cannot be read: {error}"), ""),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        fault(
            format!("is not UTF-8: byte {at} cannot be read"),
            "save the file as UTF-8 (in Excel: \"CSV UTF-8\")",
        )
    })
}

/// Reads and checks a pipeline from its text; `open` reads the files it names.
///
/// Paths stay as written: [`load`] makes them relative to the pipeline file's folder.
///
/// # Errors
/// Every fault there is, in order of line.
pub fn parse(
    file: &str,
    text: &str,
    open: &dyn Fn(&str) -> Result<String, Fault>,
) -> Result<Pipeline, Vec<Fault>> {
    let document = Document::new(file, text);
    let table = document.parse();
    let mut elsewhere = Vec::new();
    let pipeline = read(&Section::root(&document, &table), open, &mut elsewhere);
    let mut faults = document.into_faults();
    faults.append(&mut elsewhere);
    match pipeline {
        Some(pipeline) if faults.is_empty() => Ok(pipeline),
        _ => Err(faults),
    }
}

fn read(
    root: &Section<'_, '_>,
    open: &dyn Fn(&str) -> Result<String, Fault>,
    elsewhere: &mut Vec<Fault>,
) -> Option<Pipeline> {
    let head = root.section("pipeline");
    let name = head.required_text("name", "my-desk");
    let data = head.text("data").unwrap_or_else(|| "praden-data".to_owned());
    let contact = head.required_text("contact", "https://example.org/praden or press@example.org");
    let lexicon = read_lexicon(&head, open, elsewhere);
    let rules_file = head.text("rules");
    let rules = rules_file.as_deref().zip(lexicon.as_ref()).map_or_else(
        || Some(RuleSet::default()),
        |(file, lexicon)| {
            let read = |text: String| read_rules(file, &text, lexicon, None, Examples::Leave);
            open(file)
                .map_err(|fault| vec![fault])
                .and_then(read)
                .map_err(|faults| elsewhere.extend(faults))
                .ok()
        },
    );
    let routing_model = match head.text("routing_model") {
        None => Some(None),
        Some(file) => read_routing_model(&file, lexicon.as_ref(), open)
            .map(|model| Some(Arc::new(model)))
            .map_err(|fault| elsewhere.push(fault))
            .ok(),
    };
    head.end();

    let crawl = read_crawl(root);
    let stories = root.own::<Window>("stories").unwrap_or_default();
    let issues = root.section("issues");
    let deadline_hours = issues.number("deadline_hours", 1..=24 * 90).unwrap_or(24);
    let desk = Desk {
        per_morning: issues.number("per_morning", 1..=1_000).unwrap_or(Desk::default().per_morning),
        rest_hours: issues.number("rest_hours", 1..=24 * 365).unwrap_or(Desk::default().rest_hours),
    };
    let weights = issues.own::<Weights>("weights").unwrap_or_default();
    issues.end();
    let search = root.section("search");
    let terms_max =
        search.number("terms_max", 1..=1_000_000).map_or(praden_index::TERMS_MAX, |max| max as usize);
    search.end();
    let server = read_server(root);

    let outlets = read_outlets(root);
    let sources = read_sources(root, &outlets, open, elsewhere);
    root.check_keys();
    Some(Pipeline {
        name: name?,
        data: PathBuf::from(data),
        contact: contact?,
        lexicon: lexicon?,
        rules: rules?,
        rules_file: rules_file.map(PathBuf::from),
        routing_model: routing_model?,
        outlets,
        sources,
        crawl: crawl?,
        stories,
        weights,
        desk,
        deadline_hours,
        search: Search { terms_max },
        server: server?,
    })
}

fn read_lexicon(
    head: &Section<'_, '_>,
    open: &dyn Fn(&str) -> Result<String, Fault>,
    elsewhere: &mut Vec<Fault>,
) -> Option<Lexicon> {
    let (file, text) = match head.text("agencies") {
        None => ("agencies.csv (built in)".to_owned(), AGENCIES.to_owned()),
        Some(file) => match open(&file) {
            Ok(text) => (file, text),
            Err(fault) => {
                elsewhere.push(fault);
                return None;
            }
        },
    };
    match praden_match::parse_csv(&text) {
        Ok(lexicon) => Some(lexicon),
        Err(faults) => {
            elsewhere.extend(faults.into_iter().map(|fault| Fault {
                file: file.clone(),
                line: Some(fault.line),
                place: fault.column,
                message: fault.message,
                hint: fault.hint,
            }));
            None
        }
    }
}

/// A model that none of the agencies can use is a mistake: it was learned with another lexicon.
fn read_routing_model(
    file: &str,
    lexicon: Option<&Lexicon>,
    open: &dyn Fn(&str) -> Result<String, Fault>,
) -> Result<TopicModel, Fault> {
    let text = open(file)?;
    let fault = |line, message: String, hint: &str| Fault {
        file: file.to_owned(),
        line,
        place: "pipeline.routing_model".to_owned(),
        message,
        hint: hint.to_owned(),
    };
    let model = TopicModel::read(&text).map_err(|error| {
        fault(
            Some(error.line),
            error.message,
            "`praden train` writes a model; this version reads what it writes",
        )
    })?;
    let known = |lexicon: &Lexicon| {
        let ids: BTreeSet<_> = lexicon.agencies().iter().map(|agency| &agency.id).collect();
        model.agencies().iter().any(|agency| ids.contains(agency))
    };
    if lexicon.is_some_and(|lexicon| !known(lexicon)) {
        let message = "none of the agencies it knows is in the table of agencies".to_owned();
        return Err(fault(None, message, "train it with `praden train --pipeline` and this pipeline's file"));
    }
    Ok(model)
}

fn read_crawl(root: &Section<'_, '_>) -> Option<Crawl> {
    let section = root.section("crawl");
    let host_delay_ms = section.number("host_delay_ms", 0..=600_000).unwrap_or(1_000);
    let polls_max = section.number("polls_max", 1..=256).unwrap_or(16);
    let timeout_s = section.number("timeout_s", 1..=600).unwrap_or(30);
    let allow_addresses = section.list("allow_addresses", "an address such as \"10.0.0.5\"");
    let allow_ports = section.list("allow_ports", "a port such as \"8080\"");
    let at_ages = PollOptions::default().recheck;
    let words = [("at_ages", &at_ages), ("every_poll", &Recheck::EveryPoll), ("never", &Recheck::Never)];
    let recheck = section.word("recheck", &words).unwrap_or(&at_ages).clone();
    let look_days = section.number("look_days", 0..=365).unwrap_or(PollOptions::default().look_days);
    let mut hosts = BTreeMap::new();
    let mut faults = false;
    for (host, address) in section.texts("hosts") {
        match address.parse::<SocketAddr>() {
            Ok(address) => {
                hosts.insert(host.to_ascii_lowercase(), address);
            }
            Err(_) => {
                faults = true;
                section.fault(
                    "hosts",
                    format!("`{host} = \"{address}\"` has no address"),
                    "write ADDRESS:PORT, such as \"127.0.0.1:8080\"",
                );
            }
        }
    }
    section.end();
    (!faults).then_some(Crawl {
        host_delay_ms,
        polls_max,
        timeout_s,
        allow_addresses,
        allow_ports,
        recheck,
        look_days,
        hosts,
    })
}

fn read_server(root: &Section<'_, '_>) -> Option<Server> {
    let section = root.section("server");
    let listen = section.text("listen").unwrap_or_else(|| "127.0.0.1:7313".to_owned());
    let listen = section.parsed("listen", &listen, |text| {
        text.parse().map_err(|_| {
            format!("`{text}` is not an address to listen on: write ADDRESS:PORT, such as \"127.0.0.1:7313\"")
        })
    });
    let token_file = section.text("token_file").unwrap_or_else(|| "api-token".to_owned());
    section.end();
    Some(Server { listen: listen?, token_file: PathBuf::from(token_file) })
}

/// The pipeline that is used where none is named: the template's settings and the lexicon that Praden brings.
///
/// # Panics
/// Never: both are part of the program, and a test reads them.
#[expect(clippy::panic, reason = "both files are part of the program; a test reads them")]
pub fn built_in() -> Pipeline {
    parse("template.toml", TEMPLATE, &|_| Ok(AGENCIES.to_owned()))
        .unwrap_or_else(|faults| panic!("{faults:?}"))
}
