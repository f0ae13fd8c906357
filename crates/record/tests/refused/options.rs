use tracesnap_record::recorded;

#[recorded(typed_error)]
trait Client {
    fn get(&self) -> Result<u64, String>;
}

#[recorded(error)]
trait Other {
    fn get(&self) -> Result<u64, String>;
}

#[recorded]
struct NoTrait;

fn main() {}
