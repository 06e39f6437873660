//! Checks answers against the OpenAPI description: every member known, types and enums right.

use serde_json::Value;
use std::collections::BTreeMap;

/// The description.
pub struct Description {
    all: Value,
}

impl Description {
    pub fn new(text: &str) -> Self {
        Self { all: serde_json::from_str(text).expect("the description is JSON") }
    }

    /// The schema of an answer, `None` when the description has no body for it.
    ///
    /// Panics when path, method or status is unknown to the description.
    pub fn answer(&self, method: &str, path: &str, status: u16) -> Option<&Value> {
        let (template, operations) =
            self.path(path).unwrap_or_else(|| panic!("{path} is not described"));
        let operation = &operations[method.to_ascii_lowercase()];
        assert!(operation.is_object(), "{method} {template} is not described");
        let answer = &operation["responses"][status.to_string()];
        assert!(answer.is_object(), "{method} {template} never answers {status}");
        let schema = &answer["content"]["application/json"]["schema"];
        schema.is_object().then_some(schema)
    }

    fn path(&self, path: &str) -> Option<(&str, &Value)> {
        let wanted: Vec<&str> = path.trim_matches('/').split('/').collect();
        let paths = self.all["paths"].as_object()?;
        paths
            .iter()
            .filter(|(template, _)| {
                let parts: Vec<&str> = template.trim_matches('/').split('/').collect();
                parts.len() == wanted.len()
                    && parts.iter().zip(&wanted).all(|(part, word)| {
                        part.starts_with('{') || part.eq_ignore_ascii_case(word)
                    })
            })
            // The template with the fewest places for ids fits best.
            .min_by_key(|(template, _)| template.matches('{').count())
            .map(|(template, operations)| (template.as_str(), operations))
    }

    /// What is wrong with a value, one line each.
    pub fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(schema, value, "$", &mut faults);
        faults
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let name = reference.rsplit('/').next().expect("a name");
                &self.all["components"]["schemas"][name]
            }
            None => schema,
        }
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let schema = self.resolved(schema);
        if let Some(options) = schema["anyOf"].as_array() {
            let nullable = options.iter().any(|one| one["nullable"] == Value::Bool(true));
            if value.is_null() && nullable {
                return;
            }
            let real: Vec<&Value> =
                options.iter().filter(|one| one.get("$ref").is_some()).collect();
            if let [one] = real.as_slice() {
                return self.check(one, value, at, faults);
            }
            if !options.iter().any(|one| self.faults(one, value).is_empty()) {
                faults.push(format!("{at}: fits none of the alternatives"));
            }
            return;
        }
        if value.is_null() {
            if schema["nullable"] != Value::Bool(true) {
                faults.push(format!("{at}: null is not allowed"));
            }
            return;
        }
        if let Some(words) = schema["enum"].as_array() {
            if !words.contains(value) {
                faults.push(format!("{at}: {value} is not one of the enumeration"));
            }
            return;
        }
        match schema["type"].as_str() {
            Some("array") => self.check_list(schema, value, at, faults),
            Some("string") => check_text(schema, value, at, faults),
            Some("boolean") if !value.is_boolean() => faults.push(format!("{at}: not a boolean")),
            Some("integer" | "number") if !value.is_number() => {
                faults.push(format!("{at}: not a number"))
            }
            Some("boolean" | "integer" | "number") => {}
            _ => self.check_object(schema, value, at, faults),
        }
    }

    fn check_list(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let Some(list) = value.as_array() else {
            faults.push(format!("{at}: not a list"));
            return;
        };
        for (index, one) in list.iter().enumerate() {
            self.check(&schema["items"], one, &format!("{at}[{index}]"), faults);
        }
    }

    fn check_object(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let Some(members) = value.as_object() else {
            faults.push(format!("{at}: not an object"));
            return;
        };
        if members.contains_key("@removed") {
            let removed =
                &self.all["components"]["schemas"]["removedEntity"]["properties"]["@removed"];
            self.check(removed, &members["@removed"], &format!("{at}.@removed"), faults);
            return;
        }
        // A derived type says so itself.
        let derived = members
            .get("@odata.type")
            .and_then(Value::as_str)
            .map(|kind| kind.trim_start_matches('#'))
            .and_then(|kind| self.all["components"]["schemas"].get(kind));
        let mut known = BTreeMap::new();
        let mut open = false;
        self.properties(derived.unwrap_or(schema), &mut known, &mut open);
        if known.is_empty() {
            return;
        }
        for (name, member) in members {
            if name.contains("@odata.") {
                continue;
            }
            match known.get(name.as_str()) {
                Some(schema) => self.check(schema, member, &format!("{at}.{name}"), faults),
                None if open => {}
                None => faults.push(format!("{at}.{name}: not a known member")),
            }
        }
    }

    fn properties<'a>(
        &'a self,
        schema: &'a Value,
        known: &mut BTreeMap<&'a str, &'a Value>,
        open: &mut bool,
    ) {
        let schema = self.resolved(schema);
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.properties(part, known, open);
        }
        *open |= schema["additionalProperties"] == Value::Bool(true);
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            known.insert(name, property);
        }
    }
}

fn check_text(schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let Some(text) = value.as_str() else {
        faults.push(format!("{at}: not a text"));
        return;
    };
    if schema["format"] == "date-time" && earmark_model::Instant::parse_rfc3339(text).is_none() {
        faults.push(format!("{at}: {text} is not a time"));
    }
}
