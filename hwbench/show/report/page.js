"use strict";
// Brings the pictures to life: Vega draws each anew as wide as its place, with values under the pointer. Without this script,
// or in a browser that cannot unpack it, the drawings in the page stay.
(async () => {
  const packed = document.getElementById("views");
  if (!("DecompressionStream" in window)) return;
  const bytes = Uint8Array.from(atob(packed.textContent.trim()), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const { runtime, views } = JSON.parse(await new Response(stream).text());
  const script = document.createElement("script");
  script.textContent = runtime;
  document.head.append(script);

  const tip = document.body.appendChild(document.createElement("div"));
  tip.id = "tip";
  tip.setAttribute("aria-hidden", "true");
  const showTip = (_handler, event, _item, value) => {
    tip.style.display = value == null || value === "" ? "none" : "block";
    if (tip.style.display === "none") return;
    tip.replaceChildren();
    if (typeof value === "object") {
      const list = tip.appendChild(document.createElement("dl"));
      for (const [name, text] of Object.entries(value)) {
        if (text == null || text === "" || text === "null" || text === "undefined") continue;
        list.appendChild(document.createElement("dt")).textContent = name;
        list.appendChild(document.createElement("dd")).textContent = text;
      }
    } else tip.textContent = value;
    const box = tip.getBoundingClientRect();
    const left = event.clientX + 14 + box.width > innerWidth ? event.clientX - 14 - box.width : event.clientX + 14;
    const top = event.clientY + 14 + box.height > innerHeight ? event.clientY - 14 - box.height : event.clientY + 14;
    tip.style.left = `${Math.max(left, 2)}px`;
    tip.style.top = `${Math.max(top, 2)}px`;
  };
  const hideTip = () => { tip.style.display = "none"; };
  addEventListener("scroll", hideTip, { capture: true, passive: true });
  addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });
  addEventListener("pointerdown", (event) => { if (!event.target.closest(".view")) hideTip(); });

  const alive = new Map(); // id → {view, width}
  const refuse = () => Promise.reject(new Error("a report fetches nothing"));
  const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };

  // A faceted picture: as many panels in a row as fit, each as wide as its part of the place.
  const fitPanels = (spec, width) => {
    const least = spec.usermeta && spec.usermeta.panels;
    if (!least) return spec;
    const fitted = structuredClone(spec);
    const most = (fitted.layout && fitted.layout.columns) || 1;
    const columns = Math.max(1, Math.min(most, Math.floor(width / (least + 30))));
    if (fitted.layout) fitted.layout.columns = columns;
    for (const signal of fitted.signals || [])
      if (signal.name === "child_width") signal.value = Math.max(80, Math.floor((width - 70) / columns) - 30);
    return fitted;
  };

  // What their axes leave over of the width, or lack, is shared out among the panels.
  const fillPanels = (view, fitted, holder, width) => {
    const spare = width - Number(holder.querySelector("svg").getAttribute("width"));
    const each = Math.floor(spare / ((fitted.layout && fitted.layout.columns) || 1));
    const signals = (fitted.signals || []).some((signal) => signal.name === "child_width");
    return signals && each ? view.signal("child_width", Math.max(60, view.signal("child_width") + each)).resize().runAsync() : view;
  };

  const sliders = [...document.querySelectorAll("input[data-signal]")];
  const showValue = (input, value) => {
    input.value = value;
    const output = input.parentElement.querySelector("output");
    output.textContent = Math.round(Number(value)) + output.textContent.replace(/^[-\d.]+/, "");
  };

  const draw = async (place) => {
    const id = place.dataset.view;
    const width = place.clientWidth;
    const known = alive.get(id);
    if (known && known.width === width) return known.view;
    const spec = views[id];
    if (known && !(spec.usermeta && spec.usermeta.panels)) {
      known.width = width;
      return known.view.width(width).runAsync();
    }
    const holder = (known && known.holder) || place.appendChild(document.createElement("div"));
    holder.className = "view";
    holder.setAttribute("aria-hidden", "true"); // its place has the words for it
    if (known) known.view.finalize();
    const fitted = fitPanels(spec, width);
    const view = new vega.View(vega.parse(fitted), {
      renderer: "svg", container: holder, hover: true, loader, tooltip: showTip, logLevel: 1,
    });
    // A finger's tap moves no pointer: Vega alone would show it nothing.
    view.addEventListener("click", (event, item) => showTip(null, event, item, item && item.tooltip));
    alive.set(id, { view, width, holder });
    for (const input of sliders.filter((one) => one.dataset.for === id))
      view.addSignalListener(input.dataset.signal, (_name, value) => showValue(input, value)); // when the picture itself is dragged
    if (fitted === spec) await view.width(width).runAsync();
    else await fillPanels(await view.runAsync(), fitted, holder, width);
    place.classList.add("alive");
    return view;
  };

  const places = [...document.querySelectorAll("[data-view]")].filter((place) => place.dataset.view in views);
  const failed = (place) => (error) => { place.classList.remove("alive"); console.error(place.dataset.view, error); };
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) {
      seen.unobserve(entry.target);
      draw(entry.target).then(() => resized.observe(entry.target)).catch(failed(entry.target));
    }
  }, { rootMargin: "600px" });
  const resized = new ResizeObserver((entries) => {
    for (const entry of entries) draw(entry.target).catch(failed(entry.target));
  });
  for (const place of places) seen.observe(place);
  const placeOf = (id) => places.find((place) => place.dataset.view === id);

  for (const input of sliders) {
    input.addEventListener("input", async () => {
      showValue(input, input.value);
      const view = await draw(placeOf(input.dataset.for));
      await view.signal(input.dataset.signal, Number(input.value)).runAsync();
    });
  }

  const inUnits = (seconds) => {
    const [scale, unit] = seconds >= 1 ? [1, "s"] : seconds >= 1e-3 ? [1e3, "ms"] : seconds >= 1e-6 ? [1e6, "µs"] : [1e9, "ns"];
    return `${Number((seconds * scale).toPrecision(3))} ${unit}`;
  };
  for (const form of document.querySelectorAll("form.what-if")) {
    const update = async () => {
      const ticked = [...form.querySelectorAll("input:checked")];
      // As picture.py's WhatIf.left has it: savings add up, what multiplies shrinks the rest.
      const [whole, least] = [Number(form.dataset.seconds), Number(form.dataset.least)];
      const [shrinking, saving] = [true, false].map((kind) => ticked.filter((box) => "multiplies" in box.dataset === kind));
      const shrunk = shrinking.reduce((part, box) => part * Number(box.dataset.factor), 1);
      const saved = saving.reduce((sum, box) => sum + 1 - Number(box.dataset.factor), 0);
      const seconds = whole * shrunk * (saved ? Math.max(1 - saved, least) : 1);
      const against = Number(form.dataset.against);
      const times = against ? ` (${Number((seconds / against).toPrecision(3))} times as long as A)` : "";
      form.querySelector("output").textContent = inUnits(seconds) + times;
      const view = await draw(placeOf(form.dataset.for));
      await view.signal("without", ticked.map((box) => box.value)).runAsync();
    };
    form.addEventListener("change", () => update().catch(console.error));
    form.addEventListener("submit", (event) => event.preventDefault());
    update().catch(console.error);
  }
  for (const part of document.querySelectorAll(".live")) part.hidden = false;
  addEventListener("beforeprint", () => { for (const place of places) draw(place).catch(failed(place)); });
  document.documentElement.dataset.ready = "yes";
})().catch((error) => console.error("hwbench", error));
