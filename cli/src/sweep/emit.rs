//! `--emit`: what makes engines that exist run the shards of a sweep. Plimsoll itself coordinates nothing: each
//! shard is one command that may be retried, and the parts find their places by their names.

use std::path::Path;

use crate::args::{Engine, SweepArgs};
use crate::exit::Failure;
use crate::repeat::quoted;
use crate::source::Source;
use crate::sweep::store::Place;

/// The manifest or script for `count` shards.
pub fn emit(engine: Engine, args: &SweepArgs, count: u64) -> Result<String, Failure> {
    let here = |shard: String| words(args, &args.varied.file.to_string_lossy(), &args.out, &shard);
    let line = |shard: &str| {
        // The shard's number is for the shell to fill in, so it is not quoted.
        let words: Vec<String> = here(String::new()).iter().map(|word| quoted(word)).collect();
        format!("plimsoll {} --shard {shard}/{count}", words.join(" "))
    };
    let folder = quoted(&args.out.to_string_lossy());
    Ok(match engine {
        Engine::Parallel => format!(
            "#!/bin/sh\n# GNU parallel: a shard for each core; what a crash interrupts is run again.\nset -e\n\
             seq 0 {} | parallel --retries 3 --halt soon,fail=1 {}\n\
             plimsoll merge {folder} --out sweep.parquet\n",
            count - 1,
            quoted(&line("{}")),
        ),
        Engine::Slurm => format!(
            "#!/bin/bash\n#SBATCH --job-name=plimsoll\n#SBATCH --array=0-{}\n#SBATCH --ntasks=1\n\
             #SBATCH --cpus-per-task=2\n#SBATCH --requeue\n\
             # The folder has to be on a file system that all nodes share. When all tasks are done:\n\
             #   plimsoll merge {folder} --out sweep.parquet\n\
             exec {} --threads \"$SLURM_CPUS_PER_TASK\"\n",
            count - 1,
            line("auto"),
        ),
        Engine::Dask => dask(&here(format!("{{}}/{count}")), &args.out, count),
        Engine::K8sJob => job(args, count)?,
    })
}

/// The words of a shard's command; without a shard where `shard` is empty.
fn words(args: &SweepArgs, file: &str, out: &Path, shard: &str) -> Vec<String> {
    let varied = &args.varied;
    let mut words = vec!["sweep".to_owned(), file.to_owned()];
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    varied.vary.iter().for_each(|axis| option("--vary", axis.clone()));
    varied.sets.iter().for_each(|assignment| option("--set", assignment.clone()));
    let numbers = [
        ("--seed", varied.seed),
        ("--lhs", args.lhs.map(u64::from)),
        ("--sobol", args.sobol.map(u64::from)),
        ("--sensitivity", args.sensitivity.map(u64::from)),
        ("--replications", args.replications.map(u64::from)),
    ];
    if let Some(variant) = &varied.variant {
        option("--variant", variant.clone());
    }
    for (name, number) in numbers {
        if let Some(number) = number {
            option(name, number.to_string());
        }
    }
    option("--out", out.to_string_lossy().into_owned());
    if !shard.is_empty() {
        option("--shard", shard.to_owned());
    }
    words
}

/// A Python script. JSON strings are Python strings too.
fn dask(words: &[String], out: &Path, count: u64) -> String {
    let list = serde_json::Value::from(words.to_vec());
    let folder = serde_json::Value::from(out.to_string_lossy());
    format!(
        "#!/usr/bin/env python3\n\
         \"\"\"A sweep's shards on Dask; a worker that dies gives its shard back. The folder has to be shared.\n\n\
         usage: this-script [scheduler address]; without one, workers are started on this machine.\n\"\"\"\n\
         import subprocess\nimport sys\n\nfrom dask.distributed import Client\n\n\
         WORDS = {list}\n\n\n\
         def shard(number):\n    \
             words = [word.replace(\"{{}}\", str(number)) if word == \"{{}}/{count}\" else word for word in WORDS]\n    \
             subprocess.run([\"plimsoll\", *words, \"--threads\", \"1\", \"--quiet\"], check=True)\n    \
             return number\n\n\n\
         if __name__ == \"__main__\":\n    \
             with Client(*sys.argv[1:2]) as client:\n        \
                 done = client.gather(client.map(shard, range({count}), retries=3, pure=False))\n    \
             print(f\"{{len(done)}} shards done\", file=sys.stderr)\n    \
             subprocess.run([\"plimsoll\", \"merge\", {folder}, \"--out\", \"sweep.parquet\"], check=True)\n"
    )
}

/// A Kubernetes Indexed Job with the scenario in a ConfigMap. JSON strings are YAML strings too.
fn job(args: &SweepArgs, count: u64) -> Result<String, Failure> {
    let source = Source::read(&args.varied.file)?;
    let scenario = serde_json::Value::from(String::from_utf8_lossy(&source.bytes));
    let shard = format!("auto/{count}");
    // Parts that go to a store need no volume, but somebody who may write there.
    let store = match Place::of(&args.out) {
        Place::Url(url) => Some(url),
        Place::Folder(_) => None,
    };
    let out = store.as_deref().unwrap_or("/parts/sweep");
    let words = words(args, "/scenario/scenario.yaml", Path::new(out), &shard);
    let needs = match &store {
        Some(_) => "the secret plimsoll-store has to hold AWS_ACCESS_KEY_ID and the like",
        None => "the claim plimsoll-parts has to be ReadWriteMany",
    };
    let (from, mount, volume) = match &store {
        Some(_) => ("\n          envFrom: [{secretRef: {name: plimsoll-store}}]", "", ""),
        None => (
            "",
            "\n            - {name: parts, mountPath: /parts}",
            "\n        - {name: parts, persistentVolumeClaim: {claimName: plimsoll-parts}}",
        ),
    };
    let words = serde_json::Value::from(words);
    let version = plimsoll_core::VERSION;
    Ok(format!(
        "# kubectl apply -f this; {needs}. When the Job is complete:\n\
         #   plimsoll merge {out} --out sweep.parquet\n\
         apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: plimsoll-sweep\ndata:\n  scenario.yaml: {scenario}\n\
         ---\n\
         apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: plimsoll-sweep\nspec:\n  \
           completionMode: Indexed\n  completions: {count}\n  parallelism: {count}\n  backoffLimitPerIndex: 3\n  \
           ttlSecondsAfterFinished: 86400\n  template:\n    spec:\n      restartPolicy: Never\n      \
           containers:\n        - name: plimsoll\n          \
               image: ghcr.io/plimsoll-sim/plimsoll:{version}\n          command: [plimsoll]\n          \
               args: {words}{from}\n          \
               resources:\n            requests: {{cpu: \"1\", memory: 256Mi}}\n            limits: {{memory: 512Mi}}\n          \
               volumeMounts:\n            - {{name: scenario, mountPath: /scenario}}{mount}\n      \
           volumes:\n        - {{name: scenario, configMap: {{name: plimsoll-sweep}}}}{volume}\n"
    ))
}
