//! Reads of the calendar: single events, masters, and exceptions with their series.

use crate::connection::found;
use crate::mailbox::{GraphMailbox, bears, of_mailbox};
use crate::map::event::{self, EventType};
use crate::reading::partial;
use crate::wire::page::Page;
use crate::wire::users::calendar_view::{self, Window};
use crate::wire::users::events::{Event, get, list};
use earmark_mailbox_port::{Bounds, ItemRead};
use earmark_model::{CategoryName, Failure, FailureClass, ItemContent, ItemHandle, ObservedItem};
use std::collections::{BTreeMap, BTreeSet};

impl GraphMailbox {
    /// Every single event and master that carries one of `names`, and every such exception in the
    /// window of the calendar. Two requests for each spelling: the list of events has no
    /// exceptions, and the view has no masters.
    pub(crate) async fn bearing_events(
        &self,
        names: &[CategoryName],
    ) -> Result<Vec<ObservedItem>, Failure> {
        let spellings: BTreeSet<&str> = names.iter().map(CategoryName::as_str).collect();
        if spellings.is_empty() {
            return Ok(Vec::new());
        }
        let address = self.address.as_str();
        let now = self.connection.now();
        let Bounds { calendar_past, calendar_ahead, .. } = self.bounds;
        let window = Window { from: now.minus(calendar_past), to: now.plus(calendar_ahead) };
        let whole_view = calendar_view::all(address, window);
        let is_filtered = !self.state.view_filter.is_fresh(now);
        let mut calls: Vec<_> = spellings.iter().map(|name| list::bearing(address, name)).collect();
        if is_filtered {
            let view = |name: &&str| calendar_view::bearing(address, window, name);
            calls.extend(spellings.iter().map(view));
        } else {
            calls.push(whole_view.clone());
        }
        let lists = self.connection.list_all::<Event>(&self.state.budget, &calls).await;
        let mut events = BTreeMap::new();
        let mut is_refused = false;
        for (index, list) in lists.map_err(of_mailbox)?.into_iter().enumerate() {
            let is_view = index >= spellings.len();
            match list {
                Ok(list) => collect(&mut events, list, is_view)?,
                Err(refusal) if is_view && is_filtered && refusal.is_about_the_request() => {
                    is_refused = true;
                }
                Err(refusal) => return Err(of_mailbox(refusal.failure)),
            }
        }
        if is_refused {
            self.state.view_filter.note(now);
            let list = self.connection.list::<Event>(&self.state.budget, whole_view).await;
            collect(&mut events, list.map_err(of_mailbox)?.entries, true)?;
        }
        let mut items = self.event_summaries(events.into_values().collect()).await?;
        items.retain(|item| bears(item, names));
        items.sort_by(|one, other| one.handle.cmp(&other.handle));
        Ok(items)
    }

    /// The items that `events` of a list show; what a list shows too little of is read by id.
    async fn event_summaries(&self, events: Vec<Event>) -> Result<Vec<ObservedItem>, Failure> {
        let (partial, whole): (Vec<_>, Vec<_>) = events.into_iter().partition(event::is_partial);
        let handles: Vec<ItemHandle> =
            partial.into_iter().filter_map(|event| event.id.map(ItemHandle)).collect();
        let mut items: Vec<_> = self.observed_events(&whole).await?.into_iter().flatten().collect();
        for read in self.read_events(&handles).await? {
            if let ItemRead::Found { item, .. } = read {
                items.push(item);
            }
        }
        Ok(items)
    }

    /// The items that whole answers show; `None` for an occurrence that its series has as it is,
    /// and for an exception whose series is gone.
    async fn observed_events(
        &self,
        events: &[Event],
    ) -> Result<Vec<Option<ObservedItem>>, Failure> {
        self.learn_series(events).await?;
        let observed = |event: &Event| {
            let is_item = match event::event_type(event).ok_or_else(partial)? {
                EventType::Occurrence => false,
                EventType::Exception => self.series_of(event).is_some(),
                EventType::Single | EventType::Lone | EventType::Master => true,
            };
            if !is_item {
                return Ok(None);
            }
            let series = self.series_of(event);
            let item = event::observed(event, series.as_ref()).ok_or_else(partial)?;
            self.state.known.note(&item);
            Ok(Some(item))
        };
        events.iter().map(observed).collect()
    }

    fn series_of(&self, event: &Event) -> Option<crate::series::SeriesFacts> {
        self.state.series.of(event::master(event)?)
    }

    /// Notes the masters among `events`, and reads those that the exceptions among them belong to
    /// and that are not known.
    async fn learn_series(&self, events: &[Event]) -> Result<(), Failure> {
        let of_type = |wanted: EventType| {
            events.iter().filter(move |event| event::event_type(event) == Some(wanted))
        };
        for master in of_type(EventType::Master) {
            self.note_series(master);
        }
        let masters = of_type(EventType::Exception).filter_map(event::master);
        let unknown = masters.filter(|master| self.state.series.of(master).is_none());
        let unknown: BTreeSet<&str> = unknown.collect();
        let address = self.address.as_str();
        let calls: Vec<_> = unknown.iter().map(|id| get::summary(address, id)).collect();
        for answer in self.connection.read_all(&self.state.budget, &calls).await? {
            if let Some(master) = found::<Event>(answer)? {
                self.note_series(&master);
            }
        }
        Ok(())
    }

    fn note_series(&self, master: &Event) {
        if let Some(id) = &master.id {
            self.state.series.note(id, event::series(master));
        }
    }

    /// Summaries by id, in the order asked for.
    pub(crate) async fn read_events(
        &self,
        handles: &[ItemHandle],
    ) -> Result<Vec<ItemRead>, Failure> {
        let call = |handle: &ItemHandle| get::summary(self.address.as_str(), handle.as_str());
        let calls: Vec<_> = handles.iter().map(call).collect();
        let answers = self.connection.read_all(&self.state.budget, &calls).await?;
        let events: Vec<Option<Event>> =
            answers.into_iter().map(found).collect::<Result<_, _>>()?;
        let there: Vec<Event> = events.iter().flatten().cloned().collect();
        let mut items = self.observed_events(&there).await?.into_iter();
        let read = |event: Option<Event>| match event.and_then(|_| items.next()).flatten() {
            Some(item) => ItemRead::Found { item, content: None },
            None => ItemRead::Gone,
        };
        Ok(events.into_iter().map(read).collect())
    }

    /// One event with its content, where `wants` it.
    pub(crate) async fn read_event_content(
        &self,
        handle: &ItemHandle,
        wants: impl Fn(&ObservedItem) -> bool + Send,
    ) -> Result<ItemRead, Failure> {
        let call = get::content(self.address.as_str(), handle.as_str());
        let event: Event = match self.connection.send(&self.state.budget, &call).await {
            Ok(reply) => reply.json()?,
            Err(failure) if failure.class == FailureClass::ItemGone => return Ok(ItemRead::Gone),
            Err(failure) => return Err(failure),
        };
        let observed = self.observed_events(std::slice::from_ref(&event)).await?.pop().flatten();
        let Some(item) = observed else { return Ok(ItemRead::Gone) };
        let content = wants(&item).then(|| event::content(&event, &item)).transpose()?;
        let content = content.map(|content| Box::new(ItemContent::Appointment(content)));
        Ok(ItemRead::Found { item, content })
    }

    /// The exceptions of a series; none where the series is gone or is none.
    pub(crate) async fn read_exceptions(
        &self,
        handle: &ItemHandle,
    ) -> Result<Vec<ObservedItem>, Failure> {
        let call = get::exceptions(self.address.as_str(), handle.as_str());
        let mut master: Event = match self.connection.send(&self.state.budget, &call).await {
            Ok(reply) => reply.json()?,
            Err(failure) if failure.class == FailureClass::ItemGone => return Ok(Vec::new()),
            Err(failure) => return Err(failure),
        };
        if event::event_type(&master).ok_or_else(partial)? != EventType::Master {
            return Ok(Vec::new());
        }
        self.note_series(&master);
        let value = master.exception_occurrences.take().ok_or_else(partial)?;
        let page = Page { value, next_link: master.exception_occurrences_next_link.take() };
        let all = self.connection.pages(&self.state.budget, &call, page).await?;
        let mut events = BTreeMap::new();
        collect(&mut events, all, true)?;
        let mut items = self.event_summaries(events.into_values().collect()).await?;
        items.sort_by(|one, other| one.handle.cmp(&other.handle));
        Ok(items)
    }
}

/// Takes what a list shows, each event once; of a view only what no list of events has.
fn collect(
    events: &mut BTreeMap<String, Event>,
    list: Vec<Event>,
    is_view: bool,
) -> Result<(), Failure> {
    for event in list {
        let is_listed = match event::event_type(&event) {
            Some(EventType::Exception | EventType::Lone) | None => false,
            Some(EventType::Single | EventType::Master | EventType::Occurrence) => true,
        };
        if is_view && is_listed {
            continue;
        }
        events.insert(event.id.clone().ok_or_else(partial)?, event);
    }
    Ok(())
}
