//! The data folder: made, checked and locked before anything in it is touched.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// A data folder that this process may work in.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    // The lock is the open file: it ends with the process, however that ends.
    _lock: Option<File>,
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another run works in it.
    #[error("{path} is in use by another run{by}; nothing was done: wait for it, or stop it", path = .path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
        /// ` (process 123)`, or nothing.
        by: String,
    },
    /// There is none, and none is to be made.
    #[error("{path} is not a data folder: run `praden demo --data {path}`, `praden ingest` or `praden run` first", path = .0.display())]
    Missing(PathBuf),
    /// The disk is full.
    #[error("the disk that holds {path} is full; nothing was written: make room and run again", path = .0.display())]
    DiskFull(PathBuf),
    /// It cannot be made, read or written.
    #[error("{path} cannot be used as a data folder: {cause}; choose another with --data or correct its permissions", path = .path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
}

impl DataFolder {
    /// The lock's file name. It holds the number of the process that has it.
    pub const LOCK: &str = "praden.lock";

    /// Makes the folder if need be and takes it for this process alone.
    ///
    /// # Errors
    /// When another process has it, or it cannot be written.
    pub fn take(path: &Path) -> Result<Self, FolderError> {
        let io = |error: std::io::Error| name_io(path, &error);
        fs::create_dir_all(path).map_err(io)?;
        // Open without truncating: the number inside belongs to whoever holds the lock.
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join(Self::LOCK))
            .map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = lock.take(20).read_to_string(&mut holder);
                let by = holder
                    .trim()
                    .parse::<u32>()
                    .map_or_else(|_| String::new(), |pid| format!(" (process {pid})"));
                return Err(FolderError::Locked { path: path.to_owned(), by });
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let write = |lock: &mut File| {
            lock.set_len(0)?;
            lock.seek(SeekFrom::Start(0))?;
            write!(lock, "{}", std::process::id())
        };
        write(&mut lock).map_err(io)?;
        Ok(Self { path: path.to_owned(), _lock: Some(lock) })
    }

    /// Looks into a folder that others may be working in.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn look(path: &Path) -> Result<Self, FolderError> {
        match fs::read_dir(path) {
            Ok(_) => Ok(Self { path: path.to_owned(), _lock: None }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(FolderError::Missing(path.to_owned()))
            }
            Err(error) => Err(name_io(path, &error)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the search index is.
    pub fn index(&self) -> PathBuf {
        self.path.join("index")
    }
}

fn name_io(path: &Path, error: &std::io::Error) -> FolderError {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            FolderError::DiskFull(path.to_owned())
        }
        _ => FolderError::Unusable { path: path.to_owned(), cause: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("new/data");
        let first = DataFolder::take(&path).expect("free");
        let second = DataFolder::take(&path).expect_err("taken");
        assert!(
            matches!(&second, FolderError::Locked { by, .. } if *by == format!(" (process {})", std::process::id())),
            "{second}"
        );
        drop(first);
        DataFolder::take(&path).expect("free again");
    }

    #[test]
    fn a_file_is_no_folder() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let error = DataFolder::take(file.path()).expect_err("refused");
        assert!(matches!(error, FolderError::Unusable { .. }), "{error}");
        let error = DataFolder::look(Path::new("/no/such/folder")).expect_err("refused");
        assert!(matches!(error, FolderError::Missing(_)), "{error}");
    }
}
