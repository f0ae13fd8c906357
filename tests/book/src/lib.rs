//! The Rust of the book: each page is the documentation of a module, so that `cargo test` compiles and runs its examples. That
//! of the README, which has no hidden lines, is put into its surroundings by `build.rs`.

macro_rules! pages {
    ($($page:ident = $path:literal,)*) => {$(
        #[cfg(doctest)]
        #[doc = include_str!(concat!("../../../", $path))]
        mod $page {}
    )*

        /// The pages with examples in Rust, from the root of the repository.
        pub const PAGES: &[&str] = &[$($path),*];
    };
}

pages! {
    capture = "docs/capture.md",
    conversations = "docs/conversations.md",
    costs = "docs/costs.md",
    graphql = "docs/graphql.md",
    report = "docs/report.md",
    tutorial_trace = "book/src/tutorials/trace.md",
    tutorial_mock = "book/src/tutorials/mock.md",
    parallel_tests = "book/src/how-to/parallel-tests.md",
    async_code = "book/src/how-to/async.md",
    secrets = "book/src/how-to/secrets.md",
    drift = "book/src/how-to/drift.md",
    configuration = "book/src/reference/configuration.md",
    limits = "book/src/background/limits.md",
}
