//! The signed head of the audit log, to be kept elsewhere, and the public key that verifies it.

use serde::Serialize;
use utoipa::ToSchema;

use super::log_auditor;
use crate::api::answer;
use crate::api::call::Call;
use crate::api::route::{Answer, AnswerBody, Route, of};
use crate::domain::access::{ADMIN_AUDITOR, Access};
use crate::domain::audit::hex;
use crate::domain::checkpoint::{CHECKPOINT_FORMAT, Checkpoint};
use crate::domain::time::Time;
use crate::error::Result;
use crate::http::{Lane, Response, StatusCode};
use crate::store::appliance::signing_key;
use crate::store::audit_read::head;

/// `GET /v1/audit-logs/checkpoint`.
pub(super) const CHECKPOINT: Route = Route {
    method: "GET",
    path: "/v1/audit-logs/checkpoint",
    name: "get_audit_checkpoint",
    access: ADMIN_AUDITOR,
    lane: Lane::Quick,
    handler: show,
    summary: "Get the signed head of the audit log. Kept where the appliance's operator can't reach, it proves later that nothing up to its entry \
              was rewritten or removed: `recoger audit verify --checkpoint FILE --public-key FILE`, with `--csv FILE` on an export and without \
              the appliance. `signature` is Ed25519 over `recoger-checkpoint-v1`, a line feed, and the JSON array of chain, seq, hash and \
              created_at without white space",
    tag: "Audit log",
    query: &[],
    request: None,
    body_bytes_max: 0,
    answer: Answer { status: 200, description: "The head and its signature", body: AnswerBody::Json(of::<AuditCheckpoint>()) },
    errors: &[],
};

/// `GET /.well-known/recoger-signing-key.pem`.
pub(super) const SIGNING_KEY: Route = Route {
    method: "GET",
    path: "/.well-known/recoger-signing-key.pem",
    name: "get_signing_key",
    access: Access::Public,
    lane: Lane::Quick,
    handler: public_key,
    summary: "Get the public key that verifies checkpoints and reports. Ed25519, SPKI in PEM; keep it beside them",
    tag: "Appliance",
    query: &[],
    request: None,
    body_bytes_max: 0,
    answer: Answer { status: 200, description: "The public key, PEM", body: AnswerBody::Other("application/x-pem-file") },
    errors: &[],
};

/// The head of the audit log with its signature.
#[derive(Debug, Serialize, ToSchema)]
struct AuditCheckpoint {
    /// `recoger-checkpoint-v1`.
    format: &'static str,
    /// The chain's name: the tenant's id.
    #[schema(example = "tenant_xyz789")]
    chain: String,
    /// Number of the last entry; 0 if there is none yet.
    #[schema(minimum = 0)]
    seq: i64,
    /// Its hash.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    hash: String,
    /// When this was signed.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// Base64 of 64 bytes.
    #[schema(pattern = "^[A-Za-z0-9+/]{86}==$")]
    signature: String,
}

fn show(call: &Call) -> Result<Response> {
    log_auditor(call, "checkpoint")?;
    let (seq, hash) = call.read(head)?;
    let checkpoint = Checkpoint { chain: call.caller()?.tenant_id.clone(), seq, hash, created_at: call.now };
    let signature = call.app.store.read_root(call.now, signing_key)?.sign(&checkpoint.message());
    Ok(answer::json(&AuditCheckpoint {
        format: CHECKPOINT_FORMAT,
        chain: checkpoint.chain,
        seq,
        hash: hex(&hash),
        created_at: call.now,
        signature,
    }))
}

fn public_key(call: &Call) -> Result<Response> {
    let pem = call.app.store.read_root(call.now, signing_key)?.verifying_key().to_pem();
    Ok(Response::bytes(StatusCode::OK, "application/x-pem-file", pem.into_bytes()))
}
