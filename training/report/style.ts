/** The style of a training report: light or dark as the reader's system is, and light on paper. */
const LIGHT = `--ink:#1d2530;--soft:#566072;--line:#e3e7ed;--paper:#fff;--ground:#f5f7fa;--link:#1f5fd0;--mark:#fdf1d8;--good:#e4efff;
--alert:#b3261e;--warning:#b98900;--c0:#2f6fde;--c1:#d9641f;--c2:#1f8f64;--c3:#9a47bf;--c4:#a98407;--c5:#cc3b52;--c6:#2390a3;--c7:#66727f;`;
const DARK = `--ink:#e6edf3;--soft:#9aa4b1;--line:#30363d;--paper:#161b22;--ground:#0d1117;--link:#79b0ff;--mark:#3a2f14;--good:#14294a;
--alert:#ff8a80;--warning:#d9a920;--c0:#6ea3ff;--c1:#f08a4b;--c2:#4cc794;--c3:#c98be3;--c4:#d6b545;--c5:#f0788a;--c6:#5cc3d6;--c7:#a0acb8;`;

export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;color:var(--ink);background:var(--ground)}
header,nav,main{max-width:1160px;margin:0 auto;padding:24px 24px 0}
h1{margin:0;font-size:28px;line-height:1.25;overflow-wrap:anywhere}
h2{margin:0 0 12px;font-size:19px;line-height:1.3}
h3{margin:18px 0 8px;font-size:15px}
header p{margin:4px 0 0;color:var(--soft);overflow-wrap:anywhere}
a{color:var(--link)}
nav ul{display:flex;flex-wrap:wrap;gap:4px 16px;margin:0;padding:0;list-style:none;font-size:14px}
main{padding-bottom:32px}
section{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:20px;margin-bottom:20px}
.alert{border:2px solid var(--alert)} .alert h2{color:var(--alert);font-size:22px}
.warning{border-color:var(--warning);border-left-width:6px}
.loud{margin:0;font-size:17px;font-weight:600}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:14px;margin:0}
dt{color:var(--soft);font-size:13px} dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin-bottom:16px} .scroll:last-child{margin-bottom:0}
table{border-collapse:collapse;min-width:min(100%,420px);font-size:14px;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);font-size:13px;padding-bottom:6px}
th,td{padding:5px 10px;text-align:right;border-bottom:1px solid var(--line);font-weight:400;white-space:nowrap}
th:first-child{text-align:left} .t{text-align:left}
thead th{color:var(--soft);font-size:13px;vertical-align:bottom;white-space:normal}
tbody th{white-space:normal;overflow-wrap:break-word} td.wide{white-space:normal;min-width:200px;overflow-wrap:break-word}
small{color:var(--soft)}
tr.chosen th,tr.chosen td{background:var(--good)} tr.below th,tr.below td{background:var(--mark)} tr.perhaps td:last-child{color:var(--soft)}
tr.mean th,tr.mean td{color:var(--soft);font-style:italic}
.bar{display:block;height:11px;min-width:1px;background:var(--c0);border-radius:2px}
td:has(>.bar){width:240px;min-width:120px}
.matrix td,.matrix thead th:not(:first-child){text-align:right}
.small{font-size:11px} .small td,.small th{padding:3px 4px} .small thead th{font-size:11px} .small td{min-width:24px}
.small tbody th{white-space:nowrap}
abbr{text-decoration:none}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:20px;align-items:start}
.pair>div{min-width:0} .pair h3{margin-top:0}
figure{margin:0} figure>svg{display:block;width:100%;max-width:620px;height:auto}
svg text{font-size:13px;fill:var(--soft)}
.grid{stroke:var(--line);stroke-width:1;fill:none}
.guide{stroke:var(--soft);stroke-width:1;stroke-dasharray:5 5;fill:none}
.line{stroke-width:2;fill:none;stroke-linejoin:round}
.dots{fill:none;stroke-width:8;stroke-linecap:round} .points{fill:none;stroke-width:5;stroke-linecap:round;stroke-opacity:.45}
${Array.from({ length: 8 }, (_, index) => `.s${index}{stroke:var(--c${index})}`).join('')}
.line.s1{stroke-dasharray:8 3}.line.s2{stroke-dasharray:3 3}.line.s3{stroke-dasharray:10 3 2 3}.line.s5{stroke-dasharray:8 3}.line.s6{stroke-dasharray:3 3}.line.s7{stroke-dasharray:10 3 2 3}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;margin:6px 0 0;padding:0;list-style:none;font-size:13px}
.legend svg{width:24px;height:8px;margin-right:6px;vertical-align:middle}
.note{color:var(--soft);font-size:13px;margin:10px 0 0;max-width:95ch}
pre,code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
section>ul{margin:0;padding-left:20px;overflow-wrap:anywhere}
@media (max-width:600px){header,nav,main{padding:16px 12px 0} section{padding:14px 12px} th,td{padding:4px 7px}}
@media print{
:root{color-scheme:light;${LIGHT}--paper:#fff;--ground:#fff}
@page{margin:14mm}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{font-size:10pt;background:#fff} nav{display:none}
header,main{max-width:none;padding:0} header{margin-bottom:12px}
section{break-inside:avoid;border:0;border-top:1px solid var(--line);border-radius:0;padding:10px 0 0;margin-bottom:14px}
.alert{border:2px solid var(--alert);padding:10px} .warning{border-left:6px solid var(--warning);padding-left:10px}
h2,h3,caption,.pair h3{break-after:avoid} figure,tr,dl>div,.loud,.keep{break-inside:avoid} tbody tr:first-child{break-before:avoid} thead{display:table-header-group}
.scroll{overflow:visible} table{font-size:8pt;min-width:0;max-width:100%} thead th,caption,.note,small{font-size:7.5pt} th,td{padding:2px 5px}
td:has(>.bar){width:90px;min-width:60px} td.wide{min-width:120px}
.small,.small thead th{font-size:6pt} .small td,.small th{padding:1px 2px} .small td{min-width:0}
.pair{grid-template-columns:1fr 1fr;gap:10px} .pair table{font-size:7pt} .pair th,.pair td{padding:1px 3px}
a{color:inherit;text-decoration:none}
}
`;
