/** How the softphone looks: the page's rules end at its shadow, though its colours do not. */
export const sheet = new CSSStyleSheet();

sheet.replaceSync(`
:host {
  --own: var(--tint, light-dark(#e0efee, #16302f));
  --main: var(--accent, light-dark(#0b6b6b, #5fc4c0));
  --on-main: var(--on-accent, light-dark(#fff, #04201f));
  --fault: var(--bad, light-dark(#ab2a20, #f4948b));
  --on-fault: light-dark(#fff, #2b0906);
  --pale: var(--soft, light-dark(#585d63, #a7acb2));
  --paper: var(--panel, light-dark(#fff, #1a1c1f));
  --hole: var(--sunk, light-dark(#efefeb, #232629));
  --rule: var(--line, light-dark(#e2e2dc, #2d3034));
  display: block;
  max-width: 46rem;
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
p, h2, ol, pre { margin: 0; padding: 0; }
.desk, .notice, .turn { border: 1px solid var(--rule); border-radius: 12px; background: var(--paper); }
.desk { display: grid; grid-template-columns: auto 1fr; gap: 1rem 1.25rem; padding: 1.25rem; }
.desk > * { align-self: center; }
.keys { display: flex; gap: 0.5rem; }
button {
  font: inherit;
  font-weight: 600;
  min-height: 2.75rem;
  padding: 0.3rem 1.4rem;
  border: 1px solid transparent;
  border-radius: 1.4rem;
  cursor: pointer;
}
button.call { min-width: 7.5rem; color: var(--on-main); background: var(--main); }
:host(:is([data-state='waiting'], [data-state='talking'])) button.call {
  color: var(--on-fault);
  background: var(--fault);
}
button.mute { color: inherit; background: none; border-color: var(--edge, currentColor); }
button.mute[aria-pressed='true'] { color: var(--main); border-color: var(--main); background: var(--own); }
button:hover:not(:disabled) { filter: brightness(0.93); }
button:disabled { opacity: 0.55; cursor: default; }
:focus-visible { outline: 2px solid var(--main); outline-offset: 2px; border-radius: 6px; }
button:focus-visible { border-radius: 1.4rem; }
.now { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; min-width: 0; }
.timer, .time { font-variant-numeric: tabular-nums; color: var(--pale); }
.meters { grid-column: 1 / -1; display: grid; grid-template-columns: 1fr 1fr; gap: 0.5rem 1.25rem; }
.meter { display: flex; align-items: center; gap: 0.6rem; font-size: 0.9rem; color: var(--pale); }
.label { min-width: 2.8rem; }
.track { flex: 1; height: 0.5rem; border-radius: 0.25rem; overflow: hidden; background: var(--hole); }
.bar { display: block; height: 100%; background: var(--main); transform: scaleX(0); transform-origin: left; }
.notice { margin-top: 1rem; padding: 1rem 1.25rem; border-left: 4px solid var(--main); }
.notice > * + * { margin-top: 0.5rem; }
.notice.bad { border-left-color: var(--fault); }
.notice h2 { font-size: 1rem; font-weight: 600; }
.small { font-size: 0.9rem; color: var(--pale); }
code, pre { font: 0.85em ui-monospace, 'SF Mono', Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { padding: 0.6rem 0.8rem; overflow-x: auto; border-radius: 8px; background: var(--hole); }
a { color: var(--main); text-underline-offset: 3px; }
.talk { margin-top: 1rem; max-height: min(34rem, 65vh); overflow-y: auto; border-radius: 12px; }
.talk:focus-visible { outline-offset: -2px; }
.turns { list-style: none; display: grid; gap: 0.75rem; }
.turn { width: fit-content; max-width: 85%; padding: 0.6rem 0.9rem; overflow-wrap: anywhere; }
.turn.you { justify-self: end; background: var(--own); border-color: transparent; }
.who { display: flex; gap: 0.6rem; font-size: 0.85rem; }
.turn.agent strong { color: var(--main); }
.passing .words { color: var(--pale); font-style: italic; }
del { color: var(--pale); }
.facts { display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: 0.85rem; color: var(--pale); }
.facts .lost { color: var(--fault); }
.event { font-size: 0.85rem; color: var(--pale); text-align: center; }
.aloud { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 34rem) {
  .desk { grid-template-columns: 1fr; padding: 1rem; }
  .keys > * { flex: 1; }
  .meters { grid-template-columns: 1fr; }
  .turn { max-width: 95%; }
}
@media (prefers-reduced-motion: no-preference) {
  .turn { animation: come 0.15s ease-out; }
  @keyframes come { from { opacity: 0; } }
}
`);
