//! The judgement over a story of the whole center: every caller comes to one end, and knows which; every message is there,
//! once, for whom it was meant; and every worker stands as the formula says.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;
use switchboard::{
    emulator::{CallView, Emulator, Heard},
    twilio::sid::{RecordingSid, TaskSid, WorkerSid},
};

use super::{
    centre::{HOME, OWN},
    customers::{Customer, Wish},
    judgement,
    whole::Whole,
};

/// What a caller hears last who is not connected; one of these.
const LAST_WORDS: [&str; 3] = ["Goodbye", "call again", "try again later"];

/// What is promised with this.
const PROMISED_CALL: &str = "A callback has been requested";

/// A follow-up task that Twilio was asked to make, and made.
struct Made(Value);

impl Made {
    fn data(&self, name: &str) -> Option<&str> {
        self.0["callBackData"][name].as_str()
    }

    fn is_first(&self) -> bool {
        let data = &self.0["callBackData"];
        data["attempts"].as_u64().unwrap_or(0) == 0
    }

    fn is_of(&self, recording: RecordingSid) -> bool {
        self.data("recordingSid") == Some(recording.as_str())
    }

    fn is_call_for(&self, customer: &Customer) -> bool {
        let number = self.data("numberToCall").unwrap_or_default();
        let waits = matches!(customer.wish, Some(Wish::Line | Wish::Closing));
        waits
            && self.data("recordingSid").is_none()
            && customer.numbers.iter().any(|it| it == number)
    }

    /// Whose box a message is for: nobody's, if it was left in line.
    fn mailbox(&self) -> Option<&str> {
        let owner = self.0["voicemailWorker"].as_str();
        owner.or_else(|| self.0["voicemailQueue"].as_str())
    }
}

fn made(emulator: &Emulator) -> Vec<Made> {
    let exchanges = emulator.exchanges().into_iter();
    let tasks = exchanges
        .filter(|it| it.method == "POST" && it.path.ends_with("/Tasks") && it.status == 201);
    let attributes = tasks.filter_map(|it| {
        let (_, text) = it.form.into_iter().find(|(name, _)| name == "Attributes")?;
        serde_json::from_str::<Value>(&text).ok()
    });
    let follow_ups = attributes.filter(|it| it["callBackData"].is_object());
    follow_ups.map(Made).collect()
}

/// What the boxes hold: recording, and in which box.
fn shelved(emulator: &Emulator) -> Vec<(String, String)> {
    let boxes = emulator.map_names().into_iter();
    let boxes = boxes.filter_map(|name| Some((name.strip_suffix(".Voicemails")?.to_owned(), name)));
    let items = boxes.filter(|(owner, _)| owner.starts_with('W'));
    let items = items.flat_map(|(owner, name)| {
        let items = emulator.map_items(&name).into_iter();
        items.map(move |(recording, _)| (recording, owner.clone()))
    });
    items.collect()
}

/// Adds everything that is wrong.
pub(super) async fn judge(whole: &mut Whole) {
    let mut faults = judgement::of(&whole.play);
    faults.extend(whole.watch.faults());
    let emulator = &whole.play.stage.emulator;
    let (made, shelved) = (made(emulator), shelved(emulator));
    faults.extend(twice(&made));
    faults.extend(confused(whole));
    for customer in &whole.customers {
        let found = end(whole, customer, &made, &shelved).into_iter();
        faults
            .extend(found.map(|fault| format!("{} ({:?}): {fault}", customer.call, customer.wish)));
    }
    faults.extend(lists(whole, &shelved).await);
    faults.extend(offered_again(whole));
    faults.extend(stands(whole).await);
    for fault in faults {
        if !whole.faults.contains(&fault) {
            whole.faults.push(fault);
        }
    }
}

/// No call-back, message or attempt twice.
fn twice(made: &[Made]) -> Vec<String> {
    let mut seen: BTreeMap<_, u32> = BTreeMap::new();
    for one in made {
        let number = one
            .data("numberToCall")
            .filter(|_| one.data("recordingSid").is_none());
        let attempts = one.0["callBackData"]["attempts"].to_string();
        *seen
            .entry((number, one.data("recordingSid"), attempts))
            .or_default() += 1;
    }
    let doubled = seen.into_iter().filter(|(_, times)| *times > 1);
    doubled
        .map(|(what, times)| format!("{times} tasks of {what:?}"))
        .collect()
}

/// Whoever puts a call-back into line again twice is told of one task.
fn confused(whole: &Whole) -> Vec<String> {
    let mut known = BTreeMap::new();
    let answered = whole.requeued.lock().unwrap();
    let odd = answered.iter().filter(|(task, made)| {
        let first = known.entry(*task).or_insert_with(|| made.clone());
        made.is_null() || *first != *made
    });
    odd.map(|(task, made)| format!("{task} put into line again as {made}, and otherwise"))
        .collect()
}

/// What a caller came to.
fn end(
    whole: &Whole,
    customer: &Customer,
    made: &[Made],
    shelved: &[(String, String)],
) -> Vec<String> {
    let (stage, mut faults) = (&whole.play.stage, vec![]);
    let call = stage.call(customer.call);
    let first = || made.iter().filter(|it| it.is_first());
    let calls = first().filter(|it| it.is_call_for(customer)).count();
    let talked = talks(&call);
    if calls > 0 && talked {
        faults.push("an agent and a call-back".to_owned());
    }
    if says(&call, PROMISED_CALL) && calls == 0 {
        faults.push("promised a call, and forgotten".to_owned());
    }
    let mut messages = 0;
    for (recording, seconds) in stage.emulator.recorded(customer.call) {
        let tasks: Vec<_> = first().filter(|it| it.is_of(recording)).collect();
        if tasks.len() != usize::from(seconds > 0) {
            faults.push(format!(
                "{} tasks for {recording} of {seconds} s",
                tasks.len()
            ));
        }
        let Some(task) = tasks.first() else { continue };
        messages += 1;
        if calls > 0 || talked && task.mailbox().is_none() {
            faults.push("a message, and an agent or a call-back".to_owned());
        }
        faults.extend(mislaid(whole, customer, recording, task, shelved));
    }
    faults.extend(torn(&call));
    let known = talked || calls + messages > 0 || whole.play.leavers.has(customer.call);
    let told = LAST_WORDS.iter().any(|words| says(&call, words));
    // Twilio's own words, when it could not reach us.
    let apology = !whole.calm && call.heard.contains(&Heard::ApplicationError);
    if !(known || told || apology) {
        faults.push(format!("ended without a word: {call:?}"));
    }
    faults
}

/// Whether a message is in another box than the one it was meant for, in several, or in none.
fn mislaid(
    whole: &Whole,
    customer: &Customer,
    recording: RecordingSid,
    task: &Made,
    shelved: &[(String, String)],
) -> Option<String> {
    let found = shelved.iter().filter(|(of, _)| of == recording.as_str());
    let found: Vec<_> = found.map(|(_, owner)| owner.as_str()).collect();
    let wanted: Vec<_> = task.mailbox().into_iter().collect();
    if found != wanted {
        return Some(format!(
            "{recording} stands in {found:?}, not in {wanted:?}"
        ));
    }
    let agent = |nth: usize| whole.play.agents[nth].worker().to_string();
    let meant = match customer.wish? {
        Wish::Own(nth) | Wish::Extension(Some(nth)) => agent(nth),
        Wish::Closing => whole.play.stage.nobody?.to_string(),
        _ => return None,
    };
    let astray = found.first().is_some_and(|owner| *owner != meant);
    astray.then(|| format!("{recording} is in the box of somebody else"))
}

/// Whether a conversation ended in words for those who reach nobody.
fn torn(call: &CallView) -> Option<String> {
    let mut heard = call.heard.windows(2);
    let torn = heard.find_map(|pair| match pair {
        [Heard::Conference | Heard::Somebody, Heard::Words(words)]
            if !words.contains("The line has ended") =>
        {
            Some(words)
        }
        _ => None,
    });
    torn.map(|words| format!("a conversation was torn apart: {words:?}"))
}

/// Whether they talked to a worker, in Flex or at home.
fn talks(call: &CallView) -> bool {
    let somebody = [Heard::Conference, Heard::Somebody];
    call.heard.iter().any(|it| somebody.contains(it))
}

fn says(call: &CallView, words: &str) -> bool {
    let mut heard = call.heard.iter();
    heard.any(|it| matches!(it, Heard::Words(said) if said.contains(words)))
}

/// Everybody sees their own messages and no others; who leads sees all.
async fn lists(whole: &Whole, shelved: &[(String, String)]) -> Vec<String> {
    let mut faults = vec![];
    for (nth, agent) in whole.play.agents.iter().enumerate() {
        let leads = nth + 1 == OWN.len();
        let mine = agent.worker().to_string();
        let wanted = shelved.iter().filter(|(_, owner)| leads || *owner == mine);
        let wanted: HashSet<_> = wanted.map(|(recording, _)| recording.clone()).collect();
        let listed = match agent.get("/voicemails").await {
            Ok(reply) => reply.body["voicemails"].as_array().cloned(),
            Err(error) => {
                faults.push(format!("{agent:?} cannot see their messages: {error}"));
                continue;
            }
        };
        let listed = listed.unwrap_or_default();
        let seen = listed.iter().filter_map(|it| it["recordingSid"].as_str());
        let seen: HashSet<_> = seen.map(str::to_owned).collect();
        if seen != wanted || listed.len() != wanted.len() {
            faults.push(format!("{agent:?} sees {listed:?}, not {wanted:?}"));
        }
    }
    faults
}

/// Whoever declined a call to their extension, or let it ring, is not offered it again, as long as Twilio reaches us.
fn offered_again(whole: &Whole) -> Vec<String> {
    if !whole.calm {
        return vec![];
    }
    let mut offers: BTreeMap<(TaskSid, WorkerSid), u32> = BTreeMap::new();
    for (kind, task, worker) in whole.play.stage.emulator.routing_events() {
        if let ("reservation.created", Some(task), Some(worker)) = (kind, task, worker)
            && whole.watch.extensions.get(&task) == Some(&worker)
        {
            *offers.entry((task, worker)).or_default() += 1;
        }
    }
    let again = offers.into_iter().filter(|(_, times)| *times > 1);
    again
        .map(|((task, worker), times)| format!("{task} was offered to {worker} {times} times"))
        .collect()
}

/// Every worker stands as the formula says; offers still come and go, and each is followed in a moment.
async fn stands(whole: &Whole) -> Vec<String> {
    let stage = &whole.play.stage;
    let mut faults = vec![];
    for agent in whole.play.agents.iter().filter(|_| whole.computed) {
        let worker = agent.worker();
        for _ in 0..20 {
            if stage.is_set(worker) == stage.should_be_set(worker) {
                break;
            }
            stage.seconds(1).await;
        }
        let (set, truth) = (stage.is_set(worker), stage.should_be_set(worker));
        if set != truth {
            faults.push(format!("{agent:?} is set {set:?}, but {truth:?}"));
        }
    }
    faults
}

fn rung_at_home(whole: &Whole) -> usize {
    let calls = whole.play.stage.emulator.calls().into_iter();
    calls.filter(|it| it.to == HOME).count()
}

/// What a story came to.
pub(super) fn came_to(whole: &Whole) -> Vec<(&'static str, usize)> {
    let stage = &whole.play.stage;
    let made = made(&stage.emulator);
    let count = |wanted: &dyn Fn(&&Made) -> bool| made.iter().filter(wanted).count();
    let heard = |wanted: &dyn Fn(&CallView) -> bool| {
        let calls = whole.customers.iter().map(|it| stage.call(it.call));
        calls.filter(wanted).count()
    };
    let (parks, pick_ups) = whole.play.parks_and_pick_ups();
    vec![
        ("callers", whole.customers.len()),
        ("talked", heard(&talks)),
        ("phones rung at home", rung_at_home(whole)),
        ("crowds who left at once", whole.crowds),
        ("parked", parks),
        ("picked up", pick_ups),
        ("declined", whole.declined),
        ("called by an agent", whole.called_out),
        (
            "call-backs",
            count(&|it| it.is_first() && it.data("recordingSid").is_none()),
        ),
        (
            "messages in line",
            count(&|it| {
                it.is_first() && it.data("recordingSid").is_some() && it.mailbox().is_none()
            }),
        ),
        (
            "messages in boxes",
            count(&|it| it.is_first() && it.mailbox().is_some()),
        ),
        ("put into line again", count(&|it| !it.is_first())),
        (
            "told that nobody is there",
            heard(&|it| LAST_WORDS.iter().any(|words| says(it, words))),
        ),
        ("crashes", whole.play.crashes),
        ("restarts", whole.play.restarts),
    ]
}
