//! The queries on calendar feeds and the days that they show.

use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use statute::Holder;

use crate::auth::Role;
use crate::calendar::model::{Due, Feed, FeedScope, Step};
use crate::db::schema::{advice_requests, calendar_feeds, case_viewers, cases, deadlines};
use crate::db::{Conn, OneOf, Page, Tx, Window};
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;
use crate::user::model::User;
use crate::words::{AdviceKindWord, RuleIdWord, Word};

/// Keeps a new feed.
pub fn insert_feed(tx: &mut Tx<'_>, feed: &Feed) -> Result<(), Error> {
    diesel::insert_into(calendar_feeds::table).values(feed).execute(&mut **tx)?;
    Ok(())
}

/// The feed of a token's digest, revoked or not.
pub fn feed_by_token(conn: &mut Conn, token_hash: &str) -> Result<Option<Feed>, Error> {
    Ok(calendar_feeds::table
        .filter(calendar_feeds::token_hash.eq(token_hash))
        .select(Feed::as_select())
        .first(conn)
        .optional()?)
}

/// A page of a user's feeds that stand, the newest first.
pub fn feeds_of(conn: &mut Conn, user: Id, window: &Window<Id>) -> Result<Page<Feed>, Error> {
    let standing = || {
        calendar_feeds::table
            .filter(calendar_feeds::user_id.eq(user))
            .filter(calendar_feeds::revoked_at.is_null())
            .into_boxed()
    };
    let mut query = standing();
    if let Some(after) = window.after {
        query = query.filter(calendar_feeds::id.lt(after));
    }
    let rows: Vec<Feed> =
        query.order(calendar_feeds::id.desc()).limit(window.fetch()).select(Feed::as_select()).load(conn)?;
    let total = window.count.then(|| standing().count().get_result(conn)).transpose()?;
    Ok(window.page(rows, total, |row| row.id))
}

/// The ids of a user's feeds that stand; of one of them, where it is named.
pub fn standing_feeds(conn: &mut Conn, user: Id, one: Option<Id>) -> Result<Vec<Id>, Error> {
    let mut query = calendar_feeds::table
        .filter(calendar_feeds::user_id.eq(user))
        .filter(calendar_feeds::revoked_at.is_null())
        .select(calendar_feeds::id)
        .order(calendar_feeds::id)
        .into_boxed();
    if let Some(id) = one {
        query = query.filter(calendar_feeds::id.eq(id));
    }
    Ok(query.load(conn)?)
}

/// Revokes feeds, however many in one statement.
pub fn revoke_feeds(tx: &mut Tx<'_>, feeds: &[Id], at: Instant) -> Result<(), Error> {
    if feeds.is_empty() {
        return Ok(());
    }
    let these = calendar_feeds::table.filter(calendar_feeds::id.one_of(feeds));
    diesel::update(these).set(calendar_feeds::revoked_at.eq(at)).execute(&mut **tx)?;
    Ok(())
}

/// Keeps what a feed shows from now on.
pub fn keep_content(tx: &mut Tx<'_>, id: Id, hash: &str, at: Instant) -> Result<(), Error> {
    diesel::update(calendar_feeds::table.find(id))
        .set((calendar_feeds::content_hash.eq(hash), calendar_feeds::changed_at.eq(at)))
        .execute(&mut **tx)?;
    Ok(())
}

type DeadlineRow = (Id, String, i32, Instant, RuleIdWord, Option<String>, NaiveDate);
type AdviceRow = (Id, String, i32, Instant, AdviceKindWord, Id, Option<NaiveDate>);

/// The days that a feed shows to whoever made it, in their order.
pub fn due(conn: &mut Conn, feed: &Feed, user: &User) -> Result<Vec<Due>, Error> {
    let seen = || case_viewers::table.filter(case_viewers::user_id.eq(user.id)).select(case_viewers::case_id);
    let sees_all = matches!(user.role.0, Role::Manager);
    let caseworkers = match feed.scope.0 {
        FeedScope::Caseworker => vec![user.id],
        FeedScope::Team | FeedScope::Organisation => feed.caseworker_ids.0.clone(),
    };
    let mut rows: Vec<DeadlineRow> = Vec::new();
    let mut requests =
        advice_requests::table.inner_join(cases::table).filter(advice_requests::outstanding.eq(true)).into_boxed();
    if feed.scope.0 == FeedScope::Organisation {
        let organisation = feed.organisation_id.ok_or_else(|| Error::internal("an organisation's feed names none"))?;
        requests = requests.filter(advice_requests::organisation_id.eq(organisation));
    } else {
        let mut own = deadlines::table
            .inner_join(cases::table)
            .filter(cases::ended_status.is_null())
            .filter(deadlines::holder.eq(Word(Holder::LocalAuthority)))
            .filter(deadlines::met_on.is_null())
            .filter(deadlines::applicable.eq(true))
            .into_boxed();
        requests = requests.filter(cases::open.eq(true));
        if !caseworkers.is_empty() {
            own = own.filter(cases::caseworker_id.eq_any(caseworkers.clone()));
            requests = requests.filter(cases::caseworker_id.eq_any(caseworkers));
        }
        if !sees_all {
            own = own.filter(cases::restricted.eq(false).or(cases::id.eq_any(seen())));
            requests = requests.filter(cases::restricted.eq(false).or(cases::id.eq_any(seen())));
        }
        rows = own
            .select((
                cases::id,
                cases::reference,
                cases::version,
                cases::updated_at,
                deadlines::rule,
                deadlines::subject_id,
                deadlines::act_by,
            ))
            .load(conn)?;
    }
    let advice: Vec<AdviceRow> = requests
        .select((
            cases::id,
            cases::reference,
            cases::version,
            cases::updated_at,
            advice_requests::kind,
            advice_requests::id,
            advice_requests::act_by,
        ))
        .load(conn)?;
    let of_rules = rows.into_iter().map(|(case_id, reference, version, updated_at, rule, subject, act_by)| Due {
        case_id,
        reference,
        step: Step::Rule(rule),
        subject,
        act_by,
        version,
        updated_at,
    });
    let of_advice =
        advice.into_iter().filter_map(|(case_id, reference, version, updated_at, kind, request, act_by)| {
            let subject = Some(request.to_string());
            Some(Due { case_id, reference, step: Step::Advice(kind), subject, act_by: act_by?, version, updated_at })
        });
    let mut all: Vec<Due> = of_rules.chain(of_advice).collect();
    all.sort_by(|a, b| (a.act_by, &a.reference, &a.subject).cmp(&(b.act_by, &b.reference, &b.subject)));
    Ok(all)
}
