//! Files in bodies and as downloads: what reviews and attestations share.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::input::{Fields, kind_of};
use super::route::{Answer, AnswerBody, Route};
use super::words;
use crate::domain::access::EVERYBODY;
use crate::domain::audit::hex;
use crate::domain::evidence_file::{FILES_BYTES_MAX, FILES_MAX, NewFile, StoredFile};
use crate::error::{Error, Result};
use crate::http::{Lane, Response, StatusCode};

/// Bodies that carry files: these in base64, and the fields beside them.
pub const FILES_BODY_BYTES_MAX: usize = FILES_BYTES_MAX / 3 * 4 + 256 * 1024;
/// Characters of a name as it is given.
const NAME_CHARACTERS_MAX: usize = 255;

/// What is kept as it is in the `filename*` of RFC 6266.
const NAME_UNCHANGED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// What the rows of downloads share.
pub const DOWNLOAD: Route = Route {
    method: "GET",
    path: "",
    name: "",
    access: EVERYBODY,
    lane: Lane::Large,
    handler: |_| Err(Error::not_found("File")),
    summary: "",
    tag: "",
    query: &[],
    request: None,
    body_bytes_max: 0,
    answer: Answer {
        status: 200,
        description: "The file, to be saved; `Content-Disposition` names it",
        body: AnswerBody::Other("application/octet-stream"),
    },
    errors: &[],
};

/// A file to be added.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub struct FileCreate {
    /// Its name. Parts of a path and what file systems stumble over are left out; the extension follows the content.
    #[schema(min_length = 1, max_length = 255, example = "scan.pdf")]
    name: String,
    /// The content in base64: a PDF or PNG of at most 5 MB.
    content: String,
}

/// A file that is kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = File)]
pub struct FileAnswer {
    /// The id.
    #[schema(example = "file_abc123")]
    id: String,
    /// Its name.
    #[schema(example = "scan.pdf")]
    name: String,
    /// What it is, by its content.
    #[schema(value_type = words::FileMediaType)]
    media_type: &'static str,
    /// Bytes.
    #[schema(minimum = 1)]
    size_bytes: u64,
    /// SHA-256 of the content, hex.
    sha256: String,
}

impl FileAnswer {
    /// What a list says of a file.
    pub fn new(file: StoredFile) -> FileAnswer {
        let (media_type, sha256) = (file.media_type.as_str(), hex(&file.sha256));
        FileAnswer { id: file.id, name: file.name, media_type, size_bytes: file.size, sha256 }
    }
}

/// Takes `files` of a body, decoded and checked.
pub fn read(fields: &mut Fields) -> Result<Vec<NewFile>> {
    let Some(value) = fields.optional("files") else { return Ok(Vec::new()) };
    let Value::Array(items) = value else {
        return Err(fields.wrong("files", &format!("must be an array, not {}", kind_of(&value))));
    };
    if items.len() > FILES_MAX {
        return Err(fields.wrong("files", &format!("has more than {FILES_MAX} entries")));
    }
    let (mut files, mut bytes) = (Vec::with_capacity(items.len()), 0);
    for (place, item) in items.into_iter().enumerate() {
        let name = format!("files[{place}]");
        let Value::Object(map) = item else {
            return Err(fields.wrong(&name, &format!("must be an object, not {}", kind_of(&item))));
        };
        let mut file = Fields::inside(&name, map);
        let given = file.required_text("name", 1, NAME_CHARACTERS_MAX)?;
        let content = file.required_secret("content", FILES_BODY_BYTES_MAX)?;
        file.finish()?;
        let data = STANDARD.decode(content).map_err(|_| fields.wrong(&format!("{name}.content"), "must be base64 with padding"))?;
        bytes += data.len();
        if bytes > FILES_BYTES_MAX {
            return Err(fields.wrong("files", &format!("must be at most {} MB together", FILES_BYTES_MAX / 1_000_000)));
        }
        files.push(NewFile::checked(&format!("`{name}.content`"), &given, data)?);
    }
    Ok(files)
}

/// A file as a download: nothing of it is ever shown or run in a page of ours.
pub fn download(file: &StoredFile, content: Vec<u8>) -> Response {
    let plain: String = file.name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' }).collect();
    let encoded = utf8_percent_encode(&file.name, NAME_UNCHANGED);
    Response::bytes(StatusCode::OK, "application/octet-stream", content)
        .with_header("content-disposition", &format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"))
        .with_header("content-security-policy", "default-src 'none'; sandbox")
        .with_header("x-checksum-sha256", &hex(&file.sha256))
}
