//! Columns as data, as `EntityDefinitions` shows them.

use earmark_embedded::schema::{Column, Kind, Table};
use serde_json::{Value as Json, json};

use crate::resource::NAMESPACE;

const LANGUAGE: u32 = 1033;

/// The type of a column: of its metadata, and its name.
fn kind(column: &Column) -> (&'static str, &'static str) {
    match column.kind {
        Kind::Key => ("AttributeMetadata", "Uniqueidentifier"),
        Kind::Guid => ("AttributeMetadata", "Uniqueidentifier"),
        Kind::Text { .. } => ("StringAttributeMetadata", "String"),
        Kind::Memo { .. } => ("MemoAttributeMetadata", "Memo"),
        Kind::Int { .. } => ("IntegerAttributeMetadata", "Integer"),
        Kind::BigInt => ("BigIntAttributeMetadata", "BigInt"),
        Kind::Decimal => ("DecimalAttributeMetadata", "Decimal"),
        Kind::Double => ("DoubleAttributeMetadata", "Double"),
        Kind::Money => ("MoneyAttributeMetadata", "Money"),
        Kind::Bool { .. } => ("BooleanAttributeMetadata", "Boolean"),
        Kind::Instant | Kind::Date => ("DateTimeAttributeMetadata", "DateTime"),
        Kind::Options(_) => ("PicklistAttributeMetadata", "Picklist"),
        Kind::State(_) => ("StateAttributeMetadata", "State"),
        Kind::Status(_) => ("StatusAttributeMetadata", "Status"),
        Kind::Lookup { .. } if column.logical == "ownerid" => ("LookupAttributeMetadata", "Owner"),
        Kind::Lookup { .. } => ("LookupAttributeMetadata", "Lookup"),
        Kind::EntityName => ("EntityNameAttributeMetadata", "EntityName"),
    }
}

/// The description of a column.
pub(crate) fn attribute(table: &Table, column: &Column, with_options: bool) -> Json {
    let (metadata, name) = kind(column);
    let is_key = column.logical == table.key;
    let required = match (is_key, column.required) {
        (true, _) => "SystemRequired",
        (false, true) => "ApplicationRequired",
        (false, false) => "None",
    };
    let mut body = json!({
        "@odata.type": format!("#{NAMESPACE}{metadata}"),
        "MetadataId": stable(&[table.logical, column.logical]),
        "LogicalName": column.logical,
        "SchemaName": column.schema,
        "EntityLogicalName": table.logical,
        "AttributeType": name,
        "AttributeTypeName": {"Value": format!("{name}Type")},
        "DisplayName": label(column.schema),
        "IsPrimaryId": is_key,
        "IsPrimaryName": table.name == Some(column.logical),
        "IsValidForCreate": !column.read_only,
        "IsValidForUpdate": !column.read_only && !is_key,
        "IsValidForRead": true,
        "IsCustomAttribute": false,
        "RequiredLevel": {"Value": required, "CanBeChanged": false},
    });
    match column.kind {
        Kind::Text { max } | Kind::Memo { max } => body["MaxLength"] = Json::from(max),
        Kind::Int { min, max } => {
            body["MinValue"] = Json::from(min);
            body["MaxValue"] = Json::from(max);
        }
        Kind::Instant => body["Format"] = Json::from("DateAndTime"),
        Kind::Date => body["Format"] = Json::from("DateOnly"),
        Kind::Lookup { targets } => {
            let names: Vec<&str> = targets.iter().map(|target| target.table).collect();
            body["Targets"] = Json::from(names);
        }
        _ => {}
    }
    if let (true, Some(options)) = (with_options, options(column)) {
        let id = stable(&[table.logical, column.logical, "options"]);
        body["OptionSet"] = json!({"MetadataId": id, "IsGlobal": false, "Options": options});
    }
    body
}

fn options(column: &Column) -> Option<Vec<Json>> {
    let option = |value: i32, text: &str| json!({"Value": value, "Label": label(text)});
    Some(match column.kind {
        Kind::Options(options) | Kind::State(options) => {
            options.iter().map(|(value, text)| option(*value, text)).collect()
        }
        Kind::Status(options) => options
            .iter()
            .map(|(value, text, state)| {
                let mut option = option(*value, text);
                option["State"] = Json::from(*state);
                option
            })
            .collect(),
        Kind::Bool { labels, .. } => vec![option(0, labels[0]), option(1, labels[1])],
        _ => return None,
    })
}

/// A text in the one language that there is.
pub(crate) fn label(text: &str) -> Json {
    let label = json!({"Label": text, "LanguageCode": LANGUAGE, "IsManaged": true});
    json!({"LocalizedLabels": [label.clone()], "UserLocalizedLabel": label})
}

/// An id that is the same in every organization and version: FNV-1a of 128 bits over the names.
pub(crate) fn stable(names: &[&str]) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = names.iter().flat_map(|name| name.bytes().chain(std::iter::once(0)));
    let hash = bytes.fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    uuid::Builder::from_custom_bytes(hash.to_be_bytes()).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn ids_of_metadata_are_stable_and_differ() {
        assert_eq!(stable(&["email"]), stable(&["email"]));
        assert_ne!(stable(&["email", "a"]), stable(&["emaila"]));
        assert!(Uuid::parse_str(&stable(&["email"])).is_ok());
    }
}
