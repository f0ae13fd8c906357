//! The captures of the whole process: those that the program set, or those that environment and file describe.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};

use super::{Captures, gate, scope};
use crate::{CaptureConfig, Error};

struct Global {
    captures: Option<Captures>,
    gate: u32,
}

static GLOBAL: RwLock<Global> = RwLock::new(Global { captures: None, gate: gate::UNDECIDED });

/// Numbers of captures; 0 and 1 have a meaning of their own.
static NEXT: AtomicU32 = AtomicU32::new(2);

/// Makes this configuration hold for the whole process, with its environment and `tracesnap.toml`.
///
/// Captures that wait to be written with the configuration before are written first.
///
/// # Errors
///
/// If a setting makes no sense; what held before holds on.
///
/// ```no_run
/// use tracesnap_capture::{CaptureConfig, set_global_config};
///
/// set_global_config(CaptureConfig::new().production_mode(true).path("/var/lib/shop/captures"))?;
/// # Ok::<(), tracesnap_capture::Error>(())
/// ```
pub fn set_global_config(config: CaptureConfig) -> Result<(), Error> {
    set_global(Captures::builder().config(config).from_process()?.build()?);
    Ok(())
}

/// Makes these captures hold for the whole process.
pub fn set_global(captures: Captures) {
    let mut global = GLOBAL.write().unwrap_or_else(PoisonError::into_inner);
    global.gate = if captures.is_enabled() { NEXT.fetch_add(1, Ordering::Relaxed) } else { gate::OFF };
    let before = global.captures.replace(captures);
    drop(global);
    scope::settle();
    if let Some(before) = before {
        before.flush();
    }
}

/// Waits until everything that was captured so far in the whole process is in its store: before a program ends that
/// writes in the background.
pub fn flush() {
    let captures = GLOBAL.read().unwrap_or_else(PoisonError::into_inner).captures.clone();
    if let Some(captures) = captures {
        captures.flush();
    }
}

/// What the gate says while no scope is open.
pub(crate) fn gate_now() -> u32 {
    GLOBAL.read().unwrap_or_else(PoisonError::into_inner).gate
}

/// The captures of the process; made from environment and file if nobody has set any.
pub(crate) fn get() -> Option<Captures> {
    let global = GLOBAL.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(captures) = &global.captures {
        return Some(captures.clone());
    }
    drop(global);
    let captures = match Captures::builder().from_process().and_then(super::CapturesBuilder::build) {
        Ok(captures) => captures,
        Err(error) => {
            crate::warn::tell("captures are off", &error);
            Captures::off()
        }
    };
    let mut global = GLOBAL.write().unwrap_or_else(PoisonError::into_inner);
    if global.captures.is_none() {
        global.gate = if captures.is_enabled() { NEXT.fetch_add(1, Ordering::Relaxed) } else { gate::OFF };
        global.captures = Some(captures.clone());
        drop(global);
        scope::settle();
        return Some(captures);
    }
    global.captures.clone()
}
