// Comfort only: every page works without it. No library, nothing from other sites.
"use strict";
const one = (what, where = document) => where.querySelector(what);
const all = (what, where = document) => [...where.querySelectorAll(what)];
const make = (name, text = "", more = {}) => Object.assign(document.createElement(name), { textContent: text }, more);
const DRAFT = "yihao.draft", DAY = 864e5, LARGEST = 10 * 1024 * 1024;
const store = { // a frame may have no storage at all
  get() { try { return JSON.parse(localStorage.getItem(DRAFT) || "null"); } catch { return null; } },
  set(value) { try { localStorage.setItem(DRAFT, JSON.stringify(value)); } catch { /* then there is no draft */ } },
  drop() { try { localStorage.removeItem(DRAFT); } catch { /* nothing to drop */ } },
};

if (!(Date.now() - (store.get() || {}).at < DAY)) store.drop(); // whatever page is opened after the day

// The summary of mistakes is read first; the first faulty field is one key away.
const faults = one("#faults");
if (faults) faults.focus();

for (const button of all("[data-print]")) { button.hidden = false; button.addEventListener("click", () => print()); }

// One press is one submission; the server holds that too, by the key of the form. Before it goes, the line is tried:
// a form that never arrives would leave the page, and take along what was typed.
const LOST = "网络不通或服务器没有响应，还没有提交。您填写的内容都在，请稍后再点一次。";
const busy = (button, on) => { if (button) { if (on) button.setAttribute("aria-busy", "true"); else { button.removeAttribute("aria-busy"); button.disabled = false; } } };
// An older browser cannot send on what it held back: there a form goes as it does without scripts.
const canTry = "requestSubmit" in HTMLFormElement.prototype && "SubmitEvent" in self && "submitter" in SubmitEvent.prototype && "timeout" in AbortSignal;
addEventListener("submit", async (event) => {
  const form = event.target, button = event.submitter;
  if (!canTry || form.method !== "post" || form.matches("[data-again]")) return; // a file is saved, and the page stays
  if (form.dataset.sent === "go") { form.dataset.sent = "gone"; setTimeout(() => { if (button) button.disabled = true; }); return; }
  event.preventDefault();
  if (form.dataset.sent) return;
  form.dataset.sent = "asked";
  busy(button, true);
  one("[data-lost]", form)?.remove();
  try {
    await fetch("/healthz", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(8000) });
    form.dataset.sent = "go";
    form.requestSubmit(button);
  } catch {
    delete form.dataset.sent;
    busy(button, false);
    const said = make("p", LOST, { className: "faults", role: "alert" });
    said.dataset.lost = "1";
    (button || form.lastElementChild).before(said);
  }
});
addEventListener("pageshow", () => { // also when it comes back from the history
  for (const form of all("form")) delete form.dataset.sent;
  for (const button of all("button[aria-busy]")) busy(button, false);
});

for (const text of all("textarea[data-longest]")) {
  const most = Number(text.dataset.longest), count = make("p", "", { className: "count" });
  const tell = () => { const left = most - text.value.length; count.textContent = left < 0 ? `已超出 ${-left} 字` : `还可以写 ${left} 字`; };
  text.after(count); text.addEventListener("input", tell); tell();
}

// Pictures are shown before they are sent; one that is too large is said at once.
for (const input of all("input[type=file]")) {
  const box = one("[data-previews]", input.parentElement);
  input.addEventListener("change", () => {
    box.replaceChildren();
    let total = 0;
    for (const file of input.files) {
      total += file.size;
      if (file.type.startsWith("image/")) {
        const image = make("img", "", { alt: file.name });
        image.onload = () => URL.revokeObjectURL(image.src);
        image.src = URL.createObjectURL(file); box.append(image);
      } else box.append(make("span", file.name));
    }
    const large = [...input.files].some((file) => file.size > LARGEST);
    input.setCustomValidity(large || total > 3 * LARGEST ? "too large" : "");
    if (large || total > 3 * LARGEST) box.append(make("p", large ? "有文件超过10 MB，请换小一些的。" : "合计超过30 MB，请分次上传。", { className: "fault", role: "alert" }));
  });
}

const form = one("form#appeal");
if (form) {
  const base = form.dataset.base;
  for (const button of all("[data-plain]", form)) if (one("[data-levels]", button.parentElement)) button.hidden = true;

  // Where it happened: the next list appears by itself.
  const levels = one("[data-levels]", form);
  const next = async (chosen) => {
    const lists = all("select", levels), at = lists.indexOf(chosen);
    for (const list of lists.slice(at + 1)) list.parentElement.remove();
    if (!chosen.value) return;
    try {
      const answer = await fetch(`${base}/appeal/areas?of=${encodeURIComponent(chosen.value)}`);
      const below = answer.ok ? await answer.json() : [];
      if (!below.length) return;
      const id = `area-${at + 2}`, part = make("div"), list = make("select", "", { id, name: "area" });
      list.append(make("option", "请选择", { value: "" }), ...below.map((place) => make("option", place.name, { value: place.code })));
      part.append(make("label", "下一级", { htmlFor: id }), list); levels.append(part);
    } catch { for (const button of all("[data-plain]", form)) button.hidden = false; }
  };
  if (levels) levels.addEventListener("change", (event) => next(event.target));

  // Perhaps it is answered already.
  const title = one("#title"), place = one("[data-suggested]");
  let asked = "", waiting;
  const suggest = async () => {
    const text = title.value.trim();
    if (text.length < 2 || text === asked) return;
    asked = text;
    try {
      const answer = await fetch(`${base}/knowledge/suggestions`, { method: "POST", body: new URLSearchParams({ title: text }) });
      if (answer.ok && asked === text) place.innerHTML = await answer.text(); // our own page's part, escaped by the server
    } catch { /* only a comfort */ }
  };
  title.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(suggest, 600); });

  // A draft of what is not personal: kept on this device for a day, offered after a closed tab, gone once filed.
  const content = one("#content"), offer = one("[data-draft]"), kept = store.get();
  // Who accuses, or asks for secrecy, leaves nothing on a device that others may use.
  const secret = () => Boolean(one("[name=kind][value=report]:checked, [name='caller.anonymous']:checked, [name='caller.confidential']:checked", form));
  if (kept && !title.value && !content.value && (kept.title || kept.content)) {
    const use = make("button", "继续填写", { type: "button", className: "quiet" }), not = make("button", "不用了", { type: "button", className: "quiet" });
    use.onclick = async () => {
      title.value = kept.title; content.value = kept.content;
      content.dispatchEvent(new Event("input", { bubbles: true }));
      offer.hidden = true; title.focus();
      for (const code of kept.area) {
        const list = all("select[name=area]").find((each) => [...each.options].some((option) => option.value === code));
        if (list && list.value !== code) { list.value = code; await next(list); }
      }
    };
    not.onclick = () => { store.drop(); offer.hidden = true; };
    offer.className = "draft"; offer.setAttribute("role", "status");
    offer.append(make("p", "这台设备上有一份没有提交的草稿（标题、内容和地区）。"), use, not); offer.hidden = false;
  }
  const keep = () => { if (secret()) store.drop(); else if (title.value || content.value) store.set({ at: Date.now(), title: title.value, content: content.value, area: all("select[name=area]").map((list) => list.value).filter(Boolean) }); };
  form.addEventListener("input", () => { clearTimeout(form.waiting); form.waiting = setTimeout(keep, 400); });
  addEventListener("pagehide", () => { if (form.isConnected) keep(); });
}
if (one("[data-filed]")) store.drop();

// A place without a map: a grid around a point, honest about what it is.
const map = one("[data-map]");
if (map) {
  const SVG = "http://www.w3.org/2000/svg", box = one("[data-grid]", map), lon = one("#location-lon"), lat = one("#location-lat");
  const CELLS = 8, METRES = 50, SIDE = 320, DEGREE = 111320;
  const draw = (name, attributes, text = "") => { const part = document.createElementNS(SVG, name); for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value); part.textContent = text; return part; };
  const find = make("button", "用我的位置", { type: "button", className: "quiet" }), said = make("p", "", { className: "hint", role: "status" });
  const grid = draw("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, class: "grid", role: "application", tabindex: "0", "aria-label": "位置网格，方向键移动标记" });
  let centre = null;
  const mark = draw("g", {});
  for (let step = 1; step < CELLS; step += 1) {
    const at = (step * SIDE) / CELLS, strong = step === CELLS / 2 ? "#6f7f92" : "#c5d2e2";
    grid.append(draw("line", { x1: at, y1: 0, x2: at, y2: SIDE, stroke: strong }), draw("line", { x1: 0, y1: at, x2: SIDE, y2: at, stroke: strong }));
  }
  grid.append(draw("text", { x: SIDE / 2 + 5, y: 16, "font-size": 14, fill: "#18212c" }, "北 ↑"), draw("text", { x: 6, y: SIDE - 8, "font-size": 13, fill: "#18212c" }, `每格 ${METRES} 米`), draw("text", { x: 6, y: 16, "font-size": 13, fill: "#18212c" }, box.dataset.name.split(" ").at(-1)), mark);
  mark.append(draw("circle", { r: 16, fill: "#b3261e", "fill-opacity": ".2" }), draw("circle", { r: 6, fill: "#b3261e", stroke: "#fff", "stroke-width": 2 }));
  const scale = () => ({ x: (CELLS * METRES) / (DEGREE * Math.cos((centre.lat * Math.PI) / 180)), y: (CELLS * METRES) / DEGREE });
  const show = () => {
    const here = { lon: Number(lon.value), lat: Number(lat.value) };
    if (!lon.value || !lat.value || !Number.isFinite(here.lon) || !Number.isFinite(here.lat) || Math.abs(here.lat) > 85) { grid.remove(); return; }
    const size = centre && scale();
    if (!centre || Math.abs(here.lon - centre.lon) > size.x / 2 || Math.abs(here.lat - centre.lat) > size.y / 2) centre = here;
    const { x, y } = scale();
    mark.setAttribute("transform", `translate(${((here.lon - centre.lon) / x + 0.5) * SIDE} ${(0.5 - (here.lat - centre.lat) / y) * SIDE})`);
    if (!grid.isConnected) box.append(grid);
  };
  const put = (east, north) => { lon.value = east.toFixed(6); lat.value = north.toFixed(6); show(); };
  find.onclick = () => {
    said.textContent = "正在取得位置……";
    navigator.geolocation.getCurrentPosition(
      (found) => { centre = null; put(found.coords.longitude, found.coords.latitude); said.textContent = `已取得位置（WGS-84，误差约 ${Math.round(found.coords.accuracy)} 米），可在网格上点选更正。`; },
      () => { said.textContent = "没有取得位置，请填写详细地址，或填写经纬度。"; }, { enableHighAccuracy: true, timeout: 15000 });
  };
  grid.addEventListener("click", (event) => {
    const frame = grid.getBoundingClientRect(), { x, y } = scale();
    put(centre.lon + ((event.clientX - frame.left) / frame.width - 0.5) * x, centre.lat + (0.5 - (event.clientY - frame.top) / frame.height) * y);
  });
  grid.addEventListener("keydown", (event) => {
    const [east, north] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] || [0, 0];
    if (!east && !north) return;
    event.preventDefault();
    const { x, y } = scale();
    put(Number(lon.value) + (east * x) / CELLS / 5, Number(lat.value) + (north * y) / CELLS / 5);
  });
  lon.addEventListener("change", show); lat.addEventListener("change", show);
  if (navigator.geolocation) box.append(find);
  box.append(said); box.hidden = false; show();
}
