//! The engine: tables in, queries answered.

use std::fmt;
use std::sync::{Arc, Mutex};

use datafusion::catalog::TableProvider;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::execution::TaskContext;
use datafusion::execution::context::{SQLOptions, SessionConfig, SessionContext};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::execute_stream;
use object_store::ObjectStore;
use tracesnap_store::Waiting;
use url::Url;

use super::answer::{Answer, Told};
use super::failure::{Tables, failed};
use super::table::RecordingTable;
use super::{numbers, place};
use crate::recordings::Source;
use crate::{Captures, Error, Sessions, Summary};

/// How much memory a query may take for sorting, grouping and joining; beyond that it writes to the directory for
/// temporary files, and where that does not help it ends with [`Error::Memory`]: 1 GiB. **Unit:** bytes.
pub const DEFAULT_MEMORY: usize = 1 << 30;

/// The engine walks its plans by recursion, and a long condition is a deep one.
const STACK: usize = 16 << 20;

/// Answers queries over tables of recordings.
///
/// Only `SELECT`, `EXPLAIN` and `DESCRIBE`: nothing that is recorded is changed, and no file is read that was not given.
/// Functions are those of DataFusion for numbers, texts, times and patterns; columns that are JSON are looked into with
/// `args->>'customer_id'`, `json_get_int(args, 'items', 0, 'count')` and their kin.
///
/// Works of a thread of its own, so that it is used within a runtime too; the thread that asks is blocked meanwhile.
pub struct Engine {
    context: SessionContext,
    waiting: Arc<Waiting>,
    memory: usize,
    tables: Tables,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("tables", &self.tables).field("memory", &self.memory).finish_non_exhaustive()
    }
}

/// Says how an [`Engine`] works.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct EngineBuilder {
    memory: usize,
    threads: usize,
}

impl EngineBuilder {
    /// How much memory a query may take for sorting, grouping and joining. **Unit:** bytes. Default:
    /// [`DEFAULT_MEMORY`].
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// How many threads read and compute. Default: as many as the machine has.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Starts it, without a table.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub fn build(self) -> Result<Engine, Error> {
        let Self { memory, threads } = self;
        let mut config = SessionConfig::new().with_target_partitions(threads).with_information_schema(true);
        let options = config.options_mut();
        // Rows that cannot be meant are not even decoded.
        options.execution.parquet.pushdown_filters = true;
        // A column has the same type, whatever it is read from.
        options.execution.parquet.schema_force_view_types = false;
        let environment = RuntimeEnvBuilder::new().with_memory_limit(memory, 1.0).build_arc();
        let environment = environment.map_err(|error| Error::Query { source: error.into() })?;
        let mut context = SessionContext::new_with_config_rt(config, environment);
        let registered =
            datafusion_functions_json::register_all(&mut context).and_then(|()| numbers::mend(&mut context));
        registered.map_err(|error| Error::Query { source: error.into() })?;
        let mut threads_of = tokio::runtime::Builder::new_multi_thread();
        threads_of.worker_threads(threads).thread_name("tracesnap-query").thread_stack_size(STACK);
        let waiting = Waiting::on(&mut threads_of);
        let waiting = Arc::new(waiting.map_err(|error| Error::place("a thread of this process", error.into()))?);
        Ok(Engine { context, waiting, memory, tables: Tables::default() })
    }
}

impl Engine {
    /// With the defaults, and without a table.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Says more of how it works.
    pub fn builder() -> EngineBuilder {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        EngineBuilder { memory: DEFAULT_MEMORY, threads }
    }

    /// Adds the table `captures`.
    ///
    /// # Errors
    ///
    /// If it has one.
    pub fn captures(&mut self, captures: Captures) -> Result<(), Error> {
        self.recordings(captures)
    }

    /// Adds the table `interactions`.
    ///
    /// # Errors
    ///
    /// If it has one.
    pub fn sessions(&mut self, sessions: Sessions) -> Result<(), Error> {
        self.recordings(sessions)
    }

    /// Adds the table `captures`, of whatever is there: a folder of captures, a file of documents, a Parquet file, a
    /// folder of them, or a URL of any of these.
    ///
    /// # Errors
    ///
    /// [`Error::Place`] if nothing can be read there.
    pub fn captures_at(&mut self, place: &str) -> Result<(), Error> {
        match place::of(place, &self.waiting)? {
            place::Holds::Parquet(files) => self.files(Captures::NAME, files),
            place::Holds::Recordings if place::is_url(place) => self.recordings(Captures::at_url(place)?),
            place::Holds::Recordings => self.recordings(Captures::open(place)?),
        }
    }

    /// Adds the table `interactions`, of whatever is there: a folder of sessions, a session file, a Parquet file, a
    /// folder of them, or a URL of any of these.
    ///
    /// # Errors
    ///
    /// [`Error::Place`] if nothing can be read there.
    pub fn sessions_at(&mut self, place: &str) -> Result<(), Error> {
        match place::of(place, &self.waiting)? {
            place::Holds::Parquet(files) => self.files(Sessions::NAME, files),
            place::Holds::Recordings if place::is_url(place) => self.recordings(Sessions::at_url(place)?),
            place::Holds::Recordings => self.recordings(Sessions::open(place)?),
        }
    }

    /// Adds a table of the Parquet file of this path in an object store, or of those below it: `table` is its name.
    ///
    /// Groups of rows that cannot have one that is asked for are passed over by the statistics in the files.
    ///
    /// # Errors
    ///
    /// [`Error::Place`] if there is none.
    pub fn parquet_on(&mut self, table: &str, store: Arc<dyn ObjectStore>, path: &str) -> Result<(), Error> {
        let files = place::Files::on(store, path)?;
        self.files(table, files)
    }

    fn recordings<S: Source>(&mut self, recordings: S) -> Result<(), Error> {
        self.table(S::NAME, Arc::new(RecordingTable::new(recordings)))
    }

    fn files(&mut self, name: &str, files: place::Files) -> Result<(), Error> {
        // Each store under a name of its own, so that two of the same kind do not meet.
        let base = format!("tracesnap://table-{}/", self.tables.len());
        let unread = |why: Box<dyn std::error::Error + Send + Sync>| Error::place(&files.path, why);
        let base = Url::parse(&base).map_err(|error| unread(error.into()))?;
        self.context.register_object_store(&base, Arc::clone(&files.store));
        let mut at = base;
        // Not joined: a name with a colon would be taken for a scheme.
        at.set_path(&format!("/{}", files.path));
        let at = ListingTableUrl::try_new(at, None);
        let at = at.map_err(|error| unread(error.into()))?;
        let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
        let state = self.context.state();
        let inferred = self.waiting.wait(async move {
            let schema = options.infer_schema(&state, &at).await?;
            ListingTable::try_new(ListingTableConfig::new(at).with_listing_options(options).with_schema(schema))
        });
        let table = inferred.ok_or_else(|| unread("the thread that read it ended".into()))?;
        let table = table.map_err(|error| unread(error.into()))?;
        self.table(name, Arc::new(table))
    }

    fn table(&mut self, name: &str, table: Arc<dyn TableProvider>) -> Result<(), Error> {
        let columns = table.schema().fields().iter().map(|field| field.name().clone()).collect();
        if !self.tables.add(name, columns) {
            let why = "there is one of this name".into();
            return Err(Error::Place { place: format!("table {name}"), source: why });
        }
        self.context.register_table(name, table).map_err(|error| Error::Query { source: error.into() })?;
        Ok(())
    }

    /// Answers a query: `SELECT function, count(*) FROM captures GROUP BY function`.
    ///
    /// Nothing of the answer is held but the batch that is given; dropping it ends the query.
    ///
    /// # Errors
    ///
    /// [`Error::Sql`], [`Error::NotSelect`], [`Error::NoTable`], [`Error::NoColumn`]; otherwise if nothing can be read.
    pub fn query(&self, sql: &str) -> Result<Answer, Error> {
        let context = self.context.clone();
        let asked = sql.to_owned();
        let told: Told = Arc::new(Mutex::new(Summary::default()));
        let tell = Arc::clone(&told);
        let stream = self.waiting.wait(async move {
            let state = context.state();
            let plan = state.create_logical_plan(&asked).await?;
            let allowed = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
            if allowed.verify_plan(&plan).is_err() {
                return Ok(None);
            }
            let plan = context.execute_logical_plan(plan).await?.create_physical_plan().await?;
            // Who reads tells of what is damaged to this query alone.
            let config = state.config().clone().with_extension(tell);
            let task = TaskContext::from(&state).with_session_config(config);
            execute_stream(plan, Arc::new(task)).map(Some)
        });
        let stream = stream.ok_or_else(|| Error::Query { source: "the engine panicked".into() })?;
        let stream = stream.map_err(|error| failed(error, &self.tables, self.memory))?;
        let stream = stream.ok_or_else(|| {
            let words = sql.split_whitespace().take(3).collect::<Vec<_>>();
            Error::NotSelect { statement: words.join(" ").chars().take(40).collect() }
        })?;
        Ok(Answer::new(stream, Arc::clone(&self.waiting), told, self.tables.clone(), self.memory))
    }
}
