//~ assert_trace_snapshot!(trace); => assert_trace_snapshot!(trace, @"process_order\n├─ check_availability(items: 2) → true\n└─ charge(amount: 30, payment_token: [redacted])");
mod shop {
    #[tracing::instrument(ret)]
    fn check_availability(items: usize) -> bool {
        items > 0
    }

    #[tracing::instrument]
    fn charge(amount: u32, payment_token: &str) {
        let _ = (amount, payment_token);
    }

    #[tracing::instrument(skip_all)]
    pub(super) fn process_order(customer_id: u64, items: &[&str], payment_token: &str) -> Result<(), String> {
        let _ = customer_id;
        if !check_availability(items.len()) {
            return Err("nothing was ordered".to_owned());
        }
        charge(30, payment_token);
        Ok(())
    }
}

/* block */
