//! Real HTTP/2: a client and a server of `hyper`, which speak through `h2`.

use std::io;
use std::net::Ipv4Addr;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

/// Bytes of the answer to `GET /large`: more than a window of HTTP/2, so that it takes several frames and updates.
pub const LARGE: usize = 200_000;

/// The two ends of a connection over loopback.
///
/// # Errors
///
/// When the system has no port to give.
pub async fn loopback() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (server, _) = listener.accept().await?;
    Ok((client, server))
}

/// Method, path and body of a request.
pub type Asked = (Method, &'static str, &'static str);

/// A request without a body, one with a body, and one for an answer that takes several frames.
pub const ALL: [Asked; 3] =
    [(Method::GET, "/small", ""), (Method::POST, "/echo", "to be echoed"), (Method::GET, "/large", "")];

/// Makes requests one after the other over one connection, and gives the sizes of their answers. When it returns, both
/// ends are shut.
///
/// Says the same each time: the server is told to send no date, which goes over the wire anew with each new second.
///
/// # Panics
///
/// When a request fails.
pub async fn exchange<S>((client, server): (S, S), requests: &[Asked]) -> Vec<usize>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn(answer);
    let serving = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .auto_date_header(false)
        .serve_connection(TokioIo::new(server), service);
    let serving = tokio::spawn(serving);

    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(client)).await.expect("a handshake");
    let connection = tokio::spawn(connection);

    let mut sizes = Vec::new();
    for (method, path, body) in requests {
        let request = Request::builder().method(method).uri(format!("http://localhost{path}"));
        let request = request.body(Full::<Bytes>::from(*body)).expect("a request");
        sender.ready().await.expect("a connection that is open");
        let response = sender.send_request(request).await.expect("an answer");
        sizes.push(response.into_body().collect().await.expect("a whole body").to_bytes().len());
    }
    drop(sender);
    connection.await.expect("no panic").expect("the client's end is shut in order");
    serving.await.expect("no panic").expect("the server's end is shut in order");
    sizes
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let body = match request.uri().path() {
        "/echo" => request.into_body().collect().await?.to_bytes(),
        "/large" => Bytes::from(vec![b'x'; LARGE]),
        _ => Bytes::from_static(b"hello"),
    };
    Ok(Response::new(Full::new(body)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Flavor;

    #[test]
    fn all_answers_arrive_on_both_runtimes() {
        for flavor in [Flavor::CurrentThread, Flavor::MultiThread] {
            let sizes = flavor.block_on(|| (), async { exchange(loopback().await.unwrap(), &ALL).await });
            assert_eq!(sizes, [5, 12, LARGE]);
        }
    }
}
