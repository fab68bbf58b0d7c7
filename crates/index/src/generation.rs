//! Building an index anew beside the one that serves.
//!
//! An index lives in its folder, or, once it was built anew, in a folder of its own inside (`g-1`, `g-2` ...). A small file
//! says which; renaming another over it is the moment at which all who open the index from then on get the new one. Whoever has
//! the old one open goes on with it, asks [`crate::Index::is_current`] now and then, and opens again. Killed at any instant, one of
//! the two serves, whole.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tantivy::Directory as _;
use tantivy::directory::{INDEX_WRITER_LOCK, MmapDirectory};

use crate::error::{IndexError, show};
use crate::index::{remove_files, sync_dir};

/// The file that names the folder that serves.
const POINTER_FILE: &str = "praden-index.current";

/// The file that is locked by whoever builds anew, or clears away.
const LOCK_FILE: &str = "praden-index.rebuild";

/// The folder that serves.
pub(crate) fn current(root: &Path) -> Result<PathBuf, IndexError> {
    match named(root) {
        Ok(None) => Ok(root.to_owned()),
        Ok(Some(name)) if root.join(&name).is_dir() => Ok(root.join(name)),
        Ok(Some(name)) => Err(IndexError::Damaged {
            place: show(root),
            cause: format!("{POINTER_FILE} names {name}, which is not there"),
        }),
        Err(error) => Err(IndexError::sort_io(&error, "open the index", root)),
    }
}

fn named(root: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(root.join(POINTER_FILE)) {
        // A name of no folder of ours is as good as one that is missing.
        Ok(name) => {
            Ok(Some(if number(name.trim()).is_some() { name.trim().to_owned() } else { "?".to_owned() }))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn number(name: &str) -> Option<u64> {
    name.strip_prefix("g-")?.parse().ok()
}

/// The numbers of the folders inside.
fn numbers(root: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(root)? {
        numbers.extend(entry?.file_name().to_str().and_then(number));
    }
    Ok(numbers)
}

/// Removes every folder inside, and the file that names one.
pub(crate) fn clear(root: &Path) -> io::Result<()> {
    for number in numbers(root)? {
        remove_folder(&folder(root, number))?;
    }
    match fs::remove_file(root.join(POINTER_FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn folder(root: &Path, number: u64) -> PathBuf {
    root.join(format!("g-{number}"))
}

fn remove_folder(folder: &Path) -> io::Result<()> {
    remove_files(folder)?;
    // What is left in it then, is not ours.
    let _ = fs::remove_file(folder.join(LOCK_FILE));
    let _ = fs::remove_dir(folder);
    Ok(())
}

/// Whether nobody writes an index in a folder.
fn is_at_rest(folder: &Path) -> bool {
    let lock = MmapDirectory::open(folder)
        .ok()
        .and_then(|directory| directory.acquire_lock(&INDEX_WRITER_LOCK).ok());
    lock.is_some()
}

fn lock(root: &Path) -> io::Result<Option<File>> {
    fs::create_dir_all(root)?;
    let file = File::options().write(true).create(true).truncate(false).open(root.join(LOCK_FILE))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Removes what does not serve: the files of an index that another took the place of, and of rebuilds that were killed. What
/// somebody writes is left alone, and so is everything while somebody builds.
///
/// # Errors
/// When a file cannot be removed.
pub fn sweep(root: &Path) -> Result<(), IndexError> {
    let swept = || {
        let Some(_lock) = lock(root)? else { return Ok(()) };
        remove_others(root)
    };
    swept().map_err(|error| IndexError::sort_io(&error, "clear the old index away", root))
}

fn remove_others(root: &Path) -> io::Result<()> {
    let serves = named(root)?;
    for number in numbers(root)? {
        let folder = folder(root, number);
        if serves.as_deref() != Some(&format!("g-{number}")) && is_at_rest(&folder) {
            remove_folder(&folder)?;
        }
    }
    if serves.is_some() && is_at_rest(root) {
        remove_files(root)?;
    }
    Ok(())
}

/// An index that is being built beside the one that serves. Dropped before [`Rebuild::finish`], it changes nothing.
#[derive(Debug)]
pub struct Rebuild {
    root: PathBuf,
    number: u64,
    // Ends with the process, however that ends.
    _lock: File,
}

impl Rebuild {
    /// Begins: what is left of earlier ones goes, and a new folder is made.
    ///
    /// # Errors
    /// [`IndexError::Locked`] while another is being built.
    pub fn begin(root: &Path) -> Result<Self, IndexError> {
        let failed = |error: io::Error| IndexError::sort_io(&error, "build the index anew", root);
        let lock = lock(root).map_err(failed)?.ok_or_else(|| IndexError::Locked { place: show(root) })?;
        remove_others(root).map_err(failed)?;
        let number = numbers(root).map_err(failed)?.into_iter().max().unwrap_or(0) + 1;
        fs::create_dir(folder(root, number)).map_err(failed)?;
        Ok(Self { root: root.to_owned(), number, _lock: lock })
    }

    /// Where it is built: open an index there.
    pub fn dir(&self) -> PathBuf {
        folder(&self.root, self.number)
    }

    /// Puts it in the place of the one that serves.
    ///
    /// # Errors
    /// When the folder cannot be written; the old one serves on.
    pub fn finish(self) -> Result<(), IndexError> {
        let switch = || {
            sync_dir(&self.dir())?;
            fail::fail_point!("index.rebuild.built", |_| std::process::abort());
            let draft = self.root.join(format!("{POINTER_FILE}.new"));
            let mut file = File::create(&draft)?;
            write!(file, "g-{}", self.number)?;
            file.sync_all()?;
            fs::rename(&draft, self.root.join(POINTER_FILE))?;
            sync_dir(&self.root)
        };
        switch().map_err(|error| IndexError::sort_io(&error, "put the new index in place", &self.root))?;
        fail::fail_point!("index.rebuild.switched", |_| std::process::abort());
        Ok(())
    }
}
