//! Who may do what: roles, privileges, depth.

use super::{
    Session,
    sql::{blob, optional_id_at},
};
use crate::{
    error::{CrmError, code},
    schema::{Ownership, Table},
    value::{Row, Value},
};
use earmark_model::activity::RecordRef;
use earmark_sqlite::rusqlite::{OptionalExtension, params_from_iter, types::Value as Sql};
use std::collections::{BTreeMap, BTreeSet};
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
    reaches: BTreeMap<String, Option<Reach>>,
    is_enabled: bool,
}

/// The rows that a privilege reaches, by who owns them: everything that any role gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Every row.
    everywhere: bool,
    /// Rows of these business units and those below them.
    trees: BTreeSet<Uuid>,
    /// Rows of these business units.
    units: BTreeSet<Uuid>,
    /// Rows of the caller and of the caller's teams.
    own: bool,
    /// Rows of these teams: roles that give nothing to members beyond what the team owns.
    teams: BTreeSet<Uuid>,
}

impl Reach {
    fn add(&mut self, depth: Depth, unit: Uuid, team_alone: Option<Uuid>) {
        match (depth, team_alone) {
            (Depth::Global, _) => self.everywhere = true,
            (Depth::Deep, _) => drop(self.trees.insert(unit)),
            (Depth::Local, _) => drop(self.units.insert(unit)),
            (Depth::Basic, None) => self.own = true,
            (Depth::Basic, Some(team)) => drop(self.teams.insert(team)),
        }
    }
}

/// A condition on the rows of a table, with its parameters.
pub(crate) type Condition = (String, Vec<Sql>);

const ROLES: &str = "SELECT roleid FROM systemuserroles WHERE systemuserid = ?1 \
     UNION SELECT r.roleid FROM teamroles r \
       JOIN teammembership m ON m.teamid = r.teamid WHERE m.systemuserid = ?1 \
     UNION SELECT roleid FROM teamroles WHERE teamid = ?1";

/// Each role that a user or team has: in which business unit it counts, and for the rows of which
/// team alone. A team's role counts in the team's business unit.
const HELD: &str = "SELECT s.roleid AS roleid, u.businessunitid AS unit, NULL AS team \
       FROM systemuserroles s JOIN systemuser u ON u.systemuserid = s.systemuserid \
       WHERE s.systemuserid = ?1 \
     UNION ALL SELECT r.roleid, t.businessunitid, \
         CASE WHEN coalesce(o.isinherited, 1) = 0 THEN t.teamid END \
       FROM teamroles r JOIN teammembership m ON m.teamid = r.teamid \
       JOIN team t ON t.teamid = r.teamid JOIN role o ON o.roleid = r.roleid \
       WHERE m.systemuserid = ?1 \
     UNION ALL SELECT r.roleid, t.businessunitid, NULL FROM teamroles r \
       JOIN team t ON t.teamid = r.teamid WHERE r.teamid = ?1";

/// Business units with all below them; the parameter is where they start.
const BELOW: &str = "WITH RECURSIVE below(id) AS (SELECT ? UNION \
     SELECT b.businessunitid FROM businessunit b \
     JOIN below ON b.parentbusinessunitid = below.id) SELECT id FROM below";

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
    pub(crate) fn require(&self, table: &Table, right: Right) -> Result<Reach, CrmError> {
        let Some(name) = privilege(table, right) else {
            return Ok(Reach { everywhere: true, ..Reach::default() });
        };
        let known = self.access.borrow().reaches.get(&name).cloned();
        let reach = match known {
            Some(reach) => reach,
            None => {
                let reach = self.reach_of(self.caller.user, &name)?;
                self.access.borrow_mut().reaches.insert(name.clone(), reach.clone());
                reach
            }
        };
        match reach {
            Some(reach) => Ok(reach),
            None => {
                let me = RecordRef { table: "systemuser".to_owned(), id: self.caller.user };
                Err(self.denied(&me, &name, table)?)
            }
        }
    }

    /// Refuses a caller without a privilege that is about more than rows of `table`.
    pub(crate) fn require_named(&self, privilege: &str, table: &Table) -> Result<(), CrmError> {
        if self.reach_of(self.caller.user, privilege)?.is_some() {
            return Ok(());
        }
        let me = RecordRef { table: "systemuser".to_owned(), id: self.caller.user };
        Err(self.denied(&me, privilege, table)?)
    }

    /// Whether a user or team has the right on any row of `table`.
    pub(crate) fn may(
        &self,
        principal: Uuid,
        table: &Table,
        right: Right,
    ) -> Result<bool, CrmError> {
        match privilege(table, right) {
            Some(name) => Ok(self.reach_of(principal, &name)?.is_some()),
            None => Ok(true),
        }
    }

    /// Refuses an owner that has not the right on rows of its own.
    ///
    /// Errors: a team without any role has a code of its own.
    pub(crate) fn require_owner_may(
        &self,
        owner: &RecordRef,
        table: &Table,
        right: Right,
    ) -> Result<(), CrmError> {
        if self.may(owner.id, table, right)? {
            return Ok(());
        }
        if owner.table == "team" && self.roles_of(owner.id)? == 0 {
            return Err(CrmError::new(
                code::TEAM_WITHOUT_ROLES,
                format!(
                    "The team (Id={}) has no security role, so it cannot own a '{}'; give it one",
                    owner.id, table.logical
                ),
            ));
        }
        let name = privilege(table, right).unwrap_or_default();
        Err(self.denied(owner, &name, table)?)
    }

    /// Everything that the roles of a user or team give; a privilege tied to a role without a
    /// depth reaches own rows.
    pub(crate) fn reach_of(
        &self,
        principal: Uuid,
        privilege: &str,
    ) -> Result<Option<Reach>, CrmError> {
        let sql = format!(
            "SELECT coalesce(g.privilegedepthmask, 1), h.unit, h.team FROM roleprivileges g \
             JOIN privilege p ON p.privilegeid = g.privilegeid \
             JOIN ({HELD}) h ON h.roleid = g.roleid WHERE p.name = ?2"
        );
        let mut statement = self.tx.prepare_cached(&sql)?;
        let rows = statement.query_map((blob(principal), privilege), |row| {
            Ok((row.get::<_, i64>(0)?, optional_id_at(row, 1)?, optional_id_at(row, 2)?))
        })?;
        let mut found: Option<Reach> = None;
        for row in rows {
            let (mask, unit, team) = row?;
            if let Some(depth) = Depth::from_mask(mask) {
                let unit = unit.unwrap_or(self.fixed.business_unit);
                found.get_or_insert_default().add(depth, unit, team);
            }
        }
        Ok(found)
    }

    fn roles_of(&self, principal: Uuid) -> Result<i64, CrmError> {
        Ok(self
            .tx
            .prepare_cached(&format!("SELECT count(*) FROM ({ROLES})"))?
            .query_row([blob(principal)], |row| row.get(0))?)
    }

    fn denied(
        &self,
        principal: &RecordRef,
        privilege: &str,
        table: &Table,
    ) -> Result<CrmError, CrmError> {
        let roles = self.roles_of(principal.id)?;
        let id: Option<[u8; 16]> = self
            .tx
            .prepare_cached("SELECT privilegeid FROM privilege WHERE name = ?")?
            .query_row([privilege], |row| row.get(0))
            .optional()?;
        let id = Uuid::from_bytes(id.unwrap_or_default());
        let (kind, number) = if principal.table == "team" { ("team", 9) } else { ("user", 8) };
        Ok(CrmError::new(
            code::PRIVILEGE_DENIED,
            format!(
                "Principal {kind} (Id={}, type={number}, roleCount={roles}) is missing {privilege} \
                 privilege (Id={id}) on OTC={} for entity '{}'",
                principal.id, table.type_code, table.logical
            ),
        ))
    }

    /// Which rows of `table`, read as `alias`, `reach` covers; `None` for all.
    pub(super) fn reach(&self, table: &Table, reach: &Reach, alias: &str) -> Option<Condition> {
        if reach.everywhere {
            return None;
        }
        let unit = match table.ownership {
            Ownership::Organization => return None,
            Ownership::BusinessUnit if table.column("businessunitid").is_none() => return None,
            Ownership::BusinessUnit => "businessunitid",
            Ownership::User => "owningbusinessunit",
        };
        let (mut parts, mut parameters) = (Vec::new(), Vec::new());
        let mine = |parts: &mut Vec<String>, parameters: &mut Vec<Sql>, column: &str| {
            parts.push(format!(
                "{alias}.\"{column}\" = ? OR {alias}.\"{column}\" IN \
                 (SELECT teamid FROM teammembership WHERE systemuserid = ?)"
            ));
            parameters.extend([blob(self.caller.user), blob(self.caller.user)]);
        };
        let owner = if table.ownership == Ownership::User { "ownerid" } else { table.key };
        if reach.own {
            mine(&mut parts, &mut parameters, owner);
        }
        for team in &reach.teams {
            parts.push(format!("{alias}.\"{owner}\" = ?"));
            parameters.push(blob(*team));
        }
        for id in &reach.units {
            parts.push(format!("{alias}.{unit} = ?"));
            parameters.push(blob(*id));
        }
        for id in &reach.trees {
            parts.push(format!("{alias}.{unit} IN ({BELOW})"));
            parameters.push(blob(*id));
        }
        Some((format!("({})", parts.join(" OR ")), parameters))
    }

    /// Refuses a right that does not reach rows of `owner` in the business unit `unit`.
    pub(super) fn require_reach(
        &self,
        table: &Table,
        reach: &Reach,
        right: Right,
        owner: Option<Uuid>,
        unit: Uuid,
    ) -> Result<(), CrmError> {
        let is_mine = match owner.filter(|_| reach.own) {
            Some(owner) => owner == self.caller.user || self.is_member(owner)?,
            None => false,
        };
        if reach.everywhere
            || is_mine
            || reach.units.contains(&unit)
            || owner.is_some_and(|owner| reach.teams.contains(&owner))
            || self.is_below(unit, &reach.trees)?
        {
            return Ok(());
        }
        Err(CrmError::new(
            code::ACCESS_DENIED,
            format!(
                "user {} has {} rights on some rows of '{}', but not on those of that owner",
                self.caller.user,
                right.as_str(),
                table.logical
            ),
        ))
    }

    fn is_member(&self, team: Uuid) -> Result<bool, CrmError> {
        Ok(self
            .tx
            .prepare_cached("SELECT 1 FROM teammembership WHERE systemuserid = ? AND teamid = ?")?
            .exists([blob(self.caller.user), blob(team)])?)
    }

    fn is_below(&self, unit: Uuid, trees: &BTreeSet<Uuid>) -> Result<bool, CrmError> {
        for tree in trees {
            let sql = format!("SELECT 1 FROM ({BELOW}) WHERE id = ?");
            if self.tx.prepare_cached(&sql)?.exists([blob(*tree), blob(unit)])? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Refuses the right on one row.
    pub(super) fn require_on(
        &self,
        table: &'static Table,
        id: Uuid,
        right: Right,
    ) -> Result<(), CrmError> {
        let reach = self.require(table, right)?;
        let Some((condition, mut parameters)) = self.reach(table, &reach, "t") else {
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

    /// Refuses the lookups of `row` that tie it to rows the caller may not tie to. `id` is the row
    /// that is tied, where it is there already.
    pub(super) fn require_append(
        &self,
        table: &'static Table,
        id: Option<Uuid>,
        row: &Row,
    ) -> Result<(), CrmError> {
        for (name, value) in row {
            let Value::Lookup(target) = value else { continue };
            if !is_tie(name) {
                continue;
            }
            let far = super::find(&target.table)?;
            if far.privilege.is_none() || far.privilege == table.privilege {
                continue;
            }
            match id {
                Some(id) => self.require_on(table, id, Right::Append)?,
                None => drop(self.require(table, Right::Append)?),
            }
            // What is not there is refused as such.
            if self.exists(far, target.id)? {
                self.require_on(far, target.id, Right::AppendTo)?;
            }
        }
        Ok(())
    }
}

/// The name of the privilege, where the table has any.
fn privilege(table: &Table, right: Right) -> Option<String> {
    table.privilege.map(|noun| format!("prv{}{noun}", right.as_str()))
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
