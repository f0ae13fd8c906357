//~ async fn orders => #[ignore = "its snapshot would lie beside generated code; it is compiled"]\nasync fn orders
mod shop {
    #[derive(Debug)]
    pub(super) struct Error;

    #[tracing::instrument]
    pub(super) async fn process_all() -> Result<(), Error> {
        Ok(())
    }
}

/* block */
