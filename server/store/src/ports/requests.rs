//! Requests that sources pass on. Whom one names is sealed by the first of them, and gone when it is closed.

use async_trait::async_trait;
use shopbell_domain::{
    event::{Event, port::Walk},
    id::SourceId,
    identity::Identifier,
    ports::StoreError,
    rights::{NewRequest, PrivacyRequest, RequestNumber, Wish, port::Requests},
    time::Timestamp,
};

use crate::{
    draft::Draft,
    engine::{Flow, Ground, each_record, read, read_value, scan},
    key::{Key, RightsKey, tag},
    locks::Subject,
    record::{IndexRecord, NamedRecord, NumberRecord, RequestRecord},
    refusals,
    store::EmbeddedStore,
};

/// Entries that one step looks at.
const ENTRIES: usize = 512;

#[async_trait]
impl Requests for EmbeddedStore {
    async fn ask(&self, new: NewRequest) -> Result<PrivacyRequest, StoreError> {
        self.write([Subject::Regulations], move |draft| {
            let of = Key::Rights(RightsKey::RequestOf { message: draft.keys().name(&new.message) });
            if let Some(NumberRecord(number)) = draft.read(&of)?
                && let Some(kept) = read_request(draft.committed(), RequestNumber(number))?
            {
                return Ok(kept);
            }
            if new.wish == Wish::EraseSource {
                let message = draft.keys().name(&new.message);
                draft.refuse([refusals::left(message, &new.message.source, new.at)]);
            }
            let request = open_request(draft, &of, |number| PrivacyRequest::new(number, &new))?;
            if let Some(first) = new.who.first() {
                let (key, mark) = (Key::Rights(RightsKey::NamedBy(request.number)), draft.keys().mark(first));
                draft.seal_new(&key, mark, &NamedRecord(new.who))?;
            }
            Ok(request)
        })
        .await
    }

    async fn request(&self, number: RequestNumber) -> Result<Option<PrivacyRequest>, StoreError> {
        read_request(self.ground(), number)
    }

    async fn named_by(&self, number: RequestNumber) -> Result<Option<Vec<Identifier>>, StoreError> {
        let named = read::<NamedRecord>(self.ground(), &Key::Rights(RightsKey::NamedBy(number)))?;
        Ok(named.map(|NamedRecord(who)| who))
    }

    async fn requests(
        &self,
        before: Option<RequestNumber>,
        limit: usize,
    ) -> Result<Vec<PrivacyRequest>, StoreError> {
        self.read(move |ground| {
            let newest = last_number(ground)?;
            let from = before.map_or(newest, |before| newest.min(before.0.saturating_sub(1)));
            // Numbers have no gaps.
            let numbers = (1..=from).rev().take(limit).map(RequestNumber);
            numbers.map(|number| read_request(ground, number)).filter_map(Result::transpose).collect()
        })
        .await
    }

    async fn open_requests(&self) -> Result<Vec<PrivacyRequest>, StoreError> {
        self.read(|ground| {
            let mut open = Vec::new();
            each_record(ground, &RightsKey::open_requests(), |key, IndexRecord| {
                if let Key::Rights(RightsKey::OpenRequest(number)) = key {
                    open.extend(read_request(ground, number)?);
                }
                Ok(Flow::On)
            })?;
            Ok(open)
        })
        .await
    }

    async fn found(&self, number: RequestNumber, more: u64) -> Result<(), StoreError> {
        self.write([Subject::Regulations], move |draft| {
            let mut request = known(draft, number)?;
            request.found = request.found.saturating_add(more);
            put(draft, &request)
        })
        .await
    }

    async fn close_request(
        &self,
        number: RequestNumber,
        at: Timestamp,
    ) -> Result<PrivacyRequest, StoreError> {
        self.write([Subject::Regulations], move |draft| {
            let mut request = known(draft, number)?;
            draft.remove_short(&Key::Rights(RightsKey::OpenRequest(number)));
            if request.closed.is_none() {
                request.closed = Some(at);
                draft.remove(&Key::Rights(RightsKey::NamedBy(number)));
                put(draft, &request)?;
            }
            Ok(request)
        })
        .await
    }

    async fn told_by(
        &self,
        source: &SourceId,
        until: Timestamp,
        from: Option<Walk>,
    ) -> Result<(Vec<Identifier>, Option<Walk>), StoreError> {
        let source = source.clone();
        self.read(move |ground| {
            let start = from.map_or_else(|| vec![tag::EVENT], |Walk(from)| from);
            let (mut found, mut left, mut next) = (Vec::new(), ENTRIES, None);
            scan(ground, &[tag::EVENT], &start, |bytes, value| {
                if left == 0 {
                    next = Some(Walk(bytes));
                    return Ok(Flow::Stop);
                }
                left -= 1;
                let key =
                    Key::decode(&bytes).map_err(|error| StoreError::Damaged(format!("an event: {error}")))?;
                if let Some(event) = read_value::<Event>(ground, &key, &value)?
                    && event.id.source == source
                    && event.at <= until
                {
                    found.extend(event.who.into_iter().next());
                }
                Ok(Flow::On)
            })?;
            found.sort();
            found.dedup();
            Ok((found, next))
        })
        .await
    }
}

fn put(draft: &mut Draft<'_>, request: &PrivacyRequest) -> Result<(), StoreError> {
    draft.put(&Key::Rights(RightsKey::Request(request.number)), &RequestRecord(request.clone()))
}

/// Keeps a new request under the next number, open; by `of` it is found again.
pub(crate) fn open_request(
    draft: &mut Draft<'_>,
    of: &Key,
    request: impl FnOnce(RequestNumber) -> PrivacyRequest,
) -> Result<PrivacyRequest, StoreError> {
    let number = RequestNumber(last_number(draft.committed())? + 1);
    let request = request(number);
    draft.put_new(of, &NumberRecord(number.0))?;
    draft.put_new(&Key::Rights(RightsKey::OpenRequest(number)), &IndexRecord)?;
    put(draft, &request)?;
    Ok(request)
}

fn known(draft: &Draft<'_>, number: RequestNumber) -> Result<PrivacyRequest, StoreError> {
    read_request(draft.committed(), number)?.ok_or(StoreError::NotFound("request"))
}

fn read_request(ground: Ground<'_>, number: RequestNumber) -> Result<Option<PrivacyRequest>, StoreError> {
    let found = read::<RequestRecord>(ground, &Key::Rights(RightsKey::Request(number)))?;
    Ok(found.map(|RequestRecord(request)| request))
}

fn last_number(ground: Ground<'_>) -> Result<u64, StoreError> {
    let Some(key) = ground.last(&RightsKey::requests())? else { return Ok(0) };
    match Key::decode(&key) {
        Ok(Key::Rights(RightsKey::Request(number))) => Ok(number.0),
        Ok(_) => Ok(0),
        Err(error) => Err(StoreError::Damaged(format!("a request: {error}"))),
    }
}
