/*
 * Expressions that look at a page as it is rendered. They run in the page.
 */

/**
 * Texts with less contrast than 4.5:1 to what is behind them (WCAG 2.2, 1.4.3), and bars with less than 3:1 (1.4.11),
 * with their contrast.
 */
export const tooFaint = `(() => {
  const channels = (color) => {
    const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((one) => {
      const share = one / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.a === 1) return [color];
      if (color.a > 0) throw new Error("a background that is partly transparent");
    }
    return [{ r: 255, g: 255, b: 255 }];
  };
  // A letter in a bar stands on the colours of the bar's pattern.
  const inBar = (text) => {
    const bar = text.parentElement.querySelector("rect.seg");
    const id = /#([\\w-]+)/.exec(bar.getAttribute("fill"))[1];
    return [...document.getElementById(id).children].map((one) => {
      const { fill, stroke } = getComputedStyle(one);
      return channels(one.localName === "path" ? stroke : fill);
    });
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === "" || element.localName === "title" || !element.checkVisibility()) continue;
    const letter = element.localName === "text";
    const { color, fill } = getComputedStyle(element);
    if (letter && fill === "none") continue;
    const on = letter && element.classList.contains("letter") ? inBar(element) : behind(element.closest("svg") ?? element);
    seen += 1;
    for (const one of on) {
      const ratio = contrast(channels(letter ? fill : color), one);
      if (ratio < 4.5) found.push(node.data.trim().slice(0, 40) + ": " + ratio.toFixed(2));
    }
  }
  for (const bar of document.querySelectorAll("rect.seg")) {
    const [color] = inBar(bar);
    const ratio = contrast(color, behind(bar.closest("svg"))[0]);
    if (ratio < 3) found.push(bar.getAttribute("fill") + ": " + ratio.toFixed(2));
  }
  return { seen, found: [...new Set(found)] };
})()`;

/** Elements that the page cuts off or that stand beside it. */
export const outOfView = `(() => {
  const width = document.documentElement.clientWidth;
  return [...document.body.querySelectorAll("*")]
    .filter((one) => one.checkVisibility() && !one.closest(".defs"))
    .filter((one) => { const { left, right } = one.getBoundingClientRect(); return right > width + 0.5 || left < -0.5; })
    .map((one) => one.localName + "." + (one.getAttribute("class") ?? "") + " " + (one.textContent ?? "").trim().slice(0, 30));
})()`;

/** How far the page scrolls sideways. */
export const sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

/** What has the focus: its element, its text, and whether one sees that. */
export const focused = `(() => {
  const one = document.activeElement;
  return one === document.body ? null : {
    name: one.localName, text: one.textContent.trim(),
    open: one.parentElement.open ?? null, outline: getComputedStyle(one).outlineStyle,
  };
})()`;

/** Headings in their order, as levels. */
export const headings = `[...document.querySelectorAll("h1,h2,h3,h4")].map((one) => Number(one.localName[1]))`;

/** Parts of the page that a screen reader needs, by what is wrong with them. */
export const unnamed = `(() => [
  ...(document.documentElement.lang === "en" ? [] : ["no language"]),
  ...(document.title === "" ? ["no title"] : []),
  ...(document.querySelectorAll("main").length === 1 ? [] : ["not one main"]),
  ...[...document.querySelectorAll("svg:not([aria-hidden=true])")].filter((one) => one.getAttribute("role") !== "img" || !one.getAttribute("aria-label")).map(() => "a picture without a name"),
  ...[...document.querySelectorAll("table")].filter((one) => !one.querySelector("thead th[scope=col]")).map(() => "a table without heads"),
  ...[...document.querySelectorAll("tbody th")].filter((one) => !one.scope).map(() => "a head without scope"),
  ...[...document.querySelectorAll("section")].filter((one) => !one.getAttribute("aria-label") && !document.getElementById(one.getAttribute("aria-labelledby"))).map(() => "a section without a name"),
])()`;
