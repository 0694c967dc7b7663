import type { PageRules } from "../core/login-page.ts";

/**
 * The page's style: one column, one task, one filled button. Sizes are in rem, so that the
 * browser's own setting enlarges everything. The page fetches nothing: the fonts are the phone's.
 */
export const styleFor = ({ brandColor }: PageRules): string => STYLE.replace("BRAND", brandColor);

const STYLE = `
:root{--brand:BRAND;--ink:#1b1b1f;--soft:#55555e;--paper:#fff;--line:#77777f;--bad:#a3161b;--bad-paper:#fdf0f0;--good-paper:#eef6f0;--edge:transparent;color-scheme:light dark}
@media(prefers-color-scheme:dark){:root{--ink:#f2f2f5;--soft:#b9b9c3;--paper:#16161a;--line:#8d8d98;--bad:#ffb3b0;--bad-paper:#3a1a1c;--good-paper:#1c2b22;--edge:#8d8d98}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding:5rem 0 5.5rem}
body{margin:0;background:var(--paper);color:var(--ink);font:1.125rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:break-word}
:root:not([lang=en]) body{line-height:1.6}
body>*{max-width:27rem;margin:0 auto;padding:0 1rem}
header{padding-top:.75rem}
header p,header img{margin:0;display:block;height:2rem;line-height:2rem;font-weight:700;color:var(--soft);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
h1{font-size:1.5rem;line-height:1.35;margin:.5rem 0 .75rem}
h2{font-size:1.125rem;margin:2rem 0 .5rem}
:root:not([lang=en]) h1{font-size:1.375rem;line-height:1.5}
h1:focus,[role=alert]:focus{outline:none}
p{margin:.75rem 0}
form{margin:0}
label,legend{display:block;font-weight:600;margin:0 0 .375rem;padding:0}
input:not([type=radio]){width:100%;min-height:3.25rem;padding:.375rem .75rem;font:inherit;font-size:1.375rem;color:inherit;background:var(--paper);border:2px solid var(--line);border-radius:.5rem}
.phone{display:flex;align-items:stretch}
.phone span{display:flex;align-items:center;padding:0 .75rem;border:2px solid var(--line);border-right:0;border-radius:.5rem 0 0 .5rem;font-size:1.375rem;color:var(--soft)}
.phone input{min-width:0;border-radius:0 .5rem .5rem 0}
.code{letter-spacing:.3em;font-variant-numeric:tabular-nums}
button,.button{display:block;width:100%;min-height:3rem;padding:.5rem 1rem;font:inherit;font-weight:600;line-height:1.35;text-align:center;text-decoration:none;color:inherit;background:none;border:2px solid var(--line);border-radius:.5rem;cursor:pointer}
button.main{min-height:3.25rem;margin-top:.75rem;color:#fff;background:var(--brand);border-color:var(--edge)}
button.plain{width:auto;padding:.5rem 0;text-align:start;border-color:transparent;font-weight:400;text-decoration:underline;text-underline-offset:.2em}
button+button,form+form button{margin-top:.5rem}
button small{display:inline-block;min-width:2.6em;text-align:start;font-weight:400;font-size:1rem;color:var(--soft);font-variant-numeric:tabular-nums}
a{color:inherit;text-underline-offset:.2em}
summary{cursor:pointer}footer a,.call{display:inline-block;padding:.625rem 0;min-height:3rem;min-width:3rem}
:focus-visible{outline:3px solid var(--ink);outline-offset:2px}
[role=alert]{margin:0 0 .75rem;padding:.5rem .75rem;border-inline-start:4px solid var(--bad);background:var(--bad-paper);border-radius:.25rem}
[role=alert] p,.note p{margin:0}
.note{margin:0 0 .75rem;padding:.5rem .75rem;background:var(--good-paper);border-radius:.25rem}
.soft{color:var(--soft);font-size:1rem}
.more{margin-top:1rem}
fieldset{margin:0;padding:0;border:0;min-width:0}
.choice{display:flex;gap:.75rem;align-items:center;min-height:3.5rem;padding:.5rem .75rem;margin:0 0 .5rem;border:2px solid var(--line);border-radius:.5rem;font-weight:400}
.choice input{flex:none;width:1.5rem;height:1.5rem;margin:0;accent-color:var(--brand)}
.choice b,.choice span{display:block}
ul{list-style:none;margin:0;padding:0}
li{padding:.5rem 0;border-top:1px solid var(--line)}
footer{padding-top:1.5rem;padding-bottom:2rem}
summary{padding:.625rem 0;min-height:3rem}footer nav{display:flex;flex-wrap:wrap;gap:0 1.5rem}
footer ul{display:flex;flex-wrap:wrap;gap:0 1.5rem}
footer li{border:0;padding:0}
[hidden]{display:none}
@media(max-height:24rem){header{padding-top:.25rem}h1{margin:.125rem 0 .375rem}.said header{display:none}.said main{padding-top:.5rem}.said h1{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden;white-space:nowrap}header p,header img{height:1.75rem;line-height:1.75rem}[role=alert]{margin-bottom:.375rem;padding:.25rem .75rem}label{margin-bottom:.25rem}button.main{margin-top:.5rem}}
@media(forced-colors:active){button.main{border-color:ButtonText}[role=alert]{border-inline-start-color:CanvasText}}
`
  .trim()
  .replaceAll("\n", "");
