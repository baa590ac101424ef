#include "tests/lab/load/report/page_style.hpp"

namespace tandem::lab {

std::string_view page_style() {
  return R"css(
:root {
  --paper: #fdfdfc; --ink: #1c2024; --muted: #60666d; --hair: #e3e4e0; --tint: #f4f5f2;
  --good: #2d7052; --bad: #a8382c;
  --r0: #9db0c6; --r1: #8099b5; --r2: #6482a3; --r3: #486a8f; --r4: #2e5179; --r5: #143860;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #15181b; --ink: #e4e6e6; --muted: #989fa6; --hair: #2c3136; --tint: #1c2024;
    --good: #6fb893; --bad: #e58a7b;
    --r0: #4a6078; --r1: #5c7690; --r2: #738ea8; --r3: #8da7bf; --r4: #adc3d6; --r5: #d3e3ef;
  }
}
* { box-sizing: border-box; }
html {
  background: var(--paper); color: var(--ink); color-scheme: light dark;
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums lining-nums; -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
}
body { margin: 0 auto; max-width: 68rem; padding: 4rem 2rem 6rem; }
h1 { font-size: 2.1rem; line-height: 1.2; font-weight: 600; letter-spacing: -.02em; margin: 0; }
h2 { font-size: 1.25rem; line-height: 1.3; font-weight: 600; letter-spacing: -.01em; margin: 4.5rem 0 1.25rem; }
h3 { font-size: .875rem; font-weight: 600; margin: 0; }
p { margin: 0 0 1rem; max-width: 42rem; }
header p { margin-top: 1rem; }
.over { color: var(--muted); font-size: .875rem; margin: 0 0 .75rem; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.note { color: var(--muted); font-size: .875rem; }
.faults { margin: 1.5rem 0; padding: 0; list-style: none; max-width: 56rem; }
.faults li { border-left: 2px solid var(--bad); padding: .25rem 0 .25rem 1rem; margin: .5rem 0; overflow-wrap: anywhere; }
.faults li::before { content: attr(data-step); display: block; color: var(--muted); font-size: .8125rem; }
code, pre { font: .8125rem/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
pre { background: var(--tint); margin: 0; padding: .75rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }

dl { margin: 0; }
.facts { display: grid; grid-template-columns: 8rem 1fr; gap: .4rem 1.5rem; margin-top: 1.5rem; }
.facts dt, .meanings dd { color: var(--muted); }
.facts dd, .meanings dd { margin: 0; overflow-wrap: anywhere; }
.meanings { columns: 2; column-gap: 3rem; font-size: .875rem; line-height: 1.5; margin-top: 1.75rem; }
.meanings div { break-inside: avoid; padding-bottom: .9rem; }
.meanings dt { font-weight: 600; }

.wide { overflow-x: auto; margin-top: 1.5rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; line-height: 1.4; }
th, td { text-align: right; padding: .5rem 0 .5rem 1.25rem; white-space: nowrap; vertical-align: baseline; }
th { font-weight: 400; color: var(--muted); }
thead th { vertical-align: bottom; padding-top: 0; }
thead th { border-bottom: 1px solid var(--muted); }
thead .several { text-align: center; border-bottom: 0; padding-bottom: .15rem; }
.first { padding-left: 2rem; }
tbody td, tbody th { border-bottom: 1px solid var(--hair); }
tbody th { color: var(--ink); font-weight: 600; }
thead tr:first-child > :first-child, tbody th { padding-left: 0; text-align: left; }
td.words { text-align: left; white-space: normal; color: var(--muted); }
td.bad { font-weight: 600; }

.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 2.75rem 2rem; }
.beside { display: grid; grid-template-columns: minmax(0, 24rem) minmax(0, 27rem); gap: 2rem 4rem; align-items: start; }
figure { margin: 0; break-inside: avoid; }
figcaption { line-height: 1.4; margin-bottom: .75rem; }
figcaption span { color: var(--muted); font-size: .8125rem; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font-size: 12px; fill: var(--muted); }
svg .name { fill: var(--ink); }
svg .middle { text-anchor: middle; }
svg .end { text-anchor: end; }
.rule { stroke: var(--hair); }
.base, .tick { stroke: var(--muted); }
.line { fill: none; stroke: var(--c); stroke-width: 1.75; stroke-linejoin: round; }
.dot { fill: var(--c); stroke: var(--paper); stroke-width: 1.5; }
.reach { fill: transparent; }
.fit .line { stroke-width: 1; stroke-dasharray: 4 4; }
.r0 { --c: var(--r0); } .r1 { --c: var(--r1); } .r2 { --c: var(--r2); }
.r3 { --c: var(--r3); } .r4 { --c: var(--r4); } .r5 { --c: var(--r5); }

@media (max-width: 44rem) {
  body { padding: 2.5rem 1.25rem 4rem; }
  h1 { font-size: 1.7rem; }
  h2 { margin-top: 3.5rem; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: .75rem; }
  .meanings { columns: 1; }
  .beside { grid-template-columns: 1fr; }
  .words span { display: block; max-width: 62vw; }
  .wide { margin-right: -1.25rem; padding-right: 1.25rem; }
  thead tr:first-child > :first-child, tbody th { position: sticky; left: 0; background: var(--paper); padding-right: .75rem; }
}
@media print {
  @page { margin: 16mm 14mm; }
  html { font-size: 12px; background: none; }
  body { max-width: none; padding: 0; }
  h2 { margin-top: 2.5rem; break-after: avoid; }
  tr { break-inside: avoid; }
  th, td { padding-left: .75rem; }
  .wide { overflow: visible; }
  .charts { grid-template-columns: repeat(3, 1fr); }
}
)css";
}

}  // namespace tandem::lab
