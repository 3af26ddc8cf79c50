//! `plimsoll sweep` and `plimsoll merge`: the file, and that nothing leaves a trace in it.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::{Duration, Instant};

use super::shell::{Answer, Shell};

const GRID: &str = "sweep busy.yaml --vary nodeGroups.user.min=1,2;nodeGroups.user.max=1,2 \
                    --vary workloads.jobs.arrivals.perHour=40..60:10 --replications 20";

fn sweep(shell: &Shell, out: &str) -> Answer {
    shell.plimsoll(&format!("{GRID} --out {out}"))
}

fn bytes(shell: &Shell, name: &str) -> Vec<u8> {
    fs::read(shell.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn a_row_for_every_point_and_replication() {
    let shell = Shell::with(&["busy.yaml"]);
    let answer = sweep(&shell, "out.csv");
    assert_eq!(answer.code, 0, "whatever the verdicts: {}", answer.stderr);
    assert!(answer.stdout.contains("6 points: all checks hold at "), "{}", answer.stdout);
    let text = shell.read("out.csv");
    let head = text.lines().next().expect("a head");
    assert!(head.starts_with("point,replication,seed,digest,nodeGroups.user.min,nodeGroups.user.max,workloads.jobs.arrivals.perHour,peakPodsRunning,"));
    assert!(head.ends_with(",check never full,holds never full"), "{head}");
    assert_eq!(text.lines().count(), 1 + 6 * 20);
    assert!(text.lines().nth(1).expect("a row").starts_with("0,0,1,"));
    assert_eq!(shell.list("."), ["busy.yaml", "out.csv"], "the parts are gone");
}

#[test]
fn a_gate_counts_the_verdicts() {
    let shell = Shell::with(&["busy.yaml"]);
    let line = "sweep busy.yaml --vary nodeGroups.user.min=2,3;nodeGroups.user.max=2,3 \
                --set workloads.jobs.arrivals.perHour=90 --replications 20 --gate --out gate.csv";
    let answer = shell.plimsoll(line);
    assert_eq!(answer.code, 1, "three nodes hold more than eight pods: {}", answer.stdout);
}

#[test]
fn threads_leave_no_trace() {
    let shell = Shell::with(&["busy.yaml"]);
    for form in ["csv", "parquet"] {
        for threads in [1, 3] {
            let line = format!("{GRID} --threads {threads} --out {threads}.{form}");
            assert_eq!(shell.plimsoll(&line).code, 0);
        }
        assert_eq!(bytes(&shell, &format!("1.{form}")), bytes(&shell, &format!("3.{form}")), "{form}");
    }
    assert!(bytes(&shell, "1.parquet").starts_with(b"PAR1"));
}

/// SIGKILL at twenty random moments, then the same command: the same bytes.
#[cfg(unix)]
#[test]
fn a_killed_sweep_goes_on_where_it_was() {
    const KILLS: u64 = 20;
    let shell = Shell::with(&["busy.yaml"]);
    let replications = if cfg!(debug_assertions) { 40 } else { 400 };
    let line = format!(
        "sweep busy.yaml --vary workloads.jobs.arrivals.perHour=50..59 --replications {replications}"
    );
    let started = Instant::now();
    assert_eq!(shell.plimsoll(&format!("{line} --threads 1 --out whole.parquet")).code, 0);
    // Where it is killed need not be repeatable: the bytes have to be the same wherever it is.
    let share = started.elapsed().as_nanos() as u64 / KILLS;
    let chance = RandomState::new();
    let mut done = Vec::new();
    for kill in 0..KILLS {
        let mut child =
            shell.command(&format!("{line} --threads 1 --out killed.parquet")).spawn().expect("it starts");
        thread::sleep(Duration::from_nanos(share / 2 + chance.hash_one(kill) % share));
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        // Once the file is whole its parts go, and a kill may find some of them gone.
        if shell.path("killed.parquet").exists() {
            break;
        }
        let parts = shell.path("killed.parquet.parts");
        done.push(if parts.exists() { shell.list("killed.parquet.parts").len() } else { 0 });
    }
    assert!(done.is_sorted(), "no part is lost: {done:?}");
    assert_eq!(shell.plimsoll(&format!("{line} --out killed.parquet")).code, 0);
    assert_eq!(bytes(&shell, "whole.parquet"), bytes(&shell, "killed.parquet"), "{done:?}");
}

#[test]
fn shards_merge_into_the_bytes_of_one_machine() {
    let shell = Shell::with(&["busy.yaml"]);
    sweep(&shell, "whole.parquet");
    assert_eq!(shell.plimsoll(&format!("{GRID} --out parts --shard 1/3")).code, 0);
    let early = shell.plimsoll("merge parts --out merged.parquet");
    assert_eq!(early.code, 2);
    assert!(early.stderr.contains("parts are missing"), "{}", early.stderr);
    let mut auto = shell.command(&format!("{GRID} --out parts --shard auto/3"));
    assert!(auto.env("JOB_COMPLETION_INDEX", "0").status().expect("it starts").success());
    assert_eq!(shell.plimsoll(&format!("{GRID} --out parts --shard 2/3")).code, 0);
    assert_eq!(shell.plimsoll("merge parts --out merged.parquet").code, 0);
    assert_eq!(bytes(&shell, "whole.parquet"), bytes(&shell, "merged.parquet"));
}

/// Where a batch system says both, `auto` is enough; numbers need not begin at 0, and a folder may be a URL.
#[test]
fn a_batch_system_says_which_shard_this_is() {
    let shell = Shell::with(&["busy.yaml"]);
    sweep(&shell, "whole.csv");
    let out = format!("file://{}", shell.path("parts").display());
    for task in ["5", "6"] {
        let mut shard = shell.command(&format!("{GRID} --out {out} --shard auto"));
        let slurm = [("TASK_ID", task), ("TASK_MIN", "5"), ("TASK_COUNT", "2")];
        shard.envs(slurm.map(|(name, value)| (format!("SLURM_ARRAY_{name}"), value)));
        assert!(shard.status().expect("it starts").success());
    }
    assert_eq!(shell.plimsoll(&format!("merge {out} --out merged.csv")).code, 0);
    assert_eq!(shell.read("whole.csv"), shell.read("merged.csv"));
}

/// What is printed of each point, for a program: the same figures as in the file.
#[test]
fn a_sweep_is_summed_up_as_json() {
    let shell = Shell::with(&["busy.yaml"]);
    let answer = shell.plimsoll(&format!("{GRID} --out s.csv -o json"));
    let summary: serde_json::Value = serde_json::from_str(&answer.stdout).expect("it is JSON");
    assert_eq!(summary["kind"], "SweepSummary");
    assert_eq!(summary["points"].as_array().map(Vec::len), Some(6));
    assert!(summary["points"][5]["figures"]["peakPodsRunning"]["mean"].is_number());
}

#[test]
fn samples_fill_the_axes() {
    let shell = Shell::with(&["busy.yaml"]);
    for sample in ["--lhs 9", "--sobol 8"] {
        let line = "sweep busy.yaml --vary workloads.jobs.arrivals.perHour=40.0..60.0 --out s.csv";
        assert_eq!(shell.plimsoll(&format!("{line} {sample}")).code, 0, "{sample}");
        assert!(shell.read("s.csv").lines().count() >= 9);
    }
}

/// Three of the axes matter, and how much is told; a fourth that changes nothing has a part in nothing.
#[test]
fn sensitivity_says_which_axis_matters() {
    let shell = Shell::with(&["busy.yaml"]);
    let line =
        "sweep busy.yaml --vary workloads.jobs.arrivals.perHour=20..60 --vary hub.unused=1 --out s.csv";
    assert_eq!(shell.plimsoll(line).code, 2, "a path that is not there is refused");
    let line = "sweep busy.yaml --vary workloads.jobs.arrivals.perHour=20..60 --vary seed=1,2 --sensitivity 16 \
                --replications 5 --out s.csv";
    let answer = shell.plimsoll(line);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(shell.read("s.csv").lines().count(), 1 + 16 * 4 * 5);
    let of = |axis: &str| {
        let row =
            answer.stdout.lines().find(|line| line.starts_with("peak pods running") && line.contains(axis));
        row.unwrap_or_else(|| panic!("{}", answer.stdout)).to_owned()
    };
    assert!(
        of(" seed ").contains(" 0 %"),
        "the seed of the scenario is not the seed of the sweep: {}",
        of(" seed ")
    );
    assert!(!of("perHour").contains(" 0 %"), "{}", of("perHour"));
}

/// The axes of the scenario, of which two change together, and its replications.
#[test]
fn a_scenario_names_its_own_axes() {
    let shell = Shell::with(&["busy.yaml"]);
    let plan = "sweep:\n  axes:\n    load: {workloads.jobs.arrivals.perHour: [40, 60]}\n    \
                size: {nodeGroups.user.min: 1..2, nodeGroups.user.max: 1..2}\n  replications: 3\n";
    shell.write("own.yaml", &format!("{}\n{plan}", shell.read("busy.yaml")));
    assert_eq!(shell.plimsoll("sweep own.yaml --out own.csv").code, 0);
    let typed =
        "--vary workloads.jobs.arrivals.perHour=40,60 --vary nodeGroups.user.min=1,2;nodeGroups.user.max=1,2";
    assert_eq!(shell.plimsoll(&format!("sweep own.yaml {typed} --out typed.csv")).code, 0);
    assert_eq!(shell.read("own.csv"), shell.read("typed.csv"));
    assert_eq!(shell.read("own.csv").lines().count(), 1 + 4 * 3);
    let none = shell.plimsoll("sweep busy.yaml --out none.csv");
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("nothing varies") && none.stderr.contains("hint:"), "{}", none.stderr);
}

#[test]
fn a_sweep_is_drawn() {
    let shell = Shell::with(&["busy.yaml"]);
    let (load, size) = ("workloads.jobs.arrivals.perHour=40,60", "nodeGroups.user.max=2,3,4");
    let life = "workloads.jobs.lifetime.exponential=5m,6m";
    for (axes, words) in [
        (vec![load], "The dark band is its 95 % interval"),
        (vec![load, size], "(light) to"),
        (vec![life, load, size], "workloads.jobs.lifetime.exponential 6m"),
    ] {
        let axes: String = axes.iter().map(|axis| format!(" --vary {axis}")).collect();
        let answer =
            shell.plimsoll(&format!("sweep busy.yaml{axes} --replications 5 --out s.csv --plot figures"));
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        assert!(shell.read("figures/s-peakPodsRunning.svg").contains(words), "{words}");
        assert!(shell.read("figures/s-front.svg").contains("are beaten by no other"));
    }
    let sample = format!("sweep busy.yaml --vary {load} --lhs 4 --replications 5 --out s.csv --plot sample");
    assert!(shell.plimsoll(&sample).stderr.contains("a grid has"));
    assert_eq!(shell.list("sample"), ["s-front.svg"]);
}

#[test]
fn what_cannot_be_swept_says_why() {
    let shell = Shell::with(&["busy.yaml"]);
    for (line, code, reason) in [
        ("--vary nodeGroups.user.max=5..1 --out o.csv", 2, "above the upper"),
        ("--vary nodeGroups.user.max=1..5:x --out o.csv", 2, "step"),
        ("--vary nodeGroups.user.mox=1..5 --out o.csv", 2, "mox"),
        ("--vary nodeGroups.user.max=1..5 --out o.csv", 2, "min"),
        ("--vary nodeGroups.user.max=2..5 --out o.txt", 2, ".parquet or .csv"),
        ("--vary nodeGroups.user.max=2..5 --out no/such/o.csv --shard 3/3", 2, "no shard"),
        ("--vary nodeGroups.user.max=2..5 --shard auto/3 --out o", 2, "batch system"),
        ("--vary nodeGroups.user.max=2..5 --shard auto --out o", 2, "how many tasks"),
        ("--vary nodeGroups.user.max=2..5 --shard x/3 --out o", 2, "no shard"),
        ("--vary nodeGroups.user.max=2..5 --shard 0/3 --out gopher://o", 2, "no store"),
        ("--vary nodeGroups.user.max=2..5 --out s3://bucket/o.csv", 2, "no file"),
        ("--vary nodeGroups.user.max=2..5 --out busy.yaml/o.csv", 4, "cannot"),
    ] {
        let answer = shell.plimsoll(&format!("sweep busy.yaml {line}"));
        assert_eq!(answer.code, code, "{line}: {}", answer.stderr);
        assert!(
            answer.stderr.contains(reason) && answer.stderr.contains("hint:"),
            "{line}: {}",
            answer.stderr
        );
    }
}

#[test]
fn parts_of_another_sweep_are_refused() {
    let shell = Shell::with(&["busy.yaml"]);
    assert_eq!(shell.plimsoll(&format!("{GRID} --out parts --shard 0/3")).code, 0);
    let answer = shell.plimsoll(&format!("{GRID} --seed 5 --out parts --shard 0/3"));
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("another sweep"), "{}", answer.stderr);
}

#[test]
fn engines_get_what_they_read() {
    let shell = Shell::with(&["busy.yaml"]);
    for (engine, words) in [
        ("k8s-job", ["completionMode: Indexed", "completions: 4", "\"auto/4\""]),
        ("dask", ["client.map(shard, range(4)", "\"{}/4\"", "\"merge\", \"parts\""]),
        ("k8s-job", ["persistentVolumeClaim", "mountPath: /parts", "/parts/sweep"]),
        ("slurm", ["#SBATCH --array=0-3", "--shard auto/4", "--vary"]),
        ("parallel", ["seq 0 3 | parallel", "--shard {}/4", "plimsoll merge parts"]),
    ] {
        let answer = shell.plimsoll(&format!("{GRID} --shard auto/4 --out parts --emit {engine}"));
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        for word in words {
            assert!(answer.stdout.contains(word), "{engine} lacks {word}: {}", answer.stdout);
        }
    }
    let store =
        shell.plimsoll(&format!("{GRID} --shard auto/4 --out s3://bucket/sweep --emit k8s-job")).stdout;
    assert!(store.contains("\"s3://bucket/sweep\"") && store.contains("secretRef"), "{store}");
    assert!(!store.contains("/parts"), "{store}");
    assert_eq!(shell.list("."), ["busy.yaml"], "nothing is computed");
}
