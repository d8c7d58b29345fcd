//! "One of these ids", in words that a database need not read anew for each number of them.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Array, Bool, Text};
use diesel::sqlite::Sqlite;

use super::MultiBackend;
use super::columns::sql;
use crate::ids::Id;

/// What a column of ids can be compared with.
pub trait OneOf: Expression<SqlType = sql::Id> + Sized {
    /// Whether it is one of these. `eq_any` asks the same on PostgreSQL; for SQLite it writes as many placeholders as there
    /// are ids, and such a statement is compiled for each request, which takes longer than to run it.
    fn one_of(self, ids: &[Id]) -> IsOneOf<Self> {
        IsOneOf { column: self, ids: Ids(ids.to_vec()) }
    }
}

impl<C: Expression<SqlType = sql::Id>> OneOf for C {}

/// See [`OneOf::one_of`].
#[derive(Debug, Clone)]
pub struct IsOneOf<C> {
    column: C,
    ids: Ids,
}

/// Ids that are handed to SQLite as one JSON text.
#[derive(Debug, Clone)]
struct Ids(Vec<Id>);

impl ToSql<Text, Sqlite> for Ids {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl<C> Expression for IsOneOf<C> {
    type SqlType = Bool;
}

impl<C, Tables> AppearsOnTable<Tables> for IsOneOf<C> where C: AppearsOnTable<Tables> {}

impl<C, Tables> SelectableExpression<Tables> for IsOneOf<C> where C: SelectableExpression<Tables> {}

impl<C, Group> ValidGrouping<Group> for IsOneOf<C> {
    type IsAggregate = is_aggregate::Never;
}

impl<C: QueryId> QueryId for IsOneOf<C> {
    type QueryId = IsOneOf<C::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for IsOneOf<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> diesel::QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<sql::Id>, _>(&self.ids.0)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for IsOneOf<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> diesel::QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.ids)?;
        out.push_sql("))");
        Ok(())
    }
}

impl<C> QueryFragment<MultiBackend> for IsOneOf<C>
where
    Self: QueryFragment<Pg> + QueryFragment<Sqlite>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> diesel::QueryResult<()> {
        MultiBackend::walk_variant_ast(self, out)
    }
}
