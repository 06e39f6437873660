//! `GET /api/v1/openapi.json`: the description of the own API, made from the routes themselves.

use super::{
    endpoint::{Endpoint, Parameter},
    schemas,
};
use axum::{Json, routing::get};
use serde_json::{Map, Value, json};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint {
        method: "get",
        path: "/api/v1/openapi.json",
        operation: "getDescription",
        summary: "This description.",
        query: &[],
        body: None,
        answer: "Description",
        handler: get(async || Json(document())),
    }]
}

/// The whole document, OpenAPI 3.1.
pub fn document() -> Value {
    let mut paths = Map::new();
    for endpoint in super::endpoints() {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method] = operation(&endpoint);
    }
    for (path, operation, summary) in [
        ("/healthz", "getHealth", "Whether the process runs."),
        ("/readyz", "getReadiness", "Whether the ledger and every CRM answer."),
    ] {
        paths.insert(path.to_owned(), json!({"get": health(operation, summary)}));
    }
    paths.insert("/notifications".to_owned(), json!({"post": notifications()}));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Earmark",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Server-side synchronization with category-based tracking.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "security": [{"administrator": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"administrator": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas::all(),
        },
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut parameters: Vec<Value> =
        segments(endpoint.path).into_iter().map(|name| segment(&name)).collect();
    parameters.extend(endpoint.query.iter().map(query));
    let mut operation = json!({
        "operationId": endpoint.operation,
        "summary": endpoint.summary,
        "parameters": parameters,
        "responses": {
            success(endpoint): {"description": "Done.", "content": content(endpoint.answer)},
            "default": {
                "description": "Refused or failed.",
                "content": {"application/problem+json": {"schema": reference("Problem")}},
            },
        },
    });
    if let Some(body) = endpoint.body {
        operation["requestBody"] = json!({
            "required": true,
            "content": {"application/json": {"schema": reference(body)}},
        });
    }
    operation
}

fn health(operation: &str, summary: &str) -> Value {
    let answer =
        |description: &str| json!({"description": description, "content": content("Health")});
    json!({
        "operationId": operation,
        "summary": summary,
        "security": [],
        "responses": {"200": answer("Yes."), "503": answer("No.")},
    })
}

fn notifications() -> Value {
    let token = Parameter {
        name: "validationToken",
        kind: "string",
        description: "Sent when a subscription is made; comes back as plain text.",
    };
    json!({
        "operationId": "receiveNotifications",
        "summary": "Takes deliveries of change notifications and lifecycle events.",
        "security": [],
        "parameters": [query(&token)],
        "requestBody": {
            "required": false,
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        "responses": {
            "200": {"description": "The validation token.", "content": content("text/plain")},
            "202": {"description": "Taken, whether it belongs to a subscription or not."},
            "default": {
                "description": "Not a delivery, or too large.",
                "content": {"application/problem+json": {"schema": reference("Problem")}},
            },
        },
    })
}

fn success(endpoint: &Endpoint) -> &'static str {
    if endpoint.operation == "addMailbox" { "201" } else { "200" }
}

fn content(answer: &str) -> Value {
    if answer.contains('/') {
        return json!({answer: {"schema": {"type": "string"}}});
    }
    json!({"application/json": {"schema": reference(answer)}})
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(str::to_owned)
        .collect()
}

fn segment(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
}

fn query(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": "query",
        "required": false,
        "description": parameter.description,
        "schema": {"type": parameter.kind},
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_route_is_described_once_and_every_schema_exists() {
        let document = document();
        let mut operations = BTreeSet::new();
        for endpoint in super::super::endpoints() {
            let described = &document["paths"][endpoint.path][endpoint.method];
            assert_eq!(described["operationId"], endpoint.operation);
            assert!(operations.insert(endpoint.operation), "{} twice", endpoint.operation);
        }
        let schemas = &document["components"]["schemas"];
        let text = document.to_string();
        let mut rest = text.as_str();
        while let Some(at) = rest.find("#/components/schemas/") {
            rest = &rest[at + "#/components/schemas/".len()..];
            let name = &rest[..rest.find('"').expect("a closing quote")];
            assert!(schemas[name].is_object(), "{name} is not described");
        }
    }

    #[test]
    fn every_method_that_answers_is_described() {
        // The router is made from the same list; what could differ is a handler that takes
        // another method than the one it is listed under.
        for endpoint in super::super::endpoints() {
            assert!(["get", "post", "put", "patch", "delete"].contains(&endpoint.method));
            let shown = format!("{:?}", endpoint.handler);
            let method = format!("{}: ", endpoint.method);
            assert!(shown.contains(&method), "{} {}", endpoint.method, endpoint.path);
        }
    }
}
