//! `$metadata`: the schema as CSDL.

use std::fmt::Write as _;
use std::sync::OnceLock;

use earmark_embedded::schema::{self, Column, Kind, Table};

use crate::{literal, property};

const HEAD: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="crmbaseentity" Abstract="true" />
<EntityType Name="principal" BaseType="mscrm.crmbaseentity">
<Key><PropertyRef Name="ownerid" /></Key>
<Property Name="ownerid" Type="Edm.Guid" />
</EntityType>
"#;

const OPERATIONS: &str = r#"<ComplexType Name="WhoAmIResponse">
<Property Name="BusinessUnitId" Type="Edm.Guid" Nullable="false" />
<Property Name="UserId" Type="Edm.Guid" Nullable="false" />
<Property Name="OrganizationId" Type="Edm.Guid" Nullable="false" />
</ComplexType>
<ComplexType Name="RetrieveVersionResponse"><Property Name="Version" Type="Edm.String" Unicode="false" /></ComplexType>
<ComplexType Name="RolePrivilege">
<Property Name="Depth" Type="Edm.String" />
<Property Name="PrivilegeId" Type="Edm.Guid" Nullable="false" />
<Property Name="BusinessUnitId" Type="Edm.Guid" Nullable="false" />
<Property Name="PrivilegeName" Type="Edm.String" />
</ComplexType>
<ComplexType Name="RetrieveUserPrivilegesResponse"><Property Name="RolePrivileges" Type="Collection(mscrm.RolePrivilege)" /></ComplexType>
<ComplexType Name="AddToQueueResponse"><Property Name="QueueItemId" Type="Edm.Guid" Nullable="false" /></ComplexType>
<Function Name="WhoAmI"><ReturnType Type="mscrm.WhoAmIResponse" Nullable="false" /></Function>
<Function Name="RetrieveVersion"><ReturnType Type="mscrm.RetrieveVersionResponse" Nullable="false" /></Function>
<Function Name="RetrieveUserPrivileges" IsBound="true"><Parameter Name="entity" Type="mscrm.systemuser" Nullable="false" /><ReturnType Type="mscrm.RetrieveUserPrivilegesResponse" Nullable="false" /></Function>
<Action Name="AddToQueue" IsBound="true"><Parameter Name="entity" Type="mscrm.queue" Nullable="false" /><Parameter Name="Target" Type="mscrm.crmbaseentity" Nullable="false" /><Parameter Name="QueueItemProperties" Type="mscrm.queueitem" /><ReturnType Type="mscrm.AddToQueueResponse" Nullable="false" /></Action>
"#;

const TAIL: &str = r#"<FunctionImport Name="WhoAmI" Function="mscrm.WhoAmI" />
<FunctionImport Name="RetrieveVersion" Function="mscrm.RetrieveVersion" />
</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>
"#;

/// The document. Every name in it comes from the schema, so that nothing needs escaping.
pub(crate) fn csdl() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut out = String::from(HEAD);
        for table in schema::tables() {
            entity_type(&mut out, table);
        }
        out.push_str(OPERATIONS);
        out.push_str("<EntityContainer Name=\"System\">\n");
        for table in schema::tables() {
            entity_set(&mut out, table);
        }
        out.push_str(TAIL);
        out
    })
}

/// The table whose type a table's type extends.
fn base(table: &Table) -> Option<&'static Table> {
    let pointer = schema::table("activitypointer")?;
    (table.logical != pointer.logical && property::fits(pointer.logical, table)).then_some(pointer)
}

fn entity_type(out: &mut String, table: &'static Table) {
    let base = base(table);
    let extends = match base {
        Some(base) => base.logical,
        None if property::is_principal(table) => "principal",
        None => "crmbaseentity",
    };
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(out, "<EntityType Name=\"{}\" BaseType=\"mscrm.{extends}\">", table.logical);
    if extends == "crmbaseentity" {
        let _ = writeln!(out, "<Key><PropertyRef Name=\"{}\" /></Key>", table.key);
    }
    let inherited = |column: &Column| {
        base.and_then(|base| base.column(column.logical))
            .is_some_and(|own| literal::edm(&own.kind) == literal::edm(&column.kind))
    };
    for column in table.columns {
        if !inherited(column) {
            scalar(out, column);
        }
        navigations(out, base, column);
    }
    for relation in schema::relations(table.logical) {
        let _ = writeln!(
            out,
            "<NavigationProperty Name=\"{}\" Type=\"Collection(mscrm.{})\" />",
            relation.name, relation.to
        );
    }
    out.push_str("</EntityType>\n");
}

fn scalar(out: &mut String, column: &Column) {
    let (name, kind) = (property::name(column), literal::edm(&column.kind));
    let length = match column.kind {
        Kind::Text { max } | Kind::Memo { max } => format!(" MaxLength=\"{max}\""),
        _ => String::new(),
    };
    let _ = writeln!(out, "<Property Name=\"{name}\" Type=\"{kind}\"{length} />");
}

/// The navigations of a lookup; one name that leads to several tables leads to principals.
fn navigations(out: &mut String, base: Option<&'static Table>, column: &Column) {
    let mut written: Vec<&str> = Vec::new();
    for target in column.targets() {
        let name = target.navigation;
        let inherited = base.is_some_and(|base| base.navigation(name).is_some());
        if inherited || written.contains(&name) {
            continue;
        }
        written.push(name);
        let shared = column.targets().iter().filter(|other| other.navigation == name).count() > 1;
        let (kind, key) = match (shared, schema::table(target.table)) {
            (true, _) => ("principal", "ownerid"),
            (false, Some(table)) if property::is_principal(table) => (target.table, "ownerid"),
            (false, Some(table)) => (target.table, table.key),
            (false, None) => ("crmbaseentity", ""),
        };
        let _ = write!(
            out,
            "<NavigationProperty Name=\"{name}\" Type=\"mscrm.{kind}\" Nullable=\"true\">"
        );
        if !key.is_empty() {
            let _ = write!(
                out,
                "<ReferentialConstraint Property=\"{}\" ReferencedProperty=\"{key}\" />",
                property::name(column)
            );
        }
        out.push_str("</NavigationProperty>\n");
    }
}

fn entity_set(out: &mut String, table: &'static Table) {
    let _ = writeln!(
        out,
        "<EntitySet Name=\"{}\" EntityType=\"Microsoft.Dynamics.CRM.{}\">",
        table.set, table.logical
    );
    let mut binding = |name: &str, target: &str| {
        if let Some(target) = schema::table(target) {
            let _ = writeln!(
                out,
                "<NavigationPropertyBinding Path=\"{name}\" Target=\"{}\" />",
                target.set
            );
        }
    };
    for column in table.columns {
        for target in column.targets() {
            let same = |other: &&schema::Target| other.navigation == target.navigation;
            if column.targets().iter().filter(same).count() == 1 {
                binding(target.navigation, target.table);
            }
        }
    }
    for relation in schema::relations(table.logical) {
        binding(relation.name, relation.to);
    }
    out.push_str("</EntitySet>\n");
}
