//! The part of the table that is about enrolment and installation, and what is open to everybody.

/// Lines as in [`super::TABLE`], whose first line names the actors of these too.
pub const TABLE: &str = "
POST   /v1/devices/{device_id}/approve          own              401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
POST   /v1/devices/{device_id}/approve          others           401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
POST   /v1/devices/{device_id}/approve          retired          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
POST   /v1/devices/{device_id}/approve          foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 200
POST   /v1/devices/{device_id}/approve          missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
POST   /v1/devices/enroll                       -                201 201 201 201 | 201 201 | 201 201 201 201 | 201 201 201 201 | 201
GET    /v1/enrollment-tokens                    -                401 401 401 401 | 403 403 | 403 403 200 200 | 403 200 200 200 | 200
POST   /v1/enrollment-tokens                    -                401 401 401 401 | 403 403 | 403 403 201 201 | 403 201 201 201 | 201
DELETE /v1/enrollment-tokens/{token_id}         own              401 401 401 401 | 403 403 | 403 403 204 204 | 403 403 204 204 | 404
DELETE /v1/enrollment-tokens/{token_id}         others           401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/enrollment-tokens/{token_id}         admins           401 401 401 401 | 403 403 | 403 403 403 204 | 403 204 204 204 | 404
DELETE /v1/enrollment-tokens/{token_id}         foreign          401 401 401 401 | 403 403 | 403 403 404 404 | 403 404 404 404 | 204
DELETE /v1/enrollment-tokens/{token_id}         missing          401 401 401 401 | 403 403 | 403 403 404 404 | 403 404 404 404 | 404
GET    /install                                 -                200 200 200 200 | 200 200 | 200 200 200 200 | 200 200 200 200 | 200
GET    /install/agent/{platform}                -                200 200 200 200 | 200 200 | 200 200 200 200 | 200 200 200 200 | 200
GET    /install/collect/macos.sh                -                200 200 200 200 | 200 200 | 200 200 200 200 | 200 200 200 200 | 200
GET    /install/collect/windows.ps1             -                200 200 200 200 | 200 200 | 200 200 200 200 | 200 200 200 200 | 200
GET    /                                        -                200 200 200 200 | 200 200 | 200 200 200 200 | 200 200 200 200 | 200
GET    /healthz                                 -                200 200 200 200 | 200 200 | 200 200 200 200 | 200 200 200 200 | 200
GET    /openapi.json                            -                200 200 200 200 | 200 200 | 200 200 200 200 | 200 200 200 200 | 200
GET    /certificate.pem                         -                200 200 200 200 | 200 200 | 200 200 200 200 | 200 200 200 200 | 200
GET    /.well-known/jwks.json                   -                200 200 200 200 | 200 200 | 200 200 200 200 | 200 200 200 200 | 200
GET    /.well-known/recoger-signing-key.pem     -                200 200 200 200 | 200 200 | 200 200 200 200 | 200 200 200 200 | 200
";
