//! The accept loop: a bound on connections, on slow clients, and on how long the end may take.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Sleep;

use crate::{App, router};

/// Connections open at the same time; more wait in the system's queue. Twice the readers that may wait and the
/// connections of the browsers of a desk, with room to spare, and far below the usual limit of 1024 open files.
pub(crate) const CONNECTIONS_MAX: usize = 256;

/// How long a client may take to send the head of a request, and to send the next one on an open connection.
const HEAD_WAIT: Duration = Duration::from_secs(15);

/// How long a client may take nothing of an answer before the connection is given up.
const WRITE_WAIT: Duration = Duration::from_secs(30);

/// Bytes of a request's head: enough for the longest query in percent signs, three bytes for each of a Thai letter's
/// three.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// How long answers may take to end after stop.
const END_WAIT: Duration = Duration::from_secs(4);

/// Pause after a failed accept, such as when the process has too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Answers on a listener until `app.stop` turns true, then lets what runs end, for four seconds at most.
///
/// # Errors
/// When the listener has no address. Failures of one connection end that connection.
pub async fn serve(listener: TcpListener, app: App) -> io::Result<()> {
    let mut stop = app.stop.clone();
    let listen = listener.local_addr()?;
    let router = router(app, listen);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let (ending, ended) = watch::channel(false);
    let mut connections = JoinSet::new();
    tracing::info!(server.address = %listen, "answering");
    loop {
        let stream = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            // An error means that the sender is gone: nobody could say stop any more.
            _ = stop.wait_for(|stop| *stop) => break,
        };
        while connections.try_join_next().is_some() {}
        let Some((stream, place)) = stream else { continue };
        let service = TowerToHyperService::new(router.clone());
        let mut ended = ended.clone();
        connections.spawn(async move {
            let _place = place;
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_WAIT)
                .max_buf_size(HEAD_BYTES_MAX)
                .serve_connection(TokioIo::new(Watched::new(stream, WRITE_WAIT)), service);
            tokio::pin!(connection);
            let end = async { ended.wait_for(|ended| *ended).await.is_ok() };
            let result = tokio::select! {
                result = connection.as_mut() => result,
                _ = end => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = result {
                tracing::debug!(error = %error, "a connection broke off");
            }
        });
    }
    drop(listener);
    let _ = ending.send(true);
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(END_WAIT, all).await.is_err() {
        tracing::warn!(connections = connections.len(), "connections were cut off at the end");
    }
    // Dropping the set cuts off what is left.
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    // The place first: a connection that is accepted and not answered would look like a server that hangs.
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            // Lines of the event stream are to leave at once.
            let _ = stream.set_nodelay(true);
            Some((stream, place))
        }
        Err(error) => {
            tracing::warn!(error = %error, "cannot accept a connection");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

/// A connection that fails when the other side takes nothing for too long.
struct Watched<S> {
    stream: S,
    wait: Duration,
    // Some while a write is pending: until when it may be.
    patience: Option<Pin<Box<Sleep>>>,
}

impl<S> Watched<S> {
    const fn new(stream: S, wait: Duration) -> Self {
        Self { stream, wait, patience: None }
    }

    fn watch<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.patience = None;
            return polled;
        }
        let patience = self.patience.get_or_insert_with(|| Box::pin(tokio::time::sleep(self.wait)));
        patience.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (near, mut far) = tokio::io::duplex(8);
        let mut watched = Watched::new(near, Duration::from_millis(20));
        watched.write_all(b"12345678").await.expect("room for eight");
        let error = watched.write_all(b"9").await.expect_err("nobody took anything");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        // One that takes something in time is waited for again.
        far.read_exact(&mut [0; 8]).await.expect("what was written");
        watched.write_all(b"9").await.expect("room again");
        assert_eq!(far.read_u8().await.expect("the next"), b'9');
    }
}
