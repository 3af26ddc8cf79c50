//! Builds: one bare pod each, so many at a time, one for all launches that wait for the same repository.
//!
//! Models: binderhub build.py: a pod with restartPolicy Never that has an image built by the node's Docker; a
//! launch that finds a build of its repository under way waits for that one; `concurrent_build_limit` holds the
//! others back; running builds are killed after their maximum age.

use std::collections::VecDeque;

use super::Repository;
use crate::engine::random::member;
use crate::engine::{Context, Purpose};
use crate::event::BinderEvent;
use crate::ids::{Handle, LaunchId, PodId};
use crate::model::Build as Settings;
use crate::world::{NewPod, PodOwner};

/// Builds under way and in line.
#[derive(Clone, Debug, Default)]
pub(super) struct Builds {
    running: Vec<Build>,
    waiting: VecDeque<Build>,
    started: u32,
}

#[derive(Clone, Debug)]
struct Build {
    repository: Repository,
    pod: Option<Handle<PodId>>,
    launches: Vec<Handle<LaunchId>>,
}

impl Builds {
    /// A launch needs its repository built.
    pub(super) fn ask(
        &mut self,
        launch: LaunchId,
        repository: Repository,
        settings: Settings,
        ctx: &mut Context<'_>,
    ) {
        let handle = ctx.world.services().launches.handle(launch);
        let known = self.running.iter_mut().chain(&mut self.waiting);
        if let Some(build) = known.into_iter().find(|build| build.repository == repository) {
            build.launches.push(handle);
            return;
        }
        self.waiting.push_back(Build { repository, pod: None, launches: vec![handle] });
        self.start_next(settings, ctx);
    }

    fn start_next(&mut self, settings: Settings, ctx: &mut Context<'_>) {
        while self.running.len() < settings.concurrent_limit as usize {
            let Some(mut build) = self.waiting.pop_front() else { return };
            let workload = &ctx.model.workloads[settings.workload];
            let subject = member(workload.subject, u64::from(self.started));
            let lifetime = workload.lifetime.as_ref();
            let pod = ctx.world.create_pod(
                ctx.model,
                NewPod {
                    class: workload.class,
                    owner: PodOwner::Workload(settings.workload),
                    ordinal: self.started,
                    subject,
                    lifetime: lifetime
                        .map(|law| law.duration(ctx.random.unit(Purpose::Lifetime, subject, 0))),
                    requests: None,
                },
            );
            self.started += 1;
            let handle = ctx.world.cluster().pods.handle(pod);
            build.pod = Some(handle);
            self.running.push(build);
            ctx.after(settings.max_age, BinderEvent::BuildTooOld(handle));
        }
    }

    /// A pod has ended, or is gone: the launches that waited for its build, if it was one.
    pub(super) fn over(&mut self, pod: PodId, ctx: &mut Context<'_>) -> Vec<Handle<LaunchId>> {
        let of_pod = |build: &Build| build.pod.is_some_and(|handle| handle.id == pod);
        let Some(position) = self.running.iter().position(of_pod) else { return Vec::new() };
        let build = self.running.remove(position);
        if let Some(settings) = ctx.model.binder.as_ref().and_then(|binder| binder.build) {
            self.start_next(settings, ctx);
        }
        build.launches
    }
}
