//! Calendar feeds: made, read without a sign-in by whoever has the address, and revoked.
//!
//! A feed is read with the eyes of whoever made it, as they are at that moment: what they may no longer see is no longer
//! in it, and where they may no longer sign in, have another role or answer for another organisation, there is no feed.

use sha2::{Digest, Sha256};

use chrono::TimeDelta;

use crate::app::{App, Origin};
use crate::audit::{self, AccessRecord, Event};
use crate::auth::{Acting, Actor, Principal, random_token, token_digest};
use crate::body::Submitted;
use crate::calendar::model::{Feed, FeedBody, FeedScope, FeedView, NewFeedView};
use crate::calendar::{store, view};
use crate::codes::Code;
use crate::db::Tx;
use crate::db::columns::Doc;
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;
use crate::user;
use crate::user::model::{Attempt, FAILURES_COUNT_FOR, FAILURES_OF_ADDRESS};
use crate::words::Word;

/// The name under which the service acts before it knows whose feed is read.
const FEED: &str = "calendar feed";

/// Makes a feed. Its address is in the answer and nowhere else: what is kept of its token is a digest.
pub fn add_feed(app: &App, tx: &mut Tx<'_>, acting: &Acting, body: Submitted<FeedBody>) -> Result<NewFeedView, Error> {
    let owner = acting.person()?;
    let (body, ()) = body.judge(|body, faults| {
        for (index, id) in body.caseworker_ids.iter().flatten().enumerate() {
            let known = user::store::find(tx, *id)?.is_some_and(|user| FeedScope::Caseworker.is_for(user.role.0));
            let detail = "There is no caseworker or manager of this id.";
            faults.unless(known, format!("/caseworker_ids/{index}"), Code::UnknownUser, detail);
        }
        let scope = body.scope.map_or_else(|| FeedScope::usual_for(owner.role), |scope| scope.0);
        let fits = scope == FeedScope::Team || body.caseworker_ids.is_none() || !faults.is_sound("/scope");
        faults.unless(fits, "/caseworker_ids", Code::Contradiction, "Caseworkers are named for a team's feed alone.");
        Ok(())
    })?;
    let scope = body.scope.map_or_else(|| FeedScope::usual_for(owner.role), |scope| scope.0);
    if !scope.is_for(owner.role) {
        return Err(Error::Forbidden("Your role may not have a feed of this scope."));
    }
    let token = random_token();
    let feed = Feed {
        id: Id::new(),
        user_id: owner.user_id,
        scope: Word(scope),
        caseworker_ids: Doc(body.caseworker_ids.unwrap_or_default()),
        organisation_id: owner.organisation_id.filter(|_| scope == FeedScope::Organisation),
        token_hash: token_digest(&token),
        created_at: acting.at,
        revoked_at: None,
        content_hash: None,
        changed_at: None,
    };
    store::insert_feed(tx, &feed)?;
    let view = FeedView::from(feed);
    audit::record(tx, acting, Event::new("calendar_feed_made", "calendar_feed", view.id).after(&view))?;
    let url = format!("{}/api/v1/calendar/feeds/{token}.ics", app.settings().http.public_url);
    Ok(NewFeedView { feed: view, url })
}

/// Revokes one of the caller's own feeds, or all of them.
pub fn revoke_feeds(tx: &mut Tx<'_>, acting: &Acting, one: Option<Id>) -> Result<(), Error> {
    let owner = acting.person()?.user_id;
    let feeds = store::standing_feeds(tx, owner, one)?;
    if one.is_some() && feeds.is_empty() {
        return Err(Error::NotFound);
    }
    store::revoke_feeds(tx, &feeds, acting.at)?;
    let revoked = |feed| Event::new("calendar_feed_revoked", "calendar_feed", feed);
    audit::record_all(tx, acting, feeds.into_iter().map(revoked).collect())
}

/// What a feed shows.
#[derive(Debug)]
pub struct Shown {
    /// The calendar, as RFC 5545 writes it.
    pub content: String,
    /// Its digest.
    pub hash: String,
    /// Since when it has been this.
    pub changed_at: Instant,
    /// The readings of cases, to be put on record before it leaves.
    pub records: Vec<AccessRecord>,
}

/// Reads the feed of a token. An address from which many come that open none is made to wait with those; what is a feed is
/// read all the same, since calendars of a whole council may come from one address.
pub fn read_feed(app: &App, origin: Origin, token: &str) -> Result<Shown, Error> {
    let acting = app.acting_for(FEED, origin);
    match read_known(app, acting.clone(), token) {
        Err(Error::NotFound) => Err(count_guess(app, &acting, token)?),
        outcome => outcome,
    }
}

/// Counts an address that opens no feed, beside the sign-ins from there.
fn count_guess(app: &App, acting: &Acting, token: &str) -> Result<Error, Error> {
    let attempt = Attempt {
        id: Id::new(),
        account_hash: token_digest(token),
        address: format!("{FEED} from {}", acting.network()),
        failed_at: acting.at,
    };
    let failed_at = app.db().read(|conn| user::store::nth_failure_of_address(conn, &attempt, FAILURES_OF_ADDRESS))?;
    let until = failed_at.map(|failed_at| failed_at.plus(FAILURES_COUNT_FOR));
    if let Some(seconds) = until.map(|until| (until.utc() - acting.at.utc()).num_seconds()).filter(|left| *left > 0) {
        return Ok(Error::Throttled { retry_after: u64::try_from(seconds).unwrap_or(1) });
    }
    let forget_before = attempt.failed_at.plus(-FAILURES_COUNT_FOR);
    app.db().write(|tx| user::store::insert_attempt(tx, &attempt, forget_before))?;
    Ok(Error::NotFound)
}

fn read_known(app: &App, mut acting: Acting, token: &str) -> Result<Shown, Error> {
    let (feed, due) = app.db().snapshot(|conn| {
        let feed = store::feed_by_token(conn, &token_digest(token))?.filter(|feed| feed.revoked_at.is_none());
        let feed = feed.ok_or(Error::NotFound)?;
        let user = user::store::find(conn, feed.user_id)?.filter(|user| {
            user.active
                && feed.scope.0.is_for(user.role.0)
                && (feed.organisation_id.is_none() || feed.organisation_id == user.organisation_id)
        });
        let user = user.ok_or(Error::NotFound)?;
        acting.actor = Actor::User(Principal {
            user_id: user.id,
            session_id: feed.id,
            name: user.name.clone(),
            role: user.role.0,
            organisation_id: user.organisation_id,
        });
        let due = store::due(conn, &feed, &user)?;
        Ok((feed, due))
    })?;
    let content = view::ics(feed.scope.0, &due);
    let hash = format!("{:x}", Sha256::digest(content.as_bytes()));
    let changed_at = match feed.changed_at.filter(|_| feed.content_hash.as_ref() == Some(&hash)) {
        Some(changed_at) => changed_at,
        None => {
            // A client that knows whole seconds only must see that this is later than what it has.
            let after = feed.changed_at.map(|before| before.plus(TimeDelta::seconds(1)));
            let changed_at = after.map_or(acting.at, |after| after.max(acting.at));
            app.db().write(|tx| store::keep_content(tx, feed.id, &hash, changed_at))?;
            changed_at
        }
    };
    let mut read: Vec<Id> = due.iter().map(|one| one.case_id).collect();
    read.sort_unstable();
    read.dedup();
    let records = read.into_iter().filter_map(|case| AccessRecord::new(&acting, case, "calendar_feed")).collect();
    Ok(Shown { content, hash, changed_at, records })
}
