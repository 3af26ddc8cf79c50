//! What stands before and after the options in the help texts.

pub(super) const EXAMPLES: &str = "Examples:
  plimsoll run scenario.yaml                               what happens? do the checks hold?
  plimsoll run scenario.yaml --set nodeGroups.user.max=25  what if there were more nodes?
  plimsoll run scenario.yaml --variants                    every what-if of the file at once
  plimsoll run scenario.yaml --replications 100 -o json    with intervals, for a program
  plimsoll compare scenario.yaml --variants                what does each change, beyond chance?
  plimsoll plan scenario.yaml --vary nodeGroups.user.max=8..40    what is the least that will do?
  plimsoll sweep scenario.yaml --vary hub.cull.timeout=10m,30m,1h --out sweep.parquet
  plimsoll validate scenarios/*.yaml                       are the files right?
  plimsoll explain nodeGroups.user.max                     what may stand there?
  plimsoll plot scenario.yaml --out docs/figures           a picture for a design document
  plimsoll import z2jh values.yaml --machine n1-highmem-8 --users 300    a scenario of your hub
";

pub(super) const RUN_EXAMPLES: &str = "Examples:
  plimsoll run scenario.yaml
  plimsoll run scenario.yaml --set nodeGroups.user.max=25 --set hub.cull.timeout=30m
  plimsoll run scenario.yaml --variants=ceiling-20,cordon-early
  plimsoll run scenarios/*.yaml -o csv > results.csv
  plimsoll run scenario.yaml -o openmetrics > run.om       for promtool tsdb create-blocks-from
  plimsoll run - --replications 50 --quiet < scenario.yaml && echo 'the checks hold'
  kubectl get nodes,pods -A -o json | plimsoll run scenario.yaml --cluster -
";

pub(super) const COMPARE_EXAMPLES: &str = "Examples:
  plimsoll compare today.yaml tomorrow.yaml --replications 100
  plimsoll compare scenario.yaml --variants
  plimsoll compare scenario.yaml --variants=max-age-6h --replications 200 -o json
  plimsoll compare scenario.yaml --variants=max-age-6h \\
                   --measure 'max(pods.running, 18:00..06:15)'
";

pub(super) const SWEEP_EXAMPLES: &str = "Examples:
  plimsoll sweep scenario.yaml --vary nodeGroups.user.max=15..20 --out sweep.parquet
  plimsoll sweep scenario.yaml --vary nodeGroups.user.max=10..30:5 \\
                 --vary hub.cull.timeout=10m,30m,1h --replications 200 --out sweep.csv
  plimsoll sweep scenario.yaml --out zipped.csv \\
                 --vary 'nodeGroups.user.min=1,2;nodeGroups.user.max=5,10'
  plimsoll sweep scenario.yaml --vary nodeGroups.user.max=5..50 \\
                 --vary hub.cull.timeout=300s..7200s --sobol 256 --out samples.parquet
  plimsoll sweep scenario.yaml --vary nodeGroups.user.max=5..50 \\
                 --vary hub.cull.timeout=300s..7200s --sensitivity 64 --out which-matters.csv
  plimsoll sweep scenario.yaml --vary nodeGroups.user.max=15..20 --shard 0/4 --out parts
";

pub(super) const PLAN_EXAMPLES: &str = "Examples:
  plimsoll plan scenario.yaml --vary nodeGroups.user.max=8..40
  plimsoll plan scenario.yaml --vary audience.students.arrivals.perHour=100..2000:100 \\
                --maximise audience.students.arrivals.perHour
  plimsoll plan scenario.yaml --vary nodeGroups.user.max=8..40:4 --vary hub.cull.timeout=10m,1h \\
                --minimise nodeHours
";

pub(super) const PLAN_AFTER: &str = "Exit codes:
  0  there is a value at which every check passes
  1  there is none
  3  there is none, but the replications leave one undecided
";

pub(super) const MERGE_EXAMPLES: &str = "Examples:
  plimsoll merge parts --out sweep.parquet
";

pub(super) const VALIDATE_EXAMPLES: &str = "Examples:
  plimsoll validate scenario.yaml
  plimsoll validate scenarios/*.yaml
";

pub(super) const PLOT_EXAMPLES: &str = "Examples:
  plimsoll plot scenario.yaml
  plimsoll plot scenario.yaml --variants --figure pods --out docs/figures --format svg,png
  plimsoll run scenario.yaml -o json > report.json && plimsoll plot report.json
";

pub(super) const IMPORT_EXAMPLES: &str = "Examples:
  plimsoll import z2jh values.yaml --machine n1-highmem-8 --users 300 > hub.yaml
  plimsoll import z2jh mybinder/values.yaml config/prod.yaml --machine n1-highmem-8 --users 3000 --max 20
  plimsoll import z2jh values.yaml --machine 7910m,46Gi,110 --users 300 | plimsoll run -
";

pub(super) const IMPORT_AFTER: &str =
    "The scenario goes to standard output; what was found, assumed, not modelled and ignored is told on
standard error. Each line of the scenario says which file and line its value came from.

Exit codes:
  0  a scenario was made; plimsoll validate finds nothing wrong with it
  2  something is missing (the machines, the people) or wrong
  4  a file cannot be read
";

pub(super) const RIGHT_SIZE_EXAMPLES: &str = "Examples:
  plimsoll rightsize scenario.yaml --workload hub --target 1%
  plimsoll rightsize scenario.yaml --workload api --target 0.1% --variants
";

pub(super) const EXPLAIN_EXAMPLES: &str = "Examples:
  plimsoll explain S012
  plimsoll explain nodeGroups.user.max                     a field of a scenario, and what may stand there
  plimsoll explain scenario                                the fields at the top
  plimsoll explain                                         every code and its title
";

pub(super) const SCHEMA_EXAMPLES: &str = "Examples:
  plimsoll schema > schema.json
  # yaml-language-server: $schema=schema.json      first line of a scenario: the editor completes and checks
";

pub(super) const SERVE_EXAMPLES: &str = "Examples:
  plimsoll serve --open
  plimsoll serve --port 9000
";

pub(super) const COMPLETIONS_EXAMPLES: &str = "Examples:
  plimsoll completions bash > ~/.local/share/bash-completion/completions/plimsoll
  plimsoll completions zsh > ~/.zfunc/_plimsoll
";

pub(super) const MAN_EXAMPLES: &str = "Examples:
  plimsoll man | man -l -
  plimsoll man --out ~/.local/share/man/man1
";

pub(super) const AFTER: &str = "Exit codes:
  0  done, and every check holds
  1  a check does not hold
  2  the input is wrong: a scenario, an option
  3  no check fails, but the replications leave one undecided
  4  a file cannot be read or written, or Plimsoll itself is at fault
";

pub(super) const COMPARE_AFTER: &str =
    "Both sides run under the same seed and draw the same numbers for the same users, so replications are
compared in pairs; each interval holds with 95 % confidence. Ends with 0 whatever the checks say: a
comparison is an answer, run is the gate.
";

pub(super) const SWEEP_AFTER: &str =
    "Finished parts stay beside the output, in OUT.parts: after any interruption the same command goes on,
and the file is the same, byte for byte. Ends with 0 whatever the checks say, unless --gate.
";
