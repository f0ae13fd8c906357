//! The document in a file: as it stands there, or unpacked, within bounds.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

use super::FileError;

/// A compressed document may be so many times as large as its file.
pub const MAX_RATIO: u64 = 100;

/// Bytes that a compressed document may have however small its file is.
pub const MAX_UNPACKED: u64 = 64 << 20;

const BUFFER: usize = 64 << 10;

/// Reads the document, and counts its lines.
pub(super) struct Unpack<R: Read> {
    from: From<R>,
    pub(super) lines: usize,
    unpacked: u64,
    small: u64,
    /// [`Unpack::too_large`], once it happened.
    is_too_large: bool,
    /// [`Unpack::goes_on`], once it was met.
    goes_on: bool,
}

enum From<R: Read> {
    Plain(BufReader<Counted<R>>),
    /// Members of a compressed file, one after the other; `None` while one takes the place of another.
    Gzip(Option<Box<GzDecoder<BufReader<Counted<R>>>>>),
}

/// What every file begins with that is compressed by gzip.
pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What some editors put before text in UTF-8. It says nothing.
const MARK: &[u8] = "\u{feff}".as_bytes();

impl<R: Read> Unpack<R> {
    /// Looks at the first bytes to see what it is.
    /// `small` is what a document may have however small its file is.
    pub(super) fn new(from: R, small: u64) -> Result<Self, FileError> {
        let mut from = BufReader::with_capacity(BUFFER, Counted { from, bytes: 0 });
        let head = loop {
            match from.fill_buf() {
                Ok(head) => break head,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(FileError::Read { path: None, source }),
            }
        };
        let of = |from| Ok(Self { from, small, lines: 0, unpacked: 0, is_too_large: false, goes_on: false });
        let mark = if head.starts_with(MARK) { MARK.len() } else { 0 };
        let found = match &head[mark..] {
            [] => return Err(FileError::Empty { path: None }),
            [0x1f, 0x8b, ..] => return of(From::Gzip(Some(Box::new(GzDecoder::new(from))))),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "text in UTF-16 (`iconv -f UTF-16 -t UTF-8` makes it readable)",
            [0x28, 0xb5, 0x2f, 0xfd, ..] => "compressed by zstd (`zstd -d` unpacks it)",
            [b'P', b'K', 3, 4, ..] => "a ZIP archive",
            head => match head.trim_ascii_start() {
                [b'{', ..] => {
                    from.consume(mark);
                    return of(From::Plain(from));
                }
                [] => "white space",
                head if head.iter().take(256).all(|&byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) => {
                    "text"
                }
                _ => "binary data",
            },
        };
        Err(FileError::NotATrace { path: None, found: found.to_owned() })
    }

    /// Bytes that the document in a file of this size may have.
    pub(super) fn most(&self, size: u64) -> u64 {
        match &self.from {
            From::Plain(_) => size,
            From::Gzip(_) => self.small.max(size.saturating_mul(MAX_RATIO)),
        }
    }

    /// The same of as much of the file as was read.
    fn limit(&self) -> u64 {
        match &self.from {
            From::Plain(from) => self.most(from.get_ref().bytes),
            From::Gzip(from) => self.most(from.as_ref().map_or(0, |from| from.get_ref().get_ref().bytes)),
        }
    }

    /// Whether something stands behind the last compressed part that is none.
    pub(super) fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// The bound that reading came to.
    pub(super) fn too_large(&self) -> Option<u64> {
        self.is_too_large.then(|| self.limit())
    }
}

impl<R: Read> Read for Unpack<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.from {
            From::Plain(from) => from.read(into)?,
            From::Gzip(from) => loop {
                let Some(member) = from else { break 0 };
                let read = member.read(into)?;
                if read > 0 || into.is_empty() || self.goes_on {
                    break read;
                }
                // Members that stand behind each other are one document, as for `gzip -d`.
                match member.get_mut().fill_buf()? {
                    [] => break 0,
                    next if next.starts_with(&GZIP) => {
                        *from = from.take().map(|member| Box::new(GzDecoder::new(member.into_inner())));
                    }
                    _ => self.goes_on = true,
                }
            },
        };
        self.lines += into[..read].iter().filter(|&&byte| byte == b'\n').count();
        self.unpacked += read as u64;
        if self.unpacked > self.limit() {
            self.is_too_large = true;
            return Err(io::Error::other("the document is too large for its file"));
        }
        Ok(read)
    }
}

/// Knows how much was read.
struct Counted<R> {
    from: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        self.bytes += read as u64;
        Ok(read)
    }
}
