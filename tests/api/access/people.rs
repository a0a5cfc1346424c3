//! The part of the table that is about users' accounts, their second factors, sessions and links.

use crate::support::actor::Actor;
use crate::support::world::World;

/// Lines as in [`super::TABLE`], whose first line names the actors of these too. A second factor is set up by the line before the one that
/// takes it away.
pub const TABLE: &str = "
POST   /v1/auth/session                         -                200 200 200 200 | 200 200 | 200 200 200 200 | 200 200 200 200 | 200
DELETE /v1/auth/session                         -                401 401 401 401 | 403 403 | 204 204 204 204 | 403 403 403 403 | 204
POST   /v1/auth/accept-invitation               -                201 201 201 201 | 201 201 | 201 201 201 201 | 201 201 201 201 | 201
POST   /v1/auth/forgot-password                 -                202 202 202 202 | 202 202 | 202 202 202 202 | 202 202 202 202 | 202
POST   /v1/auth/reset-password                  -                204 204 204 204 | 204 204 | 204 204 204 204 | 204 204 204 204 | 204
POST   /v1/users/me/mfa                         -                401 401 401 401 | 403 403 | 200 200 200 200 | 403 403 403 403 | 200
POST   /v1/users/me/mfa/confirm                 -                401 401 401 401 | 403 403 | 400 400 400 400 | 403 403 403 403 | 400
DELETE /v1/users/me/mfa                         -                401 401 401 401 | 403 403 | 204 204 204 204 | 403 403 403 403 | 204
GET    /v1/users/me/sessions                    -                401 401 401 401 | 403 403 | 200 200 200 200 | 403 403 403 403 | 200
DELETE /v1/users/me/sessions/{session_id}       own              401 401 401 401 | 403 403 | 403 403 204 403 | 403 403 403 403 | 404
DELETE /v1/users/me/sessions/{session_id}       others           401 401 401 401 | 403 403 | 403 403 403 403 | 403 403 403 403 | 404
DELETE /v1/users/me/sessions/{session_id}       foreign          401 401 401 401 | 403 403 | 404 404 404 404 | 403 403 403 403 | 204
DELETE /v1/users/me/sessions/{session_id}       missing          401 401 401 401 | 403 403 | 404 404 404 404 | 403 403 403 403 | 404
GET    /v1/users/{user_id}                      own              401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
GET    /v1/users/{user_id}                      others           401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
GET    /v1/users/{user_id}                      foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 200
GET    /v1/users/{user_id}                      missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
PATCH  /v1/users/{user_id}                      own              401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
PATCH  /v1/users/{user_id}                      others           401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
PATCH  /v1/users/{user_id}                      foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 200
PATCH  /v1/users/{user_id}                      missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
DELETE /v1/users/{user_id}                      own              401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/users/{user_id}                      others           401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/users/{user_id}                      foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 204
DELETE /v1/users/{user_id}                      missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
POST   /v1/users/{user_id}/unlock               own              401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
POST   /v1/users/{user_id}/unlock               others           401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
POST   /v1/users/{user_id}/unlock               foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 200
POST   /v1/users/{user_id}/unlock               missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
POST   /v1/users/{user_id}/reset-link           own              401 401 401 401 | 403 403 | 403 403 403 201 | 403 403 201 201 | 404
POST   /v1/users/{user_id}/reset-link           others           401 401 401 401 | 403 403 | 403 403 403 201 | 403 403 201 201 | 404
POST   /v1/users/{user_id}/reset-link           foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 201
POST   /v1/users/{user_id}/reset-link           missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
DELETE /v1/users/{user_id}/mfa                  own              401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/users/{user_id}/mfa                  others           401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/users/{user_id}/mfa                  foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 204
DELETE /v1/users/{user_id}/mfa                  missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
GET    /v1/users/me/export                      -                401 401 401 401 | 403 403 | 200 200 200 200 | 403 403 403 403 | 200
POST   /v1/people/{person_id}/erase             own              401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
POST   /v1/people/{person_id}/erase             others           401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
POST   /v1/people/{person_id}/erase             foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 200
POST   /v1/people/{person_id}/erase             missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
GET    /v1/users/invitations                    -                401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 200
POST   /v1/users/invitations                    -                401 401 401 401 | 403 403 | 403 403 403 201 | 403 403 201 201 | 201
POST   /v1/users/invitations/{invitation_id}/resend own              401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
POST   /v1/users/invitations/{invitation_id}/resend others           401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
POST   /v1/users/invitations/{invitation_id}/resend foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 200
POST   /v1/users/invitations/{invitation_id}/resend missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
DELETE /v1/users/invitations/{invitation_id}    own              401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/users/invitations/{invitation_id}    others           401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/users/invitations/{invitation_id}    foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 204
DELETE /v1/users/invitations/{invitation_id}    missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
";

/// `target` with the id of a person who can be erased, if it asks for one: each is there for one request.
pub fn filled(world: &World, target: String, whose: &str) -> String {
    if !target.contains("{person_id}") {
        return target;
    }
    let id = match whose {
        "foreign" => world.spare_person(Actor::OtherAdmin),
        "missing" => "person_0000000000000000".to_owned(),
        _ => world.spare_person(Actor::Admin),
    };
    target.replace("{person_id}", &id)
}
