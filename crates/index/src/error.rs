//! Why the index did not do what it was asked, told apart by what the caller can do.

use std::io;
use std::path::Path;

use praden_model::TextVersion;
use tantivy::TantivyError;
use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError, OpenWriteError};

use crate::index::SCHEMA_VERSION;

/// How many words of the index one query may look up, unless somebody says otherwise: those it names and those its
/// wildcards stand for. Each costs a list to open in every part of the index; a query of more says little.
pub const TERMS_MAX: usize = 10_000;

/// Why a page by relevance is gone.
pub(crate) const GONE: &str =
    "the index has changed since, and every score with it; pages by date, newest first, go on";

/// Why the index did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The disk is full. What was committed stays; drop the writer, make room and open a new one.
    #[error(
        "the disk that holds {place} is full; everything up to the last commit is kept: make room and run again"
    )]
    DiskFull {
        /// The folder.
        place: String,
    },
    /// Another process, or another writer in this one, is writing.
    #[error("{place} is being written by another process; only one may write at a time")]
    Locked {
        /// The folder.
        place: String,
    },
    /// It was made by a program that cut or kept words differently. Clear it and build it again from the log.
    #[error(
        "{place} was made by another version (schema {found_schema}, text {found_text}; this program has {SCHEMA_VERSION}, \
         {text}): it has to be built again from the article log, as `praden reindex` and every run do", text = TextVersion::CURRENT.0
    )]
    Outdated {
        /// The folder.
        place: String,
        /// Its schema, 0 where it does not say.
        found_schema: u32,
        /// Its text version, 0 where it does not say.
        found_text: u32,
    },
    /// Its files contradict each other or are missing. Clear it and build it again from the log.
    #[error(
        "{place} is damaged: {cause}; it has to be built again from the article log, as `praden reindex` and every run do"
    )]
    Damaged {
        /// The folder.
        place: String,
        /// What was found.
        cause: String,
    },
    /// The query would touch too much of the dictionary.
    #[error(
        "with `{written}` the query stands for more than {max} different words: write more of the word before a wildcard, or \
         split the query"
    )]
    TooBroad {
        /// The word, phrase or name at which the limit was passed, as the canonical text has it.
        written: String,
        /// The limit.
        max: usize,
    },
    /// The cursor belongs to a state of the index that is gone, or to another query or order.
    #[error("this page is no longer there, because {because}: start again from the first page")]
    CursorGone {
        /// Why.
        because: &'static str,
    },
    /// Anything else.
    #[error("the index failed while it tried to {act}: {cause}")]
    Failed {
        /// What it was doing.
        act: &'static str,
        /// What was said.
        cause: String,
    },
}

impl IndexError {
    /// Whether clearing the index and building it again from the log is the way out.
    pub fn needs_rebuild(&self) -> bool {
        matches!(self, Self::Outdated { .. } | Self::Damaged { .. })
    }

    /// Sorts an error of tantivy.
    pub(crate) fn sort(error: TantivyError, act: &'static str, place: &Path) -> Self {
        let cause = error.to_string();
        match error {
            TantivyError::IoError(io)
            | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: io, .. })
            | TantivyError::OpenReadError(OpenReadError::IoError { io_error: io, .. })
            | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error: io, .. })
            | TantivyError::LockFailure(LockError::IoError(io), _) => Self::sort_io(&io, act, place),
            TantivyError::LockFailure(LockError::LockBusy, _) => Self::Locked { place: show(place) },
            TantivyError::IncompatibleIndex(_)
            | TantivyError::OpenReadError(OpenReadError::IncompatibleIndex(_)) => {
                Self::Outdated { place: show(place), found_schema: 0, found_text: 0 }
            }
            TantivyError::DataCorruption(_)
            | TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(_))
            | TantivyError::SchemaError(_)
            | TantivyError::DeserializeError(_) => Self::Damaged { place: show(place), cause },
            _ => Self::Failed { act, cause },
        }
    }

    /// Sorts an error of the file system.
    pub(crate) fn sort_io(error: &io::Error, act: &'static str, place: &Path) -> Self {
        if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            Self::DiskFull { place: show(place) }
        } else {
            Self::Failed { act, cause: format!("{}: {error}", show(place)) }
        }
    }
}

pub(crate) fn show(place: &Path) -> String {
    place.display().to_string()
}
