//! The scrubber: the run's time at the foot of the page, with its notes, to play and to drag.

use std::rc::Rc;

use yew::prelude::*;

use super::act::Act;
use super::readout;
use super::shown::Side;

/// What the scrubber is given.
#[derive(Properties)]
pub struct Props {
    /// What is shown.
    pub side: Rc<Side>,
    /// The cursor.
    pub seconds: f64,
    /// Whether it moves by itself.
    pub playing: bool,
    /// How many times as fast as life.
    pub speed: u32,
    /// What somebody wants.
    pub act: Callback<Act>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.side, &other.side)
            && (self.seconds, self.playing, self.speed) == (other.seconds, other.playing, other.speed)
    }
}

/// The scrubber.
#[component]
pub fn Scrubber(props: &Props) -> Html {
    let Props { side, seconds, playing, speed, act } = props;
    let length = side.picture.seconds.max(1.0);
    let share = |at: f64| format!("{:.2}%", (at / length).clamp(0.0, 1.0) * 100.0);
    let clock = readout::clock(&side.report, *seconds);
    let drag = act.reform(|event: InputEvent| {
        let input: web_sys::HtmlInputElement = event.target_unchecked_into();
        Act::At(input.value().parse().unwrap_or_default())
    });
    let play = act.reform(|_: MouseEvent| Act::Play);
    let icon = if *playing { "M2 1h3v10H2zM7 1h3v10H7z" } else { "M3 1.2v9.6l8-4.8z" };
    html! {
        <footer class="scrubber" aria-label="Time">
            <button class="step" onclick={act.reform(|_: MouseEvent| Act::Step(false))} aria-label="To what happened before" title="What happened before (←)">{"‹"}</button>
            <button class="play" onclick={play} aria-label={if *playing { "Stop" } else { "Play" }} title="Play (space)">
                <svg width="13" height="13" viewBox="0 0 12 12" fill="currentColor" aria-hidden="true"><path d={icon} /></svg>
            </button>
            <button class="step" onclick={act.reform(|_: MouseEvent| Act::Step(true))} aria-label="To what happens next" title="What happens next (→)">{"›"}</button>
            <time id="clock">{ &clock }</time>
            <div class="scrub">
                <svg width="100%" height="26" aria-hidden="true">
                    <line x1="0" x2="100%" y1="13" y2="13" class="rail" />
                    <line x1="0" x2={share(*seconds)} y1="13" y2="13" class="gone" />
                    { for side.report.troubles.iter().map(|trouble| html! {
                        <line x1={share(trouble.from_seconds)} x2={share(trouble.until_seconds)} y1="22" y2="22" class="trouble" />
                    }) }
                    { for side.report.notes.iter().enumerate().map(|(at, note)| html! {
                        <circle key={at} cx={share(note.seconds)} cy="13" r="3.4" class="note"><title>{ format!("{} {}", note.clock, note.text) }</title></circle>
                    }) }
                    <circle cx={share(*seconds)} cy="13" r="7" class="knob" />
                </svg>
                <input type="range" id="time" min="0" max={format!("{length:.0}")} step="1" value={format!("{seconds:.0}")}
                    aria-label="Time" aria-valuetext={clock.clone()} oninput={drag} />
            </div>
            <span class="speed">
                <button class="link" onclick={act.reform(|_: MouseEvent| Act::Speed(false))} aria-label="Slower">{"−"}</button>
                { format!("{speed} ×") }
                <button class="link" onclick={act.reform(|_: MouseEvent| Act::Speed(true))} aria-label="Faster">{"+"}</button>
            </span>
        </footer>
    }
}
