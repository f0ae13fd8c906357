//! One page: what a user does to it, and what can be read off it.

use std::io::{Error, Result};
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::connection::Connection;

/// What a page does not show after so long it will never show.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which colours the system prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// An open page.
#[derive(Debug)]
pub struct Page {
    connection: Connection,
}

impl Page {
    pub(crate) fn open(
        mut connection: Connection,
        url: &str,
        (width, height): (u32, u32),
        theme: Theme,
    ) -> Result<Self> {
        let target = connection.call("Target.createTarget", json!({ "url": "about:blank" }))?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = connection.call("Target.attachToTarget", attach)?;
        connection.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            connection.call(&format!("{domain}.enable"), json!({}))?;
        }
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        connection.call("Emulation.setDeviceMetricsOverride", metrics)?;
        let theme = if theme == Theme::Dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": theme }] });
        connection.call("Emulation.setEmulatedMedia", media)?;
        connection.call("Page.navigate", json!({ "url": url }))?;
        let mut page = Self { connection };
        page.until("document.querySelector('.app, #app .loss') !== null")?;
        Ok(page)
    }

    /// The value of an expression of JavaScript, awaited where it is a promise.
    ///
    /// # Errors
    ///
    /// When it throws, with what it threw.
    pub fn ask(&mut self, expression: &str) -> Result<Value> {
        let params =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true });
        let mut answer = self.connection.call("Runtime.evaluate", params)?;
        if let Some(exception) = answer.get("exceptionDetails") {
            return Err(Error::other(format!("`{expression}` threw {exception}")));
        }
        Ok(answer["result"]["value"].take())
    }

    /// Waits until an expression is true.
    ///
    /// # Errors
    ///
    /// When it throws, or is not true within a minute.
    pub fn until(&mut self, expression: &str) -> Result<()> {
        let start = Instant::now();
        while self.ask(expression)? != json!(true) {
            if start.elapsed() > PATIENCE {
                return Err(Error::other(format!("never came true: {expression}")));
            }
            sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// The text of every element that a CSS selector finds and that is shown.
    ///
    /// # Errors
    ///
    /// When the selector cannot be read.
    pub fn texts(&mut self, selector: &str) -> Result<Vec<String>> {
        let found = self.ask(&format!(
            "[...document.querySelectorAll({})].filter((e) => e.checkVisibility()).map((e) => e.textContent)",
            json!(selector)
        ))?;
        Ok(serde_json::from_value(found)?)
    }

    /// The text of the one element that a CSS selector finds.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn text(&mut self, selector: &str) -> Result<String> {
        let mut all = self.texts(selector)?;
        if all.is_empty() {
            Err(Error::other(format!("nothing is shown at `{selector}`")))
        } else {
            Ok(all.swap_remove(0))
        }
    }

    /// The rows that are shown, from the top, one text a cell.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub fn rows(&mut self) -> Result<Vec<Vec<String>>> {
        let rows = self.ask(
            "[...document.querySelectorAll('.view:not([hidden]) .space > .row')].filter((row) => !row.hidden)
                .sort((a, b) => a.ariaRowIndex - b.ariaRowIndex)
                .map((row) => [...row.children].map((cell) => cell.textContent))",
        )?;
        Ok(serde_json::from_value(rows)?)
    }

    /// Presses keys, one after the other, named as `KeyboardEvent.key` names them; `Shift+` may go before.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub fn press<'k>(&mut self, keys: impl IntoIterator<Item = &'k str>) -> Result<()> {
        for key in keys {
            let (shift, key) = key.strip_prefix("Shift+").map_or((false, key), |key| (true, key));
            let text = match key {
                "Enter" => "\r",
                key if key.chars().count() == 1 => key,
                _ => "",
            };
            let code = match key {
                "Enter" => 13,
                "Tab" => 9,
                "Escape" => 27,
                " " => 32,
                "PageUp" => 33,
                "PageDown" => 34,
                "End" => 35,
                "Delete" => 46,
                "Home" => 36,
                "ArrowLeft" => 37,
                "ArrowUp" => 38,
                "ArrowRight" => 39,
                "ArrowDown" => 40,
                _ => 0,
            };
            let down = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
            let modifiers = if shift { 8 } else { 0 };
            let event = |kind| json!({ "type": kind, "key": key, "text": text, "windowsVirtualKeyCode": code, "modifiers": modifiers });
            self.connection.call("Input.dispatchKeyEvent", event(down))?;
            let mut up = event("keyUp");
            up["text"] = json!("");
            self.connection.call("Input.dispatchKeyEvent", up)?;
        }
        self.settle()
    }

    /// Types a text where the focus is.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub fn write(&mut self, text: &str) -> Result<()> {
        self.connection.call("Input.insertText", json!({ "text": text }))?;
        self.settle()
    }

    /// Clicks the middle of the first element that a CSS selector finds, or of the one with this text besides.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn click(&mut self, selector: &str, text: Option<&str>) -> Result<()> {
        let place = self.ask(&format!(
            "(() => {{
                const found = [...document.querySelectorAll({})].filter((e) => e.checkVisibility());
                const element = found.find((e) => {text} === null || e.textContent.includes({text}));
                if (!element) return null;
                element.scrollIntoView({{ block: 'nearest' }});
                const box = element.getBoundingClientRect();
                return [box.x + Math.min(box.width / 2, 200), box.y + box.height / 2];
            }})()",
            json!(selector),
            text = json!(text)
        ))?;
        let (Some(x), Some(y)) = (place[0].as_f64(), place[1].as_f64()) else {
            return Err(Error::other(format!("nothing to click at `{selector}` with text {text:?}")));
        };
        self.click_at(x, y)
    }

    /// Clicks a place of the page.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub fn click_at(&mut self, x: f64, y: f64) -> Result<()> {
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let count = u8::from(kind != "mouseMoved");
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event = json!({ "type": kind, "x": x, "y": y, "button": button, "clickCount": count });
            self.connection.call("Input.dispatchMouseEvent", event)?;
        }
        self.settle()
    }

    /// Replaces the text of the first field that a CSS selector finds, as a user does who types.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn fill(&mut self, selector: &str, text: &str) -> Result<()> {
        let found = self.ask(&format!(
            "(() => {{
                const field = [...document.querySelectorAll({})].find((e) => e.checkVisibility());
                if (!field) return false;
                field.focus();
                field.select();
                return true;
            }})()",
            json!(selector)
        ))?;
        if found != json!(true) {
            return Err(Error::other(format!("nothing to fill in at `{selector}`")));
        }
        if text.is_empty() {
            return self.press(["Delete"]);
        }
        self.write(text)
    }

    /// Waits until the page has drawn what was asked of it.
    fn settle(&mut self) -> Result<()> {
        self.ask("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
            .map(drop)
    }

    /// What the page shows, as a PNG.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub fn screenshot(&mut self) -> Result<Vec<u8>> {
        self.settle()?;
        let shot = self.connection.call("Page.captureScreenshot", json!({ "format": "png" }))?;
        STANDARD.decode(shot["data"].as_str().unwrap_or_default()).map_err(Error::other)
    }

    /// Everything the page complained of: exceptions, errors on the console, breaches of its policy.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub fn complaints(&mut self) -> Result<Vec<String>> {
        self.settle()?;
        let is_complaint = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Log.entryAdded") => event["params"]["entry"]["level"] == "error",
            Some("Runtime.consoleAPICalled") => event["params"]["type"] == "error",
            _ => false,
        };
        Ok(self.connection.events.iter().filter(is_complaint).map(Value::to_string).collect())
    }

    /// The addresses the page asked for, its own included.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub fn requests(&mut self) -> Result<Vec<String>> {
        self.settle()?;
        let sent = self.connection.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        Ok(sent.map(|event| event["params"]["request"]["url"].as_str().unwrap_or_default().to_owned()).collect())
    }
}
