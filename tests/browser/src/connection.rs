//! Chrome's DevTools protocol: calls with an answer each, and events in between.

use std::io::{Error, Result};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Message, WebSocket};

/// A browser that says nothing for so long is broken. Long, since a machine may be busy with other things.
const PATIENCE: Duration = Duration::from_secs(120);

/// A connection to a browser, or to one page of it.
#[derive(Debug)]
pub(crate) struct Connection {
    socket: WebSocket<TcpStream>,
    next: u64,
    /// The page that calls are about, once one is attached.
    pub(crate) session: Option<String>,
    /// Events that came in while an answer was waited for.
    pub(crate) events: Vec<Value>,
}

impl Connection {
    /// Connects to `ws://host:port/path`.
    pub(crate) fn new(endpoint: &str) -> Result<Self> {
        let address = endpoint.trim_start_matches("ws://").split('/').next().unwrap_or_default();
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        // Screenshots come in one message.
        let limits = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let (socket, _) = tungstenite::client::client_with_config(endpoint, stream, Some(limits))
            .map_err(|error| Error::other(error.to_string()))?;
        Ok(Self { socket, next: 0, session: None, events: Vec::new() })
    }

    /// Calls a method and waits for its answer.
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Result<Value> {
        self.next += 1;
        let mut call = json!({ "id": self.next, "method": method, "params": params });
        if let Some(session) = &self.session {
            call["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(call.to_string())).map_err(Error::other)?;
        loop {
            let message = self.socket.read().map_err(Error::other)?;
            let Message::Text(text) = message else { continue };
            let mut message: Value = serde_json::from_str(&text)?;
            if message["id"] == self.next {
                if let Some(error) = message.get("error") {
                    return Err(Error::other(format!("{method}: {error}")));
                }
                return Ok(message["result"].take());
            }
            self.events.push(message);
        }
    }
}
