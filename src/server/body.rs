//! Reading a request's body: never more than its route takes, than all bodies may hold together, or than its time.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use super::budget::Reservation;
use crate::error::{Error, Kind, Result};

/// The whole body. After an error, part of it is unread, so the connection has to close.
pub(super) async fn read_body(body: Incoming, bytes_max: usize, reservation: &mut Reservation, deadline: Duration) -> Result<Vec<u8>> {
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(too_large(bytes_max));
    }
    match tokio::time::timeout(deadline, collect(body, bytes_max, reservation)).await {
        Ok(result) => result,
        Err(_) => Err(Error::invalid(format!("The body did not arrive within {} seconds", deadline.as_secs_f32()))),
    }
}

/// Memory grows with the bytes that came, never with what a header promises.
async fn collect(mut body: Incoming, bytes_max: usize, reservation: &mut Reservation) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Error::invalid("The body is incomplete or its chunks are malformed"))?;
        // Trailers say nothing that any route reads.
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > bytes_max {
            return Err(too_large(bytes_max));
        }
        if !reservation.grow(data.len()) {
            return Err(Error::unavailable("The appliance is receiving too much at once", "the budget of request bodies is used up"));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

fn too_large(bytes_max: usize) -> Error {
    Error::new(Kind::TooLarge, format!("The body is larger than the {bytes_max} bytes that are allowed here"))
}
