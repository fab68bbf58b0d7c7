//! Saved queries: names for queries, in a file of the data folder that a person may edit.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use praden_text::clusters::is_attached;

/// The file: a table of TOML, `name = 'query'` a line.
const FILE: &str = "queries.toml";

/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 100;

/// Why a saved query could not be had or kept.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// The file cannot be read or written.
    #[error("cannot {act} {place}: {cause}")]
    Io {
        /// What was tried.
        act: &'static str,
        /// The file.
        place: String,
        /// What the system said.
        cause: io::Error,
    },
    /// Somebody has edited the file, and it is no table any more.
    #[error("{place} is not a table of `name = 'query'` lines: {cause}")]
    NoTable {
        /// The file.
        place: String,
        /// What is wrong with it.
        cause: toml::de::Error,
    },
    /// No query has this name.
    #[error(
        "@{name}: no query is saved under this name (saved: {known})\n  hint: praden search --save NAME 'QUERY'; to search for the \
         mention itself: \"@{name}\""
    )]
    Unknown {
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A name that could not be told from the rest of a query.
    #[error("{name}: a name has letters, digits, - and _, up to {NAME_BYTES_MAX} bytes")]
    Name {
        /// The name.
        name: String,
    },
}

fn file(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

fn failed(act: &'static str, folder: &Path) -> impl FnOnce(io::Error) -> SavedError {
    let place = file(folder).display().to_string();
    move |cause| SavedError::Io { act, place, cause }
}

/// All saved queries of a data folder by name.
///
/// # Errors
/// When the file is there and cannot be understood.
pub fn all(folder: &Path) -> Result<BTreeMap<String, String>, SavedError> {
    let text = match std::fs::read_to_string(file(folder)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(failed("read", folder)(error)),
    };
    let place = || file(folder).display().to_string();
    toml::from_str(&text).map_err(|cause| SavedError::NoTable { place: place(), cause })
}

/// The query that is meant: that of a name after `@`, or what was written.
///
/// # Errors
/// When there is no such name, or the file cannot be understood.
pub fn resolve(folder: &Path, written: &str) -> Result<String, SavedError> {
    let Some(name) = written.trim().strip_prefix('@') else { return Ok(written.to_owned()) };
    let mut queries = all(folder)?;
    queries.remove(name).ok_or_else(|| {
        let known: Vec<&str> = queries.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "there is none yet".to_owned() } else { known.join(", ") };
        SavedError::Unknown { name: name.to_owned(), known }
    })
}

/// Keeps a query under a name, in place of any other. The query was parsed before.
///
/// # Errors
/// When the name is none, or the file cannot be written.
pub fn save(folder: &Path, name: &str, query: &str) -> Result<(), SavedError> {
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_') || is_attached(letter);
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(fits) {
        return Err(SavedError::Name { name: name.to_owned() });
    }
    let mut queries = all(folder)?;
    queries.insert(name.to_owned(), query.to_owned());
    // A string in TOML may be any text.
    let text = toml::to_string(&queries).map_err(|error| failed("write", folder)(io::Error::other(error)))?;
    let draft = folder.join(format!("{FILE}.new"));
    // Whoever reads meanwhile finds the old file or the new one, whole.
    std::fs::write(&draft, text)
        .and_then(|()| std::fs::rename(&draft, file(folder)))
        .map_err(failed("write", folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_kept_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(resolve(folder.path(), "น้ำ").ok().as_deref(), Some("น้ำ"));
        assert!(matches!(resolve(folder.path(), "@ฝน"), Err(SavedError::Unknown { .. })));
        save(folder.path(), "ฝน", "ฝน OR \"พายุ\" NOT 'x'").expect("saved");
        save(folder.path(), "ลม", "ลม").expect("saved");
        assert_eq!(resolve(folder.path(), " @ฝน ").ok().as_deref(), Some("ฝน OR \"พายุ\" NOT 'x'"));
        assert!(matches!(save(folder.path(), "a b", "ลม"), Err(SavedError::Name { .. })));
        assert_eq!(all(folder.path()).expect("read").len(), 2);
        std::fs::write(file(folder.path()), "no table").expect("written");
        assert!(matches!(all(folder.path()), Err(SavedError::NoTable { .. })));
    }
}
