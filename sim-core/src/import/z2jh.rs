//! `values.yaml` of JupyterHub's and BinderHub's charts to a scenario.

use super::core_pods::core_pods;
use super::draft::Draft;
use super::nodes::UserNodes;
use super::profiles::Profile;
use super::scheduling::{placeholders, placement, priority, scheduler};
use super::spawner::{UserPod, user_pod};
use super::values::{HUB, Values, error};
use super::{Ignored, Imported, NoteKind, Notes, Text, Wishes, binderhub};
use crate::model::Era;
use crate::scenario::{Diagnostics, Document};

/// A Monday: what the imported hub is asked about until somebody asks something else.
const START: &str = "2026-03-02T00:00:00Z";
/// Code in values, of which only what it sets can be told.
const CODE: [&str; 2] = ["extraConfig", "extraFiles"];
/// Traitlets that an import reads: code that sets them is worth a warning.
const KNOWN_TRAITS: [&str; 14] = [
    "mem_guarantee",
    "mem_limit",
    "cpu_guarantee",
    "cpu_limit",
    "start_timeout",
    "http_timeout",
    "poll_interval",
    "node_selector",
    "profile_list",
    "concurrent_spawn_limit",
    "active_server_limit",
    "scheduler_name",
    "consecutive_failure_limit",
    "last_activity_interval",
];
/// z2jh's `jupyterhub_config.py`, of all versions: `c.JupyterHub.last_activity_interval = 60`.
const LAST_ACTIVITY_INTERVAL: &str = "60s";
/// Users who do not take the default profile, in hundredths of a percent of all.
const OTHER_PROFILES: u32 = 5_000;
/// Repositories that a BinderHub's users launch: with one, its quota would be the whole hub's.
const REPOSITORIES: &str = "100";

/// The scenario of the hub that `files`, layered in their order, describe; or all that is wrong or missing.
pub fn z2jh(files: &[Text<'_>], wishes: &Wishes) -> Result<Imported, Diagnostics> {
    let values = Values::layer(files, wishes.era)?;
    let mut notes = Notes::default();
    let mut problems = Diagnostics::new();
    notes.add(NoteKind::Found, format!("JupyterHub's values are under {}", values.hub_section()));
    let (user, profiles) = user_pod(&values, &mut notes);
    let placement = placement(&values, &user, &mut notes);
    let nodes = UserNodes::new(placement, &user, wishes, &mut notes, &mut problems);
    if wishes.users.is_none() {
        let fact = "no file says how many people come".to_owned();
        let hint = "give --users 300: the people who come on the day that is simulated".to_owned();
        problems.push(error("S102", None, "", fact, hint));
    }
    let (Some(nodes), Some(people)) = (nodes, wishes.users) else {
        problems.extend(values.problems());
        return Err(problems);
    };
    let mut scenario = Draft::default();
    scenario.value("apiVersion", "plimsoll/v1", "");
    scenario.text("name", wishes.name.as_deref().unwrap_or("Imported hub"), "");
    scenario.text("source", &sources(files), "");
    scenario.raw("start", START, "ASSUMED: some Monday");
    scenario.raw("duration", "24h", "");
    scenario.value("era", wishes.era.name(), "--era");
    let mut groups = Draft::default();
    groups.map("user", nodes.draft(&user, wishes, people, &mut notes));
    scenario.map("nodeGroups", groups);
    scenario.raw("autoscaler", "{}", "ASSUMED: the cluster autoscaler with its defaults");
    scheduler(&values, &mut scenario);
    let profiles = kept(profiles, &nodes, wishes, &mut notes);
    let mut hub = hub(&values, &user, &nodes, &mut notes);
    hub.map("profileList", profile_list(&values, &profiles, &mut notes));
    scenario.map("hub", hub);
    let mut workloads = Draft::default();
    if let Some(placeholders) = placeholders(&values, &user, &nodes, &mut notes) {
        workloads.map("user-placeholder", placeholders);
    }
    core_pods(&values, &user, &nodes, &mut workloads, &mut notes);
    if values.has_binderhub() {
        scenario.map("binderhub", binderhub::binderhub(&values, &nodes, &mut workloads, &mut notes));
    }
    scenario.map("workloads", workloads);
    audience(&values, &nodes, people, &profiles, &mut scenario, &mut notes);
    code(&values, &mut notes);
    generation(&values, wishes.era, &mut notes);
    problems.extend(values.problems());
    if problems.has_errors() {
        return Err(problems);
    }
    finish(&values, &scenario, files, notes)
}

/// The text, if it is a scenario.
fn finish(
    values: &Values,
    scenario: &Draft,
    files: &[Text<'_>],
    mut notes: Notes,
) -> Result<Imported, Diagnostics> {
    let (count, unread) = values.unread();
    let ignored: Vec<Ignored> = unread
        .into_iter()
        .map(|part| Ignored { path: part.path, values: part.values, place: part.place })
        .collect();
    notes.list.sort_by_key(|note| note.kind);
    let without: usize = ignored.iter().map(|part| part.values).sum();
    let mut head = format!(
        "Imported from {}: {} of {count} values are used. Each line says which file and line its value is from; \
         what no file says is a default of the chart, or ASSUMED.\n",
        sources(files),
        count - without,
    );
    for note in &notes.list {
        head += &format!("- {note}\n");
    }
    let text = scenario.write(&head);
    let document = Document::parse("the imported scenario", text.as_bytes())?;
    document.validate()?;
    Ok(Imported { scenario: text, notes: notes.list, values: count, ignored })
}

fn sources(files: &[Text<'_>]) -> String {
    files.iter().map(|file| file.name).collect::<Vec<_>>().join(" < ")
}

/// The hub's own settings.
fn hub(values: &Values, user: &UserPod, nodes: &UserNodes, notes: &mut Notes) -> Draft {
    let mut hub = Draft::default();
    hub.map("singleuser", singleuser(values, user, nodes));
    for (key, name, chart) in [
        ("concurrentSpawnLimit", "concurrent_spawn_limit", "concurrentSpawnLimit"),
        ("activeServerLimit", "active_server_limit", "activeServerLimit"),
    ] {
        // `hub.config` is applied last.
        let of_trait = values.count(&[HUB, "hub", "config", "JupyterHub", name]);
        let of_chart = values.count(&[HUB, "hub", chart]);
        match of_trait.or(of_chart) {
            Some(found) => hub.raw(key, found.value.to_string(), found.origin),
            // A chart's value that a file removes leaves JupyterHub's own default (app.py).
            None if key == "concurrentSpawnLimit" => hub.raw(key, "100", "default of JupyterHub"),
            None => {}
        }
    }
    let times = [
        ("startTimeout", &user.start_timeout),
        ("httpTimeout", &user.http_timeout),
        ("pollInterval", &user.poll_interval),
    ];
    for (key, found) in times {
        match found {
            Some(found) => hub.raw(key, seconds(found.value), &found.origin),
            None if key == "startTimeout" => hub.raw(key, "60s", "default of JupyterHub"),
            None => {}
        }
    }
    match &user.consecutive_failure_limit {
        Some(found) => hub.raw("consecutiveFailureLimit", found.value.to_string(), &found.origin),
        None => hub.raw("consecutiveFailureLimit", "0", "default of JupyterHub"),
    }
    match values.number(&[HUB, "hub", "config", "JupyterHub", "last_activity_interval"]) {
        Some(found) => hub.raw("lastActivityInterval", seconds(found.value), found.origin),
        None => hub.raw("lastActivityInterval", LAST_ACTIVITY_INTERVAL, "set by zero-to-jupyterhub"),
    }
    if let Some(cull) = cull(values, notes) {
        hub.map("cull", cull);
    }
    hub
}

/// Profiles that have a place here; the others are named.
fn kept(profiles: Vec<Profile>, nodes: &UserNodes, wishes: &Wishes, notes: &mut Notes) -> Vec<Profile> {
    let (kept, without): (Vec<_>, Vec<_>) =
        profiles.into_iter().partition(|profile| nodes.hold(&profile.pod, wishes.era));
    if !without.is_empty() {
        let titles: Vec<&str> = without.iter().map(|profile| profile.title.as_str()).collect();
        let text = format!("profiles that want other nodes than the default: {}", titles.join("; "));
        notes.add(NoteKind::NotModelled, text);
    }
    kept
}

/// The shapes beside the default.
fn profile_list(values: &Values, profiles: &[Profile], notes: &mut Notes) -> Draft {
    let mut list = Draft::default();
    for profile in profiles {
        let pod = placement(values, &profile.pod, notes).pod;
        list.map(&profile.name, singleuser_on(values, &profile.pod, pod));
        list.above(&profile.title);
    }
    list
}

fn singleuser(values: &Values, user: &UserPod, nodes: &UserNodes) -> Draft {
    singleuser_on(values, user, nodes.placement.pod.clone())
}

/// The shape of a user's pod that is placed as `pod` says.
fn singleuser_on(values: &Values, user: &UserPod, mut pod: Draft) -> Draft {
    let mut singleuser = Draft::default();
    let mut memory = Draft::default();
    match (&user.memory_guarantee, &user.memory_limit) {
        (Some(guarantee), _) if guarantee.value.0.bytes > 0 => {
            memory.value("guarantee", &guarantee.value.1, &guarantee.origin);
        }
        (_, Some(limit)) => {
            let origin = format!("no guarantee: Kubernetes takes the limit ({})", limit.origin);
            memory.value("guarantee", &limit.value.1, origin);
        }
        _ => memory.raw("guarantee", "0", "no file asks for any"),
    }
    if let Some(limit) = &user.memory_limit {
        memory.value("limit", &limit.value.1, &limit.origin);
    }
    singleuser.map("memory", memory);
    let mut cpu = Draft::default();
    if let Some(guarantee) = user.cpu_guarantee.as_ref().filter(|found| found.value.0.millis > 0) {
        cpu.value("guarantee", &guarantee.value.1, &guarantee.origin);
    }
    if let Some(limit) = &user.cpu_limit {
        cpu.value("limit", &limit.value.1, &limit.origin);
    }
    singleuser.map("cpu", cpu);
    pod.raw("labels", "{component: singleuser-server}", "");
    if let Some(priority) = priority(values, "defaultPriority") {
        pod.raw("priority", priority.value, priority.origin);
    }
    if let Some(image) = &user.image {
        pod.json("images", &serde_json::json!([image.value]), &image.origin);
    }
    singleuser.map("pod", pod);
    singleuser
}

fn cull(values: &Values, notes: &mut Notes) -> Option<Draft> {
    let on = values.switch(&[HUB, "cull", "enabled"]);
    let mut cull = Draft::default();
    for (key, chart) in [("timeout", "timeout"), ("every", "every"), ("maxAge", "maxAge")] {
        if let Some(found) = values.number(&[HUB, "cull", chart]) {
            cull.raw(key, seconds(found.value), found.origin);
        }
    }
    let (users, concurrency) =
        (values.switch(&[HUB, "cull", "users"]), values.count(&[HUB, "cull", "concurrency"]));
    if let Some(on) = on.filter(|on| !on.value) {
        notes.add(NoteKind::Found, format!("nothing is culled ({})", on.origin));
        return None;
    }
    if let Some(found) = concurrency {
        cull.raw("concurrency", found.value.to_string(), found.origin);
    }
    if let Some(found) = users.filter(|users| users.value) {
        cull.raw("users", "true", found.origin);
    }
    Some(cull)
}

/// `600s`, with the fraction if there is one.
fn seconds(value: f64) -> String {
    if value == libm::floor(value) {
        format!("{value}s")
    } else {
        format!("{}ms", libm::round(value * 1000.0))
    }
}

/// The people: a day of work, on which so many come.
fn audience(
    values: &Values,
    nodes: &UserNodes,
    people: u32,
    profiles: &[Profile],
    scenario: &mut Draft,
    notes: &mut Notes,
) {
    // Linear between its points, the curve holds `HOURS` times its height: everybody, once.
    const POINTS: [(&str, f64); 6] =
        [("06:00", 0.0), ("09:00", 1.0), ("12:00", 0.7), ("14:00", 1.0), ("17:00", 0.7), ("23:00", 0.0)];
    const HOURS: f64 = 1.5 + 2.55 + 1.7 + 2.55 + 2.1;
    let height = f64::from(people) / HOURS;
    let point = |(at, share): &(&str, f64)| {
        format!("{{at: \"{at}\", perHour: {}}}", libm::round(height * share * 100.0) / 100.0)
    };
    let mut arrivals = Draft::default();
    let profile = POINTS.iter().map(point).collect::<Vec<_>>().join(", ");
    arrivals.raw("profile", format!("[{profile}]"), "");
    arrivals.above(&format!(
        "--users {people}. ASSUMED: how they are spread over the day; the curve holds them all."
    ));
    let mut session = Draft::default();
    if values.has_binderhub() {
        session.raw("active", "{exponential: 15m}", "ASSUMED");
        session.raw("keepsTabOpen", "30%", "ASSUMED");
    } else {
        session.raw("active", "{lognormal: {median: 50m, p95: 4h}}", "ASSUMED");
        session.raw("keepsTabOpen", "25%", "ASSUMED");
    }
    session.raw("tabOpen", "{exponential: 9h}", "ASSUMED");
    let mut retry = Draft::default();
    retry.raw("probability", "80%", "ASSUMED");
    retry.raw("after", "{uniform: {from: 20s, to: 2m}}", "ASSUMED");
    retry.raw("maxAttempts", "4", "ASSUMED");
    let mut users = Draft::default();
    users.map("arrivals", arrivals);
    users.map("session", session);
    users.map("retry", retry);
    users.map("profiles", shares(profiles, notes));
    if values.has_binderhub() {
        users.raw("repositories", REPOSITORIES, "ASSUMED: all equally popular");
        if binderhub::builds_here(values, nodes) {
            users.raw("builds", "10%", "ASSUMED: the image of the others is in the registry");
        }
    }
    let mut all = Draft::default();
    all.map("users", users);
    scenario.map("audience", all);
    notes.add(
        NoteKind::Assumed,
        "when people come, how long they work, whether they try again; see `audience`",
    );
    notes.add(NoteKind::Assumed, "how long a node boots and what runs on every node; see `nodeGroups`");
}

/// Who takes which profile: no file says it.
fn shares(profiles: &[Profile], notes: &mut Notes) -> Draft {
    let mut shares = Draft::default();
    let Some(each) = OTHER_PROFILES.checked_div(profiles.len() as u32) else { return shares };
    for profile in profiles {
        let percent = f64::from(each) / 100.0;
        shares.raw(&profile.name, format!("{percent}%"), "ASSUMED");
    }
    let text = format!(
        "half of the users take the default profile, the rest one of {} others alike; see `audience.users.profiles`",
        profiles.len(),
    );
    notes.add(NoteKind::Assumed, text);
    shares
}

/// Code in the values cannot be read; what it sets can be named.
fn code(values: &Values, notes: &mut Notes) {
    for section in CODE {
        for key in values.keys(&[HUB, "hub", section]) {
            let Some(found) = values.json(&[HUB, "hub", section, key.as_str()]) else { continue };
            let text = found.value.as_str().or_else(|| found.value.get("stringData")?.as_str()).unwrap_or("");
            let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
            let sets = |line: &str| {
                let rest = line.strip_prefix("c.")?;
                let (target, _) = rest.split_once('=')?;
                let (class, name) = target.trim().split_once('.')?;
                KNOWN_TRAITS.contains(&name.trim()).then(|| format!("{class}.{}", name.trim()))
            };
            let set: Vec<String> = lines.filter_map(sets).collect();
            let mut text = format!("code: {}", found.origin);
            if !set.is_empty() {
                text += &format!(", which sets {}: change the scenario by hand", set.join(", "));
            }
            notes.add(NoteKind::NotModelled, text);
        }
    }
}

/// Values of the charts of 2018 under the defaults of today.
fn generation(values: &Values, era: Era, notes: &mut Notes) {
    let old: [&[&str]; 4] = [
        &[super::values::BINDERHUB, "hub", "url"],
        &[super::values::BINDERHUB, "repo2dockerImage"],
        &[super::values::BINDERHUB, "dind", "enabled"],
        &[HUB, "singleuser", "schedulerStrategy"],
    ];
    if era > Era::V1_10 && old.iter().any(|path| values.is_written(path)) {
        notes.add(
            NoteKind::Found,
            "the files are of 2018, the defaults beneath them are today's: give --era k8s-1.8 for those of then",
        );
    }
}
