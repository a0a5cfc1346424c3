//! Request bodies as handlers want them: unpacked, within their limit, and few large ones at a time, for read into values one takes many
//! times its size. The others wait.

use std::io::Read;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use flate2::read::GzDecoder;

use crate::error::{Error, Kind, Result};
use crate::http::Request;
use crate::limits::{LARGE_BODIES_MAX, LARGE_BODY_BYTES};

/// The places for large bodies.
#[derive(Default)]
pub(super) struct LargeBodies {
    taken: Mutex<usize>,
    freed: Condvar,
    /// Held while a body is unpacked: a flood of bombs takes one processor, not all.
    unpacking: Mutex<()>,
}

/// A place among the large bodies, given back when it goes.
pub(super) struct Place<'p>(&'p LargeBodies);

impl LargeBodies {
    /// Unpacks a gzip body; `bytes_max` counts what comes out, and more is 413. A large body takes a place, which is the answer. It waits for
    /// one up to `wait_max` before more of it is unpacked; then it is 503.
    pub fn unpack(&self, request: &mut Request, bytes_max: usize, wait_max: Duration) -> Result<Option<Place<'_>>> {
        match request.header("content-encoding").map(str::to_ascii_lowercase).as_deref() {
            None | Some("identity") if request.body.len() > bytes_max => Err(too_large(bytes_max)),
            None | Some("identity") if request.body.len() <= LARGE_BODY_BYTES => Ok(None),
            None | Some("identity") => self.enter(wait_max).map(Some),
            Some("gzip") => {
                let packed = std::mem::take(&mut request.body);
                let mut rest = GzDecoder::new(packed.as_slice());
                self.read(&mut rest, &mut request.body, LARGE_BODY_BYTES.min(bytes_max) + 1)?;
                let place = if request.body.len() > LARGE_BODY_BYTES { Some(self.enter(wait_max)?) } else { None };
                if place.is_some() && request.body.len() <= bytes_max {
                    let left = bytes_max + 1 - request.body.len();
                    // At once: growing by and by would leave holes of half the size in every thread's memory.
                    request.body.reserve_exact(left);
                    self.read(&mut rest, &mut request.body, left)?;
                }
                if request.body.len() > bytes_max { Err(too_large(bytes_max)) } else { Ok(place) }
            }
            Some(_) => Err(Error::invalid("`Content-Encoding` must be gzip or absent")),
        }
    }

    /// Unpacks up to so many bytes more.
    fn read(&self, from: &mut impl Read, into: &mut Vec<u8>, bytes_max: usize) -> Result<()> {
        let _alone = self.unpacking.lock().unwrap_or_else(PoisonError::into_inner);
        match from.take(u64::try_from(bytes_max).unwrap_or(u64::MAX)).read_to_end(into) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::invalid("The body is not valid gzip, as `Content-Encoding` says it is")),
        }
    }

    fn enter(&self, wait_max: Duration) -> Result<Place<'_>> {
        // Nothing that can panic runs under this lock.
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |taken: &mut usize| *taken >= LARGE_BODIES_MAX;
        let (mut taken, _) = self.freed.wait_timeout_while(taken, wait_max, full).unwrap_or_else(PoisonError::into_inner);
        if *taken >= LARGE_BODIES_MAX {
            return Err(Error::unavailable(
                "Too many large requests at once; try again in a few seconds",
                "all places for large bodies are taken",
            ));
        }
        *taken += 1;
        Ok(Place(self))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.freed.notify_one();
    }
}

fn too_large(bytes_max: usize) -> Error {
    Error::new(Kind::TooLarge, format!("The body is larger than {bytes_max} bytes"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::http::Method;

    const LARGE: usize = LARGE_BODY_BYTES + 1;
    const NO_TIME: Duration = Duration::ZERO;

    fn request(body: Vec<u8>, encoding: &'static str) -> Request {
        let mut request = Request::new(Method::POST, "/");
        request.headers.insert("content-encoding", http::HeaderValue::from_static(encoding));
        Request { body, ..request }
    }

    fn plain(bytes: usize) -> Request {
        request(vec![b'a'; bytes], "identity")
    }

    fn packed(bytes: usize) -> Request {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&vec![b'a'; bytes]).unwrap();
        request(packer.finish().unwrap(), "gzip")
    }

    #[test]
    fn the_limit_counts_what_comes_out() {
        let bodies = LargeBodies::default();
        for make in [plain, packed] {
            for (bytes, bytes_max, fits) in [
                (0, 0, true),
                (100, 100, true),
                (101, 100, false),
                (LARGE, LARGE, true),
                (LARGE, LARGE - 1, false),
                (LARGE, LARGE - 2, false),
                (3 * LARGE, 3 * LARGE, true),
                (3 * LARGE + 1, 3 * LARGE, false),
            ] {
                let mut request = make(bytes);
                match bodies.unpack(&mut request, bytes_max, NO_TIME) {
                    Ok(place) => {
                        assert!(fits, "{bytes} of {bytes_max}");
                        assert_eq!((request.body.len(), place.is_some()), (bytes, bytes > LARGE_BODY_BYTES));
                    }
                    Err(error) => assert!(!fits && error.kind == Kind::TooLarge, "{bytes} of {bytes_max}: {error:?}"),
                }
            }
        }
        for broken in [request(b"no gzip".to_vec(), "gzip"), request(packed(LARGE).body[..60].to_vec(), "gzip"), request(Vec::new(), "br")]
        {
            let mut broken = broken;
            assert_eq!(bodies.unpack(&mut broken, LARGE, NO_TIME).err().unwrap().kind, Kind::Invalid);
        }
        assert_eq!(*bodies.taken.lock().unwrap(), 0);
    }

    #[test]
    fn a_large_body_waits_for_a_place_and_is_refused_when_none_comes_free() {
        let bodies = LargeBodies::default();
        let enter = |mut request: Request, wait_max| bodies.unpack(&mut request, 2 * LARGE, wait_max);
        let mut places: Vec<_> = (0..LARGE_BODIES_MAX).map(|_| enter(plain(LARGE), NO_TIME).unwrap()).collect();
        for large in [plain(LARGE), packed(LARGE)] {
            assert_eq!(enter(large, Duration::from_millis(1)).err().unwrap().kind, Kind::Unavailable);
        }
        assert!(enter(packed(LARGE_BODY_BYTES), NO_TIME).unwrap().is_none(), "small ones need no place");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| enter(packed(LARGE), Duration::from_secs(600)).map(|place| place.is_some()));
            places.pop();
            assert!(waiting.join().unwrap().unwrap());
        });
        assert!(enter(plain(LARGE), NO_TIME).is_ok(), "the one that waited has gone");
    }
}
