//! Exit codes: what a scheduler acts on.

use std::process::ExitCode;

use praden_pipeline::FolderError;
use praden_pipeline::saved::SavedError;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// The work failed.
    Failed,
    /// Wrong usage, or a faulty definition. clap uses the same number.
    Usage,
    /// Nothing was done, because another run holds the lock.
    Locked,
    /// Done, but part of it failed.
    Partly,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Locked => 3,
            Exit::Partly => 4,
        })
    }
}

/// A failure that a person reads, with the code a scheduler reads.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) error: anyhow::Error,
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        let exit = if error.downcast_ref::<FolderError>().is_some_and(is_locked) {
            Exit::Locked
        } else if error
            .downcast_ref::<SavedError>()
            .is_some_and(|error| !matches!(error, SavedError::Io { .. }))
        {
            Exit::Usage
        } else {
            Exit::Failed
        };
        Self { exit, error }
    }
}

fn is_locked(error: &FolderError) -> bool {
    matches!(error, FolderError::Locked { .. })
}

impl Failure {
    /// Wrong usage: says what would work.
    pub(crate) fn usage(message: impl std::fmt::Display) -> Self {
        Self { exit: Exit::Usage, error: anyhow::anyhow!("{message}") }
    }
}

/// What every command returns.
pub(crate) type Outcome = Result<Exit, Failure>;
