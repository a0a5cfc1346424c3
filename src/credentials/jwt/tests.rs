//! Attacks on access tokens: each must be refused, and a token of ours must pass.

use jwt_simple::prelude::{Ed25519KeyPair, HS256Key, MACLike};

use super::*;

const NOW: Time = Time(1_767_225_600);
const ISSUER: &str = "inst_1";

fn key() -> TokenKey {
    TokenKey::new(&TokenKey::generate(), ISSUER).unwrap()
}

fn claims() -> AccessClaims {
    AccessClaims { user_id: "user_1".to_owned(), tenant_id: "tenant_1".to_owned(), session_id: "ses_1".to_owned() }
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn header(key: &TokenKey) -> Value {
    json!({"alg": "EdDSA", "typ": "at+jwt", "kid": key_id(&key.pair.public_key())})
}

fn body() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "user_1", "tid": "tenant_1", "sid": "ses_1", "role": "admin", "jti": "jti_1",
           "iat": NOW.0, "exp": NOW.0 + ACCESS_TOKEN_SECONDS})
}

/// A token with any header and claims, signed with the appliance's own key: what a bug elsewhere could make it sign.
fn signed(key: &TokenKey, header: &Value, body: &str) -> String {
    let head = format!("{}.{}", encode(header), URL_SAFE_NO_PAD.encode(body));
    let signature = key.pair.key_pair().as_ref().sk.sign(head.as_bytes(), None);
    format!("{head}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

fn changed(mut value: Value, field: &str, to: Value) -> Value {
    value[field] = to;
    value
}

fn without(mut value: Value, field: &str) -> Value {
    value.as_object_mut().unwrap().remove(field);
    value
}

#[track_caller]
fn check_refused(key: &TokenKey, token: &str) {
    assert_eq!(key.verify(token, NOW), None, "{}", &token[..token.len().min(300)]);
}

#[test]
fn a_token_of_ours_passes_until_the_second_of_its_end() {
    let key = key();
    let token = key.sign(&claims(), Role::Admin, NOW).unwrap();
    for (seconds, holds) in [(0, true), (899, true), (900, false), (901, false), (3600, false), (-1, false)] {
        assert_eq!(key.verify(&token, NOW.plus_seconds(seconds)).is_some(), holds, "{seconds}");
    }
    assert_eq!(key.verify(&token, NOW).unwrap(), claims());
    assert_eq!(key.verify(&token, Time(-5)), None);
}

#[test]
fn the_claims_are_those_documented() {
    let key = key();
    let token = key.sign(&claims(), Role::Viewer, NOW).unwrap();
    let parts: Vec<Value> =
        token.split('.').take(2).map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()).collect();
    assert_eq!(parts[0], header(&key));
    let expected = changed(changed(body(), "role", json!("viewer")), "jti", parts[1]["jti"].clone());
    assert_eq!(parts[1], expected);
    assert!(token.len() < TOKEN_BYTES_MAX / 4);
    // The control for the attacks below: the test's own way of signing gives a token that passes.
    assert!(key.verify(&signed(&key, &header(&key), &body().to_string()), NOW).is_some());
}

#[test]
fn other_algorithms_and_keys_are_refused() {
    let key = key();
    let token = key.sign(&claims(), Role::Admin, NOW).unwrap();
    let signature = token.rsplit('.').next().unwrap();
    for alg in ["none", "None", "NONE", "nOnE", "", "HS256", "RS256", "ES256", "eddsa", "EdDSA "] {
        let head = format!("{}.{}", encode(&changed(header(&key), "alg", json!(alg))), encode(&body()));
        check_refused(&key, &format!("{head}."));
        check_refused(&key, &format!("{head}.{signature}"));
        check_refused(&key, &signed(&key, &changed(header(&key), "alg", json!(alg)), &body().to_string()));
    }
    let public = key.pair.public_key();
    for secret in [public.to_bytes(), public.to_der(), public.to_pem().into_bytes(), public.to_pem().trim_end().as_bytes().to_vec()] {
        let mac = HS256Key::from_bytes(&secret).with_key_id(&key_id(&public));
        let claims: JWTClaims<OwnClaims> = serde_json::from_value(body()).unwrap();
        let header = HeaderOptions { signature_type: Some(ACCESS_TOKEN_TYPE.to_owned()), ..HeaderOptions::default() };
        check_refused(&key, &mac.authenticate_with_options(claims, &header).unwrap());
    }
    // Another appliance's key, under our key id and issuer.
    let other = TokenKey { pair: Ed25519KeyPair::generate().with_key_id(&key_id(&public)), issuer: ISSUER.to_owned() };
    check_refused(&key, &other.sign(&claims(), Role::Admin, NOW).unwrap());
}

#[test]
fn headers_that_point_elsewhere_are_refused_or_ignored() {
    let key = key();
    for kid in ["../../dev/null", "' OR 1=1 --", "", "0000000000000000"] {
        check_refused(&key, &signed(&key, &changed(header(&key), "kid", json!(kid)), &body().to_string()));
    }
    check_refused(&key, &signed(&key, &without(header(&key), "kid"), &body().to_string()));
    check_refused(&key, &signed(&key, &changed(header(&key), "crit", json!(["exp"])), &body().to_string()));
    for typ in ["JWT", "rt+jwt", "application/at+jwt", ""] {
        check_refused(&key, &signed(&key, &changed(header(&key), "typ", json!(typ)), &body().to_string()));
    }
    check_refused(&key, &signed(&key, &without(header(&key), "typ"), &body().to_string()));
    // A key that the token itself brings is not used.
    let stranger = Ed25519KeyPair::generate();
    for (field, value) in [("jku", json!("https://example.com/jwks")), ("x5u", json!("https://example.com/c")), ("jwk", json!("{}"))] {
        let head = format!("{}.{}", encode(&changed(header(&key), field, value)), encode(&body()));
        let signature = stranger.key_pair().as_ref().sk.sign(head.as_bytes(), None);
        check_refused(&key, &format!("{head}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())));
    }
}

#[test]
fn wrong_claims_are_refused_even_if_signed() {
    let key = key();
    let mut bodies = Vec::new();
    for (field, value) in [
        ("iss", json!("inst_2")),
        ("aud", json!("somebody-else")),
        ("aud", json!([])),
        ("iat", json!(NOW.0 + 1)),
        ("nbf", json!(NOW.0 + 1)),
        ("iat", json!(NOW.0 - 901)),
        ("iat", json!(-1)),
        ("iat", json!("1767225600")),
        ("exp", json!(NOW.0)),
        ("exp", json!(NOW.0 - 1)),
        ("exp", json!(-1)),
        ("exp", json!("9999999999")),
        ("exp", json!(null)),
        ("sub", json!(7)),
        ("sid", json!(["ses_1"])),
    ] {
        bodies.push(changed(body(), field, value).to_string());
    }
    for field in ["iss", "aud", "sub", "tid", "sid", "role", "iat", "exp"] {
        bodies.push(without(body(), field).to_string());
    }
    bodies.push(body().to_string().replacen('{', "{\"sub\":\"user_2\",", 1));
    bodies.extend(["[]", "null", "", "{"].map(str::to_owned));
    for body in bodies {
        check_refused(&key, &signed(&key, &header(&key), &body));
    }
}

#[test]
fn malformed_tokens_are_refused() {
    let key = key();
    let token = key.sign(&claims(), Role::Admin, NOW).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    for length in 0..token.len() {
        check_refused(&key, &token[..length]);
    }
    for malformed in [
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{}", parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}..{}", parts[0], parts[2]),
        format!("{}.{}.{}=", parts[0], parts[1], parts[2]),
        format!(" {token}"),
        format!("{token}\n"),
        "ä.ö.ü".to_owned(),
        "a".repeat(1_000_000),
        format!("{}.{}", parts[0], "A".repeat(1_000_000)),
    ] {
        check_refused(&key, &malformed);
    }
    // One changed letter anywhere. The last letter of a part may carry unused bits, which strict base 64 refuses too.
    for index in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        check_refused(&key, &String::from_utf8(bytes).unwrap());
    }
}

#[test]
fn a_refresh_token_or_api_key_is_no_access_token() {
    let key = key();
    check_refused(&key, crate::credentials::token::PlainToken::refresh().expose());
    check_refused(&key, crate::credentials::token::PlainToken::api_key().expose());
}

#[test]
fn the_published_key_checks_our_tokens() {
    let key = key();
    let jwks = key.jwks();
    let jwk = &jwks["keys"][0];
    let public = Ed25519PublicKey::from_bytes(&URL_SAFE_NO_PAD.decode(jwk["x"].as_str().unwrap()).unwrap()).unwrap();
    let token = key.sign(&claims(), Role::Admin, NOW).unwrap();
    let options = VerificationOptions {
        artificial_time: Some(stamp(NOW).unwrap()),
        required_key_id: jwk["kid"].as_str().map(str::to_owned),
        ..VerificationOptions::default()
    };
    assert!(public.verify_token::<OwnClaims>(&token, Some(options)).is_ok());
    assert_eq!((&jwk["kty"], &jwk["crv"], &jwk["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
    assert!(jwk.get("d").is_none(), "the private part stays here");
    assert_eq!(format!("{key:?}"), "TokenKey(…)");
}
