use tracesnap_record::recorded;

#[recorded]
trait Client {
    fn connect(url: &str) -> Result<(), String>;
    fn close(self) -> Result<(), String>;
    fn count(&self) -> u64;
    fn notify(&self);
    async fn fetch(&self) -> Vec<u8>;
    fn later(&self) -> std::pin::Pin<Box<dyn Future<Output = Option<u8>>>>;
    #[recorded(ignore(conection))]
    fn get(&self, connection: &u8, key: u64) -> Result<u64, String>;
    #[recorded(naem = "x")]
    fn named(&self) -> Result<u64, String>;
    fn fine(&self) -> Result<u64, String>;
}

fn main() {}
