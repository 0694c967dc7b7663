import type { PageRules } from "../core/login-page.ts";

/**
 * The page's style: one column, one task, one filled button. Sizes are in rem, so that the
 * browser's own setting enlarges everything. The page fetches nothing: the fonts are the phone's.
 */
export const styleFor = ({ brandColor }: PageRules): string => STYLE.replace("BRAND", brandColor);

const STYLE = `
:root{--brand:BRAND;--ink:#1b1b1f;--soft:#55555e;--paper:#fff;--quiet:#efeff3;--line:#77777f;--hair:#dcdce2;--bad:#a3161b;--bad-paper:#fdf0f0;--good-paper:#eef6f0;--edge:transparent;color-scheme:light dark}
@media(prefers-color-scheme:dark){:root{--ink:#f2f2f5;--soft:#b9b9c3;--paper:#16161a;--quiet:#2a2a31;--line:#8d8d98;--hair:#3c3c45;--bad:#ffb3b0;--bad-paper:#3a1a1c;--good-paper:#1c2b22;--edge:#8d8d98}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;border-top:.25rem solid var(--brand);background:var(--paper);color:var(--ink);font:1.125rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
:root:not([lang=en]) body{line-height:1.6}
body>*{max-width:27rem;margin:0 auto;padding:0 1rem}
header{padding-top:.75rem}
header p,header img{margin:0;display:block;height:2rem;line-height:2rem;font-weight:700;color:var(--soft);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
h1,h2,label,legend,button,.button{text-wrap:balance}
h1{font-size:1.625rem;line-height:1.4;margin:.5rem 0 1rem}
h2{font-size:1.125rem;margin:2rem 0 .5rem}
:root:not([lang=en]) h1{font-size:1.5rem;line-height:1.5}
h1:focus,[role=alert]:focus{outline:none}
p{margin:.75rem 0;text-wrap:pretty}
form{margin:0}
label,legend{display:block;font-weight:600;margin:0 0 .375rem;padding:0}
input:not([type=radio]){width:100%;scroll-margin:5rem 0 5.5rem;min-height:3.25rem;padding:.25rem .75rem;font:inherit;font-size:1.375rem;color:inherit;background:var(--paper);border:2px solid var(--line);border-radius:.5rem}
input[aria-invalid],.phone:has([aria-invalid]) span{border-color:var(--bad)}
.phone{display:flex;align-items:stretch}
.phone span{flex:none;display:flex;align-items:center;white-space:nowrap;padding:0 .75rem;border:2px solid var(--line);border-right:0;border-radius:.5rem 0 0 .5rem;font-size:1.375rem;color:var(--soft)}
.phone input{min-width:0;border-radius:0 .5rem .5rem 0}
input.code{font-size:1.625rem;letter-spacing:.3em;font-variant-numeric:tabular-nums}
button,.button{display:block;width:100%;min-height:3rem;padding:.5rem 1rem;font:inherit;font-weight:600;line-height:1.35;text-align:center;text-decoration:none;color:inherit;background:var(--quiet);border:2px solid transparent;border-radius:.5rem;cursor:pointer}
:root:not([lang=en]) button,:root:not([lang=en]) .button{line-height:1.5}
a.button{padding-block:.75rem}
.main{min-height:3.25rem;margin-top:.75rem;color:#fff;background:var(--brand);border-color:var(--edge)}
button.plain{width:auto;padding:.5rem 0;border:0;text-align:start;background:none;font-weight:400;text-decoration:underline;text-underline-offset:.2em}
p+form .plain{margin-top:-.5rem}
button+button,form+form button.switch{margin-top:.5rem}
button small{display:inline-block;min-width:2.6em;text-align:start;font-size:1em;font-weight:400;color:var(--soft);font-variant-numeric:tabular-nums}
.switch b,.switch span{display:block}
button.switch{text-align:start}
a{color:inherit;text-underline-offset:.2em}
footer a,.call{display:inline-block;padding:.625rem 0;min-height:3rem;min-width:3rem}
:focus-visible{outline:3px solid var(--ink);outline-offset:2px}
[role=alert]{margin:1rem 0 0;padding:.5rem .75rem;border-inline-start:4px solid var(--bad);background:var(--bad-paper);border-radius:.25rem}
h1+[role=alert]{margin:0 0 1rem}
[role=alert] p,.note p{margin:0}
.note,.who{margin:0 0 1rem;padding:.5rem .75rem;background:var(--good-paper);border-radius:.25rem}
.who b{display:block;font-size:1.25rem}
.soft{color:var(--soft);font-weight:400}
.more{display:flex;flex-wrap:wrap;gap:.5rem;margin:.75rem 0 1rem}
.more form{flex:1 1 auto;min-width:0}
fieldset{margin:0;padding:0;border:0;min-width:0}
.choice{display:flex;gap:.75rem;align-items:center;min-height:3.5rem;padding:.5rem .75rem;margin:0 0 .5rem;border:2px solid var(--line);border-radius:.5rem;font-weight:400;text-wrap:wrap;cursor:pointer}
.choice:has(:checked){border-color:var(--ink);background:var(--quiet)}
.choice input{flex:none;width:1.5rem;height:1.5rem;margin:0;accent-color:var(--brand)}
.choice b,.choice span{display:block;text-wrap:balance}
ul{list-style:none;margin:0;padding:0}
li{padding:.75rem 0;border-top:1px solid var(--hair)}
li form{margin-bottom:-.5rem}
footer{padding-top:1rem;padding-bottom:2rem}
summary{padding:.625rem 0;min-height:3rem;cursor:pointer}
footer nav,footer ul{display:flex;flex-wrap:wrap;gap:0 1.5rem}
footer li{border:0;padding:0}
[hidden]{display:none}
@media(max-height:24rem){header{padding-top:.25rem}h1{margin:.125rem 0 .375rem}.told header{display:none}header p,header img{height:1.75rem;line-height:1.75rem}[role=alert]{margin-top:.5rem}.note{margin-bottom:.375rem;padding:.125rem .75rem}label{margin-bottom:.25rem}.main{margin-top:.5rem}}
@media(max-width:15rem){body>*{padding:0 .5rem}button,.button{padding:.5rem}.phone{display:block}.phone span{padding:0;border:0}.phone input{border-radius:.5rem}input.code{letter-spacing:.1em}}
@media(forced-colors:active){button,.button,.main{border-color:ButtonText}[role=alert]{border-inline-start-color:CanvasText}.note,.who{border:1px solid CanvasText}}
`
  .trim()
  .replaceAll("\n", "");
