//! How clients find the endpoint and its key.

use super::{SigningKey, TENANT};
use serde_json::{Value, json};

/// The OpenID Connect configuration of the one tenant, under the address `base`. Endpoints keep
/// the tenant's name as the client spelled it.
pub(super) fn configuration(base: &str, tenant: &str) -> Value {
    json!({
        "issuer": format!("{base}/{TENANT}/v2.0"),
        "authorization_endpoint": format!("{base}/{tenant}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/{tenant}/oauth2/v2.0/token"),
        "jwks_uri": format!("{base}/{tenant}/discovery/v2.0/keys"),
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "token_endpoint_auth_signing_alg_values_supported": ["PS256", "RS256"],
        "grant_types_supported": ["client_credentials", "password"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code", "id_token", "token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nbf", "oid", "tid", "name", "preferred_username",
            "ver"
        ],
        "request_uri_parameter_supported": false,
        "http_logout_supported": false,
    })
}

/// The key set.
pub(super) fn key_set(key: &SigningKey, issuer_base: &str) -> Value {
    let mut own = key.to_jwk(key.id());
    own["issuer"] = json!(format!("{issuer_base}/{TENANT}/v2.0"));
    json!({ "keys": [own] })
}
