//! The framing of gRPC: a flag, four bytes of length, a message.

/// A message of a gRPC body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'b> {
    pub(crate) is_compressed: bool,
    pub(crate) message: &'b [u8],
}

/// All messages of a body; `None` if it is not made of whole ones.
pub(crate) fn frames(mut body: &[u8]) -> Option<Vec<Frame<'_>>> {
    let mut all = Vec::new();
    while !body.is_empty() {
        let (head, rest) = body.split_at_checked(5)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let (message, rest) = rest.split_at_checked(length)?;
        if head[0] > 1 {
            return None;
        }
        all.push(Frame { is_compressed: head[0] == 1, message });
        body = rest;
    }
    Some(all)
}

/// How many bytes of the beginning of a body are whole messages.
pub(crate) fn whole(body: &[u8]) -> usize {
    let mut at = 0;
    while let Some(head) = body.get(at..at + 5) {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        match at.checked_add(5 + length) {
            Some(end) if end <= body.len() => at = end,
            _ => break,
        }
    }
    at
}

/// Whether a media type is that of gRPC; gRPC-Web has another framing.
pub(crate) fn is_grpc(media_type: Option<&str>) -> bool {
    media_type.is_some_and(|kind| kind.starts_with("application/grpc") && !kind.starts_with("application/grpc-web"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_its_messages_or_nothing() {
        let body = [0, 0, 0, 0, 2, 8, 1, 1, 0, 0, 0, 0];
        let read = frames(&body).expect("whole");
        assert_eq!(read[0], Frame { is_compressed: false, message: &[8, 1] });
        assert_eq!(read[1], Frame { is_compressed: true, message: &[] });
        assert_eq!(frames(&body[..11]), None);
        assert_eq!(frames(&[7, 0, 0, 0, 0]), None);
        assert_eq!(frames(&[]), Some(Vec::new()));
        assert_eq!([whole(&body), whole(&body[..11]), whole(&body[..6]), whole(&[])], [12, 7, 0, 0]);
    }
}
