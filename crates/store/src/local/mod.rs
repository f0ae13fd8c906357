//! A store in a directory: one file a document.
//!
//! ```text
//! captures/
//! ├── documents/shop.process_order/      a line; the directory's name is the document's, made harmless
//! │   ├── head                           the newest number, so that nobody lists the directory to find it
//! │   ├── 000000/00000001.document       numbers in directories of 1,024
//! │   └── 000000/00000002.segment
//! ├── pending/…                          as documents/
//! ├── accepted/shop.process_order.document
//! ├── blobs/9f/86d081…
//! ├── unfinished/                        what is being written
//! └── audit.ndjson
//! ```

mod head;
mod line;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

pub(crate) use line::NewestNoted;

use crate::backend::{Backend, Item, Numbered, Part, Slot, Space, Stat, Walk};
use crate::{Durability, Error, name, sweep};

use crate::place::{self, is_missing, make_private, open_file, refuse_link, unfinished_file};

/// Where files are written before they are in their place.
const UNFINISHED: &str = "unfinished";

/// A [`Backend`] in a directory of the local file system.
#[derive(Clone, Debug)]
pub(crate) struct LocalBackend {
    root: PathBuf,
    durability: Durability,
}

impl LocalBackend {
    /// Uses a directory, which need not be there yet.
    pub(crate) fn new(root: &Path, durability: Durability) -> Self {
        Self { root: root.to_owned(), durability }
    }

    fn space(&self, space: Space) -> PathBuf {
        self.root.join(space.as_str())
    }

    fn line(&self, line: Slot<'_>) -> PathBuf {
        let mut path = self.space(line.space);
        path.push(name::encode(line.name).0);
        path
    }

    fn object(&self, object: Slot<'_>) -> PathBuf {
        let (mut file_name, _) = name::encode(object.name);
        let mut path = self.space(object.space);
        if object.space == Space::Blobs {
            let rest = file_name.split_off(file_name.len().min(2));
            path.push(file_name);
            path.push(rest);
        } else {
            path.push(format!("{file_name}.document"));
        }
        path
    }

    /// Refuses links where directories of ours should be, from the root's children down to `dir`.
    fn refuse_links(&self, dir: &Path) -> Result<(), Error> {
        let below = dir.strip_prefix(&self.root).unwrap_or(Path::new(""));
        let mut path = self.root.clone();
        for part in below {
            path.push(part);
            if !refuse_link(&path)? {
                break;
            }
        }
        Ok(())
    }

    /// Opens a file of ours for reading, if there is one; no link on the way to it is followed.
    fn open_path(&self, path: &Path) -> Result<Option<File>, Error> {
        let failed = |source| Error::Read { path: path.to_owned(), source };
        match place::open_without_links(path) {
            Ok(file) => return Ok(Some(file)),
            Err(error) if is_missing(&error) => return Ok(None),
            // The system cannot, or there is a link: above the root they are nobody's business, below it they are refused.
            Err(_) => {}
        }
        self.refuse_links(path)?;
        match open_file(path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Reads a file of ours, if there is one.
    pub(super) fn read_path(&self, path: &Path, part: &Part) -> Result<Option<Vec<u8>>, Error> {
        let Some(file) = self.open_path(path)? else { return Ok(None) };
        read_part(file, part).map(Some).map_err(|source| Error::Read { path: path.to_owned(), source })
    }

    /// Makes a directory of ours and those above it, for the owner alone.
    fn make(&self, dir: &Path) -> Result<(), Error> {
        self.refuse_links(dir)?;
        make_private(dir).map_err(|source| Error::Directory { path: dir.to_owned(), source })
    }

    /// Writes `bytes` where they will be found by nobody yet.
    fn unfinished(&self, bytes: &[u8], for_path: &Path) -> Result<tempfile::NamedTempFile, Error> {
        let dir = self.root.join(UNFINISHED);
        let failed = |source| Error::Write { path: for_path.to_owned(), source };
        let write = || unfinished_file(&dir, bytes, self.durability);
        match write() {
            Err(error) if is_missing(&error) => {
                self.make(&dir)?;
                write().map_err(failed)
            }
            Ok(file) => {
                sweep::once(&dir);
                Ok(file)
            }
            Err(error) => Err(failed(error)),
        }
    }

    #[cfg(feature = "segments")]
    pub(crate) fn durability(&self) -> Durability {
        self.durability
    }

    /// Where an item is.
    #[cfg(feature = "segments")]
    pub(crate) fn path_of(&self, line: Slot<'_>, item: Numbered) -> PathBuf {
        line::path_of(&self.line(line), item)
    }

    /// Puts other bytes in the place of a file, in one step.
    #[cfg(feature = "segments")]
    pub(crate) fn replace_file(&self, bytes: &[u8], path: &Path) -> Result<(), Error> {
        let file = self.unfinished(bytes, path)?;
        place::replace(file, path, self.durability).map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    /// Removes what killed writers left.
    pub(crate) fn sweep(&self) -> Result<Vec<PathBuf>, Error> {
        sweep(self.root.join(UNFINISHED))
    }
}

impl Backend for LocalBackend {
    fn append(&self, line: Slot<'_>, item: Item, bytes: &[u8]) -> Result<u64, Error> {
        Ok(self.append_file(line, item, bytes)?.0)
    }

    fn latest(&self, line: Slot<'_>) -> Result<Option<Numbered>, Error> {
        self.newest(line)
    }

    fn page(&self, line: Slot<'_>, walk: Walk, about: usize) -> Result<Vec<Numbered>, Error> {
        self.page_of(&self.line(line), walk, about)
    }

    fn read(&self, line: Slot<'_>, item: Numbered, part: Part) -> Result<Option<Vec<u8>>, Error> {
        let path = line::path_of(&self.line(line), item);
        self.read_path(&path, &part)
    }

    fn stat(&self, line: Slot<'_>, item: Numbered) -> Result<Option<Stat>, Error> {
        stat(&line::path_of(&self.line(line), item))
    }

    fn remove(&self, line: Slot<'_>, item: Numbered) -> Result<bool, Error> {
        self.remove_item(line, item)
    }

    fn overwrite(&self, line: Slot<'_>, item: Numbered, bytes: &[u8]) -> Result<bool, Error> {
        let path = line::path_of(&self.line(line), item);
        let Some(before) = stat(&path)? else { return Ok(false) };
        let failed = |source| Error::Write { path: path.clone(), source };
        let file = self.unfinished(bytes, &path)?;
        // It does not get younger by it: rules about ages go by this time.
        file.as_file().set_modified(before.modified).map_err(failed)?;
        place::replace(file, &path, self.durability).map_err(failed)?;
        Ok(true)
    }

    fn load(&self, object: Slot<'_>) -> Result<Option<Vec<u8>>, Error> {
        let path = self.object(object);
        self.read_path(&path, &Part::All)
    }

    fn replace(&self, object: Slot<'_>, expected: Option<&[u8]>, new: Option<&[u8]>) -> Result<bool, Error> {
        let path = self.object(object);
        let dir = path.parent().unwrap_or(&self.root).to_owned();
        self.make(&dir)?;
        // Blobs say themselves what they are, so nobody has to agree about them.
        let _lock = (object.space != Space::Blobs).then(|| head::Head::lock(&dir)).transpose()?;
        let found = self.read_path(&path, &Part::All)?;
        if found.as_deref() != expected {
            return Ok(false);
        }
        match new {
            Some(new) => {
                let file = self.unfinished(new, &path)?;
                place::replace(file, &path, self.durability).map_err(|source| Error::Write { path, source })?;
            }
            None => match fs::remove_file(&path) {
                Err(source) if !is_missing(&source) => return Err(Error::Write { path, source }),
                _ => {}
            },
        }
        Ok(true)
    }

    fn stat_object(&self, object: Slot<'_>) -> Result<Option<Stat>, Error> {
        stat(&self.object(object))
    }

    fn names(&self, space: Space) -> Result<Vec<String>, Error> {
        let dir = self.space(space);
        refuse_link(&dir)?;
        let mut names = Vec::new();
        for file_name in place::names(&dir)? {
            match space {
                Space::Documents | Space::Pending => match name::decode(&file_name) {
                    name::Decoded::Name(name) => {
                        if self.newest(Slot::new(space, &name))?.is_some() {
                            names.push(name);
                        }
                    }
                    name::Decoded::Hashed => names.extend(self.name_of_line(&dir.join(file_name))),
                    name::Decoded::Foreign => {}
                },
                Space::Accepted => {
                    let Some(file_name) = file_name.strip_suffix(".document") else { continue };
                    match name::decode(file_name) {
                        name::Decoded::Name(name) => names.push(name),
                        name::Decoded::Hashed => {
                            names.extend(name_in(&dir.join(format!("{file_name}.document"))));
                        }
                        name::Decoded::Foreign => {}
                    }
                }
                Space::Blobs => {
                    names.extend(place::names(&dir.join(&file_name))?.iter().map(|rest| format!("{file_name}{rest}")));
                }
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn item_origin(&self, line: Slot<'_>, item: Numbered) -> String {
        line::path_of(&self.line(line), item).display().to_string()
    }

    fn object_origin(&self, object: Slot<'_>) -> String {
        self.object(object).display().to_string()
    }
}

impl LocalBackend {
    /// The name of a line whose directory does not tell, from its newest readable document.
    fn name_of_line(&self, dir: &Path) -> Option<String> {
        let mut walk = Walk::NewestFirst(None);
        loop {
            let page = self.page_of(dir, walk, 1).ok()?;
            walk = Walk::NewestFirst(Some(page.last()?.number));
            let mut names = page.iter().filter_map(|item| name_in(&line::path_of(dir, *item)));
            if let Some(name) = names.next() {
                return Some(name);
            }
        }
    }
}

/// The name that a document or segment says it has.
fn name_in(path: &Path) -> Option<String> {
    let bytes = read_part(open_file(path).ok()?, &Part::Start(crate::document::MAX_METADATA as u64)).ok()?;
    #[cfg(feature = "segments")]
    if let Some(name) = crate::segment::name_in(&bytes) {
        return Some(name);
    }
    Some(crate::document::decode_start(&bytes, "").ok()??.metadata.name().to_owned())
}

fn stat(path: &Path) -> Result<Option<Stat>, Error> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => {
            Ok(Some(Stat { bytes: found.len(), modified: found.modified().unwrap_or(std::time::UNIX_EPOCH) }))
        }
        Ok(_) => Ok(None),
        Err(error) if is_missing(&error) => Ok(None),
        Err(source) => Err(Error::Read { path: path.to_owned(), source }),
    }
}

/// Bytes read at once before anybody asks how many there are. Most documents are smaller.
const SMALL: usize = 8 << 10;

fn read_part(mut file: File, part: &Part) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if matches!(part, Part::All) {
        bytes.resize(SMALL, 0);
        let read = file.read(&mut bytes)?;
        bytes.truncate(read);
        // A file ends where less is read than was asked for. Should it not, its own length and checksum tell.
        if read < SMALL {
            return Ok(bytes);
        }
    }
    let range = part.of(file.metadata()?.len());
    let from = range.start.max(bytes.len() as u64);
    let wanted = range.end.saturating_sub(from);
    // A file that is longer than memory is an error, not an abort.
    let room = usize::try_from(wanted).unwrap_or(usize::MAX);
    bytes.try_reserve_exact(room).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    if from > 0 && bytes.is_empty() {
        file.seek(SeekFrom::Start(from))?;
    }
    file.take(wanted).read_to_end(&mut bytes)?;
    Ok(bytes)
}
