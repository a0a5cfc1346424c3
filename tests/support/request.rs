//! Requests in one line.

use recoger::http::{Method, Request};
use serde_json::Value;

/// GET.
pub fn get(target: &str) -> Request {
    Request::new(Method::GET, target)
}

/// POST with a JSON body.
pub fn post(target: &str, body: &Value) -> Request {
    Request::new(Method::POST, target).with_json(body)
}

/// PATCH with a JSON body.
pub fn patch(target: &str, body: &Value) -> Request {
    Request::new(Method::PATCH, target).with_json(body)
}

/// DELETE.
pub fn delete(target: &str) -> Request {
    Request::new(Method::DELETE, target)
}

/// A request without body, by the method's name.
pub fn bare(method: &str, target: &str) -> Request {
    Request::new(Method::from_bytes(method.as_bytes()).unwrap(), target)
}

/// A POST of CSV.
pub fn csv(target: &str, text: &str) -> Request {
    let mut request = bare("POST", target).with_header("content-type", "text/csv");
    request.body = text.as_bytes().to_vec();
    request
}

/// A PNG of one pixel, in base64.
pub const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR4nGP4DwQACfsD/fteaysAAAAASUVORK5CYII=";
