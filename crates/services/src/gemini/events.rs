//! The data of server-sent events, from bytes that come in any pieces.
//!
//! Names, ids and times of retry are read over: Gemini sends none. The libraries for it have no limit to an event.

/// Reads events, as the HTML standard has them.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// What came of a line that is not at its end.
    line: Vec<u8>,
    /// The data of the event so far.
    data: Vec<u8>,
    has_data: bool,
    /// A `\n` now belongs to the line before.
    after_return: bool,
    is_begun: bool,
    most: usize,
}

/// An event has more bytes than are read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Events {
    pub(super) fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// The data of events that end with these bytes.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, TooLong> {
        let mut events = Vec::new();
        for &byte in bytes {
            let was_return = std::mem::replace(&mut self.after_return, byte == b'\r');
            match byte {
                b'\n' if was_return => {}
                b'\n' | b'\r' => events.extend(self.end_line()),
                _ if self.line.len() + self.data.len() >= self.most => return Err(TooLong),
                _ => self.line.push(byte),
            }
        }
        Ok(events)
    }

    /// The data of an event that has no end, which the standard would drop; what a service said last is worth more.
    pub(super) fn end(&mut self) -> Option<Vec<u8>> {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.end_event()
    }

    fn end_line(&mut self) -> Option<Vec<u8>> {
        let line = std::mem::take(&mut self.line);
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        let line = if is_first { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) } else { &line };
        if line.is_empty() {
            return self.end_event();
        }
        let value = match line.strip_prefix(b"data") {
            Some([]) => &[],
            Some([b':', b' ', value @ ..] | [b':', value @ ..]) => value,
            // A comment, or another field.
            _ => return None,
        };
        if self.has_data {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(value);
        self.has_data = true;
        None
    }

    fn end_event(&mut self) -> Option<Vec<u8>> {
        let data = std::mem::take(&mut self.data);
        std::mem::take(&mut self.has_data).then_some(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(events: Vec<Vec<u8>>) -> Vec<String> {
        events.into_iter().map(|data| String::from_utf8(data).expect("text")).collect()
    }

    #[test]
    fn events_are_the_same_however_their_bytes_are_cut() {
        let stream = "\u{feff}data: {\"a\":\r\ndata: 1}\r\n\r\n: a comment\ndata:b\n\nevent: x\nid: 7\n\ndata\n\ndata: ü\r\rdata: last";
        let expected = ["{\"a\":\n1}", "b", "", "ü", "last"];
        for size in 1..stream.len() {
            let mut events = Events::new(1_000);
            let mut read: Vec<_> =
                stream.as_bytes().chunks(size).flat_map(|bytes| events.read(bytes).expect("short")).collect();
            read.extend(events.end());
            assert_eq!(texts(read), expected, "in pieces of {size}");
        }
    }

    #[test]
    fn an_event_without_end_is_bounded() {
        let mut events = Events::new(100);
        assert_eq!(events.read(&[b'x'; 100]), Ok(vec![]));
        assert_eq!(events.read(b"x"), Err(TooLong));
        let mut events = Events::new(100);
        let lines = "data: 12345678901234567890\n".repeat(6);
        assert_eq!(events.read(lines.as_bytes()), Err(TooLong));
    }
}
