"""The page's style sheet: screen, phone, A4. No font, picture or script from anywhere.

The language switch is two radio buttons before the page's parts: which of them is chosen decides what is shown. Sibling
selectors, not `:has`, because bureaus run old browsers too.
"""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root{--ink:#1c2833;--soft:#4a5763;--line:#d5dbe1;--ground:#f3f5f7;--card:#fff;--deep:#1b4f72;--warm:#7b241c;
color-scheme:light}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.6 "Noto Sans CJK SC","Source Han Sans SC",
"Microsoft YaHei","PingFang SC","Noto Sans SC",SimSun,sans-serif}
.choice{position:absolute;opacity:0;width:1px;height:1px;margin:0}
.en{display:none}
#english:checked~.page .zh,#english:checked~.top .zh{display:none}
#english:checked~.page .en,#english:checked~.top .en{display:inline}
.top{background:var(--deep);color:#fff}
.top div{max-width:72rem;margin:0 auto;padding:.5rem 1.25rem;display:flex;justify-content:space-between;
align-items:center;gap:1rem;flex-wrap:wrap}
.top p{margin:0;font-weight:600}
.top label{display:inline-block;padding:.15rem .9rem;border:1px solid #b9cbd8;color:#fff;cursor:pointer}
.top label:first-of-type{border-radius:4px 0 0 4px}.top label:last-of-type{border-radius:0 4px 4px 0;border-left:0}
#chinese:checked~.top [for=chinese],#english:checked~.top [for=english]{background:#fff;color:var(--deep);
font-weight:600}
#chinese:focus-visible~.top [for=chinese],#english:focus-visible~.top [for=english]{outline:3px solid #f5b041;
outline-offset:2px}
.page{max-width:72rem;margin:0 auto;padding:1.5rem 1.25rem 4rem}
h1{font-size:1.9rem;line-height:1.25;margin:.25rem 0 .25rem}
h2{font-size:1.3rem;line-height:1.3;margin:0 0 .75rem;padding-bottom:.4rem;border-bottom:2px solid var(--deep)}
h3{font-size:1.02rem;margin:1.6rem 0 .4rem}
p{margin:.4rem 0}
.lead{color:var(--soft);margin:0 0 1rem}
.law{border-left:4px solid var(--deep);background:#e8eff4;padding:.7rem 1rem;margin:1rem 0}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;margin:.5rem 0 1rem;padding:0}
a{color:#1a5276}
a:focus-visible,.scroll:focus-visible{outline:3px solid #b9770e;outline-offset:2px}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1.25rem 1.4rem;margin:1.25rem 0}
.tiles{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:.75rem;margin:0 0 1rem;padding:0;
list-style:none}
.tiles li{border:1px solid var(--line);border-top:4px solid var(--deep);border-radius:6px;padding:.6rem .8rem}
.tiles li.warm{border-top-color:var(--warm)}
.tiles b{display:block;font-size:1.75rem;line-height:1.25;font-variant-numeric:tabular-nums}
.tiles small{display:block;font-size:.85rem;line-height:1.4;color:var(--soft)}
.points{margin:.5rem 0;padding-left:1.3rem}.points li{margin:.3rem 0}
.note,.empty{color:var(--soft);font-size:.9rem}
.scroll{overflow-x:auto;margin:.1rem 0 .25rem}
table{border-collapse:collapse;width:100%;font-size:.92rem;line-height:1.45}
.caption{color:var(--soft);font-size:.9rem;margin:1.1rem 0 0}h3+div>.caption,.legend+div>.caption{margin-top:.2rem}
.caption strong{color:var(--ink);font-weight:500}
time{white-space:nowrap}
th,td{padding:.38rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:middle}
thead th{border-bottom:2px solid #9aa7b2;font-weight:600;vertical-align:bottom;color:var(--soft)}
tbody th,tfoot th{font-weight:500}
tfoot th,tfoot td{font-weight:600;border-top:2px solid #9aa7b2;border-bottom:0}
.narrow{max-width:44rem}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
thead .n{white-space:normal}
tbody th,tfoot th{min-width:8.5em}
td.bar{min-width:9rem;width:30%}
.narrow td.bar{width:20rem}
.lane{display:block;width:100%;height:1.1rem;overflow:visible}
.scale{display:flex;justify-content:space-between;font-weight:400;font-size:.8rem}
.small{color:var(--soft);font-size:.85em}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;margin:.6rem 0 .2rem;padding:0;font-size:.88rem}
.legend svg{vertical-align:-.12em;margin-right:.4em}
.axis{stroke:#9aa7b2;stroke-width:1}
.usual{stroke:#4a5763;stroke-width:1.5;stroke-dasharray:3 2}
.range{stroke:#1b4f72;stroke-width:3}
.trend{stroke:#1b4f72;stroke-width:2}
.dot{fill:#1b4f72}
.last{fill:#d68910;stroke:#7e5109}
.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(12rem,1fr));gap:.9rem 1.4rem;margin:.6rem 0 1rem}
.panel{margin:0;break-inside:avoid}
.panel svg{display:block;width:100%;height:3.4rem;overflow:visible}
.panel figcaption{font-size:.9rem;font-weight:500;line-height:1.3}
.panel .note{margin:.1rem 0 0;font-size:.82rem;font-variant-numeric:tabular-nums}
.defs{position:absolute}
.ok{color:#145a32;font-weight:600;white-space:nowrap}
.look{color:#7e5109;font-weight:600;white-space:nowrap}
.no{color:#7b241c;font-weight:600;white-space:nowrap}
footer{color:var(--soft);font-size:.9rem}
@media (max-width:40rem){
.page{padding:1rem .75rem 3rem}.top div{padding:.5rem .75rem}
section{padding:1rem .8rem;border-radius:6px}
h1{font-size:1.5rem}h2{font-size:1.15rem}
table{font-size:.86rem}th,td{padding:.35rem .4rem}
td.bar{min-width:5.5rem}
tbody th,tfoot th{min-width:6.5em}thead th{min-width:3em}td{min-width:2.8em}td:last-child:not(.n){min-width:7em}
.scroll tbody th,.scroll tfoot th{position:sticky;left:0;background:var(--card);max-width:9.5rem}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}.tiles b{font-size:1.45rem}
.panels{grid-template-columns:repeat(2,minmax(0,1fr));gap:.8rem 1rem}
.scale span:nth-child(2){display:none}
}
@media print{
@page{size:A4 portrait;margin:14mm 13mm 15mm}
html{font-size:9.5pt}body{background:#fff;font-size:1rem;line-height:1.45}
.top,nav{display:none}
.page{max-width:none;padding:0}
section{border:0;padding:0;margin:0 0 6mm;border-radius:0}
h1{font-size:18pt}h2{font-size:13pt;margin-top:4mm}h3{font-size:10.5pt;margin-top:4mm}
h1,h2,h3,h3+p,.caption,.legend,thead{break-after:avoid}tbody tr:first-child{break-before:avoid}
tr,.whole,.tiles li,.panel,.law,.points li{break-inside:avoid}
thead{display:table-header-group}tfoot{display:table-row-group}
.scroll{overflow:visible}
table{font-size:8.5pt}th,td{padding:1mm 1.6mm}
td.bar{min-width:0}
.tiles{grid-template-columns:repeat(4,minmax(0,1fr))}.tiles b{font-size:14pt}
.panels{grid-template-columns:repeat(4,minmax(0,1fr))}
a{color:inherit;text-decoration:none}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
"""
