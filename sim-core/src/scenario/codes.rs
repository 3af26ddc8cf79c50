//! The table of diagnostic codes, for `plimsoll explain` and the documentation.
//!
//! A code is for ever: it may fall out of use but never comes to mean something else. S00x: the file,
//! S01x: its shape, S02x: single values, S03x: patches and assignments, S04x: cluster, S05x: load,
//! S06x: time and size, S07x: hub, S08x: timeline, S09x: checks, S10x: imports.

/// A code and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// `S012`.
    pub code: &'static str,
    /// A few words.
    pub title: &'static str,
    /// A paragraph: what is wrong, why it matters, what to do.
    pub explanation: &'static str,
}

/// The entry of `code`, in whatever case it is typed.
pub fn explain(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|entry| entry.code.eq_ignore_ascii_case(code.trim()))
}

macro_rules! codes {
    ($($code:literal $title:literal $explanation:literal)*) => {
        /// All codes, in order.
        pub const CODES: &[Code] = &[$(Code { code: $code, title: $title, explanation: $explanation }),*];
    };
}

codes! {
"S001" "not YAML"
"The text is not YAML, so nothing in it could be read. The place is where the reader gave up; the mistake \
 often stands on the line before: a tab in the indentation, a missing colon, a bracket or quotation mark \
 that is never closed, or text that begins with a special character and needs quotes."

"S002" "file too large"
"A scenario describes a cluster, its load and some what-ifs, and takes a few hundred lines. Files beyond \
 4 MiB are refused before they are read, so that a log or a trace given by mistake costs nothing."

"S003" "not UTF-8"
"YAML files are UTF-8. The file contains bytes that are not; it is probably saved in another encoding \
 (Latin-1, UTF-16) or is not a text at all. Save it as UTF-8 or convert it with `iconv`."

"S004" "empty file"
"There is nothing in the file but blanks and comments. A scenario needs at least `apiVersion`, `name`, \
 `start` and `duration`."

"S005" "several documents"
"The file holds several YAML documents, separated by `---`. A scenario is one document. Alternatives to it \
 belong under `variants`, other scenarios into files of their own."

"S006" "duplicate key"
"The same key stands twice in one map. Most YAML readers silently keep the last one; here it is an error, \
 because two node groups, workloads or timeline entries of one name are almost always a slip."

"S007" "too deep or too large when unfolded"
"Maps and lists stand too deeply within one another, or anchors and aliases unfold to more values than a \
 scenario can hold. The limits (32 levels, 100,000 values) are far beyond real scenarios and keep a hostile \
 file from exhausting the machine."

"S010" "unknown field"
"There is no such field here. Unknown fields are errors, since a misspelt field would otherwise silently \
 leave a default in force. Names are camelCase, in the spelling of Kubernetes and zero-to-jupyterhub."

"S011" "required field missing"
"A field without which the value has no meaning is not there. An empty value (`field:` with nothing after \
 it) and `null` count as not there."

"S012" "wrong kind of value"
"A number, text, list, map or boolean stands where another kind is expected. YAML decides the kind by the \
 spelling: `15` is a number, `\"15\"` is text. Spellings that YAML versions read differently (`yes`, `0755`, \
 `1_000`) count as text here."

"S013" "not one of the allowed values"
"The field takes one of a few words and this is none of them. The hint lists them."

"S014" "list where names are expected"
"Node groups, workloads, audiences, timeline entries, checks and variants are maps keyed by name, not lists: \
 so each has a path that `--set`, variants and messages can use. Give each item a name and write it as an \
 entry. An empty list counts as the empty map."

"S015" "number out of range"
"The number is negative where none may be, or larger than the field can hold."

"S016" "empty value"
"The field is written but has no value, which counts as if it were not there. Where the presence of a \
 section matters (`autoscaler:`, `hub:`, `cull:`), write `{}` to get it with all defaults."

"S020" "not a quantity"
"CPU and memory are written as in Kubernetes: a decimal number and perhaps a suffix. CPU: `2`, `0.5`, `500m`. \
 Memory: `2Gi`, `512Mi` (binary), `2G`, `500M` (decimal). The hub's `singleuser.memory` instead takes \
 JupyterHub's suffixes `K`, `M`, `G`, `T`, which are binary: `1G` is 2^30 bytes."

"S021" "not a duration"
"Durations carry their unit: `500ms`, `90s`, `10m`, `1h30m`, `1d`. A bare number is refused, as it could mean \
 seconds, minutes or milliseconds; only `0` needs no unit."

"S022" "not a time"
"Times are `05:59` or `05:59:30` (the first such moment at or after `start`), `day 2 05:59` (the day of `start` \
 is day 1), `+11h59m` after `start`, or an RFC 3339 instant with an offset. `start` itself must be the last."

"S023" "not a share"
"A share is a percentage from `0%` to `100%` or a number from 0 to 1."

"S024" "not a distribution"
"A distribution is a bare duration (always that), or a map with exactly one of `constant`, `uniform: {from, \
 to}`, `exponential: <mean>`, `lognormal: {median, and one of p95, p98, p99, sigma}`, `weibull: {scale, \
 shape}` and `empirical: [values]`, whose values are equally likely quantile points."

"S025" "not a number of pods"
"Bounds of a rollout and of a disruption budget are a whole number of pods (`1`) or a percentage of them (`25%`), \
 as Kubernetes writes them."

"S026" "not a schedule"
"A schedule has the five fields of cron: minute, hour, day of the month, month, day of the week; `*`, lists, ranges \
 and steps as usual, 0 is Sunday. `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly` are short for the common ones."

"S027" "not a range"
"The flags `coresTotal` and `memoryTotal` of the cluster autoscaler give the least and the most of the whole \
 cluster in one text, with a colon between them and the least first: `0:320000`."

"S030" "path leads nowhere"
"The path of an assignment or a patch does not lead to a value of this scenario. Paths follow the file: \
 `nodeGroups.user.max`. Keys with dots, blanks or colons stand in quotes: `checks.\"nodes at 04:45\"`. An \
 optional field that is absent can be set; what lies inside an absent section cannot."

"S031" "no such variant"
"The scenario has no variant of this name. Variants are listed under `variants`."

"S032" "not an assignment"
"An assignment is `path=value`, its value YAML: `nodeGroups.user.max=20`, `hub.cull={timeout: 30m}`, \
 `timeline.fault=null` to remove, `timeline={}` to clear."

"S033" "removes what is not there"
"A patch or assignment removes, by `null`, an entry that the scenario does not have. Either its name is \
 misspelt or the base has changed; as written it would do nothing."

"S040" "name not allowed"
"Names of node groups, workloads and audiences consist of letters, digits, `-` and `_` and begin with a letter or \
 digit, since they become parts of paths, series and node names. A workload and an audience cannot share a \
 name, and neither can be called `hub`: the report calls pods by these names."

"S041" "machine or allocatable"
"What pods may request on a node is given either by `machine`, a type of the catalogue, or by `allocatable`, \
 in numbers: exactly one of them."

"S042" "unknown machine type"
"The catalogue does not know this machine type. Give `allocatable: {cpu, memory, pods}` instead; `kubectl \
 describe node` shows the values of a real node."

"S043" "bounds of a node group"
"A node group begins with `initial` nodes and then has at least `min` and at most `max`, so `min` <= `initial` \
 <= `max` must hold."

"S044" "nothing left for pods"
"The DaemonSet pods of the group request all of a node or more, so that nothing else could ever run there."

"S045" "pod larger than any node"
"The pod requests more than any node it could go to has for it, after DaemonSets. It would stay pending for \
 ever, and the autoscaler would never try."

"S046" "no node group admits the pod"
"The pod's `nodeSelector` or the groups' taints exclude every node group, so that the pod would stay pending \
 for ever. Labels and taints are those of the groups; tolerations those of the pod."

"S047" "strangely small quantity"
"The amount of memory is less than a MiB. In Kubernetes the suffix `m` means thousandths, so `500m` of memory is \
 half a byte: `500Mi` is meant."

"S048" "the scheduler's configuration cannot be used"
"`scheduler.configuration` is a KubeSchedulerConfiguration as one would give to kube-scheduler. Plugins that are \
 not in Kubernetes' own tree are not modelled. `score` is the short form for a configuration that only changes \
 the strategy of NodeResourcesFit."

"S049" "no such profile of the scheduler"
"A pod names in `schedulerName` who places it. A pod that names nobody's profile would stay pending for ever: \
 nobody would ever try it."

"S050" "no or several descriptions of arrivals"
"Arrivals are given by exactly one of `perHour`, `every`, `profile` and `flashCrowd`."

"S051" "rate out of range"
"A rate must be a number from 0 to ten million per hour."

"S052" "arrivals or replicas"
"A workload either has `arrivals`, pods that come over time, or `replicas`, pods that are there when the run \
 begins: exactly one of them."

"S053" "profile"
"A daily profile is a list of at least two points with distinct times of day. Between them the rate is linear, \
 around midnight too, and it repeats each day."

"S054" "times in the wrong order"
"`from` must come before `peak`, and `until` after `from`. A clock time is the first such moment at or after `start`, \
 which may be the next morning: `day 2 05:59` or `+12h` say which one is meant."

"S055" "parameter of a distribution"
"The parameters contradict one another: `from` above `to`, a quantile below the median, values that do not \
 ascend, or a scale or shape that is not positive."

"S056" "fields of a kind"
"Each kind of controller has fields of its own, as in Kubernetes: a Deployment a `strategy`, a Job `completions`. The \
 field does not belong to the kind of this workload, is missing where the kind needs it, or contradicts another."

"S057" "services"
"A service names the workload whose pods answer and the services it needs to do so. The name is not one of the \
 scenario's, or the services depend on one another in a circle."

"S058" "no such claim"
"A workload mounts a claim, or an entry of the timeline recreates one, that `persistentVolumeClaims` does not have."

"S059" "limits"
"A bounded resource of `limits` is named that is not there, or one of its amounts names something that cannot be read \
 while the run goes on: `heldBy` takes levels, `takenBy` takes flows."

"S060" "time outside the run"
"The time lies before `start` or after `start` + `duration`, so it would never come."

"S061" "time of day expected"
"The points of a daily profile are times of day such as `08:30`."

"S062" "run without time"
"`duration` and the intervals at which something looks at the cluster must be longer than nothing; loops \
 (`scanInterval`, `pollInterval`, `cull.every`) at least a second, as a shorter period would \
 only slow the simulation down."

"S063" "beyond the limits"
"The scenario is larger than the simulator agrees to try. The limits are far beyond real clusters and keep a \
 slip of a few zeros from running for days."

"S070" "hub missing"
"An audience, a restart of the hub or a deletion of its pods needs a `hub`. `hub: {}` adds one with the defaults \
 of zero-to-jupyterhub."

"S071" "guarantee above limit"
"The user pod's guarantee is larger than its limit; Kubernetes would refuse the pod. The same holds for `requests` \
 and `limits` of a workload."

"S072" "resources of the user pod"
"The user pod's resources are set by `singleuser.memory` and `singleuser.cpu`, as in zero-to-jupyterhub; \
 `singleuser.pod.resources` would contradict them."

"S080" "one action for each entry"
"An entry of the timeline does one thing: exactly one of `fault`, `set`, `cordon`, `uncordon`, `restart` and \
 `delete`, or nothing but a `note`. Two things at one time are two entries."

"S081" "what the timeline can set"
"While the cluster runs, `set` can change `nodeGroups.<name>.min` and `nodeGroups.<name>.max`, to whole numbers \
 with min <= max."

"S082" "no such node"
"The entry names a node that nothing else names: neither an alias given by an earlier entry's `as`, nor `newest`, \
 `oldest`, `emptiest`, `fullest`, nor a node of a group such as `user-14`. The entry will do nothing. That is \
 a warning only, because a what-if may well remove the fault whose node later entries speak of."

"S083" "no such population"
"`delete.of` names whose pods are deleted: `hub`, an audience or a workload."

"S084" "alias"
"`as` names the node that the entry's `fault`, `cordon` or `uncordon` chooses, so it needs one of these. The name \
 cannot be one of the words that choose nodes, nor can two entries give the same one."

"S085" "incomplete fault"
"A fault says what breaks: `node` and `podNetwork` together, or `culler`."

"S086" "action without effect"
"As the scenario stands, the value or action changes nothing, so it is probably not what was meant. It may have \
 lost its meaning through something that a what-if removed."

"S087" "entries that alerts bring about"
"An entry of the timeline happens at a time (`at`) or when an alert tells somebody (`on`), which has to be one of \
 `alerts`."

"S090" "check does not parse"
"The claim is not in the language of checks; `docs/checks.md` has its grammar. The place points at the word where \
 reading stopped."

"S100" "no values of a hub"
"An import of `values.yaml` files found none of the sections of JupyterHub's chart: neither at the root, nor under \
 `jupyterhub` in an umbrella chart. Give the files that `helm upgrade -f` is given, in the same order."

"S101" "machines are missing"
"A values file says what each user asks for, but not which machines there are. Name a machine type of the catalogue \
 with `--machine`, or what pods may request on one node: `--machine 7910m,46Gi,110`."

"S102" "people are missing"
"A values file says nothing about how many people come, and when. Give `--users`, then change the `audience` of the \
 scenario to what you know: classes, time of day, how long people work."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_explain() {
        assert!(CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
        for code in CODES {
            assert!(code.explanation.len() > 40 && code.explanation.ends_with('.'), "{}", code.code);
            assert!(!code.explanation.contains("  "), "{}", code.code);
        }
        assert_eq!(explain("s012").map(|code| code.title), Some("wrong kind of value"));
    }
}
