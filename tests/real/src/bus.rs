//! Real work of a library that uses `#[instrument]` itself: two `zbus` peers shake hands, call and answer.

use tokio::net::TcpStream;
use zbus::connection::{Builder, Connection};
use zbus::{AuthMechanism, Guid, Proxy, fdo, interface};

/// What the service of [`calls`] answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Of each greeting.
    pub greetings: Vec<String>,
    /// The number of greetings, read as a property.
    pub count: u32,
    /// Of a call that is refused.
    pub refusal: String,
}

struct Greeter {
    count: u32,
}

#[interface(name = "org.example.Greeter")]
impl Greeter {
    fn greet(&mut self, name: &str) -> fdo::Result<String> {
        if name.is_empty() {
            return Err(fdo::Error::InvalidArgs("nobody to greet".to_owned()));
        }
        self.count += 1;
        Ok(format!("hello {name}"))
    }

    #[zbus(property)]
    fn count(&self) -> u32 {
        self.count
    }
}

/// Two peers on the two ends of a connection: the handshake, calls, a refused call, a property; then both are closed.
///
/// # Errors
///
/// What `zbus` finds wrong.
pub async fn calls((client, server): (TcpStream, TcpStream)) -> zbus::Result<Answers> {
    let guid = Guid::generate();
    let server = Builder::tcp_stream(server)
        .server(guid)?
        .p2p()
        .auth_mechanism(AuthMechanism::Anonymous)
        .serve_at("/org/example/greeter", Greeter { count: 0 })?
        .build();
    let client = Builder::tcp_stream(client).p2p().auth_mechanism(AuthMechanism::Anonymous).build();
    let (server, client) = tokio::try_join!(server, client)?;

    let answers = ask(&client).await?;
    client.close().await?;
    server.close().await?;
    Ok(answers)
}

async fn ask(client: &Connection) -> zbus::Result<Answers> {
    let greeter = Proxy::new(client, "org.example.Greeter", "/org/example/greeter", "org.example.Greeter").await?;
    let mut greetings = Vec::new();
    for name in ["ada", "grace", "barbara"] {
        greetings.push(greeter.call("Greet", &(name,)).await?);
    }
    let refusal = match greeter.call::<_, _, String>("Greet", &("",)).await {
        Ok(greeting) => greeting,
        Err(error) => error.to_string(),
    };
    Ok(Answers { greetings, count: greeter.get_property("Count").await?, refusal })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http2::loopback;
    use crate::runtime::Flavor;

    #[test]
    fn calls_are_answered_on_both_runtimes() {
        for flavor in [Flavor::CurrentThread, Flavor::MultiThread] {
            let answers = flavor.block_on(|| (), async { calls(loopback().await.unwrap()).await.unwrap() });
            assert_eq!(answers.greetings, ["hello ada", "hello grace", "hello barbara"]);
            assert_eq!(answers.count, 3);
            assert_eq!(answers.refusal, "org.freedesktop.DBus.Error.InvalidArgs: nobody to greet");
        }
    }
}
