//! Several people's copies of one message, decided about in any order: everything comes to rest,
//! and the order does not matter.

use super::states::{Situation, empty_link, request};
use earmark_model::{Baseline, CrmSide, MailboxSide, RequestOrigin, RequestWish};
use earmark_tracking::{Decision, Effect, MasterView, Rules, decide};

/// Units: copies of the message, one in each mailbox.
const COPIES: usize = 4;

/// Units: decisions after which everything must be at rest.
const TO_REST: usize = 200;

/// A sequence that depends on its seed alone (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn index(&mut self, count: usize) -> usize {
        usize::try_from(self.below(count as u64)).unwrap_or(0)
    }
}

/// The copies and the record that they have in common.
#[derive(Debug, Clone, PartialEq)]
struct World {
    copies: Vec<Situation>,
    /// The record of the present epoch was deleted.
    is_deleted: bool,
}

impl World {
    /// Both sides and what is remembered, each perturbed from one consistent beginning.
    fn perturbed(dice: &mut Dice) -> Self {
        let is_deleted = dice.chance(15);
        let copies = (0..COPIES)
            .map(|_| {
                let was_tracked = dice.chance(50);
                let with = if dice.chance(30) { !was_tracked } else { was_tracked };
                let linked = if dice.chance(25) { !was_tracked } else { was_tracked };
                let crm = match (linked, is_deleted) {
                    (_, true) => CrmSide::RecordDeleted,
                    (true, false) => CrmSide::Linked,
                    (false, false) => CrmSide::NotLinked,
                };
                let mut link = empty_link("AAkItem");
                if was_tracked {
                    link.baseline = Baseline::Tracked;
                }
                link.crm = crm;
                if dice.chance(25) {
                    link.request = request(dice.index(5));
                }
                let is_known = was_tracked || crm != CrmSide::NotLinked || link.request.is_some();
                Situation {
                    mailbox: if with { MailboxSide::With } else { MailboxSide::Without },
                    bears_undeliverable: false,
                    link: is_known.then_some(link),
                    crm,
                    switch_on: true,
                    first_sweep: false,
                    master: MasterView::Settled,
                    tombstone: !was_tracked && !with && dice.chance(20),
                    copy_of_linked: false,
                    is_internal: false,
                    version: 1,
                }
            })
            .collect();
        Self { copies, is_deleted }
    }

    /// Decides about one copy and carries it out; whether anything changed.
    fn step(&mut self, at: usize, rules: &Rules) -> bool {
        let before = self.clone();
        let one = &mut self.copies[at];
        one.crm = match one.crm {
            CrmSide::Linked if !self.is_deleted => CrmSide::Linked,
            _ if self.is_deleted => CrmSide::RecordDeleted,
            _ => CrmSide::NotLinked,
        };
        let was_tracked = is_tracked(one);
        let decision: Decision = one.with_facts(|facts| decide(facts, rules));
        let raises = |effect: &Effect| matches!(effect, Effect::Track { raise_epoch: true, .. });
        if decision.effects.iter().any(raises) {
            self.is_deleted = false;
        }
        one.carry_out(&decision, rules);
        if !was_tracked && is_tracked(one) {
            self.expect_copies(at);
        }
        *self != before
    }

    /// With a confirmed promotion the other mailboxes are asked to track their copies; one that
    /// has a linked copy is left alone.
    fn expect_copies(&mut self, from: usize) {
        for (at, copy) in self.copies.iter_mut().enumerate() {
            if at == from || copy.tombstone || copy.crm == CrmSide::Linked {
                continue;
            }
            let link = copy.link.get_or_insert_with(|| empty_link("AAkItem"));
            if link.request.is_none() {
                link.request = request(4);
            }
        }
    }

    /// Everything decided in the order of `dice`, to rest.
    fn rested(mut self, dice: &mut Dice, rules: &Rules) -> Self {
        let mut quiet = 0;
        for step in 0.. {
            assert!(step < TO_REST, "no rest: {self:#?}");
            // Nobody is forgotten: each in turn, from a random place on, in random order.
            let mut order: Vec<usize> = (0..COPIES).collect();
            for at in (1..COPIES).rev() {
                order.swap(at, dice.index(at + 1));
            }
            let changed = order.into_iter().filter(|at| self.step(*at, rules)).count();
            quiet = if changed == 0 { quiet + 1 } else { 0 };
            if quiet == 2 {
                break;
            }
        }
        self
    }

    /// What people see of it.
    fn seen(&self) -> Vec<(MailboxSide, CrmSide, bool)> {
        self.copies.iter().map(|one| (one.mailbox, one.crm, is_tracked(one))).collect()
    }
}

fn is_tracked(one: &Situation) -> bool {
    one.link.as_ref().is_some_and(|link| link.baseline == Baseline::Tracked)
}

/// Whether the outcome depends on who comes first by its nature: an untrack that is asked for on
/// one copy while the record is made anew by another.
fn is_open(world: &World) -> bool {
    let wants = |one: &Situation, wish: fn(&RequestWish) -> bool| {
        let request = one.link.as_ref().and_then(|link| link.request.as_ref());
        request.is_some_and(|it| it.origin == RequestOrigin::Person && wish(&it.wish))
    };
    let tracks = |one: &Situation| wants(one, |wish| matches!(wish, RequestWish::Track { .. }));
    let reassigned =
        |one: &Situation| one.mailbox == MailboxSide::With && !is_tracked(one) || tracks(one);
    world.is_deleted && world.copies.iter().any(reassigned)
}

#[test]
fn any_order_leads_to_the_same_rest() {
    let rules = Rules::all();
    let mut compared = 0;
    for seed in 0..4_000 {
        let mut dice = Dice(seed);
        let world = World::perturbed(&mut dice);
        let first = world.clone().rested(&mut dice, &rules);
        for _ in 0..3 {
            let other = world.clone().rested(&mut dice, &rules);
            if is_open(&world) {
                continue;
            }
            compared += 1;
            assert_eq!(first.seen(), other.seen(), "seed {seed}: {world:#?}");
        }
        for one in &first.copies {
            let linked = one.crm == CrmSide::Linked;
            assert_eq!(linked, is_tracked(one), "seed {seed}: {one:#?}");
            assert_eq!(one.mailbox == MailboxSide::With, linked, "seed {seed}: {one:#?}");
        }
    }
    assert!(compared > 8_000, "{compared} compared");
}
