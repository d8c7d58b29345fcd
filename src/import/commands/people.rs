//! Who is the same person: within the sheet, and among those who are known.
//!
//! The same NHS number, UPN, or name and birth date make two rows one person. Of each only a digest is kept, so that a
//! long sheet stays small.
//!
//! A number says more than a name. Two people of one name and birth date who have different NHS numbers are two: among
//! many thousands there are some. One number with two birth dates, or one UPN with two NHS numbers, is a fault, for
//! somebody to mend who knows which of both is right.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use crate::ids::Id;
use crate::person::model::Person;

/// 128 bits of a digest: two of a million differ surely enough.
type Key = u128;

/// A person in the course of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Slot(usize);

/// What a person is recognised by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Who {
    nhs_number: Option<Key>,
    upn: Option<Key>,
    name: Key,
    born: NaiveDate,
}

impl Who {
    pub(super) fn new(person: &Person) -> Self {
        let born = person.date_of_birth;
        Self {
            nhs_number: person.nhs_number.as_deref().map(|number| key("nhs_number", number)),
            upn: person.upn.as_deref().map(|number| key("upn", number)),
            name: key("name", &format!("{} {born}", person.name_key)),
            born,
        }
    }

    fn keys(&self) -> impl Iterator<Item = Key> {
        [self.nhs_number, self.upn, Some(self.name)].into_iter().flatten()
    }
}

fn key(kind: &str, text: &str) -> Key {
    let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(text).finalize();
    digest.iter().take(16).fold(0, |key, byte| (key << 8) | Key::from(*byte))
}

/// Why a row can't be the case of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clash {
    /// It fits several people.
    Several,
    /// The same person has another birth date elsewhere.
    OtherBirthDate,
    /// The same person has another NHS number elsewhere.
    OtherNhsNumber,
    /// The same person has an open case in this row.
    OpenIn(u32),
    /// These two rows turn out to be open cases of one person.
    BothOpen(u32, u32),
    /// The same person has an open case that is known.
    OpenKnown,
}

#[derive(Debug, Clone, Copy)]
enum Open {
    Known,
    In(u32),
}

#[derive(Debug)]
struct Record {
    /// Itself, or the slot that was found to be the same person.
    same_as: usize,
    known: Option<Id>,
    nhs_number: Option<Key>,
    born: NaiveDate,
    open: Option<Open>,
}

/// Everybody in the sheet so far, and everybody known who may be one of them.
#[derive(Debug, Default)]
pub(super) struct People {
    entries: Vec<Record>,
    by_key: HashMap<Key, Slot>,
    /// The further people of a key that several have.
    namesakes: HashMap<Key, Vec<Slot>>,
    known: HashMap<Id, Slot>,
}

impl People {
    /// Takes somebody in who is known. Must come before the rows that may be theirs.
    pub(super) fn know(&mut self, id: Id, who: &Who, has_open_case: bool) {
        if self.known.contains_key(&id) {
            return;
        }
        let slot = self.add(Record {
            same_as: self.entries.len(),
            known: Some(id),
            nhs_number: who.nhs_number,
            born: who.born,
            open: has_open_case.then_some(Open::Known),
        });
        self.known.insert(id, slot);
        for key in who.keys() {
            self.call(key, slot);
        }
    }

    /// Puts a row with somebody who is known, whatever they are called by now.
    pub(super) fn put_with(&mut self, id: Id, who: &Who) {
        if let Some(slot) = self.known.get(&id) {
            let slot = *slot;
            for key in who.keys() {
                self.call(key, slot);
            }
        }
    }

    /// Finds the person of a row, or takes them in; `open` is whether the row is an open case.
    pub(super) fn place(&mut self, row: u32, who: &Who, open: bool) -> (Slot, Option<Clash>) {
        let (fitting, mut clash) = self.fitting(who);
        let mut slots = fitting.into_iter();
        let slot = match slots.next() {
            Some(slot) => slot,
            None => self.add(Record {
                same_as: self.entries.len(),
                known: None,
                nhs_number: who.nhs_number,
                born: who.born,
                open: None,
            }),
        };
        if clash.is_none() {
            for other in slots {
                clash = clash.or(self.join(slot, other));
            }
        }
        for key in who.keys() {
            self.call(key, slot);
        }
        if let Some(entry) = self.entries.get_mut(slot.0) {
            entry.nhs_number = entry.nhs_number.or(who.nhs_number);
            if open {
                clash = clash.or(entry.open.map(Clash::from));
                entry.open = entry.open.or(Some(Open::In(row)));
            }
        }
        (slot, clash)
    }

    /// The slot that stands for everybody who was found to be the same person.
    pub(super) fn same(&self, slot: Slot) -> Slot {
        let mut at = slot.0;
        while let Some(entry) = self.entries.get(at).filter(|entry| entry.same_as != at) {
            at = entry.same_as;
        }
        Slot(at)
    }

    /// The person who is known, where they are.
    pub(super) fn known(&self, slot: Slot) -> Option<Id> {
        self.entries.get(self.same(slot).0)?.known
    }

    fn add(&mut self, entry: Record) -> Slot {
        self.entries.push(entry);
        Slot(self.entries.len().saturating_sub(1))
    }

    /// Lets a person be found by a key.
    fn call(&mut self, key: Key, slot: Slot) {
        if self.found(key).contains(&self.same(slot)) {
            return;
        }
        match self.by_key.entry(key) {
            Entry::Vacant(free) => {
                free.insert(slot);
            }
            Entry::Occupied(_) => self.namesakes.entry(key).or_default().push(slot),
        }
    }

    /// Everybody who is found by a key.
    fn found(&self, key: Key) -> Vec<Slot> {
        let all = self.by_key.get(&key).into_iter().chain(self.namesakes.get(&key).into_iter().flatten());
        let mut found: Vec<Slot> = Vec::new();
        for slot in all.map(|slot| self.same(*slot)) {
            if !found.contains(&slot) {
                found.push(slot);
            }
        }
        found
    }

    /// Those who are the person of a row.
    fn fitting(&self, who: &Who) -> (Vec<Slot>, Option<Clash>) {
        let mut slots: Vec<Slot> = Vec::new();
        let mut nhs_number = who.nhs_number;
        let mut known = None;
        for key in [who.nhs_number, who.upn].into_iter().flatten() {
            let found = self.found(key);
            let Some(entry) = found.first().and_then(|slot| self.entries.get(slot.0)) else {
                continue;
            };
            if found.len() > 1 {
                return (found, Some(Clash::Several));
            }
            if entry.born != who.born {
                return (found, Some(Clash::OtherBirthDate));
            }
            if differ(entry.nhs_number, nhs_number) {
                return (found, Some(Clash::OtherNhsNumber));
            }
            nhs_number = nhs_number.or(entry.nhs_number);
            known = known.or(entry.known);
            for slot in found {
                if !slots.contains(&slot) {
                    slots.push(slot);
                }
            }
        }
        // Those of the same name, but for those who are somebody else by their number or in the records.
        let mut alike = self.found(who.name);
        alike.retain(|slot| {
            !slots.contains(slot)
                && self.entries.get(slot.0).is_some_and(|entry| {
                    !differ(entry.nhs_number, nhs_number) && (known.is_none() || entry.known.is_none())
                })
        });
        match (slots.is_empty(), alike.as_slice()) {
            (true, [_, _, ..]) => return (alike, Some(Clash::Several)),
            (_, [only]) => slots.push(*only),
            _ => {}
        }
        (slots, None)
    }

    /// Two slots turn out to be one person.
    fn join(&mut self, slot: Slot, other: Slot) -> Option<Clash> {
        let (known, nhs_number, open) = {
            let entry = self.entries.get(other.0)?;
            (entry.known, entry.nhs_number, entry.open)
        };
        let into = self.entries.get_mut(slot.0)?;
        if into.known.is_some() && known.is_some() {
            return Some(Clash::Several);
        }
        if differ(into.nhs_number, nhs_number) {
            return Some(Clash::OtherNhsNumber);
        }
        let clash = match (into.open, open) {
            (Some(Open::In(one)), Some(Open::In(two))) => Some(Clash::BothOpen(one.min(two), one.max(two))),
            (Some(_), Some(_)) => Some(Clash::OpenKnown),
            _ => None,
        };
        into.known = into.known.or(known);
        into.nhs_number = into.nhs_number.or(nhs_number);
        into.open = into.open.or(open);
        let id = into.known;
        if let Some(entry) = self.entries.get_mut(other.0) {
            entry.same_as = slot.0;
        }
        if let Some(id) = id {
            self.known.insert(id, slot);
        }
        clash
    }
}

/// Whether both are known and are not the same.
fn differ(one: Option<Key>, other: Option<Key>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

impl From<Open> for Clash {
    fn from(open: Open) -> Self {
        match open {
            Open::Known => Self::OpenKnown,
            Open::In(row) => Self::OpenIn(row),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(nhs_number: &str, upn: &str, name: &str) -> Who {
        let given = |kind, text: &str| (!text.is_empty()).then(|| key(kind, text));
        Who {
            nhs_number: given("nhs_number", nhs_number),
            upn: given("upn", upn),
            name: key("name", name),
            born: "2015-03-02".parse().unwrap(),
        }
    }

    #[test]
    fn one_of_three_is_enough_to_be_the_same_person() {
        let mut people = People::default();
        let (first, _) = people.place(2, &who("N1", "U1", "ines"), false);
        assert_eq!(people.place(3, &who("N1", "U2", "agnes"), false), (first, None));
        assert_eq!(people.place(4, &who("", "U1", "anna"), false), (first, None));
        assert_eq!(people.place(5, &who("", "", "ines"), false), (first, None));
        assert_ne!(people.place(6, &who("", "", "emma"), false).0, first);
    }

    #[test]
    fn two_turn_out_to_be_one_when_a_row_is_both() {
        let mut people = People::default();
        let (by_number, _) = people.place(2, &who("N1", "", "ines"), true);
        let (by_name, _) = people.place(3, &who("", "", "agnes"), false);
        assert_ne!(people.same(by_number), people.same(by_name));
        let (both, clash) = people.place(4, &who("N1", "", "agnes"), false);
        assert_eq!(clash, None);
        assert_eq!([people.same(by_number), people.same(by_name)], [people.same(both); 2]);
        assert_eq!(people.place(5, &who("", "", "agnes"), true).1, Some(Clash::OpenIn(2)));
    }

    #[test]
    fn two_open_cases_that_turn_out_to_be_of_one_person_clash() {
        let mut people = People::default();
        people.place(2, &who("N1", "", "ines"), true);
        people.place(3, &who("", "", "agnes"), true);
        assert_eq!(people.place(4, &who("N1", "", "agnes"), false).1, Some(Clash::BothOpen(2, 3)));
    }

    #[test]
    fn one_person_has_one_birth_date_and_one_nhs_number() {
        let mut people = People::default();
        people.place(2, &who("N1", "U1", "ines"), false);
        let younger = Who { born: "2015-03-03".parse().unwrap(), ..who("N1", "", "ines, later") };
        assert_eq!(people.place(3, &younger, false).1, Some(Clash::OtherBirthDate));
        assert_eq!(people.place(4, &who("N2", "U1", "anna"), false).1, Some(Clash::OtherNhsNumber));
    }

    #[test]
    fn two_of_one_name_and_birth_date_are_told_apart_by_their_numbers() {
        let mut people = People::default();
        let (one, _) = people.place(2, &who("N1", "", "ines"), true);
        let (other, clash) = people.place(3, &who("N2", "", "ines"), true);
        assert_eq!(clash, None);
        assert_ne!(one, other);
        assert_eq!(people.place(4, &who("N2", "", "ines"), false), (other, None));
        assert_eq!(people.place(5, &who("", "", "ines"), false).1, Some(Clash::Several));
        let (third, clash) = people.place(6, &who("N3", "", "ines"), true);
        assert_eq!(clash, None);
        assert!(third != one && third != other);
    }

    #[test]
    fn who_is_known_is_found_and_not_mistaken() {
        let (ines, other_ines) = (Id::new(), Id::new());
        let mut people = People::default();
        people.know(ines, &who("N1", "", "ines"), true);
        people.know(other_ines, &who("N2", "", "ines"), false);
        let (slot, clash) = people.place(2, &who("N2", "", "ines"), true);
        assert_eq!((people.known(slot), clash), (Some(other_ines), None), "a number says more than a name");
        assert_eq!(people.place(3, &who("", "", "ines"), false).1, Some(Clash::Several));
        assert_eq!(people.place(4, &who("N1", "", "x"), true).1, Some(Clash::OpenKnown));
        assert_eq!(people.place(5, &who("N1", "", "x"), false).1, None);
    }

    #[test]
    fn a_row_taken_over_before_leads_to_its_person_by_its_old_name() {
        let ines = Id::new();
        let mut people = People::default();
        people.know(ines, &who("", "", "agnes"), true);
        people.put_with(ines, &who("", "", "ines"));
        let (slot, clash) = people.place(3, &who("", "", "ines"), true);
        assert_eq!((people.known(slot), clash), (Some(ines), Some(Clash::OpenKnown)));
    }
}
