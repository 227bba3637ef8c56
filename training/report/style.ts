/** The style of a training report. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1d2530; --soft: #5d6878; --line: #e3e7ed; --paper: #fff; --ground: #f5f7fa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4b1; --line: #30363d; --paper: #161b22; --ground: #0d1117; } }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); }
header, main { max-width: 1120px; margin: 0 auto; padding: 24px; }
header { padding-bottom: 0; }
h1 { margin: 0; font-size: 28px; } h2 { margin: 0 0 12px; font-size: 17px; } header p { margin: 4px 0 0; color: var(--soft); }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 20px; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 20px; min-width: 0; }
.wide, .facts { grid-column: 1 / -1; }
.warning { border-color: #c9a227; border-left-width: 6px; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 0; }
dt { color: var(--soft); font-size: 13px; } dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 10px; text-align: right; border-bottom: 1px solid var(--line); font-weight: normal; }
th:first-child, .text { text-align: left; } thead th { color: var(--soft); font-size: 13px; }
.scroll { overflow-x: auto; } .chart { position: relative; height: 320px; }
.note { color: var(--soft); font-size: 13px; margin: 12px 0 0; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.5 ui-monospace, monospace; }
ul { margin: 0; padding-left: 20px; }
@media print { body { background: none; } section { break-inside: avoid; } }
`;
