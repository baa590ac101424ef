/** How the softphone looks: a sheet of its own, since the page's rules end at its shadow. */
export const sheet = new CSSStyleSheet();

sheet.replaceSync(`
:host {
  --ink: light-dark(#1b1f24, #e7e9ec);
  --faint: light-dark(#5b6470, #9aa3ae);
  --line: light-dark(#d5dae0, #343a42);
  --paper: light-dark(#ffffff, #1b1f24);
  --own: light-dark(#eaf2fd, #1d2c40);
  --go: light-dark(#146c43, #2f9e6b);
  --stop: light-dark(#b42318, #d9483b);
  --on: light-dark(#1f6feb, #6ea8fe);
  display: block;
  max-width: 46rem;
  color: var(--ink);
  line-height: 1.5;
}
[hidden] { display: none !important; }
p, h2, ol, pre { margin: 0; }
.desk {
  display: grid;
  grid-template-columns: auto 1fr;
  gap: 1rem 1.25rem;
  align-items: center;
  padding: 1.25rem;
  border: 1px solid var(--line);
  border-radius: 0.75rem;
  background: var(--paper);
}
.keys { display: flex; gap: 0.5rem; }
button {
  font: inherit;
  font-weight: 600;
  min-height: 2.75rem;
  padding: 0 1.4rem;
  border: 1px solid transparent;
  border-radius: 1.4rem;
  cursor: pointer;
}
button.call { min-width: 7.5rem; color: #fff; background: light-dark(#146c43, #1d7a4f); }
:host(:is([data-state='waiting'], [data-state='talking'])) button.call { background: light-dark(#b42318, #c03a2e); }
button.mute { color: var(--ink); background: none; border-color: var(--line); }
button.mute[aria-pressed='true'] { color: var(--paper); background: var(--ink); }
button:focus-visible, a:focus-visible, .talk:focus-visible { outline: 3px solid var(--on); outline-offset: 2px; }
button:disabled { opacity: 0.5; cursor: default; }
.now { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; min-width: 0; }
.timer { font-variant-numeric: tabular-nums; color: var(--faint); }
.meters { grid-column: 1 / -1; display: grid; grid-template-columns: 1fr 1fr; gap: 1.25rem; }
.meter { display: flex; align-items: center; gap: 0.6rem; font-size: 0.875rem; color: var(--faint); }
.track { flex: 1; height: 0.5rem; border-radius: 0.25rem; overflow: hidden; background: var(--line); }
.bar { display: block; height: 100%; background: var(--on); transform: scaleX(0); transform-origin: left; }
.meter + .meter .bar { background: var(--go); }
.notice { margin-top: 1rem; padding: 1rem 1.25rem; border-left: 4px solid var(--on); background: var(--paper); }
.notice > * + * { margin-top: 0.5rem; }
.notice.bad { border-left-color: var(--stop); }
.notice h2 { font-size: 1rem; }
.small { font-size: 0.875rem; color: var(--faint); }
pre { padding: 0.6rem 0.8rem; overflow-x: auto; font-size: 0.875rem; border: 1px solid var(--line); border-radius: 0.4rem; }
a { color: var(--on); }
.talk { margin-top: 1rem; max-height: 32rem; overflow-y: auto; }
.turns { padding: 0; list-style: none; display: grid; gap: 0.75rem; }
.turn { width: fit-content; max-width: 85%; padding: 0.6rem 0.9rem; border: 1px solid var(--line); border-radius: 0.75rem; background: var(--paper); overflow-wrap: anywhere; }
.turn.you { justify-self: end; background: var(--own); }
.who { font-size: 0.8125rem; color: var(--faint); }
.who strong { color: var(--ink); }
.time { font-variant-numeric: tabular-nums; }
.passing .words { color: var(--faint); font-style: italic; }
del { color: var(--faint); }
.facts { display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: 0.8125rem; color: var(--faint); }
.cut .facts span:first-child { color: var(--stop); }
.event { font-size: 0.8125rem; color: var(--faint); text-align: center; }
.aloud { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 34rem) {
  .desk { grid-template-columns: 1fr; }
  .meters { grid-template-columns: 1fr; gap: 0.5rem; }
  .turn { max-width: 95%; }
}
`);
