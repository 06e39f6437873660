//! The tables compared with the published ones, where those are at hand.

use earmark_embedded::schema::{self, Column, Kind};
use serde_json::Value as Json;
use std::path::PathBuf;

/// Columns that the product does not have.
const OWN: [(&str, &str); 1] = [("recurringappointmentmaster", "earmark_timezone")];

fn folder() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let conformance = std::env::var_os("EARMARK_CONFORMANCE")
        .map_or_else(|| root.join("../shared/conformance"), PathBuf::from);
    conformance.join("dataverse/entities")
}

fn kind_name(column: &Column) -> &'static str {
    match column.kind {
        Kind::Key | Kind::Guid => "guid",
        Kind::Text { .. } => "string",
        Kind::Memo { .. } => "memo",
        Kind::Int { .. } => "integer",
        Kind::BigInt => "bigint",
        Kind::Decimal => "decimal",
        Kind::Double => "double",
        Kind::Money => "money",
        Kind::Bool { .. } => "boolean",
        Kind::Instant => "datetime",
        Kind::Date => "dateonly",
        Kind::Options(_) => "optionset",
        Kind::State(_) => "state",
        Kind::Status(_) => "status",
        Kind::Lookup { .. } => "lookup",
        Kind::EntityName => "entityname",
    }
}

fn compare(table: &schema::Table, column: &Column, published: &Json) {
    let name = format!("{}.{}", table.logical, column.logical);
    assert_eq!(published["schema"], column.schema, "{name}");
    assert_eq!(published["type"], kind_name(column), "{name}");
    let read_only = published["readonly"].as_bool().unwrap_or(false);
    assert_eq!(read_only, column.read_only, "{name}");
    match column.kind {
        Kind::Text { max } | Kind::Memo { max } => {
            if let Some(length) = published["maxlength"].as_u64() {
                assert_eq!(length, u64::from(max), "{name}");
            }
        }
        Kind::Options(options) => {
            let published: Vec<i64> = published["options"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|option| option["value"].as_i64())
                .collect();
            let ours: Vec<i64> = options.iter().map(|(value, _)| i64::from(*value)).collect();
            assert_eq!(ours, published, "{name}");
        }
        _ => {}
    }
}

#[test]
fn every_column_is_a_published_one_of_the_same_kind() {
    let folder = folder();
    if !folder.is_dir() {
        println!("skipped: EARMARK_CONFORMANCE: {} is not there", folder.display());
        return;
    }
    let mut compared = 0;
    for table in schema::tables() {
        let path = folder.join(format!("{}.json", table.logical));
        let text = std::fs::read_to_string(&path).expect("published table");
        let published: Json = serde_json::from_str(&text).expect("json");
        assert_eq!(published["schema"], table.schema);
        assert_eq!(published["entityset"], table.set);
        let columns = published["columns"].as_array().expect("columns");
        let ours = |column: &&Column| !OWN.contains(&(table.logical, column.logical));
        for column in table.columns.iter().filter(ours) {
            let found = columns.iter().find(|found| found["logical"] == column.logical);
            let found = found.unwrap_or_else(|| panic!("{}.{}", table.logical, column.logical));
            compare(table, column, found);
            compared += 1;
        }
    }
    assert!(compared > 1_000, "only {compared} columns were compared");
}

#[test]
fn tables_and_columns_are_sorted_and_tied_to_tables_that_exist() {
    let names: Vec<&str> = schema::tables().iter().map(|table| table.logical).collect();
    assert!(names.is_sorted(), "{names:?}");
    for table in schema::tables() {
        assert!(table.columns.is_sorted_by_key(|column| column.logical), "{}", table.logical);
        assert!(table.column(table.key).is_some(), "{}", table.logical);
        for target in table.columns.iter().flat_map(Column::targets) {
            assert!(schema::table(target.table).is_some(), "{} to {}", table.logical, target.table);
        }
        for name in table.alternate_keys.iter().copied().flatten().chain(table.address_columns) {
            assert!(table.column(name).is_some(), "{}.{name}", table.logical);
        }
        if table.ownership == schema::Ownership::User {
            assert!(table.column("owningbusinessunit").is_some(), "{}", table.logical);
        }
    }
    for relation in schema::RELATIONS {
        assert!(schema::table(relation.from).is_some(), "{}", relation.name);
        let to = schema::table(relation.to).expect(relation.name);
        match relation.tie {
            schema::Tie::Lookup(column) => {
                assert!(to.column(column).is_some_and(Column::is_lookup), "{}", relation.name);
            }
            schema::Tie::Intersect { table, near, far } => {
                let between = schema::table(table).expect(relation.name);
                assert!(between.column(near).is_some() && between.column(far).is_some());
            }
        }
    }
}
