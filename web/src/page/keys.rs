//! Commands: one list, which keys, the palette and the list of keys all read.

use yew::prelude::*;

use super::act::{Act, Panel};
use super::shown::Side;
use crate::protocol::{Form, Preset};

/// Something that can be done from the keyboard.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// What it does.
    pub name: String,
    /// The key, as [`web_sys::KeyboardEvent::key`] spells it; perhaps none.
    pub key: &'static str,
    /// How the key is shown.
    pub shown: &'static str,
    /// What it wants.
    pub act: Act,
}

fn command(name: &str, key: &'static str, shown: &'static str, act: Act) -> Command {
    Command { name: name.to_owned(), key, shown, act }
}

/// All commands that have nothing to do with the scenario at hand.
pub fn commands() -> Vec<Command> {
    vec![
        command("Play or stop", " ", "space", Act::Play),
        command("What happens next", "ArrowRight", "→", Act::Step(true)),
        command("What happened before", "ArrowLeft", "←", Act::Step(false)),
        command("Ten minutes on", "Shift+ArrowRight", "shift →", Act::By(600.0)),
        command("Ten minutes back", "Shift+ArrowLeft", "shift ←", Act::By(-600.0)),
        command("To the beginning", "Home", "home", Act::End(false)),
        command("To the end", "End", "end", Act::End(true)),
        command("Play faster", "+", "+", Act::Speed(true)),
        command("Play slower", "-", "−", Act::Speed(false)),
        command("Choose a scenario", "o", "o", Act::Open(Panel::Gallery)),
        command("Edit the scenario", "e", "e", Act::Open(Panel::Editor)),
        command("Take away: links, pictures, tables", "s", "s", Act::Open(Panel::TakeAway)),
        command("Copy the link", "c", "c", Act::CopyLink),
        command("Save as SVG", "", "", Act::Save(Form::Svg)),
        command("Save as PNG", "", "", Act::Png(2)),
        command("Save figures as CSV", "", "", Act::Save(Form::Csv)),
        command("Save as Markdown", "", "", Act::Save(Form::Markdown)),
        command("Save the report as JSON", "", "", Act::Save(Form::Json)),
        command("Duplicate as B: keep this run to compare with", "b", "b", Act::Pin),
        command("Show the other side", "x", "x", Act::Other),
        command("Swap A and B", "", "", Act::Swap),
        command("Compare with nothing", "", "", Act::Unpin),
        command("Everything as the file has it", "r", "r", Act::Reset),
        command("Stop computing", "Escape", "esc", Act::Cancel),
        command("Light, dark, as the system has it", "t", "t", Act::Theme),
        command("This list of keys", "?", "?", Act::Open(Panel::Keys)),
        command("All commands", "Ctrl+k", "ctrl k", Act::Open(Panel::Palette)),
    ]
}

/// The key of an event as commands spell it.
pub fn spelled(event: &KeyboardEvent) -> String {
    let key = event.key();
    let mut spelled = String::new();
    if event.ctrl_key() || event.meta_key() {
        spelled.push_str("Ctrl+");
    }
    if event.shift_key() && key.len() > 1 {
        spelled.push_str("Shift+");
    }
    spelled + &key
}

/// The list of keys.
pub fn list() -> Html {
    html! {
        <table class="keys"><tbody>
            { for commands().into_iter().filter(|command| !command.shown.is_empty()).map(|command| html! {
                <tr><th scope="row"><kbd>{ command.shown }</kbd></th><td>{ command.name }</td></tr>
            }) }
        </tbody></table>
    }
}

/// What the palette is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The scenarios.
    pub presets: Vec<Preset>,
    /// The variants of the present one, and the paths of its knobs.
    pub offers: Vec<Command>,
    /// What somebody wants.
    pub act: Callback<Act>,
}

/// What the scenario at hand offers.
pub fn offers(side: &Side) -> Vec<Command> {
    let variants = side.variants.iter().map(|(name, _)| {
        command(&format!("What if: {}", name.replace('-', " ")), "", "", Act::Variant(Some(name.clone())))
    });
    let sweeps = side.knobs.iter().map(|knob| {
        command(&format!("Sweep {}", knob.label.to_lowercase()), "", "", Act::Sweep(knob.path.clone()))
    });
    variants.chain(sweeps).collect()
}

/// The palette: type a few letters, take what is found. `path=value` sets a value.
#[component]
pub fn Palette(Props { presets, offers, act }: &Props) -> Html {
    let typed = use_state_eq(String::new);
    let at = use_state_eq(|| 0_usize);
    let presets = presets
        .iter()
        .map(|preset| command(&format!("Open {}", preset.name), "", "", Act::Preset(preset.key.clone())));
    let words: Vec<String> = typed.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let mut found: Vec<Command> = commands()
        .into_iter()
        .chain(offers.iter().cloned())
        .chain(presets)
        .filter(|command| words.iter().all(|word| command.name.to_lowercase().contains(word.as_str())))
        .collect();
    if let Some((path, value)) =
        typed.split_once('=').filter(|(path, value)| !path.is_empty() && !value.is_empty())
    {
        let set =
            Act::Set { path: path.trim().to_owned(), value: Some(value.trim().to_owned()), live: false };
        found.insert(0, command(&format!("Set {} to {}", path.trim(), value.trim()), "", "", set));
    }
    let chosen = (*at).min(found.len().saturating_sub(1));
    let oninput = {
        let (typed, at) = (typed.clone(), at.clone());
        Callback::from(move |event: InputEvent| {
            let input: web_sys::HtmlInputElement = event.target_unchecked_into();
            typed.set(input.value());
            at.set(0);
        })
    };
    let onkeydown = {
        let (act, at, found) = (act.clone(), at.clone(), found.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "ArrowDown" => {
                event.prevent_default();
                at.set((chosen + 1).min(found.len().saturating_sub(1)));
            }
            "ArrowUp" => {
                event.prevent_default();
                at.set(chosen.saturating_sub(1));
            }
            "Enter" => {
                event.prevent_default();
                if let Some(command) = found.get(chosen) {
                    act.emit(Act::Close);
                    act.emit(command.act.clone());
                }
            }
            _ => {}
        })
    };
    let row = |(at, command): (usize, &Command)| {
        let go = {
            let (act, wanted) = (act.clone(), command.act.clone());
            Callback::from(move |_: MouseEvent| {
                act.emit(Act::Close);
                act.emit(wanted.clone());
            })
        };
        html! {
            <li key={command.name.clone()} id={format!("found-{at}")} role="option" aria-selected={(at == chosen).to_string()} onclick={go}>
                <span>{ &command.name }</span>
                if !command.shown.is_empty() { <kbd>{ command.shown }</kbd> }
            </li>
        }
    };
    html! {
        <div class="palette">
            <input id="palette" type="text" autofocus=true role="combobox" aria-expanded="true" aria-controls="found" aria-label="Command"
                aria-activedescendant={format!("found-{chosen}")} placeholder="A command, a scenario, or path=value" autocomplete="off" {oninput} {onkeydown} />
            <ul id="found" role="listbox" aria-label="Commands">{ for found.iter().take(14).enumerate().map(row) }</ul>
            if found.is_empty() {
                <p class="soft">{"No command has these words."}</p>
            }
        </div>
    }
}
