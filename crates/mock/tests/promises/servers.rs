//! Private servers of Redis and PostgreSQL: on a free port, in a folder of their own, gone when they are dropped.
//!
//! One that is not installed is skipped by name; with `TRACESNAP_TEST_STRICT=1` that fails.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Time that a server is given to be there: the machine may be busy with other things.
const PATIENCE: Duration = Duration::from_secs(120);

fn program(names: &[&str], folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).chain(folders.iter().cloned()).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|place| place.is_file()))
}

fn skipped(what: &str, remedy: &str) {
    let missing = format!("skipped: {what} is not installed; `{remedy}`");
    assert!(std::env::var("TRACESNAP_TEST_STRICT").as_deref() != Ok("1"), "{missing}");
    eprintln!("{missing}");
}

fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    free.local_addr().expect("an address").port()
}

/// A server of Redis, or of Valkey.
#[cfg(feature = "redis")]
#[derive(Debug)]
pub(crate) struct Redis {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    process: Option<Child>,
}

#[cfg(feature = "redis")]
impl Redis {
    /// `None`, said on standard error, if it is not installed and need not be.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = program(&["redis-server", "valkey-server"], &[]) else {
            skipped("Redis", "apt-get install redis-server");
            return None;
        };
        let folder = TempDir::new().expect("a folder");
        let mut redis = Self { program, folder, port: free_port(), process: None };
        redis.restart();
        Some(redis)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it by SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it is killed");
            process.wait().expect("it is gone");
        }
    }

    /// Starts it again, on the same port, empty.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let mut command = Command::new(&self.program);
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--save", "", "--appendonly", "no"]);
        command.arg("--dir").arg(self.folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        self.process = Some(command.spawn().expect("Redis starts"));
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "Redis does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[cfg(feature = "redis")]
impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A server of PostgreSQL, run by somebody who is not root, which it insists on.
#[cfg(feature = "database")]
#[derive(Debug)]
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    process: Option<Child>,
}

#[cfg(feature = "database")]
impl Postgres {
    /// `None`, said on standard error, if it is not installed and need not be.
    pub(crate) fn start() -> Option<Self> {
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
        let Some(initdb) = program(&["initdb"], &folders) else {
            skipped("PostgreSQL", "apt-get install postgresql");
            return None;
        };
        // What is in the path may lead to where the others are.
        let initdb = initdb.canonicalize().expect("a program");
        let programs = initdb.parent().unwrap_or(Path::new("/")).to_owned();
        let folder = TempDir::new().expect("a folder");
        if is_root() {
            let chown = Command::new("chown").arg("postgres:").arg(folder.path()).status();
            assert!(chown.is_ok_and(|status| status.success()), "there is a user `postgres`");
        }
        let mut postgres = Self { programs, folder, port: free_port(), process: None };
        let mut initdb = postgres.command("initdb");
        initdb
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(postgres.data());
        let made = initdb.output().expect("initdb runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        postgres.restart();
        Some(postgres)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// Ends it by SIGKILL, as if the machine had lost its power.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it is killed");
            process.wait().expect("it is gone");
        }
    }

    /// Starts it again, on the same port, with what it has.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let begun = Instant::now();
        loop {
            let mut command = self.command("postgres");
            command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string(), "-h", "127.0.0.1", "-k"]);
            command.arg(self.folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut process = command.spawn().expect("PostgreSQL starts");
            // What is left of one that was killed keeps a new one out until it is gone.
            loop {
                assert!(begun.elapsed() < PATIENCE, "PostgreSQL does not answer");
                if process.try_wait().expect("its state").is_some() {
                    break;
                }
                if self.is_ready(process.id()) {
                    self.process = Some(process);
                    return;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    /// By the file in which a server tells its number, and at its end how it is.
    fn is_ready(&self, id: u32) -> bool {
        let told = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        told.lines().next() == Some(&id.to_string()) && told.lines().any(|line| line.trim() == "ready")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        // Where it is started must not matter to somebody who may not be there.
        command.current_dir("/");
        command
    }
}

#[cfg(feature = "database")]
impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // In order, so that nothing of it stays in the memory of the system.
            let stop = Command::new("kill").args(["-INT", &process.id().to_string()]).status();
            if !stop.is_ok_and(|status| status.success()) {
                let _ = process.kill();
            }
            let _ = process.wait();
        }
    }
}

#[cfg(feature = "database")]
fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}
