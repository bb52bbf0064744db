#pragma once

namespace example {

/// The page's rules of CSS beside those of the plots. Light and dark colors have a contrast of 4.5 : 1 or more to what
/// is behind them.
inline constexpr const char* page_style = R"(
:root { color-scheme: light dark; --back: #ffffff; --raised: #f5f7f9; --ink: #1f2328; --soft: #4a525c; --rule: #d5dae0;
  --link: #0064a3; --notice: #fff4dc; --notice-rule: #e69f00 }
@media (prefers-color-scheme: dark) {
  :root { --back: #0d1117; --raised: #161b22; --ink: #f0f6fc; --soft: #b1bac4; --rule: #30363d; --link: #79c0ff;
    --notice: #2d2410; --notice-rule: #e69f00 } }
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 3rem; background: var(--back);
  color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
h1 { font-size: clamp(1.7rem, 5vw, 2.3rem); line-height: 1.2; margin: 0 0 .3rem }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.75rem 0 .75rem; padding-top: .9rem; border-top: 1px solid var(--rule) }
h3 { font-size: 1rem; margin: 1.25rem 0 .4rem }
p { margin: .4rem 0 .8rem; max-width: 46rem }
a { color: var(--link) }
.lead { color: var(--soft); font-size: 1.05rem }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; list-style: none; margin: 1.25rem 0 0; padding: 0 }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 9.5rem), 1fr)); gap: .75rem; margin: 1.25rem 0 }
.tiles div { background: var(--raised); border: 1px solid var(--rule); border-radius: .6rem; padding: .7rem .9rem }
.tiles dt { color: var(--soft); font-size: .875rem }
.tiles dd { margin: 0; font-size: 1.4rem; font-weight: 650; line-height: 1.35; white-space: nowrap; font-variant-numeric: tabular-nums }
.tiles dd small { display: block; color: var(--soft); font-size: .8125rem; font-weight: 400; white-space: normal }
.notice { background: var(--notice); border-left: .3rem solid var(--notice-rule); border-radius: .3rem; padding: .6rem .9rem;
  max-width: none; overflow-wrap: anywhere }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1.25rem 2rem; align-items: start }
figure { margin: 0; min-width: 0 }
figcaption { color: var(--soft); font-size: .875rem }
svg.plot { display: block; width: 100%; height: auto; max-width: 40rem } svg.wide-plot { max-width: 60rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: .9375rem; font-variant-numeric: tabular-nums }
caption { text-align: left; color: var(--soft); padding-bottom: .3rem }
th, td { padding: .28rem .8rem .28rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule) }
th { font-weight: 600 }
.numbers th, .numbers td { text-align: right; white-space: nowrap; padding: .28rem .6rem }
.numbers th:first-child, .numbers td:first-child { text-align: left; padding-left: 0 }
.numbers .words { text-align: left }
.facts { width: 100% } .facts th { color: var(--soft); font-weight: 400; white-space: nowrap; width: 1% } .facts td { overflow-wrap: anywhere }
.best { font-weight: 650 }
pre { background: var(--raised); border: 1px solid var(--rule); border-radius: .4rem; padding: .7rem .9rem; margin: .4rem 0;
  white-space: pre-wrap; overflow-wrap: anywhere; font: .875rem/1.5 ui-monospace, Consolas, Menlo, monospace }
details { margin: .9rem 0 } summary { cursor: pointer; color: var(--link) }
.pictures { display: grid; gap: 1rem; list-style: none; margin: .75rem 0; padding: 0;
  grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)) }
.wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, 17.5rem), 1fr)); gap: 1.1rem 1.75rem }
.pictures img { display: block; width: 100%; height: auto; image-rendering: pixelated; border-radius: .25rem; background: var(--raised) }
.pictures figcaption { font-size: .8125rem; line-height: 1.4; margin-top: .3rem } .pictures strong { color: var(--ink) }
.versions { display: grid; grid-template-columns: repeat(4, 1fr); gap: .3rem }
footer { margin-top: 3rem; padding-top: .8rem; border-top: 1px solid var(--rule); color: var(--soft); font-size: .875rem }
@media (max-width: 40rem) { .plot text { font-size: 15.5px } .pictures { grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)) }
  .wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)) } }
@media print { body { max-width: none; padding: 0; font-size: 10pt } nav, summary { display: none }
  figure, .tiles div, tr { break-inside: avoid } h2 { break-after: avoid } a { color: inherit; text-decoration: none } }
)";

} // namespace example
