//! Who may do what: roles, privileges, depth.

use super::{Session, sql::blob};
use crate::{
    error::{CrmError, code},
    schema::{Ownership, Table},
    value::{Row, Value},
};
use earmark_model::activity::RecordRef;
use earmark_sqlite::rusqlite::{OptionalExtension, params_from_iter, types::Value as Sql};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a privilege allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Right {
    Create,
    Read,
    Write,
    Delete,
    Append,
    AppendTo,
    Assign,
    Share,
}

impl Right {
    pub const ALL: [Self; 8] = [
        Self::Create,
        Self::Read,
        Self::Write,
        Self::Delete,
        Self::Append,
        Self::AppendTo,
        Self::Assign,
        Self::Share,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Delete => "Delete",
            Self::Append => "Append",
            Self::AppendTo => "AppendTo",
            Self::Assign => "Assign",
            Self::Share => "Share",
        }
    }
}

/// How far a privilege reaches, as `privilegedepthmask` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    /// Own rows and those of own teams.
    Basic,
    /// Rows of the business unit.
    Local,
    /// Rows of the business unit and those below it.
    Deep,
    /// All rows.
    Global,
}

impl Depth {
    pub const fn mask(self) -> i64 {
        match self {
            Self::Basic => 1,
            Self::Local => 2,
            Self::Deep => 4,
            Self::Global => 8,
        }
    }

    const fn from_mask(mask: i64) -> Option<Self> {
        match mask {
            ..=0 => None,
            1 => Some(Self::Basic),
            2..=3 => Some(Self::Local),
            4..=7 => Some(Self::Deep),
            8.. => Some(Self::Global),
        }
    }
}

/// What this transaction learned about its caller.
#[derive(Debug, Default)]
pub(crate) struct Access {
    depths: BTreeMap<String, Option<Depth>>,
    is_enabled: bool,
}

/// A condition on the rows of a table, with its parameters.
pub(crate) type Condition = (String, Vec<Sql>);

const ROLES: &str = "SELECT roleid FROM systemuserroles WHERE systemuserid = ?1 \
     UNION SELECT r.roleid FROM teamroles r \
       JOIN teammembership m ON m.teamid = r.teamid WHERE m.systemuserid = ?1 \
     UNION SELECT roleid FROM teamroles WHERE teamid = ?1";

impl Session<'_> {
    /// Refuses a caller that is disabled or not there.
    pub(crate) fn require_enabled(&self) -> Result<(), CrmError> {
        if self.access.borrow().is_enabled {
            return Ok(());
        }
        let disabled: Option<Option<bool>> = self
            .tx
            .prepare_cached("SELECT isdisabled FROM systemuser WHERE systemuserid = ?")?
            .query_row([blob(self.caller.user)], |row| row.get(0))
            .optional()?;
        if disabled.is_none_or(|disabled| disabled.unwrap_or(false)) {
            return Err(CrmError::new(
                code::USER_DISABLED,
                format!("the user with id {} is disabled or does not exist", self.caller.user),
            ));
        }
        self.access.borrow_mut().is_enabled = true;
        Ok(())
    }

    /// How far the caller's right on `table` reaches; refused where there is none.
    pub(crate) fn require(&self, table: &Table, right: Right) -> Result<Depth, CrmError> {
        let Some(noun) = table.privilege else { return Ok(Depth::Global) };
        let name = format!("prv{}{noun}", right.as_str());
        let known = self.access.borrow().depths.get(&name).copied();
        let depth = match known {
            Some(depth) => depth,
            None => {
                let depth = self.depth_of(self.caller.user, &name)?;
                self.access.borrow_mut().depths.insert(name.clone(), depth);
                depth
            }
        };
        match depth {
            Some(depth) => Ok(depth),
            None => Err(self.denied(self.caller.user, &name, table)?),
        }
    }

    /// Refuses an owner that could not read its own row.
    pub(super) fn require_owner_may(
        &self,
        owner: &RecordRef,
        table: &Table,
    ) -> Result<(), CrmError> {
        let Some(noun) = table.privilege else { return Ok(()) };
        let name = format!("prvRead{noun}");
        match self.depth_of(owner.id, &name)? {
            Some(_) => Ok(()),
            None => Err(self.denied(owner.id, &name, table)?),
        }
    }

    fn depth_of(&self, principal: Uuid, privilege: &str) -> Result<Option<Depth>, CrmError> {
        let sql = format!(
            "SELECT max(g.privilegedepthmask) FROM roleprivileges g \
             JOIN privilege p ON p.privilegeid = g.privilegeid \
             WHERE p.name = ?2 AND g.roleid IN ({ROLES})"
        );
        let mask: Option<i64> = self
            .tx
            .prepare_cached(&sql)?
            .query_row((blob(principal), privilege), |row| row.get(0))?;
        Ok(mask.and_then(Depth::from_mask))
    }

    fn denied(
        &self,
        principal: Uuid,
        privilege: &str,
        table: &Table,
    ) -> Result<CrmError, CrmError> {
        let roles: i64 = self
            .tx
            .prepare_cached(&format!("SELECT count(*) FROM ({ROLES})"))?
            .query_row([blob(principal)], |row| row.get(0))?;
        let id: Option<[u8; 16]> = self
            .tx
            .prepare_cached("SELECT privilegeid FROM privilege WHERE name = ?")?
            .query_row([privilege], |row| row.get(0))
            .optional()?;
        let id = Uuid::from_bytes(id.unwrap_or_default());
        Ok(CrmError::new(
            code::PRIVILEGE_DENIED,
            format!(
                "Principal user (Id={principal}, type=8, roleCount={roles}) is missing {privilege} \
                 privilege (Id={id}) on OTC={} for entity '{}'",
                table.type_code, table.logical
            ),
        ))
    }

    /// Which rows of `table`, read as `alias`, `depth` reaches; `None` for all.
    pub(super) fn reach(&self, table: &Table, depth: Depth, alias: &str) -> Option<Condition> {
        let by_owner = table.ownership == Ownership::User;
        let me = blob(self.caller.user);
        let unit = match table.ownership {
            _ if depth == Depth::Global => return None,
            Ownership::Organization => return None,
            Ownership::BusinessUnit if table.column("businessunitid").is_none() => return None,
            Ownership::BusinessUnit => "businessunitid",
            Ownership::User => "owningbusinessunit",
        };
        let mine = "SELECT businessunitid FROM systemuser WHERE systemuserid = ?";
        let own = format!(
            "{alias}.ownerid = ? OR {alias}.ownerid IN \
             (SELECT teamid FROM teammembership WHERE systemuserid = ?)"
        );
        let (text, parameters) = match depth {
            Depth::Basic if by_owner => (format!("({own})"), vec![me.clone(), me]),
            Depth::Basic => (format!("{alias}.\"{}\" = ?", table.key), vec![me]),
            Depth::Local => (format!("{alias}.{unit} = ({mine})"), vec![me]),
            Depth::Deep | Depth::Global => (
                format!(
                    "{alias}.{unit} IN (WITH RECURSIVE below(id) AS ({mine} UNION \
                     SELECT b.businessunitid FROM businessunit b \
                     JOIN below ON b.parentbusinessunitid = below.id) SELECT id FROM below)"
                ),
                vec![me],
            ),
        };
        Some((text, parameters))
    }

    /// Refuses the right on one row.
    pub(super) fn require_on(
        &self,
        table: &'static Table,
        id: Uuid,
        right: Right,
    ) -> Result<(), CrmError> {
        let depth = self.require(table, right)?;
        let Some((condition, mut parameters)) = self.reach(table, depth, "t") else {
            return Ok(());
        };
        parameters.insert(0, blob(id));
        let sql = format!(
            "SELECT 1 FROM {} t WHERE t.\"{}\" = ? AND {condition}",
            table.logical, table.key
        );
        let found: Option<i64> = self
            .tx
            .prepare_cached(&sql)?
            .query_row(params_from_iter(parameters), |row| row.get(0))
            .optional()?;
        found.map(|_| ()).ok_or_else(|| {
            CrmError::new(
                code::ACCESS_DENIED,
                format!(
                    "user {} has {} rights on some rows of '{}', but not on {id}",
                    self.caller.user,
                    right.as_str(),
                    table.logical
                ),
            )
        })
    }

    /// Refuses the lookups of `row` that tie it to rows the caller may not tie to.
    pub(super) fn require_append(&self, table: &'static Table, row: &Row) -> Result<(), CrmError> {
        for (name, value) in row {
            let Value::Lookup(target) = value else { continue };
            if !is_tie(name) {
                continue;
            }
            let far = super::find(&target.table)?;
            if far.privilege.is_some() && far.privilege != table.privilege {
                self.require(table, Right::Append)?;
                self.require(far, Right::AppendTo)?;
            }
        }
        Ok(())
    }
}

/// The lookups for which tables are tied by people, rather than by the CRM.
fn is_tie(column: &str) -> bool {
    matches!(
        column,
        "regardingobjectid"
            | "parentcustomerid"
            | "customerid"
            | "parentaccountid"
            | "parentcontactid"
            | "primarycontactid"
    )
}
