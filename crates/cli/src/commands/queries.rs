//! Saved queries: names for queries, in a file of the data folder that a person may edit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// The file: a table of TOML, `name = 'query'` a line.
const FILE: &str = "queries.toml";

fn file(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// All saved queries by name.
pub(crate) fn all(folder: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let path = file(folder);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(anyhow::anyhow!("cannot read {}: {error}", path.display()).into()),
    };
    toml::from_str(&text).map_err(|error| {
        Failure::usage(format!("{} is not a table of `name = 'query'` lines: {error}", path.display()))
    })
}

/// The query that is meant: that of a name after `@`, or what was written.
pub(crate) fn resolve(folder: &Path, written: &str) -> Result<String, Failure> {
    let Some(name) = written.strip_prefix('@') else { return Ok(written.to_owned()) };
    let mut queries = all(folder)?;
    queries.remove(name).ok_or_else(|| {
        let known: Vec<&str> = queries.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "there is none yet".to_owned() } else { known.join(", ") };
        Failure::usage(format!(
            "@{name}: no query is saved under this name (saved: {known})\n  hint: praden search --save {name} 'QUERY'; to search for the mention itself: '\"@{name}\"'"
        ))
    })
}

/// Keeps a query under a name, in place of any other. The query was parsed before.
pub(crate) fn save(folder: &Path, name: &str, query: &str) -> Result<(), Failure> {
    let fits = |letter: char| {
        letter.is_alphanumeric() || matches!(letter, '-' | '_') || praden_text::clusters::is_attached(letter)
    };
    if name.is_empty() || name.len() > 100 || !name.chars().all(fits) {
        return Err(Failure::usage(format!(
            "--save {name}: a name has letters, digits, - and _, up to 100 bytes"
        )));
    }
    let mut queries = all(folder)?;
    queries.insert(name.to_owned(), query.to_owned());
    let text = toml::to_string(&queries).map_err(anyhow::Error::from)?;
    let draft = folder.join(format!("{FILE}.new"));
    // Whoever reads meanwhile finds the old file or the new one, whole.
    std::fs::write(&draft, text)
        .and_then(|()| std::fs::rename(&draft, file(folder)))
        .map_err(|error| anyhow::anyhow!("cannot write {}: {error}", file(folder).display()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_kept_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(resolve(folder.path(), "น้ำ").ok().as_deref(), Some("น้ำ"));
        assert!(resolve(folder.path(), "@ฝน").is_err());
        save(folder.path(), "ฝน", "ฝน OR \"พายุ\" NOT 'x'").expect("saved");
        save(folder.path(), "ลม", "ลม").expect("saved");
        assert_eq!(resolve(folder.path(), "@ฝน").ok().as_deref(), Some("ฝน OR \"พายุ\" NOT 'x'"));
        assert!(save(folder.path(), "a b", "ลม").is_err());
        assert_eq!(all(folder.path()).expect("read").len(), 2);
    }
}
