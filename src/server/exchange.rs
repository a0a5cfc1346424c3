//! One request on one connection: head, admission, body, lane, answer.

use std::any::Any;
use std::convert::Infallible;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hyper::body::{Body as _, Bytes, Incoming};
use tokio::sync::oneshot;

use super::accept::Guest;
use super::answer::{Outgoing, Payload, PieceWriter, pieces};
use super::body::read_body;
use super::budget::{Purpose, Reservation};
use super::connection::Front;
use super::head::{Refusal, read_head};
use crate::error::{Error, Kind};
use crate::http::{Body, HeaderMap, HeaderValue, Lane, Method, Request, Response, StatusCode, Stream, header};
use crate::limits;

/// What a request needs to know of its connection.
pub(super) struct Link {
    /// The other end.
    pub peer: IpAddr,
    /// The connection, with its deadlines.
    pub guest: Arc<Guest>,
}

/// Answers one request.
pub(super) async fn exchange(
    front: Arc<Front>,
    link: Arc<Link>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Outgoing>, Infallible> {
    // hyper takes up to 16 requests that have come in one piece before it lets another connection have its turn.
    tokio::task::yield_now().await;
    front.counters.requests.add_one();
    let (parts, body) = request.into_parts();
    let answer = match read_head(parts, link.peer) {
        Ok(head) => answer(&front, &link, head, body).await,
        Err(refusal) => {
            let Refusal { head, error } = *refusal;
            refuse(&front, head.as_ref(), &error).closing()
        }
    };
    Ok(answer.into_hyper(&link))
}

async fn answer(front: &Arc<Front>, link: &Arc<Link>, head: Request, body: Incoming) -> Answer {
    let has_body = !body.is_end_stream();
    // An answer by value, as the service gives it; see `Service::admit`.
    #[allow(clippy::result_large_err)]
    let admission = match fenced(|| front.service.admit(&head)) {
        Ok(Ok(admission)) => admission,
        // The body stays unread, so nothing that follows it on this connection could be told from it.
        Ok(Err(response)) => return Answer::at_once(response).closing_if(has_body),
        Err(panic) => return refuse(front, Some(&head), &panic).closing_if(has_body),
    };
    let mut reservation = Reservation::new(Purpose::Bodies, front.caps, front.counters.clone(), link.guest.share.clone());
    let mut request = head.clone();
    if has_body {
        match read_body(body, admission.body_bytes_max, &mut reservation, front.deadlines.body).await {
            Ok(bytes) => request.body = bytes,
            Err(error) => return refuse(front, Some(&head), &error).closing(),
        }
    }
    link.guest.watch.work_begins();
    let (reply, replied) = oneshot::channel();
    let (worker_front, worker_link, lane) = (front.clone(), link.clone(), admission.lane);
    let job = Box::new(move || work(&worker_front, &worker_link, lane, request, reservation, reply));
    let busy = || Error::unavailable("The appliance is busy; try again shortly", format!("the queue of {lane:?} is full"));
    // Being busy closes: who has sent a thousand requests in one piece gets one refusal, not a thousand that cost more than the work.
    if front.lanes.submit(lane, link.peer, job).is_err() {
        return refuse(front, Some(&head), &busy()).closing();
    }
    match replied.await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => refuse(front, Some(&head), &error).closing_if(error.kind == Kind::Unavailable),
        // It was dropped from the queue, for somebody who had fewer in it.
        Err(_) => refuse(front, Some(&head), &busy()).closing(),
    }
}

/// Counts a large answer from now, when it is made, until its last byte is sent; an error takes its place when too much is waiting for slow
/// readers already. (Large answers are those of reads: nothing was changed that the client would not learn of.)
fn within_budget(front: &Front, link: &Link, answer: Answer) -> Result<Answer, Error> {
    let Answer { status, headers, close, payload: Payload::Whole(parts) } = answer else { return Ok(answer) };
    let total = parts.iter().map(Bytes::len).sum();
    if total <= limits::ANSWER_BYTES_UNCOUNTED {
        return Ok(Answer { status, headers, close, payload: Payload::Whole(parts) });
    }
    let mut reservation = Reservation::new(Purpose::Answers, front.caps, front.counters.clone(), link.guest.share.clone());
    if !reservation.grow(total) {
        return Err(Error::unavailable("Too many large answers are waiting to be read", "the budget of answers is used up"));
    }
    let counted = |bytes: Bytes| Bytes::from_owner(Counted { _reservation: reservation.split(bytes.len()), bytes });
    Ok(Answer { status, headers, close, payload: Payload::Whole(parts.into_iter().map(counted).collect()) })
}

/// A part of an answer, with what they take from the budget; hyper drops them when they are sent.
struct Counted {
    bytes: Bytes,
    _reservation: Reservation,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// On the lane's thread: calls the service and, for a stream, goes on to make it.
fn work(front: &Front, link: &Link, lane: Lane, request: Request, reservation: Reservation, reply: oneshot::Sender<Result<Answer, Error>>) {
    let counters = front.counters.lane(lane);
    if reply.is_closed() {
        counters.abandoned.add_one();
        return;
    }
    let is_head = request.method == Method::HEAD;
    let response = match fenced(|| front.service.call(request)) {
        Ok(response) => response,
        Err(panic) => {
            counters.panics.add_one();
            // A client that has gone needs no answer.
            let _ = reply.send(Err(panic));
            return;
        }
    };
    drop(reservation);
    match response.body {
        Body::Stream(stream) if !is_head => {
            let (writer, payload) = pieces(front.runtime.clone(), front.deadlines.stream_wait, front.lanes.place(lane));
            let answer = Answer { status: response.status, headers: response.headers, payload, close: false };
            if reply.send(Ok(answer)).is_ok() {
                run_stream(stream, writer);
            }
        }
        // Answering HEAD, the length of what is made while it is sent stays unknown, as it does for GET.
        Body::Stream(_) => {
            let _ = reply.send(Ok(Answer::at_once(Response { body: Body::Static(&[]), ..response })));
        }
        Body::Static(_) => {
            let _ = reply.send(Ok(Answer::at_once(response)));
        }
        Body::Bytes(_) | Body::Pieces(_) => {
            let _ = reply.send(within_budget(front, link, Answer::at_once(response)));
        }
    }
}

/// Whatever goes wrong here, the writer is dropped without its end, which breaks the connection off.
fn run_stream(stream: Stream, mut writer: PieceWriter) {
    let result = fenced(|| {
        stream(&mut writer)?;
        writer.finish().map_err(Error::internal)
    });
    if let Err(error) | Ok(Err(error)) = result {
        tracing::warn!(%error, "a streamed answer broke off");
    }
}

/// An answer before it is hyper's.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    payload: Payload,
    close: bool,
}

impl Answer {
    /// An answer that is complete. A stream can't be made on the threads that move bytes; the service's contract excludes it.
    fn at_once(response: Response) -> Answer {
        let payload = match response.body {
            Body::Bytes(bytes) => Payload::of(bytes.into()),
            Body::Pieces(pieces) => Payload::Whole(pieces.into_iter().map(Bytes::from).collect()),
            Body::Static(bytes) => Payload::of(Bytes::from_static(bytes)),
            Body::Stream(_) => {
                tracing::error!("an answer made before the lanes was a stream; it is replaced by a bare 500");
                return Answer::bare_failure();
            }
        };
        Answer { status: response.status, headers: response.headers, payload, close: false }
    }

    fn bare_failure() -> Answer {
        let (status, payload) = (StatusCode::INTERNAL_SERVER_ERROR, Payload::of(Bytes::new()));
        Answer { status, headers: HeaderMap::new(), payload, close: true }
    }

    fn closing(self) -> Answer {
        self.closing_if(true)
    }

    fn closing_if(mut self, close: bool) -> Answer {
        self.close |= close;
        self
    }

    fn into_hyper(self, link: &Link) -> hyper::Response<Outgoing> {
        let is_whole = matches!(self.payload, Payload::Whole(_));
        let mut response = hyper::Response::new(Outgoing::new(self.payload, link.guest.clone()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        *headers = self.headers;
        // Framing is hyper's: a length of the service's own could only be right or split the answer.
        headers.remove(header::TRANSFER_ENCODING);
        if is_whole {
            headers.remove(header::CONTENT_LENGTH);
        }
        if self.close {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

fn refuse(front: &Front, head: Option<&Request>, error: &Error) -> Answer {
    match fenced(|| front.service.refuse(head, error)) {
        Ok(response) => Answer::at_once(response),
        Err(panic) => {
            tracing::error!(error = %panic, "refusing a request failed");
            Answer::bare_failure()
        }
    }
}

/// What `run` gives, or its panic as an error of ours.
fn fenced<T>(run: impl FnOnce() -> T) -> Result<T, Error> {
    // The service is shared between requests and keeps its own invariants across a panic; everything else moved in is dropped.
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| Error::internal(format!("panic: {}", panic_text(payload.as_ref()))))
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        (None, None) => "without a message",
    }
}
